"""An operator moves named guests live between real libvirt nodes."""

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.acts import places, told
from tests.libvirt_lab import Lab, after, heavy_guest
from tests.live import assert_clear

MOVE_SECONDS = "10"


def test_a_guest_is_moved_live_and_runs_there_and_only_there(nodes: Lab, database: Path) -> None:
    """It never boots anew; what it does to its pool is told before."""
    nodes.do("guest", "dns0", "1")
    nodes.do("guest", "dns1", "2")
    shown = nodes.run(database, "migrate-guest", "dns1", "--node", "node3")
    told(shown, 0, "'dns1' would be moved live from 'node2' to 'node3'", "Pool 'dns' is spread better by it")
    assert "virsh --connect qemu+tcp://node2/system migrate --live --persistent " in shown.stdout
    assert places(nodes, "dns1") == [2]
    ran = nodes.run(database, "migrate-guest", "dns1", "--node", "node3", "--yes", LIBVIRT_TIMEOUT=MOVE_SECONDS)
    told(ran, 0, "'dns1' was moved from 'node2' to 'node3', and runs there and nowhere else")
    assert places(nodes, "dns1") == [3]
    assert "migrated" in nodes.virsh(3, "domstate", "--reason", "dns1")
    told(nodes.run(database, "migrate-guest", "dns1", "--node", "node3", "--yes"), 78, "it runs on 'node3' already")


def test_a_move_that_nothing_permits_is_refused_before_anything_is_done(nodes: Lab, database: Path) -> None:
    """A local disk, no room, and a target that can't be asked."""
    nodes.do("guest", "dns0", "1", "64", "local")
    nodes.do("guest", "dns1", "1")
    local = nodes.run(database, "migrate-guest", "dns0", "--node", "node3", "--yes")
    told(local, 78, "it can't be moved live (disk vda is ", "LIBVIRT_SHARED_STORAGE")
    full = nodes.run(database, "migrate-guest", "dns1", "--node", "node3", "--yes", NODE_MEMORY_LIMIT="0%")
    told(full, 78, "of memory free that it needs")
    nodes.do("define", "dns1", "3")
    uuid = nodes.virsh(1, "domuuid", "dns1").strip()
    namesake = nodes.run(database, "migrate-guest", uuid, "--node", "node3", "--yes")
    told(namesake, 78, "another domain has its name there")
    told(nodes.run(database, "validate"), 0, "warning: name-twice: name dns1: it is the name of 2 domains")
    nodes.virsh(3, "undefine", "dns1")
    nodes.do("kill-node", "3")
    told(nodes.run(database, "migrate-guest", "dns1", "--node", "node3", "--yes"), 69, "'node3' can't be asked")
    assert places(nodes, "dns1", among=(1, 2, 4)) == [1]


def test_a_target_that_dies_in_the_middle_leaves_the_guest_where_it_was_and_says_so(nodes: Lab, database: Path) -> None:
    """It runs on, and nothing is left half done."""
    heavy_guest(nodes, "dns0", 1)
    with ThreadPoolExecutor(1) as pool:
        killed = pool.submit(after, 3, lambda: nodes.do("kill-node", "4"))
        ran = nodes.run(database, "migrate-guest", "dns0", "--node", "node4", "--yes", LIBVIRT_TIMEOUT="3")
        killed.result()
    told(ran, 78, "'dns0' was not moved to 'node4': ", "it runs on 'node1' as before", "'node4' can't be asked")
    assert places(nodes, "dns0", among=(1, 2, 3)) == [1]


@pytest.mark.parametrize(("transport", "pressed"), [("tcp", signal.SIGHUP), ("ssh", signal.SIGINT)])
def test_an_interrupted_move_is_aborted_and_told(
    nodes: Lab, database: Path, transport: str, pressed: signal.Signals
) -> None:
    """Ctrl-C stops it, or a terminal that closes, and the guest stays; the nodes are not lost by it."""
    heavy_guest(nodes, "dns0", 1)
    reached = {"LIBVIRT_URI": f"qemu+{transport}://{{node}}/system", "LIBVIRT_TIMEOUT": "10"}
    ran = nodes.interrupt(
        database,
        lambda: places(nodes, "dns0") == [1, 2],
        *("migrate-guest", "dns0", "--node", "node2", "--yes"),
        pressed=pressed,
        settings=reached,
    )
    assert_clear(ran)
    assert ran.status == 130, ran
    assert "it runs on 'node1' as before, and nowhere else" in ran.stderr
    assert "can't be asked" not in ran.stderr
    assert places(nodes, "dns0") == [1]
