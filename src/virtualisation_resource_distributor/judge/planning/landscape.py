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

    All movers may be moved; each is a member of an aim's pool, or its pool is not looked at. So many of them as
    `staying` says may stay.
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


class Standing(NamedTuple):
    """How a pool stands: who has to leave, moves needed to its goal and to be no worse than it was, its weight.

    `to_end` is how many moves it takes until all have left and the goal is reached.
    """

    leaving: int
    to_goal: int
    to_floor: int
    weight: tuple[int, ...]
    to_end: int


class Outcome(NamedTuple):
    """How many guests stay on the nodes that are to be emptied, and how many pools reach their goals."""

    staying: int
    reached: int


class Landscape:
    """The states of a task with how far each of them is from its end."""

    def __init__(self, task: Task, space: Space) -> None:
        """Begin with nothing known."""
        self._task = task
        self._levels = task.movers.ground.levels
        self._parts = list(_parts(task, space))
        self._known: list[dict[State, Standing]] = [{} for _ in self._parts]
        self._part_of = [index for index, part in enumerate(self._parts) for _ in range(part.first, part.end)]
        self._all_to_end = task.reached >= sum(part.aim is not None for part in self._parts) and not task.staying

    def standings(self, state: State) -> list[Standing]:
        """Return how each pool stands."""
        return [self._standing(index, state) for index in range(len(self._parts))]

    def left(self, standings: list[Standing]) -> int:
        """Return how many moves are needed at least from here; FAR or more where none lead to the end."""
        if self._all_to_end:
            return sum(standing.to_end for standing in standings)
        if self._task.staying:
            leaving = sum(standing.leaving for standing in standings) - self._task.staying
            return max(leaving, self._with_aims([(standing.to_floor, standing.to_goal) for standing in standings]))
        return self._with_aims([(max(one.leaving, one.to_floor), one.to_end) for one in standings])

    def _with_aims(self, moves: list[tuple[int, int]]) -> int:
        """Add up the moves of all pools, to their goals for as many as are to reach them, the cheapest."""
        more = [
            to_goal - to_floor
            for (to_floor, to_goal), part in zip(moves, self._parts, strict=True)
            if part.aim is not None
        ]
        return sum(to_floor for to_floor, _ in moves) + sum(sorted(more)[: self._task.reached])

    def after(self, standings: list[Standing], left: int, kind: int, following: State) -> tuple[int, bool]:
        """Return what is left in the state that follows when one of a kind moves, and whether its pool gets worse.

        No other pool's standing changes by it; `standings` are those before, with what was left then.
        """
        part = self._part_of[kind]
        now, then = standings[part], self._standing(part, following)
        if self._all_to_end:
            left += then.to_end - now.to_end
        else:
            left = self.left([*standings[:part], then, *standings[part + 1 :]])
        return left, then.weight > now.weight

    def outcome(self, standings: list[Standing]) -> Outcome | None:
        """Return what is brought about where pools stand like this; None where one is worse than it was."""
        if any(standing.to_floor for standing in standings):
            return None
        aims = [one for one, part in zip(standings, self._parts, strict=True) if part.aim is not None]
        return Outcome(sum(one.leaving for one in standings), sum(one.to_goal == 0 for one in aims))

    def _standing(self, index: int, state: State) -> Standing:
        part = self._parts[index]
        own = state[part.first : part.end]
        standing = self._known[index].get(own)
        if standing is None:
            standing = self._known[index][own] = self._look(part, own)
        return standing

    def _look(self, part: _Part, own: State) -> Standing:
        moving = [node for nodes in own for node in nodes]
        leaving = sum(node in self._task.emptied for node in moving)
        if part.aim is None:
            return Standing(leaving, 0, 0, (), leaving)
        places = [*part.held, *moving]
        to_goal = moves_needed(self._levels, part.aim.target, places)
        to_floor = moves_needed(self._levels, part.aim.floor, places)
        weight = weight_of(self._levels, part.aim.pool.policy, places)
        return Standing(leaving, to_goal, to_floor, weight, max(leaving, to_goal))


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
