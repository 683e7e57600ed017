"""The check: is every pool spread as it could be?"""

from typing import Literal, NamedTuple

from ..exits import status_of
from ..reports.lines import alarm_lines, verbose_lines
from ..settings import Settings
from .judging import judge
from .outcome import Outcome


class RunOptions(NamedTuple):
    """What the caller wants to see; `pools` limits the answer to these, `width` is the terminal's, None without one."""

    from_file: str | None = None
    pools: tuple[str, ...] = ()
    verbose: bool = False
    format: Literal["text", "json"] = "text"
    width: int | None = None


def run(settings: Settings, options: RunOptions) -> Outcome:
    """Judge every pool; troubles count whichever pools were asked for. Raises as `judge` does."""
    judged = judge(settings, options.from_file, options.pools)
    if options.format == "json":
        from ..reports.document import run_document

        status = status_of(alarm=judged.alarm, troubles=judged.troubles)
        text = run_document(judged.cluster, judged.verdicts, judged.findings, status)
    elif options.verbose and options.width is not None:
        from ..reports.tables import pool_table

        text = pool_table(judged.cluster, judged.verdicts, judged.findings, options.width)
    elif options.verbose:
        text = verbose_lines(judged.cluster, judged.verdicts, judged.findings)
    else:
        text = alarm_lines(judged.verdicts)
    return Outcome(text=text, lines=judged.trouble_lines, alarm=judged.alarm, troubles=judged.troubles)
