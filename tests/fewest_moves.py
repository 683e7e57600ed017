"""Answer how few moves bring all pools to their goals, by trying everything.

Written from the definitions alone, and as naively as they read: a breadth-first search over all places of all members
of the pools that can be mended. It imports nothing from the judgement.
"""

from collections.abc import Iterator
from typing import NamedTuple

from tests.brute_force import Arrangement, MemoryLimitOf, Moves, Rank, Scene, goal_of, judge_by_brute_force

from virtualisation_resource_distributor.cluster import Cluster, Guest, GuestId, NodeName, Policy, PoolName


class Fewest(NamedTuple):
    """How many pools can reach their goals together, of how many, and how many moves that takes."""

    reached: int
    pools: int
    moves: int


class _Pool(NamedTuple):
    """A pool that can be mended: its members among all movers, its rank now and at its goal."""

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
    pools, movers = _mendable(scene, cluster, excluded, limit)
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


def _mendable(
    scene: Scene, cluster: Cluster, excluded: frozenset[PoolName], limit: MemoryLimitOf
) -> tuple[list[_Pool], list[Guest]]:
    pools: list[_Pool] = []
    movers: list[Guest] = []
    policies = {pool.name: pool for pool in cluster.pools}
    for answer in judge_by_brute_force(cluster, excluded, limit):
        if answer.verdict == "migrate":
            pool = policies[answer.pool]
            members = scene.members_of[pool.name]
            floor = scene.tree.rank(pool.policy, tuple(member.node for member in members))
            goal = goal_of(scene.tree, pool.policy, Moves(scene, pool))
            pools.append(_Pool(pool.policy, len(movers), len(movers) + len(members), floor, goal))
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
