"""Guests in states that are neither up nor down: crashed and kept, saved, on their way."""

import os
import time
from pathlib import Path

import pytest
from tests.acts import run_kept
from tests.libvirt_lab import Lab
from tests.live import Ran, assert_clear


def _told(ran: Ran, status: int, *parts: str) -> None:
    assert_clear(ran)
    assert (ran.status, ran.stdout) == (status, ""), ran
    for part in parts:
        assert part in ran.stderr, ran.stderr


def _state(nodes: Lab, name: str, node: int) -> str:
    return nodes.virsh(node, "domstate", "--reason", name).strip()


def test_a_guest_that_crashed_and_is_kept_is_neither_started_elsewhere_nor_forgotten(
    nodes: Lab, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its QEMU is there still, with its disks; only to end it is possible."""
    monkeypatch.setitem(os.environ, "ON_CRASH", "preserve")
    run_kept(nodes, database, "dns0", 1)
    time.sleep(2)
    nodes.virsh(1, "send-key", "dns0", "KEY_P")
    while _state(nodes, "dns0", 1) != "crashed (panicked)":
        time.sleep(0.1)
    started = nodes.run(database, "start-guest", "dns0", "--node", "node3", "--yes")
    _told(started, 78, "'dns0' is not started: it is active on 'node1' already (crashed, panicked)")
    _told(nodes.run(database, "migrate-guest", "dns0", "--node", "node3", "--yes"), 78, "it is of status crashed")
    drained = nodes.run(database, "set-maintenance", "--name", "node1", "--drain", "--yes")
    assert (drained.status, drained.stdout) == (78, "'node1' is in maintenance.\n"), drained
    assert "'node1' is not empty: 'dns0' comes or goes, or has crashed and is kept" in drained.stderr
    stopped = nodes.run(database, "stop-guest", "dns0", "--timeout", "1", "--yes")
    _told(stopped, 78, "'dns0' is not stopped: it has crashed and is kept", "--hard ends it")
    ended = nodes.run(database, "stop-guest", "dns0", "--hard", "--yes")
    assert (ended.status, ended.stderr) == (0, ""), ended
    assert _state(nodes, "dns0", 1) == "shut off (destroyed)"


def test_a_guest_whose_state_is_saved_is_started_nowhere(nodes: Lab, database: Path) -> None:
    """It would go on from a state that knows nothing of what was done to its disks since.

    A daemon that has started anew no longer tells that as the reason, and one that was told to forget the state does.
    """
    run_kept(nodes, database, "dns0", 1)
    nodes.virsh(1, "managedsave", "dns0")
    nodes.do("stop-daemon", "1")
    nodes.do("heal-node", "1")
    for node in ("node1", "node3"):
        ran = nodes.run(database, "start-guest", "dns0", "--node", node, "--yes")
        _told(ran, 78, "its state is saved on 'node1'", "virsh managedsave-remove")
    assert nodes.run(database, "scan").status == 0
    assert "has a saved state" in nodes.run(database, "list-guests").stdout
    nodes.virsh(1, "managedsave-remove", "dns0")
    assert nodes.run(database, "start-guest", "dns0", "--node", "node1", "--yes").status == 0
    assert _state(nodes, "dns0", 1) == "running (booted)"
    nodes.virsh(1, "managedsave", "dns0")
    nodes.virsh(1, "managedsave-remove", "dns0")
    assert _state(nodes, "dns0", 1) == "shut off (saved)"
    assert nodes.run(database, "start-guest", "dns0", "--node", "node3", "--yes").status == 0


def test_a_guest_on_its_way_is_not_stopped(nodes: Lab, database: Path) -> None:
    """Whichever node is named: its end would be that of a migration."""
    nodes.do("guest", "dns0", "1", "256")
    with nodes.start_migration("dns0", 1, 3) as migration:
        while "dns0" not in nodes.virsh(3, "list", "--name").split():
            assert migration.poll() is None
        stop = ("stop-guest", "dns0", "--hard", "--yes", "--node", "node3")
        ran = nodes.run(database, *stop, LIBVIRT_TIMEOUT="20")
        came = migration.wait()
    _told(ran, 78, "'dns0' is not stopped: it is being migrated from 'node1'")
    assert came == 0
    assert _state(nodes, "dns0", 3).startswith("running")
