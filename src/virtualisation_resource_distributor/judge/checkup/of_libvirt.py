"""Is each node of the model reached by libvirt, on a machine of its own, and do member patterns say what is meant?"""

from collections.abc import Iterator
from shlex import quote

from ...cluster.facts import NodeFacts, OverlapFacts, PatternFacts
from ...cluster.model import Model, ModelPool
from ...cluster.names import NodeName, listed
from .check import Check, fault, fine, not_checked, problem_and_mend, warning

_NO_NODES = "the model has no nodes, so there is no libvirt to ask"


def judge_libvirt_nodes(nodes: tuple[NodeFacts, ...], model: Model) -> Iterator[Check]:
    """Yield for each node whether it could be opened; one in maintenance may be down."""
    if not nodes:
        zone = "" if model.zones else "vrd create-zone --name ZONE && "
        yield fault("connection", "-", _NO_NODES, f"run: {zone}vrd create-node --name NODE --zone-name ZONE")
    in_maintenance = {node.name for node in model.nodes if node.maintenance}
    for node in nodes:
        if node.fault:
            problem, mend = problem_and_mend(node.fault)
            if node.name in in_maintenance:
                yield warning("connection", node.name, problem, mend)
            else:
                known = f"if it is meant to be down, run: vrd set-maintenance --name {quote(node.name)}"
                yield fault("connection", node.name, problem, f"{mend}; {known}")
        else:
            yield fine("connection", node.name, f"{node.uri} is opened read-only: {node.versions}")
    yield from _same_machines(nodes)


def judge_patterns(
    patterns: tuple[PatternFacts, ...], overlaps: tuple[OverlapFacts, ...], model: Model, unread: list[NodeName]
) -> Iterator[Check]:
    """Yield the patterns that match no domain, and those of two pools that match one; `unread` are nodes not seen."""
    pools = {pool.name: pool for pool in model.pools}
    idle = [one for one in patterns if not one.names]
    if idle and unread:
        yield not_checked("member-patterns", f"domains may be on {listed(unread)}, which could not be read")
    for one in idle if not unread else ():
        mend = _without(pools[one.pool], one.pattern) or _without(pools[one.pool], one.pattern, ["PATTERN"])
        yield warning("member-patterns", one.pool, f"its pattern '{one.pattern}' matches no domain", f"run: {mend}")
    if not idle:
        yield fine("member-patterns", "-", "each member pattern of the model matches a domain")
    for overlap in overlaps:
        yield _overlap(overlap, pools[_broader(overlap).pool])
    if not overlaps:
        yield fine("pattern-overlap", "-", "no domain is matched by patterns of two pools")


def _same_machines(nodes: tuple[NodeFacts, ...]) -> Iterator[Check]:
    first: dict[str, NodeName] = {}
    alone = True
    for node in nodes:
        if (other := first.setdefault(node.machine, node.name)) != node.name:
            alone = False
            mend = f"vrd set-node --name {quote(node.name)} --uri {quote(f'qemu+ssh://{node.name}/system')}"
            message = f"{node.uri} leads to the machine of node '{other}' too, or the two have one host_uuid"
            yield fault("same-machine", node.name, message, f"run: {mend}")
    if nodes and alone:
        yield fine("same-machine", "-", "each node is a machine of its own")


def _overlap(overlap: OverlapFacts, pool: ModelPool) -> Check:
    one, other = overlap.one, overlap.other
    broad = _broader(overlap)
    message = (
        f"its pattern '{one.pattern}' and '{other.pattern}' of pool '{other.pool}' both match {listed(overlap.names)}"
    )
    # The narrower pattern means these domains; the other one is replaced by what it alone matches.
    mend = _without(pool, broad.pattern, instead=sorted(map(_literal, broad.names - set(overlap.names))))
    words = "say which pool is meant: correct one of the patterns, or name the pool in the domains' own metadata"
    return (fault if overlap.runs else warning)("pattern-overlap", one.pool, message, f"run: {mend}" if mend else words)


def _broader(overlap: OverlapFacts) -> PatternFacts:
    return max(overlap.one, overlap.other, key=lambda one: (len(one.names), one))


def _without(pool: ModelPool, pattern: str, instead: list[str] | None = None) -> str | None:
    """Return the commands that give a pool the same patterns but for one; None where it would have none then.

    A pool without a pattern has no members, so nothing would ever be said of it again.
    """
    members = [*(member for member in pool.members if member != pattern), *(instead or ())]
    if not members:
        return None
    options = "".join(f" --member {quote(member)}" for member in members)
    name = quote(pool.name)
    return f"vrd delete-pool --name {name} && vrd create-pool --name {name} --policy {pool.policy}{options}"


def _literal(name: str) -> str:
    """Return the pattern that matches this name alone."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)
