"""What is to be said of the pools that were asked for?"""

from typing import NamedTuple

from ..cluster.cluster import Cluster
from ..cluster.trouble import Trouble
from ..judge.findings import Finding, findings_of, troubles_of
from ..judge.spread import judge_pools
from ..judge.verdict import Verdict, is_alarm
from ..reports.lines import trouble_lines
from ..settings import Settings
from .asked import lines_on, unseen_of
from .reading import LookUp, Reading, read


class Judged(NamedTuple):
    """The verdicts of the pools that were asked for, and all that there is to remark.

    `unseen` are pools that were asked for and may only be out of sight. `look_up` finds out more of single guests.
    """

    cluster: Cluster
    look_up: LookUp
    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    troubles: tuple[Trouble, ...]
    unseen: tuple[str, ...]

    @property
    def alarm(self) -> bool:
        """Tell whether one of the pools is badly spread."""
        return any(is_alarm(verdict) for verdict in self.verdicts)

    @property
    def trouble_lines(self) -> tuple[str, ...]:
        """Return a line for each trouble, and one for the pools that can't be seen."""
        return (*trouble_lines(self.cluster, self.findings), *lines_on(self.unseen))


def judge(settings: Settings, from_file: str | None, pools: tuple[str, ...]) -> Judged:
    """Judge these pools, or all where none is named; troubles count whichever were asked for.

    Raises UsageError where a pool that was asked for is not there, unless it may only be out of sight.
    """
    return judge_read(settings, read(settings, from_file), pools)


def judge_read(settings: Settings, reading: Reading, pools: tuple[str, ...]) -> Judged:
    """Judge what was read already, as `judge` does."""
    cluster = reading.cluster
    verdicts = judge_pools(cluster, settings.excluded_pools, settings.memory_limit)
    findings = findings_of(cluster, verdicts)
    troubles = troubles_of(findings)
    unseen = unseen_of(cluster, pools, troubles)
    asked = tuple(verdict for verdict in verdicts if not pools or verdict.pool in pools)
    return Judged(
        cluster=cluster,
        look_up=reading.look_up,
        verdicts=asked,
        findings=findings,
        troubles=troubles,
        unseen=unseen,
    )
