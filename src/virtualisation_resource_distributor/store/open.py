"""How is the database file opened, and what do SQLite's errors mean to an operator?"""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

import peewee

from ..errors import AnswerUnwritable, Busy, DistributorError, FileMissing, InvalidData

BUSY_SECONDS = 5
EXPECTED = "expected a database that init-database made"

MAGIC = b"SQLite format 3\0"
_VERSIONS_OF_WAL = b"\2\2"
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_CONTENT = frozenset(
    {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT},
)
_ACCESS = frozenset(
    {
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_NOLFS,
        sqlite3.SQLITE_PROTOCOL,
    },
)


@contextmanager
def reading(path: Path, *, undo: bool = True) -> Iterator[peewee.SqliteDatabase]:
    """Give the database in one transaction: one state of it, whatever others write meanwhile.

    Nothing is written or created, with one exception: what a crashed writer left half done is undone first, where
    this user may write the file, unless `undo` forbids it. Raises FileMissing, InvalidData or Busy.
    """
    header = _look_at(path)
    if is_wal(header):
        problem = "is in journal mode WAL, which can't be read without writing beside it; init-database sets it back"
        raise InvalidData(f"database {path}", problem)
    with in_our_words(path, writing=False), closing(_connect_reader(path, undo)) as database, database.atomic():
        yield database


def is_wal(header: bytes) -> bool:
    """Tell by a database's first bytes whether it is in journal mode WAL."""
    return header[18:20] == _VERSIONS_OF_WAL


@contextmanager
def writing(path: Path) -> Iterator[peewee.SqliteDatabase]:
    """Give the database for writing, outside of a transaction.

    Raises FileMissing, InvalidData, Busy, or AnswerUnwritable where it can't be written.
    """
    _look_at(path)
    with in_our_words(path, writing=True), closing(_connect(path, "rw")) as database:
        yield database


@contextmanager
def in_our_words(path: Path, *, writing: bool) -> Iterator[None]:
    """Turn SQLite's errors into ours; those that only a bug can cause stay as they are."""
    try:
        yield
    except (peewee.DatabaseError, peewee.InterfaceError, sqlite3.Error, UnicodeDecodeError) as error:
        ours = _our_error(path, _original(error), writing=writing)
        if ours is None:
            raise
        raise ours from error


def _look_at(path: Path) -> bytes:
    """Return the first bytes of what may be a database.

    No connection may be open then: closing the file would take the locks that SQLite has on it.
    """
    mend = "mend its permissions, or set DATABASE_PATH"
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise FileMissing(f"database {path} is no file; {EXPECTED}; set DATABASE_PATH")
        with path.open("rb") as stream:
            header = stream.read(20)
    except FileNotFoundError as error:
        raise FileMissing(
            f"database {path} is not there; create it with init-database, or set DATABASE_PATH",
        ) from error
    except OSError as error:
        raise FileMissing(f"database {path} can't be read: {error.strerror}; {EXPECTED}; {mend}") from error
    if not header:
        raise InvalidData(f"database {path}", f"the file is empty; {EXPECTED}; delete it and run init-database")
    if not header.startswith(MAGIC):
        problem = f"this is no SQLite database; {EXPECTED}; set DATABASE_PATH, or move it away and run init-database"
        raise InvalidData(f"database {path}", problem)
    return header


def _connect(path: Path, mode: Literal["ro", "rw"]) -> peewee.SqliteDatabase:
    """Connect to a file that is there. Until a commit, changes stay in memory, so that others can still read it."""
    database = peewee.SqliteDatabase(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        pragmas={"foreign_keys": 1, "cache_spill": 0},
    )
    database.connect()
    return database


def _connect_reader(path: Path, undo: bool) -> peewee.SqliteDatabase:
    database = _connect(path, "ro")
    try:
        database.execute_sql("SELECT count(*) FROM sqlite_master").fetchall()
    except (peewee.DatabaseError, peewee.InterfaceError) as error:
        database.close()
        if _code_of(_original(error)) != sqlite3.SQLITE_READONLY_ROLLBACK or not (undo and _may_write(path)):
            raise
        return _connect(path, "rw")
    return database


def _may_write(path: Path) -> bool:
    return all(os.access(place, os.W_OK, effective_ids=True) for place in (path, path.parent))


def _original(error: BaseException) -> BaseException:
    """Return SQLite's own first error: peewee's has it as its context, and so has a rollback that failed after it."""
    original = error
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, sqlite3.Error):
            original = link
        link = link.__context__
    return original


def _code_of(error: BaseException) -> int | None:
    """Return SQLite's extended code; Python's own complaints have none."""
    return getattr(error, "sqlite_errorcode", None)


def _our_error(path: Path, error: BaseException, *, writing: bool) -> DistributorError | None:
    code = _code_of(error)
    if code is None:
        undecodable = "decode" in str(error)
        return (
            InvalidData(f"database {path}", f"{error}; correct that text with the program sqlite3")
            if undecodable
            else None
        )
    primary = code & 0xFF
    if primary in _LOCKED:
        mend = f"try again, or look who holds it: fuser -v '{path}'"
        return Busy(f"database {path} is locked by another program for more than {BUSY_SECONDS} seconds; {mend}")
    if primary in _CONTENT:
        return InvalidData(f"database {path}", f"{error}; {EXPECTED}; restore it from a backup, or set DATABASE_PATH")
    if primary not in _ACCESS:
        return None
    if writing:
        mend = "look at the permissions of file and directory, and at the room on the disk"
        return AnswerUnwritable(f"database {path} can't be written, and is as it was: {error}; {mend}")
    if code == sqlite3.SQLITE_READONLY_ROLLBACK:
        mend = "run init-database as a user who may, which completes it"
        return FileMissing(
            f"database {path} can't be read: a crashed writer left it half written ({path.name}-journal), and this "
            f"user may not write it; {mend}",
        )
    return FileMissing(f"database {path} can't be read: {error}; {EXPECTED}; look at its permissions and its disk")
