"""How does what operators write down get into the database: in one transaction, or not at all?"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import peewee

from ..cluster.model import Model
from ..cluster.names import NodeName
from ..errors import AnswerUnwritable, FileMissing
from .files import keep_copy, made_beside, put
from .open import in_our_words, writing
from .queries import model_in, write_changes
from .tables import TABLES
from .upgrade import NOTHING, VERSION, recognise, upgrade


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgraded:
    """What an upgrade did; `copy` is the database as it was, `unplaced` are the nodes that have no zone after it."""

    from_version: int
    to_version: int
    copy: Path
    unplaced: tuple[NodeName, ...]


@dataclass(slots=True, kw_only=True)
class Change:
    """A change under way; `copy` is set in its end, where an older database was upgraded by it."""

    database: peewee.SqliteDatabase
    path: Path
    from_version: int
    copy: Path | None = None


@contextmanager
def changing(path: Path) -> Iterator[Change]:
    """Give the tables for writing, after an older database was upgraded.

    All is one transaction: where anything fails, what the caller raises included, the database is as it was.
    Raises FileMissing, InvalidData, Busy, or AnswerUnwritable where it can't be written.
    """
    path = Path(os.path.realpath(path))
    with writing(path) as database:
        _leave_wal(database, path)
        with database.atomic("IMMEDIATE"), database.bind_ctx(TABLES):
            change = Change(database=database, path=path, from_version=recognise(database, path))
            upgrade(database, change.from_version)
            yield change
            if change.from_version != VERSION:
                # Last, when nothing but the commit can fail, so that a refused command leaves no copy.
                change.copy = keep_copy(path, change.from_version, VERSION)


def change_model(path: Path, edit: Callable[[Model], Model]) -> Upgraded | None:
    """Write what `edit` makes of the model, after an older database was upgraded; tell of that upgrade.

    Raises what `edit` and `changing` raise; then nothing was changed.
    """
    with changing(path) as change:
        old = model_in(change.database, change.path)
        new = edit(old)
        write_changes(old, new)
    if change.copy is None:
        return None
    return Upgraded(
        from_version=change.from_version,
        to_version=VERSION,
        copy=change.copy,
        unplaced=tuple(node.name for node in new.nodes if node.zone is None),
    )


def upgrade_database(path: Path) -> Upgraded | None:
    """Bring a database to the newest version; one that has it and can be read needs no permission to write.

    Raises FileMissing, InvalidData, Busy, or AnswerUnwritable where it can't be written.
    """
    path = Path(os.path.realpath(path))
    with writing(path) as database:
        if _leave_wal(database, path) == VERSION:
            with database.atomic():
                model_in(database, path)
            return None
    return change_model(path, lambda model: model)


def create_database(path: Path) -> bool:
    """Make an empty database, whole or not at all; return False where something has that name already.

    Raises FileMissing where the directory is not there, AnswerUnwritable where nothing can be written in it.
    """
    path = Path(os.path.realpath(path))
    try:
        if path.exists():
            return False
        with in_our_words(path, writing=True), made_beside(path) as made:
            with closing(peewee.SqliteDatabase(str(made))) as database, database.atomic():
                upgrade(database, NOTHING)
            put(made, path)
    except FileExistsError:
        return False
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not path.parent.is_dir():
            raise FileMissing(f"directory {path.parent} is not there; create it, or set DATABASE_PATH") from error
        mend = "look at the permissions of its directory and the room on the disk, or set DATABASE_PATH"
        raise AnswerUnwritable(f"database {path} can't be created there: {error.strerror}; {mend}") from error
    return True


def _leave_wal(database: peewee.SqliteDatabase, path: Path) -> int:
    """Make sure that this is ours, and that users who may not write can read it; return its version.

    Outside of the transaction that changes it, since there the journal mode can't be changed.
    """
    with database.atomic():
        version = recognise(database, path)
    if database.journal_mode == "wal":
        database.journal_mode = "delete"
    return version
