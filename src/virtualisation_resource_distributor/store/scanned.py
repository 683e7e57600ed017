"""What did the last scans see on each node?"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import peewee

from ..cluster import fields
from ..cluster.fields import Check, optional
from ..cluster.inventory import (
    DiskFacts,
    DomainFacts,
    GraphicsFacts,
    InterfaceFacts,
    Inventory,
    NodeInventory,
    ScannedNode,
)
from ..cluster.names import GuestId, NodeName
from ..errors import InvalidData
from .changes import changing
from .queries import tables_of
from .tables import NodeRow, ScannedGuestRow, ScannedNodeRow

_DISK: Mapping[str, Check] = {
    "target": fields.text,
    "device": fields.text,
    "kind": fields.text,
    "source": optional(fields.text),
    "readonly": fields.flag,
    "shareable": fields.flag,
}
_INTERFACE: Mapping[str, Check] = {
    "kind": fields.text,
    "mac": optional(fields.text),
    "link": optional(fields.text),
}
_GRAPHICS: Mapping[str, Check] = {
    "kind": fields.text,
    "port": optional(fields.size),
    "address": optional(fields.text),
}

_ADDED = frozenset({"address", "saved"})
"""What a scan by an earlier version did not keep."""


def _listed(made: type, checks: Mapping[str, Check]) -> Check:
    def check(value: Any, where: str) -> Any:
        return made(**fields.row(value, where, checks, frozenset(checks) - _ADDED))

    return fields.listed(check)


_DOMAIN: Mapping[str, Check] = {
    "name": fields.name,
    "status": fields.one_of("running", "paused", "stopped", "crashed", "unknown"),
    "active": fields.flag,
    "reason": fields.text,
    "job": fields.one_of("none", "outgoing", "incoming", "hung"),
    "pool": optional(fields.name),
    "persistent": fields.flag,
    "autostart": fields.flag,
    "saved": fields.flag,
    "memory_bytes": optional(fields.size),
    "vcpus": optional(fields.size),
    "disks": _listed(DiskFacts, _DISK),
    "interfaces": _listed(InterfaceFacts, _INTERFACE),
    "graphics": _listed(GraphicsFacts, _GRAPHICS),
}
# SQLite takes 999 values in a statement at least.
_ROWS_AT_ONCE = 300
_LISTS = ("disks", "interfaces", "graphics")


def write_scan(path: Path, inventory: Inventory) -> None:
    """Write what a scan saw; what was known of a node that gave no answer stays, with why it gave none.

    A node that is no longer in the model is left out. Raises as `changing` does.
    """
    with changing(path):
        numbers = {row.name: row.id for row in NodeRow.select(NodeRow.name, NodeRow.id)}
        for name, node in inventory.nodes.items():
            if name in numbers:
                _write_node(numbers[name], inventory.taken_at, node)
        for name, trouble in inventory.faults.items():
            if name in numbers:
                _write_fault(numbers[name], inventory.taken_at, trouble.message)


def read_scanned(path: Path) -> tuple[ScannedNode, ...]:
    """Return what is known of each node that was ever scanned, sorted by name; definitions are not kept with it.

    Raises as `read_model` does.
    """
    with tables_of(path) as (database, _):
        domains: dict[int, list[DomainFacts]] = {}
        for number, uuid, facts in database.execute(ScannedGuestRow.select()):
            where = f"database {path}: table scanned_guests, row of {uuid}"
            domains.setdefault(number, []).append(_domain(str(uuid), str(facts), where))
        rows = ScannedNodeRow.select(ScannedNodeRow, NodeRow).join(NodeRow)
        return tuple(sorted((_node(row, domains.get(row.node.id, [])) for row in rows), key=lambda node: node.name))


def _write_node(number: int, taken_at: str, node: NodeInventory) -> None:
    ScannedNodeRow.delete().where(ScannedNodeRow.node == number).execute()
    ScannedGuestRow.delete().where(ScannedGuestRow.node == number).execute()
    ScannedNodeRow.insert(
        node=number,
        tried_at=taken_at,
        seen_at=taken_at,
        fault="",
        memory_bytes=node.memory_bytes,
        vcpus=node.vcpus,
        libvirt=node.libvirt,
        hypervisor=node.hypervisor,
    ).execute()
    rows = [(number, domain.uuid, _document(domain)) for domain in node.domains]
    for batch in peewee.chunked(rows, _ROWS_AT_ONCE):
        ScannedGuestRow.insert_many(
            batch, (ScannedGuestRow.node, ScannedGuestRow.uuid, ScannedGuestRow.facts)
        ).execute()


def _write_fault(number: int, tried_at: str, fault: str) -> None:
    known = ScannedNodeRow.update(tried_at=tried_at, fault=fault).where(ScannedNodeRow.node == number).execute()
    if not known:
        ScannedNodeRow.insert(node=number, tried_at=tried_at, fault=fault).execute()


def _document(domain: DomainFacts) -> str:
    facts = {key: getattr(domain, key) for key in _DOMAIN if key not in _LISTS}
    return json.dumps(facts | {key: [part._asdict() for part in getattr(domain, key)] for key in _LISTS})


def _domain(uuid: str, facts: str, where: str) -> DomainFacts:
    try:
        document = json.loads(facts)
    except ValueError as error:
        raise InvalidData(where, "its facts are no JSON; run scan, which writes them anew") from error
    return DomainFacts(uuid=GuestId(uuid), **fields.row(document, where, _DOMAIN, frozenset(_DOMAIN) - _ADDED))


def _node(row: ScannedNodeRow, domains: list[DomainFacts]) -> ScannedNode:
    inventory = NodeInventory(
        memory_bytes=row.memory_bytes,
        vcpus=row.vcpus,
        libvirt=row.libvirt or "",
        hypervisor=row.hypervisor or "",
        domains=tuple(sorted(domains, key=lambda domain: (domain.name, domain.uuid))),
    )
    return ScannedNode(
        name=NodeName(row.node.name),
        tried_at=row.tried_at,
        seen_at=row.seen_at,
        fault=row.fault,
        inventory=None if row.seen_at is None else inventory,
    )
