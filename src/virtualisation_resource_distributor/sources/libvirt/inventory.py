"""Turn what libvirt's nodes answer into an inventory."""

from collections.abc import Mapping
from xml.etree import ElementTree as ET

from ...cluster.inventory import (
    DiskFacts,
    DomainFacts,
    GraphicsFacts,
    InterfaceFacts,
    Inventory,
    NodeInventory,
)
from ...cluster.names import GuestId, NodeName, PoolName, fault_of_name
from ...cluster.trouble import Trouble
from .answers import Activity, Answers, Details, NodeAnswers, Uuid
from .moving import SHUT_OFF, is_active, origins_of
from .parse import parse_domain, status_of

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


def parse_inventory(answers: Answers, pools: Mapping[GuestId, PoolName | None], taken_at: str) -> Inventory:
    """Return the inventory that these answers, with details, tell; `pools` are those of the domains."""
    return Inventory(
        taken_at=taken_at,
        nodes={
            name: _node(node, node.details, answers.unsettled, pools)
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


def _node(
    node: NodeAnswers, details: Details, unsettled: frozenset[Uuid], pools: Mapping[GuestId, PoolName | None]
) -> NodeInventory:
    return NodeInventory(
        memory_bytes=node.memory_bytes or None,
        vcpus=node.vcpus or None,
        libvirt=details.libvirt,
        hypervisor=details.hypervisor,
        domains=tuple(
            _settled(_domain(uuid, activity, node.xml[uuid], details), unsettled)._replace(
                pool=pools.get(GuestId(uuid))
            )
            for uuid, activity in sorted(node.activity.items())
        ),
    )


def _settled(domain: DomainFacts, unsettled: frozenset[Uuid]) -> DomainFacts:
    return domain._replace(status="unknown") if domain.active and domain.uuid in unsettled else domain


def _domain(uuid: Uuid, activity: Activity, xml: str, details: Details) -> DomainFacts:
    """Return one domain; of a definition that is no XML only what needs none is known."""
    told = parse_domain(xml)
    root = ET.Element("domain") if told.fault else ET.fromstring(xml)  # noqa: S314 -- libvirt writes it itself
    return DomainFacts(
        uuid=GuestId(uuid),
        name=uuid if fault_of_name(told.name) else told.name,
        status="unknown" if told.fault and is_active(activity) else status_of(activity),
        active=is_active(activity),
        reason=_reason(activity),
        job=activity.job,
        persistent=uuid in details.persistent,
        autostart=uuid in details.autostart,
        memory_bytes=told.memory_bytes,
        vcpus=told.vcpus,
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
