"""Which moves of other guests let a pool come further than its own moves do?

Guests are moved from where a move of the pool would help if there were room; those of other pools leave their pools as
good as they were, if not at each step. One improvement after the other is looked for, each the shortest.
"""

from collections.abc import Iterator, Sequence

from ...cluster.cluster import Guest
from ...cluster.names import GuestId, PoolName
from ..ground import Ground
from ..moves import movers_of
from ..plan import Move
from .helping import Ceiling, Helped, everybody, groups_of_helpers
from .landscape import Task
from .shortest import Found, shortest
from .world import World

STATES = 10_000
MOST_IN_VAIN = 20
"""So many searches may end without an improvement; no more pools are looked at then."""


def improvements(ground: Ground, moves: Sequence[Move], known: Helped, most: int | None) -> list[tuple[Move, ...]]:
    """Return further moves, to be made after these, improvement by improvement: no more than `most` in all."""
    search = _Search(ground, known)
    search.make(moves)
    found: list[tuple[Move, ...]] = []
    left = most
    for pool in known.pools:
        while more := search.improvement(pool):
            if left is not None and len(more) > left:
                break
            left = None if left is None else left - len(more)
            search.make(more)
            found.append(more)
    return found


class _Search:
    """A search for improvements in a world that changes with each that is made."""

    def __init__(self, ground: Ground, known: Helped) -> None:
        """Begin with everybody where they run."""
        self._as_read: dict[GuestId, Guest] = {guest.id: guest for guest in everybody(ground, known)}
        self._ceiling = Ceiling(ground, known)
        self._world = World(ground)
        self._ground = ground
        self._known = known
        self._in_vain = 0

    def make(self, moves: Sequence[Move]) -> None:
        """Make these moves."""
        if moves:
            for move in moves:
                self._world.move(move.guest, move.to_node)
            self._ground = self._world.ground()
            self._known = self._known.now(self._world)

    def improvement(self, pool: PoolName) -> tuple[Move, ...]:
        """Return the shortest way to something better for this pool, with the help of others; none if none is found."""
        ground, known = self._ground, self._known
        now = known.weight(ground, pool)
        if self._in_vain >= MOST_IN_VAIN or self._ceiling.is_reached(pool, now):
            return ()
        aim = known.aim(ground, pool, now, (*now[:-1], now[-1] - 1))
        for helpers in groups_of_helpers(ground, (pool,), known):
            movers = movers_of(ground, (*aim.members, *helpers))
            aims = (aim, *known.standing_still(ground, helpers, (pool,)))
            answer = shortest(Task(movers, aims, reached=len(aims)), STATES)
            if isinstance(answer, Found):
                return tuple(self._moves(answer))
            self._in_vain += 1
        return ()

    def _moves(self, found: Found) -> Iterator[Move]:
        return (Move(self._as_read[guest.id], from_node, to_node) for guest, from_node, to_node in found.trips)
