"""Write the answer to standard output and lines to standard error, whatever state these are in."""

import os
import shutil
import sys

from ..commands.outcome import Outcome
from ..errors import AnswerUnwritable
from ..exits import status_of
from ..reports.text import printable

PROGRAM = "virtualisation-resource-distributor"


def write_answer(text: str) -> None:
    """Write text to standard output and flush it; a reader that has gone away (`| head`) is no error.

    Raises AnswerUnwritable where it can't be written (a full disk, a closed output).
    """
    if not text:
        return
    if sys.stdout is None:
        raise AnswerUnwritable("standard output is closed; nothing can be answered")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _silence(sys.stdout.fileno())
    except OSError as error:
        _silence(sys.stdout.fileno())
        raise AnswerUnwritable(f"the answer can't be written to standard output: {error.strerror}") from error


def write_line(line: str) -> None:
    """Write one line to standard error, with the program's name; where that is gone too, there is nobody to tell."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(f"{PROGRAM}: {printable(line)}\n")
        sys.stderr.flush()
    except OSError:
        _silence(sys.stderr.fileno())


def terminal_width() -> int | None:
    """Return how wide the terminal is that standard output goes to; None where it goes elsewhere."""
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    return shutil.get_terminal_size().columns


def make_streams_safe() -> None:
    """Let a name that the terminal's encoding lacks be written escaped, and not end the program."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _silence(descriptor: int) -> None:
    # What Python flushes at exit would fail again and turn the status into 120.
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, descriptor)
    os.close(devnull)


def finish(outcome: Outcome, *, acted: bool = False) -> int:
    """Write what a command answered and return its exit status; troubles are told even where the answer can't be.

    What one that `acted` did is told on standard error then: it is done, and can't be asked again.
    """
    try:
        write_answer(outcome.text)
    except AnswerUnwritable:
        for line in outcome.text.splitlines() if acted else ():
            write_line(line)
        raise
    finally:
        for line in outcome.lines:
            write_line(line)
    return status_of(alarm=outcome.alarm, troubles=outcome.troubles)
