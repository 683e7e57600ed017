"""Move a named guest live to a named node, and see that it runs there and only there."""

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from ..cluster.names import GuestId, NodeName, listed
from ..commands.outcome import Outcome
from ..commands.scene import Looked, known_guest, known_model_node, look, surroundings_of
from ..errors import DistributorError, Interrupted
from ..judge.inventory.migrating import Migration, fits, may_migrate
from ..judge.inventory.starting import Objection
from ..judge.inventory.whereabouts import whereabouts_of
from ..judge.plan import Move
from ..reports.acting import command_line
from ..reports.migration import command_of, uris_of
from ..reports.text import size_in_words
from ..settings import Settings
from ..store.locks import locked
from .autostart import carry_autostart, starts_with
from .connect import ActFailed, Actor
from .start import refused_outcome

COMMAND = "migrate-guest"
_PAUSE_SECONDS = 0.2
# libvirt takes an abort only when QEMU answers, which it does not while it tries to reach a node that is gone.
_ABORT_SECONDS = 60.0

Tell = Callable[[str], None]


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


def migrate_guest(settings: Settings, options: MigrateOptions, tell: Tell) -> Outcome:
    """Move it, or show how it would be; an alarm where something was found to stand in its way, or it failed.

    Raises UsageError where the guest or the node is not there, Busy while somebody else does something with it,
    SourceForbidden where the account may not move it, Interrupted after an interruption was seen to.
    """
    looked = look(settings, COMMAND)
    known_model_node(looked, options.node)
    uuid = known_guest(looked, options.name)
    if not options.yes:
        decided = _decide(settings, looked, options, uuid)
        return decided if isinstance(decided, Outcome) else _shown(settings, looked, decided)
    with locked(settings.database_path, f"guest {uuid}", COMMAND):
        looked = look(settings, COMMAND)
        decided = _decide(settings, looked, options, uuid)
        if isinstance(decided, Outcome):
            return decided
        return _outcome(uuid, move_and_verify(settings, looked, decided.move, tell))


def _decide(settings: Settings, looked: Looked, options: MigrateOptions, uuid: GuestId) -> Migration | Outcome:
    """Return the move, or why it is not made: first by what is seen already, then by what the target offers."""
    migration = may_migrate(looked.scene, uuid, NodeName(options.node))
    if not isinstance(migration, Migration):
        return _refused(options, uuid, migration.objections)
    move = migration.move
    lacking = fits(looked.scene, surroundings_of(settings, looked, (move.from_node, move.to_node)), move)
    return _refused(options, uuid, lacking) if lacking else migration


def move_and_verify(settings: Settings, looked: Looked, move: Move, tell: Tell) -> Migrated:
    """Move a guest, and look at all nodes afterwards; what became of it is told whatever went wrong.

    The caller holds the guest's lock. Raises SourceForbidden and SourceUnavailable where an end can't be opened, and
    then nothing was begun.
    """
    seconds = settings.libvirt.timeout_seconds
    here = Actor(move.from_node, looked.uris[move.from_node], seconds)
    there = Actor(move.to_node, looked.uris[move.to_node], seconds)
    failed, interrupted = _run(here, there, move, tell)
    migrated = _verified(settings, move, failed, interrupted=interrupted)
    if not migrated.arrived or not starts_with(looked.scene.inventory, move.from_node, move.guest.id):
        return migrated
    if wrong := carry_autostart(here, there, move.guest.id):
        return migrated._replace(done=False, text=f"{migrated.text}; but {wrong}")
    text = f"{migrated.text}; it starts with '{move.to_node}' from now on, and no more with '{move.from_node}'"
    return migrated._replace(text=text)


def _run(here: Actor, there: Actor, move: Move, tell: Tell) -> tuple[str | None, bool]:
    """Move it in a thread of its own; return why it failed, None where it did not, and whether it was interrupted."""
    failures: list[str] = []

    def work() -> None:
        try:
            here.migrate(move.guest.id, there, vouched=move.guest.vouched)
        except ActFailed as error:
            failures.append(error.text)

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    try:
        _follow(worker, here, move, tell)
    except KeyboardInterrupt:
        return _aborted(worker, here, move, failures), True
    return next(iter(failures), None), False


def _follow(worker: threading.Thread, here: Actor, move: Move, tell: Tell) -> None:
    began = time.monotonic()
    while worker.is_alive():
        worker.join(_PAUSE_SECONDS)
        if worker.is_alive():
            progress = here.progress(move.guest.id)
            left = "" if progress is None else f", {size_in_words(progress.left_bytes)} left"
            tell(f"moving '{move.guest.name}' to '{move.to_node}', {time.monotonic() - began:.0f} s{left}")


def _aborted(worker: threading.Thread, here: Actor, move: Move, failures: list[str]) -> str:
    said = ""
    try:
        here.abort(move.guest.id)
    except (ActFailed, DistributorError) as error:
        said = f" ({error})"
    worker.join(_ABORT_SECONDS)
    if worker.is_alive():
        return f"it was interrupted, and libvirt does not end it{said}"
    return next(iter(failures), "it was interrupted")


def _verified(settings: Settings, move: Move, failed: str | None, *, interrupted: bool) -> Migrated:
    looked = look(settings, COMMAND)
    inventory = looked.scene.inventory
    where = whereabouts_of(inventory, move.guest.id)
    places, unseen = sorted(where.active), tuple(sorted(inventory.faults))
    name = f"'{move.guest.name}'"
    blind = f"; {listed(unseen)} can't be asked" if unseen else ""
    if places == [move.to_node] and not where.is_moving:
        came = f"{name} was moved from '{move.from_node}' to '{move.to_node}', and runs there"
        if move.from_node in unseen:
            return Migrated(
                False, f"{came}; whether it has ended on '{move.from_node}' is not known{blind}", unseen, arrived=True
            )
        # A node that was out of sight before is so still: the move did not put the guest there.
        return Migrated(True, f"{came} and nowhere else{blind}", (), interrupted, arrived=True)
    state = _state(places, move, moving=where.is_moving)
    why = failed or "libvirt called it done"
    return Migrated(False, f"{name} was not moved to '{move.to_node}': {why}; {state}{blind}", unseen, interrupted)


def _state(places: list[NodeName], move: Move, *, moving: bool) -> str:
    if moving:
        return "it is being migrated still"
    if places == [move.from_node]:
        return f"it runs on '{move.from_node}' as before, and nowhere else"
    return f"it runs on {listed(places)} now" if places else "it runs on no node that answers"


def _outcome(uuid: GuestId, migrated: Migrated) -> Outcome:
    if migrated.done:
        return Outcome(text=f"{migrated.text}.\n")
    if migrated.interrupted:
        raise Interrupted(migrated.text)
    unseen = tuple(Objection("unseen", f"'{node}' can't be asked") for node in migrated.unseen)
    return refused_outcome("", uuid, (Objection("found", migrated.text), *unseen))._replace(lines=(migrated.text,))


def _refused(options: MigrateOptions, uuid: GuestId, objections: tuple[Objection, ...]) -> Outcome:
    return refused_outcome(f"'{options.name}' is not moved", uuid, objections)


def _shown(settings: Settings, looked: Looked, migration: Migration) -> Outcome:
    move = migration.move
    command = command_of(move, uris_of(looked.scene.cluster, settings.libvirt.uri)).in_shell()
    lines = [
        f"'{move.guest.name}' would be moved live from '{move.from_node}' to '{move.to_node}'.",
        *(f"{note[:1].upper()}{note[1:]}." for note in migration.notes),
        f"  {command}",
        *(f"  {line}" for line in _autostart_lines(settings, looked, move)),
        "Nothing was done; with --yes it is.",
    ]
    return Outcome(text="".join(f"{line}\n" for line in lines))


def _autostart_lines(settings: Settings, looked: Looked, move: Move) -> tuple[str, ...]:
    """Return the commands that let it start with its new node, and no more with the old one."""
    if not starts_with(looked.scene.inventory, move.from_node, move.guest.id):
        return ()
    words = ((move.from_node, ("--disable",)), (move.to_node, ()))
    return tuple(
        command_line(looked.scene.cluster, node, settings.libvirt.uri, "autostart", *options, str(move.guest.id))
        for node, options in words
    )
