"""Small clusters written by hand, with few words."""

from collections.abc import Iterable, Mapping

from virtualisation_resource_distributor.cluster import (
    Cluster,
    Guest,
    GuestId,
    Node,
    NodeName,
    Pin,
    Policy,
    Pool,
    PoolName,
    Rule,
    Trouble,
    Zone,
    ZoneName,
)
from virtualisation_resource_distributor.cluster.cluster import GuestStatus, NodeStatus, RuleKind
from virtualisation_resource_distributor.cluster.limit import MemoryLimit
from virtualisation_resource_distributor.cluster.trouble import TroubleKind
from virtualisation_resource_distributor.judge.spread import NO_LIMIT, judge_pools
from virtualisation_resource_distributor.judge.verdict import Verdict

GIB = 2**30


def zones(parents: Mapping[str, str | None]) -> tuple[Zone, ...]:
    """Return these zones, each with the one that it lies in."""
    return tuple(
        Zone(name=ZoneName(name), parent=None if parent is None else ZoneName(parent))
        for name, parent in parents.items()
    )


def node(
    name: str,
    zone: str | None,
    *,
    gib: int | None = None,
    status: NodeStatus = "online",
    maintenance: bool = False,
    uri: str | None = None,
) -> Node:
    """Return a node; without `gib` nobody knows its size."""
    return Node(
        name=NodeName(name),
        zone=None if zone is None else ZoneName(zone),
        status=status,
        maintenance=maintenance,
        uri=uri,
        memory_bytes=None if gib is None else gib * GIB,
    )


def resized(one: Node, memory_bytes: int | None) -> Node:
    """Return the node with another size."""
    return Node(
        name=one.name,
        zone=one.zone,
        status=one.status,
        maintenance=one.maintenance,
        uri=one.uri,
        memory_bytes=memory_bytes,
        vcpus=one.vcpus,
    )


def guest(
    guest_id: str,
    on: str,
    *,
    pool: str | None = "p",
    gib: int | None = None,
    status: GuestStatus = "running",
    template: bool = False,
    locked: bool = False,
    pinned: str | None = None,
    allowed: Iterable[str] | None = None,
) -> Guest:
    """Return a guest of pool p; `pinned` says why it can't be moved live."""
    return Guest(
        id=GuestId(guest_id),
        name=guest_id,
        node=NodeName(on),
        pool=None if pool is None else PoolName(pool),
        memory_bytes=None if gib is None else gib * GIB,
        status=status,
        template=template,
        locked=locked,
        pinned=None if pinned is None else Pin(code="device", message=pinned),
        allowed_nodes=None if allowed is None else frozenset(map(NodeName, allowed)),
    )


def rule(kind: RuleKind, *guests: str, name: str = "r") -> Rule:
    """Return a rule between these guests."""
    return Rule(name=name, kind=kind, guests=frozenset(map(GuestId, guests)))


def pool(name: str = "p", *, policy: Policy = "distinct") -> Pool:
    """Return a pool."""
    return Pool(name=PoolName(name), policy=policy)


def trouble(subject: str, *, kind: TroubleKind = "unreadable") -> Trouble:
    """Return a trouble."""
    return Trouble(kind=kind, subject=subject, message="no answer within 10 s")


def in_separate_zones(*nodes: str, policy: Policy = "distinct", guests: Iterable[Guest] = ()) -> Cluster:
    """Return a cluster where each node lies in a zone of its own: a lies in zone-a."""
    return Cluster(
        zones=zones({f"zone-{name}": None for name in nodes}),
        nodes=tuple(node(name, f"zone-{name}") for name in nodes),
        guests=tuple(guests),
        pools=(pool(policy=policy),),
    )


def verdict_on_p(cluster: Cluster, limit: MemoryLimit = NO_LIMIT) -> Verdict:
    """Return the verdict for pool p."""
    (verdict,) = (verdict for verdict in judge_pools(cluster, frozenset(), limit) if verdict.pool == "p")
    return verdict
