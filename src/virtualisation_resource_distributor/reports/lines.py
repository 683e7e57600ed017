"""The answer of `run` as lines: what cron mails, and what `--verbose` adds for people."""

from collections import Counter
from typing import assert_never

from ..cluster.cluster import Cluster
from ..judge.findings import Finding
from ..judge.levels import Level
from ..judge.verdict import Blocked, Empty, Excluded, Migrate, Spread, Unknown, Verdict
from .text import printable

_MOST_ALIKE = 10
NO_ZONES = (
    "the model has no zones, so nothing can be said of any pool; create them with create-zone --name ZONE, "
    "and put each node into one with create-node --name NODE --zone-name ZONE"
)


def alarm_lines(verdicts: tuple[Verdict, ...]) -> str:
    """Return one line for each badly spread pool; nothing where there is none."""
    return "".join(f"{printable(_alarm(verdict))}\n" for verdict in verdicts if isinstance(verdict, Migrate | Blocked))


def verbose_lines(cluster: Cluster, verdicts: tuple[Verdict, ...], findings: tuple[Finding, ...]) -> str:
    """Return every pool with its levels and members, then every finding; stable, one fact a line."""
    lines: list[str] = []
    for verdict in verdicts:
        lines.append(_sentence(verdict))
        lines.extend(f"  {level_in_words(level)}" for level in levels_of(verdict))
        lines.extend(member_lines(cluster, verdict))
    lines.extend(f"{finding.severity}: {finding.code}: {finding.subject}: {finding.message}" for finding in findings)
    return "".join(f"{printable(line)}\n" for line in lines)


def member_lines(cluster: Cluster, verdict: Verdict) -> tuple[str, ...]:
    """Return a line for each member of a pool: where it runs."""
    zones = {member.node: cluster.node_named[member.node].zone for member in verdict.members}
    return tuple(
        f"  {member.id} ({member.name}) on {member.node} in {zones[member.node] or 'no zone'}"
        for member in verdict.members
    )


def trouble_lines(cluster: Cluster, findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """Return one line for each trouble; more than a few of one kind are counted, and all are in `--verbose`."""
    errors = [finding for finding in findings if finding.severity == "error"]
    lines: list[str] = []
    told: Counter[str] = Counter()
    for error in errors:
        told[error.code] += 1
        if error.code == "node-without-zone" and not cluster.zones:
            if told[error.code] == 1:
                lines.append(NO_ZONES)
        elif told[error.code] <= _MOST_ALIKE:
            lines.append(f"{error.code}: {error.subject}: {error.message}")
    for code, count in told.items():
        if count > _MOST_ALIKE and not (code == "node-without-zone" and not cluster.zones):
            lines.append(f"{code}: {count - _MOST_ALIKE} more like this; `run --verbose` tells all")
    return tuple(lines)


def level_in_words(level: Level) -> str:
    """Return `zone:0: 1 of 2`."""
    return f"{level.name}: {level.used} of {level.possible}"


def levels_of(verdict: Verdict) -> tuple[Level, ...]:
    """Return the levels of a verdict that has some."""
    match verdict:
        case Spread() | Migrate() | Blocked():
            return verdict.levels
        case Excluded() | Empty() | Unknown():
            return ()
        case _:
            assert_never(verdict)


def _alarm(verdict: Migrate | Blocked) -> str:
    match verdict:
        case Migrate():
            return f"Pool '{verdict.pool}' has members to migrate"
        case Blocked():
            sentence = f"Pool '{verdict.pool}' is not spread, and no migration of its members can change that"
            return f"{sentence}: {verdict.reason}"
        case _:
            assert_never(verdict)


def _sentence(verdict: Verdict) -> str:
    match verdict:
        case Migrate() | Blocked():
            return _alarm(verdict)
        case Spread():
            return f"Pool '{verdict.pool}' is spread"
        case Excluded():
            return f"Pool '{verdict.pool}' is excluded"
        case Empty():
            return f"Pool '{verdict.pool}' is empty: no guest of it is seen to run"
        case Unknown():
            return f"Nothing can be said of pool '{verdict.pool}': {verdict.reason}"
        case _:
            assert_never(verdict)
