"""Why a pool is blocked: the move that would make it better with the fewest obstacles in its way."""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from ..cluster.cluster import Cluster, Guest, Policy
from ..cluster.names import NodeName, PoolName, listed
from .ground import Ground, twice_seen
from .moves import held_by, kept_out_by
from .obstacles import Obstacle, in_words
from .order import helpful_moves

OUT_OF_BUDGET = "no way to mend it was found within the search's budget"
NODES_LOOKED_AT = 100


class HinderedMove(NamedTuple):
    """A move that would make its pool better, and all that forbids it."""

    guest: Guest
    to_node: NodeName
    obstacles: tuple[Obstacle, ...]

    def in_words(self) -> str:
        """Return the reason as a person reads it, after `Pool 'x' is not spread, …:`."""
        obstacles = ", and ".join(in_words(obstacle) for obstacle in self.obstacles)
        return f"guest {_named(self.guest)} would have to go to '{self.to_node}', but {obstacles}"


def nearest_move(ground: Ground, policy: Policy, members: tuple[Guest, ...]) -> HinderedMove:
    """Return the move with the fewest obstacles, the first one among equals, for a blocked pool.

    Of each guest no more than NODES_LOOKED_AT nodes are weighed: a longer look would only shorten the sentence.
    Obstacles aside there is always such a move: an arrangement that is not ideal is one move away from a better one.
    """
    of_each = (_nearest_of(ground, guest, nodes) for guest, nodes in helpful_moves(ground.levels, policy, members))
    nearest = _first_with_fewest((move for move in of_each if move is not None), at_least=1)
    if nearest is None:
        raise RuntimeError("a pool that is not spread has no move that would help, obstacles aside")
    return nearest


def _nearest_of(ground: Ground, guest: Guest, nodes: Iterator[NodeName]) -> HinderedMove | None:
    held = held_by(ground, guest)
    moves = (
        HinderedMove(guest=guest, to_node=node, obstacles=(*held, *kept_out_by(ground, guest, node)))
        for node in islice(nodes, NODES_LOOKED_AT)
    )
    return _first_with_fewest(moves, at_least=max(1, len(held)))


def _first_with_fewest(moves: Iterator[HinderedMove], *, at_least: int) -> HinderedMove | None:
    best: HinderedMove | None = None
    for move in moves:
        if best is None or len(move.obstacles) < len(best.obstacles):
            best = move
        if len(best.obstacles) <= at_least:
            break
    return best


def no_node_in_words(cluster: Cluster) -> str:
    """Say why no node is usable, with counts that add up to the number of nodes."""
    online = [node for node in cluster.nodes if node.status == "online"]
    reasons = (
        (len(cluster.nodes) - len(online), "not online"),
        (sum(node.maintenance for node in online), "in maintenance"),
        (sum(node.zone is None and not node.maintenance for node in online), "in no zone"),
    )
    counted = ", ".join(f"{count} {reason}" for count, reason in reasons if count)
    return f"0 of {len(cluster.nodes)} nodes are usable: {counted}"


def unknown_pools(ground: Ground) -> dict[PoolName, str]:
    """Return the pools of which nothing can be said, each with what is not known. It may hold pools without members."""
    cluster = ground.cluster
    online = {node.name: node for node in cluster.nodes if node.status == "online"}
    unknown = dict.fromkeys(cluster.contested, "whether all its members are its own is told in two ways")
    twice = twice_seen(cluster)
    for guest in cluster.guests if twice or any(guest.status == "unknown" for guest in cluster.guests) else ():
        if guest.pool is not None and guest.id in twice:
            unknown.setdefault(guest.pool, f"guest {_named(guest)} runs on {listed(twice[guest.id])} at once")
        elif guest.pool is not None and guest.status == "unknown" and guest.node in online:
            unknown.setdefault(guest.pool, f"the status of guest {_named(guest)} on '{guest.node}' is unknown")
    homeless = {name for name, node in online.items() if node.zone is None}
    for pool, members in ground.members_of.items() if homeless else ():
        if nodes := sorted({member.node for member in members} & homeless):
            unknown[pool] = f"members run on {listed(nodes)}, in no zone"
    hidden = {trouble.subject for trouble in cluster.troubles if trouble.kind == "forbidden"}
    for name in [pool.name for pool in cluster.pools] if hidden else ():
        if hidden & {"cluster", f"pool {name}"}:
            unknown[name] = "the credentials may not see all of it"
    return unknown


def _named(guest: Guest) -> str:
    return guest.id if guest.name == guest.id else f"{guest.id} ({guest.name})"
