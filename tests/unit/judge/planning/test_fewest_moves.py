"""On small clusters a plan takes exactly as many moves as trying everything finds to be needed."""

from collections.abc import Iterator
from itertools import combinations_with_replacement, permutations, product
from typing import NamedTuple

import pytest
from tests.brute_force import Tree
from tests.by_hand import guest, node, pool, zones
from tests.fewest_moves import Taken, faults_of, fewest_moves, fewest_to_empty
from tests.unit.judge.test_against_brute_force import POLICIES, Case, SeededCase

from virtualisation_resource_distributor.cluster import Cluster, NodeName, Policy
from virtualisation_resource_distributor.judge.plan import Plan
from virtualisation_resource_distributor.judge.planning.drain import in_maintenance, plan_draining
from virtualisation_resource_distributor.judge.planning.mending import Request, plan_mending
from virtualisation_resource_distributor.judge.planning.steps import cluster_after
from virtualisation_resource_distributor.judge.spread import judge_pools
from virtualisation_resource_distributor.judge.verdict import Migrate

SEEDS_IN_CHUNK = 500
MOST_STATES = 2_000


def request_of(case: Case) -> Request:
    """Return what a plan for this case is asked for."""
    return Request(excluded=case.excluded, limit=case.limit)


def taken(plan: Plan) -> list[Taken]:
    """Return the steps of a plan as an independent reader sees them."""
    return [Taken(step.move.guest.id, step.move.from_node, step.move.to_node) for step in plan.steps]


def faults_of_plan(case: Case, plan: Plan) -> list[str]:
    """Return what is wrong with a plan, whatever it was asked for: steps, bounds, levels."""
    faults = faults_of(case.cluster, taken(plan), case.limit.of)
    if plan.lower_bound > len(plan.steps):
        faults.append(f"{len(plan.steps)} moves are fewer than the {plan.lower_bound} that are said to be needed")
    end = cluster_after(case.cluster, [step.move for step in plan.steps])
    tree = Tree(end.zones, end.nodes)
    for change in plan.pools:
        members = [
            row for row in end.guests_in[change.pool] if row.runs and end.node_named[row.node].status == "online"
        ]
        if tuple(level.used for level in change.after) != tree.used(tuple(row.node for row in members)):
            faults.append(f"the levels of {change.pool} are not as told")
    return faults


class Answer(NamedTuple):
    """What is compared: pools that reach their goals of how many, and moves."""

    reached: int
    pools: int
    moves: int
    proven: bool


def _answer(case: Case, plan: Plan) -> Answer:
    migrate = [v for v in judge_pools(case.cluster, case.excluded, case.limit) if isinstance(v, Migrate)]
    missed = [one for one in plan.unresolved if "reached together" in one.reason or "was found beside" in one.reason]
    return Answer(len(migrate) - len(missed), len(migrate), len(plan.steps), plan.optimal)


def _disagreement(case: Case) -> str | None:
    """Return how the plan differs from the truth; nothing where that is too big to be tried."""
    plan = plan_mending(case.cluster, request_of(case))
    if faults := faults_of_plan(case, plan):
        return "; ".join(faults)
    true = fewest_moves(case.cluster, case.excluded, case.limit.of, most_states=MOST_STATES)
    if true is None:
        return None
    expected = Answer(true.reached, true.pools, true.moves, proven=True)
    answer = _answer(case, plan)
    if answer != expected or plan.lower_bound != true.moves:
        return f"{answer} with bound {plan.lower_bound}, trying everything gives {expected}"
    return None


PARENTS: tuple[dict[str, str | None], ...] = (
    {"z0": None, "z1": None, "z2": None, "z3": None},
    {"z0": None, "z1": None},
    {"top": None, "z0": "top", "z1": "top", "z2": None},
)
SIZES = (None, 2, 3)
MEMBERS = ((5, 0), (4, 1), (3, 2), (2, 2), (3, 0), (2, 0))


def _small_clusters(nodes: int, policy: Policy) -> Iterator[Cluster]:
    """Yield clusters of up to five guests in two pools, one of all that renaming members and nodes makes the same."""
    names = [f"n{number}" for number in range(nodes)]
    for parents, gib in product(PARENTS, SIZES if nodes < 4 else SIZES[1:2]):
        leaves = [zone for zone in parents if zone != "top"]
        zone_of = {name: leaves[number % len(leaves)] for number, name in enumerate(names)}
        placed = tuple(node(name, zone_of[name], gib=gib) for name in names)
        for mine, others in _unlike_placements(names, parents, zone_of):
            guests = [guest(f"p{number}", on, gib=1) for number, on in enumerate(mine)]
            guests += [guest(f"q{number}", on, gib=1, pool="q") for number, on in enumerate(others)]
            if gib is None or max((*mine, *others).count(name) for name in names) <= gib + 1:
                pools = (pool("p", policy=policy), pool("q", policy=policy))
                yield Cluster(zones=zones(parents), nodes=placed, guests=tuple(guests), pools=pools)


def _unlike_placements(
    names: list[str], parents: dict[str, str | None], zone_of: dict[str, str]
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    renamings = [
        renaming
        for order in permutations(names)
        if _leaves_zones_as_they_are(renaming := dict(zip(names, order, strict=True)), parents, zone_of)
    ]
    seen: set[tuple[tuple[str, ...], ...]] = set()
    for first, second in MEMBERS:
        for mine in combinations_with_replacement(names, first):
            for others in combinations_with_replacement(names, second):
                same = min(
                    tuple(tuple(sorted(renaming[name] for name in places)) for places in (mine, others))
                    for renaming in renamings
                )
                if same not in seen:
                    seen.add(same)
                    yield mine, others


def _leaves_zones_as_they_are(
    renaming: dict[str, str], parents: dict[str, str | None], zone_of: dict[str, str]
) -> bool:
    """Tell whether nodes of one zone go to one zone, and zones of one parent to zones of one parent."""
    to_zone = {(zone_of[name], zone_of[renamed]) for name, renamed in renaming.items()}
    to_parent = {(parents[zone], parents[renamed]) for zone, renamed in to_zone}
    return all(len(pairs) == len({first for first, _ in pairs}) for pairs in (to_zone, to_parent))


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("nodes", [2, 3, 4])
def test_every_cluster_of_up_to_four_nodes_and_five_guests_is_mended_in_the_fewest_moves(
    nodes: int, policy: Policy
) -> None:
    """With nodes that hold two, some filled beyond that; up to three nodes also with three, and with room for all."""
    for cluster in _small_clusters(nodes, policy):
        found = _disagreement(Case(cluster))
        assert found is None, f"{found}: {cluster}"


@pytest.mark.parametrize("chunk", range(3))
def test_seeded_clusters_with_obstacles_are_mended_in_the_fewest_moves(chunk: int) -> None:
    """Tight memory, locks, rules and allowed nodes; as many pools as possible reach their goals."""
    for seed in range(chunk * SEEDS_IN_CHUNK, (chunk + 1) * SEEDS_IN_CHUNK):
        found = _disagreement(SeededCase(seed).build())
        assert found is None, f"seed {seed}: {found}"


@pytest.mark.parametrize("chunk", range(1))
def test_seeded_nodes_are_emptied_in_the_fewest_moves(chunk: int) -> None:
    """As many guests as possible leave, then as many pools as possible reach their goals."""
    for seed in range(chunk * SEEDS_IN_CHUNK, (chunk + 1) * SEEDS_IN_CHUNK):
        case = SeededCase(seed).build()
        names = frozenset({case.cluster.nodes[seed % len(case.cluster.nodes)].name})
        plan = plan_draining(case.cluster, names, request_of(case))
        drained = case._replace(cluster=in_maintenance(case.cluster, names))
        assert not faults_of_plan(drained, plan), f"seed {seed}"
        true = fewest_to_empty(case.cluster, names, case.excluded, case.limit.of, most_states=MOST_STATES)
        if true is not None:
            gone = _gone(plan, names)
            assert (gone, len(plan.steps), plan.lower_bound) == (true.left, true.moves, true.moves), f"seed {seed}"


def _gone(plan: Plan, names: frozenset[NodeName]) -> int:
    return len({step.move.guest.id for step in plan.steps if step.move.guest.node in names})
