"""What the server answers to a GET of one account."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from . import ha
from .roles import acl_rows, role_rows
from .rows import RefusedError, Row, View, guest_row, node_row, resource_rows, storage_row, visible_pools
from .state import GIB, FakeGuest, FakePool

Params = Mapping[str, str]
REPOSITORY = "faa83925c9641325"


def answer(view: View, path: str, params: Params) -> Any:
    """Return what stands under `data` in the answer to `GET path?params`; the path is that below `/api2/json`.

    Raises RefusedError for what is not there, not allowed, or asked for with parameters that this version doesn't know.
    """
    for pattern, method, allowed in _routes(view):
        found = re.fullmatch(pattern, path)
        if found is not None:
            _refuse_unknown(params, allowed)
            return method(view, params, *found.groups())
    raise RefusedError(501, f"Method 'GET {path}' not implemented")


def _routes(view: View) -> list[tuple[str, Callable[..., Any], set[str]]]:
    """Return pattern, method and parameters of every path."""
    pools_know = {"poolid", "type"} if view.cluster.release >= (8, 1) else set()
    return [
        ("/version", _version, set()),
        ("/access/permissions", _permissions, {"path", "userid"}),
        ("/access/acl", _acl, set()),
        ("/access/roles", _roles, set()),
        ("/cluster/resources", _resources, {"type"}),
        ("/cluster/status", _cluster_status, set()),
        ("/cluster/ha/resources", ha.resources, set()),
        ("/cluster/ha/groups", ha.groups, set()),
        ("/cluster/ha/rules", ha.rules, set()),
        ("/cluster/ha/status/current", ha.current, set()),
        ("/cluster/ha/status/manager_status", ha.manager_status, set()),
        ("/pools", _pools, pools_know),
        ("/pools/([^/]+)", _pool, {"type"}),
        ("/nodes", _nodes, set()),
        ("/nodes/([^/]+)/status", _node_status, set()),
        ("/nodes/([^/]+)/(qemu|lxc)/([0-9]+)/config", _guest_config, {"current", "snapshot"}),
        ("/nodes/([^/]+)/(qemu|lxc)/([0-9]+)/snapshot", _guest_snapshots, set()),
        ("/nodes/([^/]+)/(qemu|lxc)/([0-9]+)/status/current", _guest_status, set()),
    ]


def _refuse_unknown(params: Params, allowed: set[str]) -> None:
    unknown = set(params) - allowed - {"_dc"}
    if unknown:
        problem = "property is not defined in schema and the schema does not allow additional properties"
        raise RefusedError(400, "Parameter verification failed.", dict.fromkeys(sorted(unknown), problem))


def _version(view: View, _params: Params) -> Row:
    major, minor = view.cluster.release
    return {"version": view.cluster.version, "release": f"{major}.{minor}", "repoid": REPOSITORY}


def _permissions(view: View, params: Params) -> Mapping[str, Any]:
    path = params.get("path")
    return view.rights.effective() if path is None else {path: view.rights.on(path)}


def _acl(view: View, _params: Params) -> list[Row]:
    return acl_rows(view.cluster, view.rights)


def _roles(view: View, _params: Params) -> list[Row]:
    return role_rows(view.cluster)


def _resources(view: View, params: Params) -> list[Row]:
    kind = params.get("type")
    if kind not in {None, "vm", "node", "storage", "sdn"}:
        problem = f"value '{kind}' does not have a value in the enumeration 'vm, storage, node, sdn'"
        raise RefusedError(400, "Parameter verification failed.", {"type": problem})
    return resource_rows(view, kind)


def _cluster_status(view: View, _params: Params) -> list[Row]:
    view.require("Sys.Audit", "/")
    nodes = view.cluster.nodes
    cluster: Row = {"type": "cluster", "id": "cluster", "name": view.cluster.name, "version": 1, "nodes": len(nodes)}
    rows: list[Row] = [
        {
            "type": "node",
            "id": f"node/{node.name}",
            "name": node.name,
            "nodeid": number,
            "ip": f"192.0.2.{number % 256}",
            "online": int(node.status in {"online", "unknown"}),
            "local": int(node.name == view.answering),
            "level": "",
        }
        for number, node in enumerate(nodes, start=1)
    ]
    return [cluster | {"quorate": int(view.quorate)}, *rows]


def _pools(view: View, params: Params) -> list[Row]:
    """Answer with the pools that the account may see or, since 8.1, with one and its members."""
    name = params.get("poolid")
    if name is None:
        return [_pool_head(view.pools[name]) for name in visible_pools(view)]
    pool = _found(view, name)
    return [_pool_head(pool) | {"members": _members(view, pool, params.get("type"))}]


def _pool(view: View, params: Params, name: str) -> Row:
    """Answer with one pool the old way, which no nested pool's path fits."""
    pool = _found(view, name)
    comment = {} if pool.comment is None else {"comment": pool.comment}
    return {"members": _members(view, pool, params.get("type")), **comment}


def _pool_head(pool: FakePool) -> Row:
    return {"poolid": pool.name} | ({} if pool.comment is None else {"comment": pool.comment})


def _found(view: View, name: str) -> FakePool:
    """Return the pool that the account may see; whether it is there is told only to those who may."""
    view.require("Pool.Audit", f"/pool/{name}")
    if name not in view.pools:
        raise RefusedError(500, f"pool '{name}' does not exist")
    return view.pools[name]


def _members(view: View, pool: FakePool, kind: str | None) -> list[Row]:
    """Return guests and storages of a pool; who may see the pool sees them all."""
    guests = view.members.get(pool.name, [])
    rows = [guest_row(view, guest) for guest in guests if kind in {None, guest.type}]
    for storage in view.cluster.storages:
        if storage.name in pool.storages and kind in {None, "storage"}:
            nodes = storage.nodes or (view.answering,)
            rows.append(storage_row(view, storage, view.answering if view.answering in nodes else min(nodes)))
    return rows


def _nodes(view: View, _params: Params) -> list[Row]:
    return sorted((node_row(view, node) for node in view.cluster.nodes), key=lambda row: str(row["id"]))


def _passed_on(view: View, node: str) -> None:
    """Raise RefusedError where the request has to be passed on to a node that doesn't answer, or that nobody knows."""
    status = view.node_status(node)
    if node not in view.nodes:
        raise RefusedError(500, f"hostname lookup '{node}' failed - failed to get address info for: {node}")
    if status in {"offline", "long-offline"}:
        raise RefusedError(595, "No route to host")


def _node_status(view: View, _params: Params, name: str) -> Row:
    view.require("Sys.Audit", f"/nodes/{name}")
    _passed_on(view, name)
    node = view.nodes[name]
    used = node.maxmem // 2
    return {
        "pveversion": f"pve-manager/{view.cluster.version}/{REPOSITORY}",
        "uptime": 86_400,
        "cpu": 0.0123456789,
        "loadavg": ["0.10", "0.20", "0.30"],
        "cpuinfo": {"cpus": node.maxcpu, "cores": node.maxcpu, "sockets": 1},
        "memory": {"total": node.maxmem, "used": used, "free": node.maxmem - used},
        "rootfs": {"total": 100 * GIB, "used": 10 * GIB, "free": 90 * GIB, "avail": 90 * GIB},
    }


def _guest_config(view: View, params: Params, node: str, kind: str, number: str) -> Row:
    guest = _guest_there(view, node, kind, number)
    name = params.get("snapshot")
    if name is None:
        return _config(view, guest) | dict(guest.config)
    if name not in guest.snapshots:
        raise RefusedError(500, f"snapshot '{name}' does not exist")
    return _config(view, guest) | {"snaptime": 1_700_000_000} | dict(guest.snapshots[name])


def _guest_snapshots(view: View, _params: Params, node: str, kind: str, number: str) -> list[Row]:
    """Answer with the snapshots, and with `current`, which is none."""
    guest = _guest_there(view, node, kind, number)
    rows: list[Row] = [
        {"name": name, "description": "", "snaptime": 1_700_000_000} | ({"vmstate": 1} if "vmstate" in config else {})
        for name, config in guest.snapshots.items()
    ]
    parent = {"parent": rows[-1]["name"]} if rows else {}
    return [*rows, {"name": "current", "description": "You are here!", "digest": ha.DIGEST} | parent]


def _guest_status(view: View, _params: Params, node: str, kind: str, number: str) -> Row:
    """Answer with what QEMU says as well, for a virtual machine: one that is paused is running all the same."""
    guest = _guest_there(view, node, kind, number)
    status = "stopped" if guest.status == "stopped" else "running"
    ha_state = {"managed": int(guest.ha is not None)}
    return {"ha": ha_state, "vmid": guest.vmid, "name": guest.name, "status": status} | (
        {"qmpstatus": guest.status} if kind == "qemu" else {}
    )


def _guest_there(view: View, node: str, kind: str, number: str) -> FakeGuest:
    view.require("VM.Audit", f"/vms/{number}")
    _passed_on(view, node)
    for guest in view.cluster.guests:
        if (guest.node, guest.type, guest.vmid) == (node, kind, int(number)):
            return guest
    folder = "qemu-server" if kind == "qemu" else "lxc"
    raise RefusedError(500, f"Configuration file 'nodes/{node}/{folder}/{number}.conf' does not exist")


def _config(view: View, guest: FakeGuest) -> Row:
    """Return what the configuration of a guest has by itself, its sizes as it spells them."""
    megabytes = (guest.maxmem or 0) // 1024**2
    row: Row = {"digest": ha.DIGEST, "cores": math.ceil(guest.maxcpu or 1)}
    if guest.type == "qemu":
        memory = str(megabytes) if view.cluster.release >= (8, 1) else megabytes
        row |= {"memory": memory, "sockets": 1, "ostype": "l26"}
    else:
        row |= {"memory": megabytes, "swap": 512, "arch": "amd64", "ostype": "debian"}
        row |= {"cpulimit": guest.maxcpu} if guest.maxcpu != row["cores"] else {}
    named = {"name" if guest.type == "qemu" else "hostname": guest.name, "tags": guest.tags, "lock": guest.lock}
    row |= {key: value for key, value in named.items() if value is not None}
    return row | ({"template": 1} if guest.template else {})
