"""Log nodes in to the iSCSI targets that they need and are not logged in to; nothing is ever logged out."""

import subprocess
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from ..commands.outcome import Outcome
from ..commands.scan_iscsi import Sessions, see_sessions, tell, words_for
from ..judge.inventory.logins import Login
from ..reports.logins import Done
from ..settings import Settings
from ..store.locks import locked

if TYPE_CHECKING:
    from ..sources.libvirt.over_ssh import SshPlace

_LOCK = "scan-iscsi"
# iscsiadm itself gives up a target that does not answer after two minutes.
_LOGIN_SECONDS = 150.0
_SESSION_EXISTS = 15
_MOST_LETTERS = 200


def log_in(settings: Settings, format_: Literal["text", "json"], now: datetime) -> Outcome:
    """Make all logins that are missing, one after the other; one that fails is an alarm, and the others are made.

    Raises Busy while another process does the same, and what `see_sessions` raises.
    """
    with locked(settings.database_path, _LOCK, "scan-iscsi --yes"):
        sessions = see_sessions(settings, now)
        return tell(sessions, format_, [_log_in(sessions, login) for login in sessions.logins.missing])


def _log_in(sessions: Sessions, login: Login) -> Done:
    for words in words_for(login):
        if problem := _problem(sessions.places[login.node], words):
            return Done(login=login, problem=problem)
    return Done(login=login)


def _problem(place: "SshPlace", words: tuple[str, ...]) -> str:
    """Run one command on a node; return what went wrong, nothing where it is done or was done already."""
    try:
        ran = subprocess.run(  # noqa: S603 -- each part is of a strict form, and quoted
            place.command(_LOGIN_SECONDS, *words),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_LOGIN_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {_LOGIN_SECONDS:g} s; it may be made still"
    except OSError as error:
        return f"ssh can't be run: {error.strerror}; install openssh-client"
    if ran.returncode in {0, _SESSION_EXISTS}:
        return ""
    lines = [" ".join(line.split()) for line in ran.stderr.splitlines() if line.strip()]
    said = lines[-1][:_MOST_LETTERS] if lines else "nothing"
    return f"{' '.join(words[:3])} ended with {ran.returncode} and says: {said}"
