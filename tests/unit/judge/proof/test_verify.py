"""The checker accepts every plan, refuses what is none, and calls proven only what is."""

import ast
import random
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.brute_force import Scene
from tests.certificates import Document, certified, verified
from tests.fewest_moves import Board, fewest_moves
from tests.unit.judge.cases import LAW, cases
from tests.unit.judge.planning.test_making_room import loose
from tests.unit.judge.test_against_brute_force import Case, SeededCase

from virtualisation_resource_distributor.judge.plan import Plan
from virtualisation_resource_distributor.judge.proof import replay
from virtualisation_resource_distributor.judge.proof.verify import Refused, Verified

SEEDS = range(500)
NOT_CHECKED = {"search", "solver", "cases"}


@cache
def _certified(seed: int) -> tuple[Case, Plan, Document]:
    case = SeededCase(seed).build()
    return case, *certified(case)


def _renumbered(document: Document, moves: list[Document]) -> Document:
    return document | {"moves": [move | {"step": number} for number, move in enumerate(moves, start=1)]}


def _mutants(case: Case, document: Document) -> Iterator[Document]:
    """Yield the plan with a step dropped, swapped with the next, doubled, and to every other node."""
    moves = document["moves"]
    for index, move in enumerate(moves):
        before, after = moves[:index], moves[index + 1 :]
        yield _renumbered(document, [*before, *after])
        yield _renumbered(document, [*before, move, move, *after])
        for node in case.cluster.nodes:
            if node.name != move["to"]:
                yield _renumbered(document, [*before, move | {"to": node.name}, *after])
    for index, (one, other) in enumerate(pairwise(moves)):
        yield _renumbered(document, [*moves[:index], other, one, *moves[index + 2 :]])


def _is_right(case: Case, document: Document) -> bool:
    """Tell, by the brute force of the tests, whether the steps are permitted and lead where the plan says."""
    scene = Scene(case.cluster, case.limit.of)
    members = {pool["name"]: scene.members_of[pool["name"]] for pool in document["pools"]}
    movers = tuple(member for guests in members.values() for member in guests)
    board = Board(scene, movers)
    state = tuple(guest.node for guest in movers)
    for move in document["moves"]:
        index = next(number for number, guest in enumerate(movers) if guest.id == move["guest"])
        usable = move["to"] in scene.tree.usable
        if state[index] != move["from"] or not usable or not board.is_permitted(state, index, move["to"]):
            return False
        state = (*state[:index], move["to"], *state[index + 1 :])
    ends = dict(zip((guest.id for guest in movers), state, strict=True))
    policies = {pool.name: pool.policy for pool in case.cluster.pools}
    for pool in document["pools"]:
        rank = scene.tree.rank(policies[pool["name"]], tuple(ends[guest.id] for guest in members[pool["name"]]))
        if list(map(abs, rank)) != pool["measure"]["after"]:
            return False
    number = len(document["moves"])
    return bool(document["lower_bound"] == number if document["optimal"] else document["lower_bound"] <= number)


@LAW
@given(cases(), st.booleans())
def test_every_plan_is_accepted(case: Case, make_room: bool) -> None:
    """Whatever the cluster, with room made or without; and nothing is called proven beyond the plan's own moves."""
    plan, document = certified(case, make_room=make_room)
    answer = verified(case, document)
    assert isinstance(answer, Verified), answer
    assert answer.proven_moves <= len(plan.steps)
    spread = {change.pool for change in plan.pools} - {one.pool for one in plan.unresolved}
    assert not spread & set(answer.unproven_goals)


def test_a_guest_of_no_pool_may_make_room() -> None:
    """Its step is checked as any other, and no pool has to be told for it."""
    case = Case(loose())
    plan, document = certified(case, make_room=True)
    assert [step.pool for step in plan.steps] == [None, "p"]
    assert isinstance(verified(case, document), Verified)
    document["moves"][0]["to"] = "a"
    assert isinstance(verified(case, document), Refused)


def test_exactly_those_mutants_are_refused_that_are_wrong() -> None:
    """A step dropped, swapped, doubled, or to another node: an independent replay says which."""
    refused = accepted = 0
    for seed in SEEDS:
        case, _, document = _certified(seed)
        for mutant in _mutants(case, document):
            answer = verified(case, mutant)
            assert isinstance(answer, Verified) is _is_right(case, mutant), (seed, mutant["moves"], answer)
            refused += isinstance(answer, Refused)
            accepted += isinstance(answer, Verified)
    assert refused > 500
    assert accepted > 20, "two steps of a plan may often be swapped"


def test_a_raised_bound_is_refused_or_not_called_proven() -> None:
    """By one, with and without the goal that would give it."""
    raised = 0
    for seed in SEEDS:
        case, _, document = _certified(seed)
        for index, bound in enumerate(document["bounds"]):
            for goal in (0, 1, -1) if bound["goal"] is not None else (None,):
                mutant = deepcopy(document)
                mutant["bounds"][index]["moves"] += 1
                mutant["lower_bound"] += 1
                if goal is not None:
                    mutant["bounds"][index]["goal"] = max(0, bound["goal"] + goal)
                answer = verified(case, mutant)
                raised += 1
                if isinstance(answer, Verified):
                    assert bound["kind"] in NOT_CHECKED, (seed, bound)
                    honest = verified(case, document)
                    assert isinstance(honest, Verified)
                    assert answer.proven_moves == honest.proven_moves
    assert raised > 300


def test_what_is_called_proven_is_needed() -> None:
    """A breadth-first search over everything finds no shorter way for the pools that reach their goals."""
    compared = 0
    for seed in SEEDS:
        case, plan, document = _certified(seed)
        answer = verified(case, document)
        fewest = fewest_moves(case.cluster, case.excluded, case.limit.of, most_states=1000) if plan.steps else None
        if fewest is not None and fewest.reached == fewest.pools:
            assert isinstance(answer, Verified)
            assert answer.proven_moves <= fewest.moves, seed
            compared += 1
    assert compared > 60


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        ("lower_bound", 0, "its lower bound is 0"),
        ("optimal", True, ""),
        ("bounds", [], "its lower bound is 1"),
        ("pools", [], "it is of a pool that the plan does not speak of"),
        ("moves", [], "does not end as the plan says"),
    ],
)
def test_what_a_plan_says_of_itself_has_to_be_so(place: str, value: object, told: str) -> None:
    """In a plan of one move."""
    case, document = next(
        (case, document)
        for case, plan, document in map(_certified, SEEDS)
        if len(plan.steps) == 1
        and not plan.unresolved
        and len(plan.pools) == 1
        and document["bounds"][0]["kind"] == "level"
    )
    answer = verified(case, document | {place: value})
    assert (told in answer.reason) if isinstance(answer, Refused) else (told == "")


@given(st.integers(0, 10**9))
def test_any_order_of_steps_is_judged_as_the_replay_does(seed: int) -> None:
    """Not only neighbours swapped."""
    case = SeededCase(seed).build()
    _, document = certified(case)
    moves = list(document["moves"])
    random.Random(seed).shuffle(moves)
    mutant = _renumbered(document, moves)
    assert isinstance(verified(case, mutant), Verified) is _is_right(case, mutant)


def test_the_checker_imports_nothing_that_makes_plans() -> None:
    """Neither at the top nor inside a function."""
    folder = Path(replay.__file__).parent
    own = {"certificate", "replay", "verify"}
    for name in own:
        tree = ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level == 1:
                assert node.module in own, (name, node.module)
