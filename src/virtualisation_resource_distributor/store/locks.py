"""Who does what no other process may do at the same time, on whichever machine?

A lock is a row: it holds for as long as an act takes, which no transaction may. Where the process that took it is gone
from its machine, the lock is stale and is taken over; of a process on another machine only that machine knows.
"""

import contextlib
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from ..cluster.moment import written
from ..errors import Busy, DistributorError
from .changes import changing
from .queries import tables_of
from .tables import LockRow

_FIELDS = ("name", "created_at", "purpose", "author", "host", "boot", "process", "started")


class Lock(NamedTuple):
    """One lock: what for, since when (UTC), by whom, and by which process on which machine in which boot of it."""

    name: str
    created_at: str
    purpose: str
    author: str
    host: str
    boot: str
    process: int
    started: str

    @property
    def is_stale(self) -> bool:
        """Tell whether it was taken on this machine, by a process that is gone."""
        here = _of_this_process(self.name, self.purpose)
        return self.host == here.host and (self.boot != here.boot or _started(self.process) != self.started)

    @property
    def is_foreign(self) -> bool:
        """Tell whether it was taken on another machine, which alone knows whether its process is there."""
        return self.host != socket.gethostname()

    @property
    def holder(self) -> str:
        """Return who holds it, in words."""
        return f"{self.author} on {self.host}, process {self.process}, since {self.created_at}, for: {self.purpose}"

    @property
    def in_words(self) -> str:
        """Return who has it and what to do, as a sentence."""
        mend = f"wait for it; if that process is gone for sure, run: vrd release-lock {quote(self.name)}"
        return f"'{self.name}' is locked by {self.holder}; {mend}"


_HELD: set[tuple[Path, str]] = set()
"""The locks that this process holds now."""


@contextmanager
def locked(path: Path, name: str, purpose: str) -> Iterator[None]:
    """Hold a lock of this name while the caller does what only one may do.

    Raises Busy, naming the holder, where another process has it, and what `changing` raises.
    """
    mine = _of_this_process(name, purpose)
    with changing(path):
        if (other := _find(name)) is not None and not other.is_stale and not _is_left_over(other, mine, path):
            raise Busy(other.in_words)
        LockRow.delete().where(LockRow.name == name).execute()
        LockRow.insert(**mine._asdict()).execute()
    _HELD.add((path, name))
    try:
        yield
    finally:
        _HELD.discard((path, name))
        # Where it can't be taken away, it is stale as soon as this process ends; what was done has to be told first.
        with contextlib.suppress(DistributorError), changing(path):
            LockRow.delete().where(
                LockRow.name == name, LockRow.host == mine.host, LockRow.process == mine.process
            ).execute()


def _is_left_over(other: Lock, mine: Lock, path: Path) -> bool:
    """Tell whether this process took a lock, and could not give it back when it was done."""
    is_mine = (other.host, other.process, other.started) == (mine.host, mine.process, mine.started)
    return is_mine and (path, other.name) not in _HELD


def read_locks(path: Path) -> tuple[Lock, ...]:
    """Return all locks, sorted by name."""
    with tables_of(path):
        return tuple(_lock(row) for row in LockRow.select().order_by(LockRow.name))


def release(path: Path, name: str) -> Lock | None:
    """Take a lock away, whoever holds it; return what it was, None where there was none."""
    with changing(path):
        lock = _find(name)
        LockRow.delete().where(LockRow.name == name).execute()
        return lock


def _find(name: str) -> Lock | None:
    row = LockRow.get_or_none(LockRow.name == name)
    return None if row is None else _lock(row)


def _lock(row: LockRow) -> Lock:
    return Lock(**{field: getattr(row, field) for field in _FIELDS})


def _of_this_process(name: str, purpose: str) -> Lock:
    process = os.getpid()
    return Lock(
        name=name,
        created_at=written(datetime.now(UTC)),
        purpose=purpose,
        author=author(),
        host=socket.gethostname(),
        boot=_boot(),
        process=process,
        started=_started(process),
    )


def author() -> str:
    """Return who runs this process, as the machine knows it."""
    try:
        return getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _boot() -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    return ""


def _started(process: int) -> str:
    """Return when a process of this machine began, in ticks since its boot; nothing where it is gone.

    One that has ended, and whose parent did not ask yet how (a zombie), does nothing any more.
    """
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{process}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return "" if fields[0] in {"Z", "X"} else fields[19]
    return ""
