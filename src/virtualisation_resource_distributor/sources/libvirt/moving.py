"""Which domain is active, and does one that is active on two nodes run twice, or is it being migrated?

While a domain is migrated both ends have it, for all of that time: first the source runs it and the destination has it
paused, in the end the other way round. Only the destination knows that its copy is an incoming one, and only the source
has a job for it.
"""

from collections.abc import Mapping

from ...cluster.names import NodeName
from .answers import Activity, Uuid

# virDomainState
RUNNING, PAUSED, SHUT_OFF, CRASHED = 1, 3, 5, 6
# virDomainRunningReason, virDomainPausedReason
_ARRIVED = frozenset({(RUNNING, 2), (RUNNING, 10), (RUNNING, 11)})  # MIGRATED, POSTCOPY, POSTCOPY_FAILED
_LEAVING = frozenset({(PAUSED, 2), (PAUSED, 12), (PAUSED, 13)})  # MIGRATION, POSTCOPY, POSTCOPY_FAILED


def is_active(activity: Activity) -> bool:
    """Tell whether there is a running QEMU, whatever it does."""
    return activity.state not in {SHUT_OFF, CRASHED}


def is_on_the_move(places: Mapping[NodeName, Activity]) -> bool:
    """Tell whether these are the two ends of one migration, and nothing else."""
    return origin_of(places) is not None


def origins_of(nodes: Mapping[NodeName, Mapping[Uuid, Activity]]) -> dict[Uuid, NodeName]:
    """Return the domains that are being migrated, each with the node where it comes from."""
    places: dict[Uuid, dict[NodeName, Activity]] = {}
    for name, activities in nodes.items():
        for uuid, activity in activities.items():
            if is_active(activity):
                places.setdefault(uuid, {})[name] = activity
    return {uuid: origin for uuid, there in places.items() if (origin := origin_of(there)) is not None}


def origin_of(places: Mapping[NodeName, Activity]) -> NodeName | None:
    """Return where a domain comes from that is active on these nodes and being migrated between them, else None."""
    if len(places) != 2:
        return None
    one, other = places
    if _leads(places[one], places[other]):
        return one
    return other if _leads(places[other], places[one]) else None


def _leads(here: Activity, there: Activity) -> bool:
    if there.job == "incoming":
        return here.job != "incoming"
    return here.job in {"outgoing", "hung"} and here[:2] in _LEAVING and there[:2] in _ARRIVED
