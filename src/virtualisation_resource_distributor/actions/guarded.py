"""The order that every act on a guest goes by: look, decide, show; or lock, look once more, decide, and do."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Generic, NamedTuple, TypeVar

from ..cluster.names import GuestId, NodeName
from ..cluster.trouble import Trouble
from ..commands.outcome import Outcome
from ..commands.scene import Looked, known_guest, look
from ..judge.inventory.starting import Objection
from ..settings import Settings
from ..sources.libvirt.ssh import ended_ssh
from ..store.locks import locked
from .interruption import interruptible
from .turn import target, turn

_Task = TypeVar("_Task")


class Act(NamedTuple, Generic[_Task]):
    """What an act is made of: `decide` gives its task, or says why nothing is done; `show` tells it, `do` does it.

    One that `places` the guest on a node waits for its turn to decide. `target` is that node where it takes long.
    """

    decide: Callable[[Looked, GuestId], _Task | Outcome]
    show: Callable[[Looked, GuestId, _Task], Outcome]
    do: Callable[[Looked, GuestId, _Task], Outcome]
    places: bool = False
    target: Callable[[_Task], NodeName] | None = None


def act_on(settings: Settings, command: str, name: str, act: Act[_Task], *, yes: bool) -> Outcome:
    """Show what would be done with a guest, or with `yes` do it, and return what became of it.

    It is done with the guest's lock held, by what is seen from then on alone: until then another one may have done
    something with it. Raises UsageError where there is no such guest, Busy while somebody else has the lock.
    """
    path = settings.database_path
    with interruptible():
        looked = look(settings, command)
        uuid = known_guest(looked, name)
        if not yes:
            task = act.decide(looked, uuid)
            return task if isinstance(task, Outcome) else act.show(looked, uuid, task)
    with ExitStack() as held:
        held.enter_context(locked(path, f"guest {uuid}", command))
        mine = held.enter_context(turn(path, command)) if act.places else None
        with interruptible():
            looked = look(settings, command)
            task = act.decide(looked, uuid)
        if isinstance(task, Outcome):
            return task
        if mine is not None and act.target is not None:
            held.enter_context(target(path, act.target(task), command))
            mine.close()
        with ended_ssh():  # the ways of the act itself; where the network is gone, they would outlive it
            return act.do(looked, uuid, task)


def refused_outcome(what: str, uuid: GuestId, objections: tuple[Objection, ...], advice: str = "") -> Outcome:
    """Return why nothing is done: an alarm where something was found, trouble where nobody could look."""
    unseen = [one for one in objections if one.kind == "unseen"]
    lines = (*(f"{what}: {one.text}" for one in objections), *((advice,) if advice else ()))
    troubles = tuple(Trouble(kind=one.trouble, subject=f"guest {uuid}", message=one.text) for one in unseen)
    return Outcome(lines=lines, alarm=len(unseen) < len(objections), troubles=troubles)


def failed_outcome(uuid: GuestId, lines: tuple[str, ...], unseen: Iterable[NodeName]) -> Outcome:
    """Return an alarm of an act that went wrong, and trouble with each node that could not be asked afterwards."""
    troubles = tuple(Trouble("unreadable", f"guest {uuid}", f"'{node}' can't be asked") for node in unseen)
    return Outcome(lines=lines, alarm=True, troubles=troubles)
