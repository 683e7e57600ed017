"""A plan as a JSON document, schema 1."""

import json
from typing import Any

from ..judge.levels import Level
from ..judge.plan import Plan, Step, Unresolved, why_in_words
from .migration import Uris, command_or_none


def plan_document(plan: Plan, uris: Uris, status: int) -> str:
    """Return the plan document, in ASCII; `status` is the exit status."""
    return f"{json.dumps(plan_fields(plan, uris, status), indent=2)}\n"


def plan_fields(plan: Plan, uris: Uris, status: int) -> dict[str, Any]:
    """Return the fields of the plan document."""
    return {
        "schema": 1,
        "status": status,
        "optimal": plan.optimal,
        "lower_bound": plan.lower_bound,
        "moves": [_move(uris, number, step) for number, step in enumerate(plan.steps, start=1)],
        "unresolved": [_unresolved(one) for one in plan.unresolved],
        "pools": [
            {"name": change.pool, "before": _levels(change.before), "after": _levels(change.after)}
            for change in plan.pools
        ],
        "notes": list(plan.notes),
    }


def _move(uris: Uris, number: int, step: Step) -> dict[str, Any]:
    guest = step.move.guest
    return {
        "step": number,
        "guest": guest.id,
        "name": guest.name,
        "pool": step.pool,
        "from": step.move.from_node,
        "to": step.move.to_node,
        "memory_bytes": guest.memory_bytes,
        "command": command_or_none(step.move, uris),
        "why": why_in_words(step.why),
        "makes_own_pool_worse": step.makes_own_pool_worse,
    }


def _unresolved(one: Unresolved) -> dict[str, str | None]:
    return {"pool": one.pool, "guest": None if one.guest is None else one.guest.id, "reason": one.reason}


def _levels(levels: tuple[Level, ...]) -> list[dict[str, str | int]]:
    return [{"level": level.name, "used": level.used, "possible": level.possible} for level in levels]
