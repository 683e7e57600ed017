"""Which single moves, one after the other, bring a pool to its target in as few moves as can be?

A quick way for the many pools that nothing stands in the way of. Each move has to bring the target one move nearer, so
where it arrives, no way is shorter; where no such move is permitted it stops, and a search has to go on.
"""

from collections.abc import Iterator

from ..cluster.cluster import Guest
from ..cluster.names import NodeName
from .distance import Target, moves_needed
from .levels import Levels
from .order import weight_of
from .plan import Move
from .world import World

_Preference = tuple[int, int, float, str, str]


def descend(world: World, levels: Levels, target: Target, members: tuple[Guest, ...]) -> tuple[list[Move], bool]:
    """Move members while each move brings the target nearer; return the moves, and whether they arrive."""
    moves: list[Move] = []
    left = moves_needed(levels, target, world.places(members))
    while left:
        best = min(_nearing_moves(world, levels, target, members), default=None, key=lambda found: found[0])
        if best is None:
            return moves, False
        _, guest, node = best
        moves.append(world.move(guest, node))
        left -= 1
    return moves, True


def _nearing_moves(
    world: World, levels: Levels, target: Target, members: tuple[Guest, ...]
) -> Iterator[tuple[_Preference, Guest, NodeName]]:
    """Yield moves after which one move less is needed.

    Preferred is what leaves the least to do, then less memory moved, then the roomiest node, then names.
    """
    places = world.places(members)
    left = moves_needed(levels, target, places)
    roomiest_first = _roomiest_first(world, levels, places)
    judged: dict[tuple[NodeName, NodeName], int | None] = {}
    for index, member in _unlike(world, members):
        for nodes in roomiest_first:
            node = next((node for node in nodes if node != places[index] and world.may_enter(member, node)), None)
            if node is None:
                continue
            trip = (places[index], nodes[0])
            if trip not in judged:
                judged[trip] = _rest(levels, target, [*places[:index], node, *places[index + 1 :]], left - 1)
            rest = judged[trip]
            if rest is not None:
                yield (rest, member.memory_bytes or 0, -world.free_on(node), member.id, node), member, node


def _roomiest_first(world: World, levels: Levels, places: list[NodeName]) -> list[list[NodeName]]:
    """Return the usable nodes in groups that the pool's weight can't tell apart."""
    groups = levels.alike(levels.counts(places))
    return [sorted(nodes, key=lambda node: (-world.free_on(node), node)) for nodes in groups]


def _rest(levels: Levels, target: Target, places: list[NodeName], most: int) -> int | None:
    """Return how far all parts of the weight are from the target's together; None where more moves are needed."""
    if moves_needed(levels, target, places) > most:
        return None
    weight = weight_of(levels, target.policy, places)
    return sum(max(0, now - goal) for now, goal in zip(weight, target.weight, strict=True))


def _unlike(world: World, members: tuple[Guest, ...]) -> Iterator[tuple[int, Guest]]:
    """Yield the members that may be moved, one of those that only their name tells apart."""
    seen: set[object] = set()
    for index, member in enumerate(members):
        traits = (world.node_of(member), member.memory_bytes, member.allowed_nodes)
        if not world.is_held(member) and (traits not in seen or world.is_ruled(member)):
            seen.add(traits)
            yield index, member
