"""Move a named guest live to a named node, and see that it runs there and only there."""

from typing import NamedTuple

from ..cluster.names import GuestId, NodeName
from ..commands.outcome import Outcome, Tell
from ..commands.scene import Looked, known_model_node, surroundings_of
from ..errors import Interrupted
from ..judge.inventory.migrating import Migration, fits, may_migrate
from ..judge.inventory.starting import Refused
from ..judge.plan import Move
from ..reports.acting import command_line, only_shown
from ..reports.migration import command_of, uris_of
from ..settings import Settings
from .autostart import starts_with
from .guarded import Act, act_on, failed_outcome, refused_outcome
from .interruption import uninterrupted
from .moving import Migrated, move_and_verify

COMMAND = "migrate-guest"


class MigrateOptions(NamedTuple):
    """Which guest is to go where; without `yes` it is only shown."""

    name: str
    node: str
    yes: bool = False


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


def _outcome(uuid: GuestId, migrated: Migrated) -> Outcome:
    if migrated.done:
        return Outcome(text=f"{migrated.text}.\n")
    if migrated.interrupted:
        raise Interrupted(migrated.text)
    return failed_outcome(uuid, (migrated.text,), migrated.unseen)


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
