"""Is a plan what it says it is? It is replayed step by step, by code that shares nothing with what makes plans.

The steps are checked always. That a pool ends as spread as it can be, and that fewer moves are not enough, is checked
where it follows from counting failure domains; where it rests on a search, that is said.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ...cluster.names import NodeName, PoolName, listed
from .certificate import Certificate, CertifiedBound, CertifiedPool
from .replay import Measure, Replay


class Refused(NamedTuple):
    """The plan is not what it says, or no longer fits."""

    reason: str


class Verified(NamedTuple):
    """The steps are what they say.

    So many moves are proven to be needed for an end as good as the plan's, obstacles aside; that the pools of
    `unproven_goals`, which do not end spread, could not be brought further is not checked.
    """

    proven_moves: int
    unproven_goals: tuple[PoolName, ...]


def verify(certificate: Certificate, replay: Replay) -> Refused | Verified:
    """Check a plan against the cluster with which the replay begins."""
    before = _places(certificate, replay)
    if fault := _fault_of_steps(certificate, replay):
        return Refused(fault)
    check = _Check(
        replay=replay,
        pools={pool.name: pool for pool in certificate.pools},
        aims=certificate.asked or frozenset(pool.name for pool in certificate.pools),
        unresolved=certificate.unresolved,
        ideals=replay.levels.ideals(replay.largest()),
        before=before,
        ends=_places(certificate, replay),
        made=Counter(replay.pool_of(move.guest) for move in certificate.moves),
    )
    if fault := next(_faults(certificate, check), None):
        return Refused(fault)
    return Verified(
        proven_moves=sum(bound.moves for bound in certificate.bounds if check.is_proven(bound)),
        unproven_goals=tuple(pool.name for pool in certificate.pools if not check.is_done(pool)),
    )


def _places(certificate: Certificate, replay: Replay) -> dict[PoolName, list[NodeName]]:
    return {pool.name: replay.places(pool.name) for pool in certificate.pools if replay.policy(pool.name)}


def _fault_of_steps(certificate: Certificate, replay: Replay) -> str | None:
    """Make the steps one after the other; return why the first that can't be is forbidden."""
    told = {pool.name for pool in certificate.pools} - certificate.excluded
    for number, (guest, from_node, to_node) in enumerate(certificate.moves, start=1):
        fault = replay.obstacle(guest, from_node, to_node)
        pool = replay.pool_of(guest)
        if fault is None and pool is not None and pool not in told:
            fault = "it is of a pool that the plan does not speak of"
        if fault is not None:
            return f"step {number} takes guest {guest} from '{from_node}' to '{to_node}', but {fault}"
        replay.move(guest, from_node, to_node)
    return None


def _faults(certificate: Certificate, check: "_Check") -> Iterator[str]:
    for pool in certificate.pools:
        if fault := check.fault_of_pool(pool):
            yield f"pool '{pool.name}' {fault}"
    for bound in certificate.bounds:
        if fault := check.fault_of_bound(bound):
            yield f"of the bound of {listed(bound.pools)}: {fault}"
    bounded = [pool for bound in certificate.bounds for pool in bound.pools]
    if len(bounded) > len(set(bounded)):
        yield "two bounds are of one pool, so they don't add up"
    if certificate.lower_bound != sum(bound.moves for bound in certificate.bounds):
        yield f"its lower bound is {certificate.lower_bound}, and the bounds add up to another number"
    if certificate.optimal and certificate.lower_bound != len(certificate.moves):
        yield f"it is called optimal with {len(certificate.moves)} moves, and its bounds give {certificate.lower_bound}"


class _Check(NamedTuple):
    """A plan that was replayed: where its pools' members were before and are at the end, and whose were moved."""

    replay: Replay
    pools: Mapping[PoolName, CertifiedPool]
    aims: frozenset[PoolName]
    unresolved: frozenset[PoolName]
    ideals: list[Measure]
    before: Mapping[PoolName, list[NodeName]]
    ends: Mapping[PoolName, list[NodeName]]
    made: Counter[PoolName | None]

    def _ideal(self, pool: PoolName) -> Measure | None:
        """Return the measure of the best arrangement, obstacles aside; None where no node is usable."""
        if not self.ideals:
            return None
        ideal = self.ideals[self.replay.size(pool)]
        return ideal if self.replay.policy(pool) == "even" else ideal[1 : 1 + len(self.replay.levels.names)]

    def is_done(self, pool: CertifiedPool) -> bool:
        """Tell whether a pool ends as spread as can be, or was not asked for and only made room."""
        return pool.name not in self.aims or pool.after == self._ideal(pool.name)

    def fault_of_pool(self, pool: CertifiedPool) -> str | None:
        """Return what is not so that the plan says of a pool."""
        policy, measure = self.replay.policy(pool.name), self.replay.levels.measure
        if policy is None:
            return "is not there"
        if pool.before != measure(policy, self.before[pool.name]):
            return "does not begin as the plan says"
        if pool.after != measure(policy, self.ends[pool.name]):
            return "does not end as the plan says"
        if self._rank(pool.name, pool.after) > self._rank(pool.name, pool.before):
            return "ends worse than it begins"
        if pool.name not in self.unresolved and not self.is_done(pool):
            return "does not end spread, and the plan does not say so"
        return None

    def _rank(self, pool: PoolName, measure: Measure) -> Measure:
        """Return a measure turned so that the smaller one is better."""
        first = 1 if self.replay.policy(pool) == "even" else 0
        used = range(first, first + len(self.replay.levels.names))
        return tuple(-number if part in used else number for part, number in enumerate(measure))

    def fault_of_bound(self, bound: CertifiedBound) -> str | None:
        """Return why a bound is not given by its argument; a search's is taken as it is, if the plan allows it."""
        if not bound.pools or not self.pools.keys() >= set(bound.pools):
            return "the plan does not speak of all these pools"
        if bound.moves > sum(self.made[pool] for pool in bound.pools):
            return f"it says {bound.moves} moves, and the plan itself makes fewer"
        if bound.kind in {"search", "solver", "cases"}:
            return None
        part, pool = self._part(bound), self.pools[bound.pools[0]]
        if part is None or bound.goal is None or len(bound.pools) > 1:
            return "it is no argument of its kind"
        falls_short = bound.goal > pool.after[part] if bound.kind == "level" else bound.goal < pool.after[part]
        if bound.now != pool.before[part] or falls_short:
            return f"{bound.now} now and {bound.goal} at the goal are not what is counted"
        if bound.moves > self._moves(bound, bound.now, bound.goal):
            return f"it says {bound.moves} moves, and its argument gives fewer"
        return None

    def is_proven(self, bound: CertifiedBound) -> bool:
        """Tell whether it holds for every end as good as the plan's: what counts before can't be better than it is."""
        part, ideal = self._part(bound), self._ideal(bound.pools[0])
        return part is not None and ideal is not None and self.pools[bound.pools[0]].after[:part] == ideal[:part]

    def _part(self, bound: CertifiedBound) -> int | None:
        """Return which number of the measure the bound counts; None where it counts none."""
        names, is_even = self.replay.levels.names, self.replay.policy(bound.pools[0]) == "even"
        if bound.kind == "maintenance" and is_even:
            return 0
        if bound.level not in names:
            return None
        depth = names.index(bound.level) + is_even
        return {"level": depth, "evenness": depth + len(names) if is_even else None}.get(bound.kind)

    def _moves(self, bound: CertifiedBound, now: int, goal: int) -> int:
        """Return how many moves the argument gives: of one a move, or from the fullest domain to the emptiest."""
        if bound.kind != "evenness" or bound.level is None:
            return abs(goal - now)
        pool, levels = self.pools[bound.pools[0]], self.replay.levels
        depth = levels.names.index(bound.level)
        held = levels.counts(self.before[pool.name])[depth]
        counts = sorted([*held.values(), *[0] * (levels.sizes()[depth] - len(held))])
        entering, moves = pool.before[0] - pool.after[0], 0
        while moves < entering or sum(number * number for number in counts) > goal:
            if moves >= entering:
                counts[-1] -= 1  # those before came out of maintenance, and from no domain
            counts[0] += 1
            counts.sort()
            moves += 1
        return moves
