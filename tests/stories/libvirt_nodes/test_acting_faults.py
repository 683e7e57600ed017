"""A node, its libvirt or a definition fails in the middle of an act, or right before it."""

import re
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.libvirt_lab import Lab, after, heavy_guest
from tests.live import Ran, assert_clear

from virtualisation_resource_distributor.cluster.definition import Definition, WantedDown
from virtualisation_resource_distributor.cluster.names import GuestId
from virtualisation_resource_distributor.store.definitions import add_definitions
from virtualisation_resource_distributor.store.locks import read_locks
from virtualisation_resource_distributor.store.wanted import read_wanted_down, want_down

_MOST_SECONDS = 45
"""What a move may take to end of which one end hangs or dies; by itself it would wait for ever."""


def _move_while(nodes: Lab, database: Path, *fault: str) -> Ran:
    """Move a guest that takes 16 seconds to go from node1 to node4, and let something fail after three."""
    heavy_guest(nodes, "dns0", 1)
    with ThreadPoolExecutor(1) as pool:
        failed = pool.submit(after, 3, lambda: nodes.do(*fault))
        ran = nodes.run(database, "migrate-guest", "dns0", "--node", "node4", "--yes", LIBVIRT_TIMEOUT="3")
        failed.result()
    assert_clear(ran)
    assert ran.seconds < _MOST_SECONDS
    assert read_locks(database) == ()
    return ran


def _runs(nodes: Lab, node: int) -> bool:
    return "dns0" in nodes.virsh(node, "list", "--name").split()


@pytest.mark.parametrize("fault", ["stop-daemon", "hang-daemon"])
def test_a_target_whose_libvirt_fails_in_the_middle_leaves_the_guest_where_it_was(
    nodes: Lab, database: Path, fault: str
) -> None:
    """And that is told, and that nobody can look at the target."""
    ran = _move_while(nodes, database, fault, "4")
    assert (ran.status, ran.stdout) == (78, ""), ran
    assert "'dns0' was not moved to 'node4': " in ran.stderr
    assert "it runs on 'node1' as before" in ran.stderr
    assert "'node4' can't be asked" in ran.stderr
    assert _runs(nodes, 1)
    nodes.do("heal-node", "4")
    assert not _runs(nodes, 4)


@pytest.mark.parametrize("fault", ["stop-daemon", "cut-node"])
def test_of_a_source_that_fails_in_the_middle_nothing_is_claimed(nodes: Lab, database: Path, fault: str) -> None:
    """Nobody can tell whether it runs there still: what can't be asked is named, and it is never called moved."""
    ran = _move_while(nodes, database, fault, "1")
    assert (ran.status, ran.stdout) == (78, ""), ran
    assert "'node1' can't be asked" in ran.stderr
    assert "nowhere else" not in ran.stderr
    nodes.do("heal-node", "1")
    assert sum(_runs(nodes, node) for node in (1, 4)) == 1


def test_a_guest_that_can_not_be_started_is_told_with_what_it_leaves(nodes: Lab, database: Path) -> None:
    """Its kernel is not there, so QEMU ends at once; the definition was put onto the node all the same."""
    nodes.do("define", "dns0", "1")
    uuid = nodes.virsh(1, "domuuid", "dns0").strip()
    xml = re.sub("<kernel>.*</kernel>", "<kernel>/missing</kernel>", nodes.virsh(1, "dumpxml", "--inactive", "dns0"))
    nodes.virsh(1, "destroy", "dns0")
    nodes.virsh(1, "undefine", "dns0")
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    add_definitions(database, [Definition(GuestId(uuid), "dns0", 0, now, "root", "node node1", xml)])
    stopped = WantedDown(GuestId(uuid), "dns0", now, "root", autostart=True)
    want_down(database, stopped)
    ran = nodes.run(database, "start-guest", "dns0", "--node", "node3", "--yes", LIBVIRT_TIMEOUT="5")
    assert_clear(ran)
    assert (ran.status, ran.stdout) == (78, ""), ran
    assert "'dns0' was not started on 'node3' as it should be" in ran.stderr
    assert "it runs nowhere, and 'node3' has its definition" in ran.stderr
    assert "its mark that it is to stay down stays" in ran.stderr
    assert read_wanted_down(database) == (stopped,)
    assert nodes.virsh(3, "list", "--all", "--name").split() == ["dns0"]
    assert read_locks(database) == ()


def test_a_node_that_hangs_when_it_is_opened_for_writing_leaves_no_ssh_behind(nodes: Lab, database: Path) -> None:
    """It would go on trying for as long as the network does."""
    nodes.do("hang-daemon", "4")
    opening = """
import glob, sys, time
from virtualisation_resource_distributor.actions.connect import Actor
try:
    Actor("node4", "qemu+ssh://node4/system?no_tty=1", 4)
except Exception as error:
    print(type(error).__name__)
time.sleep(0.5)
ids = [id for file in glob.glob("/proc/self/task/*/children") for id in open(file).read().split()]
names = [open(f"/proc/{id}/stat").read().split()[1:3] for id in ids]
print([name for name, state in names if state != "Z"])
"""
    (database.parent / "opening.py").write_text(opening, encoding="utf-8")
    ran = nodes.shell(database, f"{sys.executable} opening.py")
    assert ran.stdout == "SourceUnavailable\n[]\n", ran


@pytest.mark.parametrize("fault", ["gone", "locked"])
def test_a_move_whose_database_fails_in_the_middle_is_told_as_it_ended(nodes: Lab, database: Path, fault: str) -> None:
    """What was done is known without it; the lock that is left is a dead process's, and in nobody's way."""
    heavy_guest(nodes, "dns0", 1)
    with closing(sqlite3.connect(database, isolation_level=None, check_same_thread=False)) as other:

        def fail() -> None:
            if fault == "gone":
                database.unlink()
            else:
                other.execute("BEGIN EXCLUSIVE")
            nodes.virsh(1, "migrate-setspeed", "dns0", "1000")

        with ThreadPoolExecutor(1) as pool:
            failed = pool.submit(after, 3, fail)
            ran = nodes.run(database, "migrate-guest", "dns0", "--node", "node4", "--yes", LIBVIRT_TIMEOUT="5")
            failed.result()
    assert_clear(ran)
    assert (ran.status, ran.stderr) == (0, ""), ran
    assert "'dns0' was moved from 'node1' to 'node4', and runs there and nowhere else" in ran.stdout
    if fault == "locked":
        for node in ("node1", "node4"):
            again = nodes.run(database, "migrate-guest", "dns0", "--node", node, "--yes", LIBVIRT_TIMEOUT="5")
            assert again.status == 0, again
        assert read_locks(database) == ()
