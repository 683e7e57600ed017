"""Empty a node that is in maintenance, move by move.

Each move is planned anew from what is live, so that it can be stopped at any time, and taken up again.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

from ..cluster.cluster import Cluster, Guest
from ..cluster.names import GuestId, NodeName
from ..commands.outcome import Outcome, Tell
from ..commands.scene import Looked, look
from ..errors import AnswerUnwritable, Busy, FileMissing, Interrupted, SourceForbidden, SourceUnavailable
from ..judge.inventory.starting import Objection, Refused
from ..judge.plan import Move, Plan
from ..judge.planning.drain import plan_draining
from ..judge.planning.mending import Request
from ..settings import Settings
from ..sources.libvirt.ssh import ended_ssh
from ..store.locks import locked
from .drained import Ended, Refusals, stopped, told
from .interruption import interruptible, uninterrupted
from .migrate import decide
from .moving import Migrated, move_and_verify
from .turn import target, turn, wait_until_free

COMMAND = "set-maintenance"
_PATIENCE_SECONDS = 600.0
_PAUSE_SECONDS = 1.0

Report = Callable[[str], None]


@uninterrupted()
def drain_node(settings: Settings, node: NodeName, tell: Tell, report: Report) -> Outcome:
    """Move all guests off a node, one after the other; `report` is given a line for each that is done.

    It is an alarm where a guest has to stay or a move failed; what was done stays done, and the same command goes on
    from there. Raises Busy while another drain of the node goes on, Interrupted after an interruption was seen to, and
    SourceForbidden or SourceUnavailable where an end can't be opened.
    """
    with locked(settings.database_path, f"drain {node}", COMMAND):
        done = 0
        try:
            for step in _moves(settings, node, tell):
                if isinstance(step, Ended):
                    return told(step, node, done)
                done += 1
                report(f"{step.text}.")
        except KeyboardInterrupt:
            raise Interrupted(stopped("interrupted", node, done)) from None
        except (AnswerUnwritable, Busy, FileMissing, SourceForbidden, SourceUnavailable) as error:
            raise type(error)(f"{error}; {stopped('stopped', node, done)}") from error
    raise RuntimeError("a drain came to no end")


def _moves(settings: Settings, node: NodeName, tell: Tell) -> Iterator[Migrated | Ended]:
    """Plan, make the first move, and plan again, until none is left; at last yield how it ended.

    A guest that did not leave is not sent to that node again, and the others go on. Nothing goes on where an end of a
    move can't be asked any more.
    """
    tried: set[tuple[GuestId, NodeName]] = set()
    refused: dict[GuestId, dict[NodeName, tuple[str, ...]]] = {}
    while True:
        with interruptible():
            looked = look(settings, COMMAND)
            if not _is_in_maintenance(looked, node):
                yield Ended(looked, withdrawn=True)
                return
            plan = _plan(settings, looked.scene.cluster, node, refused)
        move = next((step.move for step in plan.steps), None)
        if move is None or (move.guest.id, move.to_node) in tried:
            yield Ended(looked, plan.unresolved, refused)
            return
        tried.add((move.guest.id, move.to_node))
        migrated = _move_in_time(settings, move, tell)
        if isinstance(migrated, Refused):
            why = f"'{move.guest.name}' is not moved to '{move.to_node}'"
            lines = tuple(f"{why}: {objection.text}" for objection in migrated.objections)
            refused.setdefault(move.guest.id, {})[move.to_node] = lines
        elif migrated.interrupted:
            raise Interrupted(f"{migrated.text}; the same command goes on from there")
        elif migrated.unseen:
            yield Ended(looked, failed=migrated)
            return
        elif migrated.arrived:
            yield migrated
        else:
            refused.setdefault(move.guest.id, {})[move.to_node] = (migrated.text,)


def _is_in_maintenance(looked: Looked, node: NodeName) -> bool:
    """Tell whether it is to be emptied still: somebody may have changed the model meanwhile."""
    known = looked.scene.cluster.node_named.get(node)
    return known is not None and known.maintenance


def _plan(settings: Settings, cluster: Cluster, node: NodeName, refused: Refusals) -> Plan:
    """Return what would empty the node, with no guest on a node that was found not to take it."""

    def kept_off(guest: Guest) -> Guest:
        allowed = cluster.node_named.keys() if guest.allowed_nodes is None else guest.allowed_nodes
        return guest._replace(allowed_nodes=frozenset(allowed - refused[guest.id].keys()))

    guests = tuple(kept_off(guest) if guest.id in refused else guest for guest in cluster.guests)
    request = Request(excluded=settings.excluded_pools, limit=settings.memory_limit)
    return plan_draining(replace(cluster, guests=guests), frozenset({node}), request)


def _move_in_time(settings: Settings, move: Move, tell: Tell) -> Migrated | Refused:
    """Move it as soon as nobody else does something with it or with its target; raises Busy where that takes long."""
    return wait_until_free(
        lambda: _move(settings, move, tell),
        _PATIENCE_SECONDS,
        pause_seconds=_PAUSE_SECONDS,
        tell=lambda busy: tell(f"'{move.guest.name}' waits: {busy}"),
    )


def _move(settings: Settings, move: Move, tell: Tell) -> Migrated | Refused:
    """Look once more now that the guest is locked, at what the target offers too; then move it."""
    path = settings.database_path
    with ExitStack() as held:
        held.enter_context(locked(path, f"guest {move.guest.id}", COMMAND))
        mine = held.enter_context(turn(path, COMMAND))
        with interruptible():
            looked = look(settings, COMMAND)
            if not _is_in_maintenance(looked, move.from_node):
                return Refused((Objection("found", f"'{move.from_node}' is no longer in maintenance"),))
            if move.to_node not in looked.scene.cluster.node_named:
                return Refused((Objection("found", f"'{move.to_node}' is no longer in the model"),))
            decided = decide(settings, looked, move.guest.id, move.to_node)
        if isinstance(decided, Refused):
            return decided
        held.enter_context(target(path, move.to_node, COMMAND))
        mine.close()
        with ended_ssh():
            return move_and_verify(settings, looked, decided.move, tell)
