"""Which model does a document hold? Everything in it is checked, and what is wrong is told with its line.

All raise InvalidData: place, what was found, what was expected.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeVar, get_args

from ...cluster.cluster import DEFAULT_POLICY, Policy, Zone
from ...cluster.model import Model, ModelNode, ModelPool
from ...cluster.names import NodeName, PoolName, ZoneName, fault_of_name, near
from ...cluster.uri import fault_of_placeholder
from ...errors import InvalidData
from ...reports.yaml_document import SCHEMA, in_yaml
from .yaml_tree import Fields, Items, Node, Scalar

_POLICIES: tuple[Policy, ...] = get_args(Policy)
_Part = TypeVar("_Part", ModelNode, ModelPool)
_Lines = dict[str, int]


class _Inside(NamedTuple):
    """A list of zones, and the zone that they lie in."""

    zones: Node
    where: str
    parent: ZoneName | None


def model_of(document: Node) -> Model:
    """Return the model of a document of schema 1."""
    top = _fields(document, "document", ("schema", "zones", "nodes", "pools"), required=("schema",))
    _check_schema(top["schema"])
    zones = _zones(top)
    names = frozenset(zone.name for zone in zones)
    return Model(
        zones=tuple(sorted(zones)),
        nodes=_rows(top, "nodes", lambda node, where, lines: _node(node, where, lines, names)),
        pools=_rows(top, "pools", _pool),
    )


def _zones(top: Mapping[str, Node]) -> list[Zone]:
    zones: list[Zone] = []
    lines: _Lines = {}
    waiting = [_Inside(zones=top["zones"], where="zones", parent=None)] if "zones" in top else []
    while waiting:
        inside = waiting.pop()
        for item, where in _items(inside.zones, inside.where):
            row = _fields(item, where, ("name", "zones"), required=("name",))
            name = ZoneName(_new_name(row["name"], f"{where}.name", "zone", lines))
            zones.append(Zone(name=name, parent=inside.parent))
            if "zones" in row:
                waiting.append(_Inside(zones=row["zones"], where=f"{where}.zones", parent=name))
    return zones


def _node(item: Node, where: str, lines: _Lines, zones: frozenset[ZoneName]) -> ModelNode:
    row = _fields(item, where, ("name", "zone", "uri", "maintenance"), required=("name", "zone"))
    return ModelNode(
        name=NodeName(_new_name(row["name"], f"{where}.name", "node", lines)),
        zone=_zone(row["zone"], f"{where}.zone", zones),
        uri=_uri(row["uri"], f"{where}.uri") if "uri" in row else None,
        maintenance=_flag(row["maintenance"], f"{where}.maintenance") if "maintenance" in row else False,
    )


def _uri(node: Node, where: str) -> str:
    text = _text(node, where, "a URI; leave uri out where there is none")
    if fault := fault_of_placeholder(text):
        raise _error(node, where, fault)
    return text


def _pool(item: Node, where: str, lines: _Lines) -> ModelPool:
    row = _fields(item, where, ("name", "policy", "members"), required=("name",))
    return ModelPool(
        name=PoolName(_new_name(row["name"], f"{where}.name", "pool", lines)),
        policy=_policy(row["policy"], f"{where}.policy") if "policy" in row else DEFAULT_POLICY,
        members=_members(row["members"], f"{where}.members") if "members" in row else (),
    )


def _rows(top: Mapping[str, Node], key: str, read: Callable[[Node, str, _Lines], _Part]) -> tuple[_Part, ...]:
    lines: _Lines = {}
    rows = [read(item, where, lines) for item, where in _items(top[key], key)] if key in top else []
    return tuple(sorted(rows, key=lambda row: row.name))


def _check_schema(node: Node) -> None:
    number = node.text if isinstance(node, Scalar) and node.reads_as == "a number" else ""
    if number == str(SCHEMA):
        return
    if number.isdecimal() and int(number[:9]) > SCHEMA:
        problem = f"is {number[:9]}, made by a newer version of this program, which reads {SCHEMA}; upgrade it"
        raise _error(node, "schema", problem)
    raise _error(node, "schema", f"found {_found(node)}, expected {SCHEMA}")


def _zone(node: Node, where: str, zones: frozenset[ZoneName]) -> ZoneName | None:
    if isinstance(node, Scalar) and node.reads_as == "nothing" and node.text:
        return None
    name = ZoneName(_text(node, where, "the name of a zone, or null where the node is in none"))
    if name not in zones:
        hint = near(name, sorted(zones))
        raise _error(node, where, f"there is no zone '{name}'{hint}; expected a zone of this document")
    return name


def _flag(node: Node, where: str) -> bool:
    if isinstance(node, Scalar) and node.reads_as == "true or false" and node.text.lower() in {"true", "false"}:
        return node.text.lower() == "true"
    raise _error(node, where, f"found {_found(node)}, expected true or false")


def _policy(node: Node, where: str) -> Policy:
    text = _text(node, where, f"one of {', '.join(_POLICIES)}")
    for policy in _POLICIES:
        if policy == text:
            return policy
    raise _error(node, where, f"found '{text}', expected one of {', '.join(_POLICIES)}")


def _members(node: Node, where: str) -> tuple[str, ...]:
    lines: _Lines = {}
    return tuple(sorted(_new_name(item, place, "pattern", lines) for item, place in _items(node, where)))


def _new_name(node: Node, where: str, kind: str, lines: _Lines) -> str:
    """Return a name that is none of those met so far, and keep it with its line."""
    name = _text(node, where, "a pattern of guests' names" if kind == "pattern" else f"the name of a {kind}")
    if name in lines:
        raise _error(node, where, f"{kind} '{name}' stands in line {lines[name]} too; each may stand once")
    lines[name] = node.line
    return name


def _text(node: Node, where: str, expected: str) -> str:
    if not isinstance(node, Scalar) or not node.text:
        raise _error(node, where, f"found {_found(node)}, expected {expected}")
    if node.reads_as:
        problem = f"found {node.text} without quotes, which YAML reads as {node.reads_as}"
        raise _error(node, where, f"{problem}; expected {expected}; quote it: {in_yaml(node.text)}")
    if fault := fault_of_name(node.text):
        raise _error(node, where, fault)
    return node.text


def _fields(node: Node, where: str, known: tuple[str, ...], *, required: tuple[str, ...]) -> Mapping[str, Node]:
    """Return the values of a mapping, which has these keys and no others."""
    if not isinstance(node, Fields):
        raise _error(node, where, f"found {_found(node)}, expected {' and '.join(required)} with values")
    for key in node.keys:
        if key.text not in known:
            problem = f"there is no key '{key.text}'{near(key.text, known)}; expected {', '.join(known)}"
            raise _error(key, where, problem)
    for name in required:
        if name not in node.values:
            raise _error(node, where, f"{name} is missing, and required")
    return node.values


def _items(node: Node, where: str) -> Iterator[tuple[Node, str]]:
    """Yield the items of a list with their places."""
    if not isinstance(node, Items):
        raise _error(node, where, f"found {_found(node)}, expected a list; if it has nothing in it, leave it out")
    for index, item in enumerate(node.items):
        yield item, f"{where}[{index}]"


def _found(node: Node) -> str:
    match node:
        case Items():
            return "a list"
        case Fields():
            return "keys with values"
        case Scalar(reads_as="nothing", text=""):
            return "nothing"
        case Scalar(reads_as=""):
            return f"the text '{node.text[:60]}'"
        case Scalar():
            return node.text[:60]


def _error(node: Node, where: str, problem: str) -> InvalidData:
    return InvalidData(f"line {node.line}, {where}", problem)
