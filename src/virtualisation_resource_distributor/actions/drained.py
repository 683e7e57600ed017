"""How a drain ended, in words: what is left and why, or that the node is empty."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from ..cluster.names import GuestId, NodeName, listed
from ..cluster.trouble import Trouble
from ..commands.outcome import Outcome
from ..commands.scene import Looked
from ..judge.findings import findings_of, troubles_read
from ..judge.inventory.of_state import judge_autostart
from ..judge.inventory.seen import Seen
from ..judge.plan import Unresolved
from ..reports.lines import trouble_lines
from .moving import Migrated

Refusals = Mapping[GuestId, Mapping[NodeName, tuple[str, ...]]]
"""Which targets did not take a guest, each with lines that say why."""


class Ended(NamedTuple):
    """What stays and why, with the targets that were found not to take it; or the move whose ends are out of sight.

    `withdrawn` tells that the node is no longer in maintenance, or in the model.
    """

    looked: Looked
    left: tuple[Unresolved, ...] = ()
    refused: Refusals = MappingProxyType({})
    failed: Migrated | None = None
    withdrawn: bool = False


def told(ended: Ended, node: NodeName, done: int) -> Outcome:
    """Return what became of it; `done` guests were moved."""
    cluster = ended.looked.scene.cluster
    starting = tuple(_starting(ended.looked, node))
    lines = (*starting, *trouble_lines(cluster, findings_of(cluster, ())))
    troubles = troubles_read(cluster)
    if ended.failed is not None:
        unseen = tuple(Trouble("unreadable", f"node {name}", "it can't be asked") for name in ended.failed.unseen)
        said = (ended.failed.text, stopped("stopped", node, done))
        return Outcome(lines=(*said, *lines), alarm=True, troubles=(*troubles, *unseen))
    if ended.withdrawn:
        why = f"'{node}' is no longer in maintenance, so that nothing more is moved; {_moved(done)}"
        return Outcome(lines=(why, *lines), alarm=True, troubles=troubles)
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
    text = f"'{node}' is empty: {_moved(done)}.\n"
    return Outcome(text=text, lines=lines, alarm=bool(starting), troubles=troubles)


def _starting(looked: Looked, node: NodeName) -> Iterator[str]:
    """Yield the guests that this node would start when it boots, though they run elsewhere now."""
    for found in judge_autostart(Seen(inventory=looked.scene.inventory)):
        if node in found.nodes:
            yield f"{found.code}: {found.subject}: {found.message}; {found.mend}"


def _unseen(ended: Ended, node: NodeName) -> tuple[Trouble, ...]:
    fault = ended.looked.scene.inventory.faults.get(node)
    return (fault or Trouble("unreadable", f"node {node}", "it can't be asked"),)


def _left(one: Unresolved, refused: Refusals) -> Iterator[str]:
    if one.guest is None:
        yield f"pool '{one.pool}' is left worse than it could be: {one.reason}"
        return
    yield f"'{one.guest.name}' stays on '{one.guest.node}': {one.reason}"
    for _, lines in sorted(refused.get(one.guest.id, {}).items()):
        yield from lines


def stopped(how: str, node: NodeName, done: int) -> str:
    """Return how far it came, and how it goes on."""
    return f"{how} after {_moved(done)}; run the same again to go on emptying '{node}'"


def _moved(done: int) -> str:
    return "1 guest was moved" if done == 1 else f"{done} guests were moved"
