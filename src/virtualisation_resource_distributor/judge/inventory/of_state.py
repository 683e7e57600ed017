"""Does a guest run twice, or will it after a boot; can two be told apart by their names; is a lock left behind?"""

from collections import defaultdict
from collections.abc import Iterator
from shlex import quote

from ...cluster.names import GuestId, NodeName, listed
from .finding import Finding
from .seen import Seen
from .whereabouts import active_twice, places_of
from .words import on_nodes

_OLD_SECONDS = 3600.0


def judge_double_runs(seen: Seen) -> Iterator[Finding]:
    """Yield each domain that is active on two nodes and not on its way between them."""
    for uuid, there in sorted(active_twice(seen.inventory).items()):
        nodes = tuple(there)
        message = f"'{there[nodes[0]].name}' runs on {listed(nodes)} at once, which destroys what it writes"
        mend = f"find out which of them serves, and on the others run: virsh destroy {quote(uuid)}"
        yield Finding("fault", "seen-twice", f"guest {uuid}", message, mend, nodes)


def judge_autostart(seen: Seen) -> Iterator[Finding]:
    """Yield each domain that a node starts when it boots, though it runs on another one, or another one starts it too.

    A live migration leaves the definition on the old node, and what starts it with that node.
    """
    inventory = seen.inventory
    for uuid, there in sorted(places_of(seen.inventory).items()):
        if uuid in inventory.moving or uuid in inventory.unsettled:
            continue
        active = [name for name, domain in there.items() if domain.active]
        starting = tuple(name for name, domain in there.items() if domain.autostart and name not in active)
        if len(starting) > (not active):
            where = f", and runs on {listed(active)}" if active else ""
            message = f"'{there[starting[0]].name}' starts with {listed(starting)}{where}: booted, they run it twice"
            command = f"virsh autostart --disable {quote(uuid)}"
            mend = on_nodes(starting, command) if active else f"on all of these but one run: {command}"
            yield Finding("fault", "autostart-twice", f"guest {uuid}", message, mend, starting)


def judge_names(seen: Seen) -> Iterator[Finding]:
    """Yield each name that two domains have, on nodes of which neither can then take the other's."""
    named: defaultdict[str, dict[GuestId, NodeName]] = defaultdict(dict)
    for uuid, there in sorted(places_of(seen.inventory).items()):
        for node, domain in there.items():
            named[domain.name].setdefault(uuid, node)
    for name, domains in sorted(named.items()):
        if len(domains) > 1:
            told = ", ".join(f"{uuid} on '{node}'" for uuid, node in domains.items())
            message = f"it is the name of {len(domains)} domains, so that neither can go where the other is: {told}"
            mend = "rename one that is shut off: virsh domrename UUID NEW-NAME"
            yield Finding("warning", "name-twice", f"name {name}", message, mend, tuple(sorted(set(domains.values()))))


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
