"""Turn what libvirt's nodes answer into an inventory."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from xml.etree import ElementTree as ET

from ...cluster.cluster import Guest, Pin
from ...cluster.inventory import (
    DiskFacts,
    DomainFacts,
    GraphicsFacts,
    InterfaceFacts,
    Inventory,
    NodeInventory,
)
from ...cluster.model import ModelPool
from ...cluster.names import GuestId, NodeName, fault_of_name
from ...cluster.trouble import Trouble
from ...errors import InvalidData
from .answers import Activity, Answers, Details, NodeAnswers, Uuid
from .membership import assign_pools
from .moving import SHUT_OFF, origins_of
from .parse import parse_domain

# The reasons of virDomainState 1, 3, 5 and 6, in the words and the order of libvirt.
_RUNNING = (
    "unknown",
    "booted",
    "migrated",
    "restored",
    "from snapshot",
    "unpaused",
    "migration canceled",
    "save canceled",
    "event wakeup",
    "crashed",
    "post-copy",
    "post-copy failed",
)
_PAUSED = (
    "unknown",
    "user",
    "migrating",
    "saving",
    "dumping",
    "I/O error",
    "watchdog",
    "from snapshot",
    "shutting down",
    "creating snapshot",
    "crashed",
    "starting up",
    "post-copy",
    "post-copy failed",
    "API error",
)
_SHUT_OFF = ("unknown", "shutdown", "destroyed", "crashed", "migrated", "saved", "failed", "from snapshot", "daemon")
_CRASHED = ("unknown", "panicked")
_REASONS: Mapping[int, tuple[str, ...]] = {1: _RUNNING, 3: _PAUSED, 5: _SHUT_OFF, 6: _CRASHED}

_PATHS = ("file", "dev", "dir")


def parse_inventory(answers: Answers, guests: Iterable[Guest], taken_at: str) -> Inventory:
    """Return the inventory that these answers, with details, tell; `guests` are those of their placement."""
    known: defaultdict[NodeName, dict[GuestId, Guest]] = defaultdict(dict)
    for guest in guests:
        known[guest.node][guest.id] = guest
    return Inventory(
        taken_at=taken_at,
        nodes={
            name: _node(node, node.details, known[name])
            for name, node in answers.nodes.items()
            if node.details is not None
        },
        faults={
            name: Trouble(kind=fault.kind, subject=f"node {name}", message=fault.message)
            for name, fault in answers.faults.items()
        },
        moving=_moving(answers),
        unsettled=frozenset(map(GuestId, answers.unsettled)),
    )


class Kept(NamedTuple):
    """A stored definition as it would run, and why it can't be started or moved just anywhere."""

    domain: DomainFacts
    pinned: Pin | None


def parse_kept(uuid: GuestId, xml: str, pools: tuple[ModelPool, ...], shared_storage: tuple[str, ...]) -> Kept:
    """Return what a stored definition tells; its pool is None where it is in none, or can't be told.

    Raises InvalidData where it is no definition.
    """
    told = parse_domain(xml, shared_storage)
    if problem := told.fault or _fault_of_kept(uuid, told.name, xml):
        raise InvalidData(f"the stored definition of {uuid}", f"{problem}; import it anew with import-definition")
    guest = Guest(
        id=uuid,
        node=NodeName("-"),
        name=told.name,
        status="stopped",
        memory_bytes=told.memory_bytes,
        vcpus=told.vcpus,
    )
    (placed,) = assign_pools([(guest, told)], pools).guests
    return Kept(_as_placed(parse_stored(uuid, told.name, xml), placed), told.pinned)


def _fault_of_kept(uuid: GuestId, name: str, xml: str) -> str | None:
    """Return why a definition can't be that of this domain: libvirt would define another one by it."""
    if fault_of_name(name):
        return "it has no name that a domain can have"
    told = (ET.fromstring(xml).findtext("uuid") or "").strip().lower()  # noqa: S314 -- it was read before
    return None if told == uuid else f"its UUID is '{told}'"


def parse_stored(uuid: GuestId, name: str, xml: str) -> DomainFacts:
    """Return what a definition tells that is kept: a domain that runs nowhere."""
    stored = Details(libvirt="", hypervisor="", persistent=frozenset({uuid}), autostart=frozenset())
    return _domain(uuid, Activity(state=SHUT_OFF, reason=0), xml, stored)._replace(name=name, definition=xml)


def parse_disks(domain: ET.Element) -> tuple[DiskFacts, ...]:
    """Return the disks and drives of a definition, in its order."""
    return tuple(_disk(disk) for disk in domain.iterfind("devices/disk"))


def _moving(answers: Answers) -> Mapping[GuestId, NodeName]:
    origins = origins_of({name: node.activity for name, node in answers.nodes.items()})
    return {GuestId(uuid): origin for uuid, origin in origins.items()}


def _node(node: NodeAnswers, details: Details, guests: Mapping[GuestId, Guest]) -> NodeInventory:
    domains = [_domain(uuid, activity, node.xml[uuid], details) for uuid, activity in sorted(node.activity.items())]
    return NodeInventory(
        memory_bytes=node.memory_bytes or None,
        vcpus=node.vcpus or None,
        libvirt=details.libvirt,
        hypervisor=details.hypervisor,
        domains=tuple(_as_placed(domain, guests.get(domain.uuid)) for domain in domains),
    )


def _as_placed(domain: DomainFacts, guest: Guest | None) -> DomainFacts:
    """Return a domain with what the placement tells of it; the copy that a migration makes is not in it."""
    if guest is None:
        return domain._replace(status="unknown")
    return domain._replace(
        name=guest.name,
        status=guest.status,
        pool=guest.pool,
        memory_bytes=guest.memory_bytes,
        vcpus=guest.vcpus,
    )


def _domain(uuid: Uuid, activity: Activity, xml: str, details: Details) -> DomainFacts:
    """Return one domain; of a definition that is no XML only what needs none is known."""
    try:
        root = ET.fromstring(xml)  # noqa: S314 -- libvirt writes it itself, without entities
    except ET.ParseError:
        root = ET.Element("domain")
    name = root.findtext("name") or ""
    return DomainFacts(
        uuid=GuestId(uuid),
        name=uuid if fault_of_name(name) else name,
        status="unknown",
        # One that crashed and was kept for its developers has its QEMU still, and that has its disks.
        active=activity.state != SHUT_OFF,
        reason=_reason(activity),
        job=activity.job,
        persistent=uuid in details.persistent,
        autostart=uuid in details.autostart,
        disks=parse_disks(root),
        interfaces=tuple(_interface(interface) for interface in root.iterfind("devices/interface")),
        graphics=tuple(_graphics(graphics) for graphics in root.iterfind("devices/graphics")),
        definition=details.definitions.get(uuid, ""),
    )


def _reason(activity: Activity) -> str:
    reasons = _REASONS.get(activity.state, ())
    return reasons[activity.reason] if 0 <= activity.reason < len(reasons) else "unknown"


def _disk(disk: ET.Element) -> DiskFacts:
    return DiskFacts(
        target=_attribute(disk.find("target"), "dev") or "?",
        device=disk.get("device", "disk"),
        kind=disk.get("type", "file"),
        source=_source(disk.find("source")),
        readonly=disk.find("readonly") is not None,
        shareable=disk.find("shareable") is not None,
    )


def _source(source: ET.Element | None) -> str | None:
    """Return where a disk's data are, on this node or beyond."""
    if source is None:
        return None
    if protocol := source.get("protocol"):
        host = source.find("host")
        where = _attribute(host, "name") or _attribute(host, "socket") or ""
        port = _attribute(host, "port")
        return f"{protocol}://{where}{f':{port}' if port else ''}/{source.get('name') or ''}"
    if pool := source.get("pool"):
        return f"{pool}/{source.get('volume') or ''}"
    return next((path for key in _PATHS if (path := source.get(key)) is not None), None)


def _interface(interface: ET.Element) -> InterfaceFacts:
    source = interface.find("source")
    return InterfaceFacts(
        kind=interface.get("type", ""),
        mac=_attribute(interface.find("mac"), "address"),
        link=_attribute(source, "network") or _attribute(source, "bridge") or _attribute(source, "dev"),
    )


def _graphics(graphics: ET.Element) -> GraphicsFacts:
    port = (graphics.get("port") or "").strip()
    known = port.isascii() and port.isdecimal() and len(port) < 6
    return GraphicsFacts(kind=graphics.get("type", ""), port=int(port) or None if known else None)


def _attribute(element: ET.Element | None, key: str) -> str | None:
    return None if element is None else element.get(key)
