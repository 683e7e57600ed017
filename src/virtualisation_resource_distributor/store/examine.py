"""What is there in the place of the database? Nothing is written, not even to undo what a crashed writer left."""

import os
import stat
from pathlib import Path

from ..cluster.facts import DatabaseFacts
from ..errors import Busy, DistributorError, InvalidData
from .open import MAGIC, is_wal, reading
from .queries import versioned_model_in
from .upgrade import VERSION, is_ours


def examine_database(path: Path) -> DatabaseFacts:
    """Return what is there, with the model where it can be read; nothing is raised."""
    real = Path(os.path.realpath(path))
    facts = DatabaseFacts(path=str(path), state="fine", newest=VERSION)
    try:
        header = _header(real)
    except FileNotFoundError:
        if not real.parent.is_dir():
            return facts._replace(state="nowhere", message="neither it nor its directory is there")
        return facts._replace(state="missing", message="is not there")
    except OSError as error:
        advice = f"let this user (uid {os.geteuid()}) read it and enter the directories that it is in"
        return facts._replace(state="broken", message=f"can't be read: {error.strerror}", advice=advice)
    if header == b"":
        return facts._replace(state="empty", message="is an empty file")
    if header is None or not header.startswith(MAGIC):
        return facts._replace(state="alien", message="is no SQLite database")
    if is_wal(header):
        return facts._replace(state="wal", message="is in journal mode WAL, which can't be read without writing")
    return _examine_content(real, facts)


def _header(path: Path) -> bytes | None:
    """Return the first bytes of a file, None where it is none; raises OSError."""
    if not stat.S_ISREG(path.stat().st_mode):
        return None
    with path.open("rb") as stream:
        return stream.read(20)


def _examine_content(path: Path, facts: DatabaseFacts) -> DatabaseFacts:
    try:
        with reading(path, undo=False) as database:
            if not is_ours(database):
                return facts._replace(state="alien", message="is a database of another program")
            version, model = versioned_model_in(database, path)
            return facts._replace(version=version, model=model)
    except Busy:
        return facts._replace(state="busy", message="is locked by another program, which holds it for seconds")
    except DistributorError as error:
        if path.with_name(f"{path.name}-journal").exists():
            return facts._replace(state="torn", message="was left half written by a crashed writer")
        problem = error.problem if isinstance(error, InvalidData) else str(error)
        message, _, advice = problem.partition("; ")
        return facts._replace(state="broken", message=message, advice=advice or "restore it from a backup")
