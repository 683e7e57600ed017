"""Move a guest live, follow it, and see where it is afterwards, whatever went wrong."""

import threading
import time
from typing import NamedTuple

from ..cluster.names import NodeName, listed
from ..commands.outcome import Tell
from ..commands.scene import Looked, look_again
from ..errors import DistributorError
from ..judge.inventory.whereabouts import Whereabouts, whereabouts_of
from ..judge.plan import Move
from ..reports.acting import where_it_runs
from ..reports.text import size_in_words
from ..settings import Settings
from .autostart import carry_autostart, starts_with
from .connect import ActFailed, Actor
from .interruption import interruptible

_COMMAND = "migrate-guest"
_PAUSE_SECONDS = 0.2
# libvirt takes an abort only when QEMU answers, which it does not while it tries to reach a node that is gone.
_ABORT_SECONDS = 60.0


class Migrated(NamedTuple):
    """What became of a move: `done` where the guest runs on the target and nowhere else; `text` tells it.

    `arrived` tells that it runs there, whatever else is not as it should be. `unseen` are nodes that could not be asked
    afterwards, on which it may run too; `interrupted` tells that it was stopped by whoever called.
    """

    done: bool
    text: str
    unseen: tuple[NodeName, ...] = ()
    interrupted: bool = False
    arrived: bool = False


def move_and_verify(settings: Settings, looked: Looked, move: Move, tell: Tell) -> Migrated:
    """Move a guest, and look at all nodes afterwards; what became of it is told whatever went wrong.

    The caller holds the guest's lock. Raises SourceForbidden and SourceUnavailable where an end can't be opened, and
    then nothing was begun.
    """
    seconds = settings.libvirt.timeout_seconds
    here = Actor(move.from_node, looked.uris[move.from_node], seconds)
    there = Actor(move.to_node, looked.uris[move.to_node], seconds)
    failed, interrupted = _run(here, there, move, tell)
    migrated = _verified(settings, looked, move, failed, interrupted=interrupted)
    if not migrated.arrived or not starts_with(looked.scene.inventory, move.from_node, move.guest.id):
        return migrated
    if wrong := carry_autostart(here, there, move.guest.id):
        return migrated._replace(done=False, text=f"{migrated.text}; but {wrong}")
    text = f"{migrated.text}; it starts with '{move.to_node}' from now on, and no more with '{move.from_node}'"
    return migrated._replace(text=text)


def _run(here: Actor, there: Actor, move: Move, tell: Tell) -> tuple[str | None, bool]:
    """Move it in a thread of its own; return why it failed, None where it did not, and whether it was interrupted."""
    failures: list[str] = []
    ended = threading.Event()  # a thread that is joined counts as ended once Ctrl-C broke the joining off

    def work() -> None:
        try:
            here.migrate(move.guest.id, there, vouched=move.guest.vouched)
        except ActFailed as error:
            failures.append(error.text)
        finally:
            ended.set()

    threading.Thread(target=work, daemon=True).start()
    try:
        with interruptible():
            _follow(ended, here, there, move, tell)
    except KeyboardInterrupt:
        return _aborted(ended, here, move, "it was interrupted"), True
    if not ended.is_set():
        return _aborted(ended, here, move, f"'{move.to_node}' gives no sign of life"), False
    return next(iter(failures), None), False


def _follow(ended: threading.Event, here: Actor, there: Actor, move: Move, tell: Tell) -> None:
    """Wait until it has ended, or until the target is lost: its QEMU would be waited for much longer."""
    began = time.monotonic()
    while not ended.wait(_PAUSE_SECONDS) and not there.is_lost():
        left_bytes = here.left_bytes(move.guest.id)
        left = "" if left_bytes is None else f", {size_in_words(left_bytes)} left"
        tell(f"moving '{move.guest.name}' to '{move.to_node}', {time.monotonic() - began:.0f} s{left}")


def _aborted(ended: threading.Event, here: Actor, move: Move, why: str) -> str:
    """Abort it, again and again: before it has begun, and while QEMU does not answer, libvirt knows of no job."""
    said = ""
    deadline = time.monotonic() + _ABORT_SECONDS
    while not ended.is_set() and time.monotonic() < deadline:
        try:
            here.abort(move.guest.id)
        except (ActFailed, DistributorError) as error:
            said = f" ({error})"
        ended.wait(_PAUSE_SECONDS)
    if not ended.is_set():
        return f"{why}, and libvirt does not end it{said}"
    return why


def _verified(settings: Settings, looked: Looked, move: Move, failed: str | None, *, interrupted: bool) -> Migrated:
    inventory = look_again(settings, looked, _COMMAND).scene.inventory
    where = whereabouts_of(inventory, move.guest.id)
    unseen = tuple(sorted(inventory.faults))
    name = f"'{move.guest.name}'"
    if list(where.active) == [move.to_node] and where.active[move.to_node].job != "incoming":
        how = "is paused" if where.active[move.to_node].status == "paused" else "runs"
        came = f"{name} was moved from '{move.from_node}' to '{move.to_node}', and {how} there"
        if move.from_node in unseen:
            ended = f"{came}; whether it has ended on '{move.from_node}' is not known; {listed(unseen)} can't be asked"
            return Migrated(False, ended, unseen, interrupted, arrived=True)
        # A node that was out of sight before is so still: the move did not put the guest there.
        return Migrated(True, f"{came} and {_nowhere_else(unseen)}", (), interrupted, arrived=True)
    is_known = where.active or not {move.from_node, move.to_node} & set(unseen)
    what = f"{name} was not moved to '{move.to_node}'" if is_known else f"whether {name} was moved is not known"
    why = failed or "libvirt called it done"
    return Migrated(False, f"{what}: {why}; {_state(where, move, unseen)}", unseen, interrupted)


def _state(where: Whereabouts, move: Move, unseen: tuple[NodeName, ...]) -> str:
    if where.is_moving:
        return "it is being migrated still"
    if [(node, domain.status == "crashed") for node, domain in where.active.items()] == [(move.from_node, False)]:
        return f"it runs on '{move.from_node}' as before, and {_nowhere_else(unseen)}"
    return where_it_runs(where.active, unseen)


def _nowhere_else(unseen: tuple[NodeName, ...]) -> str:
    return f"on no other node that answers: {listed(unseen)} can't be asked" if unseen else "nowhere else"
