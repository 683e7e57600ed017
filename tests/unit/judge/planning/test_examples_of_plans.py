"""Plans for small clusters written by hand: which moves, in which order, and what is said of the rest."""

from tests.by_hand import guest, in_separate_zones, node, pool, rule, zones
from tests.unit.judge.test_examples_of_room import sized

from virtualisation_resource_distributor.cluster import Cluster, Guest, NodeName, Policy
from virtualisation_resource_distributor.judge.plan import (
    ClearingBound,
    EvensOut,
    LeavesMaintenance,
    LevelBound,
    MakesWay,
    Plan,
    UsesMore,
)
from virtualisation_resource_distributor.judge.planning.balance import plan_balancing
from virtualisation_resource_distributor.judge.planning.drain import nodes_in_zone, plan_draining
from virtualisation_resource_distributor.judge.planning.mending import Request, plan_mending


def trips(plan: Plan) -> list[tuple[str, str, str]]:
    """Return who goes from where to where."""
    return [(step.move.guest.id, step.move.from_node, step.move.to_node) for step in plan.steps]


def reasons(plan: Plan) -> dict[str, str]:
    """Return what is said of each pool that is not resolved."""
    return {str(one.pool): one.reason for one in plan.unresolved}


def test_a_pool_that_is_spread_needs_no_plan() -> None:
    """And none is proven to be the fewest moves."""
    plan = plan_mending(in_separate_zones("a", "b", guests=[guest("1", "a"), guest("2", "b")]))
    assert plan == Plan(steps=(), bounds=(), optimal=True, unresolved=(), pools=())


def test_a_step_says_what_it_is_for_and_the_bound_why_one_move_is_needed() -> None:
    """The outermost level at which something gets better is named."""
    plan = plan_mending(in_separate_zones("a", "b", guests=[guest("1", "a"), guest("2", "a")]))
    assert trips(plan) == [("1", "a", "b")]
    assert plan.steps[0].why == UsesMore(level="zone:0", domain="zone-b")
    assert plan.bounds == (LevelBound(pool=pool().name, level="zone:0", used=1, goal=2),)
    assert (plan.optimal, plan.lower_bound, plan.unresolved) == (True, 1, ())
    assert [(level.used, level.possible) for level in plan.pools[0].after] == [(2, 2), (2, 2)]


def test_a_member_in_maintenance_leaves_and_others_even_out_under_policy_even() -> None:
    """Each step has its own reason."""
    nodes = (node("a", "z"), node("b", "z"), node("m", "z", maintenance=True))
    guests = (guest("1", "m"), *(guest(name, "a") for name in "234"), guest("5", "b"), guest("6", "b"))
    plan = plan_mending(Cluster(zones=zones({"z": None}), nodes=nodes, guests=guests, pools=(pool(policy="even"),)))
    assert [step.why for step in plan.steps] == [LeavesMaintenance(node=NodeName("m"))]
    assert (trips(plan), plan.optimal) == ([("1", "m", "b")], True)
    crowded = Cluster(zones=zones({"z": None}), nodes=nodes[:2], guests=guests[1:5], pools=(pool(policy="even"),))
    assert [step.why for step in plan_mending(crowded).steps] == [EvensOut(level="node")]


def test_less_memory_is_moved_where_that_takes_no_more_moves_and_the_roomiest_node_is_taken() -> None:
    """Guest 2 is the smaller one, and c has more left than b."""
    guests = [guest("1", "a", gib=8), guest("2", "a", gib=2)]
    assert trips(plan_mending(sized({"a": 16, "b": 8, "c": 9}, guests, policy="distinct"))) == [("2", "a", "c")]


def test_room_that_another_pools_move_frees_is_used() -> None:
    """Guest q1 has to leave b for c before guest 1 fits there, as guest 1 may go nowhere else and q1 to no other."""
    guests = [
        *(guest("1", "a", gib=4, allowed=["b", "d"]), guest("2", "a", gib=4, locked=True)),
        *(guest("q1", "b", gib=3, pool="q", allowed=["c"]), guest("q2", "b", gib=0, pool="q", locked=True)),
        guest("3", "d", gib=1, pool=None),
    ]
    plan = plan_mending(sized({"a": 8, "b": 7, "c": 4, "d": 5}, guests, policy="distinct"))
    assert plan.optimal
    assert not plan.unresolved
    assert len(plan.steps) == 2


def test_two_that_have_to_swap_go_by_a_third_node() -> None:
    """Full nodes: one steps aside, and the plan says that it only makes way."""
    guests = [
        *(guest("1", "x", gib=4, allowed=["y"]), guest("2", "y", gib=4, allowed=["x", "t"])),
        *(guest("3", "w", gib=0, allowed=["x"]), guest("4", "w", locked=True), guest("5", "w", locked=True)),
    ]
    rules = (rule("apart", "1", "3"),)
    plan = plan_mending(sized({"w": 1, "x": 4, "y": 4, "t": 4}, guests, policy="even", rules=rules))
    assert plan.optimal
    assert all(step.move.to_node != step.move.from_node for step in plan.steps)


def contended(policy: Policy = "distinct") -> Cluster:
    """Return two pools that each need the one place that is left on b."""
    guests: list[Guest] = []
    for name in "pq":
        guests += [guest(f"{name}1", "a", gib=4, pool=name), guest(f"{name}2", "a", gib=4, pool=name)]
    cluster = sized({"a": 16, "b": 4}, guests, policy=policy)
    return Cluster(
        zones=cluster.zones, nodes=cluster.nodes, guests=cluster.guests, pools=(pool("p", policy=policy), pool("q"))
    )


def test_where_not_all_pools_can_reach_their_goals_as_many_as_can_do_and_the_other_is_named() -> None:
    """It is proven, too."""
    plan = plan_mending(contended())
    assert len(plan.steps) == 1
    assert plan.optimal
    assert reasons(plan) == {
        "q": "its goal can't be reached together with those of the other pools: guest q1 would have to go to 'b', "
        "but 'b' has 0.0 of 4.0 GiB of memory free that it needs"
    }


def test_a_blocked_pool_stays_unresolved_and_planning_again_is_advised_where_a_step_helps_it() -> None:
    """Pool q has no room on b until p2 leaves it."""
    guests = [
        *(guest("p1", "b", gib=2, locked=True), guest("p2", "b", gib=2, allowed=["c"])),
        *(guest("q1", "a", gib=2, pool="q", allowed=["b"]), guest("q2", "a", gib=2, pool="q", allowed=["b"])),
    ]
    plan = plan_mending(sized({"a": 4, "b": 4, "c": 2}, guests, policy="distinct"))
    assert trips(plan) == [("p2", "b", "c")]
    assert reasons(plan)["q"].endswith("; plan again once these moves are made: a step frees what it needs")
    assert reasons(plan)["q"].startswith("guest q1 would have to go to 'b', but 'b' has 0.0 of 2.0 GiB")


def test_a_pool_that_gets_better_and_not_ideal_is_told_with_what_stops_it() -> None:
    """It uses two of three at the end."""
    guests = [guest("1", "a"), guest("2", "a", locked=True), guest("3", "a", locked=True)]
    plan = plan_mending(in_separate_zones("a", "b", "c", guests=guests))
    assert (len(plan.steps), plan.optimal) == (1, True)
    assert reasons(plan) == {"p": "guest 2 would have to go to 'c', but it is locked"}


def test_no_more_moves_than_wanted_are_given_and_the_cheapest_pools_come_first() -> None:
    """Pool q takes one move and p two; with one move p would gain too, and q reaches its goal."""
    guests = [*(guest(name, "a") for name in "123"), guest("q1", "a", pool="q"), guest("q2", "a", pool="q")]
    cluster = in_separate_zones("a", "b", "c", guests=guests)
    whole = plan_mending(cluster)
    assert (len(whole.steps), whole.optimal) == (3, True)
    plans = [plan_mending(cluster, Request(max_moves=number)) for number in range(4)]
    assert [len(plan.steps) for plan in plans] == [0, 1, 2, 3]
    assert [step.pool for step in plans[1].steps] == ["q"]
    assert [step.pool for step in plans[2].steps] == ["q", "p"]
    assert [plan.optimal for plan in plans] == [False, False, False, True]
    assert reasons(plans[0]) == {"p": "no moves were asked for", "q": "no moves were asked for"}
    assert reasons(plans[1]) == {"p": "no more than 1 move was asked for: plan again once these moves are made"}
    assert reasons(plans[2]) == {"p": "no more than 2 moves were asked for: plan again once these moves are made"}


def test_a_guest_may_go_to_where_a_stopped_definition_of_it_lies() -> None:
    """As libvirt leaves them behind; the pool is spread then."""
    stale = guest("1", "b", status="stopped")
    plan = plan_mending(in_separate_zones("a", "b", guests=[guest("1", "a"), stale, guest("2", "a", locked=True)]))
    assert trips(plan) == [("1", "a", "b")]
    assert plan.unresolved == ()


def test_only_pools_that_are_asked_for_are_planned_for() -> None:
    """The others stay as they are."""
    plan = plan_mending(contended(), Request(pools=frozenset({pool("q").name})))
    assert [step.pool for step in plan.steps] == ["q"]
    assert not plan.unresolved


def test_a_plan_that_rests_on_unknown_sizes_says_so() -> None:
    """Of a node that is gone to, and of guests there or on the way."""
    plan = plan_mending(sized({"a": 8, "b": None}, [guest("1", "a"), guest("2", "a", gib=4)], policy="distinct"))
    assert plan.notes == (
        "rests on room that nobody knows: of 'b' the memory size is not known",
        "rests on sizes that nobody knows: guests '1' count as 0 bytes",
    )


def test_everybody_leaves_a_drained_node_guests_of_no_pool_and_of_excluded_ones_too() -> None:
    """Each of them once, and the pool keeps two zones."""
    guests = [
        *(guest("1", "a", gib=1), guest("2", "b", gib=1)),
        *(guest("x", "a", pool=None, gib=1), guest("e", "a", pool="e", gib=1)),
    ]
    cluster = sized({"a": 8, "b": 8, "c": 8}, guests, policy="distinct")
    plan = plan_draining(cluster, frozenset({NodeName("a")}), Request(excluded=frozenset({pool("e").name})))
    assert sorted(move[0] for move in trips(plan)) == ["1", "e", "x"]
    assert ("1", "a", "c") in trips(plan)
    assert plan.bounds == (
        ClearingBound(None, 1),
        ClearingBound(pool("e").name, 1),
        LevelBound(pool().name, "zone:0", used=1, goal=2),
    )
    assert (plan.optimal, plan.unresolved) == (True, ())


def test_a_guest_that_can_not_leave_is_told_with_the_reason() -> None:
    """A lock, and room that is not there, with its numbers."""
    guests = [guest("1", "a", pool=None, locked=True), guest("2", "a", pool=None, gib=9)]
    plan = plan_draining(
        sized({"a": 16, "b": 8, "c": 4}, guests, policy="distinct"), frozenset({NodeName("a")}), Request()
    )
    assert [(one.guest.id, one.reason) for one in plan.unresolved if one.guest is not None] == [
        ("1", "it is locked"),
        (
            "2",
            "0 of 2 usable nodes take it: 2 without the memory; the nearest is short: "
            "'b' has 8.0 of 9.0 GiB of memory free that it needs",
        ),
    ]


def test_where_no_other_node_is_usable_everybody_stays_and_that_is_the_reason() -> None:
    """A cluster of one node."""
    cluster = in_separate_zones("a", guests=[guest("1", "a"), guest("2", "a", pool=None)])
    plan = plan_draining(cluster, frozenset({NodeName("a")}), Request())
    assert plan.steps == ()
    assert {one.reason for one in plan.unresolved} == {"0 of 1 nodes are usable: 1 in maintenance"}


def test_a_zone_holds_the_nodes_of_the_zones_in_it() -> None:
    """However deep."""
    tree = zones({"ams": None, "hall": "ams", "rack": "hall", "rtm": None})
    cluster = Cluster(zones=tree, nodes=(node("a", "rack"), node("b", "ams"), node("c", "rtm")))
    assert nodes_in_zone(cluster, tree[0].name) == {"a", "b"}


def test_nodes_are_evened_out_without_making_a_pool_worse() -> None:
    """Guest 1 would be the best one to move and has to stay for its pool."""
    nodes = tuple(node(name, f"zone-{name}", gib=16)._replace(vcpus=8) for name in "ab")
    guests = (
        guest("1", "a", gib=6),
        guest("2", "b", gib=1),
        *(guest("3", "a", gib=4, pool=None), guest("4", "a", gib=1, pool=None)),
    )
    cluster = Cluster(zones=zones({"zone-a": None, "zone-b": None}), nodes=nodes, guests=guests, pools=(pool(),))
    plan = plan_balancing(cluster, Request())
    assert trips(plan) == [("3", "a", "b"), ("4", "a", "b")]
    assert not plan.optimal
    assert plan_balancing(cluster, Request(max_moves=0)).steps == ()


def test_a_member_that_steps_aside_makes_way() -> None:
    """Guest 2 leaves y so that guest 1, which may go nowhere else, uses it."""
    guests = [
        *(guest("1", "x", gib=4, allowed=["x", "y"]), guest("2", "x", gib=4, allowed=["x", "y"])),
        guest("3", "y", gib=4),
    ]
    plan = plan_mending(sized({"x": 8, "y": 4, "z": 4}, guests, policy="distinct"))
    assert trips(plan) == [("3", "y", "z"), ("1", "x", "y")]
    assert plan.steps[0].why == MakesWay()
    assert plan.steps[1].why == UsesMore(level="zone:0", domain="zone-y")
    assert plan.optimal


def crowded() -> Cluster:
    """Return a pool that has no room on b, where a member of another pool could as well run on c."""
    guests = [
        *(guest("1", "a", gib=4, allowed=["a", "b"]), guest("2", "a", gib=4, allowed=["a", "b"])),
        *(guest("q1", "b", gib=4, pool="q"), guest("q2", "a", gib=0, pool="q")),
    ]
    return sized({"a": 8, "b": 4, "c": 4}, guests, policy="distinct")


def test_members_of_other_pools_make_room_only_where_that_is_asked_for() -> None:
    """Their own pool is as good at the end as it was, and no more moves are made than are wanted."""
    assert plan_mending(crowded()).steps == ()
    plan = plan_mending(crowded(), Request(make_room=True))
    assert trips(plan) == [("q1", "b", "c"), ("1", "a", "b")]
    assert [step.why for step in plan.steps] == [MakesWay(), UsesMore(level="zone:0", domain="zone-b")]
    assert (plan.unresolved, plan.optimal, plan.lower_bound) == ((), False, 1)
    assert [(change.pool, change.after[-1].used) for change in plan.pools] == [("p", 2), ("q", 2)]
    assert plan_mending(crowded(), Request(make_room=True, max_moves=1)).steps == ()


def test_no_room_is_made_where_no_node_is_usable() -> None:
    """And nothing is thrown."""
    nodes = (node("a", "z", maintenance=True),)
    cluster = Cluster(zones=zones({"z": None}), nodes=nodes, guests=(guest("1", "a"),), pools=(pool(policy="even"),))
    plan = plan_mending(cluster, Request(make_room=True))
    assert (plan.steps, reasons(plan)) == ((), {"p": "0 of 1 nodes are usable: 1 in maintenance"})
