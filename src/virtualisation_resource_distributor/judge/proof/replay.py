"""What does a cluster become when a plan's steps are made in it, by the definitions of docs/spread.md alone?

Nothing here comes from what makes plans: who checks a plan is not who found it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ...cluster.cluster import RUNS, Cluster, Guest, Policy
from ...cluster.limit import MemoryLimit
from ...cluster.names import GuestId, NodeName, PoolName, ZoneName, listed

Measure = tuple[int, ...]
"""How good an arrangement is: for `distinct` the failure domains used at each level; for `even` the members in
maintenance, these, and the sums of squared numbers of members at each level."""


class Levels(NamedTuple):
    """The levels by name, and the failure domain of each usable node at each of them."""

    names: tuple[str, ...]
    domains: Mapping[NodeName, tuple[str, ...]]

    def counts(self, places: Iterable[NodeName]) -> list[Counter[str]]:
        """Return how many of these members each failure domain holds, level by level; unusable nodes hold none."""
        paths = [self.domains[place] for place in places if place in self.domains]
        return [Counter(path[depth] for path in paths) for depth in range(len(self.names))]

    def sizes(self) -> list[int]:
        """Return how many failure domains there are at each level."""
        return [len(held) for held in self.counts(self.domains)]

    def measure(self, policy: Policy, places: list[NodeName]) -> Measure:
        """Return how good members on these nodes are."""
        counts = self.counts(places)
        used = tuple(map(len, counts))
        if policy == "distinct":
            return used
        outside = sum(place not in self.domains for place in places)
        return (outside, *used, *(sum(number * number for number in held.values()) for held in counts))

    def table(self, policy: Policy, places: list[NodeName]) -> tuple[tuple[str, int, int], ...]:
        """Return for each level its name, and how many failure domains such members use and could use."""
        first = 1 if policy == "even" else 0
        used = self.measure(policy, places)[first : first + len(self.names)]
        return tuple(zip(self.names, used, (min(len(places), size) for size in self.sizes()), strict=True))

    def rank(self, policy: Policy, measure: Measure) -> Measure:
        """Return a measure turned so that the smaller one is better."""
        first = 1 if policy == "even" else 0
        used = range(first, first + len(self.names))
        return tuple(-number if part in used else number for part, number in enumerate(measure))

    def ideals(self, most: int) -> list[Measure]:
        """Return the best measure by `even` of 0, 1, … members: each is put where that is best. Empty without nodes."""
        counts = self.counts(())
        ideals = [(0,) * (1 + 2 * len(self.names))] if self.domains else []
        for _ in range(most if self.domains else 0):
            path = min(self.domains.values(), key=lambda path: _gain(counts, path))
            gain = _gain(counts, path)
            ideals.append(tuple(map(sum, zip(ideals[-1], (0, *(-part for part in gain[0]), *gain[1]), strict=True))))
            for held, domain in zip(counts, path, strict=True):
                held[domain] += 1
        return ideals


def _gain(counts: list[Counter[str]], path: tuple[str, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    there = [held[domain] for held, domain in zip(counts, path, strict=True)]
    return tuple(-(number == 0) for number in there), tuple(2 * number + 1 for number in there)


def levels_in(cluster: Cluster) -> Levels:
    """Return the levels of a cluster: the zones at each depth, and the nodes."""
    above = {zone.name: zone.parent for zone in cluster.zones}

    def path_to(zone: ZoneName | None) -> tuple[ZoneName, ...]:
        return () if zone is None else (*path_to(above[zone]), zone)

    paths = {zone: path_to(zone) for zone in above}
    depths = max(map(len, paths.values()), default=0)
    domains: dict[NodeName, tuple[str, ...]] = {}
    for node in cluster.nodes:
        if node.status == "online" and node.zone is not None and not node.maintenance:
            path = paths[node.zone]
            domains[node.name] = (*path, *path[-1:] * (depths - len(path)), node.name)
    return Levels((*(f"zone:{depth}" for depth in range(depths)), "node"), domains)


class Replay:
    """A cluster while a plan's steps are made in it."""

    def __init__(self, cluster: Cluster, limit: MemoryLimit) -> None:
        """Begin with everybody where they run."""
        self.levels = levels_in(cluster)
        self._cluster, self._limit = cluster, limit
        online = {node.name for node in cluster.nodes if node.status == "online"}
        running = [guest for guest in cluster.guests if guest.status in RUNS and guest.node in online]
        self._guests = {guest.id: guest for guest in running if not guest.template}
        self._on: defaultdict[GuestId, list[NodeName]] = defaultdict(list)
        self._taken = Counter[NodeName]()
        self._members: dict[PoolName, list[Guest]] = {pool.name: [] for pool in cluster.pools}
        self._policies = {pool.name: pool.policy for pool in cluster.pools}
        for guest in running:
            if not guest.template:
                self._on[guest.id].append(guest.node)
                self._taken[guest.node] += guest.memory_bytes or 0
                if guest.pool is not None:
                    self._members[guest.pool].append(guest)

    def guest(self, guest: GuestId) -> Guest | None:
        """Return a guest as it was before the first step; None where it does not run."""
        return self._guests.get(guest)

    def policy(self, pool: PoolName) -> Policy | None:
        """Return a pool's policy; None where there is no such pool."""
        return self._policies.get(pool)

    def size(self, pool: PoolName) -> int:
        """Return the number of a pool's members."""
        return len(self._members[pool])

    def largest(self) -> int:
        """Return the number of members of the largest pool."""
        return max(map(len, self._members.values()), default=0)

    def places(self, pool: PoolName) -> list[NodeName]:
        """Return where the members of a pool run now."""
        return [
            self._on[member.id][0] if len(self._on[member.id]) == 1 else member.node for member in self._members[pool]
        ]

    def obstacle(self, guest_id: GuestId, from_node: NodeName, to_node: NodeName) -> str | None:
        """Return why this move is not permitted now; None where it is."""
        guest = self._guests.get(guest_id)
        if guest is None:
            return "it does not run"
        if self._on[guest_id] != [from_node]:
            return f"it runs on {listed(self._on[guest_id])}"
        if guest.locked:
            return "it is locked"
        if guest.pinned is not None:
            return f"it can't be moved live ({guest.pinned.message})"
        if to_node not in self.levels.domains or to_node == from_node:
            return "it is there already" if to_node == from_node else "that node is not usable"
        if guest.allowed_nodes is not None and to_node not in guest.allowed_nodes:
            return "it is not allowed to run there"
        return self._broken_rule(guest_id, to_node) or self._missing_room(guest, to_node)

    def _broken_rule(self, guest_id: GuestId, to_node: NodeName) -> str | None:
        for rule in self._cluster.rules:
            others = sorted(other for other in rule.guests if other != guest_id and self._on.get(other))
            if guest_id not in rule.guests or not others:
                continue
            if rule.kind == "together":
                return f"rule '{rule.name}' keeps it together with guest {others[0]}"
            if there := [other for other in others if to_node in self._on[other]]:
                return f"rule '{rule.name}' keeps it apart from guest {there[0]} there"
        return None

    def _missing_room(self, guest: Guest, to_node: NodeName) -> str | None:
        limit = self._limit.of(self._cluster.node_named[to_node].memory_bytes)
        taken, size = self._taken[to_node], guest.memory_bytes or 0
        if limit is None or taken + size <= limit:
            return None
        return f"there is no room: {taken} of {limit} bytes are taken, and it needs {size}"

    def move(self, guest_id: GuestId, from_node: NodeName, to_node: NodeName) -> None:
        """Make a move."""
        size = self._guests[guest_id].memory_bytes or 0
        self._taken[from_node] -= size
        self._taken[to_node] += size
        self._on[guest_id] = [to_node]
