"""A cluster as a document, schema 1, and back."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ..errors import InvalidData
from . import fields
from .cluster import DEFAULT_POLICY, Cluster, Guest, Node, Pool, Rule, Zone
from .fields import Check, optional
from .json_text import check_schema, parse
from .names import PoolName
from .trouble import Remark, Trouble

SCHEMA = 1

_T = TypeVar("_T")

_ZONE: Mapping[str, Check] = {"name": fields.name, "parent": optional(fields.name)}
_NODE: Mapping[str, Check] = {
    "name": fields.name,
    "zone": optional(fields.name),
    "status": fields.one_of("online", "offline", "absent"),
    "maintenance": fields.flag,
    "uri": optional(fields.text),
    "memory_bytes": optional(fields.size),
    "vcpus": optional(fields.size),
}
_GUEST: Mapping[str, Check] = {
    "id": fields.name,
    "name": fields.name,
    "kind": fields.one_of("qemu", "lxc", "domain"),
    "node": fields.name,
    "status": fields.one_of("running", "paused", "stopped", "crashed", "unknown"),
    "pool": optional(fields.name),
    "memory_bytes": optional(fields.size),
    "vcpus": optional(fields.size),
    "template": fields.flag,
    "tags": fields.listed(fields.text),
    "ha": optional(fields.ha_state),
    "priority": fields.integer,
    "locked": fields.flag,
    "pinned": optional(fields.pin),
    "allowed_nodes": optional(fields.node_set),
}
_POOL: Mapping[str, Check] = {"name": fields.name, "policy": fields.one_of("distinct", "even")}
_RULE: Mapping[str, Check] = {
    "name": fields.text,
    "kind": fields.one_of("together", "apart"),
    "guests": fields.listed(fields.name),
}
_TROUBLE: Mapping[str, Check] = {
    "kind": fields.one_of("forbidden", "unreadable", "contradiction"),
    "subject": fields.subject,
    "message": fields.text,
}
_REMARK: Mapping[str, Check] = {"code": fields.name, "subject": fields.name, "message": fields.text}

_NAME = frozenset({"name"})
_HEAD: Mapping[str, Check] = {"cluster": fields.text, "source": fields.text, "taken_at": fields.moment}


def loads(document: bytes) -> Cluster:
    """Return the cluster that a snapshot document holds.

    Raises InvalidData, naming the place (`guests[3].node`), for anything but a whole and valid document of schema 1.
    """
    content = parse(document, "snapshot")
    if not isinstance(content, dict):
        raise fields.refuse("document", content, "an object: a snapshot of schema 1")
    if "schema" not in content:
        raise InvalidData("schema", "is missing; is this a snapshot?")
    check_schema(content["schema"], SCHEMA)
    for key in ("zones", "nodes", "guests"):
        if key not in content:
            raise InvalidData(key, "is missing, and required; is the snapshot whole?")
    head = {key: check(content[key], key) for key, check in _HEAD.items() if key in content}
    if "cluster" in head:
        head["name"] = head.pop("cluster")
    return Cluster(
        **head,
        zones=_rows(content, "zones", _make(Zone, _ZONE, _NAME)),
        nodes=_rows(content, "nodes", _make(Node, _NODE, _NAME)),
        guests=_rows(content, "guests", _make_guest),
        pools=_rows(content, "pools", _make(Pool, _POOL, _NAME)),
        rules=_rows(content, "rules", _make_rule),
        troubles=_rows(content, "troubles", _make(Trouble, _TROUBLE, frozenset(_TROUBLE))),
        remarks=_own(content, "remarks", _make(Remark, _REMARK, frozenset(_REMARK))),
        contested=frozenset(map(PoolName, _own(content, "contested", fields.name))),
    )


def _own(content: dict[str, Any], key: str, make: Callable[[Any, str], _T]) -> tuple[_T, ...]:
    """Return a list that is a field of ours: where another writer means something else by it, it is none of ours."""
    try:
        return _rows(content, key, make)
    except InvalidData:
        return ()


def dumps(cluster: Cluster) -> bytes:
    """Return the cluster as a document of schema 1 in ASCII, one row a line; equal clusters give equal bytes.

    `remarks` and `contested` are fields of ours beside the schema's: what a reader has to tell that is no trouble, and
    the pools of which it can't tell who is in them; so are a guest's `vouched` and `lock_reason`.
    """
    head: dict[str, Any] = {"schema": SCHEMA, "cluster": cluster.name, "source": cluster.source}
    if cluster.taken_at is not None:
        head["taken_at"] = cluster.taken_at
    tables: dict[str, list[Any]] = {
        "zones": [{"name": zone.name, "parent": zone.parent} for zone in cluster.zones],
        "nodes": [{key: getattr(node, key) for key in _NODE} for node in cluster.nodes],
        "guests": [_guest_row(guest) for guest in cluster.guests],
        "rules": [{"name": rule.name, "kind": rule.kind, "guests": sorted(rule.guests)} for rule in cluster.rules],
        "pools": _pool_rows(cluster),
        "troubles": [{key: getattr(trouble, key) for key in _TROUBLE} for trouble in cluster.troubles],
        "remarks": [{key: getattr(remark, key) for key in _REMARK} for remark in cluster.remarks],
    }
    if cluster.contested:
        tables["contested"] = sorted(cluster.contested)
    parts = [f"{_json(key)}: {_json(value)}" for key, value in head.items()]
    for key, rows in tables.items():
        lines = ",".join(f"\n  {_json(row)}" for row in rows)
        parts.append(f"{_json(key)}: [{lines}]")
    return ("{" + ",\n ".join(parts) + "}\n").encode("ascii")


def _json(value: object) -> str:
    return json.dumps(value, allow_nan=False)


def _guest_row(guest: Guest) -> dict[str, Any]:
    row: dict[str, Any] = {key: getattr(guest, key) for key in _GUEST}
    row["tags"] = list(guest.tags)
    row["ha"] = None if guest.ha is None else guest.ha._asdict()
    row["pinned"] = None if guest.pinned is None else guest.pinned._asdict()
    row["allowed_nodes"] = None if guest.allowed_nodes is None else sorted(guest.allowed_nodes)
    if guest.vouched:
        row["vouched"] = True
    if guest.lock_reason:
        row["lock_reason"] = guest.lock_reason
    return row


def _pool_rows(cluster: Cluster) -> list[dict[str, Any]]:
    online = {node.name for node in cluster.nodes if node.status == "online"}
    with_members = {guest.pool for guest in cluster.guests if guest.runs and guest.node in online}
    rows = [pool for pool in cluster.pools if pool.policy != DEFAULT_POLICY or pool.name not in with_members]
    return [{"name": pool.name, "policy": pool.policy} for pool in rows]


def _rows(content: dict[str, Any], key: str, make: Callable[[Any, str], _T]) -> tuple[_T, ...]:
    return fields.listed(make)(content.get(key, []), key)


def _make(kind: Callable[..., _T], checks: Mapping[str, Check], required: frozenset[str]) -> Callable[[Any, str], _T]:
    def make(value: Any, where: str) -> _T:
        return kind(**fields.row(value, where, checks, required))

    return make


def _make_guest(value: Any, where: str) -> Guest:
    row = fields.row(value, where, _GUEST, frozenset({"id", "node"}))
    row.setdefault("name", row["id"])
    reason = fields.text(value.get("lock_reason", ""), f"{where}.lock_reason")
    return Guest(**row, vouched=value.get("vouched") is True, lock_reason=reason)


def _make_rule(value: Any, where: str) -> Rule:
    row = fields.row(value, where, _RULE, frozenset(_RULE))
    return Rule(name=row["name"], kind=row["kind"], guests=frozenset(row["guests"]))
