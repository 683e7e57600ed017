"""How are the pools brought to their goals one after the other? Quick, in a permitted order, and not always shortest.

Each pool goes the shortest way that there is after the moves of those before it, so the whole is an order in which
each step is permitted. A pool for which no way is left goes before the others in another round.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ..cluster.names import PoolName
from .descent import descend
from .goals import Aim
from .ground import Ground
from .moves import movers_of
from .plan import Move
from .shortest import Found, Task, shortest
from .world import World

STATES = 5_000
ROUNDS = 4


class Composition(NamedTuple):
    """The moves in order, and the pools that did not come to their goals; none of those is moved."""

    moves: tuple[Move, ...]
    missed: tuple[PoolName, ...]

    def moves_of(self, pool: PoolName) -> int:
        """Count the moves of a pool's members."""
        return sum(move.guest.pool == pool for move in self.moves)


def compose(ground: Ground, aims: Sequence[Aim]) -> Composition:
    """Return the best of a few rounds: the fewest pools that miss their goals, then the fewest moves."""
    order = sorted(aims, key=lambda aim: (-_largest(aim), aim.pool.name))
    best: Composition | None = None
    for _ in range(ROUNDS):
        found = _round(ground, order)
        if best is None or _rank(found) < _rank(best):
            best = found
        if not found.missed:
            break
        missed = frozenset(found.missed)
        order = sorted(order, key=lambda aim: aim.pool.name not in missed)
    return best if best is not None else Composition((), ())


def _largest(aim: Aim) -> int:
    return max(member.memory_bytes or 0 for member in aim.members)


def _rank(composition: Composition) -> tuple[int, int]:
    return len(composition.missed), len(composition.moves)


def _round(ground: Ground, aims: Sequence[Aim]) -> Composition:
    world = World(ground)
    moves: list[Move] = []
    missed: list[PoolName] = []
    for aim in aims:
        steps, arrives = descend(world, ground.levels, aim.target, aim.members)
        if not arrives:
            world.undo(steps)
            steps, arrives = _search(world, aim)
        if arrives:
            moves.extend(steps)
        else:
            missed.append(aim.pool.name)
    return Composition(tuple(moves), tuple(missed))


def _search(world: World, aim: Aim) -> tuple[list[Move], bool]:
    ground = world.ground()
    members = ground.members_of[aim.pool.name]
    task = Task(movers_of(ground, members), (aim._replace(members=members),), reached=1)
    answer = shortest(task, STATES)
    if not isinstance(answer, Found):
        return [], False
    as_read = {member.id: member for member in aim.members}
    return [world.move(as_read[guest.id], to_node) for guest, _, to_node in answer.trips], True
