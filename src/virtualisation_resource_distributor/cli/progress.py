"""Show on a terminal that a slow reading goes on."""

import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

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
            from rich.console import Console

            with lock:
                if not over:
                    stack.enter_context(Console(stderr=True).status(message))

        timer = threading.Timer(_PATIENCE_SECONDS, show)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            with lock:
                over = True
