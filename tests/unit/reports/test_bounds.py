"""The sentence that explains a bound is true, whichever kind of end the planner compared to find its number."""

import re
from collections.abc import Callable
from itertools import product

from tests.brute_force import Arrangement, Scene
from tests.certificates import Document, certified
from tests.unit.judge.test_against_brute_force import Case, SeededCase

from virtualisation_resource_distributor.cluster import PoolName
from virtualisation_resource_distributor.judge.plan import SearchBound, SolverBound, bound_in_words

SEEDS = range(1200)
IN_WORDS = {
    "level": r"'(.+)' uses (\d+) at (\S+), and each end as good as the plan's uses (\d+) or more; "
    r"a move adds one at most",
    "maintenance": r"'(.+)' has (\d+) in (maintenance), and each end as good as the plan's has (\d+) or fewer; "
    r"a move takes one away at most",
    "evenness": r"'(.+)' has a sum of squares of (\d+) at (\S+), and each end as good as the plan's has (\d+) or less; "
    r"no fewer than (\d+) moves? leads? to one",
    "cases": r"each kind of end that is as good as the goal of '(.+)' takes (\d+) moves? or more",
}


class Ends:
    """All that the members of a pool can come to, obstacles aside, and those that are as good as the plan's end."""

    def __init__(self, case: Case, document: Document, pool: PoolName) -> None:
        """Try everything."""
        self.tree = Scene(case.cluster, case.limit.of).tree
        members = Scene(case.cluster, case.limit.of).members_of[pool]
        policy = next(one.policy for one in case.cluster.pools if one.name == pool)
        moved = {move["guest"]: move["to"] for move in document["moves"]}
        self.begin: Arrangement = tuple(guest.node for guest in members)
        end = tuple(moved.get(guest.id, guest.node) for guest in members)
        choices = [tuple(dict.fromkeys((guest.node, *self.tree.usable))) for guest in members]
        rank = self.tree.rank(policy, end)
        self.as_good = [each for each in product(*choices) if self.tree.rank(policy, each) >= rank]

    def fewest(self) -> int:
        """Return how many members are elsewhere in the nearest end that is as good."""
        return min(sum(one != other for one, other in zip(self.begin, each, strict=True)) for each in self.as_good)

    def number(self, kind: str, level: str) -> tuple[Callable[[Arrangement], int], Callable[[list[int]], int]]:
        """Return how what the bound counts is counted, and which of the numbers of all ends is the nearest."""
        if kind == "maintenance":
            return lambda each: sum(node not in self.tree.usable for node in each), max
        depth = self.tree.level_names.index(level)
        if kind == "level":
            return lambda each: self.tree.used(each)[depth], min
        return lambda each: -self.tree.rank("even", each)[1 + len(self.tree.level_names) + depth], max


def test_the_numbers_of_the_sentence_are_what_trying_everything_gives() -> None:
    """What is counted now, what it has to come to, and so many moves at least."""
    seen = dict.fromkeys(IN_WORDS, 0)
    for seed in SEEDS:
        case = SeededCase(seed).build()
        _, document = certified(case)
        for bound in document["bounds"]:
            kind = bound["kind"]
            if kind not in IN_WORDS:
                continue
            told = re.fullmatch(IN_WORDS[kind], bound["argument"])
            assert told is not None, bound
            ends = Ends(case, document, PoolName(told[1]))
            assert bound["moves"] <= ends.fewest(), (seed, bound)
            seen[kind] += 1
            if kind == "cases":
                assert int(told[2]) == bound["moves"]
                continue
            count, nearest = ends.number(kind, told[3])
            now, goal = int(told[2]), int(told[4])
            assert now == count(ends.begin), (seed, bound)
            assert goal == nearest([count(each) for each in ends.as_good]), (seed, bound)
            assert bound["moves"] == (int(told[5]) if kind == "evenness" else abs(goal - now)), (seed, bound)
    assert all(number > 5 for number in seen.values()), seen


def test_what_was_searched_says_that_all_fewer_were_excluded() -> None:
    """Also where that is one move, and where the search did not come to its end."""
    pools = (PoolName("a"), PoolName("b"))
    told = "an exhaustive search excluded all of fewer than 1 move that bring as many of 'a', 'b' to their goals"
    assert bound_in_words(SearchBound(pools, 1)) == told
    told = "a solver proved that no end of fewer than 2 moved guests brings as many of 'a' to their goals"
    assert bound_in_words(SolverBound(pools[:1], 2)) == told
