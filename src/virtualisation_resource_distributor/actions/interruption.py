"""When may Ctrl-C end an act? Only where what was done can still be told.

Everywhere else it waits for the next such place: an act that has begun is seen to and told, whatever is pressed.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from ..errors import Interrupted

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _Held:
    """What is pressed while an act goes on: `asked` that it did, `open` that it may end what goes on now."""

    held = False
    open = False
    asked = False


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C and a request to end back, but where `interruptible` lets them through.

    Raises Interrupted where nobody within told what an interruption left: then nothing was done.
    """
    if _Held.held or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _on_signal) for number in _SIGNALS}
    _Held.held, _Held.asked = True, False
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted("interrupted before anything was done") from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _Held.held = _Held.asked = False


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
