"""The order that every act on a guest goes by: look, decide, show; or lock, look once more, decide, and do."""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from ..cluster.names import GuestId
from ..commands.outcome import Outcome
from ..commands.scene import Looked, known_guest, look
from ..settings import Settings
from ..store.locks import locked
from .interruption import interruptible

_Task = TypeVar("_Task")


class Act(NamedTuple, Generic[_Task]):
    """What an act is made of: `decide` gives its task, or says why nothing is done; `show` tells it, `do` does it."""

    decide: Callable[[Looked, GuestId], _Task | Outcome]
    show: Callable[[Looked, GuestId, _Task], Outcome]
    do: Callable[[Looked, GuestId, _Task], Outcome]


def act_on(settings: Settings, command: str, name: str, act: Act[_Task], *, yes: bool) -> Outcome:
    """Show what would be done with a guest, or with `yes` do it, and return what became of it.

    It is done with the guest's lock held, by what is seen from then on alone: until then another one may have done
    something with it. Raises UsageError where there is no such guest, Busy while somebody else has the lock.
    """
    with interruptible():
        looked = look(settings, command)
        uuid = known_guest(looked, name)
        if not yes:
            task = act.decide(looked, uuid)
            return task if isinstance(task, Outcome) else act.show(looked, uuid, task)
    with locked(settings.database_path, f"guest {uuid}", command):
        with interruptible():
            looked = look(settings, command)
            task = act.decide(looked, uuid)
        return task if isinstance(task, Outcome) else act.do(looked, uuid, task)
