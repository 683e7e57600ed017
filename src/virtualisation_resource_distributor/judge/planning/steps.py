"""What does each move do for its pool, and how is the cluster after the last?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...cluster.cluster import Cluster, Guest, Policy
from ...cluster.names import GuestId, NodeName, PoolName, listed
from ..ground import Ground
from ..order import Weight, weight_of
from ..plan import Clears, EvensOut, LeavesMaintenance, MakesWay, Move, Step, UsesMore, Why
from .world import World

_RESTS_ON = frozenset({"disks-unread", "guests-hidden", "rules-unread"})
"""Remarks that make it uncertain whether a move is permitted."""


def steps_of(ground: Ground, moves: Sequence[Move], emptied: frozenset[NodeName] = frozenset()) -> tuple[Step, ...]:
    """Return the moves as steps, each with its reason; raises RuntimeError where one is not permitted."""
    world = World(ground)
    policies = {pool.name: pool.policy for pool in ground.cluster.pools}
    steps: list[Step] = []
    for move in moves:
        if world.node_of(move.guest) != move.from_node or not world.may_move(move.guest, move.to_node):
            raise RuntimeError(f"a plan would move guest {move.guest.id} to '{move.to_node}', which is not permitted")
        steps.append(_step(world, ground, policies, move, emptied))
    return tuple(steps)


def _step(
    world: World, ground: Ground, policies: Mapping[PoolName, Policy], move: Move, emptied: frozenset[NodeName]
) -> Step:
    """Make the move in this world, and return it with what it did."""
    pool = move.guest.pool
    policy = policies[pool] if pool is not None else "distinct"
    members = ground.members_of.get(pool, ()) if pool is not None else ()
    before = weight_of(ground.levels, policy, world.places(members))
    world.move(move.guest, move.to_node)
    now = weight_of(ground.levels, policy, world.places(members))
    why = Clears(move.from_node) if move.from_node in emptied else _why(ground, policy, move, (before, now))
    return Step(move=move, pool=pool, why=why, makes_own_pool_worse=now > before)


def _why(ground: Ground, policy: Policy, move: Move, weights: tuple[Weight, Weight]) -> Why:
    """Return what the first part of the weight that changed says, if it got better."""
    changed = next((part for part, (old, new) in enumerate(zip(*weights, strict=True)) if old != new), None)
    if changed is None or weights[1] > weights[0]:
        return MakesWay()
    levels = ground.levels
    part = changed if policy == "even" else changed + 1
    depth = (part - 1) % len(levels.names)
    if part == 0:
        return LeavesMaintenance(node=move.from_node)
    if part > len(levels.names):
        return EvensOut(level=levels.names[depth])
    return UsesMore(level=levels.names[depth], domain=levels.domains[move.to_node][depth])


def cluster_after(cluster: Cluster, moves: Sequence[Move]) -> Cluster:
    """Return the cluster as it is when all these moves were made.

    What lies where a guest comes to and does not run, such as the definition that it once left behind, is its own.
    """
    if not moves:
        return cluster
    node_of: dict[GuestId, NodeName] = {move.guest.id: move.to_node for move in moves}
    moved = {move.guest.id: move.guest.node for move in moves}
    guests = tuple(
        guest._replace(node=node_of[guest.id]) if moved.get(guest.id) == guest.node else guest
        for guest in cluster.guests
        if moved.get(guest.id) == guest.node or node_of.get(guest.id) != guest.node
    )
    return replace(cluster, guests=guests)


def notes_on(cluster: Cluster, steps: Sequence[Step]) -> tuple[str, ...]:
    """Return what these steps rest on that is not known."""
    if not steps:
        return ()
    targets = {step.move.to_node for step in steps}
    unsized = [name for name in sorted(targets) if cluster.node_named[name].memory_bytes is None]
    movers = {step.move.guest.id for step in steps}
    guests = [guest.id for guest in cluster.guests if _counts_as_nothing(guest, movers, targets)]
    notes: list[str] = []
    if unsized:
        notes.append(f"rests on room that nobody knows: of {listed(unsized)} the memory size is not known")
    if guests:
        notes.append(f"rests on sizes that nobody knows: guests {listed(guests)} count as 0 bytes")
    return (*notes, *unseen_in(cluster))


def unseen_in(cluster: Cluster) -> tuple[str, ...]:
    """Return what the reader has to say of what it did not see, and on which the permission of every move rests."""
    return tuple(sorted(remark.message for remark in cluster.remarks if remark.code in _RESTS_ON))


def _counts_as_nothing(guest: Guest, movers: set[GuestId], targets: set[NodeName]) -> bool:
    return guest.memory_bytes is None and guest.runs and (guest.id in movers or guest.node in targets)
