"""How is a plan made better where guests of other pools, and of none, may be moved to make room?"""

from collections.abc import Sequence

from ..ground import Ground
from .fewer import bounds_to, fewest_found, weights_after
from .further import improvements
from .goals import Aim
from .helping import Ceiling, Helped
from .outline import NOT_FOUND, NOT_TOGETHER, Outline, missed_after


def with_room_made(
    ground: Ground, drawn: Outline, aims: Sequence[Aim], known: Helped, most: int | None = None
) -> Outline:
    """Return moves that bring pools as far as those that were drawn, or further, and no more than `most`.

    They are said to be best only where no pool could come further if all were away who may be moved, and as many moves
    are needed obstacles aside.
    """
    left = None if most is None else most - len(drawn.moves)
    moves = fewest_found(ground, drawn.moves, improvements(ground, drawn.moves, known, left), known)
    bounds = bounds_to(ground, moves, known)
    ends, ceiling = weights_after(ground, moves, known), Ceiling(ground, known)
    is_proven = sum(bound.moves for bound in bounds.values()) == len(moves)
    return drawn._replace(
        moves=moves,
        bounds=tuple(bounds.values()),
        missed=missed_after(ground, aims, moves),
        is_best=is_proven and all(ceiling.is_reached(pool, ends[pool]) for pool in known.pools),
        why_missed=NOT_FOUND if drawn.why_missed == NOT_TOGETHER else drawn.why_missed,
    )
