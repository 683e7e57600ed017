"""Give everything in a cluster another name."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random

from virtualisation_resource_distributor.cluster import (
    Cluster,
    Guest,
    GuestId,
    Node,
    NodeName,
    Pool,
    PoolName,
    Rule,
    Trouble,
    Zone,
    ZoneName,
)

KINDS = ("node", "zone", "pool", "guest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Renaming:
    """New names for nodes, zones, pools and guests; no two things get one name."""

    names: Mapping[tuple[str, str], str]

    @classmethod
    def of(cls, cluster: Cluster, chance: Random) -> "Renaming":
        """Return new names whose order says nothing about the old ones'."""
        there: dict[str, list[str]] = {
            "node": [str(node.name) for node in cluster.nodes],
            "zone": [str(zone.name) for zone in cluster.zones],
            "pool": [str(pool.name) for pool in cluster.pools],
            "guest": [*(guest.id for guest in cluster.guests), *(one for rule in cluster.rules for one in rule.guests)],
        }
        names: dict[tuple[str, str], str] = {}
        for kind in KINDS:
            old = sorted(set(there[kind]))
            names |= {(kind, name): f"new {number}" for name, number in zip(old, _numbers(old, chance), strict=True)}
        return cls(names=names)

    def new(self, kind: str, name: str) -> str:
        """Return the new name; of what is not in the cluster, one that nothing there has."""
        return self.names.get((kind, name), f"strange {name}")

    def cluster(self, cluster: Cluster) -> Cluster:
        """Return the cluster with the new names everywhere."""
        return replace(
            cluster,
            zones=tuple(
                Zone(name=self._zone(zone.name), parent=zone.parent and self._zone(zone.parent))
                for zone in cluster.zones
            ),
            nodes=tuple(map(self._node, cluster.nodes)),
            guests=tuple(map(self.guest, cluster.guests)),
            pools=tuple(Pool(name=self.pool(pool.name), policy=pool.policy) for pool in cluster.pools),
            rules=tuple(
                Rule(name=rule.name, kind=rule.kind, guests=frozenset(map(self._id, rule.guests)))
                for rule in cluster.rules
            ),
            troubles=tuple(map(self._trouble, cluster.troubles)),
        )

    def guest(self, guest: Guest) -> Guest:
        """Return the guest, its node, its pool and the nodes it may run on under new names."""
        return guest._replace(
            id=self._id(guest.id),
            node=self.node(guest.node),
            pool=None if guest.pool is None else self.pool(guest.pool),
            allowed_nodes=None if guest.allowed_nodes is None else frozenset(map(self.node, guest.allowed_nodes)),
        )

    def node(self, name: NodeName) -> NodeName:
        """Return a node's new name."""
        return NodeName(self.new("node", name))

    def pool(self, name: PoolName) -> PoolName:
        """Return a pool's new name."""
        return PoolName(self.new("pool", name))

    def _node(self, node: Node) -> Node:
        return Node(
            name=self.node(node.name),
            zone=node.zone and self._zone(node.zone),
            status=node.status,
            maintenance=node.maintenance,
            uri=node.uri,
            memory_bytes=node.memory_bytes,
            vcpus=node.vcpus,
        )

    def _zone(self, name: ZoneName) -> ZoneName:
        return ZoneName(self.new("zone", name))

    def _id(self, guest_id: GuestId) -> GuestId:
        return GuestId(self.new("guest", guest_id))

    def _trouble(self, trouble: Trouble) -> Trouble:
        kind, space, name = trouble.subject.partition(" ")
        subject = f"{kind}{space}{self.new(kind, name)}" if space else kind
        return Trouble(kind=trouble.kind, subject=subject, message=trouble.message)


def _numbers(old: list[str], chance: Random) -> list[int]:
    return chance.sample(range(100, 100 + len(old)), len(old))
