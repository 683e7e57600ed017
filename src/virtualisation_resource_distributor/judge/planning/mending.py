"""Which plan brings every badly spread pool as far as it can go, and what stays unresolved?"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ...cluster.cluster import Cluster
from ...cluster.limit import MemoryLimit
from ...cluster.names import PoolName
from ..ground import Ground, survey
from ..order import Ideals
from ..plan import Plan, PoolChange, Unresolved
from ..spread import NO_LIMIT, judge_pools
from ..verdict import Blocked, Migrate, Spread, Verdict
from .composition import Wish
from .goals import Aim, aim_of
from .helping import Helped, helped
from .outline import Outline
from .planner import outline
from .room import with_room_made
from .shortened import at_most
from .steps import cluster_after, notes_on, steps_of

AGAIN = "plan again once these moves are made"


Known = Spread | Migrate | Blocked
"""A verdict that says how the pool is spread."""


class Request(NamedTuple):
    """What a plan is asked for; no `pools` means all, and `max_moves` None as many moves as it takes.

    With `make_room` members of other pools and guests of none are moved too, where that lets a pool come further.
    """

    excluded: frozenset[PoolName] = frozenset()
    limit: MemoryLimit = NO_LIMIT
    pools: frozenset[PoolName] = frozenset()
    max_moves: int | None = None
    make_room: bool = False


def plan_mending(cluster: Cluster, request: Request = Request()) -> Plan:  # noqa: B008 -- a frozen value
    """Return the plan for all pools that are asked for."""
    ground = survey(cluster, request.limit)
    before = [
        verdict
        for verdict in judge_pools(cluster, request.excluded, request.limit)
        if isinstance(verdict, Spread | Migrate | Blocked)
    ]
    bad = [one for one in before if one.kind != "spread" and (not request.pools or one.pool in request.pools)]
    aims = aims_for(ground, [verdict for verdict in bad if isinstance(verdict, Migrate)])
    policies = {verdict.pool: verdict.policy for verdict in before}
    known = helped(ground, (verdict.pool for verdict in bad), policies) if request.make_room else None
    drawn, is_cut = _drawn(ground, aims, request.max_moves, known)
    moves = drawn.moves
    steps = steps_of(ground, moves)
    end = judge_pools(cluster_after(cluster, moves), request.excluded, request.limit) if steps else ()
    after = {verdict.pool: verdict for verdict in end}
    touched = {step.pool for step in steps}
    return Plan(
        steps=steps,
        bounds=drawn.bounds,
        optimal=drawn.is_best,
        unresolved=why_not_spread(bad, after, drawn, aims),
        pools=tuple(_change(one, after.get(one.pool, one)) for one in before if one in bad or one.pool in touched),
        notes=notes_on(cluster, steps),
        most_moves=request.max_moves if bad and is_cut else None,
    )


def _drawn(ground: Ground, aims: tuple[Aim, ...], most: int | None, known: Helped | None) -> tuple[Outline, bool]:
    """Return the moves for these aims, or beyond them where it is known who may help; no more than `most`.

    It also tells whether there would be more.
    """
    whole = outline(ground, Wish(aims))
    whole = whole._replace(is_best=whole.is_best and all(aim.is_exact for aim in aims))
    made = whole if known is None else with_room_made(ground, whole, aims, known)
    if most is None or len(made.moves) <= most:
        return made, False
    cut = at_most(ground, aims, whole, most) if len(whole.moves) > most else whole
    return (cut if known is None else with_room_made(ground, cut, aims, known, most)._replace(is_best=False)), True


def aims_for(ground: Ground, verdicts: Sequence[Migrate]) -> tuple[Aim, ...]:
    """Return what each of these pools is to be brought to."""
    pools = {pool.name: pool for pool in ground.cluster.pools}
    ideals = Ideals(ground.levels)
    return tuple(aim_of(ground, pools[verdict.pool], verdict.members, ideals) for verdict in verdicts)


def _change(before: Known, after: Verdict) -> PoolChange:
    levels = after.levels if isinstance(after, Spread | Migrate | Blocked) else before.levels
    return PoolChange(pool=before.pool, policy=before.policy, before=before.levels, after=levels)


def why_not_spread(
    concerned: Sequence[Spread | Migrate | Blocked],
    after: Mapping[PoolName, Verdict],
    drawn: Outline,
    aims: Sequence[Aim],
) -> tuple[Unresolved, ...]:
    """Return the pools that are not spread after the plan, each with why."""
    inexact = frozenset(aim.pool.name for aim in aims if not aim.is_exact)
    found: list[Unresolved] = []
    for verdict in concerned:
        end = after.get(verdict.pool, verdict)
        if not isinstance(end, Spread):
            reason = _reason(verdict, end, drawn, inexact)
            found.append(Unresolved(pool=verdict.pool, guest=None, reason=reason))
    return tuple(found)


def _reason(before: Known, end: Verdict, drawn: Outline, inexact: frozenset[PoolName]) -> str:
    """Say why a pool is not spread after the plan."""
    if isinstance(before, Blocked):
        return before.reason if isinstance(end, Blocked) else f"{before.reason}; {AGAIN}: a step frees what it needs"
    stands = end.reason if isinstance(end, Blocked) else AGAIN
    if before.pool in drawn.missed:
        return f"{drawn.why_missed}: {stands}" if drawn.moves or stands != AGAIN else drawn.why_missed
    if before.pool in inexact and not isinstance(end, Blocked):
        return f"whether it can get further was not found out within the search's budget; {AGAIN}"
    return stands
