"""Find where libvirt nodes don't agree on what a live migration needs, and what endangers guests; only reads."""

from datetime import datetime
from typing import Literal

from ..exits import status_of
from ..judge.inventory.agreement import findings_among
from ..reports.agreement import agreement_document, agreement_lines
from ..settings import Settings
from .outcome import Outcome
from .seeing import see_nodes


def validate(settings: Settings, format_: Literal["text", "json"], now: datetime) -> Outcome:
    """Ask all nodes and compare them; a fault is an alarm. Raises as `see_nodes` does."""
    sight = see_nodes(settings, "validate", now)
    findings = findings_among(sight.seen)
    alarm = any(one.severity == "fault" for one in findings)
    if format_ == "json":
        status = status_of(alarm=alarm, troubles=sight.troubles)
        taken_at = sight.seen.inventory.taken_at
        text = agreement_document(findings, sight.errors, sight.nodes, taken_at, status)
    else:
        text = agreement_lines(findings, sight.nodes, sight.silent)
    return Outcome(text=text, lines=sight.lines, alarm=alarm, troubles=sight.troubles)
