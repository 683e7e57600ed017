"""An operator looks up what runs where, and is told where a name is none, or what is not known."""

import re
from pathlib import Path

import pytest
from tests.databases import on_a_terminal, program
from tests.libvirt_nodes import TestDomain, write_node
from tests.live import make_database, run

pytest.importorskip("libvirt", reason="NOT TESTED: Python's libvirt is not installed")

LIBVIRT = {"SOURCE": "libvirt"}


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


def _plain(text: str) -> list[str]:
    return [line.strip() for line in re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()]


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
