"""Which moves of other pools' members let a pool come further than its own moves do?

Only members are moved that run where a move of the pool would help if there were room. Their own pools may get worse
on the way, and are as good at the end as they were. One improvement after the other is looked for, each the shortest.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ...cluster.cluster import Guest, Policy, Pool
from ...cluster.names import GuestId, NodeName, PoolName
from ..ground import Ground
from ..moves import held_by, kept_out_by, movers_of
from ..obstacles import NoRoom
from ..order import Ideals, Weight, helpful_moves, weight_of
from ..plan import Move
from .distance import Target
from .goals import Aim, limited
from .landscape import Task
from .shortest import Found, shortest
from .world import World

STATES = 10_000
NODES_LOOKED_AT = 4
"""Of the nodes where only room is missing, those with the most of it."""


class Helped(NamedTuple):
    """The pools that may be touched: those to be helped, and all whose members may be moved, with their policies."""

    pools: Sequence[PoolName]
    policies: Mapping[PoolName, Policy]


def with_room_made(ground: Ground, moves: Sequence[Move], known: Helped, most: int | None) -> tuple[Move, ...]:
    """Return more moves, to be made after these, that let pools come further; none where no way is found.

    There are no more than `most`, if that is given.
    """
    if not ground.levels.domains:
        return ()
    world = World(ground)
    for move in moves:
        world.move(move.guest, move.to_node)
    as_read = {guest.id: guest for pool in known.policies for guest in ground.members_of.get(pool, ())}
    more: list[Move] = []
    for pool in known.pools:
        while found := _improvement(world.ground(), pool, known):
            if most is not None and len(more) + len(found) > most:
                break
            more.extend(world.move(as_read[guest], to_node) for guest, to_node in found)
    return tuple(more)


def _improvement(ground: Ground, pool: PoolName, known: Helped) -> list[tuple[GuestId, NodeName]]:
    """Return the shortest way to something better for this pool, with the help of others."""
    members = ground.members_of[pool]
    policy = known.policies[pool]
    now = weight_of(ground.levels, policy, [member.node for member in members])
    if now == Ideals(ground.levels).of(policy, len(members)):
        return []
    helpers = tuple(_helpers(ground, pool, known))
    aims = [_aim(ground, Pool(pool, policy), now, (*now[:-1], now[-1] - 1))]
    for other in sorted({guest.pool for guest in helpers if guest.pool is not None}):
        floor = weight_of(ground.levels, known.policies[other], [one.node for one in ground.members_of[other]])
        aims.append(_aim(ground, Pool(other, known.policies[other]), floor, floor))
    movers = movers_of(ground, (*members, *helpers))
    answer = shortest(Task(movers, tuple(aims), reached=len(aims)), STATES)
    return [(guest.id, to_node) for guest, _, to_node in answer.trips] if isinstance(answer, Found) else []


def _aim(ground: Ground, pool: Pool, now: Weight, goal: Weight) -> Aim:
    members = ground.members_of[pool.name]
    ideal = Ideals(ground.levels).of(pool.policy, len(members))
    floor, target = (limited(ground.levels, Target(pool.policy, weight, ideal), len(members)) for weight in (now, goal))
    return Aim(pool=pool, members=members, floor=floor, target=target, is_exact=True)


def _helpers(ground: Ground, pool: PoolName, known: Helped) -> Iterator[Guest]:
    """Yield the members of other pools that may be moved from nodes where only room is missing."""
    crowded: set[NodeName] = set()
    for member, nodes in helpful_moves(ground.levels, known.policies[pool], ground.members_of[pool]):
        if not held_by(ground, member):
            crowded.update(node for node in nodes if _only_room_is_missing(ground, member, node))
    roomiest = [node for node in ground.roomiest_first if node in crowded][:NODES_LOOKED_AT]
    for other in known.policies:
        if other != pool:
            yield from (guest for guest in ground.members_of.get(other, ()) if guest.node in roomiest)


def _only_room_is_missing(ground: Ground, member: Guest, node: NodeName) -> bool:
    return [type(obstacle) for obstacle in kept_out_by(ground, member, node)] == [NoRoom]
