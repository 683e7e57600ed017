"""How far is each state of a search from its end? Each pool's standing is worked out once."""

from collections.abc import Iterator
from typing import NamedTuple

from ...cluster.names import NodeName, PoolName
from ..moves import Movers
from ..order import weight_of
from ..space import Space, State
from .distance import moves_needed
from .goals import Aim


class Task(NamedTuple):
    """What a search is to find: so many of the aims reached, no pool of them worse, and these nodes empty.

    So many of the movers as `staying` says may stay there.
    """

    movers: Movers
    aims: tuple[Aim, ...]
    reached: int
    emptied: frozenset[NodeName] = frozenset()
    staying: int = 0


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


class Landscape:
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
