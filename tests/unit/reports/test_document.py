"""The answer of `run` as a JSON document."""

import json
from typing import Any

from hypothesis import given
from tests.by_hand import guest, in_separate_zones, node, pool, trouble, zones
from tests.unit.judge.cases import LAW, cases
from tests.unit.judge.test_against_brute_force import Case

from virtualisation_resource_distributor.cluster import Cluster, PoolName
from virtualisation_resource_distributor.judge.findings import findings_of
from virtualisation_resource_distributor.judge.spread import judge_pools
from virtualisation_resource_distributor.reports.document import run_document

HEAD = ["schema", "cluster", "taken_at", "status", "pools", "findings"]
OF_POOL = ["name", "verdict", "policy", "members", "levels", "placement", "reason"]


def document(cluster: Cluster, *excluded: str, status: int = 0) -> Any:
    """Return the document of a run, read again."""
    verdicts = judge_pools(cluster, frozenset(map(PoolName, excluded)))
    return json.loads(run_document(cluster, verdicts, findings_of(cluster, verdicts), status))


def test_a_badly_spread_pool_is_told_field_by_field() -> None:
    """A guest without a name of its own has its id."""
    cluster = Cluster(
        name="lab",
        taken_at="2026-11-21T08:00:00Z",
        zones=zones({"ams": None, "ams-r1": "ams", "fra": None}),
        nodes=(
            node("pve1", "ams-r1", gib=64),
            node("pve2", "fra", gib=64),
            node("pve3", "fra", gib=64, status="offline"),
        ),
        guests=(guest("100", "pve1", pool="dns", gib=4)._replace(name="dns0"), guest("101", "pve1", pool="dns", gib=4)),
    )
    assert document(cluster, status=78) == {
        "schema": 1,
        "cluster": "lab",
        "taken_at": "2026-11-21T08:00:00Z",
        "status": 78,
        "pools": [
            {
                "name": "dns",
                "verdict": "migrate",
                "policy": "distinct",
                "members": 2,
                "levels": [
                    {"level": "zone:0", "used": 1, "possible": 2},
                    {"level": "zone:1", "used": 1, "possible": 2},
                    {"level": "node", "used": 1, "possible": 2},
                ],
                "placement": [
                    {"guest": "100", "name": "dns0", "node": "pve1", "zone": "ams-r1"},
                    {"guest": "101", "name": "101", "node": "pve1", "zone": "ams-r1"},
                ],
                "reason": None,
            }
        ],
        "findings": [
            {
                "code": "node-offline",
                "severity": "warning",
                "subject": "pve3",
                "message": "is offline; guests there count for no pool",
            }
        ],
    }


def test_what_is_not_known_of_the_reading_is_null_or_empty() -> None:
    """The fields are there all the same."""
    assert document(Cluster()) == {
        "schema": 1,
        "cluster": "",
        "taken_at": None,
        "status": 0,
        "pools": [],
        "findings": [],
    }


def test_the_reason_of_a_blocked_pool_is_there() -> None:
    """With its levels."""
    held = [guest("1", "a", locked=True), guest("2", "a", locked=True)]
    (told,) = document(in_separate_zones("a", "b", guests=held, policy="even"))["pools"]
    assert (told["verdict"], told["policy"]) == ("blocked", "even")
    assert told["reason"] == "guest 1 would have to go to 'b', but it is locked"
    assert told["levels"] == [
        {"level": "zone:0", "used": 1, "possible": 2},
        {"level": "node", "used": 1, "possible": 2},
    ]


def test_pools_that_are_excluded_empty_or_unknown_have_no_levels() -> None:
    """Who runs where is told of all."""
    cluster = Cluster(
        zones=zones({"ams": None}),
        nodes=(node("a", "ams"), node("lost", None)),
        guests=(guest("1", "a", pool="left out"), guest("2", "lost", pool="unclear"), guest("3", "a", pool=None)),
        pools=(pool("bare"),),
    )
    told = document(cluster, "left out")["pools"]
    assert [(one["name"], one["verdict"], one["members"], one["levels"], one["reason"]) for one in told] == [
        ("bare", "empty", 0, [], None),
        ("left out", "excluded", 1, [], None),
        ("unclear", "unknown", 1, [], "members run on 'lost', in no zone"),
    ]
    assert told[2]["placement"] == [{"guest": "2", "name": "2", "node": "lost", "zone": None}]


def test_troubles_stand_among_the_findings_as_errors_and_first() -> None:
    """The status is what the caller says."""
    cluster = Cluster(nodes=(node("a", None, gib=1),), troubles=(trouble("node x"),))
    told = document(cluster, status=69)
    assert told["status"] == 69
    assert [(one["severity"], one["code"], one["subject"]) for one in told["findings"]] == [
        ("error", "partial-view", "node x"),
        ("warning", "node-without-zone", "a"),
    ]


def test_the_bytes_are_ascii_on_lines_and_end_with_a_newline() -> None:
    """So they pass through any terminal and pipe."""
    cluster = Cluster(name="Zürich\u202e", pools=(pool("東京"),))
    text = run_document(cluster, judge_pools(cluster), (), 0)
    assert text.isascii()
    assert text.startswith('{\n  "schema": 1,\n  "cluster": "Z\\u00fcrich\\u202e",\n')
    assert text.endswith('\n  "findings": []\n}\n')
    assert json.loads(text)["pools"][0]["name"] == "東京"


@LAW
@given(cases())
def test_every_document_has_exactly_the_fields_of_schema_1_in_their_order(case: Case) -> None:
    """On every cluster."""
    verdicts = judge_pools(case.cluster, case.excluded, case.limit)
    told = json.loads(run_document(case.cluster, verdicts, findings_of(case.cluster, verdicts), 0))
    assert list(told) == HEAD
    assert [one["name"] for one in told["pools"]] == sorted(one["name"] for one in told["pools"])
    for one in told["pools"]:
        assert list(one) == OF_POOL
        assert one["members"] == len(one["placement"])
        assert all(list(place) == ["guest", "name", "node", "zone"] for place in one["placement"])
        assert all(list(level) == ["level", "used", "possible"] for level in one["levels"])
    assert all(list(one) == ["code", "severity", "subject", "message"] for one in told["findings"])
