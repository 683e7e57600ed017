"""Judgements to make laws about: of all kinds of clusters, and of many where pools are hindered."""

from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st
from tests.strategies import clusters, excluded_of, memory_limits
from tests.unit.judge.test_against_brute_force import Case, SeededCase

from virtualisation_resource_distributor.cluster import Cluster, Guest, Policy, PoolName
from virtualisation_resource_distributor.judge.levels import Level
from virtualisation_resource_distributor.judge.spread import judge_pools
from virtualisation_resource_distributor.judge.verdict import Blocked, Migrate, Spread, Verdict

Essence = tuple[str, Policy, tuple[Guest, ...], tuple[Level, ...]]
LAW = settings(max_examples=100, deadline=None)


@st.composite
def _of_all_kinds(draw: st.DrawFn) -> Case:
    cluster = draw(clusters(with_remarks=False))
    return Case(cluster, draw(excluded_of(cluster)), draw(memory_limits()))


def cases() -> st.SearchStrategy[Case]:
    """Mostly small clusters with some obstacles, which are made quickly; sometimes one of any kind."""
    seeded = st.integers(0, 10**9).map(lambda seed: SeededCase(seed).build())
    return st.integers(0, 5).flatmap(lambda number: seeded if number else _of_all_kinds())


def judged(case: Case) -> tuple[Verdict, ...]:
    """Return the verdicts."""
    return judge_pools(case.cluster, case.excluded, case.limit)


def levels_of(verdict: Verdict) -> tuple[Level, ...]:
    """Return the levels of a verdict that has some."""
    return verdict.levels if isinstance(verdict, Spread | Migrate | Blocked) else ()


def essence(case: Case) -> dict[PoolName, Essence]:
    """Return of each pool what is said about it, without the words of the reason."""
    return {
        verdict.pool: (verdict.kind, verdict.policy, verdict.members, levels_of(verdict)) for verdict in judged(case)
    }


def changed(case: Case, change: Callable[[Cluster], Cluster]) -> Case:
    """Return the case with another cluster."""
    return case._replace(cluster=change(case.cluster))
