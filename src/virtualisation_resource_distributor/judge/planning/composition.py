"""How are the pools brought to their goals one after the other? Quick, in a permitted order, and not always shortest.

Each pool goes the shortest way that there is after the moves of those before it, so the whole is an order in which
each step is permitted. A pool for which no way is left goes before the others in another round.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ...cluster.cluster import Guest
from ...cluster.names import GuestId, NodeName, PoolName
from ..ground import Ground
from ..moves import movers_of
from ..plan import Move
from .descent import descend, leave
from .distance import moves_needed
from .goals import Aim
from .landscape import Task
from .shortest import Found, shortest
from .world import World

STATES = 5_000
ROUNDS = 4


class Wish(NamedTuple):
    """What moves are to bring about: these pools at their goals, and these nodes left by whom can leave them.

    `leaving` are the guests there that can, members of the pools among them.
    """

    aims: tuple[Aim, ...]
    leaving: tuple[Guest, ...] = ()
    emptied: frozenset[NodeName] = frozenset()

    def loose(self) -> tuple[Guest, ...]:
        """Return those who have to leave and are in none of the pools."""
        pools = {aim.pool.name for aim in self.aims}
        return tuple(guest for guest in self.leaving if guest.pool not in pools)

    def movable(self) -> tuple[Guest, ...]:
        """Return all who may be moved for it."""
        leaving = {guest.id for guest in self.leaving}
        members = (member for aim in self.aims for member in aim.members)
        stuck = (member for member in members if member.node not in self.emptied or member.id in leaving)
        return (*stuck, *self.loose())

    def of(self, pools: frozenset[PoolName | None]) -> "Wish":
        """Return the part of the wish that is about these pools."""
        return Wish(
            aims=tuple(aim for aim in self.aims if aim.pool.name in pools),
            leaving=tuple(guest for guest in self.leaving if guest.pool in pools),
            emptied=self.emptied,
        )


class Composition(NamedTuple):
    """The moves in order, the pools that did not come to their goals, and the guests that could not leave."""

    moves: tuple[Move, ...]
    missed: tuple[PoolName, ...] = ()
    staying: tuple[GuestId, ...] = ()

    def is_whole(self) -> bool:
        """Tell whether all was brought about."""
        return not self.missed and not self.staying

    def moves_of(self, pool: PoolName | None) -> int:
        """Count the moves of a pool's members."""
        return sum(move.guest.pool == pool for move in self.moves)


def compose(ground: Ground, wish: Wish) -> Composition:
    """Return the best of a few rounds: the fewest that stay, then fewest pools that miss their goals, then moves."""
    order: list[Aim | Guest] = sorted((*wish.aims, *wish.loose()), key=lambda one: (-_largest(one), _name(one)))
    best: Composition | None = None
    for _ in range(ROUNDS):
        found = _round(ground, wish, order)
        if best is None or _rank(found) < _rank(best):
            best = found
        if found.is_whole():
            break
        failed: frozenset[str] = frozenset((*found.missed, *found.staying))
        order = sorted(order, key=lambda one: _name(one) not in failed)
    return best if best is not None else Composition(())


def _largest(one: Aim | Guest) -> int:
    return max(guest.memory_bytes or 0 for guest in (one.members if isinstance(one, Aim) else (one,)))


def _name(one: Aim | Guest) -> str:
    return one.pool.name if isinstance(one, Aim) else one.id


def _rank(composition: Composition) -> tuple[int, int, int]:
    return len(composition.staying), len(composition.missed), len(composition.moves)


def _round(ground: Ground, wish: Wish, order: Sequence[Aim | Guest]) -> Composition:
    world = World(ground)
    leaving = frozenset(guest.id for guest in wish.leaving)
    moves: list[Move] = []
    missed: list[PoolName] = []
    for one in order:
        if isinstance(one, Aim):
            steps, arrives = _bring(world, one, wish, leaving)
            if not arrives:
                missed.append(one.pool.name)
        else:
            steps = leave(world, [one], None, ())
        moves.extend(steps)
    staying = tuple(guest.id for guest in wish.leaving if world.node_of(guest) in wish.emptied)
    return Composition(tuple(moves), tuple(missed), staying)


def _bring(world: World, aim: Aim, wish: Wish, leaving: frozenset[GuestId]) -> tuple[list[Move], bool]:
    """Bring one pool to its goal and its members off the nodes that are emptied; or only the latter."""
    out = [member for member in aim.members if member.id in leaving]
    needed = max(len(out), moves_needed(world.levels, aim.target, world.places(aim.members)))
    steps, arrives = descend(world, aim.target, aim.members, wish.emptied)
    if arrives:
        steps += leave(world, [one for one in out if world.node_of(one) in wish.emptied], aim.pool.policy, aim.members)
        arrives = all(world.node_of(member) not in wish.emptied for member in out)
    if arrives and len(steps) == needed:
        return steps, True
    world.undo(steps)
    found = _search(world, aim, wish.emptied, leaving)
    if found is not None:
        return found, True
    if arrives:
        for move in steps:
            world.move(move.guest, move.to_node)
        return steps, True
    return leave(world, out, aim.pool.policy, aim.members), False


def _search(world: World, aim: Aim, emptied: frozenset[NodeName], leaving: frozenset[GuestId]) -> list[Move] | None:
    ground = world.ground()
    members = ground.members_of[aim.pool.name]
    movable = tuple(member for member in members if member.node not in emptied or member.id in leaving)
    task = Task(movers_of(ground, movable), (aim._replace(members=members),), reached=1, emptied=emptied)
    answer = shortest(task, STATES)
    if not isinstance(answer, Found):
        return None
    as_read = {member.id: member for member in aim.members}
    return [world.move(as_read[guest.id], to_node) for guest, _, to_node in answer.trips]
