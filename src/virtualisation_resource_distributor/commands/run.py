"""The check: is every pool spread as it could be?"""

from typing import Literal, NamedTuple

from ..exits import status_of
from ..judge.findings import findings_of, troubles_of
from ..judge.spread import judge_pools
from ..judge.verdict import is_alarm
from ..reports.lines import alarm_lines, trouble_lines, verbose_lines
from ..settings import Settings
from .asked import lines_on_missing
from .outcome import Outcome
from .reading import read_cluster


class RunOptions(NamedTuple):
    """What the caller wants to see; `pools` limits the answer to these, `width` is the terminal's, None without one."""

    from_file: str | None = None
    pools: tuple[str, ...] = ()
    verbose: bool = False
    format: Literal["text", "json"] = "text"
    width: int | None = None


def run(settings: Settings, options: RunOptions) -> Outcome:
    """Judge every pool; troubles count whichever pools were asked for.

    Raises UsageError where a pool that was asked for is not there, unless it may only be out of sight.
    """
    cluster = read_cluster(settings, options.from_file)
    verdicts = judge_pools(cluster, settings.excluded_pools, settings.memory_limit)
    findings = findings_of(cluster, verdicts)
    troubles = troubles_of(findings)
    lines = (*trouble_lines(cluster, findings), *lines_on_missing(cluster, options.pools, troubles))
    asked = tuple(verdict for verdict in verdicts if not options.pools or verdict.pool in options.pools)
    alarm = any(is_alarm(verdict) for verdict in asked)
    if options.format == "json":
        from ..reports.document import run_document

        text = run_document(cluster, asked, findings, status_of(alarm=alarm, troubles=troubles))
    elif options.verbose and options.width is not None:
        from ..reports.tables import pool_table

        text = pool_table(asked, findings, options.width)
    elif options.verbose:
        text = verbose_lines(cluster, asked, findings)
    else:
        text = alarm_lines(asked)
    return Outcome(text=text, lines=lines, alarm=alarm, troubles=troubles)
