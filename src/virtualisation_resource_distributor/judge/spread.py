"""Is every pool on as many different nodes, and in as many different zones, as it could be?"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from ..cluster.cluster import Cluster, Guest, Policy, Pool
from ..cluster.limit import MemoryLimit
from ..cluster.names import PoolName
from .distinct import can_use_more
from .ground import Ground, survey
from .levels import Level, Levels
from .moves import movers_of
from .order import Weight, even_ideals, weigh
from .reason import OUT_OF_BUDGET, nearest_move, no_node_in_words, unknown_in_words
from .search import Answer, can_get_better
from .verdict import Blocked, Empty, Excluded, Migrate, Spread, Unknown, Verdict

NO_LIMIT = MemoryLimit()


def judge_pools(
    cluster: Cluster, excluded: frozenset[PoolName] = frozenset(), limit: MemoryLimit = NO_LIMIT
) -> tuple[Verdict, ...]:
    """Return one verdict for each pool of the cluster, sorted by the pool's name.

    What the verdicts mean is defined in docs/spread.md.
    """
    ground = survey(cluster, limit)
    ideals = _EvenIdeals(weights=even_ideals(ground.levels))
    return tuple(_judge_pool(ground, ideals, pool, excluded) for pool in cluster.pools)


@dataclass(slots=True, kw_only=True)
class _EvenIdeals:
    """The ideal weights of policy `even` by number of members, worked out as far as they are asked for."""

    weights: Iterator[Weight]
    known: list[Weight] = field(default_factory=list)

    def of(self, members: int) -> Weight:
        self.known.extend(islice(self.weights, max(0, members + 1 - len(self.known))))
        return self.known[members]


def _judge_pool(ground: Ground, ideals: _EvenIdeals, pool: Pool, excluded: frozenset[PoolName]) -> Verdict:
    members = ground.members(pool.name)
    if pool.name in excluded:
        return Excluded(pool=pool.name, policy=pool.policy, members=members)
    if not members:
        return Empty(pool=pool.name, policy=pool.policy)
    if reason := unknown_in_words(ground, pool.name, members):
        return Unknown(pool=pool.name, policy=pool.policy, members=members, reason=reason)
    return _judge_known(ground, ideals, pool, members)


def _judge_known(ground: Ground, ideals: _EvenIdeals, pool: Pool, members: tuple[Guest, ...]) -> Verdict:
    levels = ground.levels.table([member.node for member in members])
    if not ground.levels.domains:
        return _blocked(pool, members, levels, no_node_in_words(ground.cluster))
    if _is_spread(ground.levels, ideals, pool.policy, members):
        return Spread(pool=pool.name, policy=pool.policy, members=members, levels=levels)
    match _can_mend(ground, pool.policy, members):
        case "yes":
            return Migrate(pool=pool.name, policy=pool.policy, members=members, levels=levels)
        case "no":
            move = nearest_move(ground, pool.policy, members)
            return Blocked(
                pool=pool.name,
                policy=pool.policy,
                members=members,
                levels=levels,
                reason=move.in_words(),
                obstacles=move.obstacles,
            )
        case "out of budget":
            return _blocked(pool, members, levels, OUT_OF_BUDGET)


def _blocked(pool: Pool, members: tuple[Guest, ...], levels: tuple[Level, ...], reason: str) -> Blocked:
    return Blocked(pool=pool.name, policy=pool.policy, members=members, levels=levels, reason=reason, obstacles=())


def _is_spread(levels: Levels, ideals: _EvenIdeals, policy: Policy, members: tuple[Guest, ...]) -> bool:
    places = [member.node for member in members]
    match policy:
        case "distinct":
            return levels.used(places) == levels.possible(len(places))
        case "even":
            return weigh(levels, places) == ideals.of(len(places))


def _can_mend(ground: Ground, policy: Policy, members: tuple[Guest, ...]) -> Answer:
    movers = movers_of(ground, members)
    match policy:
        case "distinct":
            return "yes" if can_use_more(movers, members) else "no"
        case "even":
            return can_get_better(movers, members)
