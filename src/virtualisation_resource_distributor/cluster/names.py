"""Which texts may be names, and of what."""

import re
from collections.abc import Sequence
from typing import NewType

ZoneName = NewType("ZoneName", str)
NodeName = NewType("NodeName", str)
PoolName = NewType("PoolName", str)
GuestId = NewType("GuestId", str)

_MOST_NEAR = 3
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def fault_of_text(text: str) -> str | None:
    """Say what no text of ours may hold, or None where there is nothing to say.

    Control characters would let a name forge lines of output; a lone surrogate can't be written as UTF-8.
    """
    if _CONTROL.search(text):
        return f"{text!a} has a control character"
    if _SURROGATE.search(text):
        return f"{text!a} is not valid Unicode (a lone surrogate)"
    return None


def fault_of_name(text: str) -> str | None:
    """Say why this text can't be a name, or None where it can: any text will do but empty and control characters."""
    return fault_of_text(text) if text else "a name must not be empty"


def fault_of_ends(text: str) -> str | None:
    """Say why this text can't be a new name, or None where it can.

    Nobody sees a blank at an end, and nobody finds the name again without it. What has such a name already keeps it.
    """
    return f"{text!a} begins or ends with a blank; leave that out" if text != text.strip() else None


def listed(names: Sequence[str], *, most: int = 5) -> str:
    """Return quoted names as a list for people: `'a', 'b' and 3 more`; order is kept."""
    shown = ", ".join(f"'{name}'" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def near(name: str, there: Sequence[str]) -> str:
    """Return which of these names are like this one, to go on in a message: `; near it: 'dns'`, or nothing."""
    from difflib import get_close_matches  # noqa: PLC0415 -- start-up: only a name that is wrong takes it

    found = get_close_matches(name, there, n=_MOST_NEAR)
    if not found and name:
        found = [other for other in there if other.startswith(name)][:_MOST_NEAR]
    return f"; near it: {listed(found)}" if found else ""
