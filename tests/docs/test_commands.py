"""Every command has its help, with an example that runs, and stands in docs/commands.md."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from tests.databases import execute
from tests.docs.generate import PAGE, PROGRAM, commands, help_of, page
from tests.libvirt_nodes import TestDomain, write_node
from tests.transcripts import Stage, stage

from virtualisation_resource_distributor.cluster import Model
from virtualisation_resource_distributor.cluster.definition import Definition
from virtualisation_resource_distributor.cluster.names import GuestId
from virtualisation_resource_distributor.commands.model import edits
from virtualisation_resource_distributor.store.changes import change_model, create_database
from virtualisation_resource_distributor.store.definitions import add_definitions

_EXAMPLE = re.compile(r"^  Example:\n((?:    .+\n?)+)", re.MULTILINE)


def _room(model: Model) -> Model:
    return edits.create_zone(model, name="room1")


def _racks(model: Model) -> Model:
    return edits.create_zone(edits.create_zone(model, name="rack1"), name="rack2")


def _node(model: Model) -> Model:
    return edits.create_node(_racks(model), name="pve1", zone="rack1")


def _pool(model: Model) -> Model:
    return edits.create_pool(model, name="dns")


def _libvirt_node(model: Model) -> Model:
    return edits.create_node(_racks(model), name="kvm1", zone="rack1", uri="test:///default")


_NEEDS: dict[str, Callable[[Model], Model]] = {
    "create-zone": _room,
    "delete-zone": _racks,
    "create-node": _racks,
    "set-node": _node,
    "delete-node": _node,
    "set-maintenance": _node,
    "clear-maintenance": _node,
    "delete-pool": _pool,
    "scan": _libvirt_node,
    "validate": _libvirt_node,
    "scan-iscsi": _libvirt_node,
}


def _leave_lock(database: Path) -> None:
    """Leave what a scan on another machine leaves behind that is killed."""
    values = "'scan', '2026-11-21T08:00:00Z', 'scan', 'root', 'admin1', '', 4711, ''"
    execute(database, f"INSERT INTO locks VALUES ({values})")


_ACTS = {"start-guest", "stop-guest", "migrate-guest"}


def _furnish_nodes(here: Stage, name: str, database: Path) -> None:
    """Make two libvirt nodes, with a guest that runs on the first, or one whose definition is stored."""
    guest = TestDomain(name="dns0")
    there = [] if name == "start-guest" else [guest]
    uris = {
        "kvm1": write_node(here.directory / "kvm1.xml", there),
        "kvm2": write_node(here.directory / "kvm2.xml"),
    }
    for node, uri in uris.items():
        change_model(database, partial(edits.create_node, name=node, zone="rack1", uri=uri))
    _keep(database, guest)


def _keep(database: Path, *versions: TestDomain) -> None:
    """Keep these definitions as versions of one."""
    now = "2026-11-21T08:00:00Z"
    for one in versions:
        kept = Definition(GuestId(one.uuid), one.name, 0, now, "root", "node kvm1", one.xml())
        add_definitions(database, [kept])


def _examples(name: str) -> list[str]:
    found = _EXAMPLE.search(help_of(name))
    return [] if found is None else [line.strip() for line in found.group(1).splitlines()]


def _run_on_a_model(here: Stage, name: str, example: str) -> tuple[str, int]:
    database = here.directory / "model.sqlite3"
    create_database(database)
    change_model(database, _NEEDS.get(name, _same))
    if name in _ACTS:
        change_model(database, _racks)
        _furnish_nodes(here, name, database)
    if name.endswith("-definition") or name == "list-definitions":
        database.chmod(0o600)
        _keep(database, TestDomain(name="dns0"), TestDomain(name="dns0", vcpus=2))
    if name == "release-lock":
        _leave_lock(database)
    # An example may name files under /tmp; two tests at once must not.
    return here.run(example.replace("/tmp/", f"{here.directory}/tmp-"))


def _same(model: Model) -> Model:
    return model


def test_the_page_is_what_help_says() -> None:
    """`python -m tests.docs.generate` brings it up."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_help_on_a_terminal_of_80_columns_is_what_the_page_has() -> None:
    """The page is made without running the command, and shows the same."""
    with stage() as here:
        assert here.run(f"{PROGRAM} run --help") == (f"{help_of('run')}\n", 0)


@pytest.mark.parametrize("name", commands())
def test_every_example_in_help_runs(name: str) -> None:
    """Each ends with 0, or with an alarm as that command has it; a model command finds a model that fits."""
    examples = _examples(name)
    assert examples
    for example in examples:
        with stage() as here:
            output, status = _run_on_a_model(here, name, example)
            assert status in {0, 2 if name == "monitor" else 78}, output
