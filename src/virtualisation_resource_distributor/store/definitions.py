"""Which definitions are kept, in all their versions?"""

from pathlib import Path

from peewee import fn

from ..cluster.definition import Definition
from ..cluster.names import GuestId
from .changes import changing
from .queries import tables_of
from .tables import DefinitionRow


def add_definition(path: Path, definition: Definition) -> Definition:
    """Keep a definition as the newest version of its domain, and return it with that version's number.

    One that is the newest word for word already is not kept twice. Raises as `changing` does.
    """
    with changing(path):
        newest = (
            DefinitionRow.select()
            .where(DefinitionRow.uuid == definition.uuid)
            .order_by(DefinitionRow.version.desc())
            .first()
        )
        if newest is not None and (newest.xml, newest.name) == (definition.xml, definition.name):
            return _definition(newest)
        kept = definition._replace(version=1 if newest is None else newest.version + 1)
        DefinitionRow.insert(**kept._asdict()).execute()
        return kept


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
