"""An operator's cron job scans real libvirt nodes, and list-guests tells what is known of them."""

import json
from pathlib import Path

from tests.databases import program
from tests.libvirt_lab import SECONDS, Lab, assert_told, is_silent, two_apart
from tests.live import assert_clear

from virtualisation_resource_distributor.store.locks import locked


def _guests(nodes: Lab, database: Path, *options: str) -> dict[tuple[str, str], dict[str, object]]:
    ran = nodes.run(database, "list-guests", "--format", "json", *options)
    assert_clear(ran)
    assert ran.status == 0, ran.stderr
    return {(row["name"], row["node"]): row for row in json.loads(ran.stdout)["guests"]}


def test_a_scan_is_silent_and_keeps_what_runs_where_with_all_facts(nodes: Lab, database: Path) -> None:
    """State and reason are libvirt's; a definition without a guest is listed as stopped."""
    nodes.do("guest", "dns0", "1", "64", "shared")
    nodes.do("define", "dns1", "3")
    nodes.virsh(3, "autostart", "dns1")
    nodes.virsh(3, "destroy", "dns1")
    assert is_silent(nodes.run(database, "scan"))
    guests = _guests(nodes, database)
    assert guests.keys() == {("dns0", "node1"), ("dns1", "node3")}
    running, stopped = guests["dns0", "node1"], guests["dns1", "node3"]
    assert [running[key] for key in ("status", "reason", "pool", "memory_bytes", "persistent")] == [
        "running",
        "booted",
        "dns",
        64 * 2**20,
        False,
    ]
    assert running["disks"] == [f"{nodes.state}/shared/dns0.raw"]
    assert [stopped[key] for key in ("status", "reason", "persistent", "autostart")] == [
        "stopped",
        "destroyed",
        True,
        True,
    ]
    assert guests == _guests(nodes, database, "--pool", "dns", "--name", "d*")
    assert _guests(nodes, database, "--node", "node1", "--status", "running").keys() == {("dns0", "node1")}
    listed = nodes.run(database, "list-nodes").stdout.splitlines()
    assert [line.split("\t")[0] for line in listed] == ["node1", "node2", "node3", "node4"]
    assert "QEMU" in listed[0]


def test_what_was_known_of_a_node_that_is_gone_stays_and_is_marked(nodes: Lab, database: Path) -> None:
    """And what is new on the others is told all the same; a node in maintenance is no trouble."""
    two_apart(nodes)
    assert is_silent(nodes.run(database, "scan"))
    seen_at = _guests(nodes, database)["dns1", "node3"]["seen_at"]
    nodes.do("kill-node", "3")
    nodes.do("guest", "dns2", "2")
    assert_told(nodes.run(database, "scan"), 69, "partial-view: node node3: ")
    guests = _guests(nodes, database)
    assert guests.keys() == {("dns0", "node1"), ("dns1", "node3"), ("dns2", "node2")}
    assert guests["dns1", "node3"]["seen_at"] == seen_at
    assert "no answer at " in str(guests["dns1", "node3"]["remark"])
    assert guests["dns0", "node1"]["remark"] is None
    assert program(database, "set-maintenance", "--name", "node3").returncode == 0
    assert is_silent(nodes.run(database, "scan"))


def test_a_scan_notices_a_domain_that_was_started_on_two_nodes(nodes: Lab, database: Path) -> None:
    """Behind everybody's back; list-guests then has both."""
    two_apart(nodes)
    nodes.do("double-run", "dns1")
    assert_told(nodes.run(database, "scan"), 65, "seen-twice: ", "dns1")
    assert len([name for name, _ in _guests(nodes, database) if name == "dns1"]) == 2


def test_a_daemon_that_hangs_does_not_hold_up_the_scan_of_the_rest(nodes: Lab, database: Path) -> None:
    """It ends within the time-out and a second, and the rest is kept."""
    two_apart(nodes)
    nodes.do("hang-daemon", "4")
    ran = nodes.run(database, "scan")
    assert_told(ran, 69, "node node4: no whole answer")
    assert ran.seconds < SECONDS + 1
    assert _guests(nodes, database).keys() == {("dns0", "node1"), ("dns1", "node3")}


def test_one_node_can_be_scanned_alone(nodes: Lab, database: Path) -> None:
    """What is known of the others stays as it is; a name that is none is refused with those near it."""
    two_apart(nodes)
    assert is_silent(nodes.run(database, "scan", "--name", "node1"))
    assert _guests(nodes, database).keys() == {("dns0", "node1")}
    assert is_silent(nodes.run(database, "scan", "--name", "node3"))
    assert _guests(nodes, database).keys() == {("dns0", "node1"), ("dns1", "node3")}
    ran = nodes.run(database, "scan", "--name", "nodel")
    assert_told(ran, 64, "there is no node 'nodel'; near it: ")


def test_two_scans_are_kept_apart(nodes: Lab, database: Path) -> None:
    """The second says who is at it; when the first has ended, the way is free."""
    with locked(database, "scan", "scan"):
        assert_told(nodes.run(database, "scan"), 75, "'scan' is locked by ")
    assert is_silent(nodes.run(database, "scan"))


def test_the_lock_of_a_scan_that_was_killed_is_taken_over(nodes: Lab, database: Path) -> None:
    """Its process is gone from this machine, so nobody has to be asked."""
    nodes.do("hang-daemon", "4")
    ran = nodes.shell(database, "vrd scan & sleep 1.2; pkill -9 -P $!; wait $!; vrd scan")
    assert ran.status == 69, ran
    assert [line for line in ran.lines if "Killed" not in line and "node4" not in line] == []
    assert sum("node4" in line for line in ran.lines) == 1


def test_without_a_scan_there_is_nothing_to_list(nodes: Lab, database: Path) -> None:
    """It says so, and how to see what is live."""
    two_apart(nodes)
    assert_told(nodes.run(database, "list-guests"), 65, "run scan")
    assert _guests(nodes, database, "--live").keys() == {("dns0", "node1"), ("dns1", "node3")}
