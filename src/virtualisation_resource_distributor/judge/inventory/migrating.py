"""May a named domain be moved live to a named node?"""

from collections.abc import Iterator
from typing import NamedTuple

from ...cluster.cluster import Guest
from ...cluster.names import GuestId, NodeName, listed
from ...cluster.surroundings import Surroundings
from ..ground import Ground, survey
from ..levels import is_usable
from ..moves import held_by, kept_out_by
from ..obstacles import in_words
from ..order import weight_of
from ..plan import Move
from .fitting import lacking_for_move
from .starting import Objection, Refused, Scene, namesakes
from .whereabouts import whereabouts_of


class Migration(NamedTuple):
    """A move that is permitted; `notes` are what there is to know beside, such as what it does to its pool."""

    move: Move
    notes: tuple[str, ...]


def may_migrate(scene: Scene, uuid: GuestId, to_node: NodeName) -> Migration | Refused:
    """Return the move, or all that stands in its way."""
    objections = tuple(_whereabouts(scene, uuid, to_node))
    if objections:
        return Refused(objections)
    (from_node,) = whereabouts_of(scene.inventory, uuid).active
    guest = next(guest for guest in scene.cluster.guests if (guest.id, guest.node) == (uuid, from_node))
    ground = survey(scene.cluster, scene.limit)
    obstacles = (*_obstacles(ground, guest, to_node), *namesakes(scene, guest.name, uuid, to_node))
    if obstacles:
        return Refused(obstacles)
    notes = (*_notes(ground, guest, to_node), *_left_behind(scene, uuid, to_node))
    return Migration(Move(guest, from_node, to_node), notes)


def fits(scene: Scene, surroundings: Surroundings, move: Move) -> tuple[Objection, ...]:
    """Return what the target lacks that this guest needs: a network, a bridge, storage, a CPU, a machine type."""
    lacking = lacking_for_move(scene.inventory, surroundings, move.guest.id, move.from_node, move.to_node)
    return tuple(Objection("found", f"{one.subject}: {one.message}; {one.mend}") for one in lacking)


def _whereabouts(scene: Scene, uuid: GuestId, to_node: NodeName) -> Iterator[Objection]:
    where = whereabouts_of(scene.inventory, uuid)
    unseen = scene.inventory.faults
    if to_node in unseen:
        yield Objection("unseen", f"'{to_node}' can't be asked: {unseen[to_node].message}", unseen[to_node].kind)
    if where.is_moving or uuid in scene.inventory.unsettled:
        yield Objection("found", "it is being migrated already")
    elif not where.active:
        hint = f" that answers; it may run on {listed(sorted(unseen))}, which can't be asked" if unseen else ""
        yield Objection("unseen" if unseen else "found", f"it runs on no node{hint}")
    elif len(where.active) > 1:
        yield Objection("found", f"it runs on {listed(sorted(where.active))} at once; stop all but one of them first")
    elif to_node in where.active:
        yield Objection("found", f"it runs on '{to_node}' already")
    else:
        for node, domain in where.active.items():
            if domain.status not in {"running", "paused"}:
                yield Objection("found", f"it is of status {domain.status} on '{node}', and can't be moved so")


def _obstacles(ground: Ground, guest: Guest, to_node: NodeName) -> Iterator[Objection]:
    node = ground.cluster.node_named[to_node]
    if not is_usable(node):
        state = node.status if node.status != "online" else "in maintenance" if node.maintenance else "in no zone"
        yield Objection("found", f"'{to_node}' takes nobody: it is {state}")
        return
    for obstacle in (*held_by(ground, guest), *kept_out_by(ground, guest, to_node)):
        yield Objection("found", in_words(obstacle))


def _notes(ground: Ground, guest: Guest, to_node: NodeName) -> Iterator[str]:
    pool = next((pool for pool in ground.cluster.pools if pool.name == guest.pool), None)
    if pool is not None:
        members = ground.members_of.get(pool.name, ())
        before = [member.node for member in members]
        after = [to_node if member.id == guest.id else member.node for member in members]
        weights = [weight_of(ground.levels, pool.policy, places) for places in (before, after)]
        if weights[1] > weights[0]:
            yield f"pool '{pool.name}' is spread worse by it"
        elif weights[1] < weights[0]:
            yield f"pool '{pool.name}' is spread better by it"


def _left_behind(scene: Scene, uuid: GuestId, to_node: NodeName) -> Iterator[str]:
    """Tell of definitions on other nodes that start by themselves; that of the node it leaves is seen to."""
    for node, domain in whereabouts_of(scene.inventory, uuid).defined.items():
        if domain.autostart and node != to_node:
            yield f"'{node}' has a definition of it that starts with that node: it would run twice after a reboot"
