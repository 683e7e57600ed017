"""The answer of `run --verbose` as a table on a terminal."""

from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..judge.findings import Finding
from ..judge.verdict import Blocked, Unknown, Verdict
from .lines import levels_of
from .text import printable

_STYLE = {
    "spread": "green",
    "migrate": "bold red",
    "blocked": "bold red",
    "unknown": "bold yellow",
    "empty": "dim",
    "excluded": "dim",
}


def pool_table(verdicts: tuple[Verdict, ...], findings: tuple[Finding, ...], width: int) -> str:
    """Return a table of all pools and one of all findings, with the terminal's colours unless NO_COLOR is set."""
    console = Console(file=StringIO(), force_terminal=True, width=width)
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
    console.print(table)
    for finding in findings:
        line = Text(printable(f"{finding.code}: {finding.subject}: {finding.message}"))
        console.print(Text(f"{finding.severity}: ", style="red" if finding.severity == "error" else "yellow") + line)
    file = console.file
    return file.getvalue() if isinstance(file, StringIO) else ""
