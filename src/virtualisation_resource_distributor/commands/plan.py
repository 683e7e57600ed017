"""What to do about badly spread pools: the fewest moves, in order."""

from typing import Literal, NamedTuple

from ..cluster.cluster import Cluster
from ..cluster.names import PoolName
from ..exits import status_of
from ..judge.findings import findings_of, troubles_of
from ..judge.mending import Request, plan_mending
from ..judge.plan import Plan
from ..judge.spread import judge_pools
from ..reports.lines import trouble_lines
from ..reports.plan_document import plan_document
from ..reports.plan_text import plan_lines
from ..settings import Settings
from .asked import lines_on_missing
from .outcome import Outcome
from .reading import read_cluster

Format = Literal["text", "json"]


class PlanOptions(NamedTuple):
    """What the caller wants planned; `pools` limits the plan to these."""

    from_file: str | None = None
    pools: tuple[str, ...] = ()
    max_moves: int | None = None
    format: Format = "text"


def plan(settings: Settings, options: PlanOptions) -> Outcome:
    """Plan for every badly spread pool; it is an alarm where there are moves, or pools that stay unresolved.

    Raises UsageError where a pool that was asked for is not there, unless it may only be out of sight.
    """
    cluster = read_cluster(settings, options.from_file)
    findings = findings_of(cluster, judge_pools(cluster, settings.excluded_pools, settings.memory_limit))
    troubles = troubles_of(findings)
    missing = lines_on_missing(cluster, options.pools, troubles)
    request = Request(
        excluded=settings.excluded_pools,
        limit=settings.memory_limit,
        pools=frozenset(map(PoolName, options.pools)),
        max_moves=options.max_moves,
    )
    made = plan_mending(cluster, request)
    alarm = bool(made.steps or made.unresolved)
    return Outcome(
        text=written(cluster, made, options.format, status_of(alarm=alarm, troubles=troubles)),
        lines=(*trouble_lines(cluster, findings), *missing),
        alarm=alarm,
        troubles=troubles,
    )


def written(cluster: Cluster, made: Plan, format_: Format, status: int) -> str:
    """Return a plan as it is wanted."""
    return plan_document(cluster, made, status) if format_ == "json" else plan_lines(made)
