"""Start a named guest from its stored definition, on one node and no other."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from ..cluster.definition import Definition
from ..cluster.names import GuestId
from ..cluster.trouble import Trouble
from ..commands.outcome import Outcome
from ..commands.scene import Looked, known_model_node, last_homes, look_again, surroundings_of
from ..errors import SourceForbidden, UsageError
from ..judge.inventory.starting import Objection, Start, Wish, where_to_start
from ..judge.inventory.whereabouts import whereabouts_of
from ..reports.acting import command_line, define_line, only_shown, where_it_runs
from ..settings import Settings
from ..sources.libvirt.inventory import parse_kept
from ..store.wanted import read_wanted_down, want_down, want_up
from .connect import ActFailed, Actor
from .guarded import Act, act_on
from .interruption import uninterrupted

COMMAND = "start-guest"


class StartOptions(NamedTuple):
    """Which guest, where (None: the best node), and which nodes may be out of reach; without `yes` it is only shown."""

    name: str
    node: str | None = None
    despite: tuple[str, ...] = ()
    yes: bool = False


@uninterrupted()
def start_guest(settings: Settings, options: StartOptions) -> Outcome:
    """Start it, or show how it would be; an alarm where something was found to stand in its way.

    Raises UsageError where the guest or a node is not there, or no definition is stored; Busy while somebody else does
    something with it; SourceForbidden where the account may not start it.
    """

    def decided(looked: Looked, uuid: GuestId) -> Start | Outcome:
        return _decide(settings, looked, options, uuid)

    def shown(looked: Looked, uuid: GuestId, start: Start) -> Outcome:
        return _shown(settings, looked, uuid, start)

    def done(looked: Looked, uuid: GuestId, start: Start) -> Outcome:
        return _start(settings, looked, uuid, start)

    return act_on(settings, COMMAND, options.name, Act(decided, shown, done), yes=options.yes)


def _shown(settings: Settings, looked: Looked, uuid: GuestId, start: Start) -> Outcome:
    definition = _definition(looked, uuid, str(uuid))
    lines = [
        *_sentences(looked, definition, start, "would be started"),
        f"  {define_line(definition.name, looked.scene.cluster, start.node, settings.libvirt.uri)}",
        f"  {command_line(looked.scene.cluster, start.node, settings.libvirt.uri, 'start', str(uuid))}",
    ]
    return Outcome(text=only_shown(lines))


def _decide(settings: Settings, looked: Looked, options: StartOptions, uuid: GuestId) -> Start | Outcome:
    definition = _definition(looked, uuid, options.name)
    kept = parse_kept(uuid, definition.xml, looked.model.pools, settings.libvirt.shared_storage)
    wish = Wish(
        domain=kept.domain,
        pinned=kept.pinned,
        homes=last_homes(settings, looked, uuid),
        node=None if options.node is None else known_model_node(looked, options.node),
        despite=frozenset(known_model_node(looked, name) for name in options.despite),
    )
    offers = surroundings_of(settings, looked, looked.scene.inventory.nodes)
    decided = where_to_start(looked.scene._replace(surroundings=offers), wish)
    if isinstance(decided, Start):
        return decided
    return refused_outcome(f"'{definition.name}' is not started", uuid, decided.objections, _advice(decided.objections))


def refused_outcome(what: str, uuid: GuestId, objections: tuple[Objection, ...], advice: str = "") -> Outcome:
    """Return why nothing is done: an alarm where something was found, trouble where nobody could look."""
    unseen = [one for one in objections if one.kind == "unseen"]
    lines = (*(f"{what}: {one.text}" for one in objections), *((advice,) if advice else ()))
    troubles = tuple(Trouble(kind=one.trouble, subject=f"guest {uuid}", message=one.text) for one in unseen)
    return Outcome(lines=lines, alarm=len(unseen) < len(objections), troubles=troubles)


def _advice(objections: tuple[Objection, ...]) -> str:
    if any(one.kind == "found" for one in objections) or not objections:
        return ""
    danger = "if it runs there, both write to its disks and destroy them"
    return f"Make sure that it does not run there: {danger}. Only then --even-if-unreachable NODE leaves that node out."


def _definition(looked: Looked, uuid: GuestId, asked: str) -> Definition:
    found = next((definition for definition in looked.definitions if definition.uuid == uuid), None)
    if found is None:
        mend = f"keep it first with import-definition --name {asked}, or --file FILE"
        raise UsageError(f"no definition of '{asked}' is stored, from which it could be started; {mend}")
    return found


def _start(settings: Settings, looked: Looked, uuid: GuestId, start: Start) -> Outcome:
    """Define and start it, and see that it runs there and only there."""
    definition = _definition(looked, uuid, str(uuid))
    actor = Actor(start.node, looked.uris[start.node], settings.libvirt.timeout_seconds)
    try:
        with _unmarked(settings, uuid) as starts_with_its_node:
            actor.define(definition.xml)
            actor.start(uuid)
        if starts_with_its_node:
            actor.set_autostart(uuid, on=True)
    except ActFailed as error:
        why = f"{error.text}; it may start yet" if error.lost else error.text
        return _told_after(settings, looked, definition, start, why)
    return _told_after(settings, looked, definition, start, None)


@contextmanager
def _unmarked(settings: Settings, uuid: GuestId) -> Iterator[bool]:
    """Take the mark away that it is to stay down, and put it back where it does not start.

    First, for once it runs nothing may fail that was not done yet. Yields whether it started with its node before.
    """
    wanted = next((one for one in read_wanted_down(settings.database_path) if one.uuid == uuid), None)
    if wanted is None:
        yield False
        return
    want_up(settings.database_path, uuid)
    try:
        yield wanted.autostart
    except (ActFailed, SourceForbidden) as error:
        if not (isinstance(error, ActFailed) and error.lost):
            want_down(settings.database_path, wanted)
        raise


def _told_after(settings: Settings, before: Looked, definition: Definition, start: Start, error: str | None) -> Outcome:
    """Look once more, and tell what became of it."""
    looked = look_again(settings, before, COMMAND)
    where = whereabouts_of(looked.scene.inventory, definition.uuid)
    if error is None and list(where.active) == [start.node] and where.active[start.node].status != "crashed":
        return Outcome(text="".join(f"{line}\n" for line in _sentences(looked, definition, start, "was started")))
    what = f"'{definition.name}' was not started on '{start.node}' as it should be"
    said = () if error is None else (f"{what}: {error}",)
    kept = f", and '{start.node}' has its definition" if start.node in where.defined else ""
    state = f"{what}: {where_it_runs(where.active)}{kept}"
    unseen = tuple(Objection("unseen", f"'{node}' can't be asked") for node in sorted(looked.scene.inventory.faults))
    return refused_outcome(what, definition.uuid, (Objection("found", state), *unseen))._replace(
        lines=(*said, state, *(f"{what}: {one.text}" for one in unseen))
    )


def _sentences(looked: Looked, definition: Definition, start: Start, verb: str) -> Iterator[str]:
    zone = looked.scene.cluster.node_named[start.node].zone
    yield f"'{definition.name}' {verb} on '{start.node}' in zone '{zone}', from version {definition.version}."
    if start.levels:
        levels = ", ".join(f"{level.name} {level.used} of {level.possible}" for level in start.levels)
        yield f"Its pool then uses {levels}."
    for note in start.notes:
        yield f"Mind: {note}."
