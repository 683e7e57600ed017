"""Who may be moved to make room for a pool, and who of them is worth a try?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from math import inf
from typing import NamedTuple

from ...cluster.cluster import Guest, Policy, Pool
from ...cluster.names import NodeName, PoolName
from ..ground import Ground, twice_seen
from ..moves import Movers, held_by, kept_out_by, movers_of
from ..obstacles import NoRoom
from ..order import Ideals, Weight, helpful_moves, weight_of
from .distance import Target
from .goals import Aim, limited, most_used
from .world import World

NODES_LOOKED_AT = 4
"""Of the nodes where only room is missing, those with the most of it."""
GUESTS_LOOKED_AT = 12
"""Of each of these nodes: first who leaves enough room alone, the smallest of them before others."""
FEW_CHOICES = 1_000
"""Pairs of a guest and a node: where there are no more, all who may be moved are looked at."""


class Helped(NamedTuple):
    """The pools to be helped; all whose members may be moved, with their policies; guests of no pool who may be."""

    pools: Sequence[PoolName]
    policies: Mapping[PoolName, Policy]
    loose: tuple[Guest, ...]
    ideals: Ideals

    def now(self, world: World) -> "Helped":
        """Return the same with the guests of no pool where they are now."""
        return self._replace(loose=tuple(guest._replace(node=world.node_of(guest)) for guest in self.loose))

    def weight(self, ground: Ground, pool: PoolName) -> Weight:
        """Return how good a pool is."""
        return weight_of(ground.levels, self.policies[pool], [one.node for one in ground.members_of[pool]])

    def aim(self, ground: Ground, pool: PoolName, floor: Weight, target: Weight) -> Aim:
        """Return the aim of bringing a pool from one weight to another."""
        policy, members = self.policies[pool], ground.members_of[pool]
        ideal = self.ideals.of(policy, len(members))
        low, high = (limited(ground.levels, Target(policy, one, ideal), len(members)) for one in (floor, target))
        return Aim(pool=Pool(pool, policy), members=members, floor=low, target=high, is_exact=True)

    def standing_still(self, ground: Ground, helpers: Iterable[Guest], helped: Iterable[PoolName]) -> list[Aim]:
        """Return the aims of pools whose members help, other than these: to be no worse."""
        pools = {guest.pool for guest in helpers if guest.pool is not None}
        return [self.aim(ground, pool, *[self.weight(ground, pool)] * 2) for pool in sorted(pools - set(helped))]


def helped(ground: Ground, pools: Iterable[PoolName], policies: Mapping[PoolName, Policy]) -> Helped | None:
    """Return who may help these pools: members of all that have policies; None where no node is usable."""
    if not ground.levels.domains:
        return None
    return Helped(sorted(pools), policies, _loose_guests(ground), Ideals(ground.levels))


def _loose_guests(ground: Ground) -> tuple[Guest, ...]:
    """Return the guests of no pool who may be moved from usable nodes, by id."""
    twice = twice_seen(ground.cluster)
    there = (guest for guest in ground.cluster.guests if guest.pool is None and guest.runs)
    usable = (guest for guest in there if guest.node in ground.levels.domains and guest.id not in twice)
    return tuple(sorted((guest for guest in usable if not held_by(ground, guest)), key=lambda guest: guest.id))


def everybody(ground: Ground, known: Helped) -> tuple[Guest, ...]:
    """Return all who may be moved."""
    members = (guest for pool in known.policies for guest in ground.members_of.get(pool, ()))
    return (*members, *known.loose)


def groups_of_helpers(ground: Ground, pools: Iterable[PoolName], known: Helped) -> Iterator[tuple[Guest, ...]]:
    """Yield those who may make room for these pools, and are in none: the most promising, then all, if they are few."""
    names = tuple(pools)
    likely = {guest.id: guest for pool in names for guest in _promising(ground, pool, known)}
    yield tuple(guest for guest in likely.values() if guest.pool not in names)
    others = tuple(guest for guest in everybody(ground, known) if guest.pool not in names)
    if len(others) * len(ground.levels.domains) <= FEW_CHOICES:
        yield others


def _promising(ground: Ground, pool: PoolName, known: Helped) -> Iterator[Guest]:
    """Yield guests on nodes where only room is missing for a move that would make the pool better."""
    missing = _missing_bytes(ground, pool, known)
    roomiest = [node for node in ground.roomiest_first if node in missing][:NODES_LOOKED_AT]
    there: dict[NodeName, list[Guest]] = {node: [] for node in roomiest}
    for guest in everybody(ground, known) if roomiest else ():
        if guest.node in there and guest.pool != pool and not held_by(ground, guest):
            there[guest.node].append(guest)
    for node, guests in there.items():
        room = _most_free_elsewhere(ground, node)
        yield from sorted(guests, key=partial(_rank, missing[node], room))[:GUESTS_LOOKED_AT]


def _missing_bytes(ground: Ground, pool: PoolName, known: Helped) -> dict[NodeName, int]:
    """Return the nodes where only room is missing, with how much of it at least."""
    missing: dict[NodeName, int] = {}
    for member, nodes in helpful_moves(ground.levels, known.policies[pool], ground.members_of[pool]):
        for node in nodes if not held_by(ground, member) else ():
            match kept_out_by(ground, member, node):
                case (NoRoom(free_bytes=free, needed_bytes=needed),):
                    missing[node] = min(missing.get(node, needed - free), needed - free)
    return missing


def _most_free_elsewhere(ground: Ground, node: NodeName) -> float:
    other = next((one for one in ground.roomiest_first if one != node), None)
    free = -inf if other is None else ground.free_bytes[other]
    return inf if free is None else free


def _rank(missing: int, room: float, guest: Guest) -> tuple[bool, bool, int, str]:
    """Put those first for whom there may be room elsewhere, and of them those whose leaving is enough."""
    size = guest.memory_bytes or 0
    return (size > room, size < missing, size if size >= missing else -size, guest.id)


class Ceiling:
    """The best that any moves of all who may be moved could make of pools, as far as that is known."""

    def __init__(self, ground: Ground, known: Helped) -> None:
        """Begin with nothing known; the ground is that on which the first move is made."""
        self._ground = ground
        self._known = known

    @cached_property
    def _movers(self) -> Movers:
        return movers_of(self._ground, everybody(self._ground, self._known))

    def is_reached(self, pool: PoolName, weight: Weight) -> bool:
        """Tell whether it is proven that no moves make the pool better than this."""
        policy, members = self._known.policies[pool], self._ground.members_of[pool]
        if weight == self._known.ideals.of(policy, len(members)):
            return True
        return policy == "distinct" and weight == tuple(-used for used in most_used(self._movers, members))
