"""Nothing is started twice, nor moved where it can't run, whatever the nodes look like."""

from hypothesis import given
from hypothesis import strategies as st

from virtualisation_resource_distributor.cluster.cluster import Cluster, Guest, GuestStatus, Node, Zone
from virtualisation_resource_distributor.cluster.inventory import DiskFacts, DomainFacts, Inventory, NodeInventory
from virtualisation_resource_distributor.cluster.limit import MemoryLimit
from virtualisation_resource_distributor.cluster.names import GuestId, NodeName, PoolName, ZoneName
from virtualisation_resource_distributor.cluster.trouble import Trouble
from virtualisation_resource_distributor.judge.inventory.disks import may_be_shared
from virtualisation_resource_distributor.judge.inventory.identity import Shared, identity_of
from virtualisation_resource_distributor.judge.inventory.migrating import Migration, may_migrate
from virtualisation_resource_distributor.judge.inventory.starting import Refused, Scene, Start, Wish, where_to_start
from virtualisation_resource_distributor.judge.inventory.stopping import may_stop

NAMES = tuple(map(NodeName, ("n1", "n2", "n3")))
UUIDS = tuple(map(GuestId, ("a", "b", "c")))
SHARED = ("/srv",)
STATUSES: tuple[GuestStatus, ...] = ("running", "stopped", "crashed")
SOURCES = ("/srv/one", "/srv/two", "/var/one")


def _disks() -> st.SearchStrategy[tuple[DiskFacts, ...]]:
    disk = st.builds(
        DiskFacts,
        target=st.just("vda"),
        source=st.sampled_from(SOURCES),
        readonly=st.booleans(),
        shareable=st.booleans(),
    )
    return st.lists(disk, max_size=1).map(tuple)


@st.composite
def _domains(draw: st.DrawFn, uuid: GuestId) -> DomainFacts:
    status = draw(st.sampled_from(STATUSES))
    return DomainFacts(
        uuid=uuid,
        name=draw(st.sampled_from(("one", "other"))),
        status=status,
        active=status != "stopped",
        pool=PoolName("p"),
        memory_bytes=draw(st.integers(0, 3)),
        autostart=draw(st.booleans()),
        saved=status == "stopped" and draw(st.booleans()),
        disks=draw(_disks()),
    )


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """Draw three nodes, some silent, some in maintenance, with up to three domains that are anywhere and anyhow."""
    silent = draw(st.sets(st.sampled_from(NAMES), max_size=2))
    inventory: dict[NodeName, NodeInventory] = {}
    guests: list[Guest] = []
    for name in NAMES:
        if name in silent:
            continue
        there = [draw(_domains(uuid)) for uuid in draw(st.sets(st.sampled_from(UUIDS)))]
        inventory[name] = NodeInventory(draw(st.integers(0, 5)), 1, "9.0.0", "QEMU 7.2.0", tuple(there))
        guests.extend(
            Guest(
                one.uuid, name, one.name, "domain", one.status, one.pool, one.memory_bytes, locked=draw(st.booleans())
            )
            for one in there
        )
    nodes = tuple(
        Node(
            name,
            ZoneName(draw(st.sampled_from(("z1", "z2")))),
            "offline" if name in silent else "online",
            draw(st.booleans()),
            memory_bytes=None if name in silent else inventory[name].memory_bytes,
        )
        for name in NAMES
    )
    faults = {name: Trouble("unreadable", f"node {name}", "it is cut off") for name in silent}
    zones = (Zone(ZoneName("z1")), Zone(ZoneName("z2")))
    cluster = Cluster(zones=zones, nodes=nodes, guests=tuple(guests))
    return Scene(cluster, Inventory("2026-11-21T08:00:00Z", inventory, faults), MemoryLimit(), SHARED)


def _identity(node: NodeName, disk: DiskFacts) -> tuple[str, ...] | None:
    return identity_of(disk, node, (), Shared(SHARED))


def _active(scene: Scene, uuid: GuestId) -> list[NodeName]:
    return [
        name for name, node in scene.inventory.nodes.items() for one in node.domains if one.uuid == uuid and one.active
    ]


@given(scenes(), st.data())
def test_a_start_is_permitted_only_where_nothing_can_come_of_it(scene: Scene, data: st.DataObject) -> None:
    """It runs nowhere, everybody was asked but those who were named, its disks are its own, and there is room."""
    domain = data.draw(_domains(GuestId("a")))._replace(active=False)
    despite = frozenset(data.draw(st.sets(st.sampled_from(NAMES))))
    asked = data.draw(st.none() | st.sampled_from(NAMES))
    sent = dict.fromkeys(data.draw(st.sets(st.sampled_from(NAMES))), "somebody sends one")
    decided = where_to_start(scene, Wish(domain=domain, node=asked, despite=despite, taken=sent))
    if isinstance(decided, Refused):
        assert decided.objections
        return
    assert isinstance(decided, Start)
    assert asked in {None, decided.node}
    assert decided.node not in sent
    assert _active(scene, domain.uuid) == []
    assert not any(one.saved for node in scene.inventory.nodes.values() for one in node.domains if one.uuid == "a")
    assert scene.inventory.faults.keys() <= despite
    assert {name for name in NAMES for note in decided.notes if f"known whether it runs on '{name}'" in note} == set(
        scene.inventory.faults
    )
    node = scene.cluster.node_named[decided.node]
    assert (node.status, node.maintenance) == ("online", False)
    there = scene.inventory.nodes[decided.node].domains
    assert not any(one.name == domain.name and one.uuid != domain.uuid for one in there)
    taken = sum(guest.memory_bytes or 0 for guest in scene.cluster.guests if guest.node == node.name and guest.runs)
    assert taken + (domain.memory_bytes or 0) <= (node.memory_bytes or 0)
    for name, other in scene.inventory.nodes.items():
        for user in other.domains:
            for disk in user.disks if user.active else ():
                mine = [one for one in domain.disks if _identity(node.name, one) == _identity(name, disk)]
                assert all(may_be_shared(one, disk) for one in mine)


@given(scenes(), st.data())
def test_nothing_but_a_silent_node_is_left_out_by_naming_it(scene: Scene, data: st.DataObject) -> None:
    """Of an active guest, or one that has no room, it changes nothing that all nodes may be out of reach."""
    domain = data.draw(_domains(GuestId("a")))._replace(active=False)
    everybody = where_to_start(scene, Wish(domain=domain, despite=frozenset(NAMES)))
    if _active(scene, domain.uuid):
        assert isinstance(everybody, Refused)
        assert {one.kind for one in everybody.objections} == {"found"}


@given(scenes(), st.sampled_from(UUIDS), st.sampled_from(NAMES))
def test_a_move_is_permitted_from_the_one_place_where_a_guest_runs(
    scene: Scene, uuid: GuestId, to_node: NodeName
) -> None:
    """To a usable node that answers, where it is not yet, with room, and not while it is locked."""
    decided = may_migrate(scene, uuid, to_node)
    if isinstance(decided, Refused):
        assert decided.objections
        return
    assert isinstance(decided, Migration)
    move = decided.move
    assert move.guest.status == "running"
    assert _active(scene, uuid) == [move.from_node] != [to_node]
    assert to_node not in scene.inventory.faults
    node = scene.cluster.node_named[to_node]
    assert (node.status, node.maintenance, move.guest.locked) == ("online", False, False)
    there = scene.inventory.nodes[to_node].domains
    assert not any(one.name == move.guest.name and one.uuid != uuid for one in there)
    taken = sum(guest.memory_bytes or 0 for guest in scene.cluster.guests if guest.node == to_node and guest.runs)
    assert taken + (move.guest.memory_bytes or 0) <= (node.memory_bytes or 0)


@given(scenes(), st.sampled_from(UUIDS), st.none() | st.sampled_from(NAMES), st.booleans())
def test_a_stop_ends_what_is_active_on_one_node_and_nothing_where_that_is_in_doubt(
    scene: Scene, uuid: GuestId, asked: NodeName | None, hard: bool
) -> None:
    """One of two copies only by its node; where one may be out of sight, nothing is called down."""
    decided = may_stop(scene.inventory, uuid, asked, hard=hard)
    active = _active(scene, uuid)
    if isinstance(decided, Refused):
        assert decided.objections
        return
    assert asked in {None, decided.node}
    if decided.node is None:
        assert active == []
        assert not scene.inventory.faults
    else:
        assert decided.node in active
        assert decided.is_copy == (len(active) > 1)
    assert not (decided.is_copy and decided.autostart)
