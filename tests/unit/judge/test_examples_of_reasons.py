"""Why a pool is blocked, in words that a person can check."""

from itertools import permutations

import pytest
from tests.by_hand import guest, in_separate_zones, node, pool, rule, verdict_on_p, zones

from virtualisation_resource_distributor.cluster import Cluster, Guest, GuestId
from virtualisation_resource_distributor.judge.verdict import Blocked

AMS_AND_FRA = zones({"ams": None, "fra": None})


def reason(cluster: Cluster) -> str:
    """Return why the pool is blocked."""
    verdict = verdict_on_p(cluster)
    assert isinstance(verdict, Blocked)
    return verdict.reason


@pytest.mark.parametrize(
    ("hindered", "words"),
    [
        (guest("1", "a", locked=True), "it is locked"),
        (guest("1", "a", pinned="a card"), "it can't be moved live (a card)"),
        (guest("1", "a", allowed=["a"]), "it is not allowed to run on 'b'"),
    ],
)
def test_what_holds_every_member_is_the_reason(hindered: Guest, words: str) -> None:
    """The first member and where it would go stand for all."""
    cluster = in_separate_zones("a", "b", guests=[hindered, hindered._replace(id=GuestId("2"))])
    assert reason(cluster) == f"guest 1 would have to go to 'b', but {words}"


def test_a_rule_that_keeps_guests_together_is_told_with_the_other_guest() -> None:
    """Both have one obstacle; guest 1 is the first."""
    guests = (guest("1", "a"), guest("2", "a", locked=True), guest("web", "a", pool="q"))
    plain = in_separate_zones("a", "b", guests=guests)
    cluster = Cluster(
        zones=plain.zones, nodes=plain.nodes, guests=guests, rules=(rule("together", "1", "web", name="keep"),)
    )
    assert reason(cluster) == "guest 1 would have to go to 'b', but rule 'keep' keeps it together with guest web"


def test_only_what_stands_in_the_way_of_that_move_is_told() -> None:
    """Guest x of the rule runs elsewhere, and a full node still has room for a guest of unknown size."""
    full = (node("a", "ams", gib=4), node("b", "fra", gib=4), node("c", "fra", gib=4, maintenance=True))
    guests = (
        *(guest("1", "a", locked=True), guest("2", "a", locked=True), guest("big", "b", pool="q", gib=4)),
        guest("x", "c", pool=None),
    )
    rules = (rule("apart", "1", "x"), rule("together", "2", "gone"))
    assert (
        reason(Cluster(zones=AMS_AND_FRA, nodes=full, guests=guests, rules=rules))
        == "guest 1 would have to go to 'b', but it is locked"
    )


def test_to_leave_a_node_in_maintenance_is_better_for_even_wherever_it_leads() -> None:
    """Node c would be a new one and is full; to go to b, which is used already, is hindered by the lock alone."""
    nodes = (node("a", "ams", maintenance=True), node("b", "ams", gib=1), node("c", "fra", gib=0))
    guests = (guest("1", "a", gib=1, locked=True), guest("2", "b", locked=True))
    pools = (pool(policy="even"),)
    assert (
        reason(Cluster(zones=AMS_AND_FRA, nodes=nodes, guests=guests, pools=pools))
        == "guest 1 would have to go to 'b', but it is locked"
    )


NOT_USABLE = {
    "1 not online, 1 in maintenance, 1 in no zone": (
        *(node("a", "ams", maintenance=True), node("b", "fra", status="offline"), node("c", None)),
    ),
    "2 in maintenance": (node("a", "ams", maintenance=True), node("b", None, maintenance=True)),
    "2 not online, 1 in maintenance": (
        *(node("a", "ams", maintenance=True), node("b", None, status="offline")),
        node("c", "ams", status="absent", maintenance=True),
    ),
}


@pytest.mark.parametrize("counts", NOT_USABLE)
def test_where_no_node_is_usable_the_counts_say_why_and_add_up(counts: str) -> None:
    """Each node is counted once, and what is not there is not counted."""
    nodes = NOT_USABLE[counts]
    verdict = verdict_on_p(Cluster(zones=AMS_AND_FRA, nodes=nodes, guests=(guest("1", "a"),)))
    assert isinstance(verdict, Blocked)
    assert verdict.reason == f"0 of {len(nodes)} nodes are usable: {counts}"
    assert verdict.obstacles == ()


@pytest.mark.parametrize("one_zone", [False, True], ids=["zone each", "one zone"])
@pytest.mark.parametrize(("three", "two", "one"), list(permutations("abc")))
def test_the_reason_of_an_uneven_pool_is_a_move_that_would_even_it_out(
    three: str, two: str, one: str, one_zone: bool
) -> None:
    """To go from the node with three to the one with two would only change who is crowded."""
    guests = tuple(
        guest(str(number), on, locked=True) for number, on in enumerate([three, three, three, two, two, one])
    )
    apart = in_separate_zones("a", "b", "c", policy="even", guests=guests)
    nodes = tuple(node(name, "ams") for name in "abc")
    beside = Cluster(zones=AMS_AND_FRA, nodes=nodes, guests=guests, pools=apart.pools)
    assert reason(beside if one_zone else apart) == f"guest 0 would have to go to '{one}', but it is locked"


def test_the_member_with_the_fewest_obstacles_is_told_and_not_the_first() -> None:
    """Guest 1 has two, guest 2 has one."""
    guests = [guest("1", "a", locked=True, pinned="a card"), guest("2", "a", pinned="a card")]
    told = reason(in_separate_zones("a", "b", guests=guests))
    assert told == "guest 2 would have to go to 'b', but it can't be moved live (a card)"


def test_of_members_with_as_many_obstacles_the_first_is_told_and_all_that_holds_it() -> None:
    """Both have two."""
    guests = [guest(name, "a", locked=True, pinned="a card") for name in ("2", "1")]
    told = reason(in_separate_zones("a", "b", guests=guests))
    assert told == "guest 1 would have to go to 'b', but it is locked, and it can't be moved live (a card)"


def test_the_node_with_the_fewest_obstacles_is_told_and_not_the_first() -> None:
    """Node b is not allowed and full, node c is full."""
    nodes = (node("a", "ams", gib=4), node("b", "fra", gib=1), node("c", "fra", gib=1))
    guests = tuple(guest(name, "a", gib=2, allowed=["a", "c"]) for name in ("1", "2"))
    told = reason(Cluster(zones=AMS_AND_FRA, nodes=nodes, guests=guests))
    assert told == "guest 1 would have to go to 'c', but 'c' has 1.0 of 2.0 GiB of memory free that it needs"


def test_a_guest_with_a_name_is_told_with_it() -> None:
    """The id is what commands take, the name what people know."""
    guests = [guest(name, "a", locked=True)._replace(name=f"dns{name}") for name in ("1", "2")]
    told = reason(in_separate_zones("a", "b", guests=guests))
    assert told == "guest 1 (dns1) would have to go to 'b', but it is locked"
