"""The answer of `validate`: a line for each finding and one that sums up, or a JSON document of schema 1."""

import json
from collections import Counter
from collections.abc import Sequence

from ..cluster.names import NodeName, listed
from ..judge.findings import Finding as Error
from ..judge.inventory.finding import Finding
from .text import printable


def agreement_lines(findings: Sequence[Finding], nodes: Sequence[NodeName], silent: Sequence[NodeName]) -> str:
    """Return one line for each finding, and one that says whether the nodes agree; `silent` could not be asked."""
    lines = [f"{one.severity}: {one.code}: {one.subject}: {one.message}{_mend(one)}" for one in findings]
    return "".join(f"{printable(line)}\n" for line in (*lines, _sum(findings, nodes, silent)))


def agreement_document(
    findings: Sequence[Finding], errors: Sequence[Error], nodes: Sequence[NodeName], taken_at: str, status: int
) -> str:
    """Return it as a document, in ASCII; `errors` are the troubles, `status` is the exit status."""
    troubles = [
        {"severity": one.severity, "code": one.code, "subject": one.subject, "message": one.message, "mend": None}
        for one in errors
    ]
    rows = [
        *({**row, "nodes": []} for row in troubles),
        *({**one._asdict(), "nodes": list(one.nodes)} for one in findings),
    ]
    document = {"schema": 1, "taken_at": taken_at, "status": status, "nodes": list(nodes), "findings": rows}
    return f"{json.dumps(document, indent=2)}\n"


def _mend(finding: Finding) -> str:
    return f"; {finding.mend}" if finding.mend else ""


def _sum(findings: Sequence[Finding], nodes: Sequence[NodeName], silent: Sequence[NodeName]) -> str:
    counts = Counter(finding.severity for finding in findings)
    who = f"{len(nodes)} node{'' if len(nodes) == 1 else 's'}"
    found = [
        f"{counts[kind]} {kind}{'' if counts[kind] == 1 else 's'}" for kind in ("fault", "warning") if counts[kind]
    ]
    without = f", without {listed(silent)}" if silent else ""
    if found:
        return f"{who} asked{without}: {' and '.join(found)}"
    return f"{who} agree{'s' if len(nodes) == 1 else ''}{without}"
