"""Every exit status, and which of them an answer or an error gets.

It stands below the commands, since documents carry the status too.
"""

from collections.abc import Iterable

from .cluster.trouble import Trouble
from .errors import (
    AnswerUnwritable,
    Busy,
    DistributorError,
    FileMissing,
    Interrupted,
    InvalidData,
    SourceForbidden,
    SourceUnavailable,
    UsageError,
)

OK = 0
USAGE = 64
INVALID_DATA = 65
FILE_MISSING = 66
UNAVAILABLE = 69
BUG = 70
UNWRITABLE = 74
BUSY = 75
FORBIDDEN = 77
ALARM = 78
INTERRUPTED = 130

OF_ERROR: dict[type[DistributorError], int] = {
    UsageError: USAGE,
    InvalidData: INVALID_DATA,
    FileMissing: FILE_MISSING,
    SourceUnavailable: UNAVAILABLE,
    AnswerUnwritable: UNWRITABLE,
    Busy: BUSY,
    SourceForbidden: FORBIDDEN,
    Interrupted: INTERRUPTED,
}

_OF_TROUBLE = {"forbidden": FORBIDDEN, "unreadable": UNAVAILABLE, "contradiction": INVALID_DATA}
WITHOUT_ALARM = frozenset({OK, *_OF_TROUBLE.values()})
"""What an answer may end with that is no alarm."""
_GRAVEST_FIRST = (FORBIDDEN, UNAVAILABLE, INVALID_DATA)


def status_of(*, alarm: bool, troubles: Iterable[Trouble]) -> int:
    """Return the status of an answer: an alarm's, else the gravest trouble's (77 before 69 before 65), else 0."""
    if alarm:
        return ALARM
    statuses = {_OF_TROUBLE[trouble.kind] for trouble in troubles}
    return next((status for status in _GRAVEST_FIRST if status in statuses), OK)
