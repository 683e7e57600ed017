"""The answer of `scan-iscsi`: the logins to make with their commands, or what became of them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..judge.inventory.logins import Login, Logins
from .text import printable

_UNNEEDED = "nothing that is known here needs it; it is left alone, for the node itself may: iscsiadm -m session -P 3"
_REFUSED = "its name or its portal is not of the form that a command may have; log in by hand"


class Done(NamedTuple):
    """A login that was tried; `problem` says what went wrong, empty where it is made."""

    login: Login
    problem: str = ""


def logins_text(logins: Logins, commands: Mapping[Login, Sequence[str]], done: Sequence[Done] | None) -> str:
    """Return a line for each login and each session that is too much, and the commands behind what is to be done."""
    lines: list[str] = []
    for login in logins.missing if done is None else ():
        lines += [f"not logged in: {_words(login)}: {login.why}", *(f"  {line}" for line in commands[login])]
    for one in done or ():
        lines.append(f"{'failed' if one.problem else 'logged in'}: {_words(one.login)}: {one.problem or one.login.why}")
    lines += [f"refused: {_words(login)}: {login.why}; {_REFUSED}" for login in logins.refused]
    lines += [f"not needed: {_words(login)}: {_UNNEEDED}" for login in logins.unneeded]
    return "".join(f"{printable(line)}\n" for line in lines)


def logins_document(
    logins: Logins, commands: Mapping[Login, Sequence[str]], done: Sequence[Done] | None, status: int
) -> str:
    """Return it as a JSON document of schema 1, in ASCII; `done` is null for what was not tried."""
    problems = {one.login: one.problem for one in done or ()}
    missing = [
        {
            **_row(login),
            "why": login.why,
            "commands": list(commands[login]),
            "done": None if done is None else not problems[login],
            "problem": problems.get(login) or None,
        }
        for login in logins.missing
    ]
    document = {
        "schema": 1,
        "status": status,
        "logins": missing,
        "refused": [{**_row(login), "why": login.why} for login in logins.refused],
        "unneeded": [_row(login) for login in logins.unneeded],
        "unknown": list(logins.unknown),
    }
    return f"{json.dumps(document, indent=2)}\n"


def _words(login: Login) -> str:
    return f"{login.node}: {login.target.iqn} at {login.target.portal}"


def _row(login: Login) -> dict[str, Any]:
    return {"node": login.node, "iqn": login.target.iqn, "portal": login.target.portal}
