"""One decision about a place at a time: two that were made at once would each not know of the other's guest.

Whoever decides where a guest goes holds the turn until the guest runs there. A live migration takes longer, so it holds
its target instead, and gives the turn back: until it has ended nobody else is sent to that node.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from ..cluster.names import NodeName
from ..errors import Busy
from ..store.locks import locked, read_locks
from .interruption import interruptible

_T = TypeVar("_T")

_TURN = "placement"
_TARGET = "node "
_PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.2


@contextmanager
def turn(path: Path, purpose: str) -> Iterator[ExitStack]:
    """Hold the turn for the block, or until the stack that it is given is closed; wait for it, but not for ever.

    Raises Busy where another one still has it then.
    """
    with ExitStack() as held:
        wait_until_free(lambda: held.enter_context(locked(path, _TURN, purpose)), _PATIENCE_SECONDS)
        yield held


def wait_until_free(
    do: Callable[[], _T],
    patience_seconds: float,
    *,
    pause_seconds: float = _PAUSE_SECONDS,
    tell: Callable[[Busy], None] = lambda _: None,
) -> _T:
    """Return what `do` returns, once somebody else no longer has what it needs; raises Busy where that takes longer.

    `tell` is given who has it, each time anew; an interruption is let through in between.
    """
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            return do()
        except Busy as error:
            if time.monotonic() > deadline:
                raise
            tell(error)
        with interruptible():
            time.sleep(pause_seconds)


@contextmanager
def target(path: Path, node: NodeName, purpose: str) -> Iterator[None]:
    """Hold a node to which a guest goes; raises Busy where another one is on its way there."""
    with locked(path, f"{_TARGET}{node}", purpose):
        yield


def targets(path: Path) -> Mapping[NodeName, str]:
    """Return the nodes to which guests are on their way, each with who sends one there, as a sentence."""
    return {
        NodeName(lock.name.removeprefix(_TARGET)): lock.in_words
        for lock in read_locks(path)
        if lock.name.startswith(_TARGET) and not lock.is_stale
    }
