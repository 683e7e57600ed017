"""What does a checkup consist of? One check each, ok or what is wrong and how it is mended."""

from typing import Literal, NamedTuple, get_args

Severity = Literal["ok", "warning", "fault"]
Name = Literal[
    "setting",
    "dotenv",
    "unknown-setting",
    "secret",
    "database",
    "connection",
    "certificate",
    "login",
    "privilege",
    "write-privilege",
    "same-machine",
    "reading",
    "zones",
    "node-zone",
    "node-live",
    "zone-nodes",
    "pools",
    "model-pools",
    "excluded-pools",
    "member-patterns",
    "pattern-overlap",
    "clock",
]
NAMES: tuple[Name, ...] = get_args(Name)


class Check(NamedTuple):
    """One line of a checkup. A fault keeps `run` from an answer that can be relied on; it gets by with a warning.

    `mend` is what makes the line go away: `run: COMMAND`, `on a node run: COMMAND`, `in PLACE write: NAME=VALUE` and
    more in docs/doctor.md, or words where only an operator can tell; None where there is nothing to mend, or the check
    could not be made.
    """

    check: Name
    severity: Severity
    subject: str
    message: str
    mend: str | None = None


def fine(check: Name, subject: str, message: str) -> Check:
    """Return a check that found nothing wrong."""
    return Check(check=check, severity="ok", subject=subject, message=message)


def warning(check: Name, subject: str, message: str, mend: str) -> Check:
    """Return what `run` gets by with."""
    return Check(check=check, severity="warning", subject=subject, message=message, mend=mend)


def fault(check: Name, subject: str, message: str, mend: str) -> Check:
    """Return what `run` can't be relied on with."""
    return Check(check=check, severity="fault", subject=subject, message=message, mend=mend)


def not_checked(check: Name, why: str, subject: str = "-") -> Check:
    """Return a check that could not be made, for a reason that is told before it."""
    return Check(check=check, severity="warning", subject=subject, message=f"not checked: {why}")


def in_shell(command: str, *, uid: int, owner: int | None = None) -> str:
    """Return the mend that is a command on a file of this owner (None: what only root may do), for this user."""
    return f"run: {command}" if uid in {0, owner} else f"run as root: {command}"


def problem_and_mend(words: str) -> tuple[str, str]:
    """Return what is wrong and what to do apart, out of a message that has both: what to do stands last."""
    problem, separator, mend = words.rpartition("; ")
    return (problem, mend) if separator else (words, "look at: vrd run --verbose")
