"""Can permitted moves make a pool of policy `distinct` use more failure domains?

At one level that is a matching of members to failure domains. The domains that distinct members can cover are the
independent sets of a transversal matroid, and those of an inner level lie over those of an outer one, so the most is
reached at all levels at once, and an augmenting path at any level is an improvement. Only the room that foreign
guests leave counts: where a member enters a domain on the path, the one that covered it has left, and a member that
would stay in the way could cover the domain itself.
"""

from collections import deque
from collections.abc import Mapping

from ..cluster.cluster import Guest
from .moves import Mover, Movers


def can_use_more(movers: Movers, members: tuple[Guest, ...]) -> bool:
    """Tell whether permitted moves let the pool use more failure domains at some level, and no fewer outside it."""
    levels = movers.ground.levels
    possible = levels.possible(len(members))
    used = levels.used(member.node for member in members)
    return any(_augments(movers, members, level) for level in range(len(used)) if used[level] < possible[level])


def _augments(movers: Movers, members: tuple[Guest, ...], level: int) -> bool:
    """Search for an augmenting path: from a member that its domain can spare to a domain without members."""
    domains = movers.ground.levels.domains
    counts = movers.ground.levels.counts(member.node for member in members)[level]
    covering: dict[str, Mover] = {}
    queue: deque[Mover] = deque()
    for mover in movers.movers:
        home = domains.get(mover.guest.node)
        if home is None or counts[home[level]] > 1:
            queue.append(mover)
        else:
            covering[home[level]] = mover
    while queue:
        mover = queue.popleft()
        if _enters_new_domain(movers, mover, counts, level):
            return True
        for domain in [domain for domain, there in covering.items() if _enters(movers, mover, there, level)]:
            queue.append(covering.pop(domain))
    return False


def _enters_new_domain(movers: Movers, mover: Mover, counts: Mapping[str, int], level: int) -> bool:
    ground = movers.ground
    for node in ground.roomiest_first:
        free = ground.free_bytes[node]
        if ground.levels.domains[node][level] in counts:
            continue
        if free is not None and free < mover.size_bytes:
            return False  # none of the pool's members is in a new domain, so its nodes have no more room than this
        if movers.may_enter(mover, node):
            return True
    return False


def _enters(movers: Movers, mover: Mover, there: Mover, level: int) -> bool:
    """Tell whether a member may enter the domain that another one leaves: to its node, or to one beside it."""
    if movers.may_enter(mover, there.guest.node):
        return True
    ground = movers.ground
    domain = ground.levels.domains[there.guest.node][level]
    if ground.most_free[level][domain] < mover.size_bytes:
        return False
    return any(movers.may_enter(mover, node) for node in ground.levels.nodes_in[level][domain])
