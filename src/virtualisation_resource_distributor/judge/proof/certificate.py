"""What does a plan's certificate say? Its document, as `plan --certificate` writes it, turned into a value."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, TypeVar

from ...cluster import fields
from ...cluster.fields import Check
from ...cluster.json_text import check_schema
from ...cluster.limit import MemoryLimit
from ...cluster.names import GuestId, NodeName, PoolName
from ...errors import InvalidData

SCHEMA = 1
NO_PROOF = "is missing; a plan is verified by the document that `plan --certificate FILE` writes"

BoundKind = Literal["level", "maintenance", "evenness", "clearing", "cases", "search", "solver"]
_T = TypeVar("_T")


class CertifiedMove(NamedTuple):
    """One step: which guest goes from where to where, by which command, and what is said of it."""

    guest: GuestId
    from_node: NodeName
    to_node: NodeName
    name: str
    pool: PoolName | None
    memory_bytes: int | None
    makes_own_pool_worse: bool
    command: str | None


LevelRow = tuple[str, int, int]
"""A level's name, and how many failure domains of it are used and possible."""


class Standing(NamedTuple):
    """How a pool's members are arranged at one moment.

    `measure` says how good that is: for `distinct` the failure domains used at each level; for `even` the members in
    maintenance, these, and the sums of squared numbers of members at each level.
    """

    measure: tuple[int, ...]
    levels: tuple[LevelRow, ...]


class CertifiedPool(NamedTuple):
    """A pool before the first step and after the last."""

    name: PoolName
    before: Standing
    after: Standing


class CertifiedBound(NamedTuple):
    """Why these pools take so many moves at least: what is counted is `now`, and has to come to `goal`."""

    kind: BoundKind
    pools: tuple[PoolName, ...]
    level: str | None
    now: int | None
    goal: int | None
    moves: int


class Certificate(NamedTuple):
    """A plan with its proof, and what it rests on; no pools `asked` are all.

    `unresolved` is a row for each, and None for one that is of no pool or names a guest.
    """

    digest: str
    status: int
    asked: frozenset[PoolName]
    limit: MemoryLimit
    excluded: frozenset[PoolName]
    optimal: bool
    lower_bound: int
    moves: tuple[CertifiedMove, ...]
    pools: tuple[CertifiedPool, ...]
    bounds: tuple[CertifiedBound, ...]
    unresolved: tuple[PoolName | None, ...]


_KINDS = fields.one_of("level", "maintenance", "evenness", "clearing", "cases", "search", "solver")
_MOVE: Mapping[str, Check] = {
    "step": fields.size,
    "guest": fields.name,
    "from": fields.name,
    "to": fields.name,
    "name": fields.text,
    "pool": fields.optional(fields.name),
    "memory_bytes": fields.optional(fields.size),
    "makes_own_pool_worse": fields.flag,
    "command": fields.optional(fields.text),
}
_MEASURE: Mapping[str, Check] = {"before": fields.listed(fields.integer), "after": fields.listed(fields.integer)}
_LEVEL: Mapping[str, Check] = {"level": fields.name, "used": fields.size, "possible": fields.size}
_UNRESOLVED: Mapping[str, Check] = {"pool": fields.optional(fields.name), "guest": fields.optional(fields.name)}
_BOUND: Mapping[str, Check] = {
    "kind": _KINDS,
    "pools": fields.listed(fields.name),
    "level": fields.optional(fields.name),
    "now": fields.optional(fields.size),
    "goal": fields.optional(fields.size),
    "moves": fields.size,
}
_SETTINGS: Mapping[str, Check] = {
    "node_memory_percent": fields.size,
    "node_memory_reserve_bytes": fields.size,
    "excluded_pools": fields.listed(fields.name),
}


def certificate_of(content: Any) -> Certificate:
    """Return what a parsed document says; raises InvalidData, naming the place, where it is no certificate."""
    if not isinstance(content, dict):
        raise fields.refuse("document", content, "an object: a plan with its certificate")
    check_schema(_there(content, "schema"), SCHEMA)
    settings = _whole(_there(content, "settings"), "settings", _SETTINGS)
    return Certificate(
        digest=fields.name(_there(content, "snapshot_sha256"), "snapshot_sha256"),
        status=fields.size(_there(content, "status"), "status"),
        asked=frozenset(map(PoolName, _rows(content, "asked_pools", fields.name))),
        limit=MemoryLimit(settings["node_memory_percent"], settings["node_memory_reserve_bytes"]),
        excluded=frozenset(map(PoolName, settings["excluded_pools"])),
        optimal=fields.flag(_there(content, "optimal"), "optimal"),
        lower_bound=fields.size(_there(content, "lower_bound"), "lower_bound"),
        moves=_rows(content, "moves", _move),
        pools=_rows(content, "pools", _pool),
        bounds=_rows(content, "bounds", _bound),
        unresolved=_rows(content, "unresolved", _unresolved),
    )


def _there(content: Mapping[str, Any], key: str) -> Any:
    if key not in content:
        raise InvalidData(key, NO_PROOF)
    return content[key]


def _whole(value: Any, where: str, checks: Mapping[str, Check]) -> dict[str, Any]:
    return fields.row(value, where, checks, frozenset(checks))


def _rows(content: Mapping[str, Any], key: str, make: Callable[[Any, str], _T]) -> tuple[_T, ...]:
    return fields.listed(make)(_there(content, key), key)


def _move(value: Any, where: str) -> CertifiedMove:
    row = _whole(value, where, _MOVE)
    if not where.endswith(f"[{row['step'] - 1}]"):
        raise InvalidData(f"{where}.step", f"is {row['step']}; steps are numbered from 1 in the order of the list")
    return CertifiedMove(
        guest=row["guest"],
        from_node=row["from"],
        to_node=row["to"],
        name=row["name"],
        pool=row["pool"],
        memory_bytes=row["memory_bytes"],
        makes_own_pool_worse=row["makes_own_pool_worse"],
        command=row["command"],
    )


def _pool(value: Any, where: str) -> CertifiedPool:
    levels = fields.listed(_level)
    row = _whole(value, where, {"name": fields.name, "measure": _measures, "before": levels, "after": levels})
    before, after = (Standing(row["measure"][when], row[when]) for when in ("before", "after"))
    return CertifiedPool(row["name"], before, after)


def _measures(value: Any, where: str) -> dict[str, Any]:
    return _whole(value, where, _MEASURE)


def _level(value: Any, where: str) -> LevelRow:
    row = _whole(value, where, _LEVEL)
    return row["level"], row["used"], row["possible"]


def _bound(value: Any, where: str) -> CertifiedBound:
    return CertifiedBound(**_whole(value, where, _BOUND))


def _unresolved(value: Any, where: str) -> PoolName | None:
    row = _whole(value, where, _UNRESOLVED)
    pool: PoolName | None = row["pool"]
    return pool if row["guest"] is None else None
