"""Why a pool is spread as it is, as a JSON document, schema 1."""

import json
from typing import Any

from ..cluster.cluster import Cluster
from ..judge.explain import Explanation, MemberAnswer, Unusable
from ..judge.obstacles import NoRoom, in_words
from ..judge.verdict import Blocked, Unknown
from .explain_text import lift_words, refusal_words
from .lines import levels_of


def explanation_document(cluster: Cluster, explained: Explanation | None, status: int) -> str:
    """Return the document, in ASCII; without an explanation `pool` is null: no pool is badly spread."""
    pool = None if explained is None else _pool(cluster, explained)
    return f"{json.dumps({'schema': 1, 'status': status, 'pool': pool}, indent=2)}\n"


def _pool(cluster: Cluster, explained: Explanation) -> dict[str, Any]:
    verdict = explained.verdict
    return {
        "name": verdict.pool,
        "verdict": verdict.kind,
        "policy": verdict.policy,
        "reason": verdict.reason if isinstance(verdict, Blocked | Unknown) else None,
        "levels": [
            {
                "level": level.name,
                "used": level.used,
                "possible": level.possible,
                "in_use": [{"name": name, "members": members} for name, members in domains.in_use],
                "unused": list(domains.unused),
            }
            for level, domains in zip(levels_of(verdict), explained.domains, strict=True)
        ],
        "members": [_member(cluster, answer) for answer in explained.members],
        "notes": list(explained.notes),
        "possible": [list(map(lift_words, remedy.lifts)) for remedy in explained.remedies],
    }


def _member(cluster: Cluster, answer: MemberAnswer) -> dict[str, Any]:
    guest = answer.guest
    return {
        "guest": guest.id,
        "name": guest.name,
        "node": guest.node,
        "zone": cluster.node_named[guest.node].zone,
        "wrong_here": [refusal_words(wrong) for wrong in answer.wrong_here],
        "held": list(map(in_words, answer.held)),
        "nodes": [
            {
                "node": node.node,
                "takes_it": node.refusal is None,
                "refusal": None if node.refusal is None else code_of(node.refusal),
                "reason": None if node.refusal is None else refusal_words(node.refusal),
                "free_bytes": node.refusal.free_bytes if isinstance(node.refusal, NoRoom) else None,
                "needed_bytes": node.refusal.needed_bytes if isinstance(node.refusal, NoRoom) else None,
                "better": node.is_better,
            }
            for node in answer.nodes
        ],
    }


def code_of(refusal: object) -> str:
    """Return the refusal's kind as one word or several (`no_room`)."""
    if isinstance(refusal, Unusable):
        return (
            "not_online"
            if refusal.node.status != "online"
            else "maintenance"
            if refusal.node.maintenance
            else "no_zone"
        )
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in type(refusal).__name__).lstrip("_")
