"""Turn what Proxmox VE lists as resources into nodes, guests and pools."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import repeat
from typing import Any, Literal

from ...cluster.cluster import Guest, GuestKind, GuestStatus, Node
from ...cluster.fields import kind_of
from ...cluster.names import GuestId, NodeName, PoolName
from ...cluster.trouble import Trouble
from ...errors import InvalidData
from .answers import Rows, name_in, size_in, text_in
from .ha import HighAvailability
from .table import Table

RESOURCES = "/cluster/resources"

# A tuple: what stands in an answer need not be hashable.
_GUEST_TYPES = ("qemu", "lxc")
_GUEST_KINDS: Mapping[str, GuestKind] = {"qemu": "qemu", "lxc": "lxc"}

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


def parse_nodes(
    resources: Rows, in_maintenance: frozenset[NodeName]
) -> tuple[tuple[Node, ...], dict[NodeName, Trouble]]:
    """Return the nodes, and those among them (as offline) whose state Proxmox VE can't tell.

    Shape: `[{"type": "node", "node": "pve1", "status": "online", "maxmem": 68719476736, "maxcpu": 16}, …]`; sizes are
    in bytes and take Sys.Audit. Raises InvalidData with the index, and where no node is listed at all.
    """
    nodes: list[Node] = []
    unread: dict[NodeName, Trouble] = {}
    for where, row in _rows_of_type(resources, "node"):
        name = NodeName(name_in(row, "node", where))
        status = _node_status(row, where)
        if status == "unknown":
            why = f"Proxmox VE calls its state '{row.get('status')}'; see that pvestatd runs there"
            unread[name] = Trouble(kind="unreadable", subject=f"node {name}", message=why)
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
    Fields are taken column by column, which costs a third of what row by row does.
    """
    table = Table(resources, RESOURCES, _GUEST_TYPES)
    for index, row in enumerate(resources):
        if "vmid" in row and row.get("type") not in _GUEST_TYPES:
            raise InvalidData(f"{RESOURCES}[{index}].type", f"found {kind_of(row.get('type'))}, expected qemu or lxc")
    ids = [GuestId(str(number)) for number in table.numbers("vmid")]
    states = table.texts("hastate")
    locks = [
        lock or (f"HA state {state}" if state in _ON_THE_MOVE else "")
        for lock, state in zip(table.texts("lock"), states, strict=True)
    ]
    columns = (
        ids,
        table.names("node"),
        [name or guest_id for name, guest_id in zip(table.texts("name"), ids, strict=True)],
        [_GUEST_KINDS[kind] for kind in table.column("type")],
        [_GUEST_STATUS.get(status, "unknown") for status in table.names("status")],
        [pool or None for pool in table.texts("pool")],
        table.sizes("maxmem"),
        table.sizes("maxcpu"),
        table.flags("template"),
        map(_tags, table.texts("tags")),
        map(ha.state_of, ids, states) if ha.configured or any(states) else repeat(None),
        repeat(0),
        map(bool, locks),
        repeat(None),
        map(ha.allowed_nodes.get, ids),
        repeat(False),
        locks,
    )
    return tuple(map(Guest._make, zip(*columns, strict=False)))  # constants are endless


def parse_pools(resources: Rows) -> frozenset[PoolName]:
    """Return the names of the pools that are listed, with members or without; nested ones are `outer/inner`."""
    return frozenset(map(PoolName, Table(resources, RESOURCES, ("pool",)).names("pool")))


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


@cache
def _tags(tags: str | None) -> tuple[str, ...]:
    return tuple(tag for tag in re.split(r"[;, ]+", tags or "") if tag)
