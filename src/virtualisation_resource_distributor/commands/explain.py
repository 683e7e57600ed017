"""Why is a pool spread as it is, and what can be done about it?"""

from typing import Literal, NamedTuple

from ..exits import status_of
from ..judge.explain import explain_pool, worst_of
from ..judge.planning.mending import Request
from ..judge.verdict import Blocked, Migrate, Spread, is_alarm
from ..reports.explain_document import explanation_document
from ..reports.explain_text import NOTHING, NOTHING_KNOWN, explanation_text
from ..settings import Settings
from .judging import judge
from .looked_up import looked_up
from .outcome import Outcome


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
    asked = () if options.pool is None else (options.pool,)
    judged = judge(settings, options.from_file, asked)
    verdict = worst_of(judged.verdicts) if options.pool is None else next(iter(judged.verdicts), None)
    if isinstance(verdict, Spread | Migrate | Blocked):
        judged = looked_up(settings, judged, asked, verdict.members)
        verdict = next(one for one in judged.verdicts if one.pool == verdict.pool)
    cluster, troubles = judged.cluster, judged.troubles
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
    return Outcome(text=text, lines=judged.trouble_lines, alarm=alarm, troubles=troubles)
