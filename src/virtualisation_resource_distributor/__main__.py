"""End the process with what cli.main returned, and do nothing else."""

import _thread
import gc
import os
import signal
import sys
import time
from types import FrameType
from typing import NoReturn

from .monitor_exits import UNKNOWN, is_monitor

_BUG = 70
_INTERRUPTED = 130
_SECONDS_TO_CLEAN_UP = 5
"""How long an interrupted run may take to end: what it closes may be a connection to a node that hangs."""


def end() -> NoReturn:
    """Run the command of this process; until it has proven otherwise, the status is a bug's."""
    plugin = is_monitor(sys.argv[1:])
    status = UNKNOWN if plugin else _BUG
    # A run is over before collecting cycles could pay: it makes none that matter, and looking for them takes time.
    gc.disable()
    _heed_interruption(UNKNOWN if plugin else _INTERRUPTED)
    try:
        from .cli.main import main  # noqa: PLC0415 -- an import that fails must not end with Python's own status 1

        status = main(sys.argv[1:])
    except KeyboardInterrupt:
        status = UNKNOWN if plugin else _INTERRUPTED
    except Exception as error:
        _tell(f"can't start: {type(error).__name__}: {error}", plugin=plugin)
    finally:
        # At once: all is written and flushed, and a thread that still waits for an answer, or 20,000 guests to take
        # apart, would only hold the process up.
        os._exit(status)


def _heed_interruption(status: int) -> None:
    """Let the first Ctrl-C end the run, and those after it change nothing: they would hit what cleans up."""
    pressed = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        if not pressed:
            pressed = True
            # With a thread of the module threading it would wait for a lock, which what was interrupted may hold.
            _thread.start_new_thread(_end_later, (status,))
            raise KeyboardInterrupt

    # What a shell starts in the background, or nohup, ignores it, and goes on to.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupt)


def _end_later(status: int) -> None:
    time.sleep(_SECONDS_TO_CLEAN_UP)
    os._exit(status)


def _tell(sentence: str, *, plugin: bool) -> None:
    """Write a sentence with nothing but what Python has: what else there is can't be imported."""
    stream = sys.stdout if plugin else sys.stderr
    if stream is not None:
        line = " ".join(sentence.split())
        line = f"VRD UNKNOWN - {line.replace('|', '/')}" if plugin else f"virtualisation-resource-distributor: {line}"
        stream.write(f"{line}\n")
        stream.flush()


if __name__ == "__main__":
    end()
