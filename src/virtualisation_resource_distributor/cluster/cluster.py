"""The value that is judged: zones, nodes, guests, pools and rules at one moment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple

from ..errors import InvalidData
from .names import GuestId, NodeName, PoolName, ZoneName
from .trouble import Remark, Trouble

NodeStatus = Literal["online", "offline", "absent"]
GuestKind = Literal["qemu", "lxc", "domain"]
GuestStatus = Literal["running", "paused", "stopped", "crashed", "unknown"]
Policy = Literal["distinct", "even"]
RuleKind = Literal["together", "apart"]
PinCode = Literal["local-disk", "device"]

DEFAULT_POLICY: Policy = "distinct"
RUNS: frozenset[GuestStatus] = frozenset({"running", "paused"})


class Zone(NamedTuple):
    """A failure domain; `parent` is the zone that it lies in."""

    name: ZoneName
    parent: ZoneName | None = None


class Node(NamedTuple):
    """A hypervisor; sizes are None where they are not known."""

    name: NodeName
    zone: ZoneName | None = None
    status: NodeStatus = "online"
    maintenance: bool = False
    uri: str | None = None
    memory_bytes: int | None = None
    vcpus: int | None = None


class HaState(NamedTuple):
    """What keeps a guest running: `managed` is false where the manager was told to ignore it."""

    managed: bool
    state: str | None


class Pin(NamedTuple):
    """Why a guest can't be moved live."""

    code: PinCode
    message: str


class Guest(NamedTuple):
    """A virtual machine, container or domain on one node; `memory_bytes` and `vcpus` are its configured sizes.

    `vouched` is one whose disks lie in files on what operators say is shared storage, without a cache: libvirt, which
    can't see that, has to be told when it is moved. `lock_reason` says in the source's words why one is `locked`, and
    is empty where that is not known. Guests sort by id, then node.
    """

    id: GuestId
    node: NodeName
    name: str
    kind: GuestKind = "qemu"
    status: GuestStatus = "running"
    pool: PoolName | None = None
    memory_bytes: int | None = None
    vcpus: int | None = None
    template: bool = False
    tags: tuple[str, ...] = ()
    ha: HaState | None = None
    priority: int = 0
    locked: bool = False
    pinned: Pin | None = None
    allowed_nodes: frozenset[NodeName] | None = None
    vouched: bool = False
    lock_reason: str = ""

    @property
    def runs(self) -> bool:
        """Tell whether it takes room on its node: running or paused, and no template."""
        return self.status in RUNS and not self.template


class Pool(NamedTuple):
    """A named group of guests that give one service."""

    name: PoolName
    policy: Policy = DEFAULT_POLICY


class Rule(NamedTuple):
    """A strict rule of the source between guests: on one node (`together`) or never on one (`apart`)."""

    name: str
    kind: RuleKind
    guests: frozenset[GuestId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Everything that is judged.

    One that exists is valid: references hold, names are unique, no zone is its own ancestor. All parts are sorted, and
    `pools` has a row for each pool that a guest names, so equal clusters are equal values. `contested` are pools of
    which the reader can't tell who is in them.
    Raises InvalidData with the place as the caller gave it (`guests[3].node`).
    """

    name: str = ""
    source: str = "file"
    taken_at: str | None = None
    zones: tuple[Zone, ...] = ()
    nodes: tuple[Node, ...] = ()
    guests: tuple[Guest, ...] = ()
    pools: tuple[Pool, ...] = ()
    rules: tuple[Rule, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    remarks: tuple[Remark, ...] = ()
    contested: frozenset[PoolName] = frozenset()
    node_named: Mapping[NodeName, Node] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the references, put everything in order and build the indexes."""
        _check_zones(self.zones)
        _check_nodes(self.nodes, {zone.name for zone in self.zones})
        _check_guests(self.guests, {node.name for node in self.nodes})
        _check_unique("pools", (pool.name for pool in self.pools))
        guests = tuple(sorted(self.guests))
        listed = {pool.name for pool in self.pools}
        unlisted = (Pool(name=name) for name in {guest.pool for guest in guests} - listed if name is not None)
        nodes = tuple(sorted(self.nodes, key=lambda node: node.name))
        ordered = {
            "zones": tuple(sorted(self.zones, key=lambda zone: zone.name)),
            "nodes": nodes,
            "guests": guests,
            "pools": tuple(sorted((*self.pools, *unlisted), key=lambda pool: pool.name)),
            "rules": tuple(sorted(self.rules, key=lambda rule: (rule.name, rule.kind, sorted(rule.guests)))),
            "troubles": tuple(sorted(set(self.troubles))),
            "remarks": tuple(sorted(set(self.remarks))),
            "node_named": MappingProxyType({node.name: node for node in nodes}),
        }
        for key, value in ordered.items():
            object.__setattr__(self, key, value)

    @property
    def guests_in(self) -> Mapping[PoolName, tuple[Guest, ...]]:
        """The guests that name each pool, members and others; worked out each time."""
        guests_in: dict[PoolName, list[Guest]] = {}
        for guest in self.guests:
            if guest.pool is not None:
                guests_in.setdefault(guest.pool, []).append(guest)
        return {pool: tuple(guests) for pool, guests in guests_in.items()}


def _check_unique(where: str, names: Iterable[str]) -> None:
    seen: dict[str, int] = {}
    for index, name in enumerate(names):
        first = seen.setdefault(name, index)
        if first != index:
            raise InvalidData(
                f"{where}[{index}].name", f"'{name}' is there already as {where}[{first}]; names are unique"
            )


def _check_zones(zones: tuple[Zone, ...]) -> None:
    _check_unique("zones", (zone.name for zone in zones))
    parent_of = {zone.name: zone.parent for zone in zones}
    for index, zone in enumerate(zones):
        where = f"zones[{index}].parent"
        if zone.parent is not None and zone.parent not in parent_of:
            raise InvalidData(where, f"'{zone.parent}' is not among the zones; is the document whole?")
        if zone.name in _ancestors(zone.name, parent_of):
            raise InvalidData(where, f"zone '{zone.name}' would lie in itself; give it another parent, or null")


def _ancestors(zone: ZoneName, parent_of: Mapping[ZoneName, ZoneName | None]) -> set[ZoneName]:
    """Return the zones that this one lies in, itself among them where they form a circle."""
    ancestors: set[ZoneName] = set()
    above = parent_of.get(zone)
    while above is not None and above not in ancestors:
        ancestors.add(above)
        above = parent_of.get(above)
    return ancestors


def _check_nodes(nodes: tuple[Node, ...], zones: set[ZoneName]) -> None:
    _check_unique("nodes", (node.name for node in nodes))
    for index, node in enumerate(nodes):
        if node.zone is not None and node.zone not in zones:
            raise InvalidData(f"nodes[{index}].zone", f"'{node.zone}' is not among the zones; is the document whole?")


def _check_guests(guests: tuple[Guest, ...], nodes: set[NodeName]) -> None:
    ids = {guest.id for guest in guests}
    named = {guest.node for guest in guests}.union(*{guest.allowed_nodes or () for guest in guests})
    if len(ids) < len(guests) or not named <= nodes:
        _find_fault(guests, nodes)


def _find_fault(guests: tuple[Guest, ...], nodes: set[NodeName]) -> None:
    """Name the first guest that has a fault; looking at all of them in this way takes ten times as long."""
    rows: dict[tuple[GuestId, NodeName], int] = {}
    for index, guest in enumerate(guests):
        if guest.node not in nodes:
            raise InvalidData(f"guests[{index}].node", f"'{guest.node}' is not among the nodes; is the document whole?")
        first = rows.setdefault((guest.id, guest.node), index)
        if first != index:
            problem = (
                f"guest '{guest.id}' on node '{guest.node}' is there already as guests[{first}]; give it one row a node"
            )
            raise InvalidData(f"guests[{index}].id", problem)
        if guest.allowed_nodes is not None and not guest.allowed_nodes <= nodes:
            strange = min(guest.allowed_nodes - nodes)
            raise InvalidData(
                f"guests[{index}].allowed_nodes", f"'{strange}' is not among the nodes; is the document whole?"
            )
