"""How one guest, node or storage looks in an answer."""

from collections.abc import Iterator, Mapping
from typing import Any

from .acl import Rights
from .state import GIB, FakeCluster, FakeGuest, FakeNode, FakeStorage, NodeStatus

Row = dict[str, Any]
UPTIME = 86_400


class RefusedError(Exception):
    """The answer is an error status, with a reason in the status line, and perhaps errors by parameter."""

    def __init__(self, status: int, reason: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.errors = errors


class View:
    """A cluster as one account sees it, with what answers look up again and again."""

    def __init__(self, cluster: FakeCluster, rights: Rights) -> None:
        self.cluster = cluster
        self.rights = rights
        self.nodes = {node.name: node for node in cluster.nodes}
        self.pools = cluster.all_pools()
        self.members: dict[str | None, list[FakeGuest]] = {}
        for guest in sorted(cluster.guests, key=lambda guest: str(guest.vmid)):
            self.members.setdefault(guest.pool, []).append(guest)
        self.answering = next((node.name for node in cluster.nodes if node.status in {"online", "unknown"}), "")
        self.quorate = cluster.quorate

    def require(self, privilege: str, path: str) -> None:
        """Raise RefusedError with status 403 where the privilege is not held on the path."""
        if not self.rights.may(privilege, path):
            raise RefusedError(403, f"Permission check failed ({path}, {privilege})")

    def node_status(self, name: str) -> NodeStatus:
        """Return what befell a node; one that the cluster doesn't list is as one that is long gone."""
        return self.nodes[name].status if name in self.nodes else "long-offline"


def resource_rows(view: View, kind: str | None) -> list[Row]:
    """Return the rows that the account may see, or one kind of them (`vm`, `node`, `storage`), sorted by id."""
    rows: list[Row] = []
    if kind is None:
        rows += [{"id": f"/pool/{name}", "pool": name, "type": "pool"} for name in visible_pools(view)]
    if kind in {None, "vm"}:
        rows += _guest_rows(view)
    if kind in {None, "node"}:
        rows += [node_row(view, node) | _node_hastate(view, node) for node in view.cluster.nodes]
    if kind in {None, "storage"}:
        rows += _storage_rows(view)
    rows += [dict(row) for row in view.cluster.extra_rows if kind in {None, row.get("type")}]
    return sorted(rows, key=lambda row: str(row.get("id")))


def visible_pools(view: View) -> list[str]:
    """Return the names of the pools that the account may see, sorted."""
    return [name for name in view.pools if view.rights.may("Pool.Audit", f"/pool/{name}")]


def _guest_rows(view: View) -> Iterator[Row]:
    """Yield the guests that the account may see, with the pool only where it may see that too."""
    seen = set(visible_pools(view))
    for guest in view.cluster.guests:
        if not view.rights.may("VM.Audit", f"/vms/{guest.vmid}"):
            continue
        row = guest_row(view, guest)
        if guest.pool in seen:
            row["pool"] = guest.pool
        if guest.lock is not None:
            row["lock"] = guest.lock
        if guest.tags is not None:
            row["tags"] = guest.tags
        if guest.ha is not None:
            row["hastate"] = guest.ha.crm_state or guest.ha.state
        yield row


def guest_row(view: View, guest: FakeGuest) -> Row:
    """Return what is told of a guest; where its node's status daemon has been silent, that is little."""
    row: Row = {"id": f"{guest.type}/{guest.vmid}", "vmid": guest.vmid, "node": guest.node, "type": guest.type}
    if view.node_status(guest.node) in {"unknown", "long-offline"}:
        return row | {"status": "unknown"}
    runs = guest.status != "stopped"
    default_name = f"{'VM ' if guest.type == 'qemu' else 'CT'}{guest.vmid}"
    row |= {
        "status": guest.status,
        "name": default_name if guest.name is None else guest.name,
        "template": int(guest.template),
        "uptime": UPTIME if runs else 0,
        "cpu": 0.0123456789 if runs else 0,
        "mem": (guest.maxmem or 0) // 2 if runs else 0,
        "disk": 0,
        "maxdisk": 32 * GIB,
        "netin": 123_456_789 if runs else 0,
        "netout": 98_765_432 if runs else 0,
        "diskread": 1_234_567_890 if runs else 0,
        "diskwrite": 2_345_678_901 if runs else 0,
    }
    sizes = {"maxmem": guest.maxmem, "maxcpu": guest.maxcpu}
    return row | {key: value for key, value in sizes.items() if value is not None}


def node_row(view: View, node: FakeNode) -> Row:
    """Return what is told of a node: its status to everybody, its sizes to those with Sys.Audit on it."""
    status = "offline" if node.status == "long-offline" else node.status
    row: Row = {"id": f"node/{node.name}", "node": node.name, "type": "node", "status": status}
    if node.status in {"unknown", "long-offline"}:
        return row
    row["level"] = ""
    if not view.rights.may("Sys.Audit", f"/nodes/{node.name}"):
        return row
    row |= {"maxcpu": node.maxcpu, "maxmem": node.maxmem, "maxdisk": 100 * GIB}
    if node.status == "online":
        row |= {"uptime": UPTIME, "cpu": 0.0123456789, "mem": node.maxmem // 2, "disk": 10 * GIB, "cgroup-mode": 2}
    return row


def ha_node_status(node: FakeNode) -> str:
    """Return what the HA manager thinks of a node; one in maintenance stays so when it is switched off."""
    if node.maintenance:
        return "maintenance"
    return "unknown" if node.status in {"offline", "long-offline"} else "online"


def _node_hastate(view: View, node: FakeNode) -> Row:
    known = view.cluster.release >= (8, 3) and view.cluster.ha_in_use
    return {"hastate": ha_node_status(node)} if known else {}


def _storage_rows(view: View) -> Iterator[Row]:
    for storage in view.cluster.storages:
        if view.rights.may("Datastore.Audit", f"/storage/{storage.name}"):
            for name in view.nodes:
                if storage.nodes is None or name in storage.nodes:
                    yield storage_row(view, storage, name)


def storage_row(view: View, storage: FakeStorage, node: str) -> Row:
    """Return what is told of a storage on one node."""
    row: Row = {
        "id": f"storage/{node}/{storage.name}",
        "storage": storage.name,
        "node": node,
        "type": "storage",
        "status": "unknown",
        "shared": int(storage.shared),
        "plugintype": storage.plugintype,
        "content": storage.content,
    }
    if view.node_status(node) != "online":
        return row
    return row | {"status": "available", "disk": 100 * GIB, "maxdisk": 1000 * GIB}
