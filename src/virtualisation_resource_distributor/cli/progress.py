"""Show on a terminal that a slow reading goes on."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from ..reports.text import printable

_PATIENCE_SECONDS = 0.7


@contextmanager
def progress(message: str) -> Iterator[None]:
    """Show a spinner on standard error while the block runs, from when it takes longer than a blink."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    with ExitStack() as stack:
        lock = threading.Lock()
        over = False

        def show() -> None:
            with lock:
                if not over:
                    stack.enter_context(_spinner(message))

        timer = threading.Timer(_PATIENCE_SECONDS, show)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            with lock:
                over = True


@contextmanager
def telling(message: str) -> Iterator[Callable[[str], None]]:
    """Show a spinner on a terminal's standard error, and give what changes its message; elsewhere nothing is shown."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _: None
        return
    with _spinner(message) as update:
        yield update


@contextmanager
def _spinner(message: str) -> Iterator[Callable[[str], None]]:
    """Show a spinner; a terminal that is gone meanwhile takes nothing of the answer with it."""
    from rich.console import Console

    status = Console(stderr=True).status(message)

    def update(text: str) -> None:
        with suppress(OSError):
            status.update(printable(text))

    with suppress(OSError):
        status.start()
    try:
        yield update
    finally:
        with suppress(OSError):
            status.stop()
