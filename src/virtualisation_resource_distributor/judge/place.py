"""Where would a new member of a pool best run?"""

from collections import Counter
from fractions import Fraction
from typing import NamedTuple

from ..cluster.cluster import Cluster, Node, Pool
from ..cluster.limit import MemoryLimit
from ..cluster.names import NodeName
from .explain import Unusable
from .ground import Ground, survey
from .levels import Level, is_usable
from .obstacles import NoRoom
from .order import Weight, weight_of
from .planning.steps import unseen_in


class NewMember(NamedTuple):
    """What is to be placed."""

    memory_bytes: int
    vcpus: int = 0


class Room(NamedTuple):
    """How full a node is with the new member, by configured sizes; `limit_bytes` is None where nobody knows.

    `is_exact` is false where a guest of unknown size runs there: then it is fuller than this.
    """

    taken_bytes: int
    limit_bytes: int | None
    vcpus: int
    all_vcpus: int | None
    is_exact: bool


class Place(NamedTuple):
    """A node that takes the new member, with the pool's levels and the node's room afterwards."""

    node: NodeName
    levels: tuple[Level, ...]
    room: Room


class Refused(NamedTuple):
    """A node that does not take it, and why."""

    node: NodeName
    why: Unusable | NoRoom


class Placing(NamedTuple):
    """The nodes that take it, the best first, and those that don't; `notes` are what it rests on."""

    places: tuple[Place, ...]
    refused: tuple[Refused, ...]
    notes: tuple[str, ...] = ()


def place(cluster: Cluster, pool: Pool, new: NewMember, limit: MemoryLimit) -> Placing:
    """Rank the nodes by the spread that results, then by how full of memory they are then, vcpus, and name."""
    ground = survey(cluster, limit)
    members = [member.node for member in ground.members_of.get(pool.name, ())]
    rooms = _rooms(ground, new)
    ranked: list[tuple[Weight, _Load, Place]] = []
    refused: list[Refused] = []
    for node in cluster.nodes:
        if why := _refusal(ground, node, new):
            refused.append(Refused(node.name, why))
            continue
        places = [*members, node.name]
        found = Place(node.name, ground.levels.table(places), rooms[node.name])
        ranked.append((weight_of(ground.levels, pool.policy, places), _load(found), found))
    return Placing(
        tuple(found for *_, found in sorted(ranked, key=lambda each: each[:2])), tuple(refused), unseen_in(cluster)
    )


_Load = tuple[bool, Fraction, bool, Fraction, NodeName]


def _refusal(ground: Ground, node: Node, new: NewMember) -> Unusable | NoRoom | None:
    if not is_usable(node):
        return Unusable(node)
    free = ground.free_bytes[node.name]
    if free is not None and free < new.memory_bytes:
        return NoRoom(node=node.name, free_bytes=free, needed_bytes=new.memory_bytes)
    return None


def _rooms(ground: Ground, new: NewMember) -> dict[NodeName, Room]:
    """Return the room of each usable node with the new member on it."""
    taken, vcpus, unsized = Counter[NodeName](), Counter[NodeName](), set[NodeName]()
    for guest in ground.cluster.guests:
        if guest.runs:
            taken[guest.node] += guest.memory_bytes or 0
            vcpus[guest.node] += guest.vcpus or 0
            unsized.update({guest.node} if guest.memory_bytes is None else ())
    return {
        node.name: Room(
            taken_bytes=taken[node.name] + new.memory_bytes,
            limit_bytes=_limit(ground, node.name, taken[node.name]),
            vcpus=vcpus[node.name] + new.vcpus,
            all_vcpus=node.vcpus,
            is_exact=node.name not in unsized,
        )
        for node in ground.cluster.nodes
        if is_usable(node)
    }


def _limit(ground: Ground, node: NodeName, taken_bytes: int) -> int | None:
    free = ground.free_bytes[node]
    return None if free is None else free + taken_bytes


def _load(found: Place) -> _Load:
    """Return how full the node is then; one of unknown size comes after those that are known."""
    room = found.room
    memory = None if room.limit_bytes is None else Fraction(room.taken_bytes, max(1, room.limit_bytes))
    vcpus = None if not room.all_vcpus else Fraction(room.vcpus, room.all_vcpus)
    return memory is None, memory or Fraction(), vcpus is None, vcpus or Fraction(), found.node
