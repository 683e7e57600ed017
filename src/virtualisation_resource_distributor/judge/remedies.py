"""What would let a blocked pool be spread better? Only what is proven: it is lifted, and the pool judged again."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import NamedTuple, assert_never

from ..cluster.cluster import Cluster, Guest, Node
from ..cluster.limit import MemoryLimit
from ..cluster.names import GuestId, NodeName
from .levels import is_usable
from .obstacles import KeptApart, KeptTogether, Locked, NoRoom, NotAllowed, Obstacle, Pinned
from .planning.mending import Request, plan_mending
from .spread import judge_pools
from .verdict import Blocked, Migrate, Spread

MOST_TRIED = 24
MOST_TOLD = 5


class MoreMemory(NamedTuple):
    """So much more memory free on the node than now."""

    node: NodeName
    missing_bytes: int


class BackInUse(NamedTuple):
    """The node is usable: online, and in no maintenance."""

    node: NodeName
    was_online: bool


class Unlocked(NamedTuple):
    """The guest is not locked."""

    guest: GuestId


class Movable(NamedTuple):
    """The guest can be moved live."""

    guest: GuestId
    why_not: str


class WithoutRule(NamedTuple):
    """The rule is not there."""

    rule: str


class Allowed(NamedTuple):
    """The guest may run on the node."""

    guest: GuestId
    node: NodeName


class RoomMade(NamedTuple):
    """Guests of other pools and of none may be moved: a plan that does so takes so many moves."""

    moves: int


Lift = MoreMemory | BackInUse | Unlocked | Movable | WithoutRule | Allowed


class Remedy(NamedTuple):
    """What has to be lifted, all of it together, for the pool to get better."""

    lifts: tuple[Lift | RoomMade, ...]


Hindered = tuple[Guest, NodeName, tuple[Obstacle, ...]]


def remedies_for(
    cluster: Cluster, verdict: Blocked, asked: Request, hindered: Iterable[Hindered]
) -> tuple[Remedy, ...]:
    """Return what lets permitted moves make the pool better, the fewest lifts at once; each was tried.

    `hindered` are moves that would make it better, with what forbids them. No more than MOST_TRIED are tried.
    """
    limit = asked.limit
    others = frozenset(pool.name for pool in cluster.pools) - {verdict.pool}

    def helps(lifts: tuple[Lift, ...]) -> bool:
        judged = judge_pools(_lifted(cluster, lifts, limit), others, limit)
        return any(one.pool == verdict.pool and isinstance(one, Migrate | Spread) for one in judged)

    ways = _different(_lifts(obstacles) for _, _, obstacles in hindered if obstacles)
    back = [(BackInUse(node.name, node.status == "online"),) for node in cluster.nodes if _may_come_back(node)]
    helping = [lifts for lifts in _cheapest([*back, *(lifts for lifts in ways if len(lifts) == 1)]) if helps(lifts)]
    if not helping and ways:
        fewest = min(map(len, ways))
        helping = [lifts for lifts in _cheapest(lifts for lifts in ways if len(lifts) == fewest) if helps(lifts)]
    return (*_with_room_made(cluster, verdict, asked), *map(Remedy, helping[:MOST_TOLD]))


def _with_room_made(cluster: Cluster, verdict: Blocked, asked: Request) -> Iterator[Remedy]:
    """Yield the plan that moves other guests too, where there is one and room is missing."""
    if any(isinstance(obstacle, NoRoom) for obstacle in verdict.obstacles):
        request = asked._replace(pools=frozenset({verdict.pool}), make_room=True)
        steps = plan_mending(cluster, request).steps
        if any(step.pool == verdict.pool for step in steps):
            yield Remedy((RoomMade(len(steps)),))


def _may_come_back(node: Node) -> bool:
    return not is_usable(node) and node.zone is not None and node.status != "absent"


def _lifts(obstacles: tuple[Obstacle, ...]) -> tuple[Lift, ...]:
    """Return what lifts all of these at once, in one order."""
    different = {(type(lift), lift): lift for lift in map(_lift, obstacles)}
    return tuple(sorted(different.values(), key=_order_of))


def _different(ways: Iterable[tuple[Lift, ...]]) -> list[tuple[Lift, ...]]:
    return list({tuple((type(lift), lift) for lift in lifts): lifts for lifts in ways}.values())


def _lift(obstacle: Obstacle) -> Lift:
    match obstacle:
        case Locked(guest=guest):
            return Unlocked(guest)
        case Pinned(guest=guest, why=why):
            return Movable(guest, why)
        case KeptTogether(rule=rule) | KeptApart(rule=rule):
            return WithoutRule(rule)
        case NotAllowed(guest=guest, node=node):
            return Allowed(guest, node)
        case NoRoom(node=node, free_bytes=free, needed_bytes=needed):
            return MoreMemory(node, needed - free)
        case _:
            assert_never(obstacle)


_KINDS: tuple[type[Lift], ...] = (BackInUse, MoreMemory, Unlocked, Allowed, WithoutRule, Movable)


def _order_of(lift: Lift) -> tuple[int, int, tuple[str, ...]]:
    """Put what is easily done first: a node comes back, then memory, the least first, then what guests are given."""
    missing = lift.missing_bytes if isinstance(lift, MoreMemory) else 0
    return _KINDS.index(type(lift)), missing, tuple(map(str, lift))


def _cheapest(ways: Iterable[tuple[Lift, ...]]) -> list[tuple[Lift, ...]]:
    """Return so many that each may be tried, in order, of those that differ in the amount of memory the least.

    Named tuples of different kinds are equal where their fields are, so each is told apart by its kind as well.
    """
    cheapest: dict[tuple[object, ...], tuple[Lift, ...]] = {}
    for lifts in sorted(ways, key=lambda lifts: tuple(map(_order_of, lifts))):
        key = tuple((type(lift), lift.node if isinstance(lift, MoreMemory) else lift) for lift in lifts)
        cheapest.setdefault(key, lifts)
    return list(cheapest.values())[:MOST_TRIED]


def _lifted(cluster: Cluster, lifts: Iterable[Lift], limit: MemoryLimit) -> Cluster:
    """Return the cluster without what is to be lifted."""
    for lift in lifts:
        match lift:
            case MoreMemory(node=name, missing_bytes=missing):
                cluster = _with_nodes(cluster, name, partial(_enlarged, missing, limit))
            case BackInUse(node=name):
                cluster = _with_nodes(cluster, name, lambda node: node._replace(status="online", maintenance=False))
            case Unlocked(guest=guest):
                cluster = _with_guests(cluster, guest, lambda one: one._replace(locked=False))
            case Movable(guest=guest):
                cluster = _with_guests(cluster, guest, lambda one: one._replace(pinned=None))
            case Allowed(guest=guest, node=name):
                cluster = _with_guests(cluster, guest, partial(_allowed, name))
            case WithoutRule(rule=named):
                cluster = replace(cluster, rules=tuple(rule for rule in cluster.rules if rule.name != named))
            case _:
                assert_never(lift)
    return cluster


def _with_nodes(cluster: Cluster, name: NodeName, change: Callable[[Node], Node]) -> Cluster:
    return replace(cluster, nodes=tuple(change(node) if node.name == name else node for node in cluster.nodes))


def _with_guests(cluster: Cluster, guest_id: GuestId, change: Callable[[Guest], Guest]) -> Cluster:
    return replace(cluster, guests=tuple(change(guest) if guest.id == guest_id else guest for guest in cluster.guests))


def _enlarged(missing_bytes: int, limit: MemoryLimit, node: Node) -> Node:
    """Return the node with so much memory that its limit grows by what is missing."""
    most = limit.of(node.memory_bytes)
    if most is None or limit.percent == 0:
        return node
    return node._replace(memory_bytes=-(-(most + missing_bytes + limit.reserve_bytes) * 100 // limit.percent))


def _allowed(node: NodeName, guest: Guest) -> Guest:
    return guest if guest.allowed_nodes is None else guest._replace(allowed_nodes=guest.allowed_nodes | {node})
