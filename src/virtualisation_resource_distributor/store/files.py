"""How does a whole database file get its place, never half of one and never over another?"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import AnswerUnwritable


@contextmanager
def made_beside(path: Path) -> Iterator[Path]:
    """Give the name of a file to be made in a folder of its own beside `path`, which goes away in the end."""
    with TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        yield Path(folder) / path.name


def put(made: Path, path: Path) -> None:
    """Give a file that was made beside `path` its place, in one step and for good.

    Raises FileExistsError where that name is taken, and OSError.
    """
    _sync(made)
    path.hardlink_to(made)
    _sync(path.parent)


def keep_copy(path: Path, from_version: int, to_version: int) -> Path:
    """Keep a copy of a database before it is upgraded: its state as last committed, with its owner and mode.

    Returns the name of the copy; an earlier one is never written over. Raises AnswerUnwritable.
    """
    try:
        with made_beside(path) as made:
            _copy(path, made)
            owned = path.stat()
            os.chown(made, owned.st_uid, owned.st_gid)
            made.chmod(owned.st_mode & 0o7777)
            return _put_first_free(made, path.with_name(f"{path.name}.before-upgrade-{from_version}-to-{to_version}"))
    except (OSError, sqlite3.Error) as error:
        problem = f"database {path} must be upgraded, and the copy to be kept beside it can't be made: {error}"
        mend = "look at the permissions of its directory and the room on the disk, or upgrade it as its owner"
        raise AnswerUnwritable(f"{problem}; nothing was changed; {mend}") from error


def _copy(path: Path, made: Path) -> None:
    source_uri = f"{path.as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(source_uri, uri=True, isolation_level=None)) as source,
        closing(sqlite3.connect(made)) as copy,
    ):
        # In a transaction that has begun to read: outside of one `backup` would wait for a lock without end.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master")
        source.backup(copy)


def _put_first_free(made: Path, wanted: Path) -> Path:
    name = wanted
    number = 1
    while True:
        try:
            put(made, name)
        except FileExistsError:
            number += 1
            name = wanted.with_name(f"{wanted.name}.{number}")
        else:
            return name


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
