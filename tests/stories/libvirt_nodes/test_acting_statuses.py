"""An operator acts while a node can't be asked: the status says why, as that of a check does."""

from pathlib import Path

import pytest
from tests.databases import program
from tests.libvirt_lab import Lab
from tests.live import Ran, assert_clear

# What of node4 keeps it from being asked, and the status that this has.
_URIS = (("qemu+ssh://stranger@node4/system", 77), ("qemu+tcp://node4:1/system", 69), ("qemu+tcp://node3/system", 65))


def _refused(ran: Ran, status: int, *parts: str) -> None:
    assert_clear(ran)
    assert (ran.status, ran.stdout) == (status, ""), ran
    for part in parts:
        assert part in ran.stderr


@pytest.mark.parametrize(("uri", "status"), _URIS, ids=["forbidden", "unreadable", "two-that-are-one"])
def test_a_node_that_can_not_be_asked_stands_in_the_way_with_its_own_status(
    nodes: Lab, database: Path, uri: str, status: int
) -> None:
    """Of a guest that is seen, and of one that may only be out of sight."""
    nodes.do("guest", "dns0", "1")
    assert program(database, "set-node", "--name", "node4", "--uri", uri).returncode == 0
    moved = nodes.run(database, "migrate-guest", "dns0", "--node", "node4", "--yes", LIBVIRT_TIMEOUT="5")
    _refused(moved, status, "'dns0' is not moved: 'node4' can't be asked")
    for act in ("stop-guest", "start-guest"):
        _refused(nodes.run(database, act, "dns9", "--yes", LIBVIRT_TIMEOUT="5"), status, "no guest 'dns9' is seen")
    named = nodes.run(database, "stop-guest", "dns0", "--node", "node4", "--yes", LIBVIRT_TIMEOUT="5")
    _refused(named, status, "'node4' can't be asked")
    assert nodes.virsh(1, "list", "--name").split() == ["dns0"]


def test_a_name_that_is_nobodys_is_wrong_usage_where_all_was_seen(nodes: Lab, database: Path) -> None:
    """Then it can't be out of sight."""
    nodes.do("guest", "dns0", "1")
    _refused(nodes.run(database, "stop-guest", "dnso", "--yes"), 64, "there is no guest 'dnso'; near it: 'dns0'")
