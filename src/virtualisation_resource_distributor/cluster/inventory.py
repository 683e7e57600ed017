"""What each libvirt node has and knows of: its resources, and every domain with its facts."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from .cluster import GuestStatus
from .names import GuestId, NodeName, PoolName
from .trouble import Trouble

Job = Literal["none", "outgoing", "incoming", "hung"]
"""What libvirt does with a domain that is active.

`outgoing`: a migration, a backup or the like; `incoming`: it is the far end of a migration; `hung`: its QEMU does not
answer libvirt, so that nothing can be done with it.
"""


class DiskFacts(NamedTuple):
    """A disk or drive of a domain.

    `source` is a path, `POOL/VOLUME` of a storage pool, or `PROTOCOL://HOST/NAME`; None where the drive is empty.
    """

    target: str
    device: str = "disk"
    kind: str = "file"
    source: str | None = None
    readonly: bool = False
    shareable: bool = False


class InterfaceFacts(NamedTuple):
    """A network card of a domain; `link` is the network or bridge that it is put into, where it names one."""

    kind: str
    mac: str | None = None
    link: str | None = None


class GraphicsFacts(NamedTuple):
    """A display of a domain; `port` is None where it has none now: it does not run, or listens on a socket.

    `address` is where it listens, None where that is not told.
    """

    kind: str
    port: int | None = None
    address: str | None = None


class DomainFacts(NamedTuple):
    """A domain as one node has it; `definition` is its XML as a next start takes it, without live-only parts.

    `active` tells whether there is a QEMU of it on this node, and `saved` whether its next start there would go on from
    a state that was saved (`virsh managedsave`). `reason` is libvirt's, in its own words (`booted`).
    `definition` is empty where it was not asked for.
    """

    uuid: GuestId
    name: str
    status: GuestStatus
    active: bool
    reason: str = ""
    job: Job = "none"
    pool: PoolName | None = None
    persistent: bool = True
    autostart: bool = False
    saved: bool = False
    memory_bytes: int | None = None
    vcpus: int | None = None
    disks: tuple[DiskFacts, ...] = ()
    interfaces: tuple[InterfaceFacts, ...] = ()
    graphics: tuple[GraphicsFacts, ...] = ()
    definition: str = ""


class StoragePlace(NamedTuple):
    """A storage pool of a node that is active; `target` is the path under which its volumes lie.

    `source` is what it is made of where other nodes can have it too: `HOST:/DIRECTORY` of a netfs pool, the target's
    name of an iscsi pool, the pool's name in Ceph of an rbd pool.
    """

    name: str
    kind: str
    target: str | None = None
    source: str | None = None


class NodeInventory(NamedTuple):
    """One node that answered; versions as libvirt tells them (`9.0.0`, `QEMU 7.2.0`), empty where it was not asked."""

    memory_bytes: int | None
    vcpus: int | None
    libvirt: str
    hypervisor: str
    domains: tuple[DomainFacts, ...] = ()
    storage: tuple[StoragePlace, ...] = ()


class Inventory(NamedTuple):
    """One look at all nodes that were asked; `faults` are those of which nothing was seen.

    `moving` are the domains that are being migrated, each with the node where it comes from; `unsettled` those that
    changed their node all the while they were looked at.
    """

    taken_at: str
    nodes: Mapping[NodeName, NodeInventory]
    faults: Mapping[NodeName, Trouble] = MappingProxyType({})
    moving: Mapping[GuestId, NodeName] = MappingProxyType({})
    unsettled: frozenset[GuestId] = frozenset()


class ScannedNode(NamedTuple):
    """What is known of a node since the last scan that it answered, at `seen_at`; None where it never did.

    `tried_at` is when it was asked last, and `fault` why it gave no answer then; empty where it did. Times are UTC.
    """

    name: NodeName
    tried_at: str
    seen_at: str | None = None
    fault: str = ""
    inventory: NodeInventory | None = None
