"""What does the model hold? The answers of list-zones, list-nodes and list-pools."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ...reports.text import printable
from ...settings import Settings
from ...store.queries import read_model
from ..outcome import Outcome

SCHEMA = 1

_Value = str | int | bool | list[str] | None
_Row = Mapping[str, _Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOptions:
    """How the caller wants to see it; `width` is the terminal's, None where the answer goes elsewhere."""

    format: Literal["text", "json"] = "text"
    width: int | None = None


def list_zones(settings: Settings, options: ListOptions) -> Outcome:
    """List every zone with the zone that it lies in, and how many nodes are directly in it."""
    model = read_model(settings.database_path)
    nodes = Counter(node.zone for node in model.nodes)
    rows = [{"name": zone.name, "parent": zone.parent, "nodes": nodes[zone.name]} for zone in model.zones]
    return _answer("zones", ("name", "parent", "nodes"), rows, options)


def list_nodes(settings: Settings, options: ListOptions) -> Outcome:
    """List every node with its zone, its libvirt URI, and whether it is in maintenance."""
    rows = [
        {"name": node.name, "zone": node.zone, "uri": node.uri, "maintenance": node.maintenance}
        for node in read_model(settings.database_path).nodes
    ]
    return _answer("nodes", ("name", "zone", "uri", "maintenance"), rows, options)


def list_pools(settings: Settings, options: ListOptions) -> Outcome:
    """List every pool of the model with its policy and the patterns of its members."""
    rows = [
        {"name": pool.name, "policy": pool.policy, "members": list(pool.members)}
        for pool in read_model(settings.database_path).pools
    ]
    return _answer("pools", ("name", "policy", "members"), rows, options)


def _answer(key: str, columns: tuple[str, ...], rows: Sequence[_Row], options: ListOptions) -> Outcome:
    if options.format == "json":
        return Outcome(text=f"{json.dumps({'schema': SCHEMA, key: rows}, indent=2)}\n")
    cells = [[printable(cell) for value in row.values() for cell in _cells(value)] for row in rows]
    if options.width is None:
        return Outcome(text="".join("\t".join(row) + "\n" for row in cells))
    from .table import table  # noqa: PLC0415 -- rich takes a tenth of a second, and only a terminal has a use for it

    return Outcome(text=table(columns, cells, options.width))


def _cells(value: _Value) -> list[str]:
    """Return a value as text: a list takes a cell for each of its items, as the last of its row."""
    match value:
        case None:
            return [""]
        case bool():
            return ["yes" if value else "no"]
        case list():
            return value
        case _:
            return [str(value)]
