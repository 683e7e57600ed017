"""Find where libvirt nodes don't agree on what a live migration needs, and what endangers guests; only reads."""

from datetime import datetime
from typing import Literal

from ..exits import status_of
from ..judge.findings import Finding as Remark
from ..judge.inventory.agreement import findings_among
from ..judge.inventory.clashes import clashes
from ..judge.inventory.finding import Finding, Severity, sorted_findings
from ..reports.agreement import agreement_document, agreement_lines
from ..settings import Settings
from .outcome import Outcome
from .seeing import see_nodes

_ENDANGERS = frozenset({"disk-shared", "mac-twice", "display-port-twice"})
"""Clashes of guests that run; definitions that differ do no harm before the next start."""


def validate(settings: Settings, format_: Literal["text", "json"], now: datetime) -> Outcome:
    """Ask all nodes and compare them; a fault is an alarm. Raises as `see_nodes` does."""
    sight = see_nodes(settings, "validate", now)
    clashing = clashes(sight.seen.inventory, sight.kept, settings.libvirt.shared_storage)
    findings = sorted_findings((*findings_among(sight.seen), *map(_as_found, clashing)))
    alarm = any(one.severity == "fault" for one in findings)
    if format_ == "json":
        status = status_of(alarm=alarm, troubles=sight.troubles)
        taken_at = sight.seen.inventory.taken_at
        text = agreement_document(findings, sight.errors, sight.nodes, taken_at, status)
    else:
        text = agreement_lines(findings, sight.nodes, sight.silent)
    return Outcome(text=text, lines=sight.lines, alarm=alarm, troubles=sight.troubles)


def _as_found(remark: Remark) -> Finding:
    """Return a clash, of which `run` only remarks, as what it means for the nodes."""
    severity: Severity = "fault" if remark.code in _ENDANGERS else "warning"
    return Finding(severity, remark.code, f"guest {remark.subject}", remark.message)
