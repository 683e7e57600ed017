"""Which moves empty nodes and keep every pool as spread as it then can be?

The cluster is judged as if these nodes were in maintenance. Every guest that runs there has to leave, whichever pool
it is in; pools with members there come as far as they then can, and members of no other pool are moved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from ...cluster.cluster import Cluster, Guest, Node
from ...cluster.names import GuestId, NodeName, PoolName, ZoneName, listed
from ..ground import Ground, survey, twice_seen
from ..levels import Level, levels_of
from ..moves import Mover, Movers, movers_of
from ..order import Ideals
from ..plan import Move, Plan, PoolChange, Unresolved
from ..spread import judge_pools
from ..verdict import Blocked, Migrate, Spread, Verdict
from .composition import Wish
from .goals import aim_of
from .mending import Known, Request, why_not_spread
from .nowhere import why_it_stays
from .planner import outline
from .steps import cluster_after, notes_on, steps_of
from .world import World


class _Task(NamedTuple):
    """The ground on which a drain is judged, who runs on the nodes, and the pools that are concerned."""

    ground: Ground
    there: tuple[Guest, ...]
    concerned: tuple[Known, ...]


def plan_draining(cluster: Cluster, names: frozenset[NodeName], request: Request) -> Plan:
    """Return the plan that empties these nodes; a guest that has to stay is unresolved, and so is a pool left bad."""
    drained = in_maintenance(cluster, names)
    task = _task(drained, names, request)
    wish = _wish(task, names)
    drawn = outline(task.ground, wish)
    end = cluster_after(drained, drawn.moves)
    after = {verdict.pool: verdict for verdict in judge_pools(end, request.excluded, request.limit)}
    stay = _staying(task, drawn.moves)
    steps = steps_of(task.ground, drawn.moves, names)
    return Plan(
        steps=steps,
        bounds=drawn.bounds,
        optimal=drawn.is_best and all(aim.is_exact for aim in wish.aims),
        unresolved=(*stay, *why_not_spread(task.concerned, after, drawn, wish.aims)),
        pools=_changes(cluster, task.concerned, after),
        notes=notes_on(cluster, steps),
    )


def in_maintenance(cluster: Cluster, names: frozenset[NodeName]) -> Cluster:
    """Return the cluster with these nodes in maintenance."""

    def resting(node: Node) -> Node:
        return node._replace(maintenance=True) if node.name in names else node

    return replace(cluster, nodes=tuple(map(resting, cluster.nodes)))


def nodes_in_zone(cluster: Cluster, zone: ZoneName) -> frozenset[NodeName]:
    """Return the nodes in this zone and in the zones that lie in it."""
    inside = {zone}
    while more := {one.name for one in cluster.zones if one.parent in inside} - inside:
        inside |= more
    return frozenset(node.name for node in cluster.nodes if node.zone in inside)


def _task(drained: Cluster, names: frozenset[NodeName], request: Request) -> _Task:
    online = frozenset(name for name in names if drained.node_named[name].status == "online")
    there = tuple(guest for guest in drained.guests if guest.node in online and guest.runs)
    pools = {guest.pool for guest in there}
    verdicts = judge_pools(drained, request.excluded, request.limit)
    return _Task(
        ground=survey(drained, request.limit),
        there=there,
        concerned=tuple(
            verdict for verdict in verdicts if isinstance(verdict, Spread | Migrate | Blocked) and verdict.pool in pools
        ),
    )


def _wish(task: _Task, names: frozenset[NodeName]) -> Wish:
    """Return what is to be brought about; guests that no order of moves takes away are left out."""
    ground = task.ground
    if not ground.levels.domains:
        return Wish(aims=(), emptied=names)
    twice = twice_seen(ground.cluster)
    pools = {pool.name: pool for pool in ground.cluster.pools}
    ideals = Ideals(ground.levels)
    aims = tuple(aim_of(ground, pools[verdict.pool], verdict.members, ideals) for verdict in task.concerned)
    wish = Wish(aims, tuple(guest for guest in task.there if guest.id not in twice), names)
    while True:
        movers = movers_of(ground, wish.movable())
        able = {mover.guest.id for mover in movers.movers if _has_a_target(movers, mover)}
        leaving = tuple(guest for guest in wish.leaving if guest.id in able)
        if len(leaving) == len(wish.leaving):
            return wish
        wish = wish._replace(leaving=leaving)


def _has_a_target(movers: Movers, mover: Mover) -> bool:
    return any(movers.may_enter(mover, node) for node in movers.ground.levels.domains)


def _staying(task: _Task, moves: Sequence[Move]) -> tuple[Unresolved, ...]:
    """Return the guests that are not moved away, each with why it could not be at the end."""
    moved = {move.guest.id for move in moves}
    left = [guest for guest in task.there if guest.id not in moved]
    if not left:
        return ()
    world = World(task.ground)
    for move in moves:
        world.move(move.guest, move.to_node)
    end, twice = world.ground(), twice_seen(task.ground.cluster)
    return tuple(Unresolved(pool=guest.pool, guest=guest, reason=_reason(end, twice, guest)) for guest in left)


def _reason(end: Ground, twice: Mapping[GuestId, tuple[NodeName, ...]], guest: Guest) -> str:
    if guest.id in twice:
        return f"it runs on {listed(twice[guest.id])} at once; stop all but one of them"
    return why_it_stays(end, guest)


def _changes(cluster: Cluster, concerned: Sequence[Known], after: Mapping[PoolName, Verdict]) -> tuple[PoolChange, ...]:
    """Return the pools with their levels as they are now, with these nodes, and after it, without them."""
    levels = levels_of(cluster)
    return tuple(
        PoolChange(
            pool=verdict.pool,
            policy=verdict.policy,
            before=levels.table([member.node for member in verdict.members]),
            after=_levels(after[verdict.pool]),
        )
        for verdict in concerned
    )


def _levels(verdict: Verdict) -> tuple[Level, ...]:
    return verdict.levels if isinstance(verdict, Spread | Migrate | Blocked) else ()
