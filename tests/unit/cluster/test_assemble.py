"""What a source saw, joined with what operators wrote down."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.by_hand import guest, node, pool, rule, trouble, zones
from tests.strategies import clusters

from virtualisation_resource_distributor.cluster import (
    Cluster,
    Guest,
    Model,
    ModelNode,
    ModelPool,
    Node,
    NodeName,
    Placement,
    PoolName,
    Remark,
    Trouble,
    ZoneName,
    assemble,
)
from virtualisation_resource_distributor.cluster.snapshot import dumps, loads
from virtualisation_resource_distributor.errors import InvalidData

ZONES = zones({"ams": None, "fra": None})


def placement(
    *guests: Guest,
    nodes: tuple[Node, ...] = (),
    pools: tuple[str, ...] = (),
    unread: Mapping[str, str] | None = None,
) -> Placement:
    """Return what a source saw."""
    return Placement(
        name="lab",
        source="proxmox",
        taken_at="2026-11-21T08:00:00Z",
        nodes=nodes,
        guests=guests,
        pools=frozenset(map(PoolName, pools)),
        unread_nodes={NodeName(name): _unreadable(name, why) for name, why in (unread or {}).items()},
    )


def _unreadable(name: str, why: str) -> Trouble:
    return Trouble(kind="unreadable", subject=f"node {name}", message=why)


def modelled(name: str, zone: str | None = "ams", *, maintenance: bool = False, uri: str | None = None) -> ModelNode:
    """Return a node as operators wrote it down."""
    in_zone = None if zone is None else ZoneName(zone)
    return ModelNode(name=NodeName(name), zone=in_zone, maintenance=maintenance, uri=uri)


def model(*nodes: ModelNode, pools: tuple[ModelPool, ...] = ()) -> Model:
    """Return a model with two zones."""
    return Model(zones=ZONES, nodes=nodes, pools=pools)


def test_a_live_node_gets_the_zone_and_uri_of_the_model_and_keeps_its_size() -> None:
    """Where it stands is the model's word, what it has the source's."""
    live = placement(nodes=(node("a", None, gib=4),))
    cluster = assemble(live, model(modelled("a", "fra", uri="qemu:///system")))
    assert cluster.nodes == (node("a", "fra", gib=4, uri="qemu:///system"),)
    assert cluster.zones == ZONES


def test_a_live_node_that_the_model_does_not_know_is_in_no_zone() -> None:
    """It is not guessed into one."""
    cluster = assemble(placement(nodes=(node("a", None),)), model(modelled("b")))
    assert cluster.node_named[NodeName("a")] == node("a", None)


def test_a_node_of_the_model_that_is_not_live_is_absent_in_its_zone() -> None:
    """Its maintenance stays too."""
    cluster = assemble(placement(), model(modelled("a", "fra", maintenance=True)))
    assert cluster.nodes == (node("a", "fra", status="absent", maintenance=True),)


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("written", [False, True])
def test_a_node_is_in_maintenance_where_the_source_or_the_model_says_so(live: bool, written: bool) -> None:
    """Neither can take back what the other says."""
    seen = placement(nodes=(node("a", None, maintenance=live),))
    (joined,) = assemble(seen, model(modelled("a", maintenance=written))).nodes
    assert joined.maintenance is (live or written)


def test_a_node_that_only_a_guest_names_is_absent() -> None:
    """So every reference of the cluster holds."""
    cluster = assemble(placement(guest("100", "gone")), model())
    assert cluster.nodes == (node("gone", None, status="absent"),)


def test_a_node_that_only_allowed_nodes_name_is_absent() -> None:
    """The guest stays allowed there."""
    live = placement(guest("100", "a", allowed=["a", "gone"]), nodes=(node("a", None),))
    cluster = assemble(live, model())
    assert cluster.nodes == (node("a", None), node("gone", None, status="absent"))
    assert cluster.guests[0].allowed_nodes == live.guests[0].allowed_nodes


def test_a_guest_that_is_allowed_nowhere_names_no_node() -> None:
    """An empty list is not the same as none."""
    cluster = assemble(placement(guest("100", "a", allowed=[]), nodes=(node("a", None),)), model())
    assert cluster.nodes == (node("a", None),)


def test_a_node_that_could_not_be_read_is_a_trouble_and_stays_offline() -> None:
    """The rest is judged without it."""
    seen = placement(nodes=(node("a", None, status="offline"),), unread={"a": "no answer within 10 s"})
    cluster = assemble(seen, model(modelled("a")))
    assert cluster.troubles == (trouble("node a"),)
    assert cluster.nodes == (node("a", "ams", status="offline"),)


def test_a_node_that_the_model_does_not_know_and_that_could_not_be_read_is_a_trouble() -> None:
    """Nobody has said that it may be silent."""
    seen = placement(nodes=(node("a", None, status="offline"),), unread={"a": "no answer within 10 s"})
    assert assemble(seen, model()).troubles == (trouble("node a"),)


def test_a_node_that_the_model_has_in_maintenance_may_be_silent() -> None:
    """Operators know of it."""
    seen = placement(nodes=(node("a", None, status="offline"),), unread={"a": "no answer within 10 s"})
    assert assemble(seen, model(modelled("a", maintenance=True))).troubles == ()


def test_maintenance_by_the_source_alone_excuses_no_silence() -> None:
    """Only operators can say that a node is expected to be down."""
    silent = node("a", None, status="offline", maintenance=True)
    seen = placement(nodes=(silent,), unread={"a": "no answer within 10 s"})
    assert assemble(seen, model(modelled("a"))).troubles == (trouble("node a"),)


def test_troubles_remarks_and_rules_of_the_source_stay() -> None:
    """They are handed on as they are."""
    remark = Remark(code="host-passed-over", subject="cluster", message="pve1 did not answer")
    troubles = (trouble("cluster", kind="forbidden"), trouble("node a"))
    seen = Placement(
        source="proxmox",
        taken_at="2026-11-21T08:00:00Z",
        nodes=(),
        guests=(),
        pools=frozenset(),
        rules=(rule("apart", "100", "101"),),
        troubles=troubles,
        remarks=(remark,),
    )
    cluster = assemble(seen, model())
    assert cluster.troubles == tuple(sorted(troubles))
    assert cluster.remarks == (remark,)
    assert cluster.rules == (rule("apart", "100", "101"),)


def test_name_source_and_time_are_those_of_the_reading() -> None:
    """The model has none of them."""
    cluster = assemble(placement(), model())
    assert (cluster.name, cluster.source, cluster.taken_at) == ("lab", "proxmox", "2026-11-21T08:00:00Z")


def test_a_pool_gets_its_policy_from_the_model_and_is_there_without_one() -> None:
    """One that only a guest names is there as well."""
    pools = (ModelPool(name=PoolName("web"), policy="even"),)
    seen = placement(guest("100", "a", pool="db"), nodes=(node("a", None),), pools=("dns", "web"))
    cluster = assemble(seen, model(pools=pools))
    assert cluster.pools == (pool("db"), pool("dns"), pool("web", policy="even"))


def test_a_pool_that_only_the_model_has_is_there_with_a_remark() -> None:
    """It may have been renamed in the source."""
    cluster = assemble(placement(pools=("dns",)), model(pools=(ModelPool(name=PoolName("web")),)))
    assert cluster.pools == (pool("dns"), pool("web"))
    assert [(remark.code, remark.subject) for remark in cluster.remarks] == [("pool-absent", "web")]


def test_a_pool_that_a_guest_names_is_not_remarked_as_absent() -> None:
    """A guest that stands still is enough."""
    seen = placement(guest("100", "a", pool="web", status="stopped"), nodes=(node("a", None),))
    assert assemble(seen, model(pools=(ModelPool(name=PoolName("web")),))).remarks == ()


def test_a_zone_that_the_model_lacks_is_refused() -> None:
    """A cluster that exists is valid."""
    with pytest.raises(InvalidData, match="nowhere"):
        assemble(placement(), model(modelled("a", "nowhere")))


@settings(max_examples=40, deadline=None)
@given(clusters(), st.data())
def test_a_cluster_that_is_taken_apart_is_joined_to_the_same(cluster: Cluster, data: st.DataObject) -> None:
    """What the source says of maintenance and what the model says of it add up, however they share it."""
    not_seen = data.draw(st.sets(st.sampled_from(sorted(cluster.node_named)))) if cluster.nodes else set[str]()
    seen = Placement(
        name=cluster.name,
        source=cluster.source,
        taken_at="2026-11-21T08:00:00Z",
        nodes=tuple(
            _as_seen(live, maintenance=live.maintenance and live.name not in not_seen)
            for live in cluster.nodes
            if live.status != "absent"
        ),
        guests=cluster.guests,
        pools=frozenset(pool.name for pool in cluster.pools),
        rules=cluster.rules,
        troubles=cluster.troubles,
    )
    written = tuple(
        ModelNode(name=live.name, zone=live.zone, uri=live.uri, maintenance=live.maintenance) for live in cluster.nodes
    )
    pools = tuple(ModelPool(name=pool.name, policy=pool.policy) for pool in cluster.pools)
    joined = assemble(seen, Model(zones=cluster.zones, nodes=written, pools=pools))
    expected = tuple(_without_sizes(live) if live.status == "absent" else live for live in cluster.nodes)
    assert joined == replace(cluster, nodes=expected, taken_at=seen.taken_at, remarks=())
    assert loads(dumps(joined)) == joined


def _without_sizes(absent: Node) -> Node:
    return node(absent.name, absent.zone, status="absent", maintenance=absent.maintenance, uri=absent.uri)


def _as_seen(live: Node, *, maintenance: bool) -> Node:
    """Return a node as a source sees it."""
    return Node(
        name=live.name,
        status=live.status,
        maintenance=maintenance,
        memory_bytes=live.memory_bytes,
        vcpus=live.vcpus,
    )
