"""Which pools can get into each other's way, so that they have to be planned together?"""

from collections import defaultdict
from collections.abc import Iterable

from ...cluster.names import NodeName, PoolName
from ..moves import Mover, Movers
from ..space import apart_of


def parts_of(movers: Movers) -> tuple[frozenset[PoolName | None], ...]:
    """Return the pools of these movers in groups that can be planned apart from each other.

    Two pools meet on a node that would not hold all who may ever be there at once, and by a rule.
    """
    at_once: defaultdict[NodeName, int] = defaultdict(int)
    visitors: defaultdict[NodeName, dict[PoolName | None, None]] = defaultdict(dict)
    for mover in movers.movers:
        for node in _in_reach(movers, mover):
            at_once[node] += mover.size_bytes
            visitors[node][mover.guest.pool] = None
    joined = _Groups(mover.guest.pool for mover in movers.movers)
    for node, pools in visitors.items():
        free = movers.ground.free_bytes.get(node)
        if free is not None and free + movers.freed_bytes.get(node, 0) < at_once[node]:
            joined.join(pools)
    moving = frozenset(mover.guest.id for mover in movers.movers)
    pool_of = {mover.guest.id: mover.guest.pool for mover in movers.movers}
    for mover in movers.movers:
        for rule in apart_of(movers, mover, moving):
            joined.join(pool_of[guest] for guest in sorted(rule.guests & moving))
    return joined.groups()


def _in_reach(movers: Movers, mover: Mover) -> list[NodeName]:
    ground = movers.ground
    nodes = [node for node in ground.levels.domains if node != mover.guest.node and movers.may_enter(mover, node)]
    return [mover.guest.node, *nodes]


class _Groups:
    """Pools in groups that are joined step by step."""

    def __init__(self, pools: Iterable[PoolName | None]) -> None:
        self._above = {pool: pool for pool in pools}

    def _first(self, pool: PoolName | None) -> PoolName | None:
        while self._above[pool] != pool:
            self._above[pool] = self._above[self._above[pool]]
            pool = self._above[pool]
        return pool

    def join(self, pools: Iterable[PoolName | None]) -> None:
        """Make one group of all groups that hold one of these pools."""
        firsts = [self._first(pool) for pool in pools]
        for first in firsts[1:]:
            self._above[self._first(first)] = self._first(firsts[0])

    def groups(self) -> tuple[frozenset[PoolName | None], ...]:
        """Return the groups, in the order of the pools that were given first."""
        groups: dict[PoolName | None, set[PoolName | None]] = {}
        for pool in self._above:
            groups.setdefault(self._first(pool), set()).add(pool)
        return tuple(frozenset(group) for group in groups.values())
