"""What forbids a guest's live migration and is not in a source's bulk answer: looked up for single guests."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from .cluster import Cluster, Guest, Pin
from .names import GuestId, NodeName
from .trouble import Remark, Trouble


class Hold(NamedTuple):
    """What keeps one guest where it is, or from some nodes; `nodes` is None where it may go to any."""

    pinned: Pin | None = None
    nodes: frozenset[NodeName] | None = None


class LookedUp(NamedTuple):
    """The guests that something holds, and what could not be found out of those that were asked for."""

    holds: Mapping[GuestId, Hold] = MappingProxyType({})
    troubles: tuple[Trouble, ...] = ()
    remarks: tuple[Remark, ...] = ()


def with_holds(cluster: Cluster, found: LookedUp) -> Cluster:
    """Return the cluster with what was found; the very same one where that is nothing new."""
    troubles = tuple(trouble for trouble in found.troubles if trouble not in cluster.troubles)
    remarks = tuple(remark for remark in found.remarks if remark not in cluster.remarks)
    guests = tuple(_held(guest, found.holds.get(guest.id)) for guest in cluster.guests) if found.holds else ()
    if not troubles and not remarks and (not guests or guests == cluster.guests):
        return cluster
    return replace(
        cluster,
        guests=guests or cluster.guests,
        troubles=(*cluster.troubles, *troubles),
        remarks=(*cluster.remarks, *remarks),
    )


def _held(guest: Guest, hold: Hold | None) -> Guest:
    """Return the guest with what holds it; what the source knew before is as good, and the node that it is on stays."""
    if hold is None:
        return guest
    nodes = guest.allowed_nodes
    if hold.nodes is not None:
        nodes = hold.nodes | {guest.node} if nodes is None else nodes & (hold.nodes | {guest.node})
    return guest._replace(pinned=guest.pinned or hold.pinned, allowed_nodes=nodes)
