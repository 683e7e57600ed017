"""Which definitions are kept, in all their versions?"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from peewee import fn

from ..cluster.definition import Definition
from ..cluster.names import GuestId
from .changes import changing
from .queries import tables_of
from .tables import DefinitionRow


class Kept(NamedTuple):
    """What became of a definition that was brought in: the newest version now, and the one before where it is new."""

    newest: Definition
    is_new: bool
    before: Definition | None = None


def word_for_word(newest: Definition, brought: Definition) -> bool:
    """Tell whether two definitions are the same text."""
    return newest.xml == brought.xml


def add_definitions(
    path: Path, brought: Iterable[Definition], is_same: Callable[[Definition, Definition], bool] = word_for_word
) -> tuple[Kept, ...]:
    """Keep each definition as the newest version of its domain, whatever number it has; all of them, or none.

    One that `is_same` as the newest already, and has its name, is not kept again. Raises as `changing` does.
    """
    with changing(path):
        return tuple(_add(definition, is_same) for definition in brought)


def _add(definition: Definition, is_same: Callable[[Definition, Definition], bool]) -> Kept:
    query = DefinitionRow.select().where(DefinitionRow.uuid == definition.uuid)
    row = query.order_by(DefinitionRow.version.desc()).first()
    newest = None if row is None else _definition(row)
    if newest is not None and newest.name == definition.name and is_same(newest, definition):
        return Kept(newest=newest, is_new=False)
    kept = definition._replace(version=1 if newest is None else newest.version + 1)
    DefinitionRow.insert(**kept._asdict()).execute()
    return Kept(newest=kept, is_new=True, before=newest)


def delete_definitions(path: Path, uuid: GuestId) -> int:
    """Forget all versions of a domain's definition; return how many there were. Raises as `changing` does."""
    with changing(path):
        return int(DefinitionRow.delete().where(DefinitionRow.uuid == uuid).execute())


def read_definitions(path: Path) -> tuple[Definition, ...]:
    """Return the newest version of each definition, sorted by name, then uuid. Raises as `read_model` does."""
    with tables_of(path):
        newest = DefinitionRow.select(fn.MAX(DefinitionRow.version)).where(DefinitionRow.uuid == _Outer.uuid)
        rows = _Outer.select().where(_Outer.version == newest).order_by(_Outer.name, _Outer.uuid)
        return tuple(_definition(row) for row in rows)


def read_versions(path: Path, uuid: GuestId) -> tuple[Definition, ...]:
    """Return all versions of a domain's definition, oldest first. Raises as `read_model` does."""
    with tables_of(path):
        rows = DefinitionRow.select().where(DefinitionRow.uuid == uuid).order_by(DefinitionRow.version)
        return tuple(_definition(row) for row in rows)


_Outer = DefinitionRow.alias()


def _definition(row: DefinitionRow) -> Definition:
    return Definition(
        uuid=GuestId(row.uuid),
        name=row.name,
        version=row.version,
        created_at=row.created_at,
        author=row.author,
        origin=row.origin,
        xml=row.xml,
    )
