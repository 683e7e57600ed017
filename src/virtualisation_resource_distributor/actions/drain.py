"""Empty a node that is in maintenance, move by move.

Each move is planned anew from what is live, so that it can be stopped at any time, and taken up again.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..cluster.names import GuestId, NodeName, listed
from ..cluster.trouble import Trouble
from ..commands.outcome import Outcome, Tell
from ..commands.scene import Looked, look
from ..errors import AnswerUnwritable, Busy, FileMissing, Interrupted, SourceForbidden, SourceUnavailable
from ..judge.findings import findings_of, troubles_read
from ..judge.plan import Unresolved
from ..judge.planning.drain import plan_draining
from ..judge.planning.mending import Request
from ..reports.lines import trouble_lines
from ..settings import Settings
from ..store.locks import locked
from .interruption import interruptible, uninterrupted
from .migrate import Migrated, move_and_verify

COMMAND = "set-maintenance"

Report = Callable[[str], None]


class _Ended(NamedTuple):
    """How it ended: what stays and why, or the move that failed."""

    looked: Looked
    left: tuple[Unresolved, ...] = ()
    failed: Migrated | None = None


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
            for migrated in _moves(settings, node, tell):
                if isinstance(migrated, _Ended):
                    return _told(migrated, node, done)
                done += 1
                report(f"{migrated.text}.")
        except KeyboardInterrupt:
            raise Interrupted(_stopped("interrupted", node, done)) from None
        except (AnswerUnwritable, Busy, FileMissing, SourceForbidden, SourceUnavailable) as error:
            raise type(error)(f"{error}; {_stopped('stopped', node, done)}") from error
    raise RuntimeError("a drain came to no end")


def _moves(settings: Settings, node: NodeName, tell: Tell) -> Iterator[Migrated | _Ended]:
    """Plan, make the first move, and plan again, until none is left; at last yield how it ended."""
    tried: set[tuple[GuestId, NodeName]] = set()
    while True:
        with interruptible():
            looked = look(settings, COMMAND)
            request = Request(excluded=settings.excluded_pools, limit=settings.memory_limit)
            plan = plan_draining(looked.scene.cluster, frozenset({node}), request)
        move = next((step.move for step in plan.steps), None)
        if move is None or (move.guest.id, move.to_node) in tried:
            yield _Ended(looked, left=plan.unresolved)
            return
        tried.add((move.guest.id, move.to_node))
        with locked(settings.database_path, f"guest {move.guest.id}", COMMAND):
            migrated = move_and_verify(settings, looked, move, tell)
        if migrated.interrupted:
            raise Interrupted(f"{migrated.text}; the same command goes on from there")
        if not migrated.done:
            yield _Ended(looked, failed=migrated)
            return
        yield migrated


def _told(ended: _Ended, node: NodeName, done: int) -> Outcome:
    cluster = ended.looked.scene.cluster
    lines = trouble_lines(cluster, findings_of(cluster, ()))
    troubles = troubles_read(cluster)
    if ended.failed is not None:
        unseen = tuple(Trouble("unreadable", f"node {name}", "it can't be asked") for name in ended.failed.unseen)
        said = (ended.failed.text, _stopped("stopped", node, done))
        return Outcome(lines=(*said, *lines), alarm=True, troubles=(*troubles, *unseen))
    if ended.left:
        stays = tuple(_left(one) for one in ended.left)
        return Outcome(lines=(*stays, *lines), alarm=True, troubles=troubles)
    seen = ended.looked.scene.inventory.nodes.get(node)
    if seen is None:
        return Outcome(lines=lines or (f"'{node}' can't be asked what runs there",), troubles=_unseen(ended, node))
    if active := [domain.name for domain in seen.domains if domain.active]:
        why = "comes or goes, or has crashed and is kept, or is of no known state; look again"
        not_empty = f"'{node}' is not empty: {listed(active)} {why}"
        return Outcome(lines=(not_empty, *lines), alarm=True, troubles=troubles)
    return Outcome(text=f"'{node}' is empty: {_moved(done)}.\n", lines=lines, troubles=troubles)


def _unseen(ended: _Ended, node: NodeName) -> tuple[Trouble, ...]:
    fault = ended.looked.scene.inventory.faults.get(node)
    return (fault or Trouble("unreadable", f"node {node}", "it can't be asked"),)


def _left(one: Unresolved) -> str:
    if one.guest is not None:
        return f"'{one.guest.name}' stays on '{one.guest.node}': {one.reason}"
    return f"pool '{one.pool}' is left worse than it could be: {one.reason}"


def _stopped(how: str, node: NodeName, done: int) -> str:
    return f"{how} after {_moved(done)}; run the same again to go on emptying '{node}'"


def _moved(done: int) -> str:
    return "1 guest was moved" if done == 1 else f"{done} guests were moved"
