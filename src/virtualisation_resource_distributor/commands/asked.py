"""Are the pools, nodes and zones that were asked for there?"""

from collections.abc import Sequence

from ..cluster.cluster import Cluster
from ..cluster.model import Model
from ..cluster.names import NodeName, ZoneName, listed, near
from ..cluster.trouble import Trouble
from ..errors import UsageError


def unseen_of(cluster: Cluster, asked: Sequence[str], troubles: Sequence[Trouble]) -> tuple[str, ...]:
    """Return the pools that were asked for and may only be out of sight, since the view is not whole.

    Raises UsageError where one is not there, and the view is.
    """
    return unseen_among([pool.name for pool in cluster.pools], asked, is_whole=not troubles)


def unseen_among(names: Sequence[str], asked: Sequence[str], *, is_whole: bool) -> tuple[str, ...]:
    """Return which of the pools that were asked for are not among these, if the view is not whole, else raise."""
    missing = tuple(name for name in asked if name not in names)
    if missing and is_whole:
        mend = "the command `run --verbose` lists all pools"
        raise UsageError(f"there is no pool {listed(missing)}{near(missing[0], names)}; {mend}")
    return missing


def lines_on(unseen: Sequence[str]) -> tuple[str, ...]:
    """Return what to say of pools that can't be seen."""
    return (f"of the pools asked for, {listed(unseen)} can't be seen",) if unseen else ()


def known_node(cluster: Cluster, name: str) -> NodeName:
    """Return the node of this name; raises UsageError with the near ones where there is none."""
    if name not in cluster.node_named:
        mend = "the command `snapshot` shows all that are seen"
        raise UsageError(f"there is no node '{name}'{near(name, list(cluster.node_named))}; {mend}")
    return NodeName(name)


def known_zone(cluster: Cluster, name: str) -> ZoneName:
    """Return the zone of this name; raises UsageError with the near ones where there is none."""
    names = [zone.name for zone in cluster.zones]
    if name not in names:
        mend = "the command `snapshot` shows all that are known"
        raise UsageError(f"there is no zone '{name}'{near(name, names)}; {mend}")
    return ZoneName(name)


def known_model_nodes(model: Model, names: Sequence[str]) -> frozenset[NodeName]:
    """Return the model's nodes of these names, all where none is named; raises UsageError where one is not there."""
    known = [node.name for node in model.nodes]
    missing = [name for name in names if name not in known]
    if missing:
        mend = "list-nodes lists all"
        raise UsageError(f"there is no node {listed(missing)}{near(missing[0], known)}; {mend}")
    return frozenset(map(NodeName, names or known))
