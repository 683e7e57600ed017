"""The checker accepts every plan, refuses what is none, and calls proven only what is."""

import ast
import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.certificates import Document, certified, verified
from tests.fewest_moves import fewest_moves
from tests.plan_mutants import Telling, renumbered, with_other_steps, with_other_words
from tests.unit.judge.cases import LAW, cases
from tests.unit.judge.planning.test_making_room import loose
from tests.unit.judge.test_against_brute_force import Case, SeededCase

from virtualisation_resource_distributor.judge.plan import Plan
from virtualisation_resource_distributor.judge.proof import replay
from virtualisation_resource_distributor.judge.proof.verify import Refused, Verified

SEEDS = range(500)
NOT_CHECKED = {"search", "solver", "cases"}
Change = Callable[[Case, Document], Iterator[Document]]


@cache
def _certified(seed: int) -> tuple[Case, Plan, Document]:
    case = SeededCase(seed).build()
    return case, *certified(case)


@LAW
@given(cases(), st.booleans())
def test_every_plan_is_accepted(case: Case, make_room: bool) -> None:
    """Whatever the cluster, with room made or without; and nothing is called proven beyond the plan's own moves."""
    plan, document = certified(case, make_room=make_room)
    answer = verified(case, document)
    assert isinstance(answer, Verified), answer
    checked = [bound["moves"] for bound in document["bounds"] if bound["kind"] not in NOT_CHECKED]
    assert answer.proven_moves == sum(checked) <= len(plan.steps)
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


@pytest.mark.parametrize(
    ("change", "seeds", "accepted_at_least"), [(with_other_steps, SEEDS, 20), (with_other_words, range(120), 500)]
)
def test_exactly_those_mutants_are_refused_that_are_wrong(change: Change, seeds: range, accepted_at_least: int) -> None:
    """Of its steps, and of what it says of them, of its pools and of itself: an independent replay says which."""
    refused = accepted = 0
    for seed in seeds:
        case, _, document = _certified(seed)
        for mutant in change(case, document):
            answer = verified(case, mutant)
            assert isinstance(answer, Verified) is Telling(case, mutant).is_right(), (seed, mutant, answer)
            refused += isinstance(answer, Refused)
            accepted += isinstance(answer, Verified)
    assert refused > 500
    assert accepted > accepted_at_least, "two steps of a plan may often be swapped, and some words stay as they were"


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
    mutant = renumbered(document, moves)
    assert isinstance(verified(case, mutant), Verified) is Telling(case, mutant).is_right()


def test_the_checker_imports_nothing_that_makes_plans() -> None:
    """Neither at the top nor inside a function."""
    folder = Path(replay.__file__).parent
    own = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    for name in own:
        tree = ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level == 1:
                assert node.module in own, (name, node.module)
