"""Turn argv into an exit status; the last `except` of the program is here."""

import errno
import traceback

import click

from .. import exits
from ..errors import DistributorError
from ..monitor_exits import is_monitor
from .commands import root
from .output import PROGRAM, make_streams_safe, write_answer, write_line
from .words import bug_in_words, usage_in_words


def main(arguments: list[str]) -> int:
    """Run one command and return its exit status; `monitor` has exit statuses of its own."""
    make_streams_safe()
    if is_monitor(arguments):
        from .monitor import main as monitor_main

        return monitor_main(arguments)
    return _main(arguments)


def _main(arguments: list[str]) -> int:
    """Run any other command; a bug is one line, with the traceback only under `--verbose`."""
    try:
        status = root.main(args=arguments, prog_name=PROGRAM, complete_var="", standalone_mode=False)
    except (KeyboardInterrupt, click.Abort):
        return exits.INTERRUPTED
    except DistributorError as error:
        write_line(str(error))
        return exits.OF_ERROR[type(error)]
    except click.exceptions.NoArgsIsHelpError as error:
        write_answer(f"{error.format_message()}\n")
        return exits.USAGE
    except SystemExit:  # how click ends where nobody reads on what it writes by itself, such as a help page
        return exits.OK
    except click.ClickException as error:
        write_line(usage_in_words(error, arguments))
        return exits.USAGE
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:  # click's own writing, of a help page
            write_line(f"the answer can't be written to standard output: {error.strerror}")
            return exits.UNWRITABLE
        _write_bug(error, arguments)
        return exits.BUG
    return status if isinstance(status, int) else exits.OK


def _write_bug(error: Exception, arguments: list[str]) -> None:
    write_line(bug_in_words(error))
    for line in traceback.format_exc().splitlines() if "--verbose" in arguments else ():
        write_line(line)
