"""What becomes of the pools, as text and as a JSON document: what changes, from what to what."""

import json
from collections.abc import Iterator
from typing import Any

from ..judge.findings import Finding
from ..judge.verdict import Blocked, Unknown, Verdict, is_alarm
from ..judge.what_if import Consequence
from .lines import levels_of
from .text import printable


def what_if_text(what: str, consequences: tuple[Consequence, ...]) -> str:
    """Return each pool of which something changes, and the total."""
    changed = [consequence for consequence in consequences if consequence.changes]
    lines = [
        f"If {what}:",
        *(f"  {line}" for consequence in changed for line in _lines(consequence)),
        _total(consequences),
    ]
    return "".join(f"{printable(line)}\n" for line in lines)


def _lines(consequence: Consequence) -> Iterator[str]:
    before, after = consequence.before, consequence.after
    number, left = len(before.members), len(after.members)
    if number and not left:
        yield f"{consequence.pool}: {before.kind} -> lost: none of its {_members(number)} is left"
    else:
        members = "" if number == left else f", members {number} -> {left}"
        kind = f"stays {after.kind}" if before.kind == after.kind else f"{before.kind} -> {after.kind}"
        yield f"{consequence.pool}: {kind}{members}{_levels(before, after)}"
    if isinstance(after, Blocked | Unknown):
        yield f"  {after.reason}"
    if consequence.lost and left:
        yield f"  lost: {_named(consequence.lost)}"
    if consequence.gained:
        yield f"  gained: {_named(consequence.gained)}"


def _members(number: int) -> str:
    return "1 member" if number == 1 else f"{number} members"


def _named(guests: tuple[Any, ...]) -> str:
    return ", ".join(guest.id if guest.name == guest.id else f"{guest.id} ({guest.name})" for guest in guests)


def _levels(before: Verdict, after: Verdict) -> str:
    now = {level.name: f"{level.used} of {level.possible}" for level in levels_of(before)}
    then = {level.name: f"{level.used} of {level.possible}" for level in levels_of(after)}
    return "".join(f", {name} {now[name]} -> {then[name]}" for name in then if name in now and now[name] != then[name])


def _total(consequences: tuple[Consequence, ...]) -> str:
    changed = sum(consequence.changes for consequence in consequences)
    if not changed:
        return "Nothing changes for any pool."
    now, then = (
        sum(map(is_alarm, verdicts))
        for verdicts in zip(*((one.before, one.after) for one in consequences), strict=True)
    )
    lost = sum(bool(one.before.members) and not one.after.members for one in consequences)
    guests = sum(len(one.lost) for one in consequences)
    number = len(consequences)
    of = f"{changed} of {number} pool{'' if number == 1 else 's'} {'changes' if changed == 1 else 'change'}"
    return f"{of}: badly spread {now} -> {then}, lost altogether {lost}, {_members(guests)} lost."


def what_if_document(consequences: tuple[Consequence, ...], findings: tuple[Finding, ...], status: int) -> str:
    """Return all pools before and after, and the findings after, in ASCII."""
    document = {
        "schema": 1,
        "status": status,
        "pools": [
            {
                "name": consequence.pool,
                "changes": consequence.changes,
                "before": _state(consequence.before),
                "after": _state(consequence.after),
                "lost": [guest.id for guest in consequence.lost],
                "gained": [guest.id for guest in consequence.gained],
            }
            for consequence in consequences
        ],
        "findings": [finding._asdict() for finding in findings],
    }
    return f"{json.dumps(document, indent=2)}\n"


def _state(verdict: Verdict) -> dict[str, Any]:
    return {
        "verdict": verdict.kind,
        "members": len(verdict.members),
        "levels": [
            {"level": level.name, "used": level.used, "possible": level.possible} for level in levels_of(verdict)
        ],
        "reason": verdict.reason if isinstance(verdict, Blocked | Unknown) else None,
    }
