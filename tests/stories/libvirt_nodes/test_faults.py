"""An operator runs the check while nodes, their libvirt or a QEMU fail."""

import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.databases import program
from tests.libvirt_lab import SECONDS, Lab, after, assert_told, is_silent, two_apart
from tests.live import assert_clear

MARGIN = 2.5
"""What a run may take beyond its time-out: starting Python and the lab's script too, on a machine with other work."""
NO_ANSWER = re.escape(f"no whole answer at qemu+tcp://node4/system within {SECONDS} s")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        # Where the kernel has just reached the machine, it tries for longer than the time-out to reach it again.
        (("kill-node", "4"), f"No route to host|{NO_ANSWER}"),
        (("cut-node", "4"), f"No route to host|{NO_ANSWER}"),
        (("stop-daemon", "4"), "Connection refused"),
        (("hang-daemon", "4"), NO_ANSWER),
        (("cut-node", "4", "drop"), NO_ANSWER),
    ],
    ids=["killed", "cut", "daemon-stopped", "daemon-hung", "packets-dropped"],
)
def test_a_node_that_does_not_answer_is_told_within_the_time_out(
    nodes: Lab, database: Path, fault: tuple[str, ...], words: str
) -> None:
    """The rest is judged without it, a badly spread pool is named all the same, and maintenance ends the trouble."""
    two_apart(nodes)
    nodes.do("guest", "web0", "4")
    nodes.do(*fault)
    ran = nodes.run(database)
    assert_told(ran, 69, "partial-view: node node4: ")
    assert re.search(words, ran.stderr)
    assert ran.seconds < SECONDS + MARGIN
    nodes.do("guest", "dns2", "1")
    nodes.do("guest", "dns3", "1")
    ran = nodes.run(database)
    assert (ran.status, ran.stdout) == (78, "Pool 'dns' has members to migrate\n")
    assert "partial-view: node node4: " in ran.stderr
    nodes.virsh(1, "destroy", "dns2")
    nodes.virsh(1, "destroy", "dns3")
    assert program(database, "set-maintenance", "--name", "node4").returncode == 0
    assert is_silent(nodes.run(database))


def test_a_node_that_hangs_over_ssh_leaves_nothing_behind(nodes: Lab, database: Path) -> None:
    """Neither a process of ssh nor more than the time-out."""
    over_ssh = {"LIBVIRT_URI": "qemu+ssh://{node}/system", "LIBVIRT_TIMEOUT": "6"}
    two_apart(nodes)
    nodes.do("hang-daemon", "4")
    ran = nodes.run(database, **over_ssh)
    assert_told(ran, 69, "no whole answer at qemu+ssh://node4/system within 6 s")
    assert ran.seconds < 6 + MARGIN
    nodes.do("heal-node", "4")
    nodes.do("cut-node", "4", "drop")
    assert_told(nodes.run(database, **over_ssh), 69, "within 6 s")
    deadline = time.monotonic() + 5
    while (left := _ssh_processes(nodes)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not left


def test_where_no_node_answers_there_is_one_line_and_no_document(nodes: Lab, database: Path) -> None:
    """Nothing is judged then, whatever is in maintenance."""
    for node in ("1", "2", "3", "4"):
        nodes.do("stop-daemon", node)
    assert_told(
        nodes.run(database), 69, "libvirt could not be read on any of 4 nodes (doctor tells of each): node 'node1' "
    )
    assert_told(nodes.run(database, "run", "--format", "json"), 69, "on any of 4 nodes")
    for node in ("node1", "node2", "node3", "node4"):
        program(database, "set-maintenance", "--name", node)
    assert_told(nodes.run(database), 69, "on any of 4 nodes")


def test_a_node_that_hangs_while_it_is_read_takes_no_other_with_it(nodes: Lab, database: Path) -> None:
    """One hangs from the start, the next a moment later; what the others told stays known."""
    for name in ("dns0", "dns1"):
        nodes.do("guest", name, "1")
    nodes.do("guest", "web0", "3")
    nodes.do("hang-daemon", "4")
    with ThreadPoolExecutor(1) as later:
        hanging = later.submit(after, 1, lambda: nodes.do("hang-daemon", "3"))
        ran = nodes.run(database)
        hanging.result()
    assert_clear(ran)
    assert (ran.status, ran.stdout) == (78, "Pool 'dns' has members to migrate\n")
    assert all(f"node node{node}: no whole answer" in ran.stderr for node in (3, 4))
    assert ran.seconds < SECONDS + MARGIN


def test_a_qemu_that_hangs_while_it_is_migrated_does_not_silence_its_node(nodes: Lab, database: Path) -> None:
    """What libvirt says about the migration waits for it."""
    two_apart(nodes)
    moving = nodes.start_migration("dns0", 1, 2)
    time.sleep(0.4)
    nodes.do("hang-guest", "dns0", "1")
    try:
        ran = nodes.run(database, "run", "--verbose", LIBVIRT_TIMEOUT="4")
    finally:
        nodes.do("wake-guest", "dns0", "1")
        moving.wait(timeout=30)
    assert_clear(ran)
    assert (ran.status, ran.stderr) == (0, "")
    assert "'dns0' on 'node1': its QEMU does not answer libvirt" in ran.stdout


def test_a_qemu_that_hangs_holds_up_nothing(nodes: Lab, database: Path) -> None:
    """It counts as running; once somebody waits for it, that is told, and that it can't be moved."""
    for name in ("dns0", "dns1"):
        nodes.do("guest", name, "1")
    nodes.do("guest", "web0", "1")
    nodes.do("hang-guest", "dns0", "1")
    ran = nodes.run(database)
    assert (ran.status, ran.stdout, ran.stderr) == (78, "Pool 'dns' has members to migrate\n", "")
    waiting = nodes.start("virsh", "-r", "-c", "qemu+tcp://node1/system", "dommemstat", "dns0")
    try:
        time.sleep(0.5)
        ran = nodes.run(database, "run", "--verbose")
        assert ran.seconds < SECONDS
        assert ran.status == 78
        assert "warning: guest-hung: " in ran.stdout
        assert "'dns0' on 'node1': its QEMU does not answer libvirt" in ran.stdout
    finally:
        nodes.do("wake-guest", "dns0", "1")
        waiting.wait(timeout=30)


def test_a_domain_that_runs_twice_is_told_beside_a_node_that_hangs(nodes: Lab, database: Path) -> None:
    """Looking again takes time, and no node that answers is called silent for it."""
    two_apart(nodes)
    nodes.do("double-run", "dns0")
    nodes.do("hang-daemon", "2")
    ran = nodes.run(database)
    assert_clear(ran)
    assert (ran.status, ran.stdout, len(ran.lines)) == (69, "", 2)
    assert "partial-view: node node2: no whole answer" in ran.lines[0]
    assert "'dns0' runs on 'node1', 'node4' at once" in ran.lines[1]
    assert ran.seconds < SECONDS + MARGIN


def _ssh_processes(nodes: Lab) -> list[str]:
    """Return the processes of ssh that run on this lab's ctl."""
    network = nodes.do("exec", "ctl", "readlink", "/proc/self/ns/net").strip()
    found = subprocess.run(["pgrep", "-x", "ssh"], capture_output=True, encoding="utf-8", check=False).stdout.split()
    return [process for process in found if _network_of(process) == network]


def _network_of(process: str) -> str | None:
    try:
        return str(Path(f"/proc/{process}/ns/net").readlink())
    except OSError:
        return None


def test_ctrl_c_that_is_pressed_again_and_again_ends_it_as_once(nodes: Lab, database: Path) -> None:
    """The others don't hit what closes the connections to the nodes that answered: no traceback, and 130."""
    nodes.do("hang-daemon", "4")
    ran = nodes.interrupt(database, 1, "run", again=True)
    assert (ran.status, ran.stdout, ran.stderr.strip()) == (130, "", "")


def test_a_daemon_that_hangs_once_it_has_answered_holds_nobody_up(nodes: Lab, database: Path) -> None:
    """To let go of the connection is a request too, and libvirt waits for its answer for ever."""
    closing = """
import pathlib, sys, time
from virtualisation_resource_distributor.sources.libvirt.connect import Connection
connection = Connection("qemu+tcp://node4/system")
connection.activity()
pathlib.Path("answered").touch()
while not pathlib.Path("hangs").exists():
    time.sleep(0.05)
began = time.monotonic()
del connection
print(time.monotonic() - began < 1, flush=True)
import os
os._exit(0)
"""
    (database.parent / "closing.py").write_text(closing, encoding="utf-8")
    with ThreadPoolExecutor(1) as pool:
        closed = pool.submit(nodes.shell, database, f"timeout 20 {sys.executable} closing.py")
        while not (database.parent / "answered").exists():
            time.sleep(0.05)
        nodes.do("hang-daemon", "4")
        (database.parent / "hangs").touch()
        assert closed.result().stdout == "True\n", closed.result()
