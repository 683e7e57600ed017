"""What the cluster consists of that the fake server tells of."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

GIB = 1024**3
AUDIT = ("VM.Audit", "Pool.Audit", "Sys.Audit", "Datastore.Audit")
"""What a reader needs; as the privileges of an entry on `/` it sees all."""

NodeStatus = Literal["online", "offline", "long-offline", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeNode:
    """A node.

    `status` says what befell it: `offline` (just went down: its guests still read as before), `long-offline` (more than
    five minutes ago: offline, its guests read `unknown`, without name and sizes), `unknown` (its status daemon hangs:
    node and guests read `unknown`, without name and sizes, and everything runs). `maxmem` is in bytes.
    """

    name: str
    status: NodeStatus = "online"
    maxmem: int = 64 * GIB
    maxcpu: int = 16
    maintenance: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeHa:
    """How a guest stands under high availability.

    `state` is the requested one (`started`, `stopped`, `disabled`, `ignored`), `crm_state` the present one if it
    differs. `group` is told up to version 8, `failback` since 9, and only if it was set.
    """

    state: str = "started"
    crm_state: str | None = None
    group: str | None = None
    failback: bool | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeGuest:
    """A virtual machine (`qemu`) or container (`lxc`).

    `maxmem` is in bytes; None leaves `maxmem` or `maxcpu` out of its row. `config` goes on top of what its
    configuration says by itself (`{"scsi0": "local-lvm:vm-100-disk-0,size=32G"}`); `snapshots` has what goes on top of
    it for each snapshot.
    """

    vmid: int
    node: str
    name: str | None = None
    type: Literal["qemu", "lxc"] = "qemu"
    status: str = "running"
    pool: str | None = None
    maxmem: int | None = 4 * GIB
    maxcpu: float | None = 2
    template: bool = False
    lock: str | None = None
    tags: str | None = None
    ha: FakeHa | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    snapshots: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def sid(self) -> str:
        """Return the id of the guest as a resource of high availability."""
        return f"{'vm' if self.type == 'qemu' else 'ct'}:{self.vmid}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FakePool:
    """A pool; `svc/dns` lies in `svc`. It may hold storages beside guests."""

    name: str
    comment: str | None = None
    storages: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeStorage:
    """A storage, on all nodes where `nodes` is None."""

    name: str
    nodes: Sequence[str] | None = None
    shared: bool = False
    plugintype: str = "lvmthin"
    content: str = "images,rootdir"


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeHaGroup:
    """A group of high availability, up to version 8; `nodes` reads `pve1:2,pve2`."""

    name: str
    nodes: str
    restricted: bool = False
    nofailback: bool = False
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeHaRule:
    """A rule of high availability, since version 9.

    `resources` reads `vm:100,ct:101`. A `node-affinity` has `nodes` (`pve1:2,pve2`) and `strict`, a `resource-affinity`
    has `affinity`. `errors` is what the server finds wrong with it: `{"resources": ["…"]}`.
    """

    name: str
    type: Literal["node-affinity", "resource-affinity"]
    resources: str
    nodes: str | None = None
    strict: bool = False
    affinity: Literal["positive", "negative"] | None = None
    disable: bool = False
    errors: Mapping[str, Sequence[str]] | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeUser:
    """A user (`vrd@pve`) who may log in; `root@pam` may do everything."""

    name: str = "vrd@pve"
    password: str = "a password"


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeToken:
    """An API token of a user; a privilege-separated one has only what both itself and its user were given."""

    name: str = "vrd@pve!check"
    secret: str = "11111111-2222-4333-8444-555555555555"
    privsep: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeAclEntry:
    """What a user or token may do on a path; without privileges it is the role NoAccess."""

    path: str
    who: str
    privileges: Sequence[str] = AUDIT
    propagate: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeCluster:
    """All that the server tells of, and to whom.

    A pool that a guest names exists, and so do the pools that a nested one lies in, whether or not `pools` lists them.
    By default one user, `vrd@pve`, and its token `vrd@pve!check` hold the privileges AUDIT on `/`. `extra_rows` are
    listed by `/cluster/resources` as they are, for everybody. Without a quorum, the host that answers is cut off. A 401
    and a 595 take the seconds given here. The clock of who answers is that far ahead of the true time.
    """

    version: str = "8.4.1"
    name: str = "lab"
    nodes: Sequence[FakeNode] = ()
    guests: Sequence[FakeGuest] = ()
    pools: Sequence[FakePool] = ()
    storages: Sequence[FakeStorage] = ()
    ha_groups: Sequence[FakeHaGroup] = ()
    ha_rules: Sequence[FakeHaRule] = ()
    users: Sequence[FakeUser] = (FakeUser(),)
    tokens: Sequence[FakeToken] = (FakeToken(),)
    acl: Sequence[FakeAclEntry] = (
        FakeAclEntry(path="/", who="vrd@pve"),
        FakeAclEntry(path="/", who="vrd@pve!check"),
    )
    extra_rows: Sequence[Mapping[str, Any]] = ()
    quorate: bool = True
    realms: Sequence[str] = ("pam", "pve")
    clock_ahead_seconds: float = 0.0
    seconds_before_401: float = 0.0
    seconds_before_595: float = 0.0

    @property
    def release(self) -> tuple[int, int]:
        """Return the version as numbers that can be compared: `8.4.1` is (8, 4)."""
        major, minor = self.version.replace("-", ".").split(".")[:2]
        return int(major), int(minor)

    @property
    def ha_in_use(self) -> bool:
        """Tell whether the manager of high availability has anything to do."""
        managed = any(guest.ha is not None for guest in self.guests)
        return managed or any(node.maintenance for node in self.nodes) or bool(self.ha_groups or self.ha_rules)

    def all_pools(self) -> dict[str, FakePool]:
        """Return every pool by its name: those listed, those that guests name, and those that they lie in."""
        pools = {pool.name: pool for pool in self.pools}
        for name in [*pools, *{guest.pool for guest in self.guests if guest.pool is not None}]:
            parts = name.split("/")
            for length in range(1, len(parts) + 1):
                within = "/".join(parts[:length])
                pools.setdefault(within, FakePool(name=within))
        return dict(sorted(pools.items()))


PARTS: Mapping[str, type[Any]] = {
    "nodes": FakeNode,
    "guests": FakeGuest,
    "pools": FakePool,
    "storages": FakeStorage,
    "ha_groups": FakeHaGroup,
    "ha_rules": FakeHaRule,
    "users": FakeUser,
    "tokens": FakeToken,
    "acl": FakeAclEntry,
}


def dumps(cluster: FakeCluster) -> str:
    """Return the cluster as one line of JSON."""
    return json.dumps(cluster, default=_as_mapping)


def loads(text: str) -> FakeCluster:
    """Return the cluster that `dumps` wrote, or that somebody wrote by hand; what is left out has its default."""
    document = _frozen(json.loads(text))
    for key, kind in PARTS.items():
        if key in document:
            document[key] = tuple(_part(kind, row) for row in document[key])
    return FakeCluster(**document)


def _as_mapping(value: Any) -> dict[str, Any]:
    """Return one of the dataclasses above as a mapping of its own fields, their values as they are."""
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _part(kind: type[Any], row: dict[str, Any]) -> Any:
    """Return one part of a cluster from its JSON object."""
    values = _frozen(row)
    if kind is FakeGuest and values.get("ha") is not None:
        values["ha"] = FakeHa(**values["ha"])
    return kind(**values)


def _frozen(values: dict[str, Any]) -> dict[str, Any]:
    """Make lists tuples, in place."""
    for key, value in values.items():
        if isinstance(value, list):
            values[key] = tuple(value)
    return values
