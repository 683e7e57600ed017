"""In which order can guests be moved to where they are to be in the end?

A move to a node that nobody who is still to move has to leave can't be in the way of any other. Where there is none,
orders are tried; where none is found, a guest steps aside onto a third node.
"""

from collections.abc import Mapping, Sequence

from ...cluster.cluster import Guest
from ...cluster.names import GuestId, NodeName
from ..ground import Ground
from ..plan import Move
from .world import World

TRIES = 2_000


def in_order(ground: Ground, guests: Sequence[Guest], node_of: Mapping[GuestId, NodeName]) -> tuple[Move, ...] | None:
    """Return the moves of these guests, one each, in a permitted order; None where none is found."""
    world = World(ground)
    pending = sorted(guests, key=lambda guest: guest.id)
    trial = _Trial(world, node_of)
    return tuple(trial.moves) if trial.goes_on(pending) else None


def by_stepping_aside(
    ground: Ground, guests: Sequence[Guest], node_of: Mapping[GuestId, NodeName]
) -> tuple[Move, ...] | None:
    """Return the moves where some guests go by a third node; None where even that is not enough."""
    world = World(ground)
    pending = sorted(guests, key=lambda guest: guest.id)
    moves: list[Move] = []
    aside: set[GuestId] = set()
    while pending:
        free = next((guest for guest in pending if world.may_move(guest, node_of[guest.id])), None)
        if free is not None:
            moves.append(world.move(free, node_of[free.id]))
            pending.remove(free)
            continue
        step = _step_aside(world, [guest for guest in pending if guest.id not in aside])
        if step is None:
            return None
        aside.add(step[0].id)
        moves.append(world.move(*step))
    return tuple(moves)


def _step_aside(world: World, guests: Sequence[Guest]) -> tuple[Guest, NodeName] | None:
    """Return the smallest guest that can go anywhere, with the roomiest node for it."""
    for guest in sorted(guests, key=lambda guest: (guest.memory_bytes or 0, guest.id)):
        for node in world.roomiest_first(world.levels.domains):
            if world.may_move(guest, node):
                return guest, node
    return None


class _Trial:
    """Orders that are tried one after the other, TRIES steps at most."""

    def __init__(self, world: World, node_of: Mapping[GuestId, NodeName]) -> None:
        self.moves: list[Move] = []
        self._world = world
        self._node_of = node_of
        self._tries = 0

    def goes_on(self, pending: list[Guest]) -> bool:
        """Move all who are pending, if there is an order."""
        made = len(self.moves)
        pending = self._without_safe_ones(pending)
        if not pending:
            return True
        for guest in pending:
            if self._world.may_move(guest, self._node_of[guest.id]):
                self._tries += 1
                if self._tries > TRIES:
                    break
                self.moves.append(self._world.move(guest, self._node_of[guest.id]))
                if self.goes_on([other for other in pending if other is not guest]):
                    return True
                self._take_back(len(self.moves) - 1)
        self._take_back(made)
        return False

    def _without_safe_ones(self, pending: list[Guest]) -> list[Guest]:
        """Make all moves that can be in nobody's way; return who is left."""
        while True:
            left = {self._world.node_of(guest) for guest in pending}
            safe = next((guest for guest in pending if self._is_safe(guest, left)), None)
            if safe is None:
                return pending
            self.moves.append(self._world.move(safe, self._node_of[safe.id]))
            pending = [guest for guest in pending if guest is not safe]

    def _is_safe(self, guest: Guest, left: set[NodeName]) -> bool:
        target = self._node_of[guest.id]
        return target not in left and self._world.may_move(guest, target)

    def _take_back(self, number: int) -> None:
        """Undo moves until only so many are left."""
        self._world.undo(self.moves[number:])
        del self.moves[number:]
