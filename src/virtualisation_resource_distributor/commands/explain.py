"""Why is a pool spread as it is, and what can be done about it?"""

from typing import Literal, NamedTuple

from ..exits import status_of
from ..judge.explain import explain_pool, worst_of
from ..judge.findings import findings_of, troubles_of
from ..judge.planning.mending import Request
from ..judge.spread import judge_pools
from ..judge.verdict import is_alarm
from ..reports.explain_document import explanation_document
from ..reports.explain_text import NOTHING, NOTHING_KNOWN, explanation_text
from ..reports.lines import trouble_lines
from ..settings import Settings
from .asked import lines_on, unseen_of
from .outcome import Outcome
from .reading import read_cluster


class ExplainOptions(NamedTuple):
    """What the caller wants explained; without a pool it is the worst one."""

    from_file: str | None = None
    pool: str | None = None
    verbose: bool = False
    format: Literal["text", "json"] = "text"


def explain(settings: Settings, options: ExplainOptions) -> Outcome:
    """Explain one pool; the status is that of `run` for it.

    Raises UsageError where the pool is not there, unless it may only be out of sight.
    """
    cluster = read_cluster(settings, options.from_file)
    verdicts = judge_pools(cluster, settings.excluded_pools, settings.memory_limit)
    findings = findings_of(cluster, verdicts)
    troubles = troubles_of(findings)
    asked = () if options.pool is None else (options.pool,)
    lines = (*trouble_lines(cluster, findings), *lines_on(unseen_of(cluster, asked, troubles)))
    named = next((verdict for verdict in verdicts if verdict.pool == options.pool), None)
    verdict = worst_of(verdicts) if options.pool is None else named
    alarm = verdict is not None and is_alarm(verdict)
    request = Request(excluded=settings.excluded_pools, limit=settings.memory_limit)
    explained = None if verdict is None else explain_pool(cluster, verdict, request)
    if options.format == "json":
        text = explanation_document(cluster, explained, status_of(alarm=alarm, troubles=troubles))
    elif explained is not None:
        text = explanation_text(cluster, explained, verbose=options.verbose)
    elif options.pool is not None:
        text = ""
    else:
        text = NOTHING_KNOWN if troubles else NOTHING
    return Outcome(text=text, lines=lines, alarm=alarm, troubles=troubles)
