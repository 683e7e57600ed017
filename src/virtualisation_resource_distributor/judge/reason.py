"""Why a pool is blocked: the move that would make it better with the fewest obstacles in its way."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..cluster.cluster import Cluster, Guest, Policy
from ..cluster.names import NodeName, PoolName, listed
from .ground import Ground
from .moves import held_by, kept_out_by
from .obstacles import Obstacle, in_words
from .order import change, is_better

OUT_OF_BUDGET = "no way to mend it was found within the search's budget"


@dataclass(frozen=True, slots=True, kw_only=True)
class HinderedMove:
    """A move that would make its pool better, and all that forbids it."""

    guest: Guest
    to_node: NodeName
    obstacles: tuple[Obstacle, ...]

    def in_words(self) -> str:
        """Return the reason as a person reads it, after `Pool 'x' is not spread, …:`."""
        name = self.guest.id if self.guest.name == self.guest.id else f"{self.guest.id} ({self.guest.name})"
        obstacles = ", and ".join(in_words(obstacle) for obstacle in self.obstacles)
        return f"guest {name} would have to go to '{self.to_node}', but {obstacles}"


def nearest_move(ground: Ground, policy: Policy, members: tuple[Guest, ...]) -> HinderedMove:
    """Return the move with the fewest obstacles, the first by guest and node among equals, for a blocked pool.

    There is always one while a node is usable: obstacles aside, an arrangement that is not ideal is one move away
    from a better one.
    """
    moves = _helpful_moves(ground, policy, members)
    best = next(moves)
    for move in moves:
        if len(best.obstacles) == 1:
            break
        if len(move.obstacles) < len(best.obstacles):
            best = move
    return best


def _helpful_moves(ground: Ground, policy: Policy, members: tuple[Guest, ...]) -> Iterator[HinderedMove]:
    counts = ground.levels.counts(member.node for member in members)
    for guest in members:
        held = held_by(ground, guest)
        for node in sorted(ground.levels.domains):
            if node != guest.node and is_better(change(ground.levels, policy, counts, guest.node, node)):
                yield HinderedMove(guest=guest, to_node=node, obstacles=(*held, *kept_out_by(ground, guest, node)))


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


def unknown_in_words(ground: Ground, pool: PoolName, members: tuple[Guest, ...]) -> str | None:
    """Say what is not known about the pool, so that nothing can be said of it; None where all is known."""
    hidden = {trouble.subject for trouble in ground.cluster.troubles if trouble.kind == "forbidden"}
    if hidden & {"cluster", f"pool {pool}"}:
        return "the credentials may not see all of it"
    nodes = ground.cluster.node_named
    if homeless := sorted({member.node for member in members if nodes[member.node].zone is None}):
        return f"members run on {listed(homeless)}, in no zone"
    guests = ground.cluster.guests_in[pool]
    for guest in guests:
        if guest.id in ground.seen_twice:
            return f"guest {guest.id} runs on {listed(list(ground.seen_twice[guest.id]))} at once"
        if guest.status == "unknown" and ground.is_online(guest):
            return f"the status of guest {guest.id} on '{guest.node}' is unknown"
    return None
