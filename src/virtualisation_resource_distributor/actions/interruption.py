"""When may Ctrl-C, a request to end, or a terminal that closes end an act? Only where what was done can be told.

Everywhere else it waits for the next such place: an act that has begun is seen to and told, whatever is pressed.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ..errors import Interrupted

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What ends an act from outside, where it may."""


class _Held:
    """What is pressed while an act goes on: `asked` that it did, `open` that it may end what goes on now."""

    open = False
    asked = False


def handle(handler: Callable[[int, FrameType | None], None]) -> dict[signal.Signals, Any]:
    """Have these signals handled, but for those that are ignored (`nohup`); return what has handled them before."""
    heeded = [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
    return {number: signal.signal(number, handler) for number in heeded}


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold these signals back, but where `interruptible` lets them through; one that is ignored (`nohup`) stays so.

    Raises Interrupted where nobody within told what an interruption left: then nothing was done.
    """
    before = handle(_on_signal)
    _Held.asked = False
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted("interrupted before anything was done") from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _Held.asked = False


@contextmanager
def interruptible() -> Iterator[None]:
    """Let an interruption through, also one from before; it raises KeyboardInterrupt."""
    _Held.open = True
    try:
        if _Held.asked:
            raise KeyboardInterrupt
        yield
    finally:
        _Held.open = False


def _on_signal(_number: int, _frame: FrameType | None) -> None:
    _Held.asked = True
    if _Held.open:
        _Held.open = False
        raise KeyboardInterrupt
