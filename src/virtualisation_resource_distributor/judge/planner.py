"""Which moves, as few as can be, bring every pool to its goal?

Structure before search: pools are brought to their goals one after the other, and where that takes no more moves than
each pool needs for itself, nothing is left to prove. Only pools that can get into each other's way, and for which that
is not so, are searched together.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..cluster.names import PoolName
from .composition import Composition, compose
from .distance import greatest_need, moves_needed
from .goals import Aim, tightened
from .ground import Ground
from .moves import Movers, movers_of
from .parts import parts_of
from .plan import Bound, EvennessBound, LevelBound, MaintenanceBound, Move, SearchBound
from .shortest import Found, GaveUp, Impossible, Task, shortest
from .world import World

NOT_FOUND = "no way to its goal was found beside the moves of the other pools"
NOT_TOGETHER = "its goal can't be reached together with those of the other pools"
STATES_FOR_ONE = 5_000
STATES_TOGETHER = 50_000


class Outline(NamedTuple):
    """Moves in order, what proves that so many are needed, and which pools miss their goals.

    `is_best` is true where it is proven that no more pools can reach their goals, and those not in fewer moves.
    """

    moves: tuple[Move, ...]
    bounds: tuple[Bound, ...]
    missed: tuple[PoolName, ...]
    is_best: bool
    why_missed: str = NOT_FOUND


def outline(ground: Ground, aims: Sequence[Aim]) -> Outline:
    """Return the moves that bring as many of these pools as can be to their goals, as few as can be."""
    whole = compose(ground, aims)
    bounds = {aim.pool.name: bound_of(ground, aim) for aim in aims}
    if _is_proven(whole, bounds.values()):
        return _as_outline(whole, bounds, is_best=True)
    movers = movers_of(ground, tuple(member for aim in aims for member in aim.members))
    outlines = [_outline_of_part(movers, _among(whole, part), _aims_in(part, aims)) for part in parts_of(movers)]
    is_best = all(outline.is_best for outline in outlines)
    return Outline(
        moves=tuple(move for outline in outlines for move in outline.moves),
        bounds=tuple(bound for outline in outlines for bound in outline.bounds),
        missed=tuple(sorted(name for outline in outlines for name in outline.missed)),
        is_best=is_best,
        why_missed=NOT_TOGETHER if is_best else NOT_FOUND,
    )


def bound_of(ground: Ground, aim: Aim) -> Bound:
    """Return how many moves the pool needs at least, obstacles aside, with the argument."""
    levels = ground.levels
    places = [member.node for member in aim.members]
    need = greatest_need(levels, aim.target, aim.floor.weight, places)
    part = need.part if aim.pool.policy == "even" else need.part + 1
    depth = (part - 1) % len(levels.names)
    if part == 0:
        return MaintenanceBound(pool=aim.pool.name, members=need.now, goal=need.goal)
    if part <= len(levels.names):
        return LevelBound(pool=aim.pool.name, level=levels.names[depth], used=-need.now, goal=-need.goal)
    return EvennessBound(
        pool=aim.pool.name, level=levels.names[depth], squares=need.now, goal=need.goal, moves=need.moves
    )


def _is_proven(composition: Composition, bounds: Iterable[Bound]) -> bool:
    return not composition.missed and len(composition.moves) == sum(bound.moves for bound in bounds)


def _as_outline(composition: Composition, bounds: dict[PoolName, Bound], *, is_best: bool) -> Outline:
    """Bounds of the pools that are brought to their goals are told, not of the others."""
    told = tuple(bounds[name] for name in sorted(bounds) if name not in composition.missed)
    return Outline(composition.moves, told, tuple(sorted(composition.missed)), is_best)


def _among(whole: Composition, pools: frozenset[PoolName | None]) -> Composition:
    moves = tuple(move for move in whole.moves if move.guest.pool in pools)
    return Composition(moves, tuple(name for name in whole.missed if name in pools))


def _aims_in(pools: frozenset[PoolName | None], aims: Sequence[Aim]) -> tuple[Aim, ...]:
    return tuple(aim for aim in aims if aim.pool.name in pools)


def _outline_of_part(movers: Movers, composed: Composition, aims: tuple[Aim, ...]) -> Outline:
    ground = movers.ground
    bounds = {aim.pool.name: bound_of(ground, aim) for aim in aims}
    if _is_proven(composed, bounds.values()):
        return _as_outline(composed, bounds, is_best=True)
    own = movers_of(ground, tuple(member for aim in aims for member in aim.members))
    tight = tuple(tightened(aim, own) for aim in aims)
    for aim in tight:
        if composed.moves_of(aim.pool.name) != bounds[aim.pool.name].moves or aim.pool.name in composed.missed:
            bounds[aim.pool.name] = _bound_alone(own, aim)
    if _is_proven(composed, bounds.values()):
        return _as_outline(composed, bounds, is_best=True)
    return _together(own, composed, tight, bounds)


def _bound_alone(movers: Movers, aim: Aim) -> Bound:
    """Return how many moves the pool needs where all others that may move are away."""
    need = bound_of(movers.ground, aim)
    match shortest(Task(movers, (aim,), reached=1), STATES_FOR_ONE):
        case Found(trips=trips):
            moves = len(trips)
        case GaveUp(bound=bound):
            moves = bound
        case Impossible():
            raise RuntimeError(f"the goal of pool '{aim.pool.name}' can't be reached even with the others away")
    return need if need.moves >= moves else SearchBound(pools=(aim.pool.name,), moves=moves)


def _together(movers: Movers, composed: Composition, aims: tuple[Aim, ...], bounds: dict[PoolName, Bound]) -> Outline:
    """Search for the shortest way of all pools of a part, or of as many of them as can be."""
    names = tuple(sorted(aim.pool.name for aim in aims))
    for reached in range(len(aims), len(aims) - len(composed.missed) - 1, -1):
        match shortest(Task(movers, aims, reached=reached), STATES_TOGETHER):
            case Found(trips=trips):
                moves = tuple(Move(guest, from_node, to_node) for guest, from_node, to_node in trips)
                missed = _missed(movers.ground, aims, moves)
                return Outline(moves, (SearchBound(pools=names, moves=len(moves)),), missed, is_best=True)
            case GaveUp(bound=bound):
                if reached == len(aims) - len(composed.missed) and bound > sum(one.moves for one in bounds.values()):
                    told: tuple[Bound, ...] = (SearchBound(pools=names, moves=bound),)
                    return Outline(composed.moves, told, composed.missed, is_best=bound == len(composed.moves))
                break
            case Impossible():
                continue
    return _as_outline(composed, bounds, is_best=False)


def _missed(ground: Ground, aims: tuple[Aim, ...], moves: Iterable[Move]) -> tuple[PoolName, ...]:
    """Return the pools that are not at their goals after these moves."""
    world = World(ground)
    for move in moves:
        world.move(move.guest, move.to_node)
    return tuple(
        aim.pool.name for aim in aims if moves_needed(ground.levels, aim.target, world.places(aim.members)) > 0
    )
