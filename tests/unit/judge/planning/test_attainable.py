"""What a look at everything in reach says is true of what trying everything finds."""

from tests.fewest_moves import fewest_moves
from tests.unit.judge.test_against_brute_force import SeededCase

from virtualisation_resource_distributor.judge.ground import survey
from virtualisation_resource_distributor.judge.moves import movers_of
from virtualisation_resource_distributor.judge.planning.attainable import attainable
from virtualisation_resource_distributor.judge.planning.composition import Wish
from virtualisation_resource_distributor.judge.planning.landscape import Outcome, Task
from virtualisation_resource_distributor.judge.planning.mending import aims_for
from virtualisation_resource_distributor.judge.spread import judge_pools
from virtualisation_resource_distributor.judge.verdict import Migrate

MOST_STATES = 2_000


def test_as_many_pools_reach_their_goals_as_trying_everything_finds() -> None:
    """Where not all of them can, too; and where there is too much to look at, nothing is said."""
    fewer = 0
    for seed in range(30_000, 30_500):
        case = SeededCase(seed).build()
        ground = survey(case.cluster, case.limit)
        verdicts = judge_pools(case.cluster, case.excluded, case.limit)
        wish = Wish(aims_for(ground, [verdict for verdict in verdicts if isinstance(verdict, Migrate)]))
        true = fewest_moves(case.cluster, case.excluded, case.limit.of, most_states=MOST_STATES)
        if true is None or not wish.aims:
            continue
        task = Task(movers_of(ground, wish.movable()), wish.aims, reached=len(wish.aims))
        found = attainable(task, MOST_STATES)
        assert found == Outcome(staying=0, reached=true.reached) or (found is None and true.reached == true.pools), seed
        assert attainable(task, 1) is None, seed
        fewer += true.reached < true.pools
    assert fewer > 0
