"""An operator runs the check on real libvirt nodes, while all befalls them that does."""

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.databases import program
from tests.libvirt_lab import ZONES, Lab, lab
from tests.live import Ran, assert_clear, make_database

SECONDS = 2
"""The time-out that the program is given."""
MARGIN = 2.5
"""What it may take beyond: starting Python and the lab's script too, on a machine that has other work."""

NO_ANSWER = re.escape(f"no whole answer at qemu+tcp://node4/system within {SECONDS} s")


@pytest.fixture(scope="module")
def nodes() -> Iterator[Lab]:
    """Start four nodes for all tests."""
    with lab() as started:
        yield started


@pytest.fixture(autouse=True)
def healed(nodes: Lab) -> Iterator[None]:
    """Leave the nodes whole and empty for the next test."""
    yield
    nodes.do("clear")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Make a model of the four nodes; web's members are found by their names."""
    path = make_database(tmp_path / "model.sqlite3", ZONES)
    assert program(path, "create-pool", "--name", "web", "--member", "web*").returncode == 0
    return path


def _silent(ran: Ran) -> bool:
    assert_clear(ran)
    return (ran.status, ran.stdout, ran.stderr) == (0, "", "")


def _told(ran: Ran, status: int, *parts: str) -> None:
    """Assert status and words of a call that found trouble and no alarm, all in one line."""
    assert_clear(ran)
    assert (ran.status, ran.stdout) == (status, ""), ran
    assert len(ran.lines) == 1, ran.lines
    for part in parts:
        assert part in ran.lines[0]


def _two_apart(nodes: Lab) -> None:
    nodes.do("guest", "dns0", "1")
    nodes.do("guest", "dns1", "3")


def test_a_bunched_pool_is_named_until_a_member_is_migrated_by_hand(nodes: Lab, database: Path) -> None:
    """By the domain's own metadata, and by a pattern of names, over tcp and over ssh."""
    for name in ("dns0", "dns1", "dns2"):
        nodes.do("guest", name, "1")
    ran = nodes.run(database)
    assert_clear(ran)
    assert (ran.status, ran.stdout, ran.stderr) == (78, "Pool 'dns' has members to migrate\n", "")
    nodes.migrate("dns1", 1, 3)
    assert nodes.run(database).status == 78
    nodes.migrate("dns2", 1, 2)
    assert _silent(nodes.run(database))
    assert _silent(nodes.run(database, LIBVIRT_URI="qemu+ssh://{node}/system", LIBVIRT_TIMEOUT="10"))
    nodes.do("guest", "web0", "4", "64", "none", "unnamed")
    told = nodes.run(database, "run", "--verbose").stdout
    assert "Pool 'unnamed' is spread" in told, "metadata goes before the pattern"


def test_a_persistent_definition_that_a_migration_leaves_behind_is_no_second_run(nodes: Lab, database: Path) -> None:
    """It is shut off there, and the members are where they run."""
    nodes.do("define", "dns0", "1")
    nodes.do("define", "dns1", "1")
    nodes.migrate("dns1", 1, 3)
    assert "shut off" in nodes.virsh(1, "list", "--all")
    assert _silent(nodes.run(database))


def test_a_disk_on_a_file_is_local_until_the_settings_say_that_it_is_shared(nodes: Lab, database: Path) -> None:
    """A disk on the network never is."""
    for name in ("dns0", "dns1"):
        nodes.do("guest", name, "1", "64", "shared")
    ran = nodes.run(database)
    assert_clear(ran)
    assert (ran.status, ran.stderr) == (78, "")
    assert "can't be moved live (disk vda is " in ran.stdout
    ran = nodes.run(database, LIBVIRT_SHARED_STORAGE=f'["{nodes.state}/shared"]')
    assert (ran.status, ran.stdout) == (78, "Pool 'dns' has members to migrate\n")


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
    _two_apart(nodes)
    nodes.do("guest", "web0", "4")
    nodes.do(*fault)
    ran = nodes.run(database)
    _told(ran, 69, "partial-view: node node4: ")
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
    assert _silent(nodes.run(database))


def test_a_node_that_hangs_over_ssh_leaves_nothing_behind(nodes: Lab, database: Path) -> None:
    """Neither a process of ssh nor more than the time-out."""
    _two_apart(nodes)
    nodes.do("hang-daemon", "4")
    ran = nodes.run(database, LIBVIRT_URI="qemu+ssh://{node}/system")
    _told(ran, 69, f"no whole answer at qemu+ssh://node4/system within {SECONDS} s")
    assert ran.seconds < SECONDS + MARGIN
    deadline = time.monotonic() + 5
    while (left := _ssh_processes()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not left


def _ssh_processes() -> list[str]:
    found = subprocess.run(["pgrep", "-af", "^ssh .*node4"], capture_output=True, encoding="utf-8", check=False)
    return found.stdout.splitlines()


def test_where_no_node_answers_there_is_one_line_and_no_document(nodes: Lab, database: Path) -> None:
    """Nothing is judged then, whatever is in maintenance."""
    for node in ("1", "2", "3", "4"):
        nodes.do("stop-daemon", node)
    _told(nodes.run(database), 69, "libvirt could not be read on any of 4 nodes (doctor tells of each): node 'node1' ")
    _told(nodes.run(database, "run", "--format", "json"), 69, "on any of 4 nodes")
    for node in ("node1", "node2", "node3", "node4"):
        program(database, "set-maintenance", "--name", node)
    _told(nodes.run(database), 69, "on any of 4 nodes")


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


def test_a_domain_that_runs_twice_is_told_and_its_pool_never_called_fine(nodes: Lab, database: Path) -> None:
    """Its other members are as well spread as can be."""
    _two_apart(nodes)
    nodes.do("double-run", "dns1")
    _told(nodes.run(database), 65, "seen-twice: ", "'dns1' runs on 'node3', 'node4' at once")


def test_a_domain_that_runs_twice_is_told_beside_a_node_that_hangs(nodes: Lab, database: Path) -> None:
    """Looking again takes time, and no node that answers is called silent for it."""
    _two_apart(nodes)
    nodes.do("double-run", "dns0")
    nodes.do("hang-daemon", "2")
    ran = nodes.run(database)
    assert_clear(ran)
    assert (ran.status, ran.stdout, len(ran.lines)) == (69, "", 2)
    assert "partial-view: node node2: no whole answer" in ran.lines[0]
    assert "'dns0' runs on 'node1', 'node4' at once" in ran.lines[1]
    assert ran.seconds < SECONDS + MARGIN


def test_a_migration_under_way_is_no_second_run_and_hides_nobody(nodes: Lab, database: Path) -> None:
    """The program reads all the while that a guest goes there and back, and only ever says what was true."""
    for name in ("dns0", "dns1"):
        nodes.do("guest", name, "1")
    answers: list[Ran] = []
    while len(answers) < 12:
        for one, other in ((1, 3), (3, 1)):
            moving = nodes.start_migration("dns1", one, other)
            while moving.poll() is None:
                answers.append(nodes.run(database))
            assert moving.returncode == 0
    for ran in answers:
        assert_clear(ran)
        assert ran.stderr == ""
        assert (ran.status, ran.stdout) in {(0, ""), (78, "Pool 'dns' has members to migrate\n")}
    assert {ran.status for ran in answers} == {0, 78}


def test_a_guest_that_comes_from_a_node_out_of_sight_makes_its_pool_unknown(nodes: Lab, database: Path) -> None:
    """Where it runs until it has arrived, nobody can tell."""
    _two_apart(nodes)
    assert program(database, "delete-node", "--name", "node3").returncode == 0
    moving = nodes.start_migration("dns1", 3, 4)
    try:
        time.sleep(0.3)
        ran = nodes.run(database)
    finally:
        moving.wait()
    _told(ran, 65 if "seen-twice" in ran.stderr else 69, "'node4'")


def test_an_account_that_may_only_read_is_enough(nodes: Lab, database: Path) -> None:
    """The user `reader` can't open libvirt for writing, over ssh or on its socket."""
    _two_apart(nodes)
    assert _silent(nodes.run(database, LIBVIRT_URI="qemu+ssh://reader@{node}/system", LIBVIRT_TIMEOUT="10"))
    with pytest.raises(RuntimeError, match="Permission denied"):
        nodes.do("exec", "ctl", "virsh", "-c", "qemu+ssh://reader@node1/system", "list")
    with pytest.raises(RuntimeError, match="read only access prevents"):
        nodes.do("exec", "ctl", "virsh", "-r", "-c", "qemu+ssh://reader@node1/system", "destroy", "dns0")


def test_an_account_that_ssh_refuses_is_forbidden(nodes: Lab, database: Path) -> None:
    """On one node it is that node's trouble, on all of them nothing could be read."""
    _two_apart(nodes)
    stranger = "qemu+ssh://stranger@{}/system"
    assert program(database, "set-node", "--name", "node4", "--uri", stranger.format("node4")).returncode == 0
    _told(nodes.run(database), 77, "missing-privilege: node node4: ", "Permission denied", "authorized_keys")
    _told(nodes.run(database, LIBVIRT_URI=stranger.format("{node}")), 77, "on any of 4 nodes", "authorized_keys")


def test_an_account_whose_shell_prints_text_is_told(nodes: Lab, database: Path) -> None:
    """What a shell prints comes between the program and libvirt: nobody's is nologin."""
    _two_apart(nodes)
    assert program(database, "set-node", "--name", "node4", "--uri", "qemu+ssh://nobody@node4/system").returncode == 0
    _told(nodes.run(database), 69, "partial-view: node node4: ", "login shell of that account prints text")


def test_two_nodes_that_lead_to_one_machine_are_no_second_run(nodes: Lab, database: Path) -> None:
    """One of them is left out, and told."""
    nodes.do("guest", "dns0", "1")
    assert program(database, "set-node", "--name", "node2", "--uri", "qemu+tcp://node1/system").returncode == 0
    _told(nodes.run(database), 65, "node node2", "leads to the machine of node 'node1'", "set-node --uri")


def test_metadata_that_virsh_sets_is_understood(nodes: Lab, database: Path) -> None:
    """With the command that docs/libvirt.md shows."""
    nodes.do("define", "a0", "1")
    nodes.do("define", "a1", "1")
    for name in ("a0", "a1"):
        nodes.virsh(
            *(1, "metadata", name, "urn:virtualisation-resource-distributor:1", "--key", "vrd"),
            *("--set", "<guest><pool>mail</pool></guest>", "--live", "--config"),
        )
    ran = nodes.run(database)
    assert (ran.status, ran.stdout) == (78, "Pool 'mail' has members to migrate\n")
