"""What does the model hold? The answers of list-zones, list-nodes and list-pools."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

from ...cluster.inventory import ScannedNode
from ...cluster.names import NodeName
from ...reports.listing import Row, list_document, list_text
from ...reports.text import moment_in_words, size_in_words
from ...settings import Settings
from ...store.queries import read_model
from ...store.scanned import read_scanned
from ..outcome import Outcome

_SCANNED = ("memory_bytes", "vcpus", "libvirt", "hypervisor", "guests", "seen_at", "fault")
_FOR_PEOPLE = ("name", "zone", "memory", "vcpus", "guests", "seen_at", "remark")


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
    """List every node with its zone, its libvirt URI, and whether it is in maintenance.

    Of libvirt nodes it also tells what the last scan saw of each; a terminal has no room for the URI and the versions.
    """
    rows: list[Row] = [
        {"name": node.name, "zone": node.zone, "uri": node.uri, "maintenance": node.maintenance}
        for node in read_model(settings.database_path).nodes
    ]
    columns: tuple[str, ...] = ("name", "zone", "uri", "maintenance")
    if settings.source == "libvirt":
        scanned = {node.name: node for node in read_scanned(settings.database_path)}
        rows = [{**row, **_scanned(scanned.get(NodeName(str(row["name"]))))} for row in rows]
        columns = (*columns, *_SCANNED)
        if options.format == "text" and options.width is not None:
            notes = [
                f"{node.name}: no answer at {node.tried_at}: {node.fault}" for node in scanned.values() if node.fault
            ]
            return Outcome(text=list_text(_FOR_PEOPLE, list(map(_for_people, rows)), options.width, notes))
    return _answer("nodes", columns, rows, options)


def _scanned(node: ScannedNode | None) -> Row:
    """Return what a scan saw of a node; nothing is known of one that was never seen."""
    seen = None if node is None else node.inventory
    return {
        "memory_bytes": None if seen is None else seen.memory_bytes,
        "vcpus": None if seen is None else seen.vcpus,
        "libvirt": None if seen is None else seen.libvirt,
        "hypervisor": None if seen is None else seen.hypervisor,
        "guests": None if seen is None else sum(domain.active for domain in seen.domains),
        "seen_at": None if node is None else node.seen_at,
        "fault": None if node is None else node.fault or None,
    }


def _for_people(row: Row) -> Row:
    size, moment = row["memory_bytes"], row["seen_at"]
    remarks = ("in maintenance" if row["maintenance"] else None, "no answer" if row["fault"] else None)
    return {
        **row,
        "memory": size_in_words(size) if isinstance(size, int) else None,
        "seen_at": moment_in_words(moment) if isinstance(moment, str) else None,
        "remark": "; ".join(remark for remark in remarks if remark is not None),
    }


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
