"""Who can go where: room, rules, and the order of moves."""

from itertools import product

import pytest
from tests.by_hand import guest, in_separate_zones, node, pool, rule, verdict_on_p, zones

from virtualisation_resource_distributor.cluster import Cluster, Guest, Policy, Rule
from virtualisation_resource_distributor.cluster.limit import MemoryLimit
from virtualisation_resource_distributor.judge.verdict import Blocked, Spread

POLICIES: tuple[Policy, ...] = ("distinct", "even")
BOTH = pytest.mark.parametrize("policy", POLICIES)


def sized(
    sizes: dict[str, int | None], guests: list[Guest], *, policy: Policy, rules: tuple[Rule, ...] = ()
) -> Cluster:
    """Return nodes of these sizes in GiB, each in a zone of its own."""
    return Cluster(
        zones=zones({f"zone-{name}": None for name in sizes}),
        nodes=tuple(node(name, f"zone-{name}", gib=gib) for name, gib in sizes.items()),
        guests=tuple(guests),
        pools=(pool(policy=policy),),
        rules=rules,
    )


@BOTH
@pytest.mark.parametrize(("gib", "kind"), [(3, "blocked"), (4, "migrate"), (5, "migrate"), (None, "migrate")])
def test_a_guest_fits_where_exactly_its_size_is_left(gib: int | None, kind: str, policy: Policy) -> None:
    """A node of unknown size has room."""
    guests = [guest("1", "a", gib=4), guest("2", "a", gib=4)]
    assert verdict_on_p(sized({"a": 8, "b": gib}, guests, policy=policy)).kind == kind


@BOTH
def test_what_is_told_of_missing_room_are_its_numbers(policy: Policy) -> None:
    """What is left, and not the node's size."""
    guests = [guest("1", "a", gib=4), guest("2", "a", gib=4), guest("big", "b", gib=5, pool=None)]
    verdict = verdict_on_p(sized({"a": 8, "b": 8}, guests, policy=policy))
    assert isinstance(verdict, Blocked)
    assert verdict.reason == "guest 1 would have to go to 'b', but 'b' has 3.0 of 4.0 GiB of memory free that it needs"


def test_one_byte_too_little_is_not_told_as_if_it_fitted() -> None:
    """What is left is rounded down."""
    guests = [guest("1", "a", gib=4), guest("2", "a", gib=4), guest("x", "b", pool=None)._replace(memory_bytes=1)]
    verdict = verdict_on_p(sized({"a": 8, "b": 4}, guests, policy="distinct"))
    assert isinstance(verdict, Blocked)
    assert verdict.reason.endswith("'b' has 3.9 of 4.0 GiB of memory free that it needs")


@BOTH
@pytest.mark.parametrize(("limit", "filled"), [("-4GiB", 0), ("50%", 2)])
def test_a_node_that_only_the_limit_closes_is_not_said_to_be_over_its_own_size(
    limit: str, filled: int, policy: Policy
) -> None:
    """Node b has 3 GiB, of which 4 are to be kept free, or 2 are filled where the limit is 1.5."""
    guests = [guest("1", "a", gib=4), guest("2", "a", gib=4), guest("x", "b", pool=None, gib=filled)]
    verdict = verdict_on_p(sized({"a": 100, "b": 3}, guests, policy=policy), MemoryLimit.parse(limit))
    assert isinstance(verdict, Blocked)
    assert "more than its memory" not in verdict.reason


@BOTH
def test_one_byte_too_little_is_too_little(policy: Policy) -> None:
    """On a node of its own, and on one that another member leaves."""
    one = guest("1", "a", gib=4, allowed=["b"])
    held = guest("2", "a", locked=True)
    byte = guest("byte", "b", pool=None)._replace(memory_bytes=1)
    assert verdict_on_p(sized({"a": 8, "b": 4}, [one, held], policy=policy)).kind == "migrate"
    assert verdict_on_p(sized({"a": 8, "b": 4}, [one, held, byte], policy=policy)).kind == "blocked"
    leaving = guest("3", "b", gib=3, allowed=["c"])
    nodes: dict[str, int | None] = {"a": 8, "b": 4, "c": 4}
    assert verdict_on_p(sized(nodes, [one, held, leaving], policy=policy)).kind == "migrate"
    # Now guest 3 can't make room for guest 1 by leaving, and itself is not what crowds.
    assert verdict_on_p(sized({**nodes, "a": 0}, [one, held, leaving, byte], policy=policy)).kind == "blocked"


@BOTH
def test_a_guest_of_unknown_size_leaves_no_room_behind(policy: Policy) -> None:
    """Guest 3 on b may go to c, and guest 1 would need a byte more than is left on b then."""
    guests = [guest("1", "a", gib=4, allowed=["b"]), guest("2", "a", locked=True), guest("3", "b", allowed=["c"])]
    byte = guest("byte", "b", pool=None)._replace(memory_bytes=1)
    sizes: dict[str, int | None] = {"a": 0, "b": 4, "c": 0}
    assert verdict_on_p(sized(sizes, guests, policy=policy)).kind == "migrate"
    assert verdict_on_p(sized(sizes, [*guests, byte], policy=policy)).kind == "blocked"


def test_a_size_beyond_what_floats_hold_is_told_too() -> None:
    """A file may hold any number of bytes."""
    guests = [guest(str(number), "a")._replace(memory_bytes=10**400) for number in range(2)]
    assert isinstance(verdict_on_p(sized({"a": None, "b": 1}, guests, policy="distinct")), Blocked)


@BOTH
def test_guests_of_other_pools_and_of_none_take_room_and_templates_and_stopped_ones_take_none(policy: Policy) -> None:
    """The pool's own stopped guests too."""
    members = [guest("1", "a", gib=4), guest("2", "a", gib=4)]
    for other in (guest("x", "b", pool="q", gib=1), guest("x", "b", pool=None, gib=1, status="paused")):
        assert verdict_on_p(sized({"a": 8, "b": 4}, [*members, other], policy=policy)).kind == "blocked"
    for other in (guest("x", "b", gib=1, template=True), guest("x", "b", gib=1, status="stopped")):
        assert verdict_on_p(sized({"a": 8, "b": 4}, [*members, other], policy=policy)).kind == "migrate"


@BOTH
def test_a_node_over_its_size_takes_nobody_even_of_unknown_size_and_may_be_left(policy: Policy) -> None:
    """A node that is exactly full takes one of unknown size."""
    full = guest("x", "b", pool=None, gib=5)
    unsized = [guest("1", "a"), guest("2", "a")]
    assert verdict_on_p(sized({"a": 1, "b": 4}, [*unsized, full], policy=policy)).kind == "blocked"
    assert verdict_on_p(sized({"a": 1, "b": 5}, [*unsized, full], policy=policy)).kind == "migrate"
    crowd = [guest("1", "a", gib=4), guest("2", "a", gib=4)]
    assert verdict_on_p(sized({"a": 1, "b": 4}, crowd, policy=policy)).kind == "migrate"


@BOTH
def test_a_limit_below_or_above_the_size_is_what_counts(policy: Policy) -> None:
    """One byte too little is too little."""
    cluster = sized({"a": 8, "b": 4}, [guest("1", "a", gib=4), guest("2", "a", gib=4)], policy=policy)
    kinds = {text: verdict_on_p(cluster, MemoryLimit.parse(text)).kind for text in ("99%", "100%", "-1MiB", "150%")}
    assert kinds == {"99%": "blocked", "100%": "migrate", "-1MiB": "blocked", "150%": "migrate"}


@BOTH
def test_a_rule_keeps_a_guest_off_the_node_of_the_other_while_that_runs(policy: Policy) -> None:
    """A guest of the rule that is not there keeps nobody off."""
    members = [guest("1", "a", locked=True), guest("2", "a")]
    rules = (rule("apart", "2", "x", "gone", name="no"),)
    runs = sized({"a": 8, "b": 8}, [*members, guest("x", "b", pool=None)], policy=policy, rules=rules)
    verdict = verdict_on_p(runs)
    assert isinstance(verdict, Blocked)
    assert verdict.reason == "guest 1 would have to go to 'b', but it is locked"
    still = sized({"a": 8, "b": 8}, [*members, guest("x", "b", status="stopped")], policy=policy, rules=rules)
    assert verdict_on_p(still).kind == "migrate"


@BOTH
def test_where_a_must_leave_before_b_enters_both_do(policy: Policy) -> None:
    """The two on x can't go to z but one on y can, and makes room."""
    guests = [
        *(guest("1", "x", gib=4, allowed=["x", "y"]), guest("2", "x", gib=4, allowed=["x", "y"])),
        guest("3", "y", gib=4),
    ]
    assert verdict_on_p(sized({"x": 8, "y": 4, "z": 4}, guests, policy=policy)).kind == "migrate"
    held = [*guests[:2], guests[2]._replace(locked=True)]
    assert verdict_on_p(sized({"x": 8, "y": 4, "z": 4}, held, policy=policy)).kind == "blocked"


@BOTH
def test_a_chain_of_four_rooms_is_seen(policy: Policy) -> None:
    """Each can only go one room on, so the last goes first; one that is held holds all."""
    names = ["n0", "n1", "n2", "n3", "n4"]
    chain = [guest(str(number), f"n{number}", gib=1, allowed=[f"n{number + 1}"]) for number in range(4)]
    guests = [*chain, guest("crowd", "n0", gib=1, allowed=["n0"])]
    sizes: dict[str, int | None] = {name: 2 if name == "n0" else 1 for name in names}
    assert verdict_on_p(sized(sizes, guests, policy=policy)).kind == "migrate"
    for hindered in range(4):
        broken = [one._replace(locked=True) if one.id == str(hindered) else one for one in guests]
        assert verdict_on_p(sized(sizes, broken, policy=policy)).kind == "blocked", hindered


@BOTH
@pytest.mark.parametrize(("gib", "kind"), [(3, "blocked"), (4, "migrate")])
def test_who_follows_into_a_zone_may_enter_it_by_another_node(gib: int, kind: str, policy: Policy) -> None:
    """Guest 3 may go from f1 to l, and then guest 1 may go to f2, if it fits there; all nodes are different already."""
    cluster = Cluster(
        zones=zones({"ams": None, "fra": None, "lon": None}),
        nodes=(
            node("a1", "ams"),
            node("a2", "ams"),
            node("f1", "fra", gib=1),
            node("f2", "fra", gib=gib),
            node("l", "lon"),
        ),
        guests=(
            guest("1", "a1", gib=4, allowed=["f2"]),
            guest("2", "a2", locked=True),
            guest("3", "f1", allowed=["l"]),
        ),
        pools=(pool(policy=policy),),
    )
    assert verdict_on_p(cluster).kind == kind


@pytest.mark.parametrize(("gib", "kind"), [(4, "blocked"), (8, "migrate")])
def test_two_on_full_nodes_can_not_swap_whatever_that_would_make_better(gib: int, kind: str) -> None:
    """The one that x would take is kept apart from guest 1 there, which may go to y, whose guest may only go to x."""
    guests = [
        guest("1", "x", gib=4, allowed=["y"]),
        guest("2", "y", gib=4, allowed=["x"]),
        guest("3", "w", allowed=["x"]),
        guest("4", "w", locked=True),
        guest("5", "w", locked=True),
    ]
    rules = (rule("apart", "1", "3"),)
    verdict = verdict_on_p(sized({"w": 1, "x": 4, "y": gib}, guests, policy="even", rules=rules))
    assert verdict.kind == kind
    swapped = [guests[0]._replace(node=guests[1].node), guests[1]._replace(node=guests[0].node), *guests[2:]]
    assert verdict_on_p(sized({"w": 1, "x": 4, "y": 4}, swapped, policy="even", rules=rules)).kind == "migrate"


@BOTH
def test_members_that_a_rule_keeps_apart_can_follow_each_other(policy: Policy) -> None:
    """Guest 2 may enter y once guest 3, which it is kept apart from, has gone on to z."""
    guests = [guest("1", "x", locked=True), guest("2", "x", allowed=["y"]), guest("3", "y")]
    rules = (rule("apart", "2", "3"),)
    assert verdict_on_p(sized({"x": 1, "y": 1, "z": 1}, guests, policy=policy, rules=rules)).kind == "migrate"
    held = [*guests[:2], guests[2]._replace(locked=True)]
    assert verdict_on_p(sized({"x": 1, "y": 1, "z": 1}, held, policy=policy, rules=rules)).kind == "blocked"


def six_guests(*on: str, policy: Policy) -> Cluster:
    """Return three nodes in three zones and six members on them."""
    return in_separate_zones("a", "b", "c", policy=policy, guests=[guest(str(i), n) for i, n in enumerate(on)])


@pytest.mark.parametrize(
    ("on", "distinct", "even"),
    [("aabbcc", "spread", "spread"), ("aaabbc", "spread", "migrate"), ("aaaabb", "migrate", "migrate")],
)
def test_six_guests_on_three_nodes_are_even_as_two_and_two_and_two(on: str, distinct: str, even: str) -> None:
    """Policy distinct is content once all three are used."""
    assert verdict_on_p(six_guests(*on, policy="distinct")).kind == distinct
    assert verdict_on_p(six_guests(*on, policy="even")).kind == even


@pytest.mark.parametrize("on", ["".join(places) for places in product("abc", repeat=4) if places[0] == "a"])
def test_four_guests_on_three_nodes_are_even_as_two_and_one_and_one(on: str) -> None:
    """Whichever node has the two."""
    even = sorted(on.count(name) for name in "abc") == [1, 1, 2]
    assert isinstance(verdict_on_p(six_guests(*on, policy="even")), Spread) is even


def test_even_evens_out_zones_before_nodes() -> None:
    """Zone ams has one node and zone fra three: four members are two and two, not one and three."""
    nodes = (node("a", "ams"), *(node(f"f{number}", "fra") for number in range(3)))
    tree = zones({"ams": None, "fra": None})

    def kind(*on: str) -> str:
        guests = tuple(guest(str(number), name) for number, name in enumerate(on))
        return verdict_on_p(Cluster(zones=tree, nodes=nodes, guests=guests, pools=(pool(policy="even"),))).kind

    # Using every node goes before evening out: with four members each node gets one.
    assert kind("a", "f0", "f1", "f2") == "spread"
    assert kind("a", "a", "f0", "f1") == "migrate"
    # With six all nodes are used either way, and the zones get three each.
    assert kind("a", "a", "a", "f0", "f1", "f2") == "spread"
    assert kind("a", "a", "f0", "f1", "f2", "f2") == "migrate"


def test_where_the_search_ends_before_it_knows_the_pool_is_blocked_with_exactly_these_words() -> None:
    """Seven members of seven sizes go round on four nodes; nobody fits on the fifth, and rooms are too many to try."""
    guests = [guest(str(number), "abcd"[number % 4], gib=20 + number) for number in range(7)]
    sizes: dict[str, int | None] = {**dict.fromkeys("abcd", 10_000), "e": 1}
    verdict = verdict_on_p(sized(sizes, guests, policy="even"))
    assert isinstance(verdict, Blocked)
    assert verdict.reason == "no way to mend it was found within the search's budget"
    assert verdict.obstacles == ()
    assert [(level.used, level.possible) for level in verdict.levels] == [(4, 5), (4, 5)]
