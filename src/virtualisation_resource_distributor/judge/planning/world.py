"""Where does everybody run after the moves so far, and which move is permitted then?"""

from collections.abc import Iterable
from math import inf

from ...cluster.cluster import Guest
from ...cluster.names import GuestId, NodeName
from ..ground import Ground, resettled
from ..moves import held_by
from ..plan import Move


class World:
    """A cluster in which guests are moved, one after the other, while a plan is made.

    Guests are known by their id; one that is seen on two nodes is never moved.
    """

    def __init__(self, ground: Ground) -> None:
        """Begin with everybody where they run."""
        self.levels = ground.levels
        self._ground = ground
        self._node_of: dict[GuestId, NodeName] = {}
        self._sized = {node for node, free in ground.free_bytes.items() if free is not None}
        self._room = {node: inf if free is None else free for node, free in ground.free_bytes.items()}
        self._running_on = dict(ground.running_on)
        self._held: dict[GuestId, bool] = {}

    def node_of(self, guest: Guest) -> NodeName:
        """Return where a guest runs now."""
        return self._node_of.get(guest.id, guest.node)

    def places(self, members: Iterable[Guest]) -> list[NodeName]:
        """Return where these guests run now."""
        return [self._node_of.get(member.id, member.node) for member in members]

    def free_on(self, node: NodeName) -> float:
        """Return the memory that is left on a usable node; infinite where its size is not known."""
        return self._room[node]

    def roomiest_first(self, nodes: Iterable[NodeName]) -> list[NodeName]:
        """Return these usable nodes, those with the most memory left first, else in the order in which they come."""
        return sorted(nodes, key=self._room.__getitem__, reverse=True)

    def is_held(self, guest: Guest) -> bool:
        """Tell whether it can't be moved, wherever to."""
        held = self._held.get(guest.id)
        if held is None:
            held = self._held[guest.id] = bool(held_by(self._ground, guest))
        return held

    def is_ruled(self, guest: Guest) -> bool:
        """Tell whether there is a rule between it and others."""
        return guest.id in self._ground.rules_of

    def may_move(self, guest: Guest, node: NodeName) -> bool:
        """Tell whether the guest may be moved to this node now."""
        return not self.is_held(guest) and node != self.node_of(guest) and self.may_enter(guest, node)

    def may_enter(self, guest: Guest, node: NodeName) -> bool:
        """Tell whether this node takes a guest now that nothing holds where it is."""
        if node not in self._room or self._room[node] < (guest.memory_bytes or 0):
            return False
        if guest.allowed_nodes is not None and node not in guest.allowed_nodes:
            return False
        return not any(
            node in self._running_on.get(other, ())
            for rule in self._ground.rules_of.get(guest.id, ())
            if rule.kind == "apart"
            for other in rule.guests
            if other != guest.id
        )

    def move(self, guest: Guest, node: NodeName) -> Move:
        """Put the guest onto a node, permitted or not; return the move."""
        size = guest.memory_bytes or 0
        from_node = self.node_of(guest)
        for place, change in ((from_node, size), (node, -size)):
            if place in self._sized:
                self._room[place] += change
        self._node_of[guest.id] = node
        if guest.id in self._running_on:
            self._running_on[guest.id] = frozenset({node})
        return Move(guest=guest, from_node=from_node, to_node=node)

    def undo(self, moves: Iterable[Move]) -> None:
        """Take back these moves, the last ones that were made."""
        for move in reversed(tuple(moves)):
            self.move(move.guest, move.from_node)

    def ground(self) -> Ground:
        """Return the ground on which the next move is judged."""
        free = {node: int(room) if node in self._sized else None for node, room in self._room.items()}
        return resettled(self._ground, self._node_of, free, self._running_on)
