"""Does a guest run twice, and is a lock left behind?"""

from collections.abc import Iterator
from shlex import quote

from ...cluster.names import listed
from .finding import Finding
from .seen import Seen
from .whereabouts import active_twice

_OLD_SECONDS = 3600.0


def judge_double_runs(seen: Seen) -> Iterator[Finding]:
    """Yield each domain that is active on two nodes and not on its way between them."""
    for uuid, there in sorted(active_twice(seen.inventory).items()):
        nodes = tuple(there)
        message = f"'{there[nodes[0]].name}' runs on {listed(nodes)} at once, which destroys what it writes"
        mend = f"find out which of them serves, and on the others run: virsh destroy {quote(uuid)}"
        yield Finding("fault", "seen-twice", f"guest {uuid}", message, mend, nodes)


def judge_locks(seen: Seen) -> Iterator[Finding]:
    """Yield each lock whose process is gone, and each of another machine that is old."""
    for lock in seen.locks:
        where, mend = f"lock {lock.name}", f"run: vrd release-lock {quote(lock.name)}"
        if lock.is_stale:
            message = f"its process is gone, and whoever needs it next takes it over ({lock.holder})"
            yield Finding("warning", "lock-stale", where, message, mend)
        elif lock.is_foreign and lock.age_seconds > _OLD_SECONDS:
            message = f"it is {lock.age_seconds / 3600:.0f} h old, and may have been left behind ({lock.holder})"
            yield Finding("warning", "lock-stale", where, message, f"if that process is gone for sure, {mend}")
