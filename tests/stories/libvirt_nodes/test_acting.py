"""An operator starts, stops and moves named guests on real libvirt nodes."""

import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.libvirt_lab import SECONDS, Lab, after, heavy_guest, is_silent
from tests.live import Ran, assert_clear

from virtualisation_resource_distributor.cluster.definition import Definition
from virtualisation_resource_distributor.cluster.names import GuestId
from virtualisation_resource_distributor.store.definitions import add_definitions
from virtualisation_resource_distributor.store.wanted import read_wanted_down

MOVE_SECONDS = "10"


def _keep(nodes: Lab, database: Path, name: str, node: int, *, disk: str = "none", then: str = "undefine") -> str:
    """Store a guest's definition, take it from the node, and return its UUID."""
    nodes.do("define", name, str(node), "64", disk)
    uuid = nodes.virsh(node, "domuuid", name).strip()
    xml = nodes.virsh(node, "dumpxml", "--inactive", name)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    kept = Definition(GuestId(uuid), name, 0, now, "root", f"node node{node}", xml)
    add_definitions(database, [kept])
    nodes.virsh(node, "destroy", name)
    if then == "undefine":
        nodes.virsh(node, "undefine", name)
    return uuid


def _places(nodes: Lab, name: str, *, among: tuple[int, ...] = (1, 2, 3, 4)) -> list[int]:
    return [node for node in among if name in nodes.virsh(node, "list", "--name").split()]


def _told(ran: Ran, status: int, *parts: str) -> None:
    assert_clear(ran)
    assert ran.status == status, ran
    text = ran.stdout + ran.stderr
    for part in parts:
        assert part in text, text


def test_a_guest_is_started_where_its_pool_is_spread_best_and_nowhere_twice(nodes: Lab, database: Path) -> None:
    """It is shown first; a second start is refused, and one whose name is not known too."""
    nodes.do("guest", "dns0", "1")
    _keep(nodes, database, "dns1", 1)
    shown = nodes.run(database, "start-guest", "dns1")
    _told(shown, 0, "'dns1' would be started on 'node3' in zone 'b'", "Its pool then uses zone:0 2 of 2", "--yes")
    assert _places(nodes, "dns1") == []
    _told(nodes.run(database, "start-guest", "dns1", "--yes"), 0, "'dns1' was started on 'node3'")
    assert _places(nodes, "dns1") == [3]
    assert is_silent(nodes.run(database))
    again = nodes.run(database, "start-guest", "dns1", "--node", "node1", "--yes")
    _told(again, 78, "'dns1' is not started: it is active on 'node3' already (running, booted)")
    _told(nodes.run(database, "start-guest", "dsn1"), 64, "there is no guest 'dsn1'; near it: 'dns1'")
    _told(nodes.run(database, "start-guest", "dns1", "--node", "nodel"), 64, "there is no node 'nodel'; near it: ")
    _told(nodes.run(database, "start-guest", "dns0"), 64, "no definition of 'dns0' is stored", "import-definition")


def test_what_is_shown_can_be_done_by_hand(nodes: Lab, database: Path) -> None:
    """The line that starts it is a shell's."""
    _keep(nodes, database, "dns0", 2, then="leave")
    shown = nodes.run(database, "start-guest", "dns0", "--node", "node2")
    line = next(line for line in shown.stdout.splitlines() if " start " in line)
    assert nodes.shell(database, line).status == 0
    assert _places(nodes, "dns0") == [2]


def test_a_guest_on_a_node_that_is_cut_off_is_startable_nowhere_else(nodes: Lab, database: Path) -> None:
    """It runs on there, unseen; only who says so in so many words can have it twice."""
    uuid = _keep(nodes, database, "dns0", 3, then="leave")
    nodes.virsh(3, "start", "dns0")
    nodes.do("cut-node", "3")
    ran = nodes.run(database, "start-guest", "dns0", "--yes")
    _told(ran, 69, "'dns0' is not started: it may run on 'node3', which can't be asked", "destroy them")
    assert _places(nodes, "dns0", among=(1, 2, 4)) == []
    wrong = nodes.run(database, "start-guest", uuid, "--even-if-unreachable", "node2", "--yes")
    _told(wrong, 69, "it may run on 'node3'")
    ran = nodes.run(database, "start-guest", uuid, "--even-if-unreachable", "node3", "--node", "node1", "--yes")
    _told(ran, 0, "'dns0' was started on 'node1'", "Mind: it is not known whether it runs on 'node3'")
    assert _places(nodes, "dns0", among=(1, 2, 4)) == [1]


def test_of_two_starts_at_once_one_wins(nodes: Lab, database: Path) -> None:
    """Whatever node each of them would have taken."""
    _keep(nodes, database, "dns0", 1)
    starts = [("start-guest", "dns0", "--node", node, "--yes") for node in ("node1", "node2", "node3", "node4")]
    with ThreadPoolExecutor(4) as pool:
        ran = list(pool.map(lambda arguments: nodes.run(database, *arguments), starts))
    for one in ran:
        assert_clear(one)
    assert sorted(one.status == 0 for one in ran) == [False, False, False, True], ran
    assert {one.status for one in ran} <= {0, 75, 78}
    assert len(_places(nodes, "dns0")) == 1


def test_two_members_of_a_pool_that_are_started_at_once_are_spread(nodes: Lab, database: Path) -> None:
    """The second one waits until the first is seen to run."""
    for name in ("dns0", "dns1"):
        _keep(nodes, database, name, 1)
    with ThreadPoolExecutor(2) as pool:
        starts = [pool.submit(nodes.run, database, "start-guest", name, "--yes") for name in ("dns0", "dns1")]
        told = [start.result() for start in starts]
    for ran in told:
        _told(ran, 0, "was started on 'node")
    assert sum("zone:0 2 of 2" in ran.stdout for ran in told) == 1
    assert is_silent(nodes.run(database))


def test_a_definition_that_a_start_overwrites_is_told_before_and_after(nodes: Lab, database: Path) -> None:
    """What was changed on the node alone would be lost in silence."""
    _keep(nodes, database, "dns0", 2, then="leave")
    nodes.virsh(2, "setmaxmem", "dns0", "96M", "--config")
    lost = "Mind: the definition that 'node2' has is not the kept one, and is overwritten: "
    _told(nodes.run(database, "start-guest", "dns0", "--node", "node2"), 0, lost, "100663296")
    _told(nodes.run(database, "start-guest", "dns0", "--node", "node3"), 0, "that 'node2' has is not the kept one: ")
    _told(nodes.run(database, "start-guest", "dns0", "--node", "node2", "--yes"), 0, lost, "100663296")


def test_a_disk_that_is_in_use_elsewhere_keeps_a_guest_down(nodes: Lab, database: Path) -> None:
    """Two that write to one disk destroy it, whatever they are called."""
    uuid = _keep(nodes, database, "dns0", 1, disk="shared")
    other = (nodes.state / "dns0-again.xml").resolve()
    versions = [one for one in _stored(database) if one.uuid == uuid]
    xml = versions[-1].xml.replace(uuid, "0b5b9fcd-7e6e-4a3e-9f0e-2c5f7b1f0a11").replace("<name>dns0<", "<name>copy<")
    other.write_text(xml, encoding="utf-8")
    nodes.virsh(2, "create", str(other))
    storage = f'["{nodes.state}/shared"]'
    ran = nodes.run(database, "start-guest", "dns0", "--yes", LIBVIRT_SHARED_STORAGE=storage)
    _told(ran, 78, "its disk vda is in use by 'copy' on 'node2'")
    assert _places(nodes, "dns0") == []


def _stored(database: Path) -> tuple[Definition, ...]:
    from virtualisation_resource_distributor.store.definitions import read_definitions

    return read_definitions(database)


def test_a_node_without_room_or_in_maintenance_takes_nobody(nodes: Lab, database: Path) -> None:
    """And says why."""
    _keep(nodes, database, "dns0", 1)
    full = nodes.run(database, "start-guest", "dns0", "--yes", NODE_MEMORY_LIMIT="0%")
    _told(full, 78, "not on 'node1': 'node1' has 0.0 of 64.0 MiB of memory free that it needs", "not on 'node4'")
    assert nodes.run(database, "set-maintenance", "--name", "node2").status == 0
    ran = nodes.run(database, "start-guest", "dns0", "--node", "node2", "--yes")
    _told(ran, 78, "not on 'node2': it is in maintenance")
    moved = nodes.run(database, "migrate-guest", "dns0", "--node", "node2")
    _told(moved, 78, "'dns0' is not moved: it runs on no node")


def test_a_guest_that_is_stopped_stays_down_until_it_is_started(nodes: Lab, database: Path) -> None:
    """It no longer starts with its node, and does so again afterwards."""
    uuid = _keep(nodes, database, "dns0", 1, then="leave")
    nodes.virsh(1, "start", "dns0")
    nodes.virsh(1, "autostart", "dns0")
    time.sleep(2)
    _told(nodes.run(database, "stop-guest", "dns0"), 0, "'dns0' would be stopped on 'node1'", "autostart --disable")
    assert _places(nodes, "dns0") == [1]
    _told(nodes.run(database, "stop-guest", "dns0", "--yes"), 0, "'dns0' was stopped on 'node1'", "to stay down")
    assert _places(nodes, "dns0") == []
    assert [(one.uuid, one.autostart) for one in read_wanted_down(database)] == [(uuid, True)]
    assert "disable" in nodes.virsh(1, "dominfo", "dns0").split("Autostart:")[1].splitlines()[0]
    _told(nodes.run(database, "stop-guest", "dns0", "--yes"), 0, "'dns0' runs nowhere")
    shown = nodes.run(database, "start-guest", "dns0", "--node", "node1")
    _told(shown, 0, "It starts with 'node1' from then on", f"virsh --connect qemu+tcp://node1/system autostart {uuid}")
    _told(nodes.run(database, "start-guest", "dns0", "--node", "node1", "--yes"), 0, "was started on 'node1'")
    assert read_wanted_down(database) == ()
    assert "enable" in nodes.virsh(1, "dominfo", "dns0").split("Autostart:")[1].splitlines()[0]


def test_a_guest_that_does_not_listen_is_told_and_can_be_stopped_hard(nodes: Lab, database: Path) -> None:
    """Paused, nobody can even ask; without a system that hears its power button, libvirt asks in vain."""
    nodes.do("guest", "dns0", "2")
    time.sleep(2)
    nodes.virsh(2, "suspend", "dns0")
    ran = nodes.run(database, "stop-guest", "dns0", "--timeout", "1", "--yes")
    _told(ran, 78, "'dns0' is not stopped: it is paused, and hears no request", "--hard")
    deaf = nodes.state / "deaf.xml"
    xml = nodes.virsh(2, "dumpxml", "--inactive", "dns0")
    deaf.write_text(re.sub("<kernel>.*</kernel>", "", xml), encoding="utf-8")
    nodes.virsh(2, "destroy", "dns0")
    nodes.virsh(2, "create", str(deaf))
    ran = nodes.run(database, "stop-guest", "dns0", "--timeout", "1", "--yes")
    _told(ran, 78, "'dns0' was not stopped on 'node2': it still runs after 1 s", "it was asked", "--hard")
    _told(nodes.run(database, "stop-guest", "dns0", "--hard", "--yes"), 0, "'dns0' was stopped on 'node2'")
    assert _places(nodes, "dns0") == []


def test_a_guest_that_was_started_twice_behind_everybodys_back_is_noticed_by_all(nodes: Lab, database: Path) -> None:
    """Whoever looks."""
    _keep(nodes, database, "dns0", 1, then="leave")
    nodes.virsh(1, "start", "dns0")
    nodes.do("double-run", "dns0")
    _told(nodes.run(database), 65, "seen-twice: ")
    _told(nodes.run(database, "scan"), 65, "seen-twice: ")
    _told(nodes.run(database, "validate"), 78, "fault: seen-twice: guest ", "'dns0' runs on 'node1', 'node")
    _told(nodes.run(database, "start-guest", "dns0", "--yes"), 78, "it is active on 'node1' already")


def test_a_guest_of_which_no_node_keeps_a_definition_is_kept_before_it_is_stopped(nodes: Lab, database: Path) -> None:
    """It could not be started again else."""
    nodes.do("guest", "dns0", "1")
    time.sleep(2)
    _told(nodes.run(database, "stop-guest", "dns0"), 0, "it would be gone; the database keeps it first")
    _told(nodes.run(database, "stop-guest", "dns0", "--yes"), 0, "was stopped", "its definition is kept as version 1")
    assert nodes.virsh(1, "list", "--all", "--name").split() == []
    _told(nodes.run(database, "start-guest", "dns0", "--node", "node3", "--yes"), 0, "was started on 'node3'")
    assert _places(nodes, "dns0") == [3]


def test_one_of_two_copies_can_be_stopped_by_naming_its_node(nodes: Lab, database: Path) -> None:
    """Nothing else is done with a guest that runs twice."""
    nodes.do("guest", "dns0", "1")
    nodes.do("double-run", "dns0")
    (other,) = set(_places(nodes, "dns0")) - {1}
    _told(nodes.run(database, "stop-guest", "dns0", "--hard", "--yes"), 78, "at once; say with --node")
    _told(nodes.run(database, "migrate-guest", "dns0", "--node", "node4", "--yes"), 78, "at once")
    ran = nodes.run(database, "stop-guest", "dns0", "--hard", "--node", f"node{other}", "--yes")
    _told(ran, 0, f"'dns0' was stopped on 'node{other}'.")
    assert _places(nodes, "dns0") == [1]
    assert read_wanted_down(database) == ()


def test_a_guest_is_moved_live_and_runs_there_and_only_there(nodes: Lab, database: Path) -> None:
    """It never boots anew; what it does to its pool is told before."""
    nodes.do("guest", "dns0", "1")
    nodes.do("guest", "dns1", "2")
    shown = nodes.run(database, "migrate-guest", "dns1", "--node", "node3")
    _told(shown, 0, "'dns1' would be moved live from 'node2' to 'node3'", "Pool 'dns' is spread better by it")
    assert "virsh --connect qemu+tcp://node2/system migrate --live --persistent " in shown.stdout
    assert _places(nodes, "dns1") == [2]
    ran = nodes.run(database, "migrate-guest", "dns1", "--node", "node3", "--yes", LIBVIRT_TIMEOUT=MOVE_SECONDS)
    _told(ran, 0, "'dns1' was moved from 'node2' to 'node3', and runs there and nowhere else")
    assert _places(nodes, "dns1") == [3]
    assert "migrated" in nodes.virsh(3, "domstate", "--reason", "dns1")
    _told(nodes.run(database, "migrate-guest", "dns1", "--node", "node3", "--yes"), 78, "it runs on 'node3' already")


def test_a_move_that_nothing_permits_is_refused_before_anything_is_done(nodes: Lab, database: Path) -> None:
    """A local disk, no room, and a target that can't be asked."""
    nodes.do("guest", "dns0", "1", "64", "local")
    nodes.do("guest", "dns1", "1")
    local = nodes.run(database, "migrate-guest", "dns0", "--node", "node3", "--yes")
    _told(local, 78, "it can't be moved live (disk vda is ", "LIBVIRT_SHARED_STORAGE")
    full = nodes.run(database, "migrate-guest", "dns1", "--node", "node3", "--yes", NODE_MEMORY_LIMIT="0%")
    _told(full, 78, "of memory free that it needs")
    nodes.do("define", "dns1", "3")
    uuid = nodes.virsh(1, "domuuid", "dns1").strip()
    namesake = nodes.run(database, "migrate-guest", uuid, "--node", "node3", "--yes")
    _told(namesake, 78, "another domain has its name there")
    _told(nodes.run(database, "validate"), 0, "warning: name-twice: name dns1: it is the name of 2 domains")
    nodes.virsh(3, "undefine", "dns1")
    nodes.do("kill-node", "3")
    _told(nodes.run(database, "migrate-guest", "dns1", "--node", "node3", "--yes"), 69, "'node3' can't be asked")
    assert _places(nodes, "dns1", among=(1, 2, 4)) == [1]


def test_a_target_that_dies_in_the_middle_leaves_the_guest_where_it_was_and_says_so(nodes: Lab, database: Path) -> None:
    """It runs on, and nothing is left half done."""
    heavy_guest(nodes, "dns0", 1)
    with ThreadPoolExecutor(1) as pool:
        killed = pool.submit(after, 3, lambda: nodes.do("kill-node", "4"))
        ran = nodes.run(database, "migrate-guest", "dns0", "--node", "node4", "--yes", LIBVIRT_TIMEOUT="3")
        killed.result()
    _told(ran, 78, "'dns0' was not moved to 'node4': ", "it runs on 'node1' as before", "'node4' can't be asked")
    assert _places(nodes, "dns0", among=(1, 2, 3)) == [1]


@pytest.mark.parametrize(("transport", "pressed"), [("tcp", signal.SIGHUP), ("ssh", signal.SIGINT)])
def test_an_interrupted_move_is_aborted_and_told(
    nodes: Lab, database: Path, transport: str, pressed: signal.Signals
) -> None:
    """Ctrl-C stops it, or a terminal that closes, and the guest stays; the nodes are not lost by it."""
    heavy_guest(nodes, "dns0", 1)
    reached = {"LIBVIRT_URI": f"qemu+{transport}://{{node}}/system", "LIBVIRT_TIMEOUT": "10"}
    ran = nodes.interrupt(
        database, 5, "migrate-guest", "dns0", "--node", "node2", "--yes", pressed=pressed, settings=reached
    )
    assert_clear(ran)
    assert ran.status == 130, ran
    assert "it runs on 'node1' as before, and nowhere else" in ran.stderr
    assert "can't be asked" not in ran.stderr
    assert _places(nodes, "dns0") == [1]


def test_a_daemon_that_hangs_holds_no_act_up(nodes: Lab, database: Path) -> None:
    """Neither a start elsewhere, nor a stop there."""
    _keep(nodes, database, "dns0", 1)
    nodes.do("guest", "dns1", "2")
    nodes.do("hang-daemon", "2")
    started = nodes.run(database, "start-guest", "dns0", "--yes")
    _told(started, 69, "it may run on 'node2'")
    stopped = nodes.run(database, "stop-guest", "dns1", "--yes")
    _told(stopped, 69, "no guest 'dns1' is seen", "it may be on 'node2', which can't be asked")
    assert max(started.seconds, stopped.seconds) < 3 * SECONDS + 2


def test_an_account_that_may_only_read_is_told_so(nodes: Lab, database: Path) -> None:
    """And nothing is done."""
    _keep(nodes, database, "dns0", 1)
    nodes.do("guest", "dns1", "1")
    reader = {"LIBVIRT_URI": "qemu+ssh://reader@{node}/system", "LIBVIRT_TIMEOUT": "20"}
    _told(nodes.run(database, "start-guest", "dns0", **reader), 0, "would be started")
    for arguments in (
        ("start-guest", "dns0"),
        ("stop-guest", "dns1"),
        ("stop-guest", "dns1", "--hard"),
        ("migrate-guest", "dns1", "--node", "node3"),
    ):
        refused = nodes.run(database, *arguments, "--yes", **reader)
        _told(
            refused, 77, "node 'node", "this account may only read there", "LIBVIRT_URI=qemu+ssh://root@{node}/system"
        )
        assert "read-only socket" not in refused.stderr
    assert _places(nodes, "dns0") == []
    assert _places(nodes, "dns1") == [1]
    assert read_wanted_down(database) == ()
