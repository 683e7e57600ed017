"""An operator puts a real libvirt node into maintenance, empties it, and brings load back."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.databases import execute
from tests.libvirt_lab import Lab, heavy_guest, is_silent
from tests.live import assert_clear

from virtualisation_resource_distributor.store.queries import read_model

DRAIN = ("set-maintenance", "--name", "node1", "--drain")


def _names(nodes: Lab, node: int) -> list[str]:
    return nodes.virsh(node, "list", "--name").split()


def _in_maintenance(database: Path) -> list[str]:
    return [node.name for node in read_model(database).nodes if node.maintenance]


def test_a_node_is_marked_and_its_drain_shown_and_made_only_with_yes(nodes: Lab, database: Path) -> None:
    """All that runs there moves live, a guest in no pool too; then the node can go."""
    for name, node in (("dns0", "1"), ("dns1", "3"), ("single", "1")):
        nodes.do("guest", name, node)
    shown = nodes.run(database, "set-maintenance", "--name", "node1")
    assert_clear(shown)
    assert (shown.status, shown.stderr) == (0, "")
    assert shown.stdout.startswith("'node1' is in maintenance.\n")
    assert "dns0" in shown.stdout
    assert _in_maintenance(database) == ["node1"]
    assert sorted(_names(nodes, 1)) == ["dns0", "single"]
    done = nodes.run(database, *DRAIN, "--yes")
    assert_clear(done)
    assert (done.status, done.stderr) == (0, ""), done
    assert "'dns0' was moved from 'node1' to 'node2', and runs there and nowhere else." in done.stdout
    assert done.stdout.endswith("'node1' is empty: 2 guests were moved.\n")
    assert _names(nodes, 1) == []
    assert is_silent(nodes.run(database))
    again = nodes.run(database, *DRAIN, "--yes")
    assert (again.status, again.stdout.splitlines()[-1]) == (0, "'node1' is empty: 0 guests were moved.")
    assert nodes.run(database, "clear-maintenance", "--name", "node1").status == 0
    back = nodes.run(database, "balance")
    assert_clear(back)
    assert (back.status, back.stderr) == (0, "")


def test_a_guest_that_can_not_leave_is_told_and_the_others_leave(nodes: Lab, database: Path) -> None:
    """It is on a local disk."""
    nodes.do("guest", "dns0", "1", "64", "local")
    nodes.do("guest", "web0", "1")
    done = nodes.run(database, *DRAIN, "--yes")
    assert_clear(done)
    assert done.status == 78
    assert "'dns0' stays on 'node1': it can't be moved live (disk vda is " in done.stderr
    assert _names(nodes, 1) == ["dns0"]


def test_an_interrupted_drain_is_taken_up_where_it_was(nodes: Lab, database: Path) -> None:
    """What was moved stays moved, and the guest that was on its way stays."""
    for name in ("dns0", "dns1"):
        nodes.do("guest", name, "1")
    heavy_guest(nodes, "web0", 1)
    ran = nodes.interrupt(database, lambda: any("web0" in _names(nodes, node) for node in (2, 3, 4)), *DRAIN, "--yes")
    assert ran.status == 130, ran
    assert "run the same again" in ran.stderr or "the same command goes on from there" in ran.stderr
    left = _names(nodes, 1)
    assert "web0" in left
    nodes.virsh(1, "migrate-setspeed", "web0", "1000")
    done = nodes.run(database, *DRAIN, "--yes")
    assert (done.status, done.stderr) == (0, ""), done
    assert done.stdout.endswith(f"'node1' is empty: {len(left)} guest{'s were' if len(left) > 1 else ' was'} moved.\n")
    assert _names(nodes, 1) == []


def _give_snapshot(nodes: Lab, name: str, node: int) -> None:
    """Write into libvirt's books that a guest has a snapshot; the lab's have no disks of which one could be made."""
    file = nodes.state / "snapshot.xml"
    facts = "<name>before</name><state>running</state><creationTime>1700000000</creationTime><memory snapshot='no'/>"
    xml = nodes.virsh(node, "dumpxml", "--inactive", name)
    file.write_text(f"<domainsnapshot>{facts}<disks/>{xml}</domainsnapshot>", encoding="utf-8")
    nodes.virsh(node, "snapshot-create", name, str(file), "--redefine")


def test_a_guest_that_can_not_leave_holds_no_other_up(nodes: Lab, database: Path) -> None:
    """Neither one that no libvirt moves, nor one whose name is taken on the node that would be best."""
    for name in ("dns0", "dns1", "web0"):
        nodes.do("define", name, "1")
    _give_snapshot(nodes, "dns0", 1)
    nodes.do("define", "dns1", "2")
    nodes.virsh(2, "destroy", "dns1")
    refused = nodes.run(database, "migrate-guest", "dns0", "--node", "node3")
    assert (refused.status, "'dns0' is not moved: it is locked (it has snapshots" in refused.stderr) == (78, True), (
        refused
    )
    done = nodes.run(database, *DRAIN, "--yes", LIBVIRT_TIMEOUT="10")
    assert_clear(done)
    assert done.status == 78, done
    assert _names(nodes, 1) == ["dns0"]
    nodes.virsh(1, "snapshot-delete", "dns0", "before", "--metadata")
    assert "'dns0' stays on 'node1': " in done.stderr
    assert "'web0' was moved" in done.stdout
    assert "'dns1' was moved" in done.stdout


def test_a_drain_ends_where_the_node_is_taken_back_meanwhile(nodes: Lab, database: Path) -> None:
    """It waits for a target, and looks once more before it moves a guest."""
    nodes.do("guest", "dns0", "1")
    row = "created_at, purpose, author, host, boot, process, started"
    values = "'2026-11-21T08:00:00Z', 'migrate-guest', 'me', 'elsewhere', 'b', 1, '0'"
    for node in (2, 3, 4):
        execute(database, f"INSERT INTO locks (name, {row}) VALUES ('node node{node}', {values})")
    with ThreadPoolExecutor(1) as pool:
        drained = pool.submit(nodes.run, database, *DRAIN, "--yes")
        while _in_maintenance(database) != ["node1"]:
            time.sleep(0.1)
        time.sleep(1)
        assert nodes.run(database, "clear-maintenance", "--name", "node1").status == 0
        done = drained.result()
    assert_clear(done)
    assert done.status == 78, done
    assert "'node1' is no longer in maintenance, so that nothing more is moved; 0 guests were moved" in done.stderr
    assert _names(nodes, 1) == ["dns0"]


def test_a_definition_that_would_start_a_guest_twice_is_told_of_an_empty_node(nodes: Lab, database: Path) -> None:
    """It was moved by hand, and the node would start it again when it boots."""
    nodes.do("define", "dns0", "1")
    nodes.virsh(1, "autostart", "dns0")
    nodes.migrate("dns0", 1, 3, "--persistent")
    done = nodes.run(database, *DRAIN, "--yes")
    assert_clear(done)
    assert (done.status, "'node1' is empty" in done.stdout) == (78, True), done
    assert "autostart-twice: " in done.stderr
    assert "on 'node1' run: virsh autostart --disable" in done.stderr


def test_a_node_that_can_not_be_asked_is_never_called_empty(nodes: Lab, database: Path) -> None:
    """It is marked all the same, and nobody says that nothing has to be moved."""
    nodes.do("guest", "dns0", "1")
    nodes.do("hang-daemon", "1")
    for asked, status in ((DRAIN[:3], 0), (DRAIN, 69), (("drain", "--name", "node1"), 69)):
        shown = nodes.run(database, *asked)
        assert_clear(shown)
        assert (shown.status, "othing" in shown.stdout) == (status, False), shown
        assert "partial-view: node node1: it can't be asked what runs there" in shown.stderr
    done = nodes.run(database, *DRAIN, "--yes")
    assert_clear(done)
    assert done.status == 69, done
    assert "empty" not in done.stdout
    assert _in_maintenance(database) == ["node1"]


def test_wrong_calls_mark_nothing(nodes: Lab, database: Path) -> None:
    """A name that is none, --yes alone, and Proxmox VE."""
    assert nodes.run(database, "set-maintenance", "--name", "nodel").status == 64
    assert nodes.run(database, "set-maintenance", "--name", "node1", "--yes").status == 64
    assert nodes.run(database, *DRAIN, SOURCE="proxmox").status == 64
    assert _in_maintenance(database) == []
