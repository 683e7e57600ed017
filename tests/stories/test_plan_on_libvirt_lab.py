"""An operator lets a plan's script move guests between real libvirt nodes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.databases import program
from tests.libvirt_lab import ZONES, Lab, lab
from tests.live import make_database

SCRIPT = "vrd plan --format commands"


@pytest.fixture(scope="module")
def nodes() -> Iterator[Lab]:
    """Start four nodes for all tests."""
    with lab() as started:
        yield started


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Make a model of the four nodes; web's members are found by their names."""
    path = make_database(tmp_path / "model.sqlite3", ZONES)
    assert program(path, "create-pool", "--name", "web", "--policy", "even", "--member", "web*").returncode == 0
    return path


def test_a_bunched_cluster_is_spread_by_the_script_and_only_once(nodes: Lab, database: Path) -> None:
    """Live, through a pipe; `run` then is silent, and the same script stops at its first guard when run again."""
    for name in ("dns0", "dns1", "dns2"):
        nodes.do("guest", name, "1")
    for name in ("web0", "web1"):
        nodes.do("define", name, "2", "64", "none", "unnamed" if name == "web0" else "web")
        nodes.virsh(2, "autostart", name)
    assert nodes.run(database).status == 78
    (database.parent / "kept.sh").write_text(nodes.shell(database, SCRIPT).stdout, encoding="utf-8")
    done = nodes.shell(database, f"{SCRIPT} | sh -e")
    assert (done.status, done.stderr) == (0, ""), done
    assert "Done, all of " in done.stdout
    after = nodes.run(database)
    assert (after.status, after.stdout, after.stderr) == (0, "", "")
    for node in (1, 2, 3, 4):
        starts = set(nodes.virsh(node, "list", "--all", "--autostart", "--name").split())
        assert starts == {"web0", "web1"} & set(nodes.virsh(node, "list", "--name").split())
    again = nodes.shell(database, "sh -e kept.sh")
    assert again.status == 1
    assert "stopped at step 1 of " in again.stderr
    assert ", where the plan saw it. Nothing is undone; plan again." in again.stderr
    nothing = nodes.shell(database, f"{SCRIPT} | sh -e")
    assert (nothing.status, nothing.stdout) == (0, "Nothing to move.\n")


def test_a_target_that_is_gone_stops_the_script_before_anything_moves(nodes: Lab, database: Path) -> None:
    """The guest runs on where it was."""
    nodes.do("clear")
    for name in ("dns0", "dns1"):
        nodes.do("guest", name, "1")
    script = nodes.shell(database, SCRIPT).stdout
    (database.parent / "kept.sh").write_text(script, encoding="utf-8")
    target = next(node for node in ("3", "4") if f"to node{node}'" in script)
    nodes.do("stop-daemon", target)
    done = nodes.shell(database, "sh -e kept.sh")
    assert done.status == 1
    assert f"stopped at step 1 of 1: node{target} can't be asked by this account with virsh --connect " in done.stderr
    assert "dns0" in nodes.virsh(1, "list", "--name")
    assert "dns1" in nodes.virsh(1, "list", "--name")
