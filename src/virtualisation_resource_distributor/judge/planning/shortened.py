"""Which moves are worth the most, where no more than a few are wanted?"""

from collections import Counter
from collections.abc import Sequence

from ..ground import Ground
from ..order import weight_of
from ..plan import Move
from .composition import Wish
from .descent import descend
from .goals import Aim
from .outline import Outline
from .planner import outline
from .world import World


def at_most(ground: Ground, aims: Sequence[Aim], whole: Outline, most: int) -> Outline:
    """Return an outline of so many moves at most: as many pools as possible come to their goals, the cheapest first.

    With the moves that are left the next pool goes as far as it gains.
    """
    cost = Counter(move.guest.pool for move in whole.moves)
    cheapest = sorted(
        (aim for aim in aims if aim.pool.name not in whole.missed), key=lambda aim: (cost[aim.pool.name], aim.pool.name)
    )
    number = 0
    left = most
    while number < len(cheapest) and cost[cheapest[number].pool.name] <= left:
        left -= cost[cheapest[number].pool.name]
        number += 1
    drawn = outline(ground, Wish(tuple(cheapest[:number])))
    while len(drawn.moves) > most:
        number -= 1
        drawn = outline(ground, Wish(tuple(cheapest[:number])))
    more = _as_far_as_it_gains(ground, drawn.moves, cheapest[number:], most - len(drawn.moves))
    missed = {*drawn.missed, *(aim.pool.name for aim in aims)} - {aim.pool.name for aim in cheapest[:number]}
    return Outline(
        moves=(*drawn.moves, *more),
        bounds=drawn.bounds,
        missed=tuple(sorted({*drawn.missed, *missed})),
        is_best=False,
        why_missed=_so_few(most),
    )


def _so_few(most: int) -> str:
    if not most:
        return "no moves were asked for"
    return f"no more than {most} move{' was' if most == 1 else 's were'} asked for"


def _as_far_as_it_gains(ground: Ground, moves: Sequence[Move], aims: Sequence[Aim], left: int) -> tuple[Move, ...]:
    world = World(ground)
    for move in moves:
        world.move(move.guest, move.to_node)
    for aim in aims if left else ():
        more, _ = descend(world, aim.target, aim.members)
        world.undo(more[left:])
        more = more[:left]
        while more and _weight(world, ground, aim) >= aim.floor.weight:
            world.undo(more[-1:])
            more = more[:-1]
        if more:
            return tuple(more)
    return ()


def _weight(world: World, ground: Ground, aim: Aim) -> tuple[int, ...]:
    return weight_of(ground.levels, aim.pool.policy, world.places(aim.members))
