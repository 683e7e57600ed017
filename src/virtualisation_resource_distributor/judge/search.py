"""Can permitted moves make a pool of policy `even` better? An exact search over its arrangements.

The budget counts states, never seconds, so that the same cluster always gets the same answer.
"""

import heapq
from collections import Counter
from typing import Literal

from ..cluster.cluster import Guest
from ..cluster.names import NodeName
from .moves import Movers
from .order import Weight, change, helpful_moves, is_better, weigh
from .space import State, after, apart_of, space_of

STATES = 10_000

Answer = Literal["yes", "no", "out of budget"]


def can_get_better(movers: Movers, members: tuple[Guest, ...]) -> Answer:
    """Say whether a sequence of permitted moves ends in a better arrangement of policy `even`.

    The best arrangements are looked at first. Where STATES arrangements were found and there are more, nobody knows.
    """
    if _one_move_is_enough(movers, members):
        return "yes"
    space, start = space_of(movers, movers.movers)
    moving = frozenset(mover.guest.id for mover in movers.movers)
    fixed = [guest.node for guest in members if guest.id not in moving]
    levels = movers.ground.levels
    queue: list[tuple[Weight, State]] = [((0,) * len(weigh(levels, [])), start)]
    seen = {start}
    while queue:
        added, state = heapq.heappop(queue)
        counts = levels.counts([*fixed, *(node for nodes in state for node in nodes)])
        for index, from_node, to_node in space.steps(state):
            following = after(state, index, from_node, to_node)
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
    free = {mover.guest.id: mover for mover in movers.movers if not apart_of(movers, mover, moving)}
    own_bytes: Counter[NodeName] = Counter()
    for mover in movers.movers:
        own_bytes[mover.guest.node] += mover.size_bytes
    return any(
        movers.may_enter(free[guest.id], node, own_bytes=own_bytes[node])
        for guest, nodes in helpful_moves(movers.ground.levels, "even", members)
        if guest.id in free
        for node in nodes
    )
