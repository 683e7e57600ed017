"""What there is to remark beside the verdicts: every trouble, and what an administrator should know."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from shlex import quote
from typing import Literal, NamedTuple

from ..cluster.cluster import Cluster, Guest, Node
from ..cluster.names import GuestId, NodeName, PoolName, listed
from ..cluster.trouble import Trouble, TroubleKind
from .ground import twice_seen
from .verdict import Empty, Excluded, Unknown, Verdict

_CODE: dict[TroubleKind, str] = {
    "forbidden": "missing-privilege",
    "unreadable": "partial-view",
    "contradiction": "contradiction",
}
_KIND: dict[str, TroubleKind] = {
    **{code: kind for kind, code in _CODE.items()},
    "seen-twice": "contradiction",
    "node-without-zone": "contradiction",
}


_MEND_OF_STATUS = {
    "libvirt": "it may be on its way from a node that was not read; look there at: virsh list --all",
}


class Finding(NamedTuple):
    """A remark of the run document. The codes are described in docs/codes.md."""

    code: str
    severity: Literal["error", "warning"]
    subject: str
    message: str


def findings_of(cluster: Cluster, verdicts: tuple[Verdict, ...]) -> tuple[Finding, ...]:
    """Return all findings, errors first, each group sorted by code and subject. Errors are the troubles."""
    found = (
        *_troubles_read(cluster),
        *_nodes_without_zone(cluster, verdicts),
        *_nodes_not_online(cluster),
        *_nodes_in_maintenance(cluster, verdicts),
        *_sizes_unknown(cluster),
        *(_warning(remark.code, remark.subject, remark.message) for remark in cluster.remarks),
    )
    return tuple(sorted(set(found), key=lambda finding: (finding.severity, finding)))


def troubles_of(findings: tuple[Finding, ...]) -> tuple[Trouble, ...]:
    """Return the troubles among the findings."""
    errors = [finding for finding in findings if finding.severity == "error"]
    return tuple(Trouble(kind=_KIND[error.code], subject=error.subject, message=error.message) for error in errors)


def troubles_read(cluster: Cluster) -> tuple[Trouble, ...]:
    """Return the troubles that are in what was read, whatever is asked of it."""
    return troubles_of(tuple(sorted(set(_troubles_read(cluster)))))


def _error(code: str, subject: str, message: str) -> Finding:
    return Finding(code=code, severity="error", subject=subject, message=message)


def _warning(code: str, subject: str, message: str) -> Finding:
    return Finding(code=code, severity="warning", subject=subject, message=message)


def _troubles_read(cluster: Cluster) -> Iterator[Finding]:
    for trouble in cluster.troubles:
        yield _error(_CODE[trouble.kind], trouble.subject, trouble.message)
    for guest_id, nodes in twice_seen(cluster).items():
        name = next(guest.name for guest in cluster.guests if guest.id == guest_id)
        where = f"{_named(name, guest_id)}runs on {listed(nodes)} at once"
        message = f"{where}, which destroys what it writes; stop all but one of them"
        yield _error("seen-twice", guest_id, message)
    for guest in [guest for guest in cluster.guests if guest.status == "unknown"]:
        if cluster.node_named[guest.node].status == "online":
            mend = _MEND_OF_STATUS.get(cluster.source, "see that the node's status daemon answers")
            message = f"{_named(guest.name, guest.id)}has a status on '{guest.node}' that the source can't tell; {mend}"
            yield _error("partial-view", f"guest {guest.id}", message)


def _named(name: str, guest_id: GuestId) -> str:
    """Return a guest's name as the beginning of a sentence whose subject has its id; nothing where that is its name."""
    return "" if name == guest_id else f"'{name}' "


def _nodes_without_zone(cluster: Cluster, verdicts: tuple[Verdict, ...]) -> Iterator[Finding]:
    pools_on: defaultdict[NodeName, set[PoolName]] = defaultdict(set)
    for verdict in verdicts:
        if isinstance(verdict, Unknown):
            for member in verdict.members:
                pools_on[member.node].add(verdict.pool)
    for node in cluster.nodes:
        if node.zone is None and node.status != "absent":
            yield _node_without_zone(node, sorted(pools_on[node.name]))


def _node_without_zone(node: Node, pools: list[PoolName]) -> Finding:
    mend = (
        f"put it into one with create-node --name {quote(node.name)} --zone-name ZONE, or set-node if the model has it"
    )
    if node.status == "online" and pools:
        message = f"is in no zone, so nothing can be said of the pools on it ({listed(pools)}); {mend}"
        return _error("node-without-zone", node.name, message)
    return _warning("node-without-zone", node.name, f"is in no zone; {mend}")


def _nodes_not_online(cluster: Cluster) -> Iterator[Finding]:
    for node in cluster.nodes:
        if node.status == "offline":
            yield _warning("node-offline", node.name, "is offline; guests there count for no pool")
        elif node.status == "absent":
            yield _warning(
                "node-absent", node.name, "is in the model and not in the cluster; correct it, or delete-node"
            )


def _nodes_in_maintenance(cluster: Cluster, verdicts: tuple[Verdict, ...]) -> Iterator[Finding]:
    members_on: defaultdict[NodeName, Counter[PoolName]] = defaultdict(Counter)
    in_maintenance = {node.name for node in cluster.nodes if node.maintenance}
    for verdict in verdicts if in_maintenance else ():
        if not isinstance(verdict, Excluded | Empty):
            for member in verdict.members:
                if member.node in in_maintenance:
                    members_on[member.node][verdict.pool] += 1
    for node, pools in members_on.items():
        members = f"{pools.total()} member{'' if pools.total() == 1 else 's'} of {listed(sorted(pools))}"
        message = f"is in maintenance and runs {members}, which use no node there"
        yield _warning("on-maintenance", node, message)


def _sizes_unknown(cluster: Cluster) -> Iterator[Finding]:
    unsized: defaultdict[NodeName, list[Guest]] = defaultdict(list)
    for guest in [guest for guest in cluster.guests if guest.memory_bytes is None]:
        if guest.runs:
            unsized[guest.node].append(guest)
    for node in cluster.nodes:
        if node.status == "online":
            if node.memory_bytes is None:
                yield _warning("size-unknown", node.name, "its memory size is not known, so it counts as having room")
            if guests := unsized[node.name]:
                names = listed([guest.id for guest in guests])
                yield _warning("size-unknown", node.name, f"guests of unknown memory size count as 0 there: {names}")
