"""An operator stops named guests on real libvirt nodes; and what no act does."""

import re
import time
from pathlib import Path

from tests.acts import keep, places, told
from tests.libvirt_lab import SECONDS, Lab

from virtualisation_resource_distributor.store.definitions import read_definitions
from virtualisation_resource_distributor.store.wanted import read_wanted_down

MOVE_SECONDS = "10"


def test_a_guest_that_is_stopped_stays_down_until_it_is_started(nodes: Lab, database: Path) -> None:
    """It no longer starts with its node, and does so again afterwards."""
    uuid = keep(nodes, database, "dns0", 1, then="leave")
    nodes.virsh(1, "start", "dns0")
    nodes.virsh(1, "autostart", "dns0")
    time.sleep(2)
    told(nodes.run(database, "stop-guest", "dns0"), 0, "'dns0' would be stopped on 'node1'", "autostart --disable")
    assert places(nodes, "dns0") == [1]
    told(nodes.run(database, "stop-guest", "dns0", "--yes"), 0, "'dns0' was stopped on 'node1'", "to stay down")
    assert places(nodes, "dns0") == []
    assert [(one.uuid, one.autostart) for one in read_wanted_down(database)] == [(uuid, True)]
    assert "disable" in nodes.virsh(1, "dominfo", "dns0").split("Autostart:")[1].splitlines()[0]
    told(nodes.run(database, "stop-guest", "dns0", "--yes"), 0, "'dns0' runs nowhere")
    shown = nodes.run(database, "start-guest", "dns0", "--node", "node1")
    told(shown, 0, "It starts with 'node1' from then on", f"virsh --connect qemu+tcp://node1/system autostart {uuid}")
    told(nodes.run(database, "start-guest", "dns0", "--node", "node1", "--yes"), 0, "was started on 'node1'")
    assert read_wanted_down(database) == ()
    assert "enable" in nodes.virsh(1, "dominfo", "dns0").split("Autostart:")[1].splitlines()[0]


def test_a_guest_that_does_not_listen_is_told_and_can_be_stopped_hard(nodes: Lab, database: Path) -> None:
    """Paused, nobody can even ask; without a system that hears its power button, libvirt asks in vain."""
    nodes.do("guest", "dns0", "2")
    time.sleep(2)
    nodes.virsh(2, "suspend", "dns0")
    ran = nodes.run(database, "stop-guest", "dns0", "--timeout", "1", "--yes")
    told(ran, 78, "'dns0' is not stopped: it is paused, and hears no request", "--hard")
    deaf = nodes.state / "deaf.xml"
    xml = nodes.virsh(2, "dumpxml", "--inactive", "dns0")
    deaf.write_text(re.sub("<kernel>.*</kernel>", "", xml), encoding="utf-8")
    nodes.virsh(2, "destroy", "dns0")
    nodes.virsh(2, "create", str(deaf))
    ran = nodes.run(database, "stop-guest", "dns0", "--timeout", "1", "--yes")
    told(ran, 78, "'dns0' was not stopped on 'node2': it still runs after 1 s", "it was asked", "--hard")
    told(nodes.run(database, "stop-guest", "dns0", "--hard", "--yes"), 0, "'dns0' was stopped on 'node2'")
    assert places(nodes, "dns0") == []


def test_a_guest_that_was_started_twice_behind_everybodys_back_is_noticed_by_all(nodes: Lab, database: Path) -> None:
    """Whoever looks."""
    keep(nodes, database, "dns0", 1, then="leave")
    nodes.virsh(1, "start", "dns0")
    nodes.do("double-run", "dns0")
    told(nodes.run(database), 65, "seen-twice: ")
    told(nodes.run(database, "scan"), 65, "seen-twice: ")
    told(nodes.run(database, "validate"), 78, "fault: seen-twice: guest ", "'dns0' runs on 'node1', 'node")
    told(nodes.run(database, "start-guest", "dns0", "--yes"), 78, "it is active on 'node1' already")


def test_a_guest_of_which_no_node_keeps_a_definition_is_kept_before_it_is_stopped(nodes: Lab, database: Path) -> None:
    """It could not be started again else."""
    nodes.do("guest", "dns0", "1")
    time.sleep(2)
    told(nodes.run(database, "stop-guest", "dns0"), 0, "it would be gone; the database keeps it first")
    told(nodes.run(database, "stop-guest", "dns0", "--yes"), 0, "was stopped", "its definition is kept as version 1")
    assert nodes.virsh(1, "list", "--all", "--name").split() == []
    told(nodes.run(database, "start-guest", "dns0", "--node", "node3", "--yes"), 0, "was started on 'node3'")
    assert places(nodes, "dns0") == [3]


def test_a_transient_guest_that_was_kept_otherwise_before_is_kept_as_it_runs(nodes: Lab, database: Path) -> None:
    """With its password, and so only where the database is nobody else's."""
    uuid = keep(nodes, database, "dns0", 3)
    newer = nodes.state / "newer.xml"
    xml = read_definitions(database)[0].xml.replace(">65536<", ">98304<")
    display = "<graphics type='vnc' port='-1' autoport='yes' passwd='geheim7'/>"
    newer.write_text(xml.replace("</devices>", f"{display}</devices>"), encoding="utf-8")
    nodes.virsh(1, "create", str(newer))
    database.chmod(0o644)
    told(nodes.run(database, "stop-guest", uuid, "--hard", "--yes"), 77, "chmod 600")
    assert places(nodes, "dns0") == [1]
    database.chmod(0o600)
    told(nodes.run(database, "stop-guest", uuid, "--hard", "--yes"), 0, "its definition is kept as version 2")
    (kept,) = read_definitions(database)
    assert "geheim7" in kept.xml
    assert "98304" in kept.xml
    assert "geheim7" not in nodes.run(database, "export-definition", "--name", "dns0").stdout


def test_what_was_done_is_told_though_the_answer_can_not_be_written(nodes: Lab, database: Path) -> None:
    """It can't be asked again."""
    keep(nodes, database, "dns0", 1)
    ran = nodes.shell(database, "vrd start-guest dns0 --node node2 --yes >/dev/full")
    told(ran, 74, "'dns0' was started on 'node2' in zone 'a'", "the answer can't be written")
    assert places(nodes, "dns0") == [2]


def test_one_of_two_copies_can_be_stopped_by_naming_its_node(nodes: Lab, database: Path) -> None:
    """Nothing else is done with a guest that runs twice."""
    nodes.do("guest", "dns0", "1")
    nodes.do("double-run", "dns0")
    (other,) = set(places(nodes, "dns0")) - {1}
    told(nodes.run(database, "stop-guest", "dns0", "--hard", "--yes"), 78, "at once; say with --node")
    told(nodes.run(database, "migrate-guest", "dns0", "--node", "node4", "--yes"), 78, "at once")
    ran = nodes.run(database, "stop-guest", "dns0", "--hard", "--node", f"node{other}", "--yes")
    told(ran, 0, f"'dns0' was stopped on 'node{other}'.")
    assert places(nodes, "dns0") == [1]
    assert read_wanted_down(database) == ()


def test_a_daemon_that_hangs_holds_no_act_up(nodes: Lab, database: Path) -> None:
    """Neither a start elsewhere, nor a stop there."""
    keep(nodes, database, "dns0", 1)
    nodes.do("guest", "dns1", "2")
    nodes.do("hang-daemon", "2")
    started = nodes.run(database, "start-guest", "dns0", "--yes")
    told(started, 69, "it may run on 'node2'")
    stopped = nodes.run(database, "stop-guest", "dns1", "--yes")
    told(
        stopped,
        69,
        "no guest 'dns1' is seen",
        "no definition of that name is kept",
        "it may be on 'node2', which can't be asked",
    )
    assert max(started.seconds, stopped.seconds) < 3 * SECONDS + 2


def test_an_account_that_may_only_read_is_told_so(nodes: Lab, database: Path) -> None:
    """And nothing is done."""
    keep(nodes, database, "dns0", 1)
    nodes.do("guest", "dns1", "1")
    reader = {"LIBVIRT_URI": "qemu+ssh://reader@{node}/system", "LIBVIRT_TIMEOUT": "20"}
    told(nodes.run(database, "start-guest", "dns0", **reader), 0, "would be started")
    for arguments in (
        ("start-guest", "dns0"),
        ("stop-guest", "dns1"),
        ("stop-guest", "dns1", "--hard"),
        ("migrate-guest", "dns1", "--node", "node3"),
    ):
        refused = nodes.run(database, *arguments, "--yes", **reader)
        told(refused, 77, "node 'node", "this account may only read there", "LIBVIRT_URI=qemu+ssh://root@{node}/system")
        assert "read-only socket" not in refused.stderr
    assert places(nodes, "dns0") == []
    assert places(nodes, "dns1") == [1]
    assert read_wanted_down(database) == ()
