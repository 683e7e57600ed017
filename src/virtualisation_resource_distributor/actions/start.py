"""Start a named guest from its stored definition, on one node and no other."""

from collections.abc import Iterator
from typing import NamedTuple

from ..cluster.definition import Definition, WantedDown
from ..cluster.names import GuestId, NodeName
from ..commands.definitions.bring_in import has_secrets
from ..commands.outcome import Outcome
from ..commands.scene import Looked, known_model_node, last_homes, look_again, surroundings_of
from ..errors import DistributorError, SourceForbidden, UsageError
from ..judge.inventory.starting import Objection, Start, Wish, where_to_start
from ..judge.inventory.whereabouts import whereabouts_of
from ..judge.levels import Level, levels_of
from ..reports.acting import command_line, define_line, only_shown, where_it_runs
from ..settings import Settings
from ..sources.libvirt.inventory import parse_kept
from ..store.wanted import read_wanted_down, want_up
from .connect import ActFailed, Actor
from .guarded import Act, act_on, failed_outcome, refused_outcome
from .interruption import uninterrupted
from .turn import targets

COMMAND = "start-guest"


class StartOptions(NamedTuple):
    """Which guest, where (None: the best node), and which nodes may be out of reach; without `yes` it is only shown."""

    name: str
    node: str | None = None
    despite: tuple[str, ...] = ()
    yes: bool = False


class _Task(NamedTuple):
    """Where it starts, from which definition, and what is known of it since it was stopped on purpose."""

    start: Start
    definition: Definition
    stopped: WantedDown | None

    @property
    def carries_autostart(self) -> bool:
        """Tell whether it started with its node before it was stopped."""
        return self.stopped is not None and self.stopped.autostart


@uninterrupted()
def start_guest(settings: Settings, options: StartOptions) -> Outcome:
    """Start it, or show how it would be; an alarm where something was found to stand in its way.

    Raises UsageError where the guest or a node is not there, or no definition is stored; Busy while somebody else does
    something with it; SourceForbidden where the account may not start it.
    """

    def decided(looked: Looked, uuid: GuestId) -> _Task | Outcome:
        return _decide(settings, looked, options, uuid)

    def shown(looked: Looked, uuid: GuestId, task: _Task) -> Outcome:
        return _shown(settings, looked, uuid, task)

    def done(looked: Looked, uuid: GuestId, task: _Task) -> Outcome:
        return _start(settings, looked, uuid, task)

    return act_on(settings, COMMAND, options.name, Act(decided, shown, done, places=True), yes=options.yes)


def _shown(settings: Settings, looked: Looked, uuid: GuestId, task: _Task) -> Outcome:
    cluster, node, uri = looked.scene.cluster, task.start.node, settings.libvirt.uri
    lines = [
        *_sentences(looked, task, "would be started", task.start.levels),
        f"  {define_line(uuid, cluster, node, uri)}",
        f"  {command_line(cluster, node, uri, 'start', str(uuid))}",
    ]
    if task.carries_autostart:
        lines.append(f"  {command_line(cluster, node, uri, 'autostart', str(uuid))}")
    return Outcome(text=only_shown(lines))


def _decide(settings: Settings, looked: Looked, options: StartOptions, uuid: GuestId) -> _Task | Outcome:
    definition = _definition(looked, uuid, options.name)
    kept = parse_kept(uuid, definition.xml, looked.model.pools, settings.libvirt.shared_storage)
    wish = Wish(
        domain=kept.domain,
        pinned=kept.pinned,
        homes=last_homes(settings, looked, uuid),
        node=None if options.node is None else known_model_node(looked, options.node),
        despite=frozenset(known_model_node(looked, name) for name in options.despite),
        taken=targets(settings.database_path),
    )
    offers = surroundings_of(settings, looked, looked.scene.inventory.nodes)
    decided = where_to_start(looked.scene._replace(surroundings=offers), wish)
    if isinstance(decided, Start):
        stopped = next((one for one in read_wanted_down(settings.database_path) if one.uuid == uuid), None)
        return _Task(decided, definition, stopped)
    return refused_outcome(f"'{definition.name}' is not started", uuid, decided.objections, _advice(decided.objections))


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


def _start(settings: Settings, looked: Looked, uuid: GuestId, task: _Task) -> Outcome:
    """Define and start it, and see that it runs there and only there."""
    actor = Actor(task.start.node, looked.uris[task.start.node], settings.libvirt.timeout_seconds)
    try:
        if (holder := _knows_more(settings, looked, actor, task)) is not None:
            return refused_outcome(f"'{task.definition.name}' is not started", uuid, (_lost_secrets(task, holder),))
        actor.define(task.definition.xml)
        actor.start(uuid)
    except ActFailed as error:
        return _told_after(settings, looked, task, f"{error.text}; it may start yet" if error.lost else error.text)
    outcome = _told_after(settings, looked, task, None)
    if task.stopped is None or outcome.alarm:
        return outcome
    undone = tuple(_unmarked(settings, actor, uuid, task))
    return outcome._replace(lines=(*outcome.lines, *undone), alarm=bool(undone))


def _knows_more(settings: Settings, looked: Looked, actor: Actor, task: _Task) -> NodeName | None:
    """Return a node whose own definition has a password that the kept one lacks, since no reader is told one.

    Without it the guest's display would be open to everybody.
    """
    uuid, seconds = task.definition.uuid, settings.libvirt.timeout_seconds
    if has_secrets(task.definition.xml):
        return None
    for node in whereabouts_of(looked.scene.inventory, uuid).defined:
        there = actor if node == actor.node else Actor(node, looked.uris[node], seconds)
        if has_secrets(there.definition(uuid)):
            return node
    return None


def _lost_secrets(task: _Task, holder: NodeName) -> Objection:
    definition = task.definition
    what = f"the definition that '{holder}' has holds a password, which version {definition.version} lacks"
    dump = f"virsh dumpxml --security-info --inactive {definition.uuid} >domain.xml"
    mend = f"on '{holder}' run: {dump}, and keep that file with import-definition --file"
    return Objection("found", f"{what}, so that it would run without; {mend}")


def _unmarked(settings: Settings, actor: Actor, uuid: GuestId, task: _Task) -> Iterator[str]:
    """Let it start with its node again where it did, and forget that it was to stay down; yield what went wrong.

    In this order, for the mark remembers the autostart; and last, for a mark is lost for good once it is gone.
    """
    what = f"'{task.definition.name}' runs on '{task.start.node}', and"
    if task.carries_autostart:
        try:
            actor.set_autostart(uuid, on=True)
        except (ActFailed, SourceForbidden) as error:
            yield f"{what} does not start with it, as it did before it was stopped: {error}"
            return
    try:
        want_up(settings.database_path, uuid)
    except DistributorError as error:
        yield f"{what} is still marked as one that is to stay down: {error}"


def _told_after(settings: Settings, before: Looked, task: _Task, error: str | None) -> Outcome:
    """Look once more, and tell what became of it."""
    looked = look_again(settings, before, COMMAND)
    definition, node = task.definition, task.start.node
    where = whereabouts_of(looked.scene.inventory, definition.uuid)
    if error is None and list(where.active) == [node] and where.active[node].status != "crashed":
        levels = _levels_now(looked, definition.uuid)
        return Outcome(text="".join(f"{line}\n" for line in _sentences(looked, task, "was started", levels)))
    what = f"'{definition.name}' was not started on '{node}' as it should be"
    said = () if error is None else (f"{what}: {error}",)
    kept = f", and '{node}' has its definition" if node in where.defined else ""
    marked = "" if task.stopped is None else "; its mark that it is to stay down stays"
    blind = sorted(looked.scene.inventory.faults)
    state = f"{what}: {where_it_runs(where.active, blind)}{kept}{marked}"
    return failed_outcome(definition.uuid, (*said, state), blind)


def _levels_now(looked: Looked, uuid: GuestId) -> tuple[Level, ...]:
    """Return the levels of the guest's pool as it is spread now; none where it is in no pool."""
    guests = looked.scene.cluster.guests
    pool = next((guest.pool for guest in guests if guest.id == uuid), None)
    if pool is None:
        return ()
    places = [guest.node for guest in guests if guest.pool == pool and guest.runs]
    return levels_of(looked.scene.cluster).table(places)


def _sentences(looked: Looked, task: _Task, verb: str, levels: tuple[Level, ...]) -> Iterator[str]:
    start, definition = task.start, task.definition
    zone = looked.scene.cluster.node_named[start.node].zone
    yield f"'{definition.name}' {verb} on '{start.node}' in zone '{zone}', from version {definition.version}."
    if levels:
        yield f"Its pool then uses {', '.join(f'{level.name} {level.used} of {level.possible}' for level in levels)}."
    if task.carries_autostart:
        yield f"It starts with '{start.node}' from then on, as it did before it was stopped."
    for note in start.notes:
        yield f"Mind: {note}."
