"""What is a plan: which moves in which order, why each of them, and what proves that fewer are not enough?"""

from typing import NamedTuple, assert_never

from ..cluster.cluster import Guest, Policy
from ..cluster.names import NodeName, PoolName
from .levels import Level


class Move(NamedTuple):
    """One live migration of one guest; `guest` is as it was read, whatever earlier steps did with it."""

    guest: Guest
    from_node: NodeName
    to_node: NodeName


class UsesMore(NamedTuple):
    """The pool uses a failure domain more at this level."""

    level: str
    domain: str


class LeavesMaintenance(NamedTuple):
    """The member leaves a node in maintenance, where it uses nothing."""

    node: NodeName


class EvensOut(NamedTuple):
    """The pool's members are distributed more evenly over the failure domains of this level."""

    level: str


class Clears(NamedTuple):
    """The guest leaves a node that is to be emptied."""

    node: NodeName


class Balances(NamedTuple):
    """The cluster's imbalance goes down, in thousandths (see judge/planning/balance.py)."""

    before: int
    after: int


class MakesWay(NamedTuple):
    """The step only makes a later one possible."""


Why = UsesMore | LeavesMaintenance | EvensOut | Clears | Balances | MakesWay


class Step(NamedTuple):
    """A move with its reason; `makes_own_pool_worse` marks one after which its pool is worse for a while."""

    move: Move
    pool: PoolName | None
    why: Why
    makes_own_pool_worse: bool


class LevelBound(NamedTuple):
    """Each move lets its pool use at most one failure domain more at a level, and the pool's goal uses `goal`."""

    pool: PoolName
    level: str
    used: int
    goal: int

    @property
    def moves(self) -> int:
        """How many moves this proves to be needed."""
        return self.goal - self.used


class MaintenanceBound(NamedTuple):
    """Each move takes at most one member off the nodes in maintenance, and the pool's goal leaves `goal` there."""

    pool: PoolName
    members: int
    goal: int

    @property
    def moves(self) -> int:
        """How many moves this proves to be needed."""
        return self.members - self.goal


class EvennessBound(NamedTuple):
    """So many moves, from the fullest failure domain to the emptiest, take the sum of squares down to `goal`."""

    pool: PoolName
    level: str
    squares: int
    goal: int
    moves: int


class ClearingBound(NamedTuple):
    """Each of so many guests has to leave the nodes that are to be emptied (of this pool, or of no pool)."""

    pool: PoolName | None
    moves: int


class SearchBound(NamedTuple):
    """An exhaustive search found no shorter way for these pools, or gave up before a shorter one was excluded."""

    pools: tuple[PoolName, ...]
    moves: int


class SolverBound(NamedTuple):
    """A solver proved that these pools' goals take so many moved guests in any end state."""

    pools: tuple[PoolName, ...]
    moves: int


Bound = LevelBound | MaintenanceBound | EvennessBound | ClearingBound | SearchBound | SolverBound
"""Bounds of different pools add up, since each move moves a member of one pool only."""


class Unresolved(NamedTuple):
    """A pool that the plan does not bring to its ideal, or a guest that can't be moved away, with the true reason."""

    pool: PoolName | None
    guest: Guest | None
    reason: str


class PoolChange(NamedTuple):
    """A pool that the plan concerns, with its levels before the first step and after the last."""

    pool: PoolName
    policy: Policy
    before: tuple[Level, ...]
    after: tuple[Level, ...]


class Plan(NamedTuple):
    """Moves in an order in which each is permitted when it is taken.

    `bounds` are of different pools each, and their sum is `lower_bound`. `optimal` is true only where as many pools as
    possible reach their goals and fewer moves are proven not to be enough. `pools` and `unresolved` are sorted by
    name; `notes` say what the plan rests on; `most_moves` is how many were asked for at
    most, where more might have helped.
    """

    steps: tuple[Step, ...]
    bounds: tuple[Bound, ...]
    optimal: bool
    unresolved: tuple[Unresolved, ...]
    pools: tuple[PoolChange, ...]
    notes: tuple[str, ...] = ()
    most_moves: int | None = None

    @property
    def lower_bound(self) -> int:
        """How many moves are proven to be needed."""
        return sum(bound.moves for bound in self.bounds)


def why_in_words(why: Why) -> str:
    """Return the reason of a step as the end of a sentence (`101 goes to pve3: …`)."""
    match why:
        case UsesMore(level=level, domain=domain):
            return f"uses '{domain}' at {level}, which its pool does not use yet"
        case LeavesMaintenance(node=node):
            return f"leaves '{node}', which is in maintenance"
        case EvensOut(level=level):
            return f"evens out its pool at {level}"
        case Clears(node=node):
            return f"empties '{node}'"
        case Balances(before=before, after=after):
            return f"takes the imbalance from {_in_percent(before)} to {_in_percent(after)}"
        case MakesWay():
            return "makes way for a later step"
        case _:
            assert_never(why)


def _in_percent(thousandths: int) -> str:
    return f"{thousandths // 10}.{thousandths % 10} %"


def bound_in_words(bound: Bound) -> str:
    """Return why so many moves are needed, for a bound whose goal each end as good as the plan's reaches."""
    match bound:
        case LevelBound(pool=pool, level=level, used=used, goal=goal):
            ends = f"each end as good as the plan's uses {goal} or more"
            return f"'{pool}' uses {used} at {level}, and {ends}; a move adds one at most"
        case MaintenanceBound(pool=pool, members=members, goal=goal):
            ends = f"each end as good as the plan's has {goal} or fewer"
            return f"'{pool}' has {members} in maintenance, and {ends}; a move takes one away at most"
        case EvennessBound(pool=pool, level=level, squares=squares, goal=goal, moves=moves):
            ends = f"each end as good as the plan's has {goal} or less"
            least = f"no fewer than {_moves(moves)} lead{'s' if moves == 1 else ''} to one"
            return f"'{pool}' has a sum of squares of {squares} at {level}, and {ends}; {least}"
        case ClearingBound(pool=pool, moves=moves):
            guests = f"{moves} guest{' has' if moves == 1 else 's have'} to leave"
            return f"{guests}, of no pool" if pool is None else f"{guests}, of '{pool}'"
        case SearchBound(pools=pools, moves=moves):
            fewer = f"an exhaustive search excluded all of fewer than {_moves(moves)}"
            return f"{fewer} that bring as many of {_listed(pools)} to their goals"
        case SolverBound(pools=pools, moves=moves):
            fewer = f"a solver proved that no end of fewer than {moves} moved guest{'' if moves == 1 else 's'}"
            return f"{fewer} brings as many of {_listed(pools)} to their goals"
        case _:
            assert_never(bound)


def nearest_case_in_words(pool: PoolName, moves: int) -> str:
    """Return why so many moves are needed where ends of several kinds are good enough."""
    return f"each kind of end that is as good as the goal of '{pool}' takes {_moves(moves)} or more"


def _moves(number: int) -> str:
    return f"{number} move{'' if number == 1 else 's'}"


def _listed(pools: tuple[PoolName, ...]) -> str:
    return ", ".join(f"'{pool}'" for pool in pools)
