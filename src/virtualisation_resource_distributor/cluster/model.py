"""What operators wrote down: zones, the nodes in them, and pools."""

from dataclasses import dataclass

from .cluster import DEFAULT_POLICY, Policy, Zone
from .names import NodeName, PoolName, ZoneName


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelNode:
    """A node as operators know it; `zone` is None where its zone was deleted under it."""

    name: NodeName
    zone: ZoneName | None
    uri: str | None = None
    maintenance: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPool:
    """A pool with its policy; `members` are glob patterns of guests' names, for sources without pools."""

    name: PoolName
    policy: Policy = DEFAULT_POLICY
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The operators' model, sorted by name."""

    zones: tuple[Zone, ...] = ()
    nodes: tuple[ModelNode, ...] = ()
    pools: tuple[ModelPool, ...] = ()
