"""Answer how few moves bring all pools to their goals, by trying everything; and is each step of a plan permitted?

Written from the definitions alone, and as naively as they read: a breadth-first search over all places of all members
of the pools that can be mended. It imports nothing from the judgement.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from tests.brute_force import Arrangement, MemoryLimitOf, Moves, Rank, Scene, goal_of, judge_by_brute_force

from virtualisation_resource_distributor.cluster import Cluster, Guest, GuestId, NodeName, Policy, PoolName


class Fewest(NamedTuple):
    """How many pools can reach their goals together, of how many, and how many moves that takes."""

    reached: int
    pools: int
    moves: int


class Emptied(NamedTuple):
    """How many guests can leave the nodes, how many pools then reach their goals, and how many moves that takes."""

    left: int
    reached: int
    moves: int


class Taken(NamedTuple):
    """One step of a plan, as this file sees it."""

    guest: GuestId
    from_node: NodeName
    to_node: NodeName


class _Pool(NamedTuple):
    """A pool that can be mended: its members among all movers, its rank now and at its goal."""

    name: PoolName
    policy: Policy
    first: int
    end: int
    floor: Rank
    goal: Rank


def fewest_moves(
    cluster: Cluster, excluded: frozenset[PoolName], limit: MemoryLimitOf, *, most_states: int
) -> Fewest | None:
    """Return the answer, or None where there are more states than this."""
    scene = Scene(cluster, limit)
    pools, movers = _mendable(scene, excluded)
    board = Board(scene, tuple(movers))
    start = tuple(guest.node for guest in movers)
    best = Fewest(0, len(pools), 0)
    seen, layer, depth = {start}, [start], 0
    while layer and best.reached < len(pools):
        for state in layer:
            reached = _reached(scene, pools, state)
            if reached is not None and reached > best.reached:
                best = Fewest(reached, len(pools), depth)
        following: dict[Arrangement, None] = {}
        for state in layer:
            following.update(dict.fromkeys(after for _, after in board.next_states(state) if after not in seen))
        seen.update(following)
        if len(seen) > most_states:
            return None
        layer, depth = list(following), depth + 1
    return best


def fewest_to_empty(
    cluster: Cluster,
    names: frozenset[NodeName],
    excluded: frozenset[PoolName],
    limit: MemoryLimitOf,
    *,
    most_states: int,
) -> Emptied | None:
    """Return the answer for emptying these nodes, or None where there are more states than this.

    First of all as many guests as can be leave, then as many pools as can be reach their goals.
    """
    resting = tuple(node._replace(maintenance=node.maintenance or node.name in names) for node in cluster.nodes)
    drained = replace(cluster, nodes=resting)
    scene = Scene(drained, limit)
    there = [guest for guest in scene.running if guest.node in names]
    concerned = {guest.pool for guest in there}
    verdicts = frozenset({"spread", "migrate", "blocked"})
    pools, movers = _mendable(scene, excluded, verdicts, concerned)
    ids = {guest.id for guest in movers}
    movers += [guest for guest in there if guest.id not in ids and scene.seen_on[guest.id] == 1]
    board = Board(scene, tuple(movers))
    start = tuple(guest.node for guest in movers)
    begun = sum(name in names for name in start)
    best = Emptied(0, 0, 0)
    seen, layer, depth = {start}, [start], 0
    while layer:
        for state in layer:
            reached = _reached(scene, pools, state)
            left = begun - sum(name in names for name in state)
            if reached is not None and (depth == 0 or (left, reached) > (best.left, best.reached)):
                best = Emptied(left, reached, depth)
        following: dict[Arrangement, None] = {}
        for state in layer:
            following.update(dict.fromkeys(after for _, after in board.next_states(state) if after not in seen))
        seen.update(following)
        if len(seen) > most_states:
            return None
        layer, depth = list(following), depth + 1
        if (best.left, best.reached) == (begun, len(pools)):
            break
    return best


class WithHelp:
    """All that may be moved to make room: members of pools that are judged, and guests of no pool."""

    def __init__(self, cluster: Cluster, excluded: frozenset[PoolName], limit: MemoryLimitOf) -> None:
        """Note who may be moved, and how good each pool is now."""
        scene = Scene(cluster, limit)
        self._scene = scene
        self._pools, movers = _mendable(scene, excluded, frozenset({"spread", "migrate", "blocked"}))
        movers += [guest for guest in scene.running if guest.pool is None and scene.seen_on[guest.id] == 1]
        self._board = Board(scene, tuple(movers))
        self.start: Arrangement = tuple(guest.node for guest in movers)

    def ranks(self, state: Arrangement) -> dict[PoolName, Rank]:
        """Return how good each pool is in a state."""
        rank = self._scene.tree.rank
        return {pool.name: rank(pool.policy, state[pool.first : pool.end]) for pool in self._pools}

    def end_of(self, steps: Iterable[Taken]) -> Arrangement:
        """Return the state after these steps."""
        node_of = {step.guest: step.to_node for step in steps}
        return tuple(node_of.get(guest.id, guest.node) for guest in self._board.movers)

    def fewest_to(self, ranks: Mapping[PoolName, Rank], *, most_states: int) -> int | None:
        """Return how few moves make each pool as good as this, and none worse than now; None if that is too much."""
        floor = self.ranks(self.start)
        wanted = {name: max(rank, floor[name]) for name, rank in ranks.items()}
        for depth, layer in enumerate(self.layers(most_states)):
            for state in layer:
                there = self.ranks(state)
                if all(there[name] >= rank for name, rank in wanted.items()):
                    return depth
        return None

    def layers(self, most_states: int) -> Iterator[list[Arrangement]]:
        """Yield the states that 0, 1, 2, … moves lead to and fewer do not; an empty layer once these were all."""
        seen, layer = {self.start}, [self.start]
        while layer and len(seen) <= most_states:
            yield layer
            following: dict[Arrangement, None] = {}
            for state in layer:
                nexts = self._board.next_states(state)
                following.update(dict.fromkeys(after for _, after in nexts if after not in seen))
            seen.update(following)
            layer = list(following)
        if not layer:
            yield []


def _mendable(
    scene: Scene,
    excluded: frozenset[PoolName],
    verdicts: Collection[str] = ("migrate",),
    concerned: Collection[PoolName | None] | None = None,
) -> tuple[list[_Pool], list[Guest]]:
    pools: list[_Pool] = []
    movers: list[Guest] = []
    policies = {pool.name: pool for pool in scene.cluster.pools}
    for answer in judge_by_brute_force(scene.cluster, excluded, scene.limit):
        if answer.verdict in verdicts and (concerned is None or answer.pool in concerned):
            pool = policies[answer.pool]
            members = scene.members_of[pool.name]
            floor = scene.tree.rank(pool.policy, tuple(member.node for member in members))
            goal = goal_of(scene.tree, pool.policy, Moves(scene, pool))
            pools.append(_Pool(pool.name, pool.policy, len(movers), len(movers) + len(members), floor, goal))
            movers.extend(members)
    return pools, movers


def _reached(scene: Scene, pools: list[_Pool], state: Arrangement) -> int | None:
    """Count the pools that are at their goals; None where one is worse than it began."""
    ranks = [scene.tree.rank(pool.policy, state[pool.first : pool.end]) for pool in pools]
    if any(rank < pool.floor for rank, pool in zip(ranks, pools, strict=True)):
        return None
    return sum(rank >= pool.goal for rank, pool in zip(ranks, pools, strict=True))


class Board:
    """Some guests that may be moved, and all others, who stay."""

    def __init__(self, scene: Scene, movers: tuple[Guest, ...]) -> None:
        """Note who stays where and what is left there, and who is ruled by what."""
        self.scene = scene
        self.movers = movers
        ids = {guest.id for guest in movers}
        self.staying_on = {
            name: [guest for guest in scene.running_on[name] if guest.id not in ids] for name in scene.tree.usable
        }
        self.taken = {
            name: sum(guest.memory_bytes for guest in staying if guest.memory_bytes is not None)
            for name, staying in self.staying_on.items()
        }
        rules = scene.cluster.rules
        together = [rule.guests & scene.ids_running for rule in rules if rule.kind == "together"]
        self.bound = {guest.id for guest in movers if any({guest.id} < others for others in together)}
        apart = [rule.guests for rule in rules if rule.kind == "apart"]
        self.shunned = {
            guest.id: frozenset[GuestId]().union(*(others for others in apart if guest.id in others)) - {guest.id}
            for guest in movers
        }

    def next_states(self, state: Arrangement) -> Iterator[tuple[int, Arrangement]]:
        """Yield who is moved and the state after it, for each permitted move."""
        for index in range(len(state)):
            for target in self.scene.tree.usable:
                if self.is_permitted(state, index, target):
                    yield index, (*state[:index], target, *state[index + 1 :])

    def is_permitted(self, state: Arrangement, index: int, target: NodeName) -> bool:
        """Tell whether one mover may go to this usable node while all run as in `state`."""
        guest = self.movers[index]
        if state[index] == target or guest.locked or guest.pinned is not None or guest.id in self.bound:
            return False
        if guest.allowed_nodes is not None and target not in guest.allowed_nodes:
            return False
        there = [mover for mover, name in zip(self.movers, state, strict=True) if name == target]
        if any(other.id in self.shunned[guest.id] for other in (*self.staying_on[target], *there)):
            return False
        limit = self.scene.limit_of[target]
        sizes = [mover.memory_bytes for mover in (*there, guest) if mover.memory_bytes is not None]
        return limit is None or self.taken[target] + sum(sizes) <= limit


def faults_of(cluster: Cluster, steps: Iterable[Taken], limit: MemoryLimitOf) -> list[str]:
    """Return what is wrong with these steps, taken in this order; nothing where each is permitted."""
    scene = Scene(cluster, limit)
    movers = tuple(guest for guest in scene.running if scene.seen_on[guest.id] == 1)
    board = Board(scene, movers)
    index_of = {guest.id: index for index, guest in enumerate(movers)}
    state = tuple(guest.node for guest in movers)
    faults: list[str] = []
    for number, step in enumerate(steps, start=1):
        index = index_of.get(step.guest)
        if index is None or state[index] != step.from_node:
            faults.append(f"step {number}: guest {step.guest} does not run on {step.from_node}")
        elif step.to_node not in scene.tree.usable or not board.is_permitted(state, index, step.to_node):
            faults.append(f"step {number}: guest {step.guest} may not go to {step.to_node}")
        else:
            state = (*state[:index], step.to_node, *state[index + 1 :])
    return faults
