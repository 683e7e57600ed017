"""Which moves of a pool's members are permitted, and what forbids the others."""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from ..cluster.cluster import Guest
from ..cluster.names import GuestId, NodeName
from .ground import Ground
from .obstacles import KeptApart, KeptTogether, Locked, NoRoom, NotAllowed, Obstacle, Pinned


class Mover(NamedTuple):
    """A member that nothing holds where it is; `barred` are the nodes that rules with guests who stay keep it off."""

    guest: Guest
    barred: frozenset[NodeName]

    @property
    def size_bytes(self) -> int:
        """What it takes on a node; an unknown size counts as 0."""
        return self.guest.memory_bytes or 0


class Movers(NamedTuple):
    """A pool's members that can move at all, and the room that is left where all of these are away."""

    ground: Ground
    movers: tuple[Mover, ...]
    freed_bytes: Mapping[NodeName, int]

    def may_enter(self, mover: Mover, node: NodeName, *, own_bytes: int = 0) -> bool:
        """Tell whether a member may move to this usable node while its pool's own movers take `own_bytes` there."""
        allowed = mover.guest.allowed_nodes
        if (allowed is not None and node not in allowed) or node in mover.barred:
            return False
        free = self.ground.free_bytes[node]
        return free is None or free + self.freed_bytes.get(node, 0) - own_bytes >= mover.size_bytes


def movers_of(ground: Ground, members: tuple[Guest, ...]) -> Movers:
    """Return those members that are not locked, pinned or kept together with another guest that runs."""
    guests = [guest for guest in members if not held_by(ground, guest)]
    ids = frozenset(guest.id for guest in guests)
    freed: defaultdict[NodeName, int] = defaultdict(int)
    for guest in guests:
        freed[guest.node] += guest.memory_bytes or 0
    movers = tuple(Mover(guest=guest, barred=_barred(ground, guest, ids)) for guest in guests)
    return Movers(ground=ground, movers=movers, freed_bytes=freed)


def held_by(ground: Ground, guest: Guest) -> tuple[Obstacle, ...]:
    """Return what holds the guest on its node, wherever it should go."""
    held: list[Obstacle] = []
    if guest.locked:
        held.append(Locked(guest=guest.id, why=guest.lock_reason))
    if guest.pinned is not None:
        held.append(Pinned(guest=guest.id, why=guest.pinned.message))
    rules = [rule for rule in ground.rules_of.get(guest.id, ()) if rule.kind == "together"]
    others = [(rule.name, _running_others(ground, guest, rule.guests)) for rule in rules]
    held.extend(KeptTogether(rule=name, other=running[0]) for name, running in others if running)
    return tuple(held)


def kept_out_by(ground: Ground, guest: Guest, node: NodeName) -> tuple[Obstacle, ...]:
    """Return what keeps the guest out of this usable node as the cluster is now."""
    out: list[Obstacle] = []
    if guest.allowed_nodes is not None and node not in guest.allowed_nodes:
        out.append(NotAllowed(guest=guest.id, node=node))
    for rule in ground.rules_of.get(guest.id, ()):
        there = [other for other in _running_others(ground, guest, rule.guests) if node in ground.running_on[other]]
        if rule.kind == "apart" and there:
            out.append(KeptApart(rule=rule.name, other=there[0]))
    free = ground.free_bytes[node]
    needed = guest.memory_bytes or 0
    if free is not None and free < needed:
        out.append(NoRoom(node=node, free_bytes=free, needed_bytes=needed))
    return tuple(out)


def _running_others(ground: Ground, guest: Guest, ids: frozenset[GuestId]) -> list[GuestId]:
    return sorted(other for other in ids if other != guest.id and other in ground.running_on)


def _barred(ground: Ground, guest: Guest, movers: frozenset[GuestId]) -> frozenset[NodeName]:
    barred: set[NodeName] = set()
    for rule in ground.rules_of.get(guest.id, ()):
        if rule.kind == "apart":
            for other in rule.guests - movers - {guest.id}:
                barred |= ground.running_on.get(other, frozenset())
    return frozenset(barred)
