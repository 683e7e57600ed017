"""Move a named guest live to a named node, and see that it runs there and only there."""

import threading
import time
from typing import NamedTuple

from ..cluster.names import GuestId, NodeName, listed
from ..commands.outcome import Outcome, Tell
from ..commands.scene import Looked, known_model_node, look_again, surroundings_of
from ..errors import DistributorError, Interrupted
from ..judge.inventory.migrating import Migration, fits, may_migrate
from ..judge.inventory.starting import Objection, Refused
from ..judge.inventory.whereabouts import Whereabouts, whereabouts_of
from ..judge.plan import Move
from ..reports.acting import command_line, only_shown, where_it_runs
from ..reports.migration import command_of, uris_of
from ..reports.text import size_in_words
from ..settings import Settings
from .autostart import carry_autostart, starts_with
from .connect import ActFailed, Actor
from .guarded import Act, act_on
from .interruption import interruptible, uninterrupted
from .start import refused_outcome

COMMAND = "migrate-guest"
_PAUSE_SECONDS = 0.2
# libvirt takes an abort only when QEMU answers, which it does not while it tries to reach a node that is gone.
_ABORT_SECONDS = 60.0


class MigrateOptions(NamedTuple):
    """Which guest is to go where; without `yes` it is only shown."""

    name: str
    node: str
    yes: bool = False


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


@uninterrupted()
def migrate_guest(settings: Settings, options: MigrateOptions, tell: Tell) -> Outcome:
    """Move it, or show how it would be; an alarm where something was found to stand in its way, or it failed.

    Raises UsageError where the guest or the node is not there, Busy while somebody else does something with it,
    SourceForbidden where the account may not move it, Interrupted after an interruption was seen to.
    """

    def decided(looked: Looked, uuid: GuestId) -> Migration | Outcome:
        found = decide(settings, looked, uuid, known_model_node(looked, options.node))
        if isinstance(found, Migration):
            return found
        return refused_outcome(f"'{options.name}' is not moved", uuid, found.objections)

    def shown(looked: Looked, _: GuestId, migration: Migration) -> Outcome:
        return _shown(settings, looked, migration)

    def done(looked: Looked, uuid: GuestId, migration: Migration) -> Outcome:
        return _outcome(uuid, move_and_verify(settings, looked, migration.move, tell))

    act = Act(decided, shown, done, places=True, target=lambda migration: migration.move.to_node)
    return act_on(settings, COMMAND, options.name, act, yes=options.yes)


def decide(settings: Settings, looked: Looked, uuid: GuestId, to_node: NodeName) -> Migration | Refused:
    """Return a move, or what stands in its way: first by what is seen already, then by what the target offers."""
    decided = may_migrate(looked.scene, uuid, to_node)
    if isinstance(decided, Refused):
        return decided
    move = decided.move
    lacking = fits(looked.scene, surroundings_of(settings, looked, (move.from_node, move.to_node)), move)
    return Refused(lacking) if lacking else decided


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
    inventory = look_again(settings, looked, COMMAND).scene.inventory
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


def _outcome(uuid: GuestId, migrated: Migrated) -> Outcome:
    if migrated.done:
        return Outcome(text=f"{migrated.text}.\n")
    if migrated.interrupted:
        raise Interrupted(migrated.text)
    unseen = tuple(Objection("unseen", f"'{node}' can't be asked") for node in migrated.unseen)
    return refused_outcome("", uuid, (Objection("found", migrated.text), *unseen))._replace(lines=(migrated.text,))


def _shown(settings: Settings, looked: Looked, migration: Migration) -> Outcome:
    move = migration.move
    command = command_of(move, uris_of(looked.scene.cluster, settings.libvirt.uri)).in_shell()
    lines = [
        f"'{move.guest.name}' would be moved live from '{move.from_node}' to '{move.to_node}'.",
        *(f"{note[:1].upper()}{note[1:]}." for note in migration.notes),
        f"  {command}",
        *(f"  {line}" for line in _autostart_lines(settings, looked, move)),
    ]
    return Outcome(text=only_shown(lines))


def _autostart_lines(settings: Settings, looked: Looked, move: Move) -> tuple[str, ...]:
    """Return the commands that let it start with its new node, and no more with the old one."""
    if not starts_with(looked.scene.inventory, move.from_node, move.guest.id):
        return ()
    words = ((move.from_node, ("--disable",)), (move.to_node, ()))
    return tuple(
        command_line(looked.scene.cluster, node, settings.libvirt.uri, "autostart", *options, str(move.guest.id))
        for node, options in words
    )
