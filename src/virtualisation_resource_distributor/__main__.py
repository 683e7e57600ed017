"""End the process with what cli.main returned, and do nothing else."""

import sys
from typing import NoReturn

_BUG = 70


def end() -> NoReturn:
    """Run the command of this process; until it has proven otherwise, the status is a bug's."""
    status = _BUG
    try:
        from .cli.main import main  # noqa: PLC0415 -- an import that fails must not end with Python's own status 1

        status = main(sys.argv[1:])
    except Exception as error:
        sys.stderr.write(f"virtualisation-resource-distributor: could not start: {type(error).__name__}: {error}\n")
    finally:
        sys.exit(status)


if __name__ == "__main__":
    end()
