"""Take away a lock whose process is gone from another machine."""

from ..cluster.names import listed
from ..errors import UsageError
from ..settings import Settings
from ..store.locks import read_locks, release
from .outcome import Outcome


def release_lock(settings: Settings, name: str) -> Outcome:
    """Take the lock away and tell who held it; raises UsageError where there is none of this name."""
    lock = release(settings.database_path, name)
    if lock is None:
        there = [other.name for other in read_locks(settings.database_path)]
        raise UsageError(f"there is no lock '{name}'; {f'there are {listed(there)}' if there else 'nothing is locked'}")
    return Outcome(text=f"released '{name}', which was held by {lock.holder}\n")
