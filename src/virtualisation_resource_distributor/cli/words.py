"""What is said of an error that stopped a command?"""

import traceback

import click

from ..cluster.names import listed
from .output import PROGRAM


def usage_in_words(error: click.ClickException, arguments: list[str]) -> str:
    """Return what is wrong with a call, and which help tells what is right."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else " ".join([PROGRAM, *arguments[:1]])
    return f"{_fault(error)}; see {path} --help"


def bug_in_words(error: Exception) -> str:
    """Return what a report of a bug needs first."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"a bug, please report it: {type(error).__name__} in {place.name}, line {place.lineno}: {error}"


def _fault(error: click.ClickException) -> str:
    if isinstance(error, click.NoSuchOption):
        hint = f"; near it: {listed(error.possibilities)}" if error.possibilities else ""
        return f"there is no option '{error.option_name}'{hint}"
    return error.format_message().rstrip(".")
