"""A cluster as a document, and back."""

import json
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.documents import ABSENT, WHOLE, encoded, with_value
from tests.strategies import clusters

from virtualisation_resource_distributor.cluster import (
    Cluster,
    Guest,
    GuestId,
    HaState,
    Node,
    NodeName,
    Pin,
    Pool,
    PoolName,
    Remark,
    Rule,
    Trouble,
    Zone,
    ZoneName,
)
from virtualisation_resource_distributor.cluster.snapshot import dumps, loads
from virtualisation_resource_distributor.errors import InvalidData

T = TypeVar("T")
TABLES = ("zones", "nodes", "guests", "pools", "rules", "troubles", "remarks")
SMALLEST = {"schema": 1, "zones": [], "nodes": [{"name": "n"}], "guests": [{"id": "g", "node": "n"}]}


@settings(max_examples=80, deadline=None)
@given(clusters(with_remarks=False))
def test_what_was_written_is_read_as_the_same_cluster(cluster: Cluster) -> None:
    """For every cluster without remarks."""
    assert loads(dumps(cluster)) == cluster


@settings(max_examples=40, deadline=None)
@given(clusters(with_remarks=False), st.randoms(use_true_random=False))
def test_the_order_in_which_things_were_found_changes_no_byte(cluster: Cluster, chance: Random) -> None:
    """In the value and in the document, fields included."""

    def shuffled(rows: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(chance.sample(rows, len(rows)))

    other = Cluster(
        name=cluster.name,
        source=cluster.source,
        taken_at=cluster.taken_at,
        zones=shuffled(cluster.zones),
        nodes=shuffled(cluster.nodes),
        guests=shuffled(cluster.guests),
        pools=shuffled(cluster.pools),
        rules=shuffled(cluster.rules),
        troubles=shuffled(cluster.troubles),
    )
    assert dumps(other) == dumps(cluster)
    document = json.loads(dumps(cluster))
    mixed = {key: shuffled(tuple(document[key])) if key in TABLES else document[key] for key in reversed(document)}
    assert loads(encoded(mixed)) == cluster


def test_a_document_with_every_field_is_read_field_by_field() -> None:
    """No field gets lost or lands in another."""
    assert loads(encoded(WHOLE)) == Cluster(
        name="lab",
        source="proxmox",
        taken_at="2026-11-21T08:00:00Z",
        zones=(Zone(name=ZoneName("ams")), Zone(name=ZoneName("ams-r1"), parent=ZoneName("ams"))),
        nodes=(
            Node(
                name=NodeName("pve1"),
                zone=ZoneName("ams-r1"),
                uri="qemu:///system",
                memory_bytes=68719476736,
                vcpus=16,
            ),
            Node(name=NodeName("pve2"), zone=ZoneName("ams")),
        ),
        guests=(
            Guest(
                id=GuestId("100"),
                name="dns0",
                node=NodeName("pve1"),
                pool=PoolName("dns"),
                memory_bytes=4294967296,
                vcpus=2,
                tags=("a", "b"),
                ha=HaState(managed=True, state="started"),
                priority=3,
                locked=True,
                pinned=Pin(code="device", message="a card"),
                allowed_nodes=frozenset({NodeName("pve1"), NodeName("pve2")}),
            ),
            Guest(id=GuestId("101"), name="101", node=NodeName("pve2")),
        ),
        rules=(Rule(name="keep", kind="together", guests=frozenset({GuestId("100"), GuestId("101")})),),
        pools=(Pool(name=PoolName("dns"), policy="even"),),
        troubles=(Trouble(kind="unreadable", subject="node pve9", message="no answer within 10 s"),),
        remarks=(Remark(code="pool-absent", subject="web", message="delete it"),),
        contested=frozenset({PoolName("dns")}),
    )


def test_a_document_with_every_field_survives_being_written() -> None:
    """Remarks and contested pools too."""
    cluster = loads(encoded(WHOLE))
    assert loads(dumps(cluster)) == cluster


def test_every_field_that_is_absent_means_what_the_schema_says() -> None:
    """Each default is written out here."""
    cluster = loads(encoded(SMALLEST))
    assert (cluster.name, cluster.source, cluster.taken_at) == ("", "file", None)
    assert (cluster.zones, cluster.pools, cluster.rules, cluster.troubles, cluster.remarks) == ((), (), (), (), ())
    (node,) = cluster.nodes
    assert (node.zone, node.status, node.maintenance, node.uri) == (None, "online", False, None)
    assert (node.memory_bytes, node.vcpus) == (None, None)
    (guest,) = cluster.guests
    assert (guest.id, guest.name, guest.node, guest.kind) == ("g", "g", "n", "qemu")
    assert (guest.status, guest.pool, guest.memory_bytes, guest.vcpus) == ("running", None, None, None)
    assert (guest.template, guest.tags, guest.ha, guest.priority) == (False, (), None, 0)
    assert (guest.locked, guest.pinned, guest.allowed_nodes) == (False, None, None)


def test_a_zone_without_a_parent_and_a_pool_without_a_policy_have_the_defaults() -> None:
    """These two tables may be empty in the smallest document."""
    cluster = loads(encoded({**SMALLEST, "zones": [{"name": "z"}], "pools": [{"name": "p"}]}))
    assert cluster.zones == (Zone(name=ZoneName("z"), parent=None),)
    assert cluster.pools == (Pool(name=PoolName("p"), policy="distinct"),)


@pytest.mark.parametrize(
    "place",
    [
        *("zones[1].parent", "nodes[0].zone", "nodes[0].uri", "nodes[0].memory_bytes", "nodes[0].vcpus"),
        *("guests[0].pool", "guests[0].memory_bytes", "guests[0].vcpus", "guests[0].ha", "guests[0].pinned"),
        *("guests[0].allowed_nodes", "guests[0].ha.state"),
    ],
)
def test_null_means_the_same_as_an_absent_field_where_it_is_allowed(place: str) -> None:
    """And the value that was there made a difference."""
    absent = loads(encoded(with_value(WHOLE, place, ABSENT)))
    assert loads(encoded(with_value(WHOLE, place, None))) == absent != loads(encoded(WHOLE))


def test_unknown_fields_are_ignored_at_every_level() -> None:
    """Whatever they hold, as long as it is JSON."""

    def enriched(value: Any) -> Any:
        match value:
            case dict():
                fields = {key: enriched(item) for key, item in value.items()}
                return {"": None, "newer": [{"name": 5}], "zone ": 1.5, **fields, "\ud800": "\ud800\n"}
            case list():
                return [enriched(item) for item in value]
            case _:
                return value

    assert loads(encoded(enriched(WHOLE))) == loads(encoded(WHOLE))


@pytest.mark.parametrize(
    "moment",
    ["2026-11-21T08:00:00Z", "2026-11-21T08:00:00+00:00", "2026-11-21T08:00:00-00:00", "2026-11-21T08:00:00.5Z"],
)
def test_a_time_in_utc_is_kept_as_it_is_written(moment: str) -> None:
    """It is not rewritten into another form."""
    assert loads(encoded({**SMALLEST, "taken_at": moment})).taken_at == moment


@pytest.mark.parametrize("subject", ["cluster", "node a", "zone b c", "pool  ", "guest 100", "node cluster"])
def test_a_trouble_touches_the_cluster_or_something_with_a_name(subject: str) -> None:
    """The name may hold spaces, and need not be known."""
    document = with_value(WHOLE, "troubles[0].subject", subject)
    assert [trouble.subject for trouble in loads(encoded(document)).troubles] == [subject]


def test_a_pool_that_only_a_guest_names_is_there_with_the_default_policy() -> None:
    """The table of pools may leave it out."""
    document = with_value(WHOLE, "guests[1].pool", "web")
    assert [(pool.name, pool.policy) for pool in loads(encoded(document)).pools] == [
        ("dns", "even"),
        ("web", "distinct"),
    ]


def test_one_guest_on_two_nodes_is_two_rows() -> None:
    """That is how a guest that is seen twice is told."""
    document = with_value(WHOLE, "guests[1].id", "100")
    assert [(guest.id, guest.node) for guest in loads(encoded(document)).guests] == [("100", "pve1"), ("100", "pve2")]


def test_a_rule_may_name_guests_that_are_not_there() -> None:
    """The ids are kept, so that the document stays the same."""
    document = with_value(WHOLE, "rules[0].guests", ["100", "999"])
    assert loads(encoded(document)).rules[0].guests == {"100", "999"}


def test_a_number_beyond_what_floats_hold_is_read_exactly() -> None:
    """No digit is lost on the way."""
    document = with_value(WHOLE, "guests[0].memory_bytes", 2**70 + 1)
    assert loads(encoded(document)).guests[0].memory_bytes == 2**70 + 1


def test_the_text_may_be_utf_8_instead_of_escapes() -> None:
    """Another writer may prefer it."""
    document = with_value(WHOLE, "cluster", "Zürich 東京")
    assert loads(json.dumps(document, ensure_ascii=False).encode("utf-8")).name == "Zürich 東京"


def test_a_snapshot_has_one_row_a_line_and_only_the_pools_that_need_one() -> None:
    """So that two of them can be compared line by line."""
    cluster = Cluster(
        name="lab",
        zones=(Zone(name=ZoneName("z")),),
        nodes=(Node(name=NodeName("n"), zone=ZoneName("z")),),
        guests=(Guest(id=GuestId("1"), name="é", node=NodeName("n"), pool=PoolName("held")),),
        pools=(Pool(name=PoolName("empty")), Pool(name=PoolName("held"))),
    )
    assert dumps(cluster).decode("ascii").splitlines() == [
        '{"schema": 1,',
        ' "cluster": "lab",',
        ' "source": "file",',
        ' "zones": [',
        '  {"name": "z", "parent": null}],',
        ' "nodes": [',
        '  {"name": "n", "zone": "z", "status": "online", "maintenance": false, "uri": null, "memory_bytes": null,'
        ' "vcpus": null}],',
        ' "guests": [',
        '  {"id": "1", "name": "\\u00e9", "kind": "qemu", "node": "n", "status": "running", "pool": "held",'
        ' "memory_bytes": null, "vcpus": null, "template": false, "tags": [], "ha": null, "priority": 0,'
        ' "locked": false, "pinned": null, "allowed_nodes": null}],',
        ' "rules": [],',
        ' "pools": [',
        '  {"name": "empty", "policy": "distinct"}],',
        ' "troubles": [],',
        ' "remarks": []}',
    ]


@pytest.mark.parametrize("drop", [("taken_at",), ("pools", "rules", "troubles", "remarks"), ("cluster", "source")])
def test_what_is_not_required_may_be_missing(drop: tuple[str, ...]) -> None:
    """Whole tables and the head."""
    assert loads(encoded({key: value for key, value in WHOLE.items() if key not in drop})).guests


@pytest.mark.parametrize("key", ["schema", "zones", "nodes", "guests"])
def test_what_is_required_is_missed_by_name(key: str) -> None:
    """A document that was cut short is not an empty cluster."""
    with pytest.raises(InvalidData) as caught:
        loads(encoded(with_value(WHOLE, key, ABSENT)))
    assert caught.value.where == key


def test_a_cluster_may_have_no_nodes_at_all() -> None:
    """Empty tables are whole."""
    assert loads(encoded({"schema": 1, "zones": [], "nodes": [], "guests": []})) == Cluster()
