"""How many moves does it take at least to bring a pool from one arrangement to another weight, obstacles aside?

Weights are as `order.weight_of` gives them; the smaller is better. A move changes each number of failure domains used,
and the number of members in maintenance, by one at most; and no moves take a sum of squares further down than those
from the fullest failure domain to the emptiest.
"""

from collections import Counter
from typing import NamedTuple

from ...cluster.cluster import Policy
from ...cluster.names import NodeName
from ..levels import Levels
from ..order import Weight, weight_of

FAR = 10**9
"""More moves than any plan has: no moves lead there."""


class Target(NamedTuple):
    """The weight that a pool is to come to, or below it; `least` is what each of its parts can't get below."""

    policy: Policy
    weight: Weight
    least: Weight


class Need(NamedTuple):
    """How many moves a part of the weight takes at least; `part` is its index."""

    moves: int
    part: int
    now: int
    goal: int


def moves_needed(levels: Levels, target: Target, places: list[NodeName]) -> int:
    """Return how many moves it takes at least until the weight is the target's or a smaller one; FAR if it can't be."""
    return greatest_need(levels, target, weight_of(levels, target.policy, places), places).moves


def takes_more(levels: Levels, target: Target, now: Weight, places: list[NodeName], most: int) -> bool:
    """Tell whether it takes more than so many moves from an arrangement of this weight."""
    if target.weight == target.least:
        plain = 1 + len(levels.names)
        if any(part - goal > most for part, goal in zip(now[:plain], target.weight[:plain], strict=True)):
            return True
    return greatest_need(levels, target, now, places).moves > most


def greatest_need(levels: Levels, target: Target, now: Weight, places: list[NodeName]) -> Need:
    """Return the part of the weight that takes the most moves; no moves where the target is reached.

    A weight is below the target's too where one of its parts is smaller and those before it are equal. Where a part
    can be smaller than the target's, the way there is a case of its own, and the nearest case counts.
    """
    if now <= target.weight:
        return Need(0, 0, now[0], now[0])
    measure = _Measure(levels, target, places, now)
    nearest: Need | None = None
    furthest = Need(0, 0, now[0], now[0])
    for part, goal in enumerate(target.weight):
        if goal > target.least[part]:
            case = max(furthest, measure.need(part, goal - 1), key=_moves)
            nearest = case if nearest is None else min(nearest, case, key=_moves)
        if now[part] > goal:
            furthest = max(furthest, measure.need(part, goal), key=_moves)
    return furthest if nearest is None else min(nearest, furthest, key=_moves)


def _moves(need: Need) -> int:
    return need.moves


class _Measure(NamedTuple):
    levels: Levels
    target: Target
    places: list[NodeName]
    now: Weight

    def need(self, part: int, goal: int) -> Need:
        """Return what it takes to bring one part to a number, those before it being as the target has them."""
        moves = max(0, self.now[part] - goal)
        depth = part - 1 - len(self.levels.names)
        if depth >= 0 and moves:
            counts = self.levels.counts(self.places)[depth]
            entering = max(0, self.now[0] - self.target.weight[0])
            moves = _moves_to_even_out(counts, self.levels.sizes[depth], entering, goal)
        return Need(moves, part, self.now[part], goal)


def _moves_to_even_out(counts: Counter[str], domains: int, entering: int, goal: int) -> int:
    """Return how few moves take the sum of squares to the goal, where so many members enter from outside."""
    numbers = Counter(counts.values())
    numbers[0] = domains - len(counts)
    squares = sum(number * number * there for number, there in numbers.items())
    moves = 0
    while moves < entering or squares > goal:
        low = min(number for number, there in numbers.items() if there)
        high = max(number for number, there in numbers.items() if there)
        if moves >= entering:
            if high - low < 2:
                return FAR
            numbers.subtract((high,))
            numbers.update((high - 1,))
            squares -= 2 * high - 1
        numbers.subtract((low,))
        numbers.update((low + 1,))
        squares += 2 * low + 1
        moves += 1
    return moves
