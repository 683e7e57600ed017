"""The answer for one pool: one class for each verdict."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from ..cluster.cluster import Guest, Policy
from ..cluster.names import PoolName
from .levels import Level
from .obstacles import Obstacle


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """The settings exclude the pool; `members` is what it would be."""

    kind: ClassVar[Literal["excluded"]] = "excluded"
    pool: PoolName
    policy: Policy
    members: tuple[Guest, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Empty:
    """No guest of the pool runs on an online node."""

    kind: ClassVar[Literal["empty"]] = "empty"
    pool: PoolName
    policy: Policy
    members: tuple[Guest, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Nothing can be said, and the pool is never said to be fine; `reason` is what is not known."""

    kind: ClassVar[Literal["unknown"]] = "unknown"
    pool: PoolName
    policy: Policy
    members: tuple[Guest, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """No arrangement is better."""

    kind: ClassVar[Literal["spread"]] = "spread"
    pool: PoolName
    policy: Policy
    members: tuple[Guest, ...]
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrate:
    """Not spread, and permitted moves of the pool's own members make it better."""

    kind: ClassVar[Literal["migrate"]] = "migrate"
    pool: PoolName
    policy: Policy
    members: tuple[Guest, ...]
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """Not spread, and no permitted moves of the pool's own members make it better.

    Lifting exactly `obstacles` permits a move that does; they are empty where no node is usable, and where the
    search's budget ran out.
    """

    kind: ClassVar[Literal["blocked"]] = "blocked"
    pool: PoolName
    policy: Policy
    members: tuple[Guest, ...]
    levels: tuple[Level, ...]
    reason: str
    obstacles: tuple[Obstacle, ...]


Verdict = Excluded | Empty | Unknown | Spread | Migrate | Blocked


def is_alarm(verdict: Verdict) -> bool:
    """Tell whether the pool is badly spread."""
    return isinstance(verdict, Migrate | Blocked)
