"""What operators wrote down: zones, the nodes in them, and pools."""

from typing import NamedTuple

from .cluster import DEFAULT_POLICY, Policy, Zone
from .names import NodeName, PoolName, ZoneName


class ModelNode(NamedTuple):
    """A node as operators know it; `zone` is None where its zone was deleted under it."""

    name: NodeName
    zone: ZoneName | None
    uri: str | None = None
    maintenance: bool = False


class ModelPool(NamedTuple):
    """A pool with its policy; `members` are glob patterns of guests' names, for sources without pools."""

    name: PoolName
    policy: Policy = DEFAULT_POLICY
    members: tuple[str, ...] = ()


class Model(NamedTuple):
    """The operators' model, sorted by name."""

    zones: tuple[Zone, ...] = ()
    nodes: tuple[ModelNode, ...] = ()
    pools: tuple[ModelPool, ...] = ()
