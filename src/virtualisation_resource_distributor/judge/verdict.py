"""The answer for one pool: one class for each verdict."""

from typing import Literal, NamedTuple

from ..cluster.cluster import Guest, Policy
from ..cluster.names import PoolName
from .levels import Level
from .obstacles import Obstacle


class Excluded(NamedTuple):
    """The settings exclude the pool; `members` is what it would be."""

    pool: PoolName
    policy: Policy
    members: tuple[Guest, ...]

    @property
    def kind(self) -> Literal["excluded"]:
        """The verdict's word."""
        return "excluded"


class Empty(NamedTuple):
    """No guest of the pool runs on an online node."""

    pool: PoolName
    policy: Policy
    members: tuple[Guest, ...] = ()

    @property
    def kind(self) -> Literal["empty"]:
        """The verdict's word."""
        return "empty"


class Unknown(NamedTuple):
    """Nothing can be said, and the pool is never said to be fine; `reason` is what is not known."""

    pool: PoolName
    policy: Policy
    members: tuple[Guest, ...]
    reason: str

    @property
    def kind(self) -> Literal["unknown"]:
        """The verdict's word."""
        return "unknown"


class Spread(NamedTuple):
    """No arrangement is better."""

    pool: PoolName
    policy: Policy
    members: tuple[Guest, ...]
    levels: tuple[Level, ...]

    @property
    def kind(self) -> Literal["spread"]:
        """The verdict's word."""
        return "spread"


class Migrate(NamedTuple):
    """Not spread, and permitted moves of the pool's own members make it better."""

    pool: PoolName
    policy: Policy
    members: tuple[Guest, ...]
    levels: tuple[Level, ...]

    @property
    def kind(self) -> Literal["migrate"]:
        """The verdict's word."""
        return "migrate"


class Blocked(NamedTuple):
    """Not spread, and no permitted moves of the pool's own members make it better.

    Lifting exactly `obstacles` permits a move that does; they are empty where no node is usable, and where the
    search's budget ran out.
    """

    pool: PoolName
    policy: Policy
    members: tuple[Guest, ...]
    levels: tuple[Level, ...]
    reason: str
    obstacles: tuple[Obstacle, ...]

    @property
    def kind(self) -> Literal["blocked"]:
        """The verdict's word."""
        return "blocked"


Verdict = Excluded | Empty | Unknown | Spread | Migrate | Blocked


def is_alarm(verdict: Verdict) -> bool:
    """Tell whether the pool is badly spread."""
    return isinstance(verdict, Migrate | Blocked)
