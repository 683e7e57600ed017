"""In how many moves fewer can as much be reached, where room is made?

What was found step by step may move a guest there and back: first for its own pool, then to make room. So everything
that belongs together is searched for once more from where it began, with what was reached as the goal.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from ...cluster.cluster import Guest
from ...cluster.names import GuestId, PoolName
from ..ground import Ground
from ..moves import movers_of
from ..order import Weight, weight_of
from ..plan import Bound, Move
from .helping import FEW_CHOICES, Helped, everybody, groups_of_helpers
from .landscape import Task
from .planner import bound_of
from .shortest import Found, shortest
from .world import World

STATES = 10_000
MOST_CHOICES = 20_000
"""Pairs of a mover and a node: where there are more, nothing is searched."""
MOST_IN_VAIN = 10
"""So many searches may end without anything better; no more are begun then."""

MOST_TRIES = 500
"""So many orders without a stop on the way are tried."""

Moves = tuple[Move, ...]
_Tangle = frozenset[PoolName | GuestId]
"""Pools, and guests of no pool, whose moves belong together."""


def bounds_to(ground: Ground, moves: Iterable[Move], known: Helped) -> dict[PoolName, Bound]:
    """Return how many moves each pool takes at least that is to come as far as with these, obstacles aside."""
    ends = weights_after(ground, moves, known)
    aims = (known.aim(ground, pool, known.weight(ground, pool), ends[pool]) for pool in known.pools)
    bounds = {aim.pool.name: bound_of(ground.levels, aim) for aim in aims}
    return {pool: bound for pool, bound in bounds.items() if bound.moves}


def weights_after(ground: Ground, moves: Iterable[Move], known: Helped) -> dict[PoolName, Weight]:
    """Return how good each of the pools that are helped is after these moves."""
    world = World(ground)
    for move in moves:
        world.move(move.guest, move.to_node)
    return {
        pool: weight_of(ground.levels, known.policies[pool], world.places(ground.members_of[pool]))
        for pool in known.pools
    }


def fewest_found(ground: Ground, drawn: Moves, more: Sequence[Moves], known: Helped) -> Moves:
    """Return the fewest moves that were found to lead as far as those that were drawn and these improvements."""
    best = squeezed(ground, (*drawn, *chain.from_iterable(more)))
    goals = weights_after(ground, best, known)
    needed = {pool: bound.moves for pool, bound in bounds_to(ground, best, known).items()}
    in_vain = 0
    for tangle in _tangles(ground, best, more, known, needed):
        if len(best) == sum(needed.values()) or in_vain >= MOST_IN_VAIN:
            break
        found = _from_the_start(ground, best, tangle, known, goals)
        in_vain += len(found) == len(best)
        best = found
    return best


def squeezed(ground: Ground, moves: Moves) -> Moves:
    """Return the moves without stops on the way: a guest goes straight to where it ends, where that is permitted."""
    tries = 0
    shorter: Moves | None = moves
    while shorter is not None:
        moves, shorter = shorter, None
        for trial in _with_a_stop_less(moves):
            tries += 1
            if tries <= MOST_TRIES and _is_permitted(ground, trial):
                shorter = trial
                break
    return moves


def _with_a_stop_less(moves: Moves) -> Iterator[Moves]:
    place_of: dict[GuestId, int] = {}
    for later, move in enumerate(moves):
        earlier = place_of.get(move.guest.id)
        place_of[move.guest.id] = later
        if earlier is not None:
            first = moves[earlier]
            before, between, behind = moves[:earlier], moves[earlier + 1 : later], moves[later + 1 :]
            if first.from_node == move.to_node:
                yield (*before, *between, *behind)
            else:
                direct = Move(move.guest, first.from_node, move.to_node)
                yield (*before, direct, *between, *behind)
                yield (*before, *between, direct, *behind)


def _is_permitted(ground: Ground, moves: Moves) -> bool:
    return _after(ground, moves) is not None


def _after(ground: Ground, moves: Iterable[Move]) -> World | None:
    """Return the world after these moves; None where one of them is not permitted."""
    world = World(ground)
    for move in moves:
        if world.node_of(move.guest) != move.from_node or not world.may_move(move.guest, move.to_node):
            return None
        world.move(move.guest, move.to_node)
    return world


def _key(guest: Guest) -> PoolName | GuestId:
    return guest.id if guest.pool is None else guest.pool


def _tangles(
    ground: Ground, best: Moves, more: Sequence[Moves], known: Helped, needed: Mapping[PoolName, int]
) -> Iterator[_Tangle]:
    """Yield what is worth another search: all at once, if it is little; else what was moved for one another."""
    everyone = everybody(ground, known)
    if len(everyone) * len(ground.levels.domains) <= FEW_CHOICES:
        yield frozenset(map(_key, everyone))
        return
    made = Counter(_key(move.guest) for move in best)
    knots = [frozenset(_key(move.guest) for move in moves) for moves in more]
    knots += [frozenset({pool}) for pool in known.pools if made[pool] > needed.get(pool, 0)]
    tangles: list[_Tangle] = []
    for knot in knots:
        touched = [tangle for tangle in tangles if tangle & knot]
        tangles = [*(tangle for tangle in tangles if not tangle & knot), knot.union(*touched)]
    yield from tangles


def _from_the_start(
    ground: Ground, best: Moves, tangle: _Tangle, known: Helped, goals: Mapping[PoolName, Weight]
) -> Moves:
    """Return the moves with those of a tangle replaced by fewer that lead as far; as they are where none are found."""
    kept = tuple(move for move in best if _key(move.guest) not in tangle)
    world = _after(ground, kept)
    if world is None:
        return best
    start, now = world.ground(), known.now(world)
    pools = [pool for pool in known.pools if pool in tangle]
    helped = [now.aim(start, pool, now.weight(start, pool), goals[pool]) for pool in pools]
    moved = {move.guest.id: move.guest for move in best if _key(move.guest) in tangle and move.guest.pool not in pools}
    for likely in groups_of_helpers(start, pools, now):
        helpers = tuple(({guest.id: guest for guest in likely} | moved).values())
        movers = movers_of(start, (*(member for aim in helped for member in aim.members), *helpers))
        if len(movers.movers) * len(start.levels.domains) > MOST_CHOICES:
            continue
        aims = (*helped, *now.standing_still(start, helpers, pools))
        answer = shortest(Task(movers, aims, reached=len(aims)), STATES)
        if isinstance(answer, Found) and len(kept) + len(answer.trips) < len(best):
            as_read = {guest.id: guest for guest in everybody(ground, known)}
            best = (*kept, *(Move(as_read[guest.id], from_node, to_node) for guest, from_node, to_node in answer.trips))
    return best
