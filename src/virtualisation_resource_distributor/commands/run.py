"""The check: is every pool spread as it could be?"""

from typing import Literal, NamedTuple

from ..cluster.cluster import Cluster
from ..cluster.names import listed
from ..errors import UsageError
from ..exits import status_of
from ..judge.findings import findings_of, troubles_of
from ..judge.spread import judge_pools
from ..judge.verdict import is_alarm
from ..reports.lines import alarm_lines, trouble_lines, verbose_lines
from ..settings import Settings
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
    lines = list(trouble_lines(cluster, findings))
    if missing := [name for name in options.pools if name not in {pool.name for pool in cluster.pools}]:
        if not troubles:
            raise UsageError(_not_there(cluster, missing))
        lines.append(f"of the pools asked for, {listed(missing)} can't be seen")
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
    return Outcome(text=text, lines=tuple(lines), alarm=alarm, troubles=troubles)


def _not_there(cluster: Cluster, missing: list[str]) -> str:
    from difflib import get_close_matches

    names = [pool.name for pool in cluster.pools]
    near = get_close_matches(missing[0], names, n=3)
    hint = f"; near it: {listed(near)}" if near else ""
    return f"there is no pool {listed(missing)}{hint}; the command `run --verbose` lists all pools"
