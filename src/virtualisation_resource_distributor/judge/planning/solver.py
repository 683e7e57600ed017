"""Which end state moves the fewest guests? Asked of OR-tools' CP-SAT, where that is installed.

It weighs end states alone: that moves lead there in some order is not in the model, so what it proves is a lower bound,
and what it finds has to be put in order. One worker, a fixed seed and a limit in its own deterministic time give the
same answer to the same question on every machine.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib.util import find_spec
from math import gcd
from typing import TYPE_CHECKING, NamedTuple

from ...cluster.names import GuestId, NodeName
from ..moves import Mover, Movers
from ..space import apart_of
from .composition import Wish
from .distance import Target
from .goals import Aim

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

DETERMINISTIC_SECONDS = 5.0
SECONDS_FOR_ANOTHER = 1.0
"""For each end state after the best: it proves nothing, and may be easier to reach."""
MOST_CHOICES = 100_000
MOST_BYTES = 2**50
"""Sums beyond this are not safe in the solver's 64 bits, once they are multiplied."""


class EndState(NamedTuple):
    """Where the movers are in the end, and how many pools miss their goals; the rest are proven bounds.

    No end state leaves fewer than `missed_at_least` pools out, and if as many are left out as here, none takes fewer
    moves than `moves_at_least`.
    """

    node_of: Mapping[GuestId, NodeName]
    missed: int
    missed_at_least: int
    moves_at_least: int


def is_there() -> bool:
    """Tell whether the solver is installed."""
    return find_spec("ortools") is not None


def best_end_state(movers: Movers, wish: Wish, excluded: Sequence[Mapping[GuestId, NodeName]] = ()) -> EndState | None:
    """Return the end state with the fewest pools that miss their goals, then the fewest moved guests.

    End states that hold all moves of one of the `excluded` ones are left out. None where there is no end state in
    which all who have to leave have left, where the question is too big, or where no answer was found in time.
    """
    question = _Question(movers, wish)
    if question.is_too_big():
        return None
    return question.answer(excluded)


class _Question:
    """The model, built up part by part; `at` has a literal for each mover and each node where it may be in the end."""

    def __init__(self, movers: Movers, wish: Wish) -> None:
        from ortools.sat.python import cp_model  # noqa: PLC0415 -- takes a second, and few plans need it

        self._cp_model = cp_model
        self._model = cp_model.CpModel()
        self._movers = movers
        self._wish = wish
        self._targets = {mover.guest.id: list(self._ends(mover)) for mover in movers.movers}
        self._unit = self._common_divisor()

    def _ends(self, mover: Mover) -> Iterator[NodeName]:
        home = mover.guest.node
        if home not in self._wish.emptied:
            yield home
        for node in self._movers.ground.levels.domains:
            if node != home and self._movers.may_enter(mover, node):
                yield node

    def _common_divisor(self) -> int:
        unit = 0
        for mover in self._movers.movers:
            unit = gcd(unit, mover.size_bytes)
        return unit or 1

    def is_too_big(self) -> bool:
        """Tell whether the model would be too large, or its sums too long for the solver."""
        total = sum(mover.size_bytes for mover in self._movers.movers) // self._unit
        return sum(map(len, self._targets.values())) > MOST_CHOICES or total > MOST_BYTES

    @cached_property
    def _at(self) -> "dict[GuestId, dict[NodeName, cp_model.IntVar]]":
        at = {guest: {node: self._model.new_bool_var("") for node in nodes} for guest, nodes in self._targets.items()}
        for literals in at.values():
            self._model.add_exactly_one(literals.values())
        return at

    def answer(self, excluded: Sequence[Mapping[GuestId, NodeName]]) -> EndState | None:
        """Ask the solver."""
        self._add_room()
        self._add_rules()
        reached = [self._add_aim(aim) for aim in self._wish.aims]
        for moves in excluded:
            self._model.add(sum(self._at[guest][node] for guest, node in moves.items()) <= len(moves) - 1)
        weight = len(self._movers.movers) + 1
        stays = [
            self._at[m.guest.id][m.guest.node] for m in self._movers.movers if m.guest.node in self._at[m.guest.id]
        ]
        moved = len(self._movers.movers) - sum(stays)
        self._model.minimize(weight * (len(reached) - sum(reached)) + moved)
        solver = self._solver(SECONDS_FOR_ANOTHER if excluded else DETERMINISTIC_SECONDS)
        status = solver.solve(self._model)
        if status not in {self._cp_model.OPTIMAL, self._cp_model.FEASIBLE}:
            return None
        missed = sum(not solver.boolean_value(literal) for literal in reached)
        bound = round(solver.best_objective_bound)
        at_least = bound // weight
        return EndState(
            node_of={
                guest: next(node for node, literal in literals.items() if solver.boolean_value(literal))
                for guest, literals in self._at.items()
            },
            missed=missed,
            missed_at_least=at_least,
            moves_at_least=bound - weight * missed if at_least == missed else 0,
        )

    def _solver(self, seconds: float) -> "cp_model.CpSolver":
        solver = self._cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        solver.parameters.max_deterministic_time = seconds
        return solver

    def _add_room(self) -> None:
        """Let nodes hold what they are asked to; one that is over its size may stay so if nobody enters it."""
        for node in self._movers.ground.levels.domains:
            free = self._movers.ground.free_bytes[node]
            if free is None:
                continue
            capacity = (free + self._movers.freed_bytes.get(node, 0)) // self._unit
            there = [mover for mover in self._movers.movers if node in self._at[mover.guest.id]]
            load = sum(mover.size_bytes // self._unit * self._at[mover.guest.id][node] for mover in there)
            if free >= 0:
                self._model.add(load <= capacity)
            else:
                for mover in there:
                    if mover.guest.node != node:
                        self._model.add(load <= capacity).only_enforce_if(self._at[mover.guest.id][node])

    def _add_rules(self) -> None:
        """Keep movers apart that rules keep apart, unless both have been on the node from the beginning."""
        moving = {mover.guest.id: mover for mover in self._movers.movers}
        rules = {rule for mover in self._movers.movers for rule in apart_of(self._movers, mover, frozenset(moving))}
        for rule in sorted(rules, key=lambda rule: (rule.name, sorted(rule.guests))):
            guests = sorted(rule.guests & moving.keys())
            for number, one in enumerate(guests):
                for other in guests[number + 1 :]:
                    for node in self._at[one].keys() & self._at[other].keys():
                        if not moving[one].guest.node == moving[other].guest.node == node:
                            self._model.add_at_most_one(self._at[one][node], self._at[other][node])

    def _add_aim(self, aim: Aim) -> "cp_model.IntVar":
        """Let the pool be no worse than it is now; return a literal that is true only if it is at its goal."""
        parts = self._parts(aim)
        reached = self._model.new_bool_var("")
        always = self._model.new_constant(1)
        self._hold(parts, aim.floor, always)
        self._hold(parts, aim.target, reached)
        return reached

    def _hold(self, parts: "list[cp_model.LinearExprT]", target: Target, where: "cp_model.IntVar") -> None:
        """Let the weight be the target's or a smaller one: `below` is true only if a part before this one is."""
        below = self._model.new_constant(0)
        for part, goal, least in zip(parts, target.weight, target.least, strict=True):
            self._model.add(part <= goal).only_enforce_if(where, below.negated())
            if goal > least:
                below_here = self._model.new_bool_var("")
                self._model.add(part <= goal - 1).only_enforce_if(where, below_here, below.negated())
                below = below_here

    def _parts(self, aim: Aim) -> "list[cp_model.LinearExprT]":
        """Return the parts of the pool's weight, each no smaller than it is."""
        levels = self._movers.ground.levels
        used: list[cp_model.LinearExprT] = []
        squares: list[cp_model.LinearExprT] = []
        for depth in range(len(levels.names)):
            there = self._by_domain(aim, depth)
            used.append(-sum(self._is_used(members) for members in there.values()))
            if aim.pool.policy == "even":
                squares.append(sum(self._square(members) for members in there.values()))
        if aim.pool.policy == "distinct":
            return used
        away = [member for member in aim.members if member.node not in levels.domains]
        held = sum(member.id not in self._at for member in away)
        staying = [self._at[one.id][one.node] for one in away if one.node in self._at.get(one.id, ())]
        return [held + sum(staying), *used, *squares]

    def _by_domain(self, aim: Aim, depth: int) -> "dict[str, list[cp_model.LinearExprT]]":
        """Return for each failure domain of a level the literals of members in it, and 1 for each that stays there."""
        domains = self._movers.ground.levels.domains
        there: dict[str, list[cp_model.LinearExprT]] = {}
        for member in aim.members:
            if member.id in self._at:
                for node, literal in self._at[member.id].items():
                    if node in domains:
                        there.setdefault(domains[node][depth], []).append(literal)
            elif member.node in domains:
                there.setdefault(domains[member.node][depth], []).append(1)
        return there

    def _is_used(self, members: "list[cp_model.LinearExprT]") -> "cp_model.LinearExprT":
        if 1 in [one for one in members if isinstance(one, int)]:
            return 1
        used = self._model.new_bool_var("")
        self._model.add(sum(members) >= 1).only_enforce_if(used)
        return used

    def _square(self, members: "list[cp_model.LinearExprT]") -> "cp_model.LinearExprT":
        """Return an expression that is the square of their number at least: 1 + 3 + 5 + …."""
        more = [self._model.new_bool_var("") for _ in members]
        self._model.add(sum(members) <= sum(more))
        return sum((2 * number + 1) * literal for number, literal in enumerate(more))
