"""End the process with what cli.main returned, and do nothing else."""

import gc
import os
import sys
from typing import NoReturn

_BUG = 70
_INTERRUPTED = 130


def end() -> NoReturn:
    """Run the command of this process; until it has proven otherwise, the status is a bug's."""
    status = _BUG
    # A run is over before collecting cycles could pay: it makes none that matter, and looking for them takes time.
    gc.disable()
    try:
        from .cli.main import main  # noqa: PLC0415 -- an import that fails must not end with Python's own status 1

        status = main(sys.argv[1:])
    except KeyboardInterrupt:
        status = _INTERRUPTED
    except Exception as error:
        if sys.stderr is not None:
            sys.stderr.write(f"virtualisation-resource-distributor: can't start: {type(error).__name__}: {error}\n")
            sys.stderr.flush()
    finally:
        # At once: all is written and flushed, and a thread that still waits for an answer, or 20,000 guests to take
        # apart, would only hold the process up.
        os._exit(status)


if __name__ == "__main__":
    end()
