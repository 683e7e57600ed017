"""Which arrangements of movers are one and the same, and which permitted moves lead from one to another?

Members that nothing tells apart are interchangeable, and arrangements that differ in these alone are one state.
"""

from collections.abc import Iterable, Iterator, Mapping
from math import inf
from typing import NamedTuple

from ..cluster.cluster import Rule
from ..cluster.names import GuestId, NodeName, PoolName
from .moves import Mover, Movers

State = tuple[tuple[NodeName, ...], ...]
"""For each kind the nodes where its movers are, sorted."""


class Kind(NamedTuple):
    """Movers that nothing tells apart but where they are.

    `targets` is where they may ever go, with what other movers may take there at most; `apart` are the rules with other
    movers of the space.
    """

    alike: tuple[Mover, ...]
    targets: Mapping[NodeName, float]
    apart: frozenset[Rule]

    @property
    def mover(self) -> Mover:
        """One of them."""
        return self.alike[0]

    @property
    def pool(self) -> PoolName | None:
        """The pool that they are members of."""
        return self.mover.guest.pool


class Space(NamedTuple):
    """The arrangements of some of the movers; the others are away."""

    movers: Movers
    kinds: tuple[Kind, ...]

    def steps(self, state: State) -> Iterator[tuple[int, NodeName, NodeName]]:
        """Yield every permitted move as (index of kind, from, to)."""
        taken, apart = self._occupied(state)
        for index, (kind, nodes) in enumerate(zip(self.kinds, state, strict=True)):
            from_nodes = dict.fromkeys(nodes)
            for to_node, most_taken in kind.targets.items():
                if taken.get(to_node, 0) > most_taken:
                    continue
                if kind.apart and not kind.apart.isdisjoint(apart.get(to_node, ())):
                    continue
                for from_node in from_nodes:
                    if from_node != to_node:
                        yield index, from_node, to_node

    def _occupied(self, state: State) -> tuple[dict[NodeName, int], dict[NodeName, set[Rule]]]:
        taken: dict[NodeName, int] = {}
        apart: dict[NodeName, set[Rule]] = {}
        for kind, nodes in zip(self.kinds, state, strict=True):
            size = kind.mover.size_bytes
            for node in nodes:
                taken[node] = taken.get(node, 0) + size
                if kind.apart:
                    apart.setdefault(node, set()).update(kind.apart)
        return taken, apart


def after(state: State, index: int, from_node: NodeName, to_node: NodeName) -> State:
    """Return the state after a mover of one kind went from one node to another."""
    nodes = list(state[index])
    nodes[nodes.index(from_node)] = to_node
    return (*state[:index], tuple(sorted(nodes)), *state[index + 1 :])


def space_of(movers: Movers, among: Iterable[Mover]) -> tuple[Space, State]:
    """Return the space of these movers, sorted by pool, and the state in which they are now."""
    present = tuple(among)
    moving = frozenset(mover.guest.id for mover in present)
    alike: dict[tuple[object, ...], list[Mover]] = {}
    for mover in sorted(present, key=lambda mover: mover.guest.pool or ""):
        traits = (
            mover.guest.pool,
            mover.size_bytes,
            mover.guest.allowed_nodes,
            mover.barred,
            apart_of(movers, mover, moving),
        )
        alike.setdefault(traits, []).append(mover)
    kinds = tuple(
        Kind(
            alike=tuple(same),
            targets=_targets(movers, same[0]),
            apart=apart_of(movers, same[0], moving),
        )
        for same in alike.values()
    )
    start = tuple(tuple(sorted(mover.guest.node for mover in same)) for same in alike.values())
    return Space(movers=movers, kinds=kinds), start


def _targets(movers: Movers, mover: Mover) -> dict[NodeName, float]:
    targets: dict[NodeName, float] = {}
    for node in movers.ground.roomiest_first:
        if movers.may_enter(mover, node):
            free = movers.ground.free_bytes[node]
            targets[node] = inf if free is None else free + movers.freed_bytes.get(node, 0) - mover.size_bytes
    return targets


def apart_of(movers: Movers, mover: Mover, moving: frozenset[GuestId]) -> frozenset[Rule]:
    """Return the rules that keep a mover apart from other ones of these."""
    rules = movers.ground.rules_of.get(mover.guest.id, ())
    return frozenset(rule for rule in rules if rule.kind == "apart" and len(rule.guests & moving) > 1)
