"""Turn what Proxmox VE lists as resources into nodes, guests and pools."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from ...cluster.cluster import Guest, GuestKind, GuestStatus, Node
from ...cluster.fields import kind_of
from ...cluster.names import GuestId, NodeName, PoolName, fault_of_name
from ...errors import InvalidData
from .answers import Rows, flag_in, size_in, text_in
from .ha import HighAvailability

RESOURCES = "/cluster/resources"

_GUEST_KINDS: Mapping[object, GuestKind] = {"qemu": "qemu", "lxc": "lxc"}

# QEMU's own words may stand in a guest's status; one that nobody knows is unknown.
_GUEST_STATUS: Mapping[str, GuestStatus] = {
    "running": "running",
    "paused": "paused",
    "prelaunch": "paused",
    "suspended": "paused",
    "io-error": "paused",
    "inmigrate": "paused",
    "postmigrate": "paused",
    "stopped": "stopped",
}
_ON_THE_MOVE = frozenset({"migrate", "relocate"})


def parse_nodes(resources: Rows, in_maintenance: frozenset[NodeName]) -> tuple[tuple[Node, ...], dict[NodeName, str]]:
    """Return the nodes, and those among them (as offline) whose state the source can't tell, with why.

    Shape: `[{"type": "node", "node": "pve1", "status": "online", "maxmem": 68719476736, "maxcpu": 16}, …]`; sizes are
    in bytes and take Sys.Audit. Raises InvalidData with the index, and where no node is listed at all.
    """
    nodes: list[Node] = []
    unread: dict[NodeName, str] = {}
    for where, row in _rows_of_type(resources, "node"):
        name = NodeName(_name_in(row, "node", where))
        status = _node_status(row, where)
        if status == "unknown":
            unread[name] = f"Proxmox VE calls its state '{row.get('status')}'; see that pvestatd runs there"
        nodes.append(
            Node(
                name=name,
                status="online" if status == "online" else "offline",
                maintenance=row.get("hastate") == "maintenance" or name in in_maintenance,
                memory_bytes=size_in(row, "maxmem", where),
                vcpus=size_in(row, "maxcpu", where),
            )
        )
    if not nodes:
        raise InvalidData(RESOURCES, "lists no node, which no cluster is without; is this the cluster's own API?")
    return tuple(nodes), unread


def parse_guests(resources: Rows, ha: HighAvailability) -> tuple[Guest, ...]:
    """Return the guests.

    Shape: `[{"type": "qemu", "vmid": 100, "node": "pve1", "status": "running", "maxmem": 4294967296}, …]`. A guest
    whose status is unknown has neither name, size nor template field. Raises InvalidData with the index.
    """
    return tuple(
        _guest(row, f"{RESOURCES}[{index}]", ha)
        for index, row in enumerate(resources)
        if row.get("type") in _GUEST_KINDS
    )


def _guest(row: Mapping[str, Any], where: str, ha: HighAvailability) -> Guest:
    guest_id = _guest_id(row, where)
    state = row.get("hastate")
    pool = row.get("pool")
    return Guest(
        id=guest_id,
        name=guest_id if row.get("name") is None else _name_in(row, "name", where),
        node=NodeName(_name_in(row, "node", where)),
        kind=_GUEST_KINDS[row["type"]],
        status=_GUEST_STATUS.get(text_in(row, "status", where), "unknown"),
        pool=None if pool is None or pool == "" else PoolName(_name_in(row, "pool", where)),
        memory_bytes=size_in(row, "maxmem", where),
        vcpus=size_in(row, "maxcpu", where),
        template=flag_in(row, "template", where),
        tags=_tags(row, where),
        ha=ha.state_of(guest_id, None if state is None else text_in(row, "hastate", where)),
        locked=bool(row.get("lock")) or state in _ON_THE_MOVE,
        allowed_nodes=ha.allowed_nodes.get(guest_id),
    )


def parse_pools(resources: Rows) -> frozenset[PoolName]:
    """Return the names of the pools that are listed, with members or without; nested ones are `outer/inner`."""
    return frozenset(PoolName(_name_in(row, "pool", where)) for where, row in _rows_of_type(resources, "pool"))


def _rows_of_type(resources: Rows, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((f"{RESOURCES}[{index}]", row) for index, row in enumerate(resources) if row.get("type") == kind)


def _node_status(row: Mapping[str, Any], where: str) -> Literal["online", "offline", "unknown"]:
    match text_in(row, "status", where):
        case "online":
            return "online"
        case "offline":
            return "offline"
        case _:
            return "unknown"


def _guest_id(row: Mapping[str, Any], where: str) -> GuestId:
    value = row.get("vmid")
    if type(value) is int and value > 0:
        return GuestId(str(value))
    if isinstance(value, str) and value.isdecimal():
        return GuestId(value)
    raise InvalidData(f"{where}.vmid", f"found {kind_of(value)} where Proxmox VE has a guest's number")


def _name_in(row: Mapping[str, Any], key: str, where: str) -> str:
    name = text_in(row, key, where)
    if not name.isprintable() and (fault := fault_of_name(name)):
        raise InvalidData(f"{where}.{key}", fault)
    return name


def _tags(row: Mapping[str, Any], where: str) -> tuple[str, ...]:
    if not row.get("tags"):
        return ()
    return tuple(tag for tag in re.split(r"[;, ]+", _name_in(row, "tags", where)) if tag)
