"""Every source fills the same value: one world, told by Proxmox VE and by libvirt, is one cluster."""

import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.by_hand import guest, node, pool, zones
from tests.fake_proxmox import FakeCluster, FakeNode, FakeProxmox
from tests.worlds import MIB, SECONDS, Fault, LibvirtTeller, ProxmoxTeller, Status, Teller, World, WorldGuest

from virtualisation_resource_distributor.cluster import Cluster, NodeName
from virtualisation_resource_distributor.errors import SourceUnavailable
from virtualisation_resource_distributor.judge.spread import judge_pools

ODD = ("a b", "späße", "'; rm -rf x", "漢字", "None", "-p", "{}", "\u202eabc", "100%", "[x]")


@pytest.fixture(scope="module", params=["proxmox", "libvirt"])
def teller(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Teller]:
    """Give each source in turn."""
    folder = tmp_path_factory.mktemp("source")
    if request.param == "libvirt":
        pytest.importorskip("libvirt", reason="NOT TESTED: Python's libvirt is not installed")
        yield LibvirtTeller(folder)
        return
    with FakeProxmox(FakeCluster(nodes=(FakeNode(name="n1"),))) as fake:
        yield ProxmoxTeller(fake, folder)


def _facts(cluster: Cluster) -> set[tuple[object, ...]]:
    return {
        (guest.name, guest.node, guest.status, guest.pool, guest.memory_bytes, guest.vcpus, guest.runs)
        for guest in cluster.guests
    }


def test_guests_and_nodes_are_what_they_are(teller: Teller) -> None:
    """With their sizes, states and pools, and nothing is troubled or remarked but the model's unused pool."""
    world = World(
        guests=(
            WorldGuest(name="dns0", node="n1", pool="dns", memory_mib=2048, vcpus=4),
            WorldGuest(name="dns1", node="n1", pool="dns", status="paused"),
            WorldGuest(name="dns2", node="n2", pool="dns", status="stopped"),
            WorldGuest(name="alone", node="n3"),
        ),
        maintenance=frozenset({"n3"}),
    )
    cluster = teller.read(world)
    assert _facts(cluster) == {
        ("dns0", "n1", "running", "dns", 2048 * MIB, 4, True),
        ("dns1", "n1", "paused", "dns", 1024 * MIB, 2, True),
        ("dns2", "n2", "stopped", "dns", 1024 * MIB, 2, False),
        ("alone", "n3", "running", None, 1024 * MIB, 2, True),
    }
    assert [(node.name, node.zone, node.status, node.maintenance, node.memory_bytes) for node in cluster.nodes] == [
        ("n1", "z-n1", "online", False, 65536 * MIB),
        ("n2", "z-n2", "online", False, 32768 * MIB),
        ("n3", "z-n3", "online", True, 32768 * MIB),
    ]
    assert {node.vcpus for node in cluster.nodes} == {16}
    assert {pool.name: pool.policy for pool in cluster.pools} == {"dns": "distinct", "even": "even"}
    assert cluster.troubles == ()
    assert [(remark.code, remark.subject) for remark in cluster.remarks] == [("pool-absent", "even")]
    assert cluster.taken_at is not None


def test_odd_names_arrive_unchanged(teller: Teller) -> None:
    """Names of guests and pools are text, and nothing in them is obeyed."""
    guests = tuple(WorldGuest(name=name, node="n1", pool=name) for name in ODD)
    cluster = teller.read(World(guests=guests))
    assert {(guest.name, guest.pool) for guest in cluster.guests} == {(name, name) for name in ODD}
    assert cluster.troubles == ()


def test_no_guest_is_lost_among_many(teller: Teller) -> None:
    """A thousand on three nodes."""
    guests = tuple(WorldGuest(name=f"g{i}", node=f"n{i % 3 + 1}", pool=f"p{i % 50}") for i in range(1000))
    cluster = teller.read(World(guests=guests))
    assert {(guest.name, guest.node, guest.pool) for guest in cluster.guests} == {
        (guest.name, guest.node, guest.pool) for guest in guests
    }


@pytest.mark.parametrize("fault", ["unreadable", "silent"])
def test_a_node_that_can_not_be_read_is_offline_and_told_and_the_rest_is_read(teller: Teller, fault: Fault) -> None:
    """Unless the model has it in maintenance: then it is no trouble."""
    guests = (WorldGuest(name="a", node="n1", pool="dns"), WorldGuest(name="b", node="n2", pool="dns"))
    cluster = teller.read(World(guests=guests), {"n2": fault})
    assert {node.name: node.status for node in cluster.nodes} == {"n1": "online", "n2": "offline", "n3": "online"}
    assert [(trouble.kind, trouble.subject) for trouble in cluster.troubles] == [("unreadable", "node n2")]
    assert [guest.name for guest in cluster.guests if guest.node == "n1"] == ["a"]
    assert [verdict.kind for verdict in judge_pools(cluster) if verdict.pool == "dns"] == ["spread"]
    kept = teller.read(World(guests=guests, maintenance=frozenset({"n2"})), {"n2": fault})
    assert kept.troubles == ()
    assert kept.node_named[NodeName("n2")].status == "offline"


@pytest.mark.parametrize("fault", ["unreadable", "silent"])
def test_where_nothing_answers_that_is_total_and_comes_in_time(teller: Teller, fault: Fault) -> None:
    """No empty cluster is made of it."""
    began = time.monotonic()
    with pytest.raises(SourceUnavailable):
        teller.read_nothing(fault)
    assert time.monotonic() - began < float(SECONDS) + 2


_GUESTS = st.lists(
    st.tuples(
        st.sampled_from(["n1", "n2", "n3"]),
        st.sampled_from(["running", "paused", "stopped"]),
        st.sampled_from(["dns", "even", None]),
        st.sampled_from([512, 20000, 40000]),
    ),
    max_size=6,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_GUESTS, maintenance=st.sets(st.sampled_from(["n1", "n3"])))
def test_any_world_is_judged_as_it_is(
    teller: Teller, rows: list[tuple[str, Status, str | None, int]], maintenance: set[str]
) -> None:
    """The verdicts are those on a cluster written down by hand."""
    guests = tuple(
        WorldGuest(name=f"g{i}", node=node, status=status, pool=pool, memory_mib=mib)
        for i, (node, status, pool, mib) in enumerate(rows)
    )
    world = World(guests=guests, maintenance=frozenset(maintenance))
    verdicts = {
        (verdict.pool, verdict.kind, len(verdict.members))
        for verdict in judge_pools(teller.read(world))
        if verdict.members
    }
    assert verdicts == {
        (verdict.pool, verdict.kind, len(verdict.members))
        for verdict in judge_pools(_by_hand(world))
        if verdict.members
    }


def _by_hand(world: World) -> Cluster:
    return Cluster(
        zones=zones({f"z-{name}": None for name in world.nodes}),
        nodes=tuple(
            node(name, f"z-{name}", gib=mib // 1024, maintenance=name in world.maintenance)
            for name, mib in world.nodes.items()
        ),
        guests=tuple(
            guest(one.name, one.node, pool=one.pool, status=one.status)._replace(memory_bytes=one.memory_mib * MIB)
            for one in world.guests
        ),
        pools=(pool("even", policy="even"),),
    )
