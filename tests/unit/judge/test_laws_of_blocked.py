"""A pool that is blocked is blocked by what its verdict names."""

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from hypothesis import given, settings
from tests.by_hand import resized
from tests.unit.judge.cases import cases, judged
from tests.unit.judge.test_against_brute_force import Case

from virtualisation_resource_distributor.cluster import Cluster, Guest, GuestId, Node
from virtualisation_resource_distributor.cluster.cluster import RuleKind
from virtualisation_resource_distributor.cluster.limit import MemoryLimit
from virtualisation_resource_distributor.judge.obstacles import (
    KeptApart,
    KeptTogether,
    Locked,
    NoRoom,
    NotAllowed,
    Obstacle,
    Pinned,
    in_words,
)
from virtualisation_resource_distributor.judge.verdict import Blocked

OUT_OF_BUDGET = "no way to mend it was found within the search's budget"


def lifted(cluster: Cluster, limit: MemoryLimit, obstacle: Obstacle) -> Cluster:
    """Return the cluster without this obstacle, and with every other."""
    match obstacle:
        case Locked(guest=guest):
            return _with_guest(cluster, guest, lambda one: one._replace(locked=False))
        case Pinned(guest=guest):
            return _with_guest(cluster, guest, lambda one: one._replace(pinned=None))
        case NotAllowed(guest=guest, node=node):
            return _with_guest(
                cluster, guest, lambda one: one._replace(allowed_nodes=(one.allowed_nodes or frozenset()) | {node})
            )
        case KeptTogether(rule=rule, other=other):
            return _without_rule(cluster, "together", rule, other)
        case KeptApart(rule=rule, other=other):
            return _without_rule(cluster, "apart", rule, other)
        case NoRoom():
            return _with_room(cluster, limit, obstacle)
        case _:
            assert_never(obstacle)


def _with_guest(cluster: Cluster, guest: GuestId, change: Callable[[Guest], Guest]) -> Cluster:
    guests = tuple(change(one) if one.id == guest else one for one in cluster.guests)
    assert guests != cluster.guests, "the obstacle is there"
    return replace(cluster, guests=guests)


def _without_rule(cluster: Cluster, kind: RuleKind, name: str, other: GuestId) -> Cluster:
    rules = tuple(rule for rule in cluster.rules if (rule.kind, rule.name) != (kind, name) or other not in rule.guests)
    assert rules != cluster.rules, "the obstacle is there"
    return replace(cluster, rules=rules)


def _with_room(cluster: Cluster, limit: MemoryLimit, obstacle: NoRoom) -> Cluster:
    """Return the cluster with a node that is as much larger as the guest needs, and not a byte more."""

    def enlarged(node: Node) -> Node:
        now = limit.of(node.memory_bytes)
        if node.name != obstacle.node or now is None:
            return node
        most = now - obstacle.free_bytes + obstacle.needed_bytes
        return resized(node, -(-(most + limit.reserve_bytes) * 100 // limit.percent))

    nodes = tuple(map(enlarged, cluster.nodes))
    assert nodes != cluster.nodes, "the obstacle is there"
    return replace(cluster, nodes=nodes)


def _lifted_all(case: Case, obstacles: tuple[Obstacle, ...]) -> Case:
    cluster = case.cluster
    for obstacle in obstacles:
        cluster = lifted(cluster, case.limit, obstacle)
    return case._replace(cluster=cluster)


@settings(max_examples=400, deadline=None)
@given(cases())
def test_without_the_obstacles_that_are_named_a_move_would_help(case: Case) -> None:
    """Exactly these are lifted; room by no byte more than is needed."""
    for verdict in judged(case):
        if not isinstance(verdict, Blocked):
            continue
        if not verdict.obstacles:
            assert verdict.reason == OUT_OF_BUDGET or verdict.reason.startswith("0 of "), verdict.reason
        elif case.limit.percent > 0:
            after = {other.pool: other.kind for other in judged(_lifted_all(case, verdict.obstacles))}
            assert after[verdict.pool] == "migrate"


@settings(max_examples=150, deadline=None)
@given(cases())
def test_the_reason_tells_every_obstacle_and_a_member_and_where_it_would_go(case: Case) -> None:
    """The words are true to the values."""
    usable = [
        node.name for node in case.cluster.nodes if node.status == "online" and node.zone and not node.maintenance
    ]
    for verdict in judged(case):
        if isinstance(verdict, Blocked) and verdict.obstacles:
            assert all(in_words(obstacle) in verdict.reason for obstacle in verdict.obstacles)
            assert any(f"guest {member.id}" in verdict.reason for member in verdict.members)
            assert any(f"would have to go to '{name}', but " in verdict.reason for name in usable)


@settings(max_examples=150, deadline=None)
@given(cases())
def test_a_pool_is_blocked_without_obstacles_exactly_where_no_node_is_usable(case: Case) -> None:
    """The pools here are too small for the search to end before it knows."""
    usable = [node for node in case.cluster.nodes if node.status == "online" and node.zone and not node.maintenance]
    for verdict in judged(case):
        if isinstance(verdict, Blocked):
            assert bool(verdict.obstacles) == bool(usable)
