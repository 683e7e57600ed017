"""The command that monitoring systems call: whatever happens, one line on standard output and a state from 0 to 3."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import click

from ..commands.monitor import PluginAnswer
from ..commands.monitor import monitor as command
from ..errors import AnswerUnwritable, DistributorError
from ..monitor_exits import CRITICAL, UNKNOWN
from ..reports.plugin import plugin_line
from ..settings import read_settings
from .options import FROM_FILE, POOLS
from .output import PROGRAM, write_answer, write_line
from .words import bug_in_words, usage_in_words

# Below the 60 seconds that Nagios and Icinga give a plugin, so that they get a sentence and need not kill it.
_TIMEOUT_SECONDS = 50


class _OutOfTime(BaseException):
    """The deadline has passed; no `except Exception` on the way may take it for an answer's fault."""


@click.command()
@FROM_FILE
@POOLS
@click.option(
    "-t",
    "--timeout",
    metavar="SECONDS",
    type=click.IntRange(1, 3600),
    default=_TIMEOUT_SECONDS,
    show_default=True,
    help="Give up after so many seconds in all.",
)
@click.version_option(None, "-V", "--version", package_name=PROGRAM, message="%(package)s %(version)s")
@click.help_option("-h", "--help")
def monitor(from_file: str | None, pools: tuple[str, ...], timeout: int) -> PluginAnswer:
    """Check as a monitoring plugin: one line with performance data.

    Exit status 0 is OK, 2 CRITICAL (a badly spread pool), 3 UNKNOWN (not everything could be seen, wrong usage, and
    all that can go wrong, this help too).

    \b
    Example:
      virtualisation-resource-distributor monitor --from examples/bunched.json
    """
    began = monotonic()
    with _deadline(timeout):
        return command(read_settings(os.environ), from_file, pools, lambda: monotonic() - began)


def main(arguments: list[str]) -> int:
    """Run `monitor` and return its state: UNKNOWN until something else was found out."""
    from .commands import root

    try:
        answer = root.main(args=arguments, prog_name=PROGRAM, complete_var="", standalone_mode=False)
    except (KeyboardInterrupt, click.Abort):
        answer = _unknown("interrupted")
    except _OutOfTime as error:
        answer = _unknown(str(error))
    except DistributorError as error:
        answer = _unknown(str(error))
    except click.ClickException as error:
        answer = _unknown(usage_in_words(error, arguments))
    except Exception as error:
        answer = _unknown(bug_in_words(error))
    except SystemExit:  # how click ends where nobody reads on its help page
        return UNKNOWN
    # Anything else is what click returns where it has written a help page, which is no verdict.
    return _tell(answer) if isinstance(answer, PluginAnswer) else UNKNOWN


def _tell(answer: PluginAnswer) -> int:
    """Write the line and return its state; a state that nobody could be told is unknown, unless it is CRITICAL."""
    try:
        write_answer(answer.line)
    except AnswerUnwritable as error:
        write_line(str(error))
    except KeyboardInterrupt:
        pass
    else:
        return answer.state
    return CRITICAL if answer.state == CRITICAL else UNKNOWN


def _unknown(text: str) -> PluginAnswer:
    return PluginAnswer(state=UNKNOWN, line=plugin_line(UNKNOWN, text))


@contextmanager
def _deadline(seconds: int) -> Iterator[None]:
    def stop(_number: int, _frame: object) -> None:
        mend = "lower the source's own time-out (PROXMOX_TIMEOUT, LIBVIRT_TIMEOUT), or give more with --timeout"
        raise _OutOfTime(f"no answer within {seconds} s, so nothing is known; {mend}")

    def end(_number: int, _frame: object) -> None:
        raise _OutOfTime("ended by a signal before there was an answer, so nothing is known")

    signal.signal(signal.SIGALRM, stop)
    # Who calls a plugin ends it so where it takes too long, and shows what it says then.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


COMMANDS: tuple[click.Command, ...] = (monitor,)
