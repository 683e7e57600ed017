"""What there is to remark beside the verdicts."""

import pytest
from hypothesis import given
from tests.by_hand import guest, in_separate_zones, node, pool, trouble, zones
from tests.unit.judge.cases import LAW, cases, judged
from tests.unit.judge.test_against_brute_force import Case

from virtualisation_resource_distributor.cluster import Cluster, PoolName, Remark
from virtualisation_resource_distributor.cluster.trouble import TroubleKind
from virtualisation_resource_distributor.exits import status_of
from virtualisation_resource_distributor.judge.findings import Finding, findings_of, troubles_of, troubles_read
from virtualisation_resource_distributor.judge.spread import judge_pools

ONE_ZONE = zones({"ams": None})


def found(cluster: Cluster, *excluded: str) -> tuple[Finding, ...]:
    """Return the findings of a run."""
    return findings_of(cluster, judge_pools(cluster, frozenset(map(PoolName, excluded))))


def heads(cluster: Cluster, *excluded: str) -> list[tuple[str, str, str]]:
    """Return severity, code and subject of each finding; a cluster by hand has sizes for nothing."""
    findings = found(cluster, *excluded)
    return [(one.severity, one.code, one.subject) for one in findings if one.code != "size-unknown"]


def test_of_a_sound_cluster_there_is_nothing_to_remark() -> None:
    """Not even a warning."""
    cluster = Cluster(zones=ONE_ZONE, nodes=(node("a", "ams", gib=4),), guests=(guest("1", "a", gib=4),))
    assert found(cluster) == ()


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        ("forbidden", "missing-privilege", 77),
        ("unreadable", "partial-view", 69),
        ("contradiction", "contradiction", 65),
    ],
)
def test_every_trouble_is_an_error_and_the_way_back_leads_to_its_status(
    kind: TroubleKind, code: str, status: int
) -> None:
    """No trouble is softened by being told as a finding."""
    told = trouble("zone ams", kind=kind)
    cluster = Cluster(troubles=(told,))
    assert found(cluster) == (
        Finding(code=code, severity="error", subject="zone ams", message="no answer within 10 s"),
    )
    assert troubles_of(found(cluster)) == (told,) == troubles_read(cluster)
    assert status_of(alarm=False, troubles=troubles_of(found(cluster))) == status


@pytest.mark.parametrize("pool_name", ["p", None])
def test_a_guest_that_runs_on_two_nodes_is_an_error_whether_it_is_in_a_pool_or_not(pool_name: str | None) -> None:
    """Its disks are at stake."""
    twice = [guest("1", "a", pool=pool_name), guest("1", "b", pool=pool_name, status="paused")]
    cluster = in_separate_zones("a", "b", guests=twice)
    (error,) = (one for one in found(cluster) if one.severity == "error")
    assert (error.code, error.subject) == ("seen-twice", "1")
    assert error.message == "runs on 'a', 'b' at once, which destroys what it writes; stop all but one of them"
    assert [one.kind for one in troubles_of(found(cluster))] == ["contradiction"]
    assert [one.kind for one in troubles_read(cluster)] == ["contradiction"]


def test_a_guest_that_runs_once_and_stands_still_elsewhere_is_no_error() -> None:
    """What is heard of an offline node is old."""
    elsewhere = (node("off", "ams", status="offline"),)
    nodes = (node("a", "ams"), node("b", "ams"), *elsewhere)
    guests = (guest("1", "a"), guest("1", "b", status="stopped"), guest("1", "off"))
    assert heads(Cluster(zones=ONE_ZONE, nodes=nodes, guests=guests)) == [("warning", "node-offline", "off")]


def test_a_status_that_nobody_knows_is_an_error_on_an_online_node_alone() -> None:
    """Also of a guest in no pool."""
    nodes = (node("a", "ams"), node("off", "ams", status="offline"))
    guests = (guest("1", "a", pool=None, status="unknown"), guest("2", "off", status="unknown"))
    cluster = Cluster(zones=ONE_ZONE, nodes=nodes, guests=guests)
    assert heads(cluster) == [("error", "partial-view", "guest 1"), ("warning", "node-offline", "off")]
    assert [(one.kind, one.subject) for one in troubles_read(cluster)] == [("unreadable", "guest 1")]


def test_a_node_in_no_zone_is_an_error_with_members_and_a_warning_without() -> None:
    """A guest in no pool is no member."""
    cluster = Cluster(
        zones=ONE_ZONE,
        nodes=(node("a", None), node("b", None), node("c", None), node("d", None, status="offline")),
        guests=(guest("1", "a", pool="web"), guest("2", "a", pool="dns"), guest("3", "b", pool=None)),
    )
    assert heads(cluster) == [
        ("error", "node-without-zone", "a"),
        ("warning", "node-offline", "d"),
        ("warning", "node-without-zone", "b"),
        ("warning", "node-without-zone", "c"),
        ("warning", "node-without-zone", "d"),
    ]
    assert "('dns', 'web')" in found(cluster)[0].message
    assert [one.kind for one in troubles_of(found(cluster))] == ["contradiction"]
    assert troubles_read(cluster) == ()


def test_members_of_an_excluded_pool_make_a_node_in_no_zone_no_error() -> None:
    """Nobody asks for that pool."""
    cluster = Cluster(zones=ONE_ZONE, nodes=(node("a", None),), guests=(guest("1", "a"),))
    assert heads(cluster) == [("error", "node-without-zone", "a")]
    assert heads(cluster, "p") == [("warning", "node-without-zone", "a")]


def test_a_name_that_a_shell_would_obey_is_quoted_in_the_mend() -> None:
    """The mend is there to be pasted."""
    cluster = Cluster(zones=ONE_ZONE, nodes=(node("$(reboot)", None),))
    assert "create-node --name '$(reboot)' --zone-name ZONE" in found(cluster)[0].message


def test_nodes_that_are_offline_or_absent_are_warnings() -> None:
    """An absent node may be in no zone without a second remark."""
    nodes = (node("a", "ams", status="offline"), node("b", "ams", status="absent"), node("c", None, status="absent"))
    assert heads(Cluster(zones=ONE_ZONE, nodes=nodes)) == [
        ("warning", "node-absent", "b"),
        ("warning", "node-absent", "c"),
        ("warning", "node-offline", "a"),
    ]


def test_members_on_a_node_in_maintenance_are_a_warning_with_pools_and_number() -> None:
    """Those of excluded pools are not told."""
    nodes = (node("a", "ams", maintenance=True), node("b", "ams", maintenance=True), node("c", "ams"))
    guests = (guest("1", "a"), guest("2", "a"), guest("3", "a", pool="q"), guest("4", "b", pool="x"), guest("5", "c"))
    cluster = Cluster(zones=ONE_ZONE, nodes=nodes, guests=guests)
    assert heads(cluster, "x") == [("warning", "on-maintenance", "a")]
    (warning,) = (one for one in found(cluster, "x") if one.code == "on-maintenance")
    assert warning.message == "is in maintenance and runs 3 members of 'p', 'q', which use no node there"
    alone = Cluster(zones=ONE_ZONE, nodes=nodes, guests=guests[2:3])
    (warning,) = (one for one in found(alone) if one.code == "on-maintenance")
    assert warning.message == "is in maintenance and runs 1 member of 'q', which use no node there"


def test_sizes_that_are_not_known_are_warnings_for_what_runs_on_online_nodes() -> None:
    """A size of 0 is known."""
    nodes = (node("a", "ams", gib=1), node("b", "ams"), node("off", "ams", status="offline"))
    guests = (
        *(guest("1", "a"), guest("2", "a", gib=0), guest("3", "a", status="stopped"), guest("4", "a", template=True)),
        *(guest("5", "b", gib=1), guest("6", "off"), guest("0", "a", pool=None, status="paused")),
    )
    cluster = Cluster(zones=ONE_ZONE, nodes=nodes, guests=guests)
    unsized = [(one.severity, one.subject, one.message) for one in found(cluster) if one.code == "size-unknown"]
    assert unsized == [
        ("warning", "a", "guests of unknown memory size count as 0 there: '0', '1'"),
        ("warning", "b", "its memory size is not known, so it counts as having room"),
    ]


def test_remarks_of_the_reader_are_warnings() -> None:
    """They come as they were."""
    cluster = Cluster(pools=(pool("web"),), remarks=(Remark(code="pool-absent", subject="web", message="delete it"),))
    assert found(cluster) == (Finding(code="pool-absent", severity="warning", subject="web", message="delete it"),)


@LAW
@given(cases())
def test_findings_are_sorted_errors_first_and_say_nothing_twice(case: Case) -> None:
    """On every cluster."""
    findings = findings_of(case.cluster, judged(case))
    assert list(findings) == sorted(set(findings), key=lambda one: (one.severity != "error", one))


@LAW
@given(cases())
def test_a_pool_of_which_nothing_can_be_said_is_never_without_trouble(case: Case) -> None:
    """So the status is never 0 for it."""
    verdicts = judged(case)
    troubles = troubles_of(findings_of(case.cluster, verdicts))
    if any(verdict.kind == "unknown" for verdict in verdicts):
        assert status_of(alarm=False, troubles=troubles) in {65, 69, 77}
    assert set(troubles_read(case.cluster)) <= set(troubles)
    assert set(case.cluster.troubles) <= set(troubles)
