"""What runs where on a Proxmox VE cluster of any version is read as it is."""

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.fake_proxmox import (
    GIB,
    FakeGuest,
    FakeHa,
    FakeNode,
    FakePool,
    FakeProxmox,
    FakeStorage,
    big_cluster,
    small_cluster,
)
from tests.proxmox_reading import VERSIONS, guest, node, read, with_nodes

PATHS = {
    "7.4-17": ("/cluster/ha/groups",),
    "8.2.4": ("/cluster/ha/groups",),
    "8.4.1": ("/cluster/ha/groups",),
    "9.0.3": ("/cluster/ha/rules",),
}
ODD = ("a b", "späße", "'; rm -rf /", "漢字", "a/b//c", "100", "None", "x" * 300, "-p", "{}", "\u202eabc")


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeProxmox]:
    """Start one server; every test reads a cluster of its own from it."""
    with FakeProxmox(small_cluster()) as server:
        yield server


@pytest.fixture(autouse=True)
def forget(fake: FakeProxmox) -> None:
    """Count requests anew."""
    fake.forget_requests()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_small_cluster_is_read_as_it_is_in_every_version(fake: FakeProxmox, tmp_path: Path, version: str) -> None:
    """Maintenance, templates, locks, containers with half a CPU, tags and nested pools are where they belong."""
    placement = read(fake, tmp_path, small_cluster(version))
    assert (placement.source, placement.troubles, placement.remarks, dict(placement.unread_nodes)) == (
        "proxmox",
        (),
        (),
        {},
    )
    assert {each.name: (each.status, each.maintenance) for each in placement.nodes} == {
        "pve1": ("online", False),
        "pve2": ("online", False),
        "pve3": ("online", True),
    }
    assert (node(placement, "pve1").memory_bytes, node(placement, "pve1").vcpus) == (64 * GIB, 16)
    assert placement.pools == {"svc", "svc/dns", "web"}
    assert {(each.id, each.name, each.node, each.kind, each.status, each.pool) for each in placement.guests} == {
        ("100", "dns0", "pve1", "qemu", "running", "svc/dns"),
        ("101", "dns1", "pve1", "lxc", "running", "svc/dns"),
        ("200", "web0", "pve2", "qemu", "running", "web"),
        ("201", "web1", "pve3", "qemu", "stopped", "web"),
        ("1000", "golden", "pve2", "qemu", "stopped", None),
    }
    assert guest(placement, "100").tags == ("prod", "west")
    assert guest(placement, "101").vcpus == 1
    assert [each.id for each in placement.guests if each.template] == ["1000"]
    assert [each.id for each in placement.guests if each.locked] == ["200"]
    assert guest(placement, "200").memory_bytes == 8 * GIB
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", placement.taken_at)


@pytest.mark.parametrize("version", VERSIONS)
def test_no_more_than_six_requests_are_made_and_all_of_them_read(
    fake: FakeProxmox, tmp_path: Path, version: str
) -> None:
    """The login is the only one that is no GET, and nothing is asked for twice."""
    read(fake, tmp_path, small_cluster(version))
    always = (
        *("/version", "/access/permissions", "/cluster/resources"),
        *("/cluster/ha/status/current", "/cluster/ha/resources"),
    )
    assert fake.requests() == ["POST /access/ticket", *(f"GET {path}" for path in (*always, *PATHS[version]))]
    assert len(fake.requests()) <= 7


@pytest.mark.parametrize("version", ["8.2.4", "9.0.3"])
def test_a_big_cluster_takes_no_more_requests_than_a_small_one(fake: FakeProxmox, tmp_path: Path, version: str) -> None:
    """20,000 guests in 2,000 pools are one list, over one connection."""
    fake.change(big_cluster(version=version))
    fake.prepare("/cluster/resources")
    placement = read(fake, tmp_path, PROXMOX_TIMEOUT="20")
    assert (len(placement.guests), len(placement.pools), len(placement.nodes)) == (20_000, 2_000, 64)
    assert len(fake.requests()) <= 7
    assert fake.connections() == 1


def test_all_is_asked_of_the_host_that_answers(fake: FakeProxmox, tmp_path: Path) -> None:
    """A host that gives out half-way is left altogether: no answer of its goes with those of another."""
    with FakeProxmox(small_cluster()) as broken:
        broken.set_fault("/cluster/ha/resources", "595")
        fake.change(small_cluster())
        both = tmp_path / "both.pem"
        both.write_text("".join(Path(server.ca_file).read_text("ascii") for server in (broken, fake)), "ascii")
        hosts = f"{broken.host},{fake.host}"
        placement = read(fake, tmp_path, PROXMOX_HOST=hosts, PROXMOX_CA_FILE=str(both))
        assert len(broken.requests()) == 6
    assert [request for request in fake.requests() if request.startswith("POST")] == ["POST /access/ticket"]
    assert len(fake.requests()) == 7
    assert [(remark.code, remark.subject) for remark in placement.remarks] == [("host-passed-over", "cluster")]
    assert broken.host in placement.remarks[0].message


def test_a_token_asks_for_no_ticket(fake: FakeProxmox, tmp_path: Path) -> None:
    """All its requests are GETs."""
    with FakeProxmox(small_cluster(), "vrd@pve!check") as server:
        assert read(server, tmp_path).troubles == ()
        assert all(request.startswith("GET ") for request in server.requests())


@pytest.mark.parametrize("version", VERSIONS)
def test_a_node_that_just_went_down_is_offline_though_its_guests_still_read_as_running(
    fake: FakeProxmox, tmp_path: Path, version: str
) -> None:
    """That a node is offline is no trouble."""
    guests = (FakeGuest(vmid=100, node="pve2", pool="dns"),)
    nodes = (FakeNode(name="pve1"), FakeNode(name="pve2", status="offline"), FakeNode(name="pve3", maintenance=True))
    placement = read(fake, tmp_path, with_nodes(version, nodes=nodes, guests=guests))
    assert node(placement, "pve2").status == "offline"
    assert (guest(placement, "100").status, guest(placement, "100").node) == ("running", "pve2")
    assert (placement.troubles, dict(placement.unread_nodes)) == ((), {})


def test_guests_of_a_node_that_is_long_gone_are_unknown_and_keep_their_pool(fake: FakeProxmox, tmp_path: Path) -> None:
    """They have neither name nor size nor template field; the number serves as the name."""
    nodes = (FakeNode(name="pve1"), FakeNode(name="pve2", status="long-offline"))
    guests = (FakeGuest(vmid=100, node="pve2", name="dns0", pool="dns"), FakeGuest(vmid=101, node="gone", pool="dns"))
    placement = read(fake, tmp_path, with_nodes(nodes=nodes, guests=guests))
    lost = guest(placement, "100")
    assert (lost.status, lost.name, lost.memory_bytes, lost.vcpus, lost.template) == (
        "unknown",
        "100",
        None,
        None,
        False,
    )
    assert lost.pool == "dns"
    assert node(placement, "pve2").memory_bytes is None
    assert (placement.troubles, dict(placement.unread_nodes)) == ((), {})


@pytest.mark.parametrize("version", VERSIONS)
def test_a_node_whose_status_daemon_hangs_is_unread(fake: FakeProxmox, tmp_path: Path, version: str) -> None:
    """It is kept as offline, and why is told."""
    nodes = (FakeNode(name="pve1"), FakeNode(name="pve2", status="unknown"), FakeNode(name="pve3"))
    guests = (FakeGuest(vmid=100, node="pve2", pool="dns"),)
    placement = read(fake, tmp_path, with_nodes(version, nodes=nodes, guests=guests))
    assert list(placement.unread_nodes) == ["pve2"]
    (trouble,) = placement.unread_nodes.values()
    assert (trouble.kind, trouble.subject) == ("unreadable", "node pve2")
    assert "unknown" in trouble.message
    assert "pvestatd" in trouble.message
    assert node(placement, "pve2").status == "offline"
    assert guest(placement, "100").status == "unknown"


@pytest.mark.parametrize("version", VERSIONS)
def test_maintenance_is_seen_of_nodes_that_are_offline_too(fake: FakeProxmox, tmp_path: Path, version: str) -> None:
    """One that was switched off for the work stays in maintenance, and the others are not drawn in."""
    nodes = (
        FakeNode(name="pve1"),
        FakeNode(name="pve10", status="offline", maintenance=True),
        FakeNode(name="pve2", maintenance=True),
    )
    placement = read(fake, tmp_path, with_nodes(version, nodes=nodes))
    assert {each.name for each in placement.nodes if each.maintenance} == {"pve10", "pve2"}
    assert {each.name for each in placement.nodes if each.status == "offline"} == {"pve10"}


@pytest.mark.parametrize(
    ("said", "read_as"),
    [
        ("running", "running"),
        *((word, "paused") for word in ("paused", "prelaunch", "suspended", "io-error", "inmigrate", "postmigrate")),
        ("stopped", "stopped"),
        *((word, "unknown") for word in ("shutdown", "internal-error", "guest-panicked", "colo", "Running", "unheard")),
    ],
)
def test_what_qemu_calls_a_guests_state_is_known_or_unknown(
    fake: FakeProxmox, tmp_path: Path, said: str, read_as: str
) -> None:
    """A word that nobody knows is never taken for stopped."""
    placement = read(fake, tmp_path, with_nodes(guests=(FakeGuest(vmid=100, node="pve1", status=said),)))
    assert guest(placement, "100").status == read_as


@pytest.mark.parametrize("hastate", ["migrate", "relocate"])
def test_a_guest_on_the_move_is_locked(fake: FakeProxmox, tmp_path: Path, hastate: str) -> None:
    """HA has sent it off already; any lock of Proxmox VE's has the same effect."""
    guests = (
        FakeGuest(vmid=100, node="pve1", ha=FakeHa(crm_state=hastate)),
        FakeGuest(vmid=101, node="pve1", lock="suspended"),
        FakeGuest(vmid=102, node="pve1", ha=FakeHa()),
    )
    placement = read(fake, tmp_path, with_nodes(guests=guests))
    assert [each.id for each in placement.guests if each.locked] == ["100", "101"]


@pytest.mark.parametrize("cpus", [0.25, 1, 1.5, 128])
def test_fractions_of_cpus_are_rounded_up_and_unknown_sizes_stay_unknown(
    fake: FakeProxmox, tmp_path: Path, cpus: float
) -> None:
    """Nothing is taken for 0 that was not told."""
    guests = (
        FakeGuest(vmid=100, node="pve1", type="lxc", maxcpu=cpus),
        FakeGuest(vmid=101, node="pve1", maxmem=None, maxcpu=None),
    )
    placement = read(fake, tmp_path, with_nodes(guests=guests))
    assert guest(placement, "100").vcpus == math.ceil(cpus)
    assert (guest(placement, "101").memory_bytes, guest(placement, "101").vcpus) == (None, None)


def test_pools_without_guests_and_with_storages_are_pools(fake: FakeProxmox, tmp_path: Path) -> None:
    """Storages are no guests, whatever pool they are in."""
    storages = (FakeStorage(name="ceph", shared=True), FakeStorage(name="local"))
    pools = (FakePool(name="void"), FakePool(name="disks", storages=("ceph",)), FakePool(name="a/b/c"))
    cluster = with_nodes(pools=pools, storages=storages)
    everything = tuple(replace(each, privileges=(*each.privileges, "Datastore.Audit")) for each in cluster.acl)
    placement = read(fake, tmp_path, replace(cluster, acl=everything))
    assert placement.pools == {"void", "disks", "a", "a/b", "a/b/c"}
    assert placement.guests == ()


def test_odd_names_arrive_unchanged(fake: FakeProxmox, tmp_path: Path) -> None:
    """Names are text, and nothing in them is obeyed, split or trimmed."""
    guests = tuple(FakeGuest(vmid=100 + i, node="pve1", name=name, pool=name) for i, name in enumerate(ODD))
    placement = read(fake, tmp_path, with_nodes(guests=guests))
    assert [(each.name, each.pool) for each in placement.guests] == [(name, name) for name in ODD]
    assert placement.pools >= set(ODD)
    assert placement.troubles == ()


def test_rows_of_other_kinds_are_passed_over(fake: FakeProxmox, tmp_path: Path) -> None:
    """What a later version adds is no error."""
    rows = (
        {"id": "sdn/pve1/zone", "type": "sdn", "sdn": "zone", "node": "pve1", "status": "ok"},
        {"id": "network/pve1/zone/x", "type": "network", "network": "x", "node": "pve1", "status": "ok"},
        {"id": "y"},
    )
    placement = read(fake, tmp_path, with_nodes(extra_rows=rows))
    assert (placement.guests, placement.pools, placement.troubles) == ((), frozenset(), ())
