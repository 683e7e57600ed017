"""What a command answers: it has printed nothing, and cli does the rest."""

from collections.abc import Callable
from typing import NamedTuple

from ..cluster.trouble import Trouble

Tell = Callable[[str], None]
"""Is given, again and again, what a command is waiting for; only a terminal shows it."""


class Outcome(NamedTuple):
    """Text for standard output, lines for standard error, and what the exit status is made of.

    An alarm outranks troubles. `text` ends with a newline where it is not empty; each line is one line.
    """

    text: str = ""
    lines: tuple[str, ...] = ()
    alarm: bool = False
    troubles: tuple[Trouble, ...] = ()
