"""Snapshot documents to change one place of."""

import json
import re
from copy import deepcopy
from typing import Any

WHOLE: dict[str, Any] = {
    "schema": 1,
    "cluster": "lab",
    "source": "proxmox",
    "taken_at": "2026-11-21T08:00:00Z",
    "zones": [{"name": "ams", "parent": None}, {"name": "ams-r1", "parent": "ams"}],
    "nodes": [
        {
            "name": "pve1",
            "zone": "ams-r1",
            "status": "online",
            "maintenance": False,
            "uri": "qemu:///system",
            "memory_bytes": 68719476736,
            "vcpus": 16,
        },
        {"name": "pve2", "zone": "ams"},
    ],
    "guests": [
        {
            "id": "100",
            "name": "dns0",
            "kind": "qemu",
            "node": "pve1",
            "status": "running",
            "pool": "dns",
            "memory_bytes": 4294967296,
            "vcpus": 2,
            "template": False,
            "tags": ["a", "b"],
            "ha": {"managed": True, "state": "started"},
            "priority": 3,
            "locked": True,
            "pinned": {"code": "device", "message": "a card"},
            "allowed_nodes": ["pve1", "pve2"],
        },
        {"id": "101", "node": "pve2"},
    ],
    "rules": [{"name": "keep", "kind": "together", "guests": ["100", "101"]}],
    "pools": [{"name": "dns", "policy": "even"}],
    "troubles": [{"kind": "unreadable", "subject": "node pve9", "message": "no answer within 10 s"}],
    "remarks": [{"code": "pool-absent", "subject": "web", "message": "delete it"}],
    "contested": ["dns"],
}
"""A document with a value in every field."""

ABSENT = object()


def steps(place: str) -> list[str | int]:
    """Return `guests[3].node` as a path of keys and indexes."""
    return [int(index) if index else key for index, key in re.findall(r"\[(\d+)\]|([^.\[\]]+)", place)]


def with_value(document: dict[str, Any], place: str, value: object) -> dict[str, Any]:
    """Return a copy that has this value at this place (`guests[3].node`), or nothing there where it is ABSENT."""
    changed = deepcopy(document)
    *way, last = steps(place)
    holder: Any = changed
    for step in way:
        holder = holder[step]
    if value is ABSENT:
        del holder[last]
    else:
        holder[last] = value
    return changed


def encoded(document: object) -> bytes:
    """Return the document as a file holds it; what is not ASCII is written as JSON escapes."""
    return json.dumps(document).encode("ascii")
