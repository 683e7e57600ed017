"""Which arrangements of movers are one and the same, and which permitted moves lead from one to another?

Members that nothing tells apart are interchangeable, and arrangements that differ in these alone are one state.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..cluster.cluster import Rule
from ..cluster.names import GuestId, NodeName, PoolName
from .moves import Mover, Movers

State = tuple[tuple[NodeName, ...], ...]
"""For each kind the nodes where its movers are, sorted."""


class Kind(NamedTuple):
    """Movers that nothing tells apart but where they are.

    `targets` is where they may ever go, `apart` the rules with other movers of the space.
    """

    alike: tuple[Mover, ...]
    targets: tuple[NodeName, ...]
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
            for to_node in kind.targets:
                if not kind.apart.isdisjoint(apart.get(to_node, ())):
                    continue
                if not self.movers.may_enter(kind.mover, to_node, own_bytes=taken[to_node]):
                    continue
                for from_node in dict.fromkeys(nodes):
                    if from_node != to_node:
                        yield index, from_node, to_node

    def _occupied(self, state: State) -> tuple[Counter[NodeName], dict[NodeName, set[Rule]]]:
        taken: Counter[NodeName] = Counter()
        apart: dict[NodeName, set[Rule]] = {}
        for kind, nodes in zip(self.kinds, state, strict=True):
            for node in nodes:
                taken[node] += kind.mover.size_bytes
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
            targets=tuple(node for node in movers.ground.roomiest_first if movers.may_enter(same[0], node)),
            apart=apart_of(movers, same[0], moving),
        )
        for same in alike.values()
    )
    start = tuple(tuple(sorted(mover.guest.node for mover in same)) for same in alike.values())
    return Space(movers=movers, kinds=kinds), start


def apart_of(movers: Movers, mover: Mover, moving: frozenset[GuestId]) -> frozenset[Rule]:
    """Return the rules that keep a mover apart from other ones of these."""
    rules = movers.ground.rules_of.get(mover.guest.id, ())
    return frozenset(rule for rule in rules if rule.kind == "apart" and len(rule.guests & moving) > 1)
