"""Tables on a terminal, with its colours unless NO_COLOR is set; they show every character."""

from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..cluster.cluster import Cluster
from ..judge.checkup.check import Check
from ..judge.findings import Finding
from ..judge.verdict import Blocked, Migrate, Unknown, Verdict
from .checkup import checkup_words
from .lines import levels_of, member_lines
from .text import printable

_STYLE = {
    "spread": "green",
    "migrate": "bold red",
    "blocked": "bold red",
    "unknown": "bold yellow",
    "empty": "dim",
    "excluded": "dim",
}
_WHOLE = frozenset({"id", "memory"})
_ROOM_FOR_WHOLE = 80
"""Columns of a list that are copied or read at a glance, and how wide a terminal has to be so that none is folded."""
_STYLE_OF_CHECK = {"ok": "green", "warning": "yellow", "fault": "bold red"}


def pool_table(cluster: Cluster, verdicts: tuple[Verdict, ...], findings: tuple[Finding, ...], width: int) -> str:
    """Return a table of all pools, under it where the members run of those that are not as they should be.

    Then comes a line for each finding, which is not broken, so that commands can be copied.
    """
    table = Table("pool", "verdict", "members", "used of possible", "reason", box=None, header_style="bold")
    for verdict in verdicts:
        levels = ", ".join(f"{level.name} {level.used}/{level.possible}" for level in levels_of(verdict))
        reason = verdict.reason if isinstance(verdict, Blocked | Unknown) else ""
        table.add_row(
            Text(printable(verdict.pool)),
            Text(verdict.kind, style=_STYLE[verdict.kind]),
            str(len(verdict.members)),
            levels,
            Text(printable(reason)),
        )
    bad = (verdict for verdict in verdicts if isinstance(verdict, Migrate | Blocked | Unknown))
    places = (line for verdict in bad for line in (f"{verdict.pool}:", *member_lines(cluster, verdict)))
    return _rendered([table, *(Text(printable(line)) for line in places), *map(_finding, findings)], width)


def list_table(columns: tuple[str, ...], rows: list[list[str]], width: int, notes: tuple[str, ...] = ()) -> str:
    """Return a table of rows; what a row has beyond its columns stands in the last one, a line each. Notes follow."""
    table = Table(box=None, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in _WHOLE and width >= _ROOM_FOR_WHOLE)
    last = len(columns) - 1
    for row in rows:
        table.add_row(*map(Text, row[:last]), Text("\n".join(row[last:])))
    return _rendered([table, *map(Text, notes)], width)


def checkup_table(checks: tuple[Check, ...], width: int) -> str:
    """Return a line for each check, its severity in colour; no line is broken, so that commands can be copied."""
    with StringIO() as file:
        console = Console(file=file, force_terminal=True, width=width)
        for check in checks:
            line = Text(f"{check.severity:8}", style=_STYLE_OF_CHECK[check.severity])
            console.print(line.append(checkup_words(check), style="default"), soft_wrap=True)
        return file.getvalue()


def _finding(finding: Finding) -> Text:
    style = "red" if finding.severity == "error" else "yellow"
    line = Text(f"{finding.severity}: ", style=style)
    return line.append(printable(f"{finding.code}: {finding.subject}: {finding.message}"), style="default")


def _rendered(parts: list[Table | Text], width: int) -> str:
    with StringIO() as file:
        console = Console(file=file, force_terminal=True, width=width)
        for part in parts:
            console.print(part, soft_wrap=isinstance(part, Text))
        return file.getvalue()
