"""Answer what each pool's verdict has to be, by trying everything.

Written from the definitions alone and as naively as they read, so that it can contradict the judgement: every
arrangement of a pool's members is enumerated, and every state that permitted moves lead to is visited, move by move.
It imports nothing from the judgement.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from heapq import heappop, heappush
from itertools import combinations_with_replacement

from virtualisation_resource_distributor.cluster import (
    Cluster,
    Guest,
    GuestId,
    Node,
    NodeName,
    Policy,
    Pool,
    PoolName,
    Zone,
    ZoneName,
)

MemoryLimitOf = Callable[[int | None], int | None]
Arrangement = tuple[NodeName, ...]
Rank = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What has to be said of one pool; `levels` are (name, used, possible), and `goal` is the goal's used."""

    pool: PoolName
    verdict: str
    members: int
    levels: tuple[tuple[str, int, int], ...] = ()
    goal: tuple[int, ...] | None = None


def judge_by_brute_force(
    cluster: Cluster, excluded: frozenset[PoolName] = frozenset(), limit: MemoryLimitOf = lambda size: size
) -> tuple[Answer, ...]:
    """Return the answer for each pool, sorted by name; `limit` turns a node's size into what guests may fill of it."""
    scene = Scene(cluster, limit)
    return tuple(
        _excluded(scene, pool) if pool.name in excluded else _judge(scene, pool)
        for pool in sorted(cluster.pools, key=lambda pool: pool.name)
    )


class Tree:
    """The levels of a cluster, and how good an arrangement is on them."""

    def __init__(self, zones: Sequence[Zone], nodes: Sequence[Node]) -> None:
        """Find each node's failure domain at each level, and the usable nodes."""
        parents = {zone.name: zone.parent for zone in zones}
        paths = {zone.name: _path(zone.name, parents) for zone in zones}
        depths = range(max((len(path) for path in paths.values()), default=0))
        self.level_names = (*(f"zone:{depth}" for depth in depths), "node")
        placed = {node.name: paths[node.zone] for node in nodes if node.zone is not None}
        self.domain_of: list[dict[NodeName, str]] = [
            {name: path[min(depth, len(path) - 1)] for name, path in placed.items()} for depth in depths
        ]
        self.domain_of.append({name: name for name in placed})
        self.usable = tuple(
            node.name for node in nodes if node.status == "online" and node.zone is not None and not node.maintenance
        )
        self.rank_of_sorted = cache(self._rank_of_sorted)
        self.ideal = cache(self._ideal)

    def used(self, arrangement: Arrangement) -> tuple[int, ...]:
        """Count the failure domains that hold a member on a usable node, level by level from the outermost."""
        return tuple(len(held) for held in self._held(arrangement))

    def possible(self, members: int) -> tuple[int, ...]:
        """Count the failure domains that this many members could hold, level by level from the outermost."""
        return tuple(min(members, len({domain[name] for name in self.usable})) for domain in self.domain_of)

    def rank(self, policy: Policy, arrangement: Arrangement) -> Rank:
        """Return a tuple that is larger where the arrangement is better; who is who makes no difference to it."""
        return self.rank_of_sorted(policy, tuple(sorted(arrangement)))

    def _held(self, arrangement: Arrangement) -> list[Counter[str]]:
        working = [name for name in arrangement if name in self.usable]
        return [Counter(domain[name] for name in working) for domain in self.domain_of]

    def _rank_of_sorted(self, policy: Policy, arrangement: Arrangement) -> Rank:
        held = self._held(arrangement)
        used = tuple(len(domains) for domains in held)
        if policy == "distinct":
            return used
        in_maintenance = sum(name not in self.usable for name in arrangement)
        crowding = tuple(sum(number**2 for number in domains.values()) for domains in held)
        return (-in_maintenance, *used, *(-squares for squares in crowding))

    def _ideal(self, policy: Policy, members: int) -> Rank | None:
        """Return the best rank of all arrangements on usable nodes, or None where no node is usable.

        An arrangement that leaves somebody on a node in maintenance is never better than one that does not.
        """
        arrangements = list(combinations_with_replacement(sorted(self.usable), members))
        if not arrangements:
            return None
        best = max(arrangements, key=lambda arrangement: self.rank(policy, arrangement))
        assert self.used(best) == self.possible(members), "the ideal reaches what is possible at all levels at once"
        return self.rank(policy, best)


def _path(name: ZoneName, parents: dict[ZoneName, ZoneName | None]) -> list[ZoneName]:
    """Return the zones from the root down to this one."""
    parent = parents[name]
    return [name] if parent is None else [*_path(parent, parents), name]


class Scene:
    """A cluster with its tree, and the rows of all guests that run: no templates, and on nodes that are online."""

    def __init__(self, cluster: Cluster, limit: MemoryLimitOf) -> None:
        """Look once at every node and guest."""
        self.cluster = cluster
        self.limit = limit
        self.tree = Tree(cluster.zones, cluster.nodes)
        self.limit_of = {node.name: limit(node.memory_bytes) for node in cluster.nodes}
        self.online = {node.name for node in cluster.nodes if node.status == "online"}
        self.zoneless = {node.name for node in cluster.nodes if node.zone is None}
        alive = [
            guest for guest in cluster.guests if guest.status in ("running", "paused") and guest.node in self.online
        ]
        self.seen_on = Counter(guest.id for guest in alive)
        self.running = [guest for guest in alive if not guest.template]
        self.ids_running = {guest.id for guest in self.running}
        self.running_on: dict[NodeName, list[Guest]] = {node.name: [] for node in cluster.nodes}
        self.members_of: dict[PoolName, list[Guest]] = {pool.name: [] for pool in cluster.pools}
        for guest in self.running:
            self.running_on[guest.node].append(guest)
            if guest.pool is not None:
                self.members_of[guest.pool].append(guest)


def _excluded(scene: Scene, pool: Pool) -> Answer:
    return Answer(pool=pool.name, verdict="excluded", members=len(scene.members_of[pool.name]))


def _judge(scene: Scene, pool: Pool) -> Answer:
    members = scene.members_of[pool.name]
    if not members:
        return Answer(pool=pool.name, verdict="empty", members=0)
    if _is_unknown(scene, pool):
        return Answer(pool=pool.name, verdict="unknown", members=len(members))
    tree = scene.tree
    now = tuple(member.node for member in members)
    ideal = tree.ideal(pool.policy, len(members))
    if ideal is None:
        verdict, goal = "blocked", now
    elif tree.rank(pool.policy, now) >= ideal:
        verdict, goal = "spread", now
    else:
        goal = _goal(tree, pool.policy, Moves(scene, pool), ideal)
        better = tree.rank(pool.policy, goal) > tree.rank(pool.policy, now)
        verdict = "migrate" if better else "blocked"
    levels = zip(tree.level_names, tree.used(now), tree.possible(len(members)), strict=True)
    return Answer(pool=pool.name, verdict=verdict, members=len(members), levels=tuple(levels), goal=tree.used(goal))


def _is_unknown(scene: Scene, pool: Pool) -> bool:
    rows = scene.cluster.guests_in[pool.name]
    return (
        any(member.node in scene.zoneless for member in scene.members_of[pool.name])
        or any(scene.seen_on[guest.id] > 1 for guest in rows)
        or any(guest.status == "unknown" and guest.node in scene.online for guest in rows)
        or any(
            trouble.kind == "forbidden" and trouble.subject in ("cluster", f"pool {pool.name}")
            for trouble in scene.cluster.troubles
        )
    )


def goal_of(tree: Tree, policy: Policy, moves: "Moves") -> Rank:
    """Return the rank of the best arrangement that permitted moves of a pool's members lead to."""
    ideal = tree.ideal(policy, len(moves.members))
    start = tuple(member.node for member in moves.members)
    return tree.rank(policy, start if ideal is None else _goal(tree, policy, moves, ideal))


class Moves:
    """Which moves of one pool's members are permitted while everybody else stays."""

    def __init__(self, scene: Scene, pool: Pool) -> None:
        """Note who else runs where, what has room for how much, and who is ruled by what."""
        self.members = scene.members_of[pool.name]
        self.limit_of = scene.limit_of
        self.others_on = {
            name: [guest for guest in scene.running_on[name] if guest.pool != pool.name] for name in scene.tree.usable
        }
        rules = scene.cluster.rules
        together = [rule.guests & scene.ids_running for rule in rules if rule.kind == "together"]
        self.bound = {member.id for member in self.members if any({member.id} < guests for guests in together)}
        apart = [rule.guests for rule in rules if rule.kind == "apart"]
        self.shunned = {
            member.id: frozenset[GuestId]().union(*(guests for guests in apart if member.id in guests))
            for member in self.members
        }

    def are_permitted(self, state: Arrangement, index: int, target: NodeName) -> bool:
        """Tell whether this member may move to this usable node while the members run as in `state`."""
        member = self.members[index]
        if state[index] == target or member.locked or member.pinned is not None or member.id in self.bound:
            return False
        if member.allowed_nodes is not None and target not in member.allowed_nodes:
            return False
        own_there = [own for own, name in zip(self.members, state, strict=True) if name == target]
        there = [*self.others_on[target], *own_there]
        if any(guest.id in self.shunned[member.id] for guest in there):
            return False
        limit = self.limit_of[target]
        sizes = [guest.memory_bytes for guest in [*there, member] if guest.memory_bytes is not None]
        return limit is None or sum(sizes) <= limit


def _goal(tree: Tree, policy: Policy, moves: Moves, ideal: Rank) -> Arrangement:
    """Return the best arrangement that permitted moves lead to; nothing is better than the ideal, so stop there.

    All states are visited, each once. Those that look best come first, only so that the ideal is found soon.
    """
    start = tuple(member.node for member in moves.members)
    best, seen = start, {start}
    waiting = [(_worst_last(tree.rank(policy, start)), start)]
    while waiting and tree.rank(policy, best) < ideal:
        _, state = heappop(waiting)
        if tree.rank(policy, state) > tree.rank(policy, best):
            best = state
        for after in _next_states(tree, moves, state):
            if after not in seen:
                seen.add(after)
                heappush(waiting, (_worst_last(tree.rank(policy, after)), after))
    return best


def _worst_last(rank: Rank) -> Rank:
    return tuple(-number for number in rank)


def _next_states(tree: Tree, moves: Moves, state: Arrangement) -> list[Arrangement]:
    return [
        (*state[:index], target, *state[index + 1 :])
        for index in range(len(state))
        for target in tree.usable
        if moves.are_permitted(state, index, target)
    ]
