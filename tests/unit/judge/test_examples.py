"""Clusters that a person can judge by looking at them."""

import pytest
from tests.by_hand import guest, in_separate_zones, node, pool, rule, trouble, verdict_on_p, zones

from virtualisation_resource_distributor.cluster import Cluster, PoolName
from virtualisation_resource_distributor.judge.spread import judge_pools
from virtualisation_resource_distributor.judge.verdict import Blocked, Excluded, Unknown, Verdict, is_alarm

AMS_AND_FRA = zones({"ams": None, "fra": None})
FOUR_NODES = (node("ams1", "ams"), node("ams2", "ams"), node("fra1", "fra"), node("fra2", "fra"))


def three_dns_servers(*on: str) -> Cluster:
    """Return two zones of two nodes each, and three members of one pool on these nodes."""
    guests = tuple(guest(f"dns{number}", name) for number, name in enumerate(on))
    return Cluster(zones=AMS_AND_FRA, nodes=FOUR_NODES, guests=guests)


def used_of_possible(verdict: Verdict) -> list[tuple[str, int, int]]:
    """Return a verdict's levels, the outermost first."""
    return [(level.name, level.used, level.possible) for level in getattr(verdict, "levels", ())]


@pytest.mark.parametrize(
    ("on", "kind", "zones_used", "nodes_used"),
    [
        (("ams1", "ams2", "fra1"), "spread", 2, 3),
        (("ams1", "fra1", "fra2"), "spread", 2, 3),
        (("ams1", "ams1", "fra1"), "migrate", 2, 2),
        (("ams1", "ams2", "ams2"), "migrate", 1, 2),
        (("ams1", "ams1", "ams1"), "migrate", 1, 1),
    ],
)
def test_three_dns_servers_in_two_zones_use_both_zones_and_three_nodes(
    on: tuple[str, ...], kind: str, zones_used: int, nodes_used: int
) -> None:
    """Two may share a zone, but not a node."""
    verdict = verdict_on_p(three_dns_servers(*on))
    assert verdict.kind == kind
    assert used_of_possible(verdict) == [("zone:0", zones_used, 2), ("node", nodes_used, 3)]


def test_one_member_is_spread_wherever_it_runs() -> None:
    """There is nothing to tell apart."""
    assert verdict_on_p(three_dns_servers("fra2")).kind == "spread"


def test_one_node_is_enough_where_there_is_no_other() -> None:
    """More is not possible."""
    cluster = in_separate_zones("a", guests=[guest("100", "a"), guest("101", "a")])
    assert used_of_possible(verdict_on_p(cluster)) == [("zone:0", 1, 1), ("node", 1, 1)]
    assert verdict_on_p(cluster).kind == "spread"


def test_five_members_on_four_nodes_need_not_be_alone() -> None:
    """All nodes are used."""
    assert verdict_on_p(three_dns_servers("ams1", "ams2", "fra1", "fra2", "fra2")).kind == "spread"


def test_a_zone_is_its_own_failure_domain_further_in_where_the_tree_is_uneven() -> None:
    """Fra has no racks, so on the level of racks it counts as one."""
    tree = zones({"ams": None, "ams-r1": "ams", "ams-r2": "ams", "fra": None})
    nodes = (node("a", "ams-r1"), node("b", "ams-r2"), node("c", "fra"), node("d", "fra"))
    spread = Cluster(zones=tree, nodes=nodes, guests=(guest("1", "a"), guest("2", "b"), guest("3", "c")))
    assert used_of_possible(verdict_on_p(spread)) == [("zone:0", 2, 2), ("zone:1", 3, 3), ("node", 3, 3)]
    crowded = Cluster(zones=tree, nodes=nodes, guests=(guest("1", "a"), guest("2", "c"), guest("3", "d")))
    assert used_of_possible(verdict_on_p(crowded)) == [("zone:0", 2, 2), ("zone:1", 2, 3), ("node", 3, 3)]
    assert verdict_on_p(crowded).kind == "migrate"


def test_a_zone_may_hold_nodes_and_zones_and_its_own_nodes_are_one_more_failure_domain() -> None:
    """Two nodes of the hall share it; a rack in the hall is another."""
    tree = zones({"ams": None, "ams-r1": "ams"})
    nodes = (node("hall", "ams"), node("hall2", "ams"), node("rack", "ams-r1"))
    apart = Cluster(zones=tree, nodes=nodes, guests=(guest("1", "hall"), guest("2", "rack")))
    assert used_of_possible(verdict_on_p(apart)) == [("zone:0", 1, 1), ("zone:1", 2, 2), ("node", 2, 2)]
    assert verdict_on_p(apart).kind == "spread"
    in_the_hall = Cluster(zones=tree, nodes=nodes, guests=(guest("1", "hall"), guest("2", "hall2")))
    assert used_of_possible(verdict_on_p(in_the_hall)) == [("zone:0", 1, 1), ("zone:1", 1, 2), ("node", 2, 2)]
    assert verdict_on_p(in_the_hall).kind == "migrate"


def test_a_zone_without_usable_nodes_is_not_possible() -> None:
    """It still makes a level."""
    nodes = (node("a", "ams"), node("b", "ams"), node("c", "fra", status="offline"))
    cluster = Cluster(zones=AMS_AND_FRA, nodes=nodes, guests=(guest("1", "a"), guest("2", "b")))
    assert used_of_possible(verdict_on_p(cluster)) == [("zone:0", 1, 1), ("node", 2, 2)]
    assert verdict_on_p(cluster).kind == "spread"


def test_zones_go_before_nodes() -> None:
    """Two zones with three nodes used are better than one zone with four."""
    nodes = (*(node(f"a{number}", "ams") for number in range(4)), node("f", "fra"))
    guests = (*(guest(str(number), f"a{number}") for number in range(4)),)
    assert verdict_on_p(Cluster(zones=AMS_AND_FRA, nodes=nodes, guests=guests)).kind == "migrate"


def test_a_member_on_a_node_in_maintenance_counts_and_uses_nothing() -> None:
    """The other one is all that is left then."""
    nodes = (node("a", "ams", maintenance=True), node("b", "fra"), node("c", "ams"))
    cluster = Cluster(zones=AMS_AND_FRA, nodes=nodes, guests=(guest("1", "a"), guest("2", "b")))
    assert used_of_possible(verdict_on_p(cluster)) == [("zone:0", 1, 2), ("node", 1, 2)]
    assert verdict_on_p(cluster).kind == "migrate"


@pytest.mark.parametrize(("policy", "kind"), [("distinct", "spread"), ("even", "migrate")])
def test_only_policy_even_minds_a_member_that_stays_on_a_node_in_maintenance(policy: str, kind: str) -> None:
    """There is one usable node, and a member on it."""
    nodes = (node("a", "ams", maintenance=True), node("b", "fra"))
    pools = (pool(policy="even" if policy == "even" else "distinct"),)
    guests = (guest("1", "a"), guest("2", "b"))
    assert verdict_on_p(Cluster(zones=AMS_AND_FRA, nodes=nodes, guests=guests, pools=pools)).kind == kind


def test_what_does_not_run_is_no_member() -> None:
    """Nor does what is on an offline node, or in another pool."""
    guests = (
        guest("running", "a"),
        guest("paused", "a", status="paused"),
        guest("stopped", "a", status="stopped"),
        guest("crashed", "a", status="crashed"),
        guest("template", "a", template=True),
        guest("away", "off"),
        guest("other", "a", pool="other"),
        guest("alone", "a", pool=None),
    )
    nodes = (node("a", "ams"), node("b", "fra"), node("off", "fra", status="offline"))
    verdict = verdict_on_p(Cluster(zones=AMS_AND_FRA, nodes=nodes, guests=guests))
    assert [member.id for member in verdict.members] == ["paused", "running"]
    assert verdict.kind == "migrate"


def test_a_pool_whose_guests_all_stand_still_is_empty() -> None:
    """And so is one without guests."""
    cluster = in_separate_zones("a", "b", guests=[guest("1", "a", status="stopped"), guest("2", "a", template=True)])
    assert verdict_on_p(cluster).kind == "empty"
    assert verdict_on_p(in_separate_zones("a")).kind == "empty"


def test_an_excluded_pool_tells_its_members_and_takes_room() -> None:
    """Excluded is not the same as gone."""
    nodes = (node("a", "ams", gib=4), node("b", "fra", gib=4))
    guests = (guest("1", "a", gib=1), guest("2", "a", gib=1), guest("big", "b", pool="q", gib=4))
    cluster = Cluster(zones=AMS_AND_FRA, nodes=nodes, guests=guests)
    on_p, on_q = judge_pools(cluster, frozenset({PoolName("q")}))
    assert isinstance(on_q, Excluded)
    assert [member.id for member in on_q.members] == ["big"]
    assert isinstance(on_p, Blocked)


def reason_of_unknown(cluster: Cluster) -> str:
    """Return why nothing can be said of the pool."""
    verdict = verdict_on_p(cluster)
    assert isinstance(verdict, Unknown)
    assert not is_alarm(verdict)
    return verdict.reason


def test_of_a_pool_with_a_member_in_no_zone_nothing_can_be_said() -> None:
    """Its failure domains are not known."""
    cluster = Cluster(zones=AMS_AND_FRA, nodes=(node("a", None), node("b", "ams")), guests=(guest("1", "a"),))
    assert reason_of_unknown(cluster) == "members run on 'a', in no zone"


def test_of_a_pool_with_a_guest_on_two_nodes_nothing_can_be_said() -> None:
    """A paused guest is on its node too."""
    cluster = in_separate_zones("a", "b", guests=[guest("1", "a"), guest("1", "b", status="paused")])
    assert reason_of_unknown(cluster) == "guest 1 runs on 'a', 'b' at once"


def test_a_guest_that_stands_still_on_the_second_node_is_seen_once() -> None:
    """One of its rows is a member."""
    cluster = in_separate_zones("a", "b", guests=[guest("1", "a"), guest("1", "b", status="stopped")])
    assert verdict_on_p(cluster).kind == "spread"


def test_of_a_pool_with_a_guest_of_unknown_status_nothing_can_be_said() -> None:
    """It may be a member."""
    cluster = in_separate_zones("a", "b", guests=[guest("1", "a"), guest("2", "b", status="unknown")])
    assert reason_of_unknown(cluster) == "the status of guest 2 on 'b' is unknown"


def test_an_unknown_status_on_an_offline_node_hides_nothing() -> None:
    """The guest is no member, whatever its status is."""
    nodes = (node("a", "ams"), node("off", "fra", status="offline"))
    guests = (guest("1", "a"), guest("2", "off", status="unknown"))
    assert verdict_on_p(Cluster(zones=AMS_AND_FRA, nodes=nodes, guests=guests)).kind == "spread"


@pytest.mark.parametrize(
    ("subject", "forbidden", "kind"),
    [
        ("cluster", True, "unknown"),
        ("pool p", True, "unknown"),
        ("pool q", True, "spread"),
        ("node a", True, "spread"),
        ("guest 1", True, "spread"),
        ("cluster", False, "spread"),
        ("pool p", False, "spread"),
    ],
)
def test_only_what_may_hide_members_makes_a_pool_unknown(subject: str, forbidden: bool, kind: str) -> None:
    """Other troubles are told, and the pool is judged."""
    plain = in_separate_zones("a", "b", guests=[guest("1", "a")])
    cluster = Cluster(
        zones=plain.zones,
        nodes=plain.nodes,
        guests=plain.guests,
        troubles=(trouble(subject, kind="forbidden" if forbidden else "unreadable"),),
    )
    assert verdict_on_p(cluster).kind == kind


def test_a_rule_with_a_guest_that_stands_still_holds_nobody() -> None:
    """Unless another guest of the rule runs."""
    guests = (guest("1", "a"), guest("2", "a"), guest("web", "a", status="stopped"))
    plain = in_separate_zones("a", "b", guests=guests)
    cluster = Cluster(zones=plain.zones, nodes=plain.nodes, guests=guests, rules=(rule("together", "1", "2", "web"),))
    assert verdict_on_p(cluster).kind == "blocked"
    single = Cluster(zones=plain.zones, nodes=plain.nodes, guests=guests, rules=(rule("together", "1", "web"),))
    assert verdict_on_p(single).kind == "migrate"


@pytest.mark.parametrize("status", ["offline", "absent"])
def test_a_guest_on_a_node_that_is_not_online_binds_nobody_by_its_rules(status: str) -> None:
    """It is not running, whatever was last heard of it."""
    away = node("off", "fra", status="offline" if status == "offline" else "absent")
    nodes = (node("a", "ams"), node("b", "fra"), away)
    guests = (guest("1", "a"), guest("2", "a"), guest("web", "off", pool="q"))
    rules = (rule("together", "1", "web"), rule("together", "2", "web"))
    assert verdict_on_p(Cluster(zones=AMS_AND_FRA, nodes=nodes, guests=guests, rules=rules)).kind == "migrate"
