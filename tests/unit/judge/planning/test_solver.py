"""What the solver says is true of what trying everything finds, and what is made of it."""

import pytest
from tests.fewest_moves import Taken, faults_of, fewest_moves
from tests.unit.judge.test_against_brute_force import Case, SeededCase

from virtualisation_resource_distributor.judge.ground import survey
from virtualisation_resource_distributor.judge.moves import movers_of
from virtualisation_resource_distributor.judge.planning.composition import Composition, Wish
from virtualisation_resource_distributor.judge.planning.mending import aims_for
from virtualisation_resource_distributor.judge.planning.outline import as_outline
from virtualisation_resource_distributor.judge.planning.planner import bounds_of
from virtualisation_resource_distributor.judge.planning.solved import improved
from virtualisation_resource_distributor.judge.planning.solver import best_end_state
from virtualisation_resource_distributor.judge.spread import judge_pools
from virtualisation_resource_distributor.judge.verdict import Migrate

pytest.importorskip("ortools")

SEEDS = range(20_000, 20_300)


def _wish(case: Case) -> Wish:
    verdicts = judge_pools(case.cluster, case.excluded, case.limit)
    migrate = [verdict for verdict in verdicts if isinstance(verdict, Migrate)]
    return Wish(aims_for(survey(case.cluster, case.limit), migrate))


def _with_pools_to_mend() -> list[tuple[int, Case, Wish]]:
    cases = [(seed, SeededCase(seed).build()) for seed in SEEDS]
    return [(seed, case, wish) for seed, case in cases if (wish := _wish(case)).aims]


def test_the_solvers_bounds_are_never_above_the_truth_and_its_outlines_never_below() -> None:
    """And where an outline is said to be best, it is."""
    proven = 0
    for seed, case, wish in _with_pools_to_mend():
        true = fewest_moves(case.cluster, case.excluded, case.limit.of, most_states=2_000)
        if true is None:
            continue
        ground = survey(case.cluster, case.limit)
        movers = movers_of(ground, wish.movable())
        end = best_end_state(movers, wish)
        assert end is not None, seed
        missed = true.pools - true.reached
        assert end.missed_at_least <= missed, seed
        assert end.missed_at_least < missed or end.moves_at_least <= true.moves, seed
        nothing = as_outline(Composition((), tuple(aim.pool.name for aim in wish.aims)), {}, is_best=False)
        found = improved(movers, wish, nothing, bounds_of(ground, wish))
        assert (len(found.missed), len(found.moves)) >= (missed, true.moves), seed
        steps = [Taken(move.guest.id, move.from_node, move.to_node) for move in found.moves]
        assert not faults_of(case.cluster, steps, case.limit.of), seed
        if found.is_best:
            assert (len(found.missed), len(found.moves)) == (missed, true.moves), seed
            proven += 1
    assert proven > 50


def test_the_same_question_gets_the_same_answer() -> None:
    """Twice in one process, with another model in between."""
    for _, case, wish in _with_pools_to_mend()[:5]:
        movers = movers_of(survey(case.cluster, case.limit), wish.movable())
        assert best_end_state(movers, wish) == best_end_state(movers, wish)
