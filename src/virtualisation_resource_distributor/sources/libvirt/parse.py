"""Turn what libvirt's nodes answer into nodes and guests."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from xml.etree import ElementTree as ET

from ...cluster.cluster import Guest, GuestStatus, Node, Pin
from ...cluster.inventory import DiskFacts, GraphicsFacts, InterfaceFacts
from ...cluster.names import GuestId, fault_of_name
from .answers import Activity, Answers
from .devices import is_vouched, pin_of
from .hardware import parse_disks, parse_graphics, parse_interfaces
from .moving import is_active, origins_of

NAMESPACE = "urn:virtualisation-resource-distributor:1"
"""Of the element in a domain's `<metadata>` that tells its pool: `<guest><pool>dns</pool></guest>`."""

_UNIT_BYTES = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}

# virDomainState: a domain that waits for a resource or shuts down runs still; one that sleeps has its memory.
_STATUS: Mapping[int, GuestStatus] = {
    1: "running",
    2: "running",
    3: "paused",
    4: "running",
    5: "stopped",
    6: "crashed",
    7: "paused",
}


class Domain(NamedTuple):
    """What a definition tells; `pools` are those that its own metadata names, none in nearly all of them.

    `name` is as libvirt has it, whatever letters are in it. `fault` says why the definition can't be used; then nothing
    else is known.
    """

    name: str
    memory_bytes: int | None = None
    vcpus: int | None = None
    pools: tuple[str, ...] = ()
    pinned: Pin | None = None
    vouched: bool = False
    fault: str | None = None
    disks: tuple[DiskFacts, ...] = ()
    interfaces: tuple[InterfaceFacts, ...] = ()
    graphics: tuple[GraphicsFacts, ...] = ()


def parse_nodes(answers: Answers) -> tuple[Node, ...]:
    """Return all nodes, those that could not be read as offline."""
    online = [
        Node(name=name, memory_bytes=node.memory_bytes or None, vcpus=node.vcpus or None)
        for name, node in answers.nodes.items()
    ]
    return (*online, *(Node(name=name, status="offline") for name in answers.faults))


def parse_guests(answers: Answers, shared_storage: tuple[str, ...]) -> Iterator[tuple[Guest, Domain]]:
    """Yield every domain on every node, its pool not told yet, with what its definition tells.

    One that is being migrated is one row, where it comes from.
    """
    origins = origins_of({name: node.activity for name, node in answers.nodes.items()})
    for node_name, node in answers.nodes.items():
        for uuid, activity in sorted(node.activity.items()):
            if is_active(activity) and origins.get(uuid, node_name) != node_name:
                continue
            domain = parse_domain(node.xml[uuid], shared_storage)
            is_known = domain.fault is None and uuid not in answers.unsettled
            guest = Guest(
                id=GuestId(uuid),
                node=node_name,
                name=uuid if fault_of_name(domain.name) else domain.name,
                kind="domain",
                status=_status(activity) if is_known or not is_active(activity) else "unknown",
                memory_bytes=domain.memory_bytes,
                vcpus=domain.vcpus,
                locked=bool(held := _held(activity, has_snapshots=uuid in node.snapshots)),
                pinned=domain.pinned,
                vouched=domain.vouched,
                lock_reason=held,
            )
            yield guest, domain


def _held(activity: Activity, *, has_snapshots: bool) -> str:
    """Return why libvirt does not move a domain now; nothing where it would."""
    if activity.job == "hung":
        return "its QEMU does not answer libvirt"
    if activity.job != "none":
        return "libvirt does something with it, such as a migration or a backup"
    return "it has snapshots, and libvirt moves no domain with some" if has_snapshots else ""


def parse_domain(xml: str, shared_storage: tuple[str, ...] = ()) -> Domain:
    """Return what a definition tells.

    Shape: `<domain><name>dns0</name><memory unit='KiB'>65536</memory><vcpu>1</vcpu>…</domain>`; memory and processors
    are the most that the domain may use.
    """
    try:
        root = ET.fromstring(xml)  # noqa: S314 -- libvirt writes it itself, without entities
    except ET.ParseError as error:
        return Domain(name="", fault=f"its definition is no XML: {error}")
    pools = root.iterfind(f"metadata/{{{NAMESPACE}}}guest/{{{NAMESPACE}}}pool")
    return Domain(
        name=root.findtext("name") or "",
        memory_bytes=_memory_bytes(root.find("memory")),
        vcpus=_positive(root.findtext("vcpu")),
        pools=tuple((pool.text or "").strip() for pool in pools),
        pinned=pin_of(root, shared_storage),
        vouched=is_vouched(root, shared_storage),
        disks=parse_disks(root),
        interfaces=parse_interfaces(root),
        graphics=parse_graphics(root),
    )


def _status(activity: Activity) -> GuestStatus:
    """Return the status of a domain; an incoming one whose other end is not seen runs there still, or not at all."""
    return "unknown" if activity.job == "incoming" else _STATUS.get(activity.state, "unknown")


def _memory_bytes(memory: ET.Element | None) -> int | None:
    if memory is None:
        return None
    number, unit = _positive(memory.text), _UNIT_BYTES.get(memory.get("unit", "KiB"))
    return None if number is None or unit is None else number * unit


def _positive(text: str | None) -> int | None:
    """Return a number above 0; None where it is unknown."""
    digits = (text or "").strip()
    return int(digits) or None if digits.isascii() and digits.isdecimal() and len(digits) < 19 else None
