"""What judging one pool has in common with judging any other: levels, room and rules, worked out once."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from ..cluster.cluster import RUNS, Cluster, Guest, Rule
from ..cluster.limit import MemoryLimit
from ..cluster.names import GuestId, NodeName, PoolName
from .levels import Levels, levels_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A cluster as the judgement walks it.

    `free_bytes` is what is left of each usable node for guests' configured sizes (None: its size is unknown; below 0:
    it is over its size already), `most_free` the most of it in each failure domain. `running_on` has the online nodes
    where each guest of a rule runs, `seen_twice` the guests that are running or paused on two online nodes or more.
    """

    cluster: Cluster
    levels: Levels
    free_bytes: Mapping[NodeName, int | None]
    roomiest_first: tuple[NodeName, ...]
    most_free: tuple[Mapping[str, float], ...]
    rules_of: Mapping[GuestId, tuple[Rule, ...]]
    running_on: Mapping[GuestId, frozenset[NodeName]]
    seen_twice: Mapping[GuestId, tuple[NodeName, ...]]

    def is_online(self, guest: Guest) -> bool:
        """Tell whether the guest's node is online, so that what is heard of the guest is current."""
        return self.cluster.node_named[guest.node].status == "online"

    def members(self, pool: PoolName) -> tuple[Guest, ...]:
        """Return the guests of the pool that count: running or paused on an online node, and no templates."""
        return tuple(guest for guest in self.cluster.guests_in.get(pool, ()) if guest.runs and self.is_online(guest))


def survey(cluster: Cluster, limit: MemoryLimit) -> Ground:
    """Return the ground on which the cluster's pools are judged."""
    levels = levels_of(cluster)
    free = _free_bytes(cluster, limit, levels)
    rules_of: defaultdict[GuestId, list[Rule]] = defaultdict(list)
    for rule in cluster.rules:
        for guest in rule.guests:
            rules_of[guest].append(rule)
    return Ground(
        cluster=cluster,
        levels=levels,
        free_bytes=free,
        roomiest_first=_roomiest_first(free),
        most_free=tuple(_most_free(free, nodes_in) for nodes_in in levels.nodes_in),
        rules_of={guest: tuple(rules) for guest, rules in rules_of.items()},
        running_on=_running_on(cluster, frozenset(rules_of)),
        seen_twice=twice_seen(cluster),
    )


def _free_bytes(cluster: Cluster, limit: MemoryLimit, levels: Levels) -> dict[NodeName, int | None]:
    taken: defaultdict[NodeName, int] = defaultdict(int)
    for guest in cluster.guests:
        if guest.memory_bytes is not None and guest.runs:
            taken[guest.node] += guest.memory_bytes
    limits = {node.name: limit.of(node.memory_bytes) for node in cluster.nodes if node.name in levels.domains}
    return {name: None if most is None else most - taken[name] for name, most in limits.items()}


def _roomiest_first(free_bytes: Mapping[NodeName, int | None]) -> tuple[NodeName, ...]:
    def order(name: NodeName) -> tuple[float, NodeName]:
        free = free_bytes[name]
        return (float("-inf") if free is None else -free, name)

    return tuple(sorted(free_bytes, key=order))


def _most_free(
    free_bytes: Mapping[NodeName, int | None], nodes_in: Mapping[str, tuple[NodeName, ...]]
) -> dict[str, float]:
    free = {name: inf if left is None else left for name, left in free_bytes.items()}
    return {domain: max(free[node] for node in nodes) for domain, nodes in nodes_in.items()}


def _running_on(cluster: Cluster, ruled: frozenset[GuestId]) -> dict[GuestId, frozenset[NodeName]]:
    places: defaultdict[GuestId, set[NodeName]] = defaultdict(set)
    for guest in cluster.guests:
        if guest.id in ruled and guest.runs and cluster.node_named[guest.node].status == "online":
            places[guest.id].add(guest.node)
    return {guest: frozenset(nodes) for guest, nodes in places.items()}


def twice_seen(cluster: Cluster) -> dict[GuestId, tuple[NodeName, ...]]:
    """Return the guests that are running or paused on two online nodes or more, with these nodes."""
    online = {node.name for node in cluster.nodes if node.status == "online"}
    places: dict[GuestId, list[NodeName]] = {}
    twice: set[GuestId] = set()
    for guest in cluster.guests:
        if guest.status in RUNS and guest.node in online:
            nodes = places.setdefault(guest.id, [])
            nodes.append(guest.node)
            if len(nodes) > 1:
                twice.add(guest.id)
    return {guest: tuple(places[guest]) for guest in sorted(twice)}
