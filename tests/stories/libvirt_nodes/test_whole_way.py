"""A bunched pool of guests with all kinds of disks is found, moved live by the plan's script, and fine."""

import json
import re
from pathlib import Path

from tests.libvirt_lab import Lab, is_silent
from tests.live import assert_clear

ON_NODE_1 = (("dns0", "shared"), ("dns1", "local"), ("dns2", "nbd"), ("dns3", "none"))


def _ticks(nodes: Lab, name: str, node: int) -> int:
    """Return how long a guest has run, in its BIOS's ticks since it booted (18.2 a second)."""
    told = nodes.virsh(node, "qemu-monitor-command", "--hmp", name, "xp /1wx 0x46c")
    return int(re.findall(r"0x[0-9a-f]+", told)[-1], 16)


def _places(nodes: Lab, database: Path, storage: str) -> dict[str, int]:
    listed = nodes.run(database, "list-guests", "--live", "--format", "json", LIBVIRT_SHARED_STORAGE=storage)
    assert_clear(listed)
    return {row["name"]: int(row["node"][-1]) for row in json.loads(listed.stdout)["guests"]}


def test_a_bunched_pool_is_spread_live_whatever_its_disks_are(nodes: Lab, database: Path) -> None:
    """No guest boots anew on the way, and the one on a local disk stays where it is."""
    storage = json.dumps([f"{nodes.state}/shared"])
    for name, disk in ON_NODE_1:
        nodes.do("guest", name, "1", "64", disk)
    nodes.do("guest", "web0", "2")
    nodes.do("guest", "web1", "3")
    ran = nodes.run(database, LIBVIRT_SHARED_STORAGE=storage)
    assert_clear(ran)
    assert (ran.status, ran.stdout, ran.stderr) == (78, "Pool 'dns' has members to migrate\n", "")
    ticks = {name: _ticks(nodes, name, 1) for name, _ in ON_NODE_1}
    done = nodes.shell(database, "vrd plan --format commands | sh -e", LIBVIRT_SHARED_STORAGE=storage)
    assert (done.status, done.stderr) == (0, ""), done
    assert is_silent(nodes.run(database, LIBVIRT_SHARED_STORAGE=storage))
    places = _places(nodes, database, storage)
    assert sorted(places[name] for name, _ in ON_NODE_1) == [1, 2, 3, 4]
    assert places["dns1"] == 1
    for name, _ in ON_NODE_1:
        reason = "booted" if places[name] == 1 else "migrated"
        assert f"running ({reason})" in nodes.virsh(places[name], "domstate", "--reason", name)
        assert _ticks(nodes, name, places[name]) > ticks[name] > 0
