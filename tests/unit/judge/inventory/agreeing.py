"""Nodes that agree on all, and one change at a time."""

from collections.abc import Mapping
from typing import Any

from virtualisation_resource_distributor.cluster.inventory import (
    DiskFacts,
    DomainFacts,
    InterfaceFacts,
    Inventory,
    NodeInventory,
)
from virtualisation_resource_distributor.cluster.names import GuestId, NodeName
from virtualisation_resource_distributor.cluster.surroundings import (
    IscsiTarget,
    NetworkFacts,
    NodeSurroundings,
    RunningFacts,
    ShellFacts,
    StoragePoolFacts,
    Surroundings,
    WayFacts,
)
from virtualisation_resource_distributor.judge.inventory.seen import Seen

TARGET = IscsiTarget(portal="10.0.0.5:3260", iqn="iqn.2004-04.com.example:disk1")
BY_PATH = "/dev/disk/by-path/ip-10.0.0.5:3260-iscsi-iqn.2004-04.com.example:disk1-lun-1"
LAN = NetworkFacts(name="lan", forward="bridge", bridge="br0")
IMAGES = StoragePoolFacts(name="images", kind="netfs", target="/srv/images", source="nfs1:/export")
HOST_CPU = "<cpu><model>EPYC</model></cpu>"
GUEST_CPU = "<cpu mode='custom'><model>Nehalem</model></cpu>"
PC = "x86_64/pc-i440fx-7.2"
NODES = ("kvm1", "kvm2", "kvm3")


def guest(name: str = "web0", *, active: bool = True) -> DomainFacts:
    """Return a guest that needs all that nodes have."""
    return DomainFacts(
        uuid=GuestId(f"uuid-of-{name}"),
        name=name,
        status="running" if active else "stopped",
        active=active,
        disks=(
            DiskFacts(target="vda", kind="volume", source="images/web0"),
            DiskFacts(target="vdb", kind="block", source=BY_PATH),
        ),
        interfaces=(InterfaceFacts(kind="network", link="lan"), InterfaceFacts(kind="bridge", link="br1")),
    )


def node(*domains: DomainFacts, **changed: Any) -> NodeInventory:
    """Return a node with these domains."""
    facts = NodeInventory(memory_bytes=1, vcpus=1, libvirt="9.0.0", hypervisor="QEMU 7.2.0", domains=domains)
    return facts._replace(**changed)


def offers(**changed: Any) -> NodeSurroundings:
    """Return what a node offers."""
    facts = NodeSurroundings(
        networks=(LAN,),
        storage_pools=(IMAGES,),
        links=frozenset({"br0", "br1"}),
        machines=frozenset({PC}),
        cpu=HOST_CPU,
        running={},
        lacking={HOST_CPU: "", GUEST_CPU: ""},
    )
    return facts._replace(**changed)


def shell(name: str, names: tuple[str, ...] = NODES, **changed: Any) -> ShellFacts:
    """Return what root tells on a node."""
    every_key = frozenset(f"SHA256:key-of-{other}" for other in names)
    ways = {
        NodeName(other): WayFacts(
            user="root",
            keys=frozenset({f"SHA256:key-of-{name}"}),
            known=frozenset({f"SHA256:host-key-of-{other}"}),
        )
        for other in names
        if other != name
    }
    facts = ShellFacts(
        account="root",
        uid=0,
        ahead_seconds=0.0,
        sessions=frozenset({TARGET}),
        initiator=f"iqn.2004-04.example:{name}",
        authorized=every_key,
        host_keys=frozenset({f"SHA256:host-key-of-{name}"}),
        ways=ways,
    )
    return facts._replace(**changed)


def agreeing(names: tuple[str, ...] = NODES) -> Seen:
    """Return nodes that agree on all; a guest runs on the first of them."""
    first = names[0]
    running = {GuestId("uuid-of-web0"): RunningFacts(machine=PC, cpu=GUEST_CPU)}
    return Seen(
        inventory=Inventory(
            taken_at="2026-11-21T08:00:00Z",
            nodes={NodeName(name): node(*((guest(),) if name == first else ())) for name in names},
        ),
        surroundings=Surroundings(
            nodes={NodeName(name): offers(running=running if name == first else {}) for name in names},
            shells={NodeName(name): shell(name, names) for name in names},
        ),
    )


def with_node(seen: Seen, name: str, **changed: Any) -> Seen:
    """Return the same with another inventory of one node."""
    nodes = _changed(seen.inventory.nodes, name, changed)
    return seen._replace(inventory=seen.inventory._replace(nodes=nodes))


def with_offer(seen: Seen, name: str, **changed: Any) -> Seen:
    """Return the same with another offer of one node."""
    nodes = _changed(seen.surroundings.nodes, name, changed)
    return seen._replace(surroundings=seen.surroundings._replace(nodes=nodes))


def with_shell(seen: Seen, name: str, **changed: Any) -> Seen:
    """Return the same with another answer of one node's shell."""
    shells = _changed(seen.surroundings.shells, name, changed)
    return seen._replace(surroundings=seen.surroundings._replace(shells=shells))


def without_guest(seen: Seen) -> Seen:
    """Return the same with no guest anywhere."""
    seen = seen._replace(inventory=seen.inventory._replace(nodes={name: node() for name in seen.inventory.nodes}))
    for name in seen.surroundings.nodes:
        seen = with_offer(seen, name, running={})
    return seen


def _changed(facts: Mapping[NodeName, Any], name: str, changed: Mapping[str, Any]) -> dict[NodeName, Any]:
    return {**facts, NodeName(name): facts[NodeName(name)]._replace(**changed)}
