"""Empty a node that is in maintenance, move by move.

Each move is planned anew from what is live, so that it can be stopped at any time, and taken up again.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from ..cluster.cluster import Cluster, Guest
from ..cluster.names import GuestId, NodeName, listed
from ..cluster.trouble import Trouble
from ..commands.outcome import Outcome, Tell
from ..commands.scene import Looked, look
from ..errors import AnswerUnwritable, Busy, FileMissing, Interrupted, SourceForbidden, SourceUnavailable
from ..judge.findings import findings_of, troubles_read
from ..judge.inventory.starting import Refused
from ..judge.plan import Move, Plan, Unresolved
from ..judge.planning.drain import plan_draining
from ..judge.planning.mending import Request
from ..reports.lines import trouble_lines
from ..settings import Settings
from ..store.locks import locked
from .interruption import interruptible, uninterrupted
from .migrate import Migrated, decide, move_and_verify

COMMAND = "set-maintenance"

Report = Callable[[str], None]
_Refusals = Mapping[GuestId, Mapping[NodeName, Refused]]


class _Ended(NamedTuple):
    """How it ended: what stays and why, with the targets that were found not to take it; or the move that failed."""

    looked: Looked
    left: tuple[Unresolved, ...] = ()
    refused: _Refusals = MappingProxyType({})
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
    refused: dict[GuestId, dict[NodeName, Refused]] = {}
    while True:
        with interruptible():
            looked = look(settings, COMMAND)
            plan = _plan(settings, looked.scene.cluster, node, refused)
        move = next((step.move for step in plan.steps), None)
        if move is None or (move.guest.id, move.to_node) in tried:
            yield _Ended(looked, plan.unresolved, refused)
            return
        tried.add((move.guest.id, move.to_node))
        with locked(settings.database_path, f"guest {move.guest.id}", COMMAND):
            migrated = _move(settings, move, tell)
        if isinstance(migrated, Refused):
            refused.setdefault(move.guest.id, {})[move.to_node] = migrated
            continue
        if migrated.interrupted:
            raise Interrupted(f"{migrated.text}; the same command goes on from there")
        if not migrated.done:
            yield _Ended(looked, failed=migrated)
            return
        yield migrated


def _plan(settings: Settings, cluster: Cluster, node: NodeName, refused: _Refusals) -> Plan:
    """Return what would empty the node, with no guest on a node that was found not to take it."""

    def kept_off(guest: Guest) -> Guest:
        allowed = cluster.node_named.keys() if guest.allowed_nodes is None else guest.allowed_nodes
        return guest._replace(allowed_nodes=frozenset(allowed - refused[guest.id].keys()))

    guests = tuple(kept_off(guest) if guest.id in refused else guest for guest in cluster.guests)
    request = Request(excluded=settings.excluded_pools, limit=settings.memory_limit)
    return plan_draining(replace(cluster, guests=guests), frozenset({node}), request)


def _move(settings: Settings, move: Move, tell: Tell) -> Migrated | Refused:
    """Look once more now that the guest is locked, at what the target offers too; then move it."""
    with interruptible():
        looked = look(settings, COMMAND)
        decided = decide(settings, looked, move.guest.id, move.to_node)
    return decided if isinstance(decided, Refused) else move_and_verify(settings, looked, decided.move, tell)


def _told(ended: _Ended, node: NodeName, done: int) -> Outcome:
    cluster = ended.looked.scene.cluster
    lines = trouble_lines(cluster, findings_of(cluster, ()))
    troubles = troubles_read(cluster)
    if ended.failed is not None:
        unseen = tuple(Trouble("unreadable", f"node {name}", "it can't be asked") for name in ended.failed.unseen)
        said = (ended.failed.text, _stopped("stopped", node, done))
        return Outcome(lines=(*said, *lines), alarm=True, troubles=(*troubles, *unseen))
    if ended.left:
        stays = tuple(line for one in ended.left for line in _left(one, ended.refused))
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


def _left(one: Unresolved, refused: _Refusals) -> Iterator[str]:
    if one.guest is None:
        yield f"pool '{one.pool}' is left worse than it could be: {one.reason}"
        return
    yield f"'{one.guest.name}' stays on '{one.guest.node}': {one.reason}"
    for node, why in sorted(refused.get(one.guest.id, {}).items()):
        for objection in why.objections:
            yield f"'{one.guest.name}' is not moved to '{node}': {objection.text}"


def _stopped(how: str, node: NodeName, done: int) -> str:
    return f"{how} after {_moved(done)}; run the same again to go on emptying '{node}'"


def _moved(done: int) -> str:
    return "1 guest was moved" if done == 1 else f"{done} guests were moved"
