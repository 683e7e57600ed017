"""Stop a named guest, and see to it that nothing restarts it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from ..cluster.definition import WantedDown
from ..cluster.inventory import DomainFacts
from ..cluster.moment import written
from ..cluster.names import GuestId, NodeName, listed
from ..commands.outcome import Outcome, Tell
from ..commands.scene import Looked, known_model_node, look_again
from ..errors import Interrupted, SourceForbidden, SourceUnavailable
from ..judge.inventory.starting import Objection
from ..judge.inventory.whereabouts import Whereabouts, whereabouts_of
from ..reports.acting import command_line, only_shown, where_it_runs
from ..settings import Settings
from ..store.locks import author
from ..store.wanted import read_wanted_down, want_down
from .connect import ActFailed, Actor
from .guarded import Act, act_on
from .interruption import interruptible, uninterrupted
from .start import refused_outcome

COMMAND = "stop-guest"
_PAUSE_SECONDS = 0.3


class StopOptions(NamedTuple):
    """Which guest; `node` names the one of several copies that is to go, and `hard` does not wait for the guest."""

    name: str
    node: str | None = None
    hard: bool = False
    patience_seconds: int = 120
    yes: bool = False


class _Task(NamedTuple):
    """What is to be stopped, where, and the nodes where it must not start by itself any more."""

    uuid: GuestId
    name: str
    node: NodeName | None
    autostart: tuple[NodeName, ...]
    is_copy: bool


@uninterrupted()
def stop_guest(settings: Settings, options: StopOptions, tell: Tell) -> Outcome:
    """Stop it, or show how it would be; an alarm where it does not obey in time, or was found to run twice.

    Raises UsageError where the guest or the node is not there, Busy while somebody else does something with it,
    SourceForbidden where the account may not stop it.
    """

    def decided(looked: Looked, uuid: GuestId) -> _Task | Outcome:
        return _task(looked, options, uuid)

    def shown(looked: Looked, _: GuestId, task: _Task) -> Outcome:
        return _shown(settings, looked, options, task)

    def done(looked: Looked, _: GuestId, task: _Task) -> Outcome:
        return _stop(settings, looked, options, task, tell)

    return act_on(settings, COMMAND, options.name, Act(decided, shown, done), yes=options.yes)


def _task(looked: Looked, options: StopOptions, uuid: GuestId) -> _Task | Outcome:
    where = whereabouts_of(looked.scene.inventory, uuid)
    asked = None if options.node is None else known_model_node(looked, options.node)
    objections = tuple(_objections(looked, where, asked))
    if objections:
        return refused_outcome(f"'{options.name}' is not stopped", uuid, objections)
    everywhere = {**where.defined, **where.active}
    is_copy = len(where.active) > 1
    return _Task(
        uuid=uuid,
        name=_name(everywhere, options.name),
        node=asked if asked is not None else next(iter(where.active), None),
        autostart=() if is_copy else tuple(name for name, domain in everywhere.items() if domain.autostart),
        is_copy=is_copy,
    )


def _objections(looked: Looked, where: Whereabouts, asked: NodeName | None) -> Iterator[Objection]:
    unseen = sorted(looked.scene.inventory.faults)
    arriving = sorted(name for name, domain in where.active.items() if domain.job == "incoming")
    if where.is_moving:
        yield Objection("found", f"it is being migrated from '{where.comes_from}'; wait for that, or abort it there")
    elif where.uuid in looked.scene.inventory.unsettled:
        yield Objection("found", "it changed its node all the while it was looked at; look again")
    elif arriving:
        hint = f", perhaps from {listed(unseen)}, which can't be asked" if unseen else ""
        yield Objection("found", f"it is arriving on {listed(arriving)} by a migration{hint}")
    elif asked is not None and asked in unseen:
        fault = looked.scene.inventory.faults[asked]
        yield Objection("unseen", f"'{asked}' can't be asked: {fault.message}", fault.kind)
    elif asked is not None and asked not in where.active:
        yield Objection("found", f"it is not active on '{asked}'")
    elif asked is None and len(where.active) > 1:
        yield Objection(
            "found", f"it runs on {listed(sorted(where.active))} at once; say with --node which one is to go"
        )
    elif not where.active and unseen:
        yield Objection("unseen", f"it runs on no node that answers, and may run on {listed(unseen)}")


def _name(everywhere: dict[NodeName, DomainFacts], asked: str) -> str:
    return next((domain.name for domain in everywhere.values()), asked)


def _shown(settings: Settings, looked: Looked, options: StopOptions, task: _Task) -> Outcome:
    def line(node: NodeName, *words: str) -> str:
        return f"  {command_line(looked.scene.cluster, node, settings.libvirt.uri, *words)}"

    lines = [_intention(task)]
    lines.extend(line(node, "autostart", "--disable", str(task.uuid)) for node in task.autostart)
    if task.node is not None:
        lines.append(line(task.node, "destroy" if options.hard else "shutdown", str(task.uuid)))
    return Outcome(text=only_shown(lines))


def _intention(task: _Task) -> str:
    if task.is_copy:
        return f"'{task.name}' runs twice; the one on '{task.node}' would be stopped."
    if task.node is None:
        return f"'{task.name}' runs nowhere; it would be marked as one that is to stay down."
    return f"'{task.name}' would be stopped on '{task.node}', and marked as one that is to stay down."


def _stop(settings: Settings, looked: Looked, options: StopOptions, task: _Task, tell: Tell) -> Outcome:
    """Mark it first, so that nothing starts it while it goes down; then stop it, and wait.

    Nodes are opened before that: where one lets nobody in, nothing was done.
    """
    names = {*task.autostart, *(() if task.node is None else (task.node,))}
    actors = {name: Actor(name, looked.uris[name], settings.libvirt.timeout_seconds) for name in sorted(names)}
    marked = "" if task.is_copy else _marked(settings, task)
    try:
        for node in task.autostart:
            actors[node].set_autostart(task.uuid, on=False)
        if task.node is None:
            return _stopped(settings, looked, task, f"'{task.name}' runs nowhere{marked}")
        actor = actors[task.node]
        if options.hard:
            actor.destroy(task.uuid)
        else:
            actor.shut_down(task.uuid)
        with interruptible():
            is_down = _wait(actor, task, options.patience_seconds, tell)
        if is_down:
            return _stopped(settings, looked, task, f"'{task.name}' was stopped on '{task.node}'{marked}")
    except ActFailed as error:
        yet = "; it may stop yet" if error.lost else ""
        state = f"{_state_now(settings, looked, task)}{marked}"
        return _not_stopped(task, f"{error.text}{yet}; {state}")
    except KeyboardInterrupt:
        state = _state_now(settings, looked, task)
        raise Interrupted(f"interrupted while '{task.name}' was stopped{marked}; {state}") from None
    except (SourceForbidden, SourceUnavailable) as error:
        raise type(error)(f"'{task.name}' was not stopped{marked}: {error}") from error
    again = "it was asked to shut down and may do so yet; with --hard its power is cut"
    return _not_stopped(task, f"it still runs after {options.patience_seconds} s{marked}; {again}")


def _marked(settings: Settings, task: _Task) -> str:
    """Write down that it is to stay down, and return that in words."""
    wanted = WantedDown(
        uuid=task.uuid,
        name=task.name,
        created_at=written(datetime.now(UTC)),
        author=author(),
        autostart=bool(task.autostart) or _started_by_itself(settings, task),
    )
    want_down(settings.database_path, wanted)
    return ", and is marked as one that is to stay down"


def _started_by_itself(settings: Settings, task: _Task) -> bool:
    """Tell whether it started with its node before it was stopped the first time."""
    return any(one.uuid == task.uuid and one.autostart for one in read_wanted_down(settings.database_path))


def _wait(actor: Actor, task: _Task, patience_seconds: int, tell: Tell) -> bool:
    """Wait until it is down; return whether it is."""
    began = time.monotonic()
    while actor.is_active(task.uuid):
        waited = time.monotonic() - began
        if waited > patience_seconds:
            return False
        tell(f"waiting for '{task.name}' to shut down, {waited:.0f} of {patience_seconds} s")
        time.sleep(_PAUSE_SECONDS)
    return True


def _stopped(settings: Settings, before: Looked, task: _Task, done: str) -> Outcome:
    """Look once more: it may have left for another node while it was waited for, or have a copy out of sight."""
    looked = look_again(settings, before, COMMAND)
    places = whereabouts_of(looked.scene.inventory, task.uuid).active
    if places and not (task.is_copy and task.node not in places):
        return _not_stopped(task, _state(looked, task))
    unseen = sorted(looked.scene.inventory.faults)
    blind = f"Mind: {listed(unseen)} can't be asked, and may run it or start it yet.\n" if unseen else ""
    return Outcome(text=f"{done}.\n{blind}")


def _state_now(settings: Settings, before: Looked, task: _Task) -> str:
    """Look once more, and return where it runs now, in words."""
    return _state(look_again(settings, before, COMMAND), task)


def _state(looked: Looked, task: _Task) -> str:
    unseen = sorted(looked.scene.inventory.faults)
    told = where_it_runs(whereabouts_of(looked.scene.inventory, task.uuid).active)
    return f"{told}, and {listed(unseen)} can't be asked" if unseen else told


def _not_stopped(task: _Task, why: str) -> Outcome:
    where = "" if task.node is None else f" on '{task.node}'"
    return Outcome(lines=(f"'{task.name}' was not stopped{where}: {why}",), alarm=True)
