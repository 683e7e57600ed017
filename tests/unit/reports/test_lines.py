"""The answer of `run` as lines."""

import pytest
from tests.by_hand import guest, in_separate_zones, node, trouble, zones

from virtualisation_resource_distributor.cluster import Cluster, PoolName
from virtualisation_resource_distributor.judge.findings import findings_of
from virtualisation_resource_distributor.judge.spread import judge_pools
from virtualisation_resource_distributor.judge.verdict import Verdict
from virtualisation_resource_distributor.reports.lines import NO_ZONES, alarm_lines, trouble_lines, verbose_lines
from virtualisation_resource_distributor.reports.text import printable

ONE_OF_EACH = Cluster(
    zones=zones({"ams": None, "fra": None}),
    nodes=(node("a", "ams", gib=8), node("b", "fra", gib=8), node("lost", None, gib=8)),
    guests=(
        *(guest("1", "a", pool="spread", gib=1), guest("2", "b", pool="spread", gib=1)),
        *(guest("3", "a", pool="migrate", gib=1), guest("4", "a", pool="migrate", gib=1)),
        *(guest("5", "b", pool="blocked", gib=1, locked=True), guest("6", "b", pool="blocked", gib=1, locked=True)),
        guest("7", "lost", pool="unknown", gib=1),
        guest("8", "a", pool="excluded", gib=1)._replace(name="eight"),
        guest("9", "a", pool="empty", gib=1, status="stopped"),
    ),
)
BLOCKED = (
    "Pool 'blocked' is not spread, and no migration of its members can change that: "
    "guest 5 would have to go to 'a', but it is locked"
)


def judged(cluster: Cluster) -> tuple[Verdict, ...]:
    """Return the verdicts where the pool `excluded` is excluded."""
    return judge_pools(cluster, frozenset({PoolName("excluded")}))


def troubles_told(cluster: Cluster) -> tuple[str, ...]:
    """Return the lines that tell the troubles of a run."""
    return trouble_lines(cluster, findings_of(cluster, judged(cluster)))


def badly_spread(name: str) -> Cluster:
    """Return a cluster with one pool of this name that has members to migrate."""
    crowded = (guest("1", "a", pool=name), guest("2", "a", pool=name))
    return Cluster(zones=zones({"ams": None}), nodes=(node("a", "ams"), node("b", "ams")), guests=crowded)


def test_only_badly_spread_pools_have_a_line_each_sorted_by_name() -> None:
    """All six verdicts are there."""
    assert alarm_lines(judged(ONE_OF_EACH)) == f"{BLOCKED}\nPool 'migrate' has members to migrate\n"


def test_where_all_is_well_nothing_is_said() -> None:
    """Not even an empty line, so that cron mails nothing."""
    assert alarm_lines(()) == ""
    assert alarm_lines(judged(in_separate_zones("a", guests=[guest("1", "a")]))) == ""


def test_a_pool_of_which_nothing_can_be_said_has_no_alarm_line() -> None:
    """It is a trouble."""
    cluster = Cluster(zones=zones({"ams": None}), nodes=(node("a", None),), guests=(guest("1", "a"),))
    assert alarm_lines(judged(cluster)) == ""


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("x", "x"),
        ("a b", "a b"),
        ("Zürich 東京", "Zürich 東京"),
        ("\u202eabc", r"\u202eabc"),
        ("a\u2066b", r"a\u2066b"),
        ("\x1b[2J", r"\x1b[2J"),
        ("a\nPool 'b' has members to migrate", r"a\nPool 'b' has members to migrate"),
        ("a\u2028b", r"a\u2028b"),
        ("a\x85b", r"a\x85b"),
        ("\U000e0041", r"\U000e0041"),
        ("\ud800", r"\ud800"),
    ],
)
def test_a_name_can_neither_forge_a_line_nor_hide_in_it(name: str, shown: str) -> None:
    """Neither by control characters nor by turning the writing direction."""
    assert alarm_lines(judged(badly_spread(name))) == f"Pool '{shown}' has members to migrate\n"
    lines = verbose_lines(badly_spread(name), judged(badly_spread(name)), ())
    assert lines.splitlines()[0] == f"Pool '{shown}' has members to migrate"
    assert len(lines.splitlines()) == 5


def test_text_that_prints_stays_as_it_is() -> None:
    """A backslash is not doubled."""
    assert printable("it's 100 % \\x1b") == "it's 100 % \\x1b"


def test_verbose_tells_every_pool_with_levels_and_members_and_then_the_findings() -> None:
    """The whole text of one run."""
    verdicts = judged(ONE_OF_EACH)
    assert verbose_lines(ONE_OF_EACH, verdicts, findings_of(ONE_OF_EACH, verdicts)).splitlines() == [
        *(BLOCKED, "  zone:0: 1 of 2", "  node: 1 of 2", "  5 (5) on b in fra", "  6 (6) on b in fra"),
        "Pool 'empty' is empty: no guest of it is seen to run",
        *("Pool 'excluded' is excluded", "  8 (eight) on a in ams"),
        *("Pool 'migrate' has members to migrate", "  zone:0: 1 of 2", "  node: 1 of 2"),
        *("  3 (3) on a in ams", "  4 (4) on a in ams"),
        *("Pool 'spread' is spread", "  zone:0: 2 of 2", "  node: 2 of 2"),
        *("  1 (1) on a in ams", "  2 (2) on b in fra"),
        "Nothing can be said of pool 'unknown': members run on 'lost', in no zone",
        "  7 (7) on lost in no zone",
        "error: node-without-zone: lost: is in no zone, so nothing can be said of the pools on it ('unknown'); put it"
        " into one with create-node --name lost --zone-name ZONE, or set-node if the model has it",
    ]


def test_a_trouble_has_a_line_with_code_and_subject() -> None:
    """Sorted by code."""
    cluster = Cluster(zones=zones({"ams": None}), troubles=(trouble("node a"), trouble("pool p", kind="forbidden")))
    assert troubles_told(cluster) == (
        "missing-privilege: pool p: no answer within 10 s",
        "partial-view: node a: no answer within 10 s",
    )


def test_warnings_are_no_trouble() -> None:
    """They are told by --verbose alone."""
    cluster = Cluster(zones=zones({"ams": None}), nodes=(node("a", None), node("b", "ams", status="offline")))
    assert troubles_told(cluster) == ()


@pytest.mark.parametrize(("number", "capped"), [(10, ()), (11, ("1 more",)), (25, ("15 more",))])
def test_more_than_ten_troubles_of_one_kind_are_counted(number: int, capped: tuple[str, ...]) -> None:
    """Those of another kind are still told."""
    troubles = [trouble(f"node n{one:02}") for one in range(number)] + [trouble("cluster", kind="forbidden")]
    lines = troubles_told(Cluster(zones=zones({"ams": None}), troubles=tuple(troubles)))
    assert lines == (
        "missing-privilege: cluster: no answer within 10 s",
        *(f"partial-view: node n{one:02}: no answer within 10 s" for one in range(10)),
        *(f"partial-view: {text} like this; `run --verbose` tells all" for text in capped),
    )


@pytest.mark.parametrize("number", [1, 2, 30])
def test_where_the_model_has_no_zones_one_line_says_so_however_many_nodes_there_are(number: int) -> None:
    """Other troubles are told beside it."""
    nodes = tuple(node(f"n{one}", None) for one in range(number))
    guests = tuple(guest(str(one), f"n{one}") for one in range(number))
    told = troubles_told(Cluster(nodes=nodes, guests=guests, troubles=(trouble("node x"),)))
    assert sorted(told) == sorted([NO_ZONES, "partial-view: node x: no answer within 10 s"])


def test_where_the_model_has_zones_each_node_that_is_in_none_is_told() -> None:
    """Each is mended by itself."""
    nodes = (node("a", None), node("b", None))
    cluster = Cluster(zones=zones({"ams": None}), nodes=nodes, guests=(guest("1", "a"), guest("2", "b")))
    assert [line.split(":")[:2] for line in troubles_told(cluster)] == [
        ["node-without-zone", " a"],
        ["node-without-zone", " b"],
    ]
