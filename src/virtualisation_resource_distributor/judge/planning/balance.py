"""Which few moves even out memory and vcpus over the nodes, without making any pool worse?

The imbalance is how far the nodes' shares are from the share of all of them together: the root of the mean of the
squared differences, each node counted by its size, over memory and vcpus alike. One move after the other is taken,
the one that lowers it most, until none lowers it by a tenth of a percent.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from math import sqrt
from typing import NamedTuple

from ...cluster.cluster import Cluster, Guest, Policy
from ...cluster.names import NodeName, PoolName
from ..ground import survey, twice_seen
from ..order import Weight, weight_of
from ..plan import Balances, Plan, PoolChange, Step
from ..spread import judge_pools
from ..verdict import Blocked, Excluded, Migrate, Spread, Unknown
from .mending import Request
from .steps import notes_on
from .world import World

NODES_LOOKED_AT = 8
"""Of the fullest nodes, from which guests are taken, and of the emptiest, to which they go."""

Load = tuple[int, int]
"""Memory in bytes and vcpus: of a guest, of a node, or taken there."""


class _Scales(NamedTuple):
    """What the nodes hold and what is taken of it; a size that is not known of all nodes is 0, and not weighed."""

    sizes: Mapping[NodeName, Load]
    taken: dict[NodeName, Load]
    all_sizes: Load
    all_taken: Load

    def imbalance(self) -> int:
        """Return the imbalance in thousandths."""
        squares = sum(self.badness(node, self.taken[node]) for node in self.sizes)
        mean = sum(_share(taken, size) ** 2 for taken, size in zip(self.all_taken, self.all_sizes, strict=True))
        weighed = sum(size > 0 for size in self.all_sizes)
        return round(1000 * sqrt(max(0.0, squares - mean) / weighed)) if weighed else 0

    def badness(self, node: NodeName, taken: Load) -> float:
        """Return what one node adds to the mean of the squared shares."""
        return sum(
            _share(part, size) ** 2 * _share(size, whole)
            for part, size, whole in zip(taken, self.sizes[node], self.all_sizes, strict=True)
        )

    def fullest_first(self) -> list[NodeName]:
        """Return the nodes by the sum of both shares."""
        share = {
            node: sum(_share(part, size) for part, size in zip(self.taken[node], sizes, strict=True))
            for node, sizes in self.sizes.items()
        }
        return sorted(self.sizes, key=lambda node: (-share[node], node))

    def gain(self, load: Load, from_node: NodeName, to_node: NodeName) -> float:
        """Return how much the mean of the squares goes down when a guest moves."""
        left = _minus(self.taken[from_node], load)
        entered = _plus(self.taken[to_node], load)
        before = self.badness(from_node, self.taken[from_node]) + self.badness(to_node, self.taken[to_node])
        return before - self.badness(from_node, left) - self.badness(to_node, entered)

    def move(self, load: Load, from_node: NodeName, to_node: NodeName) -> None:
        """Put the load of a guest onto another node."""
        self.taken[from_node] = _minus(self.taken[from_node], load)
        self.taken[to_node] = _plus(self.taken[to_node], load)


def _share(part: int, size: int) -> float:
    """Return a share; a node that is a thousand times overfull is as bad as any, and a file may hold any number."""
    return min(part, 1000 * size) / size if size else 0.0


def _plus(one: Load, other: Load) -> Load:
    return one[0] + other[0], one[1] + other[1]


def _minus(one: Load, other: Load) -> Load:
    return one[0] - other[0], one[1] - other[1]


def plan_balancing(cluster: Cluster, request: Request) -> Plan:
    """Return the plan that evens the nodes out; it is never said to be optimal."""
    table = _Table(cluster, request)
    steps: list[Step] = []
    while request.max_moves is None or len(steps) < request.max_moves:
        step = table.next_step()
        if step is None:
            break
        steps.append(step)
    return Plan(
        steps=tuple(steps),
        bounds=(),
        optimal=False,
        unresolved=(),
        pools=tuple(table.changes({step.pool for step in steps})),
        notes=notes_on(cluster, steps),
        most_moves=request.max_moves,
    )


class _Table:
    """A cluster whose guests are moved until the nodes are even."""

    def __init__(self, cluster: Cluster, request: Request) -> None:
        ground = survey(cluster, request.limit)
        verdicts = judge_pools(cluster, request.excluded, request.limit)
        self._known = [verdict for verdict in verdicts if isinstance(verdict, Spread | Migrate | Blocked)]
        self._policies: dict[PoolName, Policy] = {verdict.pool: verdict.policy for verdict in self._known}
        self._ground = ground
        self._world = World(ground)
        self._scales = _scales(cluster, frozenset(ground.levels.domains))
        kept = {verdict.pool for verdict in verdicts if isinstance(verdict, Excluded | Unknown)}
        twice = twice_seen(cluster)
        self._on: defaultdict[NodeName, dict[str, Guest]] = defaultdict(dict)
        for guest in cluster.guests:
            if guest.runs and guest.pool not in kept and guest.id not in twice and not self._world.is_held(guest):
                self._on[guest.node][guest.id] = guest

    def next_step(self) -> Step | None:
        """Make the move that gains most, and return it; None where none gains a tenth of a percent."""
        before = self._scales.imbalance()
        found = self._best_move()
        if found is None:
            return None
        guest, to_node = found
        from_node = self._world.node_of(guest)
        self._scales.move(_load(guest), from_node, to_node)
        after = self._scales.imbalance()
        if after >= before:
            return None
        move = self._world.move(guest, to_node)
        self._on[to_node][guest.id] = self._on[from_node].pop(guest.id)
        return Step(move=move, pool=guest.pool, why=Balances(before, after), makes_own_pool_worse=False)

    def _best_move(self) -> tuple[Guest, NodeName] | None:
        """Return the permitted move that gains most, by the first guest where several are alike."""
        for _, from_node, to_node, load in sorted(self._gains(), key=lambda trip: (-trip[0], *trip[1:])):
            for guest in self._on[from_node].values():
                if (
                    _load(guest) == load
                    and self._world.may_move(guest, to_node)
                    and self._keeps_its_pool(guest, to_node)
                ):
                    return guest, to_node
        return None

    def _gains(self) -> Iterator[tuple[float, NodeName, NodeName, Load]]:
        """Yield what moves of guests of each size would gain, from the fullest nodes to the emptiest."""
        order = self._scales.fullest_first()
        for from_node in order[:NODES_LOOKED_AT]:
            for load in {_load(guest) for guest in self._on[from_node].values()}:
                for to_node in order[: -NODES_LOOKED_AT - 1 : -1]:
                    gain = self._scales.gain(load, from_node, to_node)
                    if to_node != from_node and gain > 0:
                        yield gain, from_node, to_node, load

    def _keeps_its_pool(self, guest: Guest, to_node: NodeName) -> bool:
        """Tell whether the guest's pool is not worse after the move."""
        policy = None if guest.pool is None else self._policies.get(guest.pool)
        if guest.pool is None or policy is None:
            return True
        members = self._ground.members_of[guest.pool]
        places = self._world.places(members)
        moved = [to_node if member.id == guest.id else node for member, node in zip(members, places, strict=True)]
        return self._weight(policy, moved) <= self._weight(policy, places)

    def _weight(self, policy: Policy, places: list[NodeName]) -> Weight:
        return weight_of(self._ground.levels, policy, places)

    def changes(self, pools: set[PoolName | None]) -> Iterator[PoolChange]:
        """Yield how these pools were and are."""
        for verdict in self._known:
            if verdict.pool in pools:
                after = self._ground.levels.table(self._world.places(verdict.members))
                yield PoolChange(verdict.pool, verdict.policy, verdict.levels, after)


def _scales(cluster: Cluster, usable: frozenset[NodeName]) -> _Scales:
    nodes = [node for node in cluster.nodes if node.name in usable and node.memory_bytes is not None]
    counts_vcpus = all(node.vcpus is not None for node in nodes)
    sizes: dict[NodeName, Load] = {}
    for node in nodes:
        if node.memory_bytes is not None:
            sizes[node.name] = (node.memory_bytes, node.vcpus if counts_vcpus and node.vcpus is not None else 0)
    taken: dict[NodeName, Load] = dict.fromkeys(sizes, (0, 0))
    for guest in cluster.guests:
        if guest.runs and guest.node in sizes:
            taken[guest.node] = _plus(taken[guest.node], _load(guest))
    return _Scales(sizes, taken, _sum(sizes), _sum(taken))


def _sum(loads: Mapping[NodeName, Load]) -> Load:
    return sum(memory for memory, _ in loads.values()), sum(vcpus for _, vcpus in loads.values())


def _load(guest: Guest) -> Load:
    """Return what is known of a guest's size; what is not known weighs nothing here, and is told by a note."""
    return guest.memory_bytes or 0, guest.vcpus or 0
