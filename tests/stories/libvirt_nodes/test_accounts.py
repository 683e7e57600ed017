"""An operator lets accounts of all kinds read libvirt nodes, and gives URIs that are wrong."""

from pathlib import Path

import pytest
from tests.databases import program
from tests.libvirt_lab import Lab, assert_told, is_silent, two_apart
from tests.live import assert_clear


def test_an_account_that_may_only_read_is_enough(nodes: Lab, database: Path) -> None:
    """The user `reader` can't open libvirt for writing, over ssh or on its socket; a script that moves says so."""
    two_apart(nodes)
    reader = {"LIBVIRT_URI": "qemu+ssh://reader@{node}/system", "LIBVIRT_TIMEOUT": "30"}
    assert is_silent(nodes.run(database, **reader))
    drained = nodes.shell(database, "vrd drain --name node1 --format commands | sh -e", **reader)
    assert drained.status == 1
    told = "node1 can't be asked by this account with virsh --connect qemu+ssh://reader@node1/system. Nothing is"
    assert f"stopped at step 1 of 1: {told}" in drained.stderr
    with pytest.raises(RuntimeError, match="Permission denied"):
        nodes.do("exec", "ctl", "virsh", "-c", "qemu+ssh://reader@node1/system", "list")
    with pytest.raises(RuntimeError, match="read only access prevents"):
        nodes.do("exec", "ctl", "virsh", "-r", "-c", "qemu+ssh://reader@node1/system", "destroy", "dns0")


def test_an_account_that_ssh_refuses_is_forbidden(nodes: Lab, database: Path) -> None:
    """On one node it is that node's trouble, on all of them nothing could be read."""
    two_apart(nodes)
    stranger = "qemu+ssh://stranger@{}/system"
    assert program(database, "set-node", "--name", "node4", "--uri", stranger.format("node4")).returncode == 0
    assert_told(nodes.run(database), 77, "missing-privilege: node node4: ", "Permission denied", "authorized_keys")
    assert_told(nodes.run(database, LIBVIRT_URI=stranger.format("{node}")), 77, "on any of 4 nodes", "authorized_keys")


def test_an_account_whose_shell_prints_text_isassert_told(nodes: Lab, database: Path) -> None:
    """What a shell prints comes between the program and libvirt: nobody's is nologin."""
    two_apart(nodes)
    assert program(database, "set-node", "--name", "node4", "--uri", "qemu+ssh://nobody@node4/system").returncode == 0
    assert_told(nodes.run(database), 69, "partial-view: node node4: ", "login shell of that account prints text")


@pytest.mark.parametrize("machine", ["node1", "node2"])
def test_two_nodes_that_lead_to_one_machine_areassert_told(nodes: Lab, database: Path, machine: str) -> None:
    """Neither can be believed, for nobody knows in which zone the machine is; nor is what they hide passed over."""
    for name in ("dns0", "dns1"):
        nodes.do("guest", name, "1")
    for node in ("node1", "node2"):
        program(database, "set-node", "--name", node, "--uri", f"qemu+tcp://{machine}/system")
    ran = nodes.run(database)
    assert_clear(ran)
    assert (ran.status, ran.stdout, len(ran.lines)) == (65, "", 2)
    assert "node node1: " in ran.lines[0]
    assert "leads to the machine of 'node2' too" in ran.lines[0]
    assert "set-node --uri" in ran.lines[0]
