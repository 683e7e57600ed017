"""An operator compares the nodes before guests are migrated between them."""

import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.databases import program
from tests.libvirt_lab import SECONDS, Lab
from tests.live import Ran, assert_clear

OVER_SSH = {"LIBVIRT_URI": "qemu+ssh://{node}/system", "LIBVIRT_TIMEOUT": "30"}
NOT_ASKED = (
    "note: not-checked: clock, ssh trust and iSCSI sessions: not checked on 'node1', 'node2', 'node3', 'node4': not "
    "reached over ssh, by a URI like qemu+ssh://HOST/system, and libvirt tells nothing of these\n"
)
MARGIN = 2.5
"""What an answer may take beyond its time-out."""
CARD = "<interface type='network'><source network='{}'/><model type='virtio'/></interface>"
DISK = "<disk type='volume' device='disk'><source pool='{}' volume='{}'/><target dev='vda' bus='virtio'/></disk>"


@pytest.fixture
def whole(nodes: Lab) -> Iterator[Lab]:
    """Leave no network and no storage pool behind."""
    yield nodes
    nodes.do("clear")
    for node in (1, 2, 3, 4):
        for kind in ("net", "pool"):
            for name in nodes.virsh(node, f"{kind}-list", "--name").split():
                nodes.virsh(node, f"{kind}-destroy", name)
            for name in nodes.virsh(node, f"{kind}-list", "--all", "--name").split():
                nodes.virsh(node, f"{kind}-undefine", name)


def _network(nodes: Lab, name: str, *on: int, forward: str = "") -> None:
    for node in on:
        file = nodes.state / "network.xml"
        file.write_text(f"<network><name>{name}</name>{forward}</network>", "utf-8")
        nodes.virsh(node, "net-define", str(file))
        nodes.virsh(node, "net-start", name)


def _storage_pool(nodes: Lab, name: str, target: str, *on: int) -> None:
    folder = nodes.state / target
    folder.mkdir(exist_ok=True)
    for node in on:
        nodes.virsh(node, "pool-define-as", name, "dir", "--target", str(folder))
        nodes.virsh(node, "pool-start", name)


def _guest(nodes: Lab, name: str, node: int, devices: str, *, runs: bool = True) -> None:
    xml = nodes.state / "shared" / f"{name}.xml"
    xml.write_text(
        f"<domain type='qemu'><name>{name}</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>"
        f"<os><type arch='x86_64' machine='pc'>hvm</type><kernel>{nodes.state}/shared/stub.bin</kernel></os>"
        f"<features><acpi/></features><devices>{devices}<controller type='usb' model='none'/></devices></domain>",
        "utf-8",
    )
    nodes.virsh(node, "create" if runs else "define", str(xml))


def _found(ran: Ran, status: int, *starts: str) -> None:
    """Assert that the lines but the last one begin so."""
    assert_clear(ran)
    assert (ran.status, ran.stderr) == (status, ""), ran
    lines = [line for line in ran.stdout.splitlines()[:-1] if not line.startswith("note: ")]
    assert len(lines) == len(starts), lines
    for line, start in zip(lines, starts, strict=True):
        assert line.startswith(start)


@contextmanager
def _mounted(nodes: Lab, node: int, what: Path, there: str) -> Iterator[None]:
    """Put a file or folder over another one, as one node alone sees it."""
    nodes.do("exec", f"node{node}", "mount", "--bind", str(what), there)
    try:
        yield
    finally:
        nodes.do("exec", f"node{node}", "umount", there)


def stand_in(folder: Path, name: str, text: str) -> None:
    """Write a program that answers in the place of another one."""
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def test_nodes_that_agree_are_told_in_one_line(whole: Lab, database: Path) -> None:
    """Over ssh all is checked; over tcp what only ssh tells is named, and no fault."""
    _network(whole, "lan", 1, 2, 3, 4)
    _storage_pool(whole, "images", "images", 1, 2, 3, 4)
    (whole.state / "images" / "disk.raw").write_bytes(bytes(2**20))
    for node in (1, 2, 3, 4):
        whole.virsh(node, "pool-refresh", "images")
    _guest(whole, "web0", 1, CARD.format("lan") + DISK.format("images", "disk.raw"))
    ran = whole.run(database, "validate", **OVER_SSH)
    assert (ran.status, ran.stdout, ran.stderr) == (0, "4 nodes agree\n", "")
    ran = whole.run(database, "validate")
    assert (ran.status, ran.stdout, ran.stderr) == (0, f"{NOT_ASKED}4 nodes agree\n", "")
    ran = whole.run(database, "validate", "--format", "json")
    answer = json.loads(ran.stdout)
    assert (answer["schema"], answer["status"], answer["nodes"]) == (1, 0, ["node1", "node2", "node3", "node4"])
    assert [(one["severity"], one["code"]) for one in answer["findings"]] == [("note", "not-checked")]


def test_a_network_that_a_running_guest_needs_is_missed_on_the_other_nodes(whole: Lab, database: Path) -> None:
    """Before anybody uses it, it is a warning."""
    _network(whole, "lan", 1, 2)
    start = "warning: network-missing: network lan: not on 'node3', 'node4', but on 'node1', 'node2'; no guest has it"
    _found(whole.run(database, "validate"), 0, start)
    _guest(whole, "web0", 1, CARD.format("lan"))
    start = start.replace("warning", "fault").replace("no guest has it", "running 'web0' needs it; there run: virsh ")
    _found(whole.run(database, "validate"), 78, start)
    refused = whole.run(database, "migrate-guest", "web0", "--node", "node3", "--yes")
    assert refused.status == 78
    assert "'web0' is not moved: network lan: not on 'node3', but on 'node1'" in refused.stderr
    assert whole.run(database, "migrate-guest", "web0", "--node", "node2", "--yes").status == 0
    assert whole.run(database, "migrate-guest", "web0", "--node", "node1", "--yes").status == 0
    _network(whole, "lan", 3)
    _network(whole, "lan", 4, forward="<forward mode='bridge'/><bridge name='br0'/>")
    start = "fault: network-differs: network lan: its forward mode is bridge on 'node4' and isolated on "
    _found(whole.run(database, "validate"), 78, start)
    answer = json.loads(whole.run(database, "validate", "--format", "json").stdout)
    (fault,) = [one for one in answer["findings"] if one["severity"] == "fault"]
    assert (answer["status"], fault["code"], fault["subject"]) == (78, "network-differs", "network lan")
    assert fault["mend"].endswith("virsh net-edit lan")


def test_a_drained_node_sends_its_guests_only_where_they_find_what_they_need(whole: Lab, database: Path) -> None:
    """One that has it nowhere else stays, and is told why."""
    _network(whole, "lan", 1, 4)
    _guest(whole, "web0", 1, CARD.format("lan"))
    drain = ("set-maintenance", "--drain", "--yes", "--name")
    ran = whole.run(database, *drain, "node1")
    assert_clear(ran)
    assert (ran.status, ran.stderr) == (0, ""), ran
    assert "'web0' was moved from 'node1' to 'node4', and runs there and nowhere else." in ran.stdout
    ran = whole.run(database, *drain, "node4")
    assert_clear(ran)
    assert ran.status == 78
    assert "'web0' stays on 'node4': " in ran.stderr
    for node in ("node2", "node3"):
        assert f"'web0' is not moved to '{node}': network lan: not on '{node}', but on 'node4'" in ran.stderr
    assert whole.virsh(4, "list", "--name").split() == ["web0"]


def test_a_guest_is_started_only_where_it_finds_what_it_needs(whole: Lab, database: Path) -> None:
    """The node that was asked for is refused before its libvirt would do so, with nothing left behind."""
    _network(whole, "lan", 4)
    _guest(whole, "web0", 4, CARD.format("lan"))
    database.chmod(0o600)
    assert whole.run(database, "import-definition", "--name", "web0").status == 0
    whole.virsh(4, "destroy", "web0")
    refused = whole.run(database, "start-guest", "web0", "--node", "node2", "--yes")
    assert_clear(refused)
    assert refused.status == 78
    assert "not on 'node2': network lan: not on 'node1', 'node2', 'node3', but on 'node4'" in refused.stderr
    assert whole.virsh(2, "list", "--all", "--name").split() == []
    ran = whole.run(database, "start-guest", "web0", "--yes")
    assert (ran.status, ran.stderr) == (0, ""), ran
    assert whole.virsh(4, "list", "--name").split() == ["web0"]


def test_a_storage_pool_with_another_target_is_another_one(whole: Lab, database: Path) -> None:
    """And one that is not active serves nobody."""
    _storage_pool(whole, "images", "images", 1, 2, 3)
    _storage_pool(whole, "images", "elsewhere", 4)
    (whole.state / "images" / "disk.raw").write_bytes(bytes(2**20))
    whole.virsh(1, "pool-refresh", "images")
    _guest(whole, "web0", 1, DISK.format("images", "disk.raw"))
    whole.virsh(2, "pool-destroy", "images")
    differs = f"fault: storage-pool-differs: storage pool images: its target is {whole.state}/elsewhere on 'node4' and "
    inactive = "fault: storage-pool-inactive: storage pool images: not active on 'node2'; running 'web0' needs it; "
    _found(whole.run(database, "validate"), 78, differs, inactive)


def test_a_bridge_is_looked_for_over_ssh_too(whole: Lab, database: Path) -> None:
    """In the lab libvirt sees the network devices of the whole machine."""
    card = "<interface type='bridge'><source bridge='br-lan'/></interface>"
    for node in (1, 2, 3):
        whole.do("exec", f"node{node}", "ip", "link", "add", "br-lan", "type", "bridge")
    try:
        _guest(whole, "web0", 1, card)
        start = "fault: bridge-missing: bridge br-lan: not on 'node4'; running 'web0' needs it; "
        _found(whole.run(database, "validate", **OVER_SSH), 78, start)
        whole.virsh(1, "destroy", "web0")
    finally:
        for node in (1, 2, 3):
            whole.do("exec", f"node{node}", "ip", "link", "del", "br-lan")


def test_a_domain_that_runs_twice_is_a_fault(whole: Lab, database: Path) -> None:
    """It is told once, with the command that ends it."""
    whole.do("guest", "dns0", "1")
    uuid = whole.virsh(1, "domuuid", "dns0").strip()
    whole.do("double-run", "dns0")
    start = f"fault: seen-twice: guest {uuid}: 'dns0' runs on 'node1', 'node4' at once, "
    ran = whole.run(database, "validate")
    _found(ran, 78, start)
    assert f"virsh destroy {uuid}" in ran.stdout


@pytest.mark.parametrize(("fault", "maintained"), [("kill-node", False), ("hang-daemon", False), ("hang-daemon", True)])
def test_a_node_that_does_not_answer_is_told_within_the_time_out(
    whole: Lab, database: Path, fault: str, maintained: bool
) -> None:
    """What the others have is compared, and a fault among them outranks it."""
    if maintained:
        assert program(database, "set-maintenance", "--name", "node4").returncode == 0
    whole.do(fault, "4")
    ran = whole.run(database, "validate")
    assert_clear(ran)
    assert (ran.status, ran.stdout.splitlines()[-1]) == (0 if maintained else 69, "3 nodes agree, without 'node4'")
    assert ("partial-view: node node4: " in ran.stderr) is not maintained
    assert ran.seconds < SECONDS + MARGIN
    _network(whole, "lan", 1)
    _guest(whole, "web0", 1, CARD.format("lan"))
    ran = whole.run(database, "validate")
    assert (ran.status, ran.stdout.splitlines()[-1]) == (78, "3 nodes asked, without 'node4': 1 fault")


def test_where_no_node_answers_there_is_one_line(whole: Lab, database: Path) -> None:
    """And no document."""
    for node in (1, 2, 3, 4):
        whole.do("stop-daemon", str(node))
    ran = whole.run(database, "validate", "--format", "json")
    assert (ran.status, ran.stdout, len(ran.lines)) == (69, "", 1)


def test_ssh_that_leads_one_way_alone_is_a_fault(whole: Lab, database: Path, tmp_path: Path) -> None:
    """First node1 has another key than the one that may log in, then it knows no host key."""
    whole.do("exec", "ctl", "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key"))
    with (
        _mounted(whole, 1, tmp_path / "key", f"{whole.state}/ssh/key"),
        _mounted(whole, 1, tmp_path / "key.pub", f"{whole.state}/ssh/key.pub"),
    ):
        start = "fault: ssh-key-missing: node node1: ssh does not lead from it to 'node2', 'node3', 'node4': none of"
        _found(whole.run(database, "validate", **OVER_SSH), 78, start)
    (tmp_path / "none").write_text("")
    with _mounted(whole, 1, tmp_path / "none", f"{whole.state}/ssh/known"):
        start = "fault: ssh-host-key-unknown: node node1: ssh from it does not know the host key of 'node2', 'node3', "
        _found(whole.run(database, "validate", **OVER_SSH), 78, start)


def test_an_account_that_is_not_root_is_enough_for_the_rest(whole: Lab, database: Path) -> None:
    """What it does not see is told."""
    ran = whole.run(database, "validate", LIBVIRT_URI="qemu+ssh://reader@{node}/system", LIBVIRT_TIMEOUT="30")
    assert (ran.status, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == [
        "note: not-checked: ssh trust between nodes: not checked on 'node1', 'node2', 'node3', 'node4': 'reader' does "
        "not see what root may",
        "4 nodes agree",
    ]


def test_a_clock_that_is_off_is_told(whole: Lab, database: Path, tmp_path: Path) -> None:
    """By a stand-in for date: namespaces share one clock."""
    stand_in(tmp_path / "bin", "date", 'exec /bin/date -d "+90 seconds" "$@"')
    with _mounted(whole, 3, tmp_path / "bin", "/usr/local/sbin"):
        ran = whole.run(database, "validate", **OVER_SSH)
    _found(ran, 78, "fault: clock-skew: node node3: its clock is about 90 s ahead of the others; ")


def test_a_lock_that_was_left_behind_is_told(whole: Lab, database: Path) -> None:
    """By the process that took it, killed while it waited for a node."""
    whole.do("hang-daemon", "4")
    ran = whole.shell(database, "vrd scan & sleep 2; pkill -9 -P $!; wait", LIBVIRT_TIMEOUT="20")
    whole.do("heal-node", "4")
    ran = whole.run(database, "validate")
    _found(ran, 0, "warning: lock-stale: lock scan: its process is gone, and whoever needs it next takes it over (")
    assert "run: vrd release-lock scan" in ran.stdout
