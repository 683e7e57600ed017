"""Can a solver make an outline better, or prove that nothing can?"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ...cluster.names import GuestId, NodeName
from ..moves import Movers
from ..plan import SolverBound
from . import solver
from .composition import Wish
from .goals import Aim
from .ordering import by_stepping_aside, in_order
from .outline import Bounds, Outline, bounds_told, missed_after

END_STATES = 4
"""So many of the best end states are tried to be reached in some order."""


class _Proof(NamedTuple):
    """What the solver proved: so many pools at least miss their goals, and then so many moves are needed."""

    missed: int
    moves: int


def improved(movers: Movers, wish: Wish, known: Outline, bounds: Bounds) -> Outline:
    """Return the outline, or a better one; where the solver is not installed, as it is."""
    if not solver.is_there():
        return known
    proof: _Proof | None = None
    best = known
    tried: list[Mapping[GuestId, NodeName]] = []
    while len(tried) < END_STATES:
        end = solver.best_end_state(movers, wish, tried)
        if end is None:
            break
        proof = proof or _Proof(end.missed_at_least, end.moves_at_least)
        tried.append(_changes(movers, end.node_of))
        best = min([best, *_outlines(movers, wish, tried[-1], bounds)], key=Outline.quality)
        if not tried[-1] or _is_reached(best, proof):
            break
    return best if proof is None else _with_proof(wish, best, proof)


def moves_at_least(movers: Movers, aim: Aim, emptied: frozenset[NodeName]) -> int:
    """Return how many moves a solver proves one pool to need; 0 where it is not installed, or proves none."""
    end = solver.best_end_state(movers, Wish(aims=(aim,), emptied=emptied)) if solver.is_there() else None
    return 0 if end is None or end.missed else end.moves_at_least


def _changes(movers: Movers, node_of: Mapping[GuestId, NodeName]) -> dict[GuestId, NodeName]:
    """Return where those are in the end who are not there now."""
    moved = [mover.guest for mover in movers.movers if node_of[mover.guest.id] != mover.guest.node]
    return {guest.id: node_of[guest.id] for guest in moved}


def _outlines(movers: Movers, wish: Wish, node_of: Mapping[GuestId, NodeName], bounds: Bounds) -> Iterator[Outline]:
    """Yield the way to an end state, if one is found: with one move each, or with some who step aside."""
    guests = [mover.guest for mover in movers.movers if mover.guest.id in node_of]
    moves = in_order(movers.ground, guests, node_of) or by_stepping_aside(movers.ground, guests, node_of)
    if moves is not None:
        missed = missed_after(movers.ground, wish.aims, moves)
        yield Outline(moves, bounds_told(bounds, moves, missed, wish.emptied), missed, is_best=False)


def _is_reached(best: Outline, proof: _Proof) -> bool:
    return (best.staying, len(best.missed), len(best.moves)) == (0, proof.missed, proof.moves)


def _with_proof(wish: Wish, best: Outline, proof: _Proof) -> Outline:
    """Return the outline with the solver's bound where that says more than the pools' own."""
    if best.staying or len(best.missed) != proof.missed:
        return best
    own = sum(bound.moves for bound in best.bounds)
    if proof.moves <= own:
        return best._replace(is_best=len(best.moves) == (proof.moves if best.missed else own))
    bound = SolverBound(pools=tuple(sorted(aim.pool.name for aim in wish.aims)), moves=proof.moves)
    return best._replace(bounds=(bound,), is_best=len(best.moves) == proof.moves)
