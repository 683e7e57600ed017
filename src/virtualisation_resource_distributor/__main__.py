"""End the process with what cli.main returned, and do nothing else."""

import gc
import os
import sys
from typing import NoReturn

from .monitor_exits import UNKNOWN, is_monitor

_BUG = 70
_INTERRUPTED = 130


def end() -> NoReturn:
    """Run the command of this process; until it has proven otherwise, the status is a bug's."""
    plugin = is_monitor(sys.argv[1:])
    status = UNKNOWN if plugin else _BUG
    # A run is over before collecting cycles could pay: it makes none that matter, and looking for them takes time.
    gc.disable()
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
