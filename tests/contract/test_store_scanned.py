"""What a scan saw is read as it was written, and stays while a node gives no answer."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import strategies
from tests.databases import execute, public_directory

from virtualisation_resource_distributor.cluster import Model, ModelNode, NodeName, PoolName, Trouble, Zone, ZoneName
from virtualisation_resource_distributor.cluster.inventory import (
    DiskFacts,
    DomainFacts,
    GraphicsFacts,
    InterfaceFacts,
    Inventory,
    NodeInventory,
    ScannedNode,
)
from virtualisation_resource_distributor.cluster.names import GuestId
from virtualisation_resource_distributor.errors import InvalidData
from virtualisation_resource_distributor.store.changes import change_model, create_database
from virtualisation_resource_distributor.store.scanned import read_scanned, write_scan

NOW, LATER = "2026-11-21T08:00:00Z", "2026-11-21T09:00:00Z"
N1, N2, N3 = map(NodeName, ("n1", "n2", "n3"))
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=9)
SIZES = st.none() | st.integers(min_value=0, max_value=2**50)
DISKS = st.builds(DiskFacts, TEXTS, TEXTS, TEXTS, st.none() | TEXTS, st.booleans(), st.booleans())
CARDS = st.builds(InterfaceFacts, TEXTS, st.none() | TEXTS, st.none() | TEXTS)
DISPLAYS = st.builds(GraphicsFacts, TEXTS, st.none() | st.integers(0, 65535), st.none() | TEXTS)
DOMAINS = st.builds(
    DomainFacts,
    uuid=st.uuids().map(lambda uuid: GuestId(str(uuid))),
    name=strategies.names(),
    status=st.sampled_from(["running", "paused", "stopped", "crashed", "unknown"]),
    active=st.booleans(),
    reason=TEXTS,
    job=st.sampled_from(["none", "outgoing", "incoming", "hung"]),
    pool=st.none() | strategies.names().map(PoolName),
    persistent=st.booleans(),
    autostart=st.booleans(),
    saved=st.booleans(),
    memory_bytes=SIZES,
    vcpus=SIZES,
    disks=st.lists(DISKS, max_size=2).map(tuple),
    interfaces=st.lists(CARDS, max_size=2).map(tuple),
    graphics=st.lists(DISPLAYS, max_size=2).map(tuple),
    definition=st.just(""),
)
NODES = st.builds(
    NodeInventory,
    memory_bytes=SIZES,
    vcpus=st.none() | st.integers(0, 4096),
    libvirt=TEXTS,
    hypervisor=TEXTS,
    domains=st.lists(DOMAINS, max_size=4, unique_by=lambda one: one.uuid).map(
        lambda domains: tuple(sorted(domains, key=lambda one: (one.name, one.uuid)))
    ),
    storage=st.just(()),
)
EMPTY = NodeInventory(memory_bytes=None, vcpus=None, libvirt="9.0.0", hypervisor="QEMU 7.2.0")
SILENT = Trouble(kind="unreadable", subject="node n1", message="gives no answer")


def _database(directory: Path) -> Path:
    path = directory / "model.sqlite3"
    create_database(path)
    zone = ZoneName("a")
    nodes = tuple(ModelNode(name=name, zone=zone) for name in (N1, N2))
    change_model(path, lambda _: Model(zones=(Zone(name=zone),), nodes=nodes))
    return path


@given(NODES, NODES)
@settings(max_examples=40, deadline=None)
def test_any_inventory_is_read_as_it_was_written(one: NodeInventory, other: NodeInventory) -> None:
    """And the next scan takes its place; definitions and storage pools are not kept with it."""
    with public_directory() as directory:
        path = _database(directory)
        for first, second in ((one, other), (other, one)):
            with_definitions = first._replace(
                domains=tuple(domain._replace(definition="<geheim/>") for domain in first.domains)
            )
            write_scan(path, Inventory(taken_at=NOW, nodes={N1: with_definitions, N2: second}))
            expected = tuple(
                ScannedNode(name=name, tried_at=NOW, seen_at=NOW, inventory=node)
                for name, node in ((N1, first), (N2, second))
            )
            assert read_scanned(path) == expected
            assert b"geheim" not in path.read_bytes()


def test_what_was_known_of_a_node_stays_with_its_age_while_it_gives_no_answer(tmp_path: Path) -> None:
    """One that never gave one is known to have been asked; one that is not in the model is left out."""
    path = _database(tmp_path)
    write_scan(path, Inventory(taken_at=NOW, nodes={N1: EMPTY, N3: EMPTY}, faults={N2: SILENT, N3: SILENT}))
    write_scan(path, Inventory(taken_at=LATER, nodes={}, faults={N1: SILENT}))
    assert read_scanned(path) == (
        ScannedNode(name=N1, tried_at=LATER, seen_at=NOW, fault=SILENT.message, inventory=EMPTY),
        ScannedNode(name=N2, tried_at=NOW, fault=SILENT.message),
    )
    write_scan(path, Inventory(taken_at=LATER, nodes={N1: EMPTY}))
    assert read_scanned(path)[0] == ScannedNode(name=N1, tried_at=LATER, seen_at=LATER, inventory=EMPTY)


def test_what_a_node_had_is_forgotten_with_the_node(tmp_path: Path) -> None:
    """One of that name that is made later knows nothing of it."""
    path = _database(tmp_path)
    write_scan(path, Inventory(taken_at=NOW, nodes={N1: EMPTY}))
    without = change_model(path, lambda model: model._replace(nodes=model.nodes[1:]))
    assert without is None
    assert read_scanned(path) == ()


@pytest.mark.parametrize(
    ("facts", "fault"), [("{", "are no JSON; run scan"), ("{}", ".name: is missing"), ("[]", "found a list")]
)
def test_facts_that_another_program_broke_are_refused_with_their_place(tmp_path: Path, facts: str, fault: str) -> None:
    """No half of them is believed."""
    path = _database(tmp_path)
    domain = DomainFacts(uuid=GuestId("a"), name="dns0", status="running", active=True)
    write_scan(path, Inventory(taken_at=NOW, nodes={N1: EMPTY._replace(domains=(domain,))}))
    execute(path, f"UPDATE scanned_guests SET facts = '{facts}'")
    with pytest.raises(InvalidData, match="table scanned_guests, row of a") as raised:
        read_scanned(path)
    assert fault in str(raised.value)


def test_facts_of_an_earlier_scan_that_tell_no_address_of_a_display_are_read(tmp_path: Path) -> None:
    """Where it listens is not known then."""
    path = _database(tmp_path)
    display = GraphicsFacts(kind="vnc", port=5900, address="::1")
    domain = DomainFacts(uuid=GuestId("a"), name="dns0", status="running", active=True, graphics=(display,))
    write_scan(path, Inventory(taken_at=NOW, nodes={N1: EMPTY._replace(domains=(domain,))}))
    execute(path, "UPDATE scanned_guests SET facts = replace(facts, ', \"address\": \"::1\"', '')")
    (node,) = read_scanned(path)
    assert node.inventory is not None
    assert node.inventory.domains[0].graphics == (display._replace(address=None),)


def test_what_a_scan_of_an_earlier_version_wrote_is_read(tmp_path: Path) -> None:
    """What it did not look at is as if it were not there."""
    path = _database(tmp_path)
    domain = DomainFacts(GuestId("a"), "dns0", "stopped", active=False, saved=True)
    write_scan(path, Inventory(NOW, {N1: EMPTY._replace(domains=(domain,))}))
    execute(path, "UPDATE scanned_guests SET facts = json_remove(facts, '$.saved')")
    (node, *_) = read_scanned(path)
    assert node.inventory is not None
    assert node.inventory.domains == (domain._replace(saved=False),)
