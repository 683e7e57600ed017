"""What is known of the moves that bring a wish about: the moves, what proves their number, and who is left out?"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ...cluster.names import NodeName, PoolName
from ..ground import Ground
from ..plan import Bound, ClearingBound, Move
from .composition import Composition
from .distance import moves_needed
from .goals import Aim
from .world import World

NOT_FOUND = "no way to its goal was found beside the moves of the other pools"
NOT_TOGETHER = "its goal can't be reached together with those of the other pools"

Bounds = Mapping[PoolName | None, Bound]


class Outline(NamedTuple):
    """Moves in order, what proves that so many are needed, and which pools miss their goals.

    `is_best` is true where it is proven that no more pools can reach their goals, and those not in fewer moves;
    `staying` counts the guests that could have left, each for itself, and did not.
    """

    moves: tuple[Move, ...]
    bounds: tuple[Bound, ...]
    missed: tuple[PoolName, ...]
    is_best: bool
    why_missed: str = NOT_FOUND
    staying: int = 0

    def quality(self) -> tuple[int, int, int]:
        """Return what is smaller for a better outline."""
        return self.staying, len(self.missed), len(self.moves)


def as_outline(
    composition: Composition, bounds: Bounds, *, is_best: bool, emptied: frozenset[NodeName] = frozenset()
) -> Outline:
    """Return what a composition and the bounds of each pool say together."""
    return Outline(
        moves=composition.moves,
        bounds=bounds_told(bounds, composition.moves, composition.missed, emptied),
        missed=composition.missed,
        is_best=is_best,
        staying=len(composition.staying),
    )


def bounds_told(
    bounds: Bounds, moves: Sequence[Move], missed: Sequence[PoolName], emptied: frozenset[NodeName]
) -> tuple[Bound, ...]:
    """Return the bounds of the pools that are brought to their goals, sorted by name.

    Of all others those count who left the nodes that are emptied: whoever leaves, it takes as many moves for as many
    guests.
    """
    left = Counter(
        guest.pool for guest in {move.guest.id: move.guest for move in moves}.values() if guest.node in emptied
    )
    told: list[Bound] = []
    for name in sorted(bounds, key=lambda name: name or ""):
        bound = bounds[name]
        if name not in missed and not isinstance(bound, ClearingBound):
            told.append(bound)
        elif left[name]:
            told.append(ClearingBound(name, left[name]))
    return tuple(told)


def missed_after(ground: Ground, aims: Iterable[Aim], moves: Iterable[Move]) -> tuple[PoolName, ...]:
    """Return the pools that are not at their goals after these moves, sorted by name."""
    world = World(ground)
    for move in moves:
        world.move(move.guest, move.to_node)
    return tuple(
        sorted(aim.pool.name for aim in aims if moves_needed(ground.levels, aim.target, world.places(aim.members)) > 0)
    )
