"""Which single moves, one after the other, bring a pool to its target in as few moves as can be?

A quick way for the many pools that nothing stands in the way of. Where each move brings the target one move nearer, no
way is shorter.
"""

from collections.abc import Callable, Iterable, Iterator
from operator import add, eq

from ...cluster.cluster import Guest, Policy
from ...cluster.names import NodeName
from ..order import Weight, change, is_better, weight_of
from ..plan import Move
from .distance import Target, moves_needed, takes_more
from .world import World

_Trip = tuple[tuple[int, ...], tuple[int, ...], int]
"""Members in the failure domains that a move leaves and enters, and how many outer ones it stays in."""


def descend(
    world: World, target: Target, members: tuple[Guest, ...], emptied: frozenset[NodeName] = frozenset()
) -> tuple[list[Move], bool]:
    """Move members while each move brings the target nearer; return the moves, and whether they arrive.

    Where no move does, one is taken that makes the pool better and brings it no further off: then there may be a
    shorter way. Members on nodes that are to be emptied go first.
    """
    moves: list[Move] = []
    left = moves_needed(world.levels, target, world.places(members))
    while left:
        hill = _Hill(world, target, members)
        best = hill.best_move(left - 1, emptied) or hill.best_move(left, emptied, only_better=True)
        if best is None:
            return moves, False
        moves.append(world.move(*best))
        left = moves_needed(world.levels, target, world.places(members))
    return moves, True


def leave(world: World, guests: Iterable[Guest], policy: Policy | None, members: tuple[Guest, ...]) -> list[Move]:
    """Move each of these guests that can be, the largest first, to where its pool is best, then to the roomiest node.

    `policy` and `members` are its pool's; without a policy no pool is looked at.
    """
    moves: list[Move] = []
    for guest in sorted(guests, key=lambda guest: (-(guest.memory_bytes or 0), guest.id)):
        nodes = [node for node in world.roomiest_first(world.levels.domains) if world.may_move(guest, node)]
        if nodes and policy is not None:
            nodes = [min(nodes, key=_weights_after(world, guest, policy, members))]
        if nodes:
            moves.append(world.move(guest, nodes[0]))
    return moves


def _weights_after(
    world: World, guest: Guest, policy: Policy, members: tuple[Guest, ...]
) -> Callable[[NodeName], Weight]:
    counts = world.levels.counts(world.places(members))
    return lambda node: change(world.levels, policy, counts, world.node_of(guest), node)


class _Hill:
    """One arrangement of a pool, and the moves from there."""

    def __init__(self, world: World, target: Target, members: tuple[Guest, ...]) -> None:
        levels = world.levels
        self._world = world
        self._levels = levels
        self._target = target
        self._places = world.places(members)
        self._counts = levels.counts(self._places)
        self._weight = weight_of(levels, target.policy, self._places)
        self._groups = list(levels.alike(self._counts))
        self._sorted: dict[int, list[NodeName]] = {}
        self._movers: dict[NodeName, list[Guest]] = {}
        for member in _unlike(world, members):
            self._movers.setdefault(world.node_of(member), []).append(member)

    def best_move(
        self, most: int, emptied: frozenset[NodeName], *, only_better: bool = False
    ) -> tuple[Guest, NodeName] | None:
        """Return a move after which so many are needed at most, and the pool is better if that is wanted.

        Preferred is who has to leave, what leaves the least to do, then less memory moved, then the roomiest node,
        then names.
        """
        trips = self._trips(most, emptied, only_better=only_better)
        return next(filter(None, (self._best_of(trips[rank]) for rank in sorted(trips))), None)

    def _best_of(self, trips: list[tuple[NodeName, int]]) -> tuple[Guest, NodeName] | None:
        best: tuple[int, float, str, str] | None = None
        choice: tuple[Guest, NodeName] | None = None
        movers = [(guest, group) for from_node, group in trips for guest in self._movers[from_node]]
        for guest, group in sorted(movers, key=lambda pair: pair[0].memory_bytes or 0):
            size = guest.memory_bytes or 0
            if best is not None and size > best[0]:
                break
            node = next((node for node in self._roomiest(group) if self._world.may_enter(guest, node)), None)
            if node is not None:
                preference = (size, -self._world.free_on(node), guest.id, node)
                if best is None or preference < best:
                    best, choice = preference, (guest, node)
        return choice

    def _roomiest(self, group: int) -> list[NodeName]:
        if group not in self._sorted:
            self._sorted[group] = self._world.roomiest_first(self._groups[group])
        return self._sorted[group]

    def _trips(
        self, most: int, emptied: frozenset[NodeName], *, only_better: bool
    ) -> dict[tuple[bool, int], list[tuple[NodeName, int]]]:
        """Return the ways from nodes to groups of them after which so many moves are needed at most.

        They are sorted into those from nodes that are emptied and others, and by `_rest`.
        """
        paths = self._levels.domains
        entered = [self._there(paths[nodes[0]]) for nodes in self._groups]
        rests: dict[_Trip, int | None] = {}
        trips: dict[tuple[bool, int], list[tuple[NodeName, int]]] = {}
        for from_node in self._movers:
            path = paths.get(from_node, ())
            left = self._there(path)
            for group, nodes in enumerate(self._groups):
                trip = (left, entered[group], sum(map(eq, path, paths[nodes[0]])))
                if trip not in rests:
                    rests[trip] = self._rest(from_node, nodes[0], most, only_better=only_better)
                rest = rests[trip]
                if rest is not None:
                    trips.setdefault((from_node not in emptied, rest), []).append((from_node, group))
        return trips

    def _there(self, path: tuple[str, ...]) -> tuple[int, ...]:
        return tuple(counter[domain] for counter, domain in zip(self._counts, path, strict=False))

    def _rest(self, from_node: NodeName, to_node: NodeName, most: int, *, only_better: bool) -> int | None:
        """Return how far all parts of the weight are from the target's together after a move.

        None where more than so many moves are needed then.
        """
        if from_node == to_node:
            return None
        levels, target = self._levels, self._target
        added = change(levels, target.policy, self._counts, from_node, to_node)
        if only_better and not is_better(added):
            return None
        weight = tuple(map(add, self._weight, added))
        places = list(self._places)
        places[places.index(from_node)] = to_node
        if takes_more(levels, target, weight, places, most):
            return None
        rest: int = sum(max(0, now - goal) for now, goal in zip(weight, target.weight, strict=True))
        return rest


def _unlike(world: World, members: tuple[Guest, ...]) -> Iterator[Guest]:
    """Yield the members that may be moved, one of those that only their name tells apart."""
    seen: set[object] = set()
    for member in members:
        traits = (world.node_of(member), member.memory_bytes, member.allowed_nodes)
        if not world.is_held(member) and (traits not in seen or world.is_ruled(member)):
            seen.add(traits)
            yield member
