"""An operator starts named guests on real libvirt nodes."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.acts import keep, places, told
from tests.libvirt_lab import Lab, is_silent
from tests.live import assert_clear

from virtualisation_resource_distributor.store.definitions import read_definitions

MOVE_SECONDS = "10"


def test_a_guest_is_started_where_its_pool_is_spread_best_and_nowhere_twice(nodes: Lab, database: Path) -> None:
    """It is shown first; a second start is refused, and one whose name is not known too."""
    nodes.do("guest", "dns0", "1")
    keep(nodes, database, "dns1", 1)
    shown = nodes.run(database, "start-guest", "dns1")
    told(shown, 0, "'dns1' would be started on 'node3' in zone 'b'", "Its pool then uses zone:0 2 of 2", "--yes")
    assert places(nodes, "dns1") == []
    told(nodes.run(database, "start-guest", "dns1", "--yes"), 0, "'dns1' was started on 'node3'")
    assert places(nodes, "dns1") == [3]
    assert is_silent(nodes.run(database))
    again = nodes.run(database, "start-guest", "dns1", "--node", "node1", "--yes")
    told(again, 78, "'dns1' is not started: it is active on 'node3' already (running, booted)")
    told(nodes.run(database, "start-guest", "dsn1"), 64, "there is no guest 'dsn1'; near it: 'dns1'")
    told(nodes.run(database, "start-guest", "dns1", "--node", "nodel"), 64, "there is no node 'nodel'; near it: ")
    told(nodes.run(database, "start-guest", "dns0"), 64, "no definition of 'dns0' is stored", "import-definition")


def test_what_is_shown_can_be_done_by_hand(nodes: Lab, database: Path) -> None:
    """The line that starts it is a shell's."""
    keep(nodes, database, "dns0", 2, then="leave")
    shown = nodes.run(database, "start-guest", "dns0", "--node", "node2")
    line = next(line for line in shown.stdout.splitlines() if " start " in line)
    assert nodes.shell(database, line).status == 0
    assert places(nodes, "dns0") == [2]


def test_a_guest_on_a_node_that_is_cut_off_is_startable_nowhere_else(nodes: Lab, database: Path) -> None:
    """It runs on there, unseen; only who says so in so many words can have it twice."""
    uuid = keep(nodes, database, "dns0", 3, then="leave")
    nodes.virsh(3, "start", "dns0")
    nodes.do("cut-node", "3")
    ran = nodes.run(database, "start-guest", "dns0", "--yes")
    told(ran, 69, "'dns0' is not started: it may run on 'node3', which can't be asked", "destroy them")
    assert places(nodes, "dns0", among=(1, 2, 4)) == []
    wrong = nodes.run(database, "start-guest", uuid, "--even-if-unreachable", "node2", "--yes")
    told(wrong, 69, "it may run on 'node3'")
    ran = nodes.run(database, "start-guest", uuid, "--even-if-unreachable", "node3", "--node", "node1", "--yes")
    told(ran, 0, "'dns0' was started on 'node1'", "Mind: it is not known whether it runs on 'node3'")
    assert places(nodes, "dns0", among=(1, 2, 4)) == [1]


def test_of_two_starts_at_once_one_wins(nodes: Lab, database: Path) -> None:
    """Whatever node each of them would have taken."""
    keep(nodes, database, "dns0", 1)
    starts = [("start-guest", "dns0", "--node", node, "--yes") for node in ("node1", "node2", "node3", "node4")]
    with ThreadPoolExecutor(4) as pool:
        ran = list(pool.map(lambda arguments: nodes.run(database, *arguments), starts))
    for one in ran:
        assert_clear(one)
    assert sorted(one.status == 0 for one in ran) == [False, False, False, True], ran
    assert {one.status for one in ran} <= {0, 75, 78}
    assert len(places(nodes, "dns0")) == 1


def test_two_members_of_a_pool_that_are_started_at_once_are_spread(nodes: Lab, database: Path) -> None:
    """The second one waits until the first is seen to run."""
    for name in ("dns0", "dns1"):
        keep(nodes, database, name, 1)
    with ThreadPoolExecutor(2) as pool:
        starts = [pool.submit(nodes.run, database, "start-guest", name, "--yes") for name in ("dns0", "dns1")]
        ended = [start.result() for start in starts]
    for ran in ended:
        told(ran, 0, "was started on 'node")
    assert sum("zone:0 2 of 2" in ran.stdout for ran in ended) == 1
    assert is_silent(nodes.run(database))


def test_a_definition_that_a_start_overwrites_is_told_before_and_after(nodes: Lab, database: Path) -> None:
    """What was changed on the node alone would be lost in silence."""
    keep(nodes, database, "dns0", 2, then="leave")
    nodes.virsh(2, "setmaxmem", "dns0", "96M", "--config")
    lost = "Mind: the definition that 'node2' has is overwritten by the kept one: "
    told(nodes.run(database, "start-guest", "dns0", "--node", "node2"), 0, lost, "100663296")
    told(nodes.run(database, "start-guest", "dns0", "--node", "node3"), 0, "that 'node2' has is not the kept one: ")
    told(nodes.run(database, "start-guest", "dns0", "--node", "node2", "--yes"), 0, lost, "100663296")


def test_a_password_that_only_the_node_knows_is_not_overwritten(nodes: Lab, database: Path) -> None:
    """No reader is told it, so that a definition that was imported from the node lacks it."""
    keep(nodes, database, "dns0", 2, then="leave")
    secret = nodes.state / "secret.xml"
    display = "<graphics type='vnc' port='-1' autoport='yes' passwd='geheim7'/>"
    xml = nodes.virsh(2, "dumpxml", "--inactive", "dns0").replace("</devices>", f"{display}</devices>")
    secret.write_text(xml, encoding="utf-8")
    nodes.virsh(2, "define", str(secret))
    database.chmod(0o600)
    assert nodes.run(database, "import-definition", "--name", "dns0").status == 0
    for node in ("node2", "node3"):
        refused = nodes.run(database, "start-guest", "dns0", "--node", node, "--yes")
        told(refused, 78, "the definition that 'node2' has holds a password, which version 2 lacks", "--security-info")
    assert places(nodes, "dns0") == []
    assert nodes.run(database, "import-definition", "--file", str(secret)).status == 0
    told(nodes.run(database, "start-guest", "dns0", "--node", "node2", "--yes"), 0, "was started on 'node2'")
    assert "geheim7" in nodes.virsh(2, "dumpxml", "--security-info", "dns0")


def test_a_disk_that_is_in_use_elsewhere_keeps_a_guest_down(nodes: Lab, database: Path) -> None:
    """Two that write to one disk destroy it, whatever they are called."""
    uuid = keep(nodes, database, "dns0", 1, disk="shared")
    other = (nodes.state / "dns0-again.xml").resolve()
    versions = [one for one in read_definitions(database) if one.uuid == uuid]
    xml = versions[-1].xml.replace(uuid, "0b5b9fcd-7e6e-4a3e-9f0e-2c5f7b1f0a11").replace("<name>dns0<", "<name>copy<")
    other.write_text(xml, encoding="utf-8")
    nodes.virsh(2, "create", str(other))
    storage = f'["{nodes.state}/shared"]'
    ran = nodes.run(database, "start-guest", "dns0", "--yes", LIBVIRT_SHARED_STORAGE=storage)
    told(ran, 78, "its disk vda is in use by 'copy' on 'node2'")
    assert places(nodes, "dns0") == []


def test_a_node_without_room_or_in_maintenance_takes_nobody(nodes: Lab, database: Path) -> None:
    """And says why."""
    keep(nodes, database, "dns0", 1)
    full = nodes.run(database, "start-guest", "dns0", "--yes", NODE_MEMORY_LIMIT="0%")
    told(full, 78, "not on 'node1': 'node1' has 0.0 of 64.0 MiB of memory free that it needs", "not on 'node4'")
    assert nodes.run(database, "set-maintenance", "--name", "node2").status == 0
    ran = nodes.run(database, "start-guest", "dns0", "--node", "node2", "--yes")
    told(ran, 78, "not on 'node2': it is in maintenance")
    moved = nodes.run(database, "migrate-guest", "dns0", "--node", "node2")
    told(moved, 78, "'dns0' is not moved: it runs on no node")
