"""Which disk is one and the same, seen from two nodes or by two paths?"""

import re
from posixpath import normpath

from ...cluster.inventory import DiskFacts, DomainFacts, Inventory
from ...cluster.names import GuestId, NodeName

DiskKey = tuple[str, ...]

_ISCSI = re.compile(r"/dev/disk/by-path/ip-(?P<portal>.+?)-iscsi-(?P<iqn>.+)-lun-(?P<lun>\d+)(?P<part>-part\d+)?")
_ISCSI_URL = re.compile(r"iscsi://[^/]*/(?P<iqn>[^/]+)(/(?P<lun>\d+))?")
_BY_ID = re.compile(r"/dev/disk/by-id/(?P<id>.+)")


def key_of(node: NodeName, disk: DiskFacts, shared_storage: tuple[str, ...]) -> DiskKey | None:
    """Return what tells a disk from all others; None where the drive is empty.

    A disk on the network, an iSCSI target's unit, a device by its id and what the settings call shared is one on all
    nodes; any other file or device is the node's own. Links on a node are not followed: libvirt does not tell them.
    """
    if disk.source is None:
        return None
    if found := _ISCSI_URL.fullmatch(disk.source):
        return ("iscsi", found["iqn"], found["lun"] or "0", "")
    if disk.kind == "network":
        return ("network", disk.source)
    if disk.kind == "volume":
        pool = disk.source.partition("/")[0]
        return ("volume", disk.source) if pool in shared_storage else ("volume", disk.source, node)
    path = normpath(disk.source)
    if found := _ISCSI.fullmatch(path):
        return ("iscsi", found["iqn"], found["lun"], found["part"] or "")
    if found := _BY_ID.fullmatch(path):
        return ("device", found["id"])
    return ("path", path) if _is_shared(path, shared_storage) else ("path", path, node)


def is_written(disk: DiskFacts) -> bool:
    """Tell whether a domain writes to a disk that nobody else may then touch."""
    return not disk.readonly and not disk.shareable and disk.device in {"disk", "lun"}


def users_of(
    inventory: Inventory, node: NodeName, domain: DomainFacts, shared_storage: tuple[str, ...]
) -> dict[str, tuple[NodeName, str]]:
    """Return which of a domain's disks an active other domain uses already, were it to run on this node.

    The keys are the disks' targets, the values the node and the name of the other. A disk that both only read, or that
    is marked as shareable, may be used by both.
    """
    taken = _taken(inventory, shared_storage, domain.uuid)
    found: dict[str, tuple[NodeName, str]] = {}
    for disk in domain.disks:
        key = key_of(node, disk, shared_storage)
        if key is not None and key in taken:
            at, other, writes = taken[key]
            if writes or is_written(disk):
                found[disk.target] = (at, other)
    return found


def _taken(
    inventory: Inventory, shared_storage: tuple[str, ...], but: GuestId
) -> dict[DiskKey, tuple[NodeName, str, bool]]:
    """Return the disks of active domains, each with a node, a domain there, and whether that one writes to it."""
    taken: dict[DiskKey, tuple[NodeName, str, bool]] = {}
    for name, node in sorted(inventory.nodes.items()):
        for domain in node.domains:
            for disk in domain.disks if domain.active and domain.uuid != but else ():
                key = key_of(name, disk, shared_storage)
                if key is not None and (key not in taken or is_written(disk)):
                    taken[key] = (name, domain.name, is_written(disk))
    return taken


def _is_shared(path: str, shared_storage: tuple[str, ...]) -> bool:
    return any(
        path == place or path.startswith(f"{place.rstrip('/')}/") for place in shared_storage if place[:1] == "/"
    )
