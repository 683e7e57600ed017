"""What the pages of high availability answer."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime

from .rows import RefusedError, Row, View, ha_node_status
from .state import FakeGuest, FakeHa, FakeNode

NOW = int(datetime(2026, 11, 21, 8, tzinfo=UTC).timestamp())
CLOCK = time.asctime(time.gmtime(NOW))
DIGEST = "da39a3ee5e6b4b0d3255bfef95601890afd80709"


def resources(view: View, _params: Mapping[str, str]) -> list[Row]:
    """Answer `GET /cluster/ha/resources`."""
    view.require("Sys.Audit", "/")
    return [
        {"sid": guest.sid, "type": guest.sid[:2], "state": ha.state, "digest": DIGEST} | _options(view, ha)
        for guest, ha in _managed(view)
    ]


def groups(view: View, _params: Mapping[str, str]) -> list[Row]:
    """Answer `GET /cluster/ha/groups`, which since version 9 tells only that there are none any more."""
    view.require("Sys.Audit", "/")
    if view.cluster.release >= (9, 0):
        raise RefusedError(500, "cannot index groups: ha groups have been migrated to rules")
    return [
        _known(group=group.name, type="group", nodes=group.nodes, digest=DIGEST, comment=group.comment)
        | ({"restricted": 1} if group.restricted else {})
        | ({"nofailback": 1} if group.nofailback else {})
        for group in view.cluster.ha_groups
    ]


def rules(view: View, _params: Mapping[str, str]) -> list[Row]:
    """Answer `GET /cluster/ha/rules`, which up to version 8 doesn't exist."""
    if view.cluster.release < (9, 0):
        raise RefusedError(501, "Method 'GET /cluster/ha/rules' not implemented")
    view.require("Sys.Audit", "/")
    return [
        _known(
            rule=rule.name,
            type=rule.type,
            resources=rule.resources,
            nodes=rule.nodes,
            affinity=rule.affinity,
            strict=1 if rule.strict else None,
            disable=1 if rule.disable else None,
            errors=rule.errors,
            comment=rule.comment,
            digest=DIGEST,
            order=order,
        )
        for order, rule in enumerate(view.cluster.ha_rules, start=1)
    ]


def current(view: View, _params: Mapping[str, str]) -> list[Row]:
    """Answer `GET /cluster/ha/status/current`: quorum, and where HA is in use master, nodes and guests."""
    view.require("Sys.Audit", "/")
    quorum = "OK" if view.quorate else f"No quorum on node '{view.answering}'!"
    rows: list[Row] = [
        {"id": "quorum", "type": "quorum", "node": view.answering, "status": quorum, "quorate": int(view.quorate)}
    ]
    if not view.cluster.ha_in_use:
        return rows
    master = f"{view.answering} (active, {CLOCK})"
    rows.append({"id": "master", "type": "master", "node": view.answering, "status": master, "timestamp": NOW})
    rows += [_lrm_row(view, node) for node in sorted(view.cluster.nodes, key=lambda node: node.name)]
    rows += sorted((_service_row(view, guest, ha) for guest, ha in _managed(view)), key=lambda row: str(row["sid"]))
    return rows


def manager_status(view: View, _params: Mapping[str, str]) -> Row:
    """Answer `GET /cluster/ha/status/manager_status`: the same, as the manager itself keeps it."""
    view.require("Sys.Audit", "/")
    quorum = {"node": view.answering, "quorate": int(view.quorate)}
    if not view.cluster.ha_in_use:
        return {"manager_status": {}, "quorum": quorum}
    services = {
        guest.sid: {"node": guest.node, "state": _crm_state(ha), "uid": DIGEST[:22]} for guest, ha in _managed(view)
    }
    manager = {
        "master_node": view.answering,
        "timestamp": NOW,
        "node_status": {node.name: ha_node_status(node) for node in view.cluster.nodes},
        "service_status": services,
    }
    agents: Row = {
        node.name: {
            "mode": "maintenance" if node.maintenance else "active",
            "state": "active",
            "timestamp": NOW,
            "results": {},
        }
        for node in view.cluster.nodes
    }
    return {"manager_status": manager, "quorum": quorum, "lrm_status": agents}


def _lrm_row(view: View, node: FakeNode) -> Row:
    """Return the row of a node's agent; its text is, before 8.3, the only place that tells of maintenance."""
    busy = any(guest.node == node.name for guest, _ in _managed(view))
    if node.maintenance:
        state = "maintenance mode"
    elif node.status in {"offline", "long-offline"}:
        state = "old timestamp - dead?"
    else:
        state = "active" if busy else "idle"
    status = f"{node.name} ({state}, {CLOCK})"
    return {"id": f"lrm:{node.name}", "type": "lrm", "node": node.name, "status": status, "timestamp": NOW}


def _service_row(view: View, guest: FakeGuest, ha: FakeHa) -> Row:
    """Return the row of a guest."""
    state = "ignored" if ha.state == "ignored" else _crm_state(ha)
    row: Row = {
        "id": f"service:{guest.sid}",
        "type": "service",
        "sid": guest.sid,
        "node": guest.node,
        "state": state,
        "crm_state": _crm_state(ha),
        "request_state": ha.state,
        "status": f"{guest.sid} ({guest.node}, {state})",
        "max_restart": 1,
        "max_relocate": 1,
    }
    return row | _options(view, ha)


def _managed(view: View) -> list[tuple[FakeGuest, FakeHa]]:
    return [(guest, guest.ha) for guest in view.cluster.guests if guest.ha is not None]


def _options(view: View, ha: FakeHa) -> Row:
    """Return what was set for a guest and exists in this version."""
    new = view.cluster.release >= (9, 0)
    failback = None if ha.failback is None or not new else int(ha.failback)
    return _known(group=None if new else ha.group, failback=failback, comment=ha.comment)


def _crm_state(ha: FakeHa) -> str:
    return ha.crm_state or {"disabled": "stopped", "ignored": "started"}.get(ha.state, ha.state)


def _known(**values: object) -> Row:
    return {key: value for key, value in values.items() if value is not None}
