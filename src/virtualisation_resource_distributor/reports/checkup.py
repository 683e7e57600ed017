"""The answer of `doctor`: a line for each check, or a JSON document of schema 1."""

import json

from ..judge.checkup.check import Check
from .text import printable


def checkup_lines(checks: tuple[Check, ...]) -> str:
    """Return one line for each check: severity, name, subject, what it is, and what mends it."""
    return "".join(f"{check.severity}: {checkup_words(check)}\n" for check in checks)


def checkup_words(check: Check) -> str:
    """Return what stands after the severity."""
    mend = f"; {check.mend}" if check.mend else ""
    return printable(f"{check.check}: {check.subject}: {check.message}{mend}")


def checkup_document(checks: tuple[Check, ...], status: int) -> str:
    """Return the checkup as a document, in ASCII; `status` is the exit status."""
    rows = [
        {
            "check": check.check,
            "severity": check.severity,
            "subject": check.subject,
            "message": check.message,
            "mend": check.mend,
        }
        for check in checks
    ]
    return f"{json.dumps({'schema': 1, 'status': status, 'checks': rows}, indent=2)}\n"
