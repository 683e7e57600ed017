"""What judging one pool has in common with judging any other: levels, room and rules, worked out once."""

from collections import defaultdict
from collections.abc import Mapping
from math import inf
from typing import NamedTuple

from ..cluster.cluster import RUNS, Cluster, Guest, Rule
from ..cluster.limit import MemoryLimit
from ..cluster.names import GuestId, NodeName, PoolName
from .levels import Levels, levels_of


class Ground(NamedTuple):
    """A cluster as the judgement walks it.

    `free_bytes` is what is left of each usable node for guests' configured sizes (None: its size is unknown; below 0:
    it is over its size already), `most_free` the most of it in each failure domain. `running_on` has the online nodes
    where each guest of a rule runs, `members_of` each pool's guests that count: running or paused on an online node,
    and no templates.
    """

    cluster: Cluster
    levels: Levels
    free_bytes: Mapping[NodeName, int | None]
    roomiest_first: tuple[NodeName, ...]
    most_free: tuple[Mapping[str, float], ...]
    rules_of: Mapping[GuestId, tuple[Rule, ...]]
    running_on: Mapping[GuestId, frozenset[NodeName]]
    members_of: Mapping[PoolName, tuple[Guest, ...]]


def survey(cluster: Cluster, limit: MemoryLimit) -> Ground:
    """Return the ground on which the cluster's pools are judged."""
    levels = levels_of(cluster)
    online = frozenset(node.name for node in cluster.nodes if node.status == "online")
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
        running_on=_running_on(cluster, frozenset(rules_of), online),
        members_of=_members(cluster, online),
    )


def resettled(
    ground: Ground,
    node_of: Mapping[GuestId, NodeName],
    free_bytes: Mapping[NodeName, int | None],
    running_on: Mapping[GuestId, frozenset[NodeName]],
) -> Ground:
    """Return the ground after some guests moved to other nodes; its `cluster` is the one that was read."""
    return ground._replace(
        free_bytes=free_bytes,
        roomiest_first=_roomiest_first(free_bytes),
        most_free=tuple(_most_free(free_bytes, nodes_in) for nodes_in in ground.levels.nodes_in),
        running_on=dict(running_on),
        members_of={
            pool: tuple(guest._replace(node=node_of.get(guest.id, guest.node)) for guest in members)
            for pool, members in ground.members_of.items()
        },
    )


def _free_bytes(cluster: Cluster, limit: MemoryLimit, levels: Levels) -> dict[NodeName, int | None]:
    taken: defaultdict[NodeName, int] = defaultdict(int)
    for guest in cluster.guests:
        if guest.memory_bytes is not None and guest.status in RUNS and not guest.template:
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


def _members(cluster: Cluster, online: frozenset[NodeName]) -> dict[PoolName, tuple[Guest, ...]]:
    members: defaultdict[PoolName, list[Guest]] = defaultdict(list)
    for guest in cluster.guests:
        if guest.pool is not None and guest.node in online and guest.status in RUNS and not guest.template:
            members[guest.pool].append(guest)
    return {pool: tuple(guests) for pool, guests in members.items()}


def _running_on(
    cluster: Cluster, ruled: frozenset[GuestId], online: frozenset[NodeName]
) -> dict[GuestId, frozenset[NodeName]]:
    places: defaultdict[GuestId, set[NodeName]] = defaultdict(set)
    for guest in cluster.guests:
        if guest.id in ruled and guest.node in online and guest.runs:
            places[guest.id].add(guest.node)
    return {guest: frozenset(nodes) for guest, nodes in places.items()}


def twice_seen(cluster: Cluster) -> dict[GuestId, tuple[NodeName, ...]]:
    """Return the guests that are running or paused on two online nodes or more, with these nodes."""
    if len({guest.id for guest in cluster.guests}) == len(cluster.guests):
        return {}
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
