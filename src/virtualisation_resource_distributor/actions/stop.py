"""Stop a named guest, and see to it that nothing restarts it."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from ..cluster.definition import WantedDown
from ..cluster.moment import written
from ..cluster.names import GuestId, NodeName, listed
from ..commands.definitions.bring_in import keep_from
from ..commands.outcome import Outcome, Tell
from ..commands.scene import Looked, known_model_node, look_again
from ..errors import Interrupted, SourceForbidden, SourceUnavailable
from ..judge.inventory.starting import Refused
from ..judge.inventory.stopping import Stop, may_stop
from ..judge.inventory.whereabouts import whereabouts_of
from ..reports.acting import command_line, only_shown, where_it_runs
from ..settings import Settings
from ..store.locks import author
from ..store.wanted import read_wanted_down, want_down
from .connect import ActFailed, Actor
from .guarded import Act, act_on, refused_outcome
from .interruption import interruptible, uninterrupted

COMMAND = "stop-guest"
_PAUSE_SECONDS = 0.3


class StopOptions(NamedTuple):
    """Which guest; `node` names the one of several copies that is to go, and `hard` does not wait for the guest."""

    name: str
    node: str | None = None
    hard: bool = False
    patience_seconds: int = 120
    yes: bool = False


@uninterrupted()
def stop_guest(settings: Settings, options: StopOptions, tell: Tell) -> Outcome:
    """Stop it, or show how it would be; an alarm where it does not obey in time, or was found to run twice.

    Raises UsageError where the guest or the node is not there, Busy while somebody else does something with it,
    SourceForbidden where the account may not stop it.
    """

    def decided(looked: Looked, uuid: GuestId) -> Stop | Outcome:
        asked = None if options.node is None else known_model_node(looked, options.node)
        found = may_stop(looked.scene.inventory, uuid, asked, hard=options.hard)
        if isinstance(found, Refused):
            return refused_outcome(f"'{options.name}' is not stopped", uuid, found.objections)
        return found

    def shown(looked: Looked, _: GuestId, stop: Stop) -> Outcome:
        return _shown(settings, looked, options, stop)

    def done(looked: Looked, _: GuestId, stop: Stop) -> Outcome:
        return _stop(settings, looked, options, stop, tell)

    return act_on(settings, COMMAND, options.name, Act(decided, shown, done), yes=options.yes)


def _shown(settings: Settings, looked: Looked, options: StopOptions, stop: Stop) -> Outcome:
    def line(node: NodeName, *words: str) -> str:
        return f"  {command_line(looked.scene.cluster, node, settings.libvirt.uri, *words)}"

    lines = [_intention(stop)]
    if stop.only_runs and not stop.is_copy and stop.node is not None:
        lines.append("No node keeps a definition of it, so that it would be gone; the database keeps it first.")
        dump = line(stop.node, "dumpxml", "--security-info", "--inactive", str(stop.uuid))
        lines.append(f"{dump} >domain.xml && vrd import-definition --file domain.xml")
    lines.extend(line(node, "autostart", "--disable", str(stop.uuid)) for node in stop.autostart)
    if stop.node is not None:
        lines.append(line(stop.node, "destroy" if options.hard else "shutdown", str(stop.uuid)))
    return Outcome(text=only_shown(lines))


def _intention(stop: Stop) -> str:
    if stop.is_copy:
        return f"'{stop.name}' runs twice; the one on '{stop.node}' would be stopped."
    if stop.node is None:
        return f"'{stop.name}' runs nowhere; it would be marked as one that is to stay down."
    return f"'{stop.name}' would be stopped on '{stop.node}', and marked as one that is to stay down."


def _stop(settings: Settings, looked: Looked, options: StopOptions, stop: Stop, tell: Tell) -> Outcome:
    """Mark it first, so that nothing starts it while it goes down; then stop it, and wait.

    Nodes are opened before that: where one lets nobody in, nothing was done.
    """
    names = {*stop.autostart, *(() if stop.node is None else (stop.node,))}
    actors = {name: Actor(name, looked.uris[name], settings.libvirt.timeout_seconds) for name in sorted(names)}
    noted = asked = ""
    try:
        noted = _noted(settings, actors, stop)
        for node in stop.autostart:
            actors[node].set_autostart(stop.uuid, on=False)
        if stop.node is None:
            return _stopped(settings, looked, stop, f"'{stop.name}' runs nowhere{noted}")
        if options.hard:
            actors[stop.node].destroy(stop.uuid)
        else:
            actors[stop.node].shut_down(stop.uuid)
            asked = "; it was asked to shut down and may do so yet"
        with interruptible():
            is_down = _wait(actors[stop.node], stop, options.patience_seconds, tell)
        if is_down:
            return _stopped(settings, looked, stop, f"'{stop.name}' was stopped on '{stop.node}'{noted}")
    except ActFailed as error:
        yet = "; it may stop yet" if error.lost else ""
        return _not_stopped(stop, f"{error.text}{yet}; {_state_now(settings, looked, stop)}{noted}")
    except KeyboardInterrupt:
        seen = look_again(settings, looked, COMMAND)
        yet = asked if whereabouts_of(seen.scene.inventory, stop.uuid).active else ""
        told = f"interrupted while '{stop.name}' was stopped; {_state(seen, stop)}{yet}{noted}"
        raise Interrupted(told) from None
    except (SourceForbidden, SourceUnavailable) as error:
        raise type(error)(f"'{stop.name}' was not stopped: {error}{noted}") from error
    still = f"it still runs after {options.patience_seconds} s"
    return _not_stopped(stop, f"{still}{asked}; with --hard its power is cut{noted}")


def _noted(settings: Settings, actors: Mapping[NodeName, Actor], stop: Stop) -> str:
    """Write down in the database what is to be known of it once it is down, and return that in words."""
    kept = ""
    if stop.is_copy:
        return ""
    if stop.only_runs and stop.node is not None:
        version = keep_from(settings, actors[stop.node].definition(stop.uuid), stop.node, datetime.now(UTC))
        kept = f"; its definition is kept as version {version}, as no node keeps one"
    wanted = WantedDown(
        uuid=stop.uuid,
        name=stop.name,
        created_at=written(datetime.now(UTC)),
        author=author(),
        autostart=bool(stop.autostart) or _started_by_itself(settings, stop),
    )
    want_down(settings.database_path, wanted)
    return f"; it is marked as one that is to stay down{kept}"


def _started_by_itself(settings: Settings, stop: Stop) -> bool:
    """Tell whether it started with its node before it was stopped the first time."""
    return any(one.uuid == stop.uuid and one.autostart for one in read_wanted_down(settings.database_path))


def _wait(actor: Actor, stop: Stop, patience_seconds: int, tell: Tell) -> bool:
    """Wait until it is down; return whether it is."""
    began = time.monotonic()
    while actor.is_active(stop.uuid):
        waited = time.monotonic() - began
        if waited > patience_seconds:
            return False
        tell(f"waiting for '{stop.name}' to shut down, {waited:.0f} of {patience_seconds} s")
        time.sleep(_PAUSE_SECONDS)
    return True


def _stopped(settings: Settings, before: Looked, stop: Stop, done: str) -> Outcome:
    """Look once more: it may have left for another node while it was waited for, or have a copy out of sight."""
    looked = look_again(settings, before, COMMAND)
    places = whereabouts_of(looked.scene.inventory, stop.uuid).active
    if places and not (stop.is_copy and stop.node not in places):
        return _not_stopped(stop, _state(looked, stop))
    unseen = sorted(looked.scene.inventory.faults)
    blind = f"Mind: {listed(unseen)} can't be asked, and may run it or start it yet.\n" if unseen else ""
    return Outcome(text=f"{done}.\n{blind}")


def _state_now(settings: Settings, before: Looked, stop: Stop) -> str:
    """Look once more, and return where it runs now, in words."""
    return _state(look_again(settings, before, COMMAND), stop)


def _state(looked: Looked, stop: Stop) -> str:
    inventory = looked.scene.inventory
    return where_it_runs(whereabouts_of(inventory, stop.uuid).active, sorted(inventory.faults))


def _not_stopped(stop: Stop, why: str) -> Outcome:
    where = "" if stop.node is None else f" on '{stop.node}'"
    return Outcome(lines=(f"'{stop.name}' was not stopped{where}: {why}",), alarm=True)
