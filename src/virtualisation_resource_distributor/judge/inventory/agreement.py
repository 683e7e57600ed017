"""Do the nodes agree on what a live migration needs, and is nothing there that endangers a guest?"""

from collections.abc import Callable, Iterator

from .finding import Finding, sorted_findings
from .of_hosts import judge_cpus, judge_machines, judge_versions
from .of_iscsi import judge_initiators, judge_iscsi
from .of_networks import judge_bridges, judge_networks
from .of_shells import judge_clocks, judge_trust, judge_unasked
from .of_state import judge_autostart, judge_double_runs, judge_locks, judge_names
from .of_storage import judge_storage_pools
from .seen import Seen

CHECKS: tuple[Callable[[Seen], Iterator[Finding]], ...] = (
    judge_double_runs,
    judge_autostart,
    judge_names,
    judge_networks,
    judge_bridges,
    judge_storage_pools,
    judge_iscsi,
    judge_initiators,
    judge_cpus,
    judge_machines,
    judge_versions,
    judge_clocks,
    judge_trust,
    judge_unasked,
    judge_locks,
)
"""All that is looked at; each check takes all that was seen and yields what it finds."""


def findings_among(seen: Seen) -> tuple[Finding, ...]:
    """Return what all checks find, the gravest first."""
    return sorted_findings(finding for check in CHECKS for finding in check(seen))
