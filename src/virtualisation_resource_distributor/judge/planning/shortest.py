"""What is the shortest sequence of permitted moves that brings pools to their goals? An exact search (A*).

The budget counts states, never seconds. What the pools need, each for itself and obstacles aside, adds up to a bound
for all of them together, and only states that the shortest way may lead through are looked at.
"""

import heapq
from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

from ...cluster.cluster import Guest
from ...cluster.names import NodeName, PoolName
from ..moves import Mover, Movers
from ..order import weight_of
from ..space import Space, State, after, space_of
from .distance import FAR, moves_needed
from .goals import Aim

Trip = tuple[Guest, NodeName, NodeName]
"""Who moves, from where and to where."""


class Task(NamedTuple):
    """What a search is to find: so many of the aims reached, no pool of them worse, and these nodes empty.

    So many of the movers as `staying` says may stay there.
    """

    movers: Movers
    aims: tuple[Aim, ...]
    reached: int
    emptied: frozenset[NodeName] = frozenset()
    staying: int = 0


class Found(NamedTuple):
    """The shortest way."""

    trips: tuple[Trip, ...]


class Impossible(NamedTuple):
    """No permitted moves lead there."""


class GaveUp(NamedTuple):
    """The budget ran out; a shorter way than `bound` is excluded."""

    bound: int


Answer = Found | Impossible | GaveUp


class _Part(NamedTuple):
    """The movers of one pool (kinds from `first` up to `end`), and the other members' places."""

    first: int
    end: int
    aim: Aim | None
    held: tuple[NodeName, ...]


class _Standing(NamedTuple):
    """How a pool stands: who has to leave, moves needed to its goal and to be no worse than it was, its weight."""

    leaving: int
    to_goal: int
    to_floor: int
    weight: tuple[int, ...]


class _Cost(NamedTuple):
    """What a way costs: moves first, then those that make their own pool worse, then memory moved."""

    moves: int
    worse: int
    moved_bytes: int


class _Landscape:
    """The states of a task with how far each of them is from its end, each pool's standing worked out once."""

    def __init__(self, task: Task, space: Space) -> None:
        self._task = task
        self._levels = task.movers.ground.levels
        self._parts = list(_parts(task, space))
        self._known: list[dict[State, _Standing]] = [{} for _ in self._parts]
        self._part_of = [index for index, part in enumerate(self._parts) for _ in range(part.first, part.end)]

    def left(self, state: State) -> int:
        """Return how many moves are needed at least from here; FAR where none lead to the end."""
        standings = [self._standing(index, state) for index in range(len(self._parts))]
        if self._task.staying:
            leaving = sum(standing.leaving for standing in standings) - self._task.staying
            return max(leaving, self._with_aims([(standing.to_floor, standing.to_goal) for standing in standings]))
        return self._with_aims([(max(leaving, floor), max(leaving, goal)) for leaving, goal, floor, _ in standings])

    def _with_aims(self, moves: list[tuple[int, int]]) -> int:
        """Add up the moves of all pools, to their goals for as many as are to reach them, the cheapest."""
        more = [
            to_goal - to_floor
            for (to_floor, to_goal), part in zip(moves, self._parts, strict=True)
            if part.aim is not None
        ]
        return sum(to_floor for to_floor, _ in moves) + sum(sorted(more)[: self._task.reached])

    def gets_worse(self, state: State, following: State, kind: int) -> bool:
        """Tell whether the pool of this kind is worse in the state that follows."""
        part = self._part_of[kind]
        return self._standing(part, following).weight > self._standing(part, state).weight

    def _standing(self, index: int, state: State) -> _Standing:
        part = self._parts[index]
        own = state[part.first : part.end]
        standing = self._known[index].get(own)
        if standing is None:
            standing = self._known[index][own] = self._look(part, own)
        return standing

    def _look(self, part: _Part, own: State) -> _Standing:
        moving = [node for nodes in own for node in nodes]
        leaving = sum(node in self._task.emptied for node in moving)
        if part.aim is None:
            return _Standing(leaving, 0, 0, ())
        places = [*part.held, *moving]
        to_goal = moves_needed(self._levels, part.aim.target, places)
        to_floor = moves_needed(self._levels, part.aim.floor, places)
        return _Standing(leaving, to_goal, to_floor, weight_of(self._levels, part.aim.pool.policy, places))


def _parts(task: Task, space: Space) -> Iterator[_Part]:
    aims = {aim.pool.name: aim for aim in task.aims}
    pools: dict[PoolName | None, list[int]] = {}
    for index, kind in enumerate(space.kinds):
        pools.setdefault(kind.pool, []).append(index)
    moving = {mover.guest.id for mover in task.movers.movers}
    for pool, kinds in pools.items():
        aim = aims.get(pool) if pool is not None else None
        held = tuple(member.node for member in aim.members if member.id not in moving) if aim is not None else ()
        yield _Part(first=kinds[0], end=kinds[-1] + 1, aim=aim, held=held)


def shortest(task: Task, states: int) -> Answer:
    """Return the shortest way; only the members of the task's aims, and who has to leave, are moved."""
    space, start = space_of(task.movers, _who_may_move(task))
    landscape = _Landscape(task, space)
    order = count()
    costs = {start: _Cost(0, 0, 0)}
    came_from: dict[State, tuple[State, int, NodeName, NodeName]] = {}
    far = landscape.left(start)
    queue = [(far, 0, far, 0, next(order), start)] if far < FAR else []
    while queue:
        bound, worse, left, moved_bytes, _, state = heapq.heappop(queue)
        cost = costs[state]
        if (cost.worse, cost.moved_bytes) != (worse, moved_bytes) or cost.moves + left != bound:
            continue  # a cheaper way here was found in the meantime
        if left == 0:
            return Found(_trips(space, _way(came_from, state)))
        for kind, from_node, to_node in space.steps(state):
            following = after(state, kind, from_node, to_node)
            rest = landscape.left(following)
            new = _Cost(
                cost.moves + 1,
                cost.worse + landscape.gets_worse(state, following, kind),
                cost.moved_bytes + space.kinds[kind].mover.size_bytes,
            )
            if rest < FAR and (following not in costs or new < costs[following]):
                if len(costs) >= states:
                    return GaveUp(bound)
                costs[following] = new
                came_from[following] = (state, kind, from_node, to_node)
                heapq.heappush(queue, (new.moves + rest, new.worse, rest, new.moved_bytes, next(order), following))
    return Impossible()


def _who_may_move(task: Task) -> Iterator[Mover]:
    pools = {aim.pool.name for aim in task.aims}
    return (mover for mover in task.movers.movers if mover.guest.pool in pools or mover.guest.node in task.emptied)


def _way(
    came_from: dict[State, tuple[State, int, NodeName, NodeName]], state: State
) -> list[tuple[int, NodeName, NodeName]]:
    way: list[tuple[int, NodeName, NodeName]] = []
    while state in came_from:
        state, kind, from_node, to_node = came_from[state]
        way.append((kind, from_node, to_node))
    return way[::-1]


def _trips(space: Space, way: list[tuple[int, NodeName, NodeName]]) -> tuple[Trip, ...]:
    """Say which guests move: of those of a kind that are on a node, the first by id."""
    on = [sorted((mover.guest.id, mover.guest.node) for mover in kind.alike) for kind in space.kinds]
    guests = {mover.guest.id: mover.guest for kind in space.kinds for mover in kind.alike}
    trips: list[Trip] = []
    for kind, from_node, to_node in way:
        place = next(place for place, (_, node) in enumerate(on[kind]) if node == from_node)
        guest_id, _ = on[kind][place]
        on[kind][place] = (guest_id, to_node)
        trips.append((guests[guest_id], from_node, to_node))
    return tuple(trips)
