"""Is every pool on as many different nodes, and in as many different zones, as it could be?"""

from ..cluster.cluster import Cluster, Guest, Policy, Pool
from ..cluster.limit import MemoryLimit
from ..cluster.names import PoolName
from .distinct import can_use_more
from .ground import Ground, survey
from .levels import Level
from .moves import movers_of
from .order import Ideals, weight_of
from .reason import OUT_OF_BUDGET, nearest_move, no_node_in_words, unknown_pools
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
    ideals = Ideals(ground.levels)
    unknown = unknown_pools(ground)

    def judge(pool: Pool) -> Verdict:
        name, policy = pool
        members = ground.members_of.get(name, ())
        if name in excluded:
            return Excluded(pool=name, policy=policy, members=members)
        if not members:
            return Empty(pool=name, policy=policy)
        if name in unknown:
            return Unknown(pool=name, policy=policy, members=members, reason=unknown[name])
        return _judge_known(ground, ideals, pool, members)

    return tuple(map(judge, cluster.pools))


def _judge_known(ground: Ground, ideals: Ideals, pool: Pool, members: tuple[Guest, ...]) -> Verdict:
    places = [member.node for member in members]
    levels = ground.levels.table(places)
    if not ground.levels.domains:
        return _blocked(pool, members, levels, no_node_in_words(ground.cluster))
    if weight_of(ground.levels, pool.policy, places) == ideals.of(pool.policy, len(places)):
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


def _can_mend(ground: Ground, policy: Policy, members: tuple[Guest, ...]) -> Answer:
    movers = movers_of(ground, members)
    if can_use_more(movers, members):
        return "yes"  # better by `even` too: no more members in maintenance, and more failure domains in use
    match policy:
        case "distinct":
            return "no"
        case "even":
            return can_get_better(movers, members)
