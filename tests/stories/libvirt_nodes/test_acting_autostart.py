"""A guest that starts with its node is moved to another one, and the old node boots again."""

from pathlib import Path

from tests.libvirt_lab import Lab, is_silent
from tests.live import assert_clear

LONG = {"LIBVIRT_TIMEOUT": "10"}


def _starts(nodes: Lab, name: str, node: int) -> bool:
    return name in nodes.virsh(node, "list", "--all", "--autostart", "--name").split()


def _boot(nodes: Lab, node: int) -> None:
    nodes.do("kill-node", str(node))
    nodes.do("heal-node", str(node))


def test_over_ssh_too_what_starts_a_guest_goes_with_it(nodes: Lab, database: Path) -> None:
    """To look at the nodes in between ends none of the ways to them."""
    ssh = {"LIBVIRT_URI": "qemu+ssh://{node}/system", "LIBVIRT_TIMEOUT": "20"}
    nodes.do("define", "dns0", "1")
    nodes.virsh(1, "autostart", "dns0")
    ran = nodes.run(database, "set-maintenance", "--name", "node1", "--drain", "--yes", **ssh)
    assert_clear(ran)
    assert (ran.status, ran.stderr) == (0, ""), ran
    assert "and no more with 'node1'" in ran.stdout
    assert [_starts(nodes, "dns0", node) for node in (1, 2, 3, 4)].count(True) == 1
    assert not _starts(nodes, "dns0", 1)


def test_a_guest_that_was_moved_starts_with_its_new_node_only(nodes: Lab, database: Path) -> None:
    """The old node boots, and does not start it a second time; the new one does start it."""
    nodes.do("define", "dns0", "1")
    nodes.virsh(1, "autostart", "dns0")
    shown = nodes.run(database, "migrate-guest", "dns0", "--node", "node3")
    assert (shown.status, _starts(nodes, "dns0", 1)) == (0, True)
    assert "virsh --connect qemu+tcp://node1/system autostart --disable " in shown.stdout
    assert "virsh --connect qemu+tcp://node3/system autostart " in shown.stdout
    ran = nodes.run(database, "migrate-guest", "dns0", "--node", "node3", "--yes", **LONG)
    assert_clear(ran)
    assert ran.status == 0, ran
    assert "it starts with 'node3' from now on, and no more with 'node1'" in ran.stdout
    assert (_starts(nodes, "dns0", 1), _starts(nodes, "dns0", 3)) == (False, True)
    _boot(nodes, 1)
    assert nodes.virsh(1, "list", "--name").split() == []
    assert is_silent(nodes.run(database))
    _boot(nodes, 3)
    assert nodes.virsh(3, "list", "--name").split() == ["dns0"]


def test_a_guest_that_started_with_no_node_does_so_on_none_after_a_move(nodes: Lab, database: Path) -> None:
    """What was not asked for is not done."""
    nodes.do("define", "dns0", "1")
    ran = nodes.run(database, "migrate-guest", "dns0", "--node", "node3", "--yes", **LONG)
    assert (ran.status, "from now on" in ran.stdout) == (0, False), ran
    assert not any(_starts(nodes, "dns0", node) for node in (1, 2, 3, 4))


def test_a_definition_elsewhere_that_starts_by_itself_is_told_before_a_move(nodes: Lab, database: Path) -> None:
    """It would run twice after that node boots."""
    nodes.do("define", "dns0", "2")
    nodes.virsh(2, "autostart", "dns0")
    nodes.migrate("dns0", 2, 1)
    shown = nodes.run(database, "migrate-guest", "dns0", "--node", "node3")
    assert shown.status == 0, shown
    assert (
        "'node2' has a definition of it that starts with that node: it would run twice after a reboot" in shown.stdout
    )
