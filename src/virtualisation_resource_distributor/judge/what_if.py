"""What becomes of the cluster if nodes go down or into maintenance, and guests move; and what does that cost pools?"""

from dataclasses import replace
from typing import NamedTuple

from ..cluster.cluster import Cluster, Guest, Node
from ..cluster.names import GuestId, NodeName, PoolName, ZoneName
from .verdict import Verdict


class Edits(NamedTuple):
    """What happens, all of it at once; names and ids are those of the cluster.

    A guest that moves has one row, or one that runs beside others that don't.
    """

    down_nodes: frozenset[NodeName] = frozenset()
    down_zones: frozenset[ZoneName] = frozenset()
    maintenance: frozenset[NodeName] = frozenset()
    moves: tuple[tuple[GuestId, NodeName], ...] = ()


class Consequence(NamedTuple):
    """One pool's verdict before and after, and the members that it loses and gains."""

    before: Verdict
    after: Verdict
    lost: tuple[Guest, ...]
    gained: tuple[Guest, ...]

    @property
    def pool(self) -> PoolName:
        """The pool's name."""
        return self.before.pool

    @property
    def changes(self) -> bool:
        """Tell whether anything is said of it that was not said before, but where its members are."""
        return self._said(self.before) != self._said(self.after)

    @staticmethod
    def _said(verdict: Verdict) -> tuple[object, ...]:
        return (
            verdict.kind,
            getattr(verdict, "levels", None),
            getattr(verdict, "reason", None),
            [guest.id for guest in verdict.members],
        )


def edited(cluster: Cluster, edits: Edits) -> Cluster:
    """Return the cluster after it: as if a snapshot of it had been edited by hand, and nothing else.

    Where a guest comes to a node on which it has another row, which does not run, that row is gone.
    """
    down = edits.down_nodes | {node.name for node in cluster.nodes if _lies_in(cluster, node, edits.down_zones)}
    nodes = tuple(
        node._replace(
            status="offline" if node.name in down else node.status,
            maintenance=node.maintenance or node.name in edits.maintenance,
        )
        for node in cluster.nodes
    )
    guests = {(guest.id, guest.node): guest for guest in cluster.guests}
    for guest_id, to_node in edits.moves:
        guest = row_of(cluster, guest_id)
        if guest is not None:
            del guests[guest_id, guest.node]
            guests[guest_id, to_node] = guest._replace(node=to_node)
    return replace(cluster, nodes=nodes, guests=tuple(guests.values()))


def row_of(cluster: Cluster, guest_id: GuestId) -> Guest | None:
    """Return the row of a guest that a move is about: its only one, or the only one that runs; None where none is."""
    rows = [guest for guest in cluster.guests if guest.id == guest_id]
    running = [guest for guest in rows if guest.runs]
    only = rows if len(rows) == 1 else running
    return only[0] if len(only) == 1 else None


def _lies_in(cluster: Cluster, node: Node, zones: frozenset[ZoneName]) -> bool:
    above = {zone.name: zone.parent for zone in cluster.zones}
    zone = node.zone
    while zone is not None and zone not in zones:
        zone = above[zone]
    return zone is not None


def consequences(before: tuple[Verdict, ...], after: tuple[Verdict, ...]) -> tuple[Consequence, ...]:
    """Return what becomes of each pool, sorted by name; both are of the same pools."""
    return tuple(
        Consequence(
            before=one,
            after=other,
            lost=_missing(one.members, other.members),
            gained=_missing(other.members, one.members),
        )
        for one, other in zip(before, after, strict=True)
    )


def _missing(those: tuple[Guest, ...], among: tuple[Guest, ...]) -> tuple[Guest, ...]:
    ids = {guest.id for guest in among}
    return tuple(guest for guest in those if guest.id not in ids)
