"""What is the best that permitted moves of a pool's own members reach, while all else stays?"""

import heapq
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ...cluster.cluster import Guest, Pool
from ...cluster.names import GuestId, NodeName
from ..ground import Ground
from ..levels import Levels
from ..moves import Mover, Movers, movers_of
from ..order import Ideals, Weight, change, weight_of
from ..space import State, after, space_of
from .descent import descend
from .distance import Target
from .world import World

STATES = 10_000


class Aim(NamedTuple):
    """What a plan is to bring a pool to: `target` has its goal, and `floor` what it has now.

    `is_exact` is false where the search for the goal ran out of its budget, and something better may be reachable.
    """

    pool: Pool
    members: tuple[Guest, ...]
    floor: Target
    target: Target
    is_exact: bool


def aim_of(ground: Ground, pool: Pool, members: tuple[Guest, ...], ideals: Ideals) -> Aim:
    """Return what the pool is to be brought to; obstacles that only the others make count as well."""
    ideal = ideals.of(pool.policy, len(members))
    start = weight_of(ground.levels, pool.policy, [member.node for member in members])
    _, arrives = descend(World(ground), Target(pool.policy, ideal, ideal), members)
    goal, is_exact = (ideal, True) if arrives else _goal(ground, pool, members, ideal)
    return Aim(
        pool=pool,
        members=members,
        floor=limited(ground.levels, Target(pool.policy, start, ideal), len(members)),
        target=limited(ground.levels, Target(pool.policy, goal, ideal), len(members)),
        is_exact=is_exact,
    )


def tightened(aim: Aim, movers: Movers) -> Aim:
    """Return the aim with what no arrangement can get below if all these movers were away.

    Where the goal is the ideal that is known already.
    """
    if aim.target.weight == aim.target.least:
        return aim
    moving = frozenset(mover.guest.id for mover in movers.movers)
    outside = sum(member.node not in movers.ground.levels.domains and member.id not in moving for member in aim.members)
    used = [-count for count in most_used(movers, aim.members)]
    floors = used if aim.pool.policy == "distinct" else [outside, *used]
    return aim._replace(floor=_raised(aim.floor, floors), target=_raised(aim.target, floors))


def _raised(target: Target, floors: Sequence[int]) -> Target:
    least = [max(pair) for pair in zip(target.least, floors, strict=False)]
    return target._replace(least=(*least, *target.least[len(least) :]))


def _goal(ground: Ground, pool: Pool, members: tuple[Guest, ...], ideal: Weight) -> tuple[Weight, bool]:
    movers = movers_of(ground, members)
    if pool.policy == "distinct":
        return tuple(-used for used in most_used(movers, members)), True
    return _best_reachable(movers, members, ideal)


def most_used(movers: Movers, members: tuple[Guest, ...]) -> tuple[int, ...]:
    """Return for each level the most failure domains that the members could use if only these movers were away.

    All levels reach it at once (judge/distinct.py says why). Members that are not among the movers stay.
    """
    levels = movers.ground.levels
    mover_of = {mover.guest.id: mover for mover in movers.movers}
    in_reach = [_in_reach(movers, mover_of, member) for member in members]
    return tuple(
        _matched([{levels.domains[node][depth]: None for node in nodes} for nodes in in_reach])
        for depth in range(len(levels.names))
    )


def _in_reach(movers: Movers, mover_of: Mapping[GuestId, Mover], member: Guest) -> list[NodeName]:
    nodes = [member.node] if member.node in movers.ground.levels.domains else []
    mover = mover_of.get(member.id)
    if mover is not None:
        nodes.extend(node for node in movers.ground.roomiest_first if movers.may_enter(mover, node))
    return nodes


def _matched(choices: Sequence[Mapping[str, None]]) -> int:
    """Return how many of these can choose something at once that no other one chooses."""
    chosen_by: dict[str, int] = {}

    def choose(index: int, tried: set[str]) -> bool:
        for choice in choices[index]:
            if choice not in tried:
                tried.add(choice)
                if choice not in chosen_by or choose(chosen_by[choice], tried):
                    chosen_by[choice] = index
                    return True
        return False

    return sum(choose(index, set()) for index in range(len(choices)))


def _best_reachable(movers: Movers, members: tuple[Guest, ...], ideal: Weight) -> tuple[Weight, bool]:
    """Return the best weight for `even` that was found, and whether nothing better is reachable.

    The best arrangements are looked at first, STATES of them at most.
    """
    space, start = space_of(movers, movers.movers)
    levels = movers.ground.levels
    moving = frozenset(mover.guest.id for mover in movers.movers)
    held = [guest.node for guest in members if guest.id not in moving]
    best = weight_of(levels, "even", [guest.node for guest in members])
    queue: list[tuple[Weight, State]] = [(best, start)]
    seen = {start}
    while queue and best > ideal:
        weight, state = heapq.heappop(queue)
        best = min(best, weight)
        counts = levels.counts([*held, *(node for nodes in state for node in nodes)])
        for index, from_node, to_node in space.steps(state):
            following = after(state, index, from_node, to_node)
            if following in seen:
                continue
            if len(seen) == STATES:
                return min(best, *(weight for weight, _ in queue)) if queue else best, False
            seen.add(following)
            change_ = change(levels, "even", counts, from_node, to_node)
            heapq.heappush(queue, (tuple(map(sum, zip(weight, change_, strict=True))), following))
    return best, True


def limited(levels: Levels, target: Target, members: int) -> Target:
    """Return the target with what each part of its weight can't get below, where those before it are the target's.

    `target.least` is the ideal. Once the target has left it, a part of the ideal is no limit any more for the sums of
    squares, which are then as even as so many members are on so many failure domains.
    """
    weight, ideal = target.weight, target.least
    split = next((part for part, goal in enumerate(weight) if goal != ideal[part]), len(weight))
    first_sum = 1 + len(levels.names) if target.policy == "even" else len(weight)
    least = list(ideal)
    for part in range(max(split + 1, first_sum), len(weight)):
        least[part] = _most_even(members - weight[0], levels.sizes[part - first_sum])
    return target._replace(least=tuple(least))


def _most_even(members: int, domains: int) -> int:
    each, more = divmod(members, domains)
    return (domains - more) * each * each + more * (each + 1) * (each + 1)
