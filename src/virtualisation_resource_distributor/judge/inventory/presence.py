"""Is what libvirt has under one name on every node, and active: a network, a storage pool?"""

from collections.abc import Iterator, Mapping
from shlex import quote
from typing import Literal, Protocol

from ...cluster.names import NodeName, listed
from .finding import Finding, Severity
from .seen import Users
from .words import on_nodes

_VERBS = {"network": "net", "storage pool": "pool"}


class _Named(Protocol):
    @property
    def active(self) -> bool: ...


def severity_for(users: Users) -> Severity:
    """Return how grave it is that something is not as it should be: running guests need it now."""
    return "fault" if users.running else "warning"


def judge_presence(
    kind: Literal["network", "storage pool"],
    name: str,
    there: Mapping[NodeName, _Named],
    asked: frozenset[NodeName],
    users: Users,
) -> Iterator[Finding]:
    """Yield the nodes that lack it, and those that have not started it, with virsh's commands that mend it."""
    severity, where, code = severity_for(users), f"{kind} {name}", kind.replace(" ", "-")
    verb, word = _VERBS[kind], quote(name)
    if missing := tuple(sorted(asked - there.keys())):
        message = f"not on {listed(missing)}, but on {listed(sorted(there))}" if there else "on no node"
        mend = f"make it there with virsh {verb}-define FILE, or correct the name in the guest's definition"
        if there:
            dump = f"virsh {verb}-dumpxml {word}"
            mend = f"there run: virsh {verb}-define FILE, with what {dump} prints on a node that has it"
        yield Finding(severity, f"{code}-missing", where, f"{message}; {users.words}", mend, missing)
    if down := tuple(sorted(node for node, facts in there.items() if not facts.active)):
        mend = on_nodes(down, f"virsh {verb}-start {word} && virsh {verb}-autostart {word}")
        message = f"not active on {listed(down)}; {users.words}"
        yield Finding(severity, f"{code}-inactive", where, message, mend, down)
