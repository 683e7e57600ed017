"""Which moves, as few as can be, bring every pool to its goal?

Structure before search: pools are brought to their goals one after the other, and where that takes no more moves than
each pool needs for itself, nothing is left to prove. Only pools that can get into each other's way, and for which that
is not so, are searched together.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from ...cluster.names import NodeName, PoolName
from ..ground import Ground
from ..levels import Levels
from ..moves import Movers, movers_of
from ..plan import Bound, ClearingBound, EvennessBound, LevelBound, MaintenanceBound, Move, SearchBound, SolverBound
from . import solver
from .attainable import attainable
from .composition import Composition, Wish, compose
from .distance import greatest_need
from .goals import Aim, tightened
from .landscape import Outcome, Task
from .outline import NOT_FOUND, NOT_TOGETHER, Bounds, Outline, as_outline, missed_after
from .parts import parts_of
from .shortest import Answer, Found, GaveUp, Impossible, shortest
from .solved import improved, moves_at_least

MOST_CHOICES = 100_000
MOST_CHOICES_ALONE = 20_000
"""Pairs of a mover and a node: where there are more, in all or for one pool, nothing is searched."""
STATES_FOR_ONE = 5_000
STATES_TOGETHER = 50_000
STATES_BEFORE_SOLVER = 10_000
"""Where a solver is installed the search goes no further: the solver is quicker for what is left then."""


def outline(ground: Ground, wish: Wish) -> Outline:
    """Return the moves that bring as many of these pools as can be to their goals, as few as can be."""
    whole = compose(ground, wish)
    bounds = bounds_of(ground, wish)
    if _is_proven(whole, bounds.values()):
        return as_outline(whole, bounds, is_best=True, emptied=wish.emptied)
    movers = movers_of(ground, wish.movable())
    if _choices(movers) > MOST_CHOICES:
        return _outline_of_part(ground, wish, whole)
    parts = [(wish.of(part), part) for part in parts_of(movers)]
    outlines = [_outline_of_part(ground, own, _among(whole, own, part)) for own, part in parts]
    is_best = all(outline.is_best for outline in outlines)
    return Outline(
        moves=tuple(move for outline in outlines for move in outline.moves),
        bounds=tuple(bound for outline in outlines for bound in outline.bounds),
        missed=tuple(sorted(name for outline in outlines for name in outline.missed)),
        is_best=is_best,
        why_missed=NOT_TOGETHER if is_best else NOT_FOUND,
    )


def _choices(movers: Movers) -> int:
    """Return how many pairs of a mover and a node there are."""
    return len(movers.movers) * len(movers.ground.levels.domains)


def bounds_of(ground: Ground, wish: Wish) -> dict[PoolName | None, Bound]:
    """Return how many moves each pool needs at least, obstacles aside, with the argument."""
    leaving = Counter(guest.pool for guest in wish.leaving)
    bounds: dict[PoolName | None, Bound] = {pool: ClearingBound(pool, guests) for pool, guests in leaving.items()}
    for aim in wish.aims:
        bound = bound_of(ground.levels, aim)
        if bound.moves >= leaving[aim.pool.name]:
            bounds[aim.pool.name] = bound
    return bounds


def bound_of(levels: Levels, aim: Aim) -> Bound:
    """Return how many moves a pool needs at least, obstacles aside, with the argument."""
    need = greatest_need(levels, aim.target, aim.floor.weight, [member.node for member in aim.members])
    part = need.part if aim.pool.policy == "even" else need.part + 1
    name = levels.names[(part - 1) % len(levels.names)]
    if part == 0:
        return MaintenanceBound(pool=aim.pool.name, members=need.now, goal=need.goal)
    if part <= len(levels.names):
        return LevelBound(pool=aim.pool.name, level=name, used=-need.now, goal=-need.goal)
    return EvennessBound(pool=aim.pool.name, level=name, squares=need.now, goal=need.goal, moves=need.moves)


def _is_proven(composition: Composition, bounds: Iterable[Bound]) -> bool:
    return composition.is_whole() and len(composition.moves) == sum(bound.moves for bound in bounds)


def _among(whole: Composition, wish: Wish, pools: frozenset[PoolName | None]) -> Composition:
    staying = frozenset(whole.staying)
    return Composition(
        moves=tuple(move for move in whole.moves if move.guest.pool in pools),
        missed=tuple(sorted(name for name in whole.missed if name in pools)),
        staying=tuple(guest.id for guest in wish.leaving if guest.id in staying),
    )


def _outline_of_part(ground: Ground, wish: Wish, composed: Composition) -> Outline:
    bounds = bounds_of(ground, wish)
    if _is_proven(composed, bounds.values()):
        return as_outline(composed, bounds, is_best=True, emptied=wish.emptied)
    movers = movers_of(ground, wish.movable())
    tight = wish._replace(aims=tuple(tightened(aim, movers) for aim in wish.aims))
    for aim in tight.aims:
        pool = aim.pool.name
        if composed.moves_of(pool) != bounds[pool].moves or pool in composed.missed:
            bounds[pool] = _bound_alone(movers, aim, bounds[pool], wish.emptied)
    if _is_proven(composed, bounds.values()):
        return as_outline(composed, bounds, is_best=True, emptied=wish.emptied)
    if _choices(movers) > MOST_CHOICES:
        return as_outline(composed, bounds, is_best=False, emptied=wish.emptied)
    return _together(movers, tight, composed, bounds)


def _bound_alone(movers: Movers, aim: Aim, need: Bound, emptied: frozenset[NodeName]) -> Bound:
    """Return how many moves the pool needs where all others that may move are away."""
    own = movers._replace(movers=tuple(mover for mover in movers.movers if mover.guest.pool == aim.pool.name))
    if _choices(own) > MOST_CHOICES_ALONE:
        return need
    bounds: list[Bound] = [need]
    match shortest(Task(own, (aim,), reached=1, emptied=emptied), STATES_FOR_ONE):
        case Found(trips=trips):
            bounds.append(SearchBound(pools=(aim.pool.name,), moves=len(trips)))
        case GaveUp(bound=moves):
            bounds.append(SearchBound(pools=(aim.pool.name,), moves=moves))
            bounds.append(SolverBound(pools=(aim.pool.name,), moves=moves_at_least(own, aim, emptied)))
        case Impossible():
            pass
    return max(bounds, key=lambda bound: bound.moves)


def _together(movers: Movers, wish: Wish, composed: Composition, bounds: Bounds) -> Outline:
    """Search for the shortest way of all pools of a part, or of as many of them as can be."""
    names = tuple(sorted(name for name in bounds if name is not None))
    known = as_outline(composed, bounds, is_best=False, emptied=wish.emptied)
    for task, answer in _searches(movers, wish, composed):
        match answer:
            case Found(trips=trips):
                moves = tuple(Move(guest, from_node, to_node) for guest, from_node, to_node in trips)
                missed = missed_after(movers.ground, wish.aims, moves)
                bound = SearchBound(pools=names, moves=len(moves))
                return Outline(moves, (bound,), missed, is_best=True, staying=task.staying)
            case GaveUp(bound=at_least):
                as_composed = (task.staying, task.reached) == _result(wish, composed)
                if as_composed and at_least > sum(bound.moves for bound in known.bounds):
                    is_best = at_least == len(known.moves)
                    known = known._replace(bounds=(SearchBound(names, at_least),), is_best=is_best)
                break
            case Impossible():
                continue
    return known if known.is_best else improved(movers, wish, known, bounds)


def _searches(movers: Movers, wish: Wish, composed: Composition) -> Iterator[tuple[Task, Answer]]:
    """Yield searches with their answers, from the best that could be on to what is known to be.

    Where the best can't be, all in reach is looked at once, so that of the rest only one has to be searched for.
    """
    states = STATES_BEFORE_SOLVER if solver.is_there() else STATES_TOGETHER
    outcomes = list(_better_first(wish, composed))
    was_looked_at = False
    while outcomes:
        outcome, *rest = outcomes
        task = Task(movers, wish.aims, outcome.reached, wish.emptied, outcome.staying)
        answer = shortest(task, states)
        yield task, answer
        outcomes = rest
        if isinstance(answer, Impossible) and len(rest) > 1 and not was_looked_at:
            was_looked_at = True
            best = attainable(task, states)
            outcomes = [best] if best in rest else rest


def _better_first(wish: Wish, composed: Composition) -> Iterator[Outcome]:
    """Yield how many guests stay and how many pools reach their goals, from the best on to what is known to be."""
    known, enough = _result(wish, composed)
    for staying in range(known + 1):
        for reached in range(len(wish.aims), -1 if staying < known else enough - 1, -1):
            yield Outcome(staying, reached)


def _result(wish: Wish, composed: Composition) -> tuple[int, int]:
    return len(composed.staying), len(wish.aims) - len(composed.missed)
