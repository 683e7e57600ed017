"""What is there to say about nodes that should agree, and how is it mended?"""

from collections.abc import Iterable
from typing import Literal, NamedTuple, get_args

from ...cluster.names import NodeName, listed

Severity = Literal["fault", "warning", "note"]
_GRAVEST_FIRST: tuple[Severity, ...] = get_args(Severity)


class Finding(NamedTuple):
    """One thing that nodes don't agree about; `nodes` are those that it concerns.

    A fault keeps a running guest from being migrated or endangers it; a warning may do so one day. A note tells what
    could not be checked, and has no mend.
    """

    severity: Severity
    code: str
    subject: str
    message: str
    mend: str | None = None
    nodes: tuple[NodeName, ...] = ()


def sorted_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings, the gravest first, each once."""
    return tuple(sorted(set(findings), key=lambda one: (_GRAVEST_FIRST.index(one.severity), one[1:4], one.nodes)))


def unchecked(what: str, why: str, nodes: Iterable[NodeName]) -> Finding:
    """Return what could not be checked on these nodes."""
    names = tuple(sorted(nodes))
    return Finding("note", "not-checked", what, f"not checked on {listed(names)}: {why}", nodes=names)
