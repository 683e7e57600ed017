"""What may `monitor` end with, and which calls are calls of it?

To a monitoring system every other number is out of bounds, a bug's and Ctrl-C's too. 1 would be a warning.
"""

from collections.abc import Sequence
from typing import Final, Literal

State = Literal[0, 2, 3]

OK: Final = 0
CRITICAL: Final = 2
UNKNOWN: Final = 3


def is_monitor(arguments: Sequence[str]) -> bool:
    """Tell whether `monitor` is called, whatever else is wrong with the call: the first word that is no option."""
    return next((word for word in arguments if not word.startswith("-")), None) == "monitor"
