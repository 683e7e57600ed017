"""Can permitted moves make a pool of policy `even` better? An exact search over its arrangements.

Members that nothing tells apart are interchangeable, and arrangements that differ in these alone are one state. The
budget counts states, never seconds, so that the same cluster always gets the same answer.
"""

import heapq
from collections import Counter
from collections.abc import Iterator
from typing import Literal, NamedTuple

from ..cluster.cluster import Guest, Rule
from ..cluster.names import GuestId, NodeName
from .moves import Mover, Movers
from .order import Weight, change, helpful_moves, is_better, weigh

STATES = 10_000

State = tuple[tuple[NodeName, ...], ...]
Answer = Literal["yes", "no", "out of budget"]


class _Kind(NamedTuple):
    """Movers that nothing tells apart but where they are.

    `mover` is one of them, `targets` where they may ever go, `apart` the rules with other movers of their pool.
    """

    mover: Mover
    targets: tuple[NodeName, ...]
    apart: frozenset[Rule]


class _Space(NamedTuple):
    """The arrangements of one pool; `fixed` are the nodes of the members that can't move."""

    movers: Movers
    kinds: tuple[_Kind, ...]
    fixed: tuple[NodeName, ...]

    def places(self, state: State) -> list[NodeName]:
        return [*self.fixed, *(node for nodes in state for node in nodes)]

    def _occupied(self, state: State) -> tuple[Counter[NodeName], dict[NodeName, set[Rule]]]:
        taken: Counter[NodeName] = Counter()
        apart: dict[NodeName, set[Rule]] = {}
        for kind, nodes in zip(self.kinds, state, strict=True):
            for node in nodes:
                taken[node] += kind.mover.size_bytes
                apart.setdefault(node, set()).update(kind.apart)
        return taken, apart

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


def can_get_better(movers: Movers, members: tuple[Guest, ...]) -> Answer:
    """Say whether a sequence of permitted moves ends in a better arrangement of policy `even`.

    The best arrangements are looked at first. Where STATES arrangements were found and there are more, nobody knows.
    """
    if _one_move_is_enough(movers, members):
        return "yes"
    space, start = _space(movers, members)
    levels = movers.ground.levels
    queue: list[tuple[Weight, State]] = [((0,) * len(weigh(levels, [])), start)]
    seen = {start}
    while queue:
        added, state = heapq.heappop(queue)
        counts = levels.counts(space.places(state))
        for index, from_node, to_node in space.steps(state):
            following = _after(state, index, from_node, to_node)
            if following in seen:
                continue
            sum_ = tuple(map(sum, zip(added, change(levels, "even", counts, from_node, to_node), strict=True)))
            if is_better(sum_):
                return "yes"
            if len(seen) == STATES:
                return "out of budget"
            seen.add(following)
            heapq.heappush(queue, (sum_, following))
    return "no"


def _one_move_is_enough(movers: Movers, members: tuple[Guest, ...]) -> bool:
    """Look at the plainest moves first: they mend nearly every pool, before a search has to be set up."""
    moving = frozenset(mover.guest.id for mover in movers.movers)
    free = {mover.guest.id: mover for mover in movers.movers if not _apart(movers, mover, moving)}
    own_bytes: Counter[NodeName] = Counter()
    for mover in movers.movers:
        own_bytes[mover.guest.node] += mover.size_bytes
    return any(
        movers.may_enter(free[guest.id], node, own_bytes=own_bytes[node])
        for guest, nodes in helpful_moves(movers.ground.levels, "even", members)
        if guest.id in free
        for node in nodes
    )


def _after(state: State, index: int, from_node: NodeName, to_node: NodeName) -> State:
    nodes = list(state[index])
    nodes[nodes.index(from_node)] = to_node
    return (*state[:index], tuple(sorted(nodes)), *state[index + 1 :])


def _space(movers: Movers, members: tuple[Guest, ...]) -> tuple[_Space, State]:
    moving = frozenset(mover.guest.id for mover in movers.movers)
    alike: dict[tuple[object, ...], list[Mover]] = {}
    for mover in movers.movers:
        traits = (mover.size_bytes, mover.guest.allowed_nodes, mover.barred, _apart(movers, mover, moving))
        alike.setdefault(traits, []).append(mover)
    kinds = tuple(
        _Kind(
            mover=same[0],
            targets=tuple(node for node in movers.ground.roomiest_first if movers.may_enter(same[0], node)),
            apart=_apart(movers, same[0], moving),
        )
        for same in alike.values()
    )
    start = tuple(tuple(sorted(mover.guest.node for mover in same)) for same in alike.values())
    fixed = tuple(guest.node for guest in members if guest.id not in moving)
    return _Space(movers=movers, kinds=kinds, fixed=fixed), start


def _apart(movers: Movers, mover: Mover, moving: frozenset[GuestId]) -> frozenset[Rule]:
    rules = movers.ground.rules_of.get(mover.guest.id, ())
    return frozenset(rule for rule in rules if rule.kind == "apart" and len(rule.guests & moving) > 1)
