"""An operator runs the check on real libvirt nodes, where guests run, move, and run twice."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.databases import program
from tests.libvirt_lab import Lab, after, assert_told, is_silent, two_apart
from tests.live import Ran, assert_clear


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
    assert is_silent(nodes.run(database))
    assert is_silent(nodes.run(database, LIBVIRT_URI="qemu+ssh://{node}/system", LIBVIRT_TIMEOUT="30"))
    nodes.do("guest", "web0", "4", "64", "none", "unnamed")
    told = nodes.run(database, "run", "--verbose").stdout
    assert "Pool 'unnamed' is spread" in told, "metadata goes before the pattern"


def test_a_persistent_definition_that_a_migration_leaves_behind_is_no_second_run(nodes: Lab, database: Path) -> None:
    """It is shut off there, and the members are where they run."""
    nodes.do("define", "dns0", "1")
    nodes.do("define", "dns1", "1")
    nodes.migrate("dns1", 1, 3)
    assert "shut off" in nodes.virsh(1, "list", "--all")
    assert is_silent(nodes.run(database))


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


def test_a_definition_left_behind_says_nothing_of_the_domain_that_comes_back(nodes: Lab, database: Path) -> None:
    """It may be of another pool: what counts is how the domain runs."""
    nodes.do("define", "dns0", "1", "64", "none", "old")
    definition = nodes.state / "dns0.xml"
    definition.write_text(nodes.virsh(1, "dumpxml", "dns0", "--inactive").replace(">old<", ">dns<"), "utf-8")
    nodes.virsh(1, "destroy", "dns0")
    nodes.virsh(3, "create", str(definition))
    nodes.do("guest", "dns1", "1")
    nodes.do("hang-daemon", "4")
    with ThreadPoolExecutor(1) as later:
        coming = later.submit(after, 0.7, lambda: nodes.migrate("dns0", 3, 1))
        ran = nodes.run(database, LIBVIRT_TIMEOUT="4")
        coming.result()
    assert_clear(ran)
    assert (ran.status, ran.stdout) == (78, "Pool 'dns' has members to migrate\n")


def test_a_domain_that_runs_twice_is_told_and_its_pool_never_called_fine(nodes: Lab, database: Path) -> None:
    """Its other members are as well spread as can be."""
    two_apart(nodes)
    nodes.do("double-run", "dns1")
    assert_told(nodes.run(database), 65, "seen-twice: ", "'dns1' runs on 'node3', 'node4' at once")


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
    two_apart(nodes)
    assert program(database, "delete-node", "--name", "node3").returncode == 0
    moving = nodes.start_migration("dns1", 3, 4)
    try:
        time.sleep(0.3)
        ran = nodes.run(database)
    finally:
        moving.wait()
    assert_told(ran, 65 if "seen-twice" in ran.stderr else 69, "'node4'")


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
