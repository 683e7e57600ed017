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
    """One step: which guest goes from where to where."""

    guest: GuestId
    from_node: NodeName
    to_node: NodeName


class CertifiedPool(NamedTuple):
    """How good the pool's arrangement is before the first step and after the last.

    For `distinct` the failure domains used at each level; for `even` the members in maintenance, these, and the sums of
    squared numbers of members at each level.
    """

    name: PoolName
    before: tuple[int, ...]
    after: tuple[int, ...]


class CertifiedBound(NamedTuple):
    """Why these pools take so many moves at least: what is counted is `now`, and has to come to `goal`."""

    kind: BoundKind
    pools: tuple[PoolName, ...]
    level: str | None
    now: int | None
    goal: int | None
    moves: int


class Certificate(NamedTuple):
    """A plan with its proof, and what it rests on; no pools `asked` are all."""

    digest: str
    asked: frozenset[PoolName]
    limit: MemoryLimit
    excluded: frozenset[PoolName]
    optimal: bool
    lower_bound: int
    moves: tuple[CertifiedMove, ...]
    pools: tuple[CertifiedPool, ...]
    bounds: tuple[CertifiedBound, ...]
    unresolved: frozenset[PoolName]


_KINDS = fields.one_of("level", "maintenance", "evenness", "clearing", "cases", "search", "solver")
_MOVE: Mapping[str, Check] = {"step": fields.size, "guest": fields.name, "from": fields.name, "to": fields.name}
_MEASURE: Mapping[str, Check] = {"before": fields.listed(fields.integer), "after": fields.listed(fields.integer)}
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
        asked=frozenset(map(PoolName, _rows(content, "asked_pools", fields.name))),
        limit=MemoryLimit(settings["node_memory_percent"], settings["node_memory_reserve_bytes"]),
        excluded=frozenset(map(PoolName, settings["excluded_pools"])),
        optimal=fields.flag(_there(content, "optimal"), "optimal"),
        lower_bound=fields.size(_there(content, "lower_bound"), "lower_bound"),
        moves=_rows(content, "moves", _move),
        pools=_rows(content, "pools", _pool),
        bounds=_rows(content, "bounds", _bound),
        unresolved=frozenset(filter(None, _rows(content, "unresolved", _unresolved))),
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
    return CertifiedMove(row["guest"], row["from"], row["to"])


def _pool(value: Any, where: str) -> CertifiedPool:
    row = _whole(value, where, {"name": fields.name, "measure": lambda part, place: _whole(part, place, _MEASURE)})
    return CertifiedPool(row["name"], row["measure"]["before"], row["measure"]["after"])


def _bound(value: Any, where: str) -> CertifiedBound:
    return CertifiedBound(**_whole(value, where, _BOUND))


def _unresolved(value: Any, where: str) -> PoolName | None:
    pool: PoolName | None = _whole(value, where, {"pool": fields.optional(fields.name)})["pool"]
    return pool
