"""What clashes is told, with who and where, and what does not is never."""

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from virtualisation_resource_distributor.cluster.definition import Definition
from virtualisation_resource_distributor.cluster.inventory import (
    DiskFacts,
    DomainFacts,
    GraphicsFacts,
    InterfaceFacts,
    Inventory,
    NodeInventory,
)
from virtualisation_resource_distributor.cluster.names import GuestId, NodeName
from virtualisation_resource_distributor.judge.inventory.clashes import clashes
from virtualisation_resource_distributor.judge.inventory.whereabouts import active_twice

RBD = DiskFacts(target="vda", kind="network", source="rbd://mon1/libvirt/a")
MAC = InterfaceFacts(kind="network", mac="52:54:00:AA:00:01")
VNC = GraphicsFacts(kind="vnc", port=5901, address="0.0.0.0")
NOT_MOVING: Mapping[GuestId, NodeName] = MappingProxyType({})


def _domain(uuid: str, *, active: bool = True, definition: str = "", name: str = "") -> DomainFacts:
    return DomainFacts(
        uuid=GuestId(uuid),
        name=name or uuid,
        status="running" if active else "stopped",
        active=active,
        definition=definition,
    )


def _inventory(moving: Mapping[GuestId, NodeName] = NOT_MOVING, **nodes: tuple[DomainFacts, ...]) -> Inventory:
    return Inventory(
        taken_at="2026-11-21T08:00:00Z",
        nodes={
            NodeName(name): NodeInventory(memory_bytes=None, vcpus=None, libvirt="", hypervisor="", domains=domains)
            for name, domains in nodes.items()
        },
        moving=moving,
    )


def _codes(inventory: Inventory, *definitions: Definition, shared: tuple[str, ...] = ()) -> list[str]:
    return [finding.code for finding in clashes(inventory, definitions, shared)]


def _kept(uuid: str, xml: str) -> Definition:
    at = "2026-11-21T08:00:00Z"
    return Definition(uuid=GuestId(uuid), name=uuid, version=2, created_at=at, author="a", origin="node n1", xml=xml)


def _xml(memory: int, passwd: str = "") -> str:
    password = f" passwd='{passwd}'" if passwd else ""
    return f"<domain><memory>{memory}</memory><devices><graphics type='vnc'{password}/></devices></domain>"


def test_two_that_write_to_one_disk_are_told_with_both_their_ways_to_it() -> None:
    """As a warning, whose subject is the first of them."""
    one = _domain("a")._replace(disks=(RBD,))
    other = _domain("b")._replace(disks=(RBD._replace(target="vdb", source="rbd://mon2/libvirt/a"),))
    (finding,) = clashes(_inventory(n1=(one,), n2=(other,)), (), ())
    assert finding[:3] == ("disk-shared", "warning", "a")
    for part in ("'a' on 'n1'", "'b' on 'n2'", "vda and vdb", "rbd://mon2/libvirt/a", "<shareable/>"):
        assert part in finding.message


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        (RBD, RBD._replace(readonly=True), True),
        (RBD._replace(readonly=True), RBD._replace(readonly=True), False),
        (RBD._replace(shareable=True), RBD, True),
        (RBD._replace(shareable=True), RBD._replace(shareable=True), False),
        (RBD, RBD._replace(source="rbd://mon1/libvirt/b"), False),
        (DiskFacts(target="hdc"), DiskFacts(target="hdc"), False),
        (DiskFacts(target="vda", source="/srv/a"), DiskFacts(target="vda", source="/srv/a"), False),
    ],
)
def test_a_disk_is_shared_in_good_order_if_both_only_read_or_both_say_so(
    one: DiskFacts, other: DiskFacts, clash: bool
) -> None:
    """A file of one node is no file of another."""
    inventory = _inventory(n1=(_domain("a")._replace(disks=(one,)),), n2=(_domain("b")._replace(disks=(other,)),))
    assert _codes(inventory) == (["disk-shared"] if clash else [])


def test_a_file_is_one_on_one_node_or_where_the_settings_say_so() -> None:
    """Under whichever directory they name."""
    disk = (DiskFacts(target="vda", source="/srv/a"),)
    one, other = _domain("a")._replace(disks=disk), _domain("b")._replace(disks=disk)
    assert _codes(_inventory(n1=(one, other))) == ["disk-shared"]
    assert _codes(_inventory(n1=(one,), n2=(other,))) == []
    assert _codes(_inventory(n1=(one,), n2=(other,)), shared=("/srv",)) == ["disk-shared"]


def test_only_domains_that_run_clash() -> None:
    """What is defined has nothing open."""
    down = _domain("b", active=False)._replace(disks=(RBD,), interfaces=(MAC,), graphics=(VNC,))
    up = _domain("a")._replace(disks=(RBD,), interfaces=(MAC,), graphics=(VNC,))
    assert _codes(_inventory(n1=(up, down), n2=(down._replace(uuid=GuestId("c")),))) == []


def test_a_domain_does_not_clash_with_itself() -> None:
    """While it is migrated, when it runs twice (which `run` tells), and with a card that stands in for another."""
    both = _domain("a")._replace(disks=(RBD, RBD), interfaces=(MAC, MAC), graphics=(VNC, VNC))
    assert _codes(_inventory(n1=(both,), n2=(both,))) == []
    assert _codes(_inventory({GuestId("a"): NodeName("n2")}, n1=(both,), n2=(both,))) == []


def test_two_with_one_mac_address_are_told_whatever_the_case() -> None:
    """On any nodes; in a network of its own a domain meets nobody."""
    one, other = _domain("a")._replace(interfaces=(MAC,)), _domain("b")
    lower = MAC._replace(mac="52:54:00:aa:00:01")
    (finding,) = clashes(_inventory(n1=(one,), n2=(other._replace(interfaces=(lower,)),)), (), ())
    assert finding.code == "mac-twice"
    assert "'a' on 'n1' and 'b' on 'n2' have the MAC address 52:54:00:aa:00:01" in finding.message
    alone = lower._replace(kind="user")
    assert _codes(_inventory(n1=(one,), n2=(other._replace(interfaces=(alone,)),))) == []
    many = [_domain(f"d{number}")._replace(interfaces=(MAC,)) for number in range(8)]
    (finding,) = clashes(_inventory(n1=tuple(many)), (), ())
    assert "and 4 more have the MAC address" in finding.message


@pytest.mark.parametrize(
    ("other", "clash"),
    [
        (VNC._replace(kind="spice"), True),
        (VNC._replace(address="10.0.0.1"), True),
        (VNC._replace(port=5902), False),
        (VNC._replace(port=None), False),
    ],
)
def test_displays_on_one_port_of_one_node_are_told(other: GraphicsFacts, clash: bool) -> None:
    """On two nodes they are in nobody's way."""
    one, two = _domain("a")._replace(graphics=(VNC,)), _domain("b")._replace(graphics=(other,))
    assert _codes(_inventory(n1=(one, two))) == (["display-port-twice"] if clash else [])
    assert _codes(_inventory(n1=(one,), n2=(two,))) == []
    apart = one._replace(graphics=(VNC._replace(address="10.0.0.1"),))
    there = two._replace(graphics=(VNC._replace(address="10.0.0.2"),))
    assert _codes(_inventory(n1=(apart, there))) == []


def test_definitions_that_differ_between_nodes_are_told_from_where_the_domain_runs() -> None:
    """Equal ones, and nodes whose definition is not known, are not."""
    left = _domain("a", active=False, definition=_xml(1024))
    runs = _domain("a", definition=_xml(2048))
    (finding,) = clashes(_inventory(n1=(left,), n2=(runs,), n3=(left,)), (), ())
    assert finding.code == "definition-differs"
    assert "'a' on 'n2' is defined otherwise on 'n1', 'n3', from 'n2' to 'n1': memory: '2097152' → '1048576'" in (
        finding.message
    )
    assert _codes(_inventory(n1=(runs,), n2=(runs,))) == []
    assert _codes(_inventory(n1=(runs,), n2=(_domain("a", active=False),))) == []
    assert _codes(_inventory(n1=(runs,), n2=(_domain("a", active=False, definition="<"),))) == []


def test_a_definition_that_is_kept_is_compared_with_the_one_that_counts() -> None:
    """A password that no reader is told makes no difference."""
    left = _domain("a", active=False, definition=_xml(2048))
    runs = _domain("a", definition=_xml(2048))
    assert _codes(_inventory(n1=(left,), n2=(runs,)), _kept("a", _xml(2048, "geheim77"))) == []
    (finding,) = clashes(_inventory(n1=(left,), n2=(runs,)), (_kept("a", _xml(1024)), _kept("b", _xml(1))), ())
    assert finding.code == "definition-changed"
    assert "the definition of 'a' on 'n2' differs from version 2, which is kept" in finding.message
    assert _codes(_inventory(n1=(_domain("a"),)), _kept("a", _xml(1024))) == [], "it was not asked for"


def test_a_domain_runs_twice_where_it_is_active_on_two_nodes_and_stays() -> None:
    """What is on the move is seen on two for a while."""
    one = _domain("a")
    twice = active_twice(_inventory(n1=(one,), n2=(one,)))
    assert {uuid: tuple(there) for uuid, there in twice.items()} == {"a": ("n1", "n2")}
    assert active_twice(_inventory({GuestId("a"): NodeName("n1")}, n1=(one,), n2=(one,))) == {}
    assert active_twice(_inventory(n1=(one,), n2=(_domain("a", active=False),))) == {}
    unsettled = _inventory(n1=(one,), n2=(one,))._replace(unsettled=frozenset({GuestId("a")}))
    assert active_twice(unsettled) == {}


def test_the_definition_that_counts_is_that_of_the_node_where_the_domain_runs_or_comes_from() -> None:
    """Else that of the first node that has one; what others have is told as differing from it."""
    left, runs = _domain("a", active=False, definition=_xml(1024)), _domain("a", definition=_xml(2048))

    def reference(inventory: Inventory) -> str:
        (finding,) = clashes(inventory, (), ())
        assert finding.code == "definition-differs"
        return finding.message.partition(" is defined otherwise")[0]

    assert reference(_inventory(n1=(left,), n2=(runs,))) == "'a' on 'n2'"
    comes = runs._replace(definition=_xml(4096))
    assert reference(_inventory({GuestId("a"): NodeName("n2")}, n1=(comes,), n2=(runs,))) == "'a' on 'n2'"
    assert reference(_inventory(n2=(left,), n1=(left._replace(definition=_xml(512)),))) == "'a' on 'n1'"
