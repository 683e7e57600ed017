"""What is said of draining one of several nodes that are nearly full, which is too much to be tried out."""

from random import Random

import pytest
from tests.by_hand import guest, node, pool, zones
from tests.fewest_moves import fewest_to_empty
from tests.unit.judge.test_against_brute_force import SeededCase

from virtualisation_resource_distributor.cluster import Cluster, NodeName
from virtualisation_resource_distributor.judge.plan import ClearingBound
from virtualisation_resource_distributor.judge.planning import composition, planner
from virtualisation_resource_distributor.judge.planning.drain import plan_draining
from virtualisation_resource_distributor.judge.planning.mending import Request

NODES = tuple(f"n{number}" for number in range(8))


def nearly_full(seed: int) -> Cluster:
    """Return eight nodes in four zones, 95 % full with sixty guests, a fifth of them in no pool."""
    chance = Random(seed)
    load = dict.fromkeys(NODES, 0)
    guests = []
    for number in range(60):
        size, on = chance.choice((1, 2, 3, 4, 6, 8)), chance.choice(NODES)
        load[on] += size
        guests.append(guest(f"g{number}", on, gib=size, pool=None if chance.random() < 0.2 else f"p{number // 4}"))
    return Cluster(
        zones=zones({f"z{number}": None for number in range(4)}),
        nodes=tuple(node(name, f"z{number % 4}", gib=load[name] * 100 // 95) for number, name in enumerate(NODES)),
        guests=tuple(guests),
        pools=tuple(pool(name) for name in sorted({one.pool for one in guests if one.pool is not None})),
    )


@pytest.mark.parametrize("seed", [2, 4, 5, 11])
def test_each_guest_that_leaves_a_full_node_is_proven_to_need_a_move(seed: int) -> None:
    """Also where others have to stay, and the pools that they are in miss their goals."""
    plan = plan_draining(nearly_full(seed), frozenset({NodeName("n0")}), Request())
    left = {step.move.guest.id for step in plan.steps if step.move.guest.node == "n0"}
    assert [one for one in plan.unresolved if one.guest is not None]
    assert left
    assert len(left) <= plan.lower_bound <= len(plan.steps)
    assert not plan.optimal or plan.lower_bound == len(plan.steps)
    for bound in plan.bounds:
        if isinstance(bound, ClearingBound):
            assert bound.moves == sum(row.pool == bound.pool and row.id in left for row in nearly_full(seed).guests)


def test_with_next_to_no_budget_the_bound_of_a_drain_is_still_true(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is never above what trying everything finds, nor below the number of guests that leave."""
    for module, budget in ((planner, "STATES_TOGETHER"), (planner, "STATES_BEFORE_SOLVER"), (composition, "STATES")):
        monkeypatch.setattr(module, budget, 3)
    monkeypatch.setattr(planner, "STATES_FOR_ONE", 3)
    monkeypatch.setattr(planner, "improved", lambda movers, wish, known, bounds: known)
    for seed in range(900, 1300):
        case = SeededCase(seed).build()
        names = frozenset({case.cluster.nodes[seed % len(case.cluster.nodes)].name})
        plan = plan_draining(case.cluster, names, Request(excluded=case.excluded, limit=case.limit))
        left = {step.move.guest.id for step in plan.steps if step.move.guest.node in names}
        assert len(left) <= plan.lower_bound <= len(plan.steps), seed
        true = fewest_to_empty(case.cluster, names, case.excluded, case.limit.of, most_states=2_000)
        assert true is None or true.left != len(left) or plan.lower_bound <= true.moves, seed
