"""Disks and devices that forbid a live migration are looked up on a live Proxmox VE cluster, for a plan's guests."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.fake_proxmox import (
    FakeAclEntry,
    FakeCluster,
    FakeGuest,
    FakeNode,
    FakePool,
    FakeProxmox,
    FakeStorage,
)
from tests.live import Ran, make_database, run

TOKEN = "vrd@pve!check"
NO_STORAGES = tuple(
    FakeAclEntry(path="/", who=who, privileges=("VM.Audit", "Pool.Audit", "Sys.Audit")) for who in ("vrd@pve", TOKEN)
)
SHARED = {"scsi0": "ceph:vm-100-disk-0,size=32G", "ide2": "none,media=cdrom"}
LOCAL = SHARED | {"scsi1": "local-lvm:vm-100-disk-1,size=8G"}
WHY = "disk scsi1 is on storage local-lvm, which is not shared, and would have to be copied"
BULK = ["GET /version", "GET /access/permissions", "GET /cluster/resources", "GET /cluster/ha/status/current"]


def cluster(*configs: dict[str, Any], acl: Sequence[FakeAclEntry] = FakeCluster().acl) -> FakeCluster:
    """Return three nodes in two zones, and pool dns all of whose members, with these configurations, run in one."""
    return FakeCluster(
        version="8.4.1",
        nodes=tuple(FakeNode(name=name) for name in ("pve1", "pve2", "pve3")),
        guests=tuple(
            FakeGuest(vmid=100 + number, node=f"pve{1 + number % 2}", name=f"dns{number}", pool="dns", config=config)
            for number, config in enumerate(configs)
        ),
        pools=(FakePool(name="dns"),),
        storages=(FakeStorage(name="ceph", shared=True, plugintype="rbd"), FakeStorage(name="local-lvm")),
        acl=acl,
    )


class Site:
    """A cluster and the program before it."""

    def __init__(self, fake: FakeProxmox, folder: Path) -> None:
        self.fake = fake
        self.folder = folder
        self.database = make_database(folder / "model.sqlite3")

    def ask(self, *arguments: str) -> Ran:
        """Return what the program answers; only what it asks for is on the server's list afterwards."""
        self.fake.forget_requests()
        return run(self.database, self.fake.environment(self.folder), *arguments)

    def moves(self, *arguments: str) -> list[str]:
        """Return the guests that a plan moves."""
        return [move["guest"] for move in json.loads(self.ask(*arguments, "--format", "json").stdout)["moves"]]

    def looked_up(self) -> list[str]:
        """Return what was asked for about single guests, sorted."""
        return sorted(request.removeprefix("GET ") for request in self.fake.requests() if "/nodes/" in request)


@pytest.fixture(scope="module")
def shared() -> Iterator[FakeProxmox]:
    """Start one server for all tests."""
    with FakeProxmox(cluster(), TOKEN) as server:
        yield server


@pytest.fixture
def site(shared: FakeProxmox, tmp_path: Path) -> Site:
    """Give the server, as good as new."""
    shared.reset(cluster())
    return Site(shared, tmp_path)


def test_a_plan_leaves_a_guest_with_a_local_disk_and_takes_another(site: Site) -> None:
    """Of two members that may be moved the first would be taken, and its disk is on one node alone."""
    site.fake.change(cluster(SHARED, SHARED))
    assert site.moves("plan") == ["100"]
    site.fake.change(cluster(LOCAL, SHARED))
    assert site.moves("plan") == ["101"]
    site.fake.change(cluster(SHARED | {"hostpci0": "0000:01:00.0"}, SHARED))
    assert site.moves("plan") == ["101"]


def test_a_pool_of_which_no_member_can_be_moved_is_unresolved_with_the_true_reason(site: Site) -> None:
    """`run` does not know it, and says that there is something to migrate."""
    site.fake.change(cluster(LOCAL, LOCAL))
    assert site.ask("run").stdout == "Pool 'dns' has members to migrate\n"
    planned = site.ask("plan")
    assert planned.status == 78
    assert f"dns: guest 100 (dns0) would have to go to 'pve3', but it can't be moved live ({WHY})" in planned.stdout
    assert "Nothing can be moved that helps." in planned.stdout


def test_explain_names_the_disk_and_the_storage(site: Site) -> None:
    """All members are looked up, and what it says of the pool is what is true with that."""
    site.fake.change(cluster(LOCAL, LOCAL))
    explained = site.ask("explain", "dns")
    assert explained.status == 78
    assert "is not spread, and no migration of its members can change that." in explained.stdout
    assert f"No, wherever to: it can't be moved live ({WHY})" in explained.stdout
    assert [request for request in site.looked_up() if "config" in request] == [
        "/nodes/pve1/qemu/100/config?current=1",
        "/nodes/pve2/qemu/101/config?current=1",
    ]


def test_run_asks_for_no_guest_and_a_plan_for_those_that_it_moves(site: Site) -> None:
    """Three requests would do for one guest with a snapshot, and none is made twice."""
    before = {"before": SHARED}
    moved = replace(cluster(SHARED, SHARED, SHARED), guests=())
    guests = tuple(replace(guest, snapshots=before) for guest in cluster(SHARED, SHARED, SHARED).guests)
    site.fake.change(replace(moved, guests=guests))
    for arguments in (
        ["run"],
        ["run", "--verbose"],
        ["monitor"],
        ["snapshot"],
        ["place", "--pool", "dns", "--memory", "1GiB"],
    ):
        site.ask(*arguments)
        assert site.looked_up() == [], arguments
        assert site.fake.requests()[:4] == BULK
    assert site.moves("plan") == ["100"]
    assert site.looked_up() == [
        "/nodes/pve1/qemu/100/config?current=1",
        "/nodes/pve1/qemu/100/config?snapshot=before",
        "/nodes/pve1/qemu/100/snapshot",
    ]
    assert site.fake.requests()[:4] == BULK


def test_a_snapshot_file_has_what_it_has(site: Site) -> None:
    """Nothing is asked for where a cluster is read from a file."""
    site.fake.change(cluster(LOCAL, SHARED))
    (site.folder / "now.json").write_text(site.ask("snapshot").stdout, encoding="utf-8")
    assert site.moves("plan", "--from", str(site.folder / "now.json")) == ["100"]
    assert site.fake.requests() == []


def test_a_guest_that_has_to_stay_is_told_by_drain_and_passed_over_by_balance(site: Site) -> None:
    """Both look up what they would move."""
    site.fake.change(cluster(LOCAL, SHARED, SHARED))
    drained = site.ask("drain", "--name", "pve1")
    assert drained.status == 78
    assert "guest 100 (dns0): " in drained.stdout
    assert WHY in drained.stdout
    alone = tuple(replace(guest, node="pve1", pool=None) for guest in cluster(LOCAL, LOCAL, LOCAL, SHARED).guests)
    site.fake.change(replace(cluster(), guests=alone))
    assert site.moves("balance", "--max-moves", "1") == ["103"]


def test_without_datastore_audit_it_is_said_that_storages_are_not_known(site: Site) -> None:
    """The plan is made, and tells what it rests on, with the command that mends it."""
    site.fake.change(cluster(LOCAL, SHARED, acl=NO_STORAGES))
    planned = site.ask("plan")
    assert planned.status == 78
    assert "1. 100 (dns0): pve1 -> pve3" in planned.stdout
    rests = (
        "What this rests on:\n  Datastore.Audit on /storage is missing, which hides which storages are shared, so that "
        "a local disk may forbid a move that is counted on; on a node run: pveum acl modify /storage --users vrd@pve "
        "--tokens 'vrd@pve!check' --roles PVEAuditor\n"
    )
    assert rests in planned.stdout
    assert rests in site.ask("explain", "dns").stdout
    # A device needs no storage to be known.
    site.fake.change(cluster(SHARED | {"usb0": "host=1-1"}, SHARED, acl=NO_STORAGES))
    assert site.moves("plan") == ["101"]


def test_a_storage_that_nobody_lists_is_told(site: Site) -> None:
    """It may be switched off; that is no reason to call the disk shared."""
    site.fake.change(cluster({"scsi0": "gone:vm-100-disk-0"}, SHARED))
    assert "storage 'gone', on which guest 100 has a disk, is on no node's list" in site.ask("plan").stdout


@pytest.mark.parametrize(
    ("fault", "line", "alone"),
    [
        ("403", "missing-privilege: guest 100: its configuration can't be read", 77),
        ("500", "partial-view: guest 100: its configuration can't be read", 69),
        ("595", "partial-view: guest 100: its configuration can't be read", 69),
        ("hang", "partial-view: guest 100: its configuration can't be read", 69),
        ("wrong-types", "partial-view: guest 100: its configuration can't be read", 69),
    ],
)
def test_a_configuration_that_cant_be_read_is_told_beside_the_plan(
    site: Site, fault: str, line: str, alone: int
) -> None:
    """It is never silent, and what the alarm does not outrank is the status."""
    site.fake.change(cluster(SHARED, SHARED))
    site.fake.set_fault("/nodes/pve1/qemu/100/config", fault)
    settings = site.fake.environment(site.folder) | {"PROXMOX_TIMEOUT": "1"}
    planned = run(site.database, settings, "plan")
    assert planned.status == 78
    assert "1. 100 (dns0): pve1 -> pve3" in planned.stdout
    assert line in planned.stderr
    drained = run(site.database, settings, "drain", "--name", "pve1")
    assert (drained.status, line in drained.stderr) == (alone, True)


def test_a_plan_is_verified_against_what_is_live_until_something_ties_a_guest(site: Site) -> None:
    """That pins were looked up for it is no reason to refuse it; a CD-ROM that was put in since is one."""
    site.fake.change(cluster(LOCAL, SHARED))
    plan = str(site.folder / "plan.json")
    assert site.ask("plan", "--certificate", plan).status == 78
    verified = site.ask("verify", plan)
    assert (verified.status, verified.stdout.partition(",")[0]) == (0, "Verified: 1 move")
    site.fake.change(cluster(LOCAL, SHARED | {"ide2": "local-lvm:iso/a.iso,media=cdrom"}))
    refused = site.ask("verify", plan)
    assert refused.status == 78
    assert "it can't be moved live (CD-ROM drive ide2 has local-lvm:iso/a.iso in it" in refused.stdout


def test_a_guest_goes_to_no_node_that_lacks_its_storage(site: Site) -> None:
    """A shared storage that only some nodes have is a reason to go to one of them."""
    site.fake.change(
        replace(cluster(SHARED, SHARED), storages=(FakeStorage(name="ceph", nodes=("pve1", "pve2"), shared=True),))
    )
    planned = site.ask("plan")
    assert "it is not allowed to run on 'pve3'" in planned.stdout
