"""A plan with its proof as a JSON document: what it rests on, each step, and for each bound the argument."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, assert_never

from ..cluster.cluster import Cluster
from ..cluster.limit import MemoryLimit
from ..cluster.names import PoolName
from ..judge.ground import Ground, survey
from ..judge.order import weight_of
from ..judge.plan import (
    Bound,
    ClearingBound,
    EvennessBound,
    LevelBound,
    MaintenanceBound,
    Plan,
    PoolChange,
    SearchBound,
    SolverBound,
    bound_in_words,
    nearest_case_in_words,
)
from ..judge.planning.steps import cluster_after


class Basis(NamedTuple):
    """What a plan rests on: the cluster with the SHA-256 of its document, the settings, and which pools were asked for.

    No pools `asked` are all.
    """

    cluster: Cluster
    digest: str
    limit: MemoryLimit
    excluded: frozenset[PoolName]
    asked: frozenset[PoolName]


def certificate_document(basis: Basis, plan: Plan, fields: Mapping[str, Any]) -> bytes:
    """Return the fields of the plan document with those that `verify` needs, in ASCII."""
    before = _measures(plan, survey(basis.cluster, basis.limit))
    ends = cluster_after(basis.cluster, tuple(step.move for step in plan.steps))
    after = _measures(plan, survey(ends, basis.limit))
    changes = {change.pool: change for change in plan.pools}
    proof = {
        "snapshot_sha256": basis.digest,
        "asked_pools": sorted(basis.asked),
        "settings": {
            "node_memory_percent": basis.limit.percent,
            "node_memory_reserve_bytes": basis.limit.reserve_bytes,
            "excluded_pools": sorted(basis.excluded),
        },
        "pools": [
            pool | {"measure": {"before": before[pool["name"]], "after": after[pool["name"]]}}
            for pool in fields["pools"]
        ],
        "bounds": [_bound(bound, changes, after) for bound in plan.bounds],
    }
    return f"{json.dumps({**fields, **proof}, indent=2)}\n".encode("ascii")


def _measures(plan: Plan, ground: Ground) -> dict[PoolName, list[int]]:
    """Return how good each pool's arrangement is, as numbers from 0 up: of domains used the more is better."""
    measures: dict[PoolName, list[int]] = {}
    for change in plan.pools:
        places = [member.node for member in ground.members_of.get(change.pool, ())]
        measures[change.pool] = list(map(abs, weight_of(ground.levels, change.policy, places)))
    return measures


def _bound(bound: Bound, changes: Mapping[PoolName, PoolChange], ends: Mapping[PoolName, list[int]]) -> dict[str, Any]:
    """Return a bound with what it counts.

    Where several kinds of ends are good enough, the planner's bound is of the one that takes the fewest moves, and
    counts what the plan's own end may not reach: that is a comparison of cases, and no argument by itself.
    """
    row: dict[str, Any] = {"level": None, "now": None, "goal": None, "moves": bound.moves}
    match bound:
        case LevelBound(pool=pool, level=level, used=now, goal=goal):
            used = {each.name: each.used for each in changes[pool].after}
            kind = "level" if goal <= used[level] else "cases"
            row |= {"pools": [pool], "level": level, "now": now, "goal": goal}
        case MaintenanceBound(pool=pool, members=now, goal=goal):
            kind = "maintenance" if goal >= ends[pool][0] else "cases"
            row |= {"pools": [pool], "now": now, "goal": goal}
        case EvennessBound(pool=pool, level=level, squares=now, goal=goal):
            squares = dict(
                zip((each.name for each in changes[pool].after), ends[pool][-len(changes[pool].after) :], strict=True)
            )
            kind = "evenness" if goal >= squares[level] else "cases"
            row |= {"pools": [pool], "level": level, "now": now, "goal": goal}
        case ClearingBound(pool=cleared):
            kind = "clearing"
            row |= {"pools": [] if cleared is None else [cleared]}
        case SearchBound(pools=pools) | SolverBound(pools=pools):
            kind = "search" if isinstance(bound, SearchBound) else "solver"
            row |= {"pools": list(pools)}
        case _:
            assert_never(bound)
    argument = bound_in_words(bound) if kind != "cases" else nearest_case_in_words(row["pools"][0], bound.moves)
    return row | {"kind": kind, "argument": argument}
