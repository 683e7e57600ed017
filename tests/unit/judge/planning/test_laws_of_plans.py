"""What holds for the plans for every cluster."""

from dataclasses import replace
from itertools import pairwise
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.unit.judge.cases import cases, changed
from tests.unit.judge.planning.test_fewest_moves import faults_of_plan, request_of
from tests.unit.judge.renaming import Renaming
from tests.unit.judge.test_against_brute_force import Case

from virtualisation_resource_distributor.cluster import Cluster, Guest, NodeName
from virtualisation_resource_distributor.judge.levels import levels_of
from virtualisation_resource_distributor.judge.order import weight_of
from virtualisation_resource_distributor.judge.plan import Balances, Plan
from virtualisation_resource_distributor.judge.planning.balance import plan_balancing
from virtualisation_resource_distributor.judge.planning.drain import in_maintenance, plan_draining
from virtualisation_resource_distributor.judge.planning.mending import plan_mending
from virtualisation_resource_distributor.judge.planning.steps import cluster_after
from virtualisation_resource_distributor.judge.spread import judge_pools

LAW = settings(max_examples=60, deadline=None)
CHANCE = st.randoms(use_true_random=False)


def planned(case: Case, *, make_room: bool = False) -> Plan:
    """Return the plan for a case."""
    return plan_mending(case.cluster, request_of(case)._replace(make_room=make_room))


def after(case: Case, plan: Plan) -> Case:
    """Return the case as it is when the plan was carried out."""
    return changed(case, lambda cluster: cluster_after(cluster, [step.move for step in plan.steps]))


def none_is_worse(before: Case, end: Case) -> bool:
    """Tell whether every pool of which something can be said is as good at the end as it was."""
    levels = levels_of(before.cluster)
    members = {verdict.pool: verdict.members for verdict in judge_pools(end.cluster, end.excluded, end.limit)}
    return all(
        weight_of(levels, verdict.policy, _places(members[verdict.pool]))
        <= weight_of(levels, verdict.policy, _places(verdict.members))
        for verdict in judge_pools(before.cluster, before.excluded, before.limit)
        if verdict.kind in {"spread", "migrate", "blocked"}
    )


def _places(members: tuple[Guest, ...]) -> list[NodeName]:
    return [member.node for member in members]


@LAW
@given(cases())
def test_every_plan_is_in_a_permitted_order_and_leaves_no_pool_worse(case: Case) -> None:
    """Whatever the cluster; only members of pools that are to be mended are moved."""
    plan = planned(case)
    assert not faults_of_plan(case, plan)
    assert none_is_worse(case, after(case, plan))
    verdicts = judge_pools(case.cluster, case.excluded, case.limit)
    assert {step.pool for step in plan.steps} <= {verdict.pool for verdict in verdicts if verdict.kind == "migrate"}
    assert not plan.optimal or plan.lower_bound == len(plan.steps)


@LAW
@given(cases())
def test_where_room_is_made_each_step_is_permitted_and_no_pool_is_worse(case: Case) -> None:
    """And no more pools stay unresolved than without."""
    plan = planned(case, make_room=True)
    assert not faults_of_plan(case, plan)
    assert none_is_worse(case, after(case, plan))
    assert len(plan.unresolved) <= len(planned(case).unresolved)
    assert all(step.pool not in case.excluded for step in plan.steps)


@LAW
@given(cases())
def test_a_pool_is_spread_after_a_plan_exactly_where_it_is_not_told_as_unresolved(case: Case) -> None:
    """Of the pools that were not spread before."""
    plan = planned(case)
    end = after(case, plan)
    verdicts = {verdict.pool: verdict.kind for verdict in judge_pools(end.cluster, end.excluded, end.limit)}
    unresolved = {one.pool for one in plan.unresolved}
    assert all((verdicts[change.pool] == "spread") == (change.pool not in unresolved) for change in plan.pools)
    assert all(one.reason for one in plan.unresolved)


@LAW
@given(cases(), CHANCE)
def test_the_order_of_things_in_a_cluster_changes_no_plan(case: Case, chance: Random) -> None:
    """Not a word."""

    def mixed(cluster: Cluster) -> Cluster:
        return replace(
            cluster,
            zones=tuple(chance.sample(cluster.zones, len(cluster.zones))),
            nodes=tuple(chance.sample(cluster.nodes, len(cluster.nodes))),
            guests=tuple(chance.sample(cluster.guests, len(cluster.guests))),
            rules=tuple(chance.sample(cluster.rules, len(cluster.rules))),
        )

    other = changed(case, mixed)
    assert planned(other) == planned(case)
    assert planned(other, make_room=True) == planned(case, make_room=True)


@LAW
@given(cases(), CHANCE)
def test_new_names_change_no_number(case: Case, chance: Random) -> None:
    """How many moves, how many are proven, how many pools stay."""
    renaming = Renaming.of(case.cluster, chance)
    renamed = Case(renaming.cluster(case.cluster), frozenset(map(renaming.pool, case.excluded)), case.limit)
    one, other = planned(case), planned(renamed)
    assume(one.optimal and other.optimal)
    assert len(one.steps) == len(other.steps)
    assert one.lower_bound == other.lower_bound


@LAW
@given(cases(), st.integers(0, 4), st.booleans())
def test_a_shortened_plan_has_no_more_moves_than_wanted_and_is_a_plan(case: Case, most: int, make_room: bool) -> None:
    """Permitted, no pool worse, and the whole plan where that is short enough."""
    plan = plan_mending(case.cluster, request_of(case)._replace(max_moves=most, make_room=make_room))
    assert len(plan.steps) <= most
    assert not faults_of_plan(case, plan)
    assert none_is_worse(case, after(case, plan))
    whole = planned(case, make_room=make_room)
    assert len(whole.steps) > most or plan == whole


@LAW
@given(cases(), st.data())
def test_who_is_not_told_to_stay_leaves_a_drained_node(case: Case, data: st.DataObject) -> None:
    """And nobody comes."""
    assume(case.cluster.nodes)
    name = data.draw(st.sampled_from(sorted(case.cluster.node_named)))
    drained = changed(case, lambda cluster: in_maintenance(cluster, frozenset({name})))
    plan = plan_draining(case.cluster, frozenset({name}), request_of(case))
    assert not faults_of_plan(drained, plan)
    online = case.cluster.node_named[name].status == "online"
    left = {row.id for row in after(drained, plan).cluster.guests if online and row.node == name and row.runs}
    assert left == {one.guest.id for one in plan.unresolved if one.guest is not None}
    assert none_is_worse(drained, after(drained, plan))


@LAW
@given(cases())
def test_each_move_of_a_balance_lowers_the_imbalance_and_none_makes_a_pool_worse(case: Case) -> None:
    """It is never said to be optimal."""
    plan = plan_balancing(case.cluster, request_of(case))
    assert not faults_of_plan(case, plan)
    assert none_is_worse(case, after(case, plan))
    whys = [step.why for step in plan.steps if isinstance(step.why, Balances)]
    assert len(whys) == len(plan.steps)
    assert all(why.after < why.before for why in whys)
    assert all(one.after == other.before for one, other in pairwise(whys))
    assert not plan.optimal
