"""What does the model hold? The answers of list-zones, list-nodes and list-pools."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

from ...reports.listing import Row, list_document, list_text
from ...settings import Settings
from ...store.queries import read_model
from ..outcome import Outcome


class ListOptions(NamedTuple):
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


def _answer(key: str, columns: tuple[str, ...], rows: Sequence[Row], options: ListOptions) -> Outcome:
    if options.format == "json":
        return Outcome(text=list_document(key, rows))
    return Outcome(text=list_text(columns, rows, options.width))
