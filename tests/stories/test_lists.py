"""An operator looks up what runs where, and is told where a name is none, or what is not known."""

import json
import re
from pathlib import Path

import pytest
from tests.databases import ROOT, on_a_terminal, program
from tests.libvirt_nodes import TestDomain, write_node
from tests.live import Ran, assert_clear, make_database, run

from virtualisation_resource_distributor.cluster.definition import WantedDown
from virtualisation_resource_distributor.cluster.names import GuestId
from virtualisation_resource_distributor.store.wanted import want_down

pytest.importorskip("libvirt", reason="NOT TESTED: Python's libvirt is not installed")

LIBVIRT = {"SOURCE": "libvirt"}
BUNCHED = ("--from", str(ROOT / "examples" / "bunched.json"))
STAYS_DOWN = "is to stay down, since stop-guest"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Make a model of two nodes, one of them with members of pool dns and a guest whose metadata names pool web."""
    path = make_database(tmp_path / "model.sqlite3", {"a": ("kvm1",), "b": ("kvm2",)})
    _write(path, "kvm1", TestDomain(name="dns0"), TestDomain(name="dns1"), TestDomain(name="web0", pools=("web",)))
    _write(path, "kvm2")
    assert program(path, "create-pool", "--name", "dns", "--member", "dns*").returncode == 0
    assert run(path, LIBVIRT, "scan").status == 0
    return path


def _write(database: Path, node: str, *domains: TestDomain) -> None:
    uri = write_node(database.with_name(f"{node}.xml"), domains)
    assert program(database, "set-node", "--name", node, "--uri", uri).returncode == 0


def _list(database: Path, *options: str) -> Ran:
    ran = run(database, LIBVIRT, "list-guests", *options)
    assert_clear(ran)
    return ran


def _plain(text: str) -> list[str]:
    return [line.strip() for line in re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()]


@pytest.mark.parametrize("view", [(), ("--live",), BUNCHED])
def test_a_node_or_pool_that_is_not_there_is_refused_with_what_is_near(database: Path, view: tuple[str, ...]) -> None:
    """An answer without a line would say that nothing runs there; a pattern that matches nothing is none such."""
    node = "pve11" if view == BUNCHED else "kvm11"
    for option, name, near in (("--node", node, f"'{node[:-1]}'"), ("--pool", "dsn", "'dns'")):
        ran = _list(database, option, name, *view)
        assert (ran.status, ran.stdout, len(ran.lines)) == (64, "", 1)
        assert ran.lines[0].startswith(f"there is no {option[2:]} '{name}'; near it: {near}")
    assert _list(database, "--name", "nope*", *view).status == 0
    assert _list(database, "--node", node[:-1], "--pool", "dns", *view).status == 0


@pytest.mark.parametrize("view", [(), ("--live",)])
def test_pools_of_the_model_and_of_guests_are_there(database: Path, view: tuple[str, ...]) -> None:
    """One that has no members as well as one that the model does not have."""
    assert program(database, "create-pool", "--name", "void").returncode == 0
    for pool, guests in (("void", 0), ("web", 1)):
        ran = _list(database, "--pool", pool, *view)
        assert (ran.status, ran.lines, ran.stdout.count("\n")) == (0, [], guests)


def test_a_pool_that_may_be_on_a_silent_node_is_told_as_not_seen(database: Path) -> None:
    """As `run --pool` does; what is known of the node is listed as before."""
    program(database, "set-node", "--name", "kvm1", "--uri", "qemu+tcp://127.0.0.1:1/system")
    for view, told in (("--live", "node kvm1: "), ("", "node kvm1: no answer at ")):
        if not view:
            assert run(database, LIBVIRT, "scan").status == 69
        ran = _list(database, "--pool", "nope", *filter(None, (view,)))
        assert (ran.status, ran.stdout) == (69, "")
        assert ran.lines[0].startswith(f"partial-view: {told}")
        assert ran.lines[-1] == "of the pools asked for, 'nope' can't be seen"
    known = _list(database, "--pool", "web")
    assert (known.status, known.lines) == (0, [])
    assert "web0" in known.stdout


def test_a_node_that_no_scan_has_seen_is_told_where_it_is_asked_for(database: Path) -> None:
    """What runs on it is not known."""
    assert program(database, "create-node", "--name", "kvm3", "--zone-name", "a").returncode == 0
    ran = _list(database, "--node", "kvm3")
    assert (ran.status, ran.stdout) == (69, "")
    assert ran.lines == ["partial-view: node kvm3: no scan has asked it yet; run scan"]
    assert _list(database).status == 0


def test_a_guest_that_is_to_stay_down_is_told(database: Path) -> None:
    """Beside what else there is to say, in the scanned list and in the live one; a snapshot does not know."""
    uuid = GuestId(TestDomain(name="dns0").uuid)
    want_down(database, WantedDown(uuid=uuid, name="dns0", created_at="", author="me", autostart=False))
    for view in ((), ("--live",)):
        rows = json.loads(_list(database, "--format", "json", *view).stdout)["guests"]
        assert [(row["wanted_down"], row["remark"]) for row in rows] == [
            (True, STAYS_DOWN),
            (False, None),
            (False, None),
        ]
    program(database, "set-node", "--name", "kvm1", "--uri", "qemu+tcp://127.0.0.1:1/system")
    assert run(database, LIBVIRT, "scan").status == 69
    remark = json.loads(_list(database, "--format", "json", "--name", "dns0").stdout)["guests"][0]["remark"]
    assert remark.startswith("no answer at ")
    assert remark.endswith(f"; {STAYS_DOWN}")
    assert "wanted_down" not in _list(database, "--format", "json", *BUNCHED).stdout


def test_the_table_of_nodes_fits_a_terminal_of_80_columns(database: Path) -> None:
    """With sizes in words, and a line for each node."""
    lines = _plain(on_a_terminal(database, "list-nodes", environment=LIBVIRT))
    assert lines[0].split() == ["name", "zone", "memory", "vcpus", "guests", "seen_at", "remark"]
    assert [line.split()[:6] for line in lines[1:]] == [
        ["kvm1", "a", "64.0", "GiB", "16", "3"],
        ["kvm2", "b", "64.0", "GiB", "16", "0"],
    ]
    program(database, "set-maintenance", "--name", "kvm2")
    program(database, "set-node", "--name", "kvm1", "--uri", "qemu+tcp://127.0.0.1:1/system")
    run(database, LIBVIRT, "scan")
    kvm1, kvm2, *notes = _plain(on_a_terminal(database, "list-nodes", environment=LIBVIRT))[1:]
    assert kvm1.startswith("kvm1  a ")
    assert kvm1.endswith("no answer")
    assert kvm2.endswith("in maintenance")
    assert notes[0].startswith("kvm1: no answer at ")
    (row,) = _plain(on_a_terminal(database, "list-guests", "--name", "web0", environment=LIBVIRT))[1:2]
    assert row.endswith("no answer")


def test_a_table_of_guests_tells_namesakes_apart_by_their_uuid(database: Path) -> None:
    """Which is what other commands ask for; where each name is one guest's, there is no UUID."""
    lines = _plain(on_a_terminal(database, "list-guests", environment=LIBVIRT))
    assert lines[0].split() == ["name", "node", "status", "pool", "memory", "vcpus", "seen_at", "remark"]
    other = TestDomain(name="dns0", key="other")
    _write(database, "kvm2", other, TestDomain(name="dns1", state="shut off"))
    run(database, LIBVIRT, "scan")
    lines = _plain(on_a_terminal(database, "list-guests", environment=LIBVIRT))
    assert lines[0].split() == ["name", "id", "node", "status", "pool", "remark"]
    assert {line.split()[1] for line in lines if line.startswith("dns0")} == {other.uuid, TestDomain(name="dns0").uuid}
    assert "id" not in _plain(on_a_terminal(database, "list-guests", "--name", "dns1", environment=LIBVIRT))[0].split()
