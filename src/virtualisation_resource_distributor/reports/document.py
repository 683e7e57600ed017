"""The answer of `run` as a JSON document, schema 1."""

import json
from typing import Any

from ..cluster.cluster import Cluster
from ..judge.findings import Finding
from ..judge.verdict import Blocked, Unknown, Verdict
from .lines import levels_of


def run_document(cluster: Cluster, verdicts: tuple[Verdict, ...], findings: tuple[Finding, ...], status: int) -> str:
    """Return the run document, in ASCII; `status` is the exit status."""
    document = {
        "schema": 1,
        "cluster": cluster.name,
        "taken_at": cluster.taken_at,
        "status": status,
        "pools": [_pool(cluster, verdict) for verdict in verdicts],
        "findings": [
            {
                "code": finding.code,
                "severity": finding.severity,
                "subject": finding.subject,
                "message": finding.message,
            }
            for finding in findings
        ],
    }
    return f"{json.dumps(document, indent=2)}\n"


def _pool(cluster: Cluster, verdict: Verdict) -> dict[str, Any]:
    return {
        "name": verdict.pool,
        "verdict": verdict.kind,
        "policy": verdict.policy,
        "members": len(verdict.members),
        "levels": [
            {"level": level.name, "used": level.used, "possible": level.possible} for level in levels_of(verdict)
        ],
        "placement": [
            {
                "guest": member.id,
                "name": member.name,
                "node": member.node,
                "zone": cluster.node_named[member.node].zone,
            }
            for member in verdict.members
        ],
        "reason": verdict.reason if isinstance(verdict, Blocked | Unknown) else None,
    }
