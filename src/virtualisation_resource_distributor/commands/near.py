"""What is said of a name that is not there?"""

from collections.abc import Iterable

from ..cluster.names import listed
from ..errors import UsageError


def not_there(kind: str, name: str, names: Iterable[str], *, hint: str = "") -> UsageError:
    """Return the error for a name of this kind that is none of these, with those near it."""
    from difflib import get_close_matches  # noqa: PLC0415 -- start-up: only a wrong name needs it

    near = get_close_matches(name, sorted(set(names)), n=3)
    return UsageError(f"there is no {kind} {name!a}{f'; near it: {listed(near)}' if near else ''}{hint}")
