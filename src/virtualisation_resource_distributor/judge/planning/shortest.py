"""What is the shortest sequence of permitted moves that brings pools to their goals? An exact search (A*).

The budget counts states, never seconds. What the pools need, each for itself and obstacles aside, adds up to a bound
for all of them together, and only states that the shortest way may lead through are looked at.
"""

import heapq
from itertools import count
from typing import NamedTuple

from ...cluster.cluster import Guest
from ...cluster.names import NodeName
from ..space import Space, State, after, space_of
from .distance import FAR
from .landscape import Landscape, Task

Trip = tuple[Guest, NodeName, NodeName]
"""Who moves, from where and to where."""


class Found(NamedTuple):
    """The shortest way."""

    trips: tuple[Trip, ...]


class Impossible(NamedTuple):
    """No permitted moves lead there."""


class GaveUp(NamedTuple):
    """The budget ran out; a shorter way than `bound` is excluded."""

    bound: int


Answer = Found | Impossible | GaveUp


class _Cost(NamedTuple):
    """What a way costs: moves first, then those that make their own pool worse, then memory moved."""

    moves: int
    worse: int
    moved_bytes: int


def shortest(task: Task, states: int) -> Answer:
    """Return the shortest way."""
    space, start = space_of(task.movers, task.movers.movers)
    landscape = Landscape(task, space)
    order = count()
    costs = {start: _Cost(0, 0, 0)}
    came_from: dict[State, tuple[State, int, NodeName, NodeName]] = {}
    far = landscape.left(landscape.standings(start))
    queue = [(far, 0, far, 0, next(order), start)] if far < FAR else []
    while queue:
        bound, worse, left, moved_bytes, _, state = heapq.heappop(queue)
        cost = costs[state]
        if (cost.worse, cost.moved_bytes) != (worse, moved_bytes) or cost.moves + left != bound:
            continue  # a cheaper way here was found in the meantime
        if left == 0:
            return Found(_trips(space, _way(came_from, state)))
        standings = landscape.standings(state)
        for kind, from_node, to_node in space.steps(state):
            following = after(state, kind, from_node, to_node)
            rest, is_worse = landscape.after(standings, left, kind, following)
            new = _Cost(
                cost.moves + 1,
                cost.worse + is_worse,
                cost.moved_bytes + space.kinds[kind].mover.size_bytes,
            )
            if rest < FAR and (following not in costs or new < costs[following]):
                if len(costs) >= states:
                    return GaveUp(bound)
                costs[following] = new
                came_from[following] = (state, kind, from_node, to_node)
                heapq.heappush(queue, (new.moves + rest, new.worse, rest, new.moved_bytes, next(order), following))
    return Impossible()


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
