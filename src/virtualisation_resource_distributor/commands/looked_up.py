"""What forbids live migrations and is not in the source's bulk answer, found out for the guests that matter."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence

from ..cluster.cluster import Cluster, Guest
from ..cluster.holds import LookedUp, with_holds
from ..cluster.names import GuestId, NodeName, PoolName
from ..cluster.trouble import Remark
from ..judge.plan import Plan
from ..settings import Settings
from .judging import Judged, judge_read
from .reading import Reading

MOST_ROUNDS = 12

_GIVEN_UP = Remark(
    code="disks-unread",
    subject="cluster",
    message=f"so many guests can't be moved live that after {MOST_ROUNDS} plans no more were looked up; "
    "a local disk or a device may forbid a move that is counted on",
)


def looked_up(settings: Settings, judged: Judged, pools: tuple[str, ...], guests: Sequence[Guest]) -> Judged:
    """Return what is to be said of these pools once these guests were looked up."""
    found = judged.look_up(guests) if guests else LookedUp()
    return _judged_anew(settings, judged, pools, with_holds(judged.cluster, found))


def plan_looked_up(
    settings: Settings, judged: Judged, pools: tuple[str, ...], make: Callable[[Cluster], Plan]
) -> tuple[Judged, Plan]:
    """Return a plan all of whose guests were looked up, with the cluster for which it holds.

    Where a guest can't be moved, its place is taken by another, which has to be looked up too. So that this takes few
    plans, as many others that may take its place are looked up with the next one as were found to be held.
    """
    cluster, asked = judged.cluster, set[GuestId]()
    made = make(cluster)
    for _ in range(MOST_ROUNDS):
        wanted = [step.move.guest for step in made.steps if step.move.guest.id not in asked]
        if not wanted:
            return _judged_anew(settings, judged, pools, cluster), made
        wanted += _others(cluster, asked | {guest.id for guest in wanted})
        asked |= {guest.id for guest in wanted}
        before, cluster = cluster, with_holds(cluster, judged.look_up(wanted))
        if cluster is not before:
            made = make(cluster)
    if any(step.move.guest.id not in asked for step in made.steps):
        cluster = with_holds(cluster, LookedUp(remarks=(_GIVEN_UP,)))
        made = make(cluster)
    return _judged_anew(settings, judged, pools, cluster), made


def _judged_anew(settings: Settings, judged: Judged, pools: tuple[str, ...], cluster: Cluster) -> Judged:
    if cluster is judged.cluster:
        return judged
    return judge_read(settings, Reading(cluster, judged.look_up), pools)


def _others(cluster: Cluster, asked: Collection[GuestId]) -> Iterator[Guest]:
    """Yield, for each pool with guests that were looked up and are held, as many of its others; without one, of a node.

    Guests that are told to be held without a look have no part in it.
    """
    held = Counter(_group(guest) for guest in cluster.guests if guest.id in asked and guest.pinned is not None)
    for guest in cluster.guests if held else ():
        if guest.runs and guest.pinned is None and guest.id not in asked and held[_group(guest)] > 0:
            held[_group(guest)] -= 1
            yield guest


def _group(guest: Guest) -> tuple[PoolName | None, NodeName | None]:
    return (guest.pool, None) if guest.pool is not None else (None, guest.node)
