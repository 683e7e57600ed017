"""List guests: as the last scan saw them on libvirt nodes, or as the source tells now."""

from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

from ..cluster.cluster import Cluster
from ..cluster.inventory import DomainFacts, ScannedNode
from ..errors import InvalidData
from ..reports.listing import Row, list_document, list_text
from ..reports.text import size_in_words
from ..settings import Settings
from ..store.scanned import read_scanned
from .outcome import Outcome
from .reading import read_cluster

_COLUMNS = ("name", "id", "node", "status", "pool", "memory_bytes", "vcpus", "seen_at", "remark")


class GuestOptions(NamedTuple):
    """Which guests are asked for, by any of these names or patterns, and how the caller wants to see them."""

    from_file: str | None = None
    live: bool = False
    names: tuple[str, ...] = ()
    pools: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    format: Literal["text", "json"] = "text"
    width: int | None = None


def list_guests(settings: Settings, options: GuestOptions) -> Outcome:
    """List the guests that were asked for, sorted by name; those of a node that gave no answer since, with its age.

    Raises what reading raises, and InvalidData where no scan was ever made.
    """
    if settings.source == "libvirt" and options.from_file is None and not options.live:
        rows = _rows_scanned(settings)
    else:
        rows = _rows_read(read_cluster(settings, options.from_file))
    asked = sorted((row for row in rows if _is_asked(row, options)), key=lambda row: (row["name"], row["id"]))
    if options.format == "json":
        return Outcome(text=list_document("guests", asked))
    columns = _COLUMNS if options.width is None else (*_COLUMNS[:1], *_COLUMNS[2:])
    shown = asked if options.width is None else [_for_people(row) for row in asked]
    return Outcome(text=list_text(columns, shown, options.width))


def _rows_scanned(settings: Settings) -> list[Row]:
    nodes = read_scanned(settings.database_path)
    if not any(node.seen_at for node in nodes):
        raise InvalidData("database", "no scan has seen a node yet; run scan, or list what is live with --live")
    return [_scanned(node, domain) for node in nodes if node.inventory for domain in node.inventory.domains]


def _scanned(node: ScannedNode, domain: DomainFacts) -> Row:
    remarks = {"incoming": "is arriving by a migration", "outgoing": "has a job", "hung": "its QEMU does not answer"}
    old = f"no answer at {node.tried_at}: {node.fault}" if node.fault else None
    return {
        "name": domain.name,
        "id": domain.uuid,
        "node": node.name,
        "status": domain.status,
        "reason": domain.reason,
        "pool": domain.pool,
        "memory_bytes": domain.memory_bytes,
        "vcpus": domain.vcpus,
        "persistent": domain.persistent,
        "autostart": domain.autostart,
        "disks": [disk.source for disk in domain.disks if disk.source is not None],
        "networks": [interface.link for interface in domain.interfaces if interface.link is not None],
        "displays": [f"{display.kind}:{display.port}" for display in domain.graphics if display.port is not None],
        "seen_at": node.seen_at,
        "remark": old or remarks.get(domain.job) or ("has a saved state" if domain.saved else None),
    }


def _rows_read(cluster: Cluster) -> list[Row]:
    return [
        {
            "name": guest.name,
            "id": guest.id,
            "node": guest.node,
            "status": guest.status,
            "pool": guest.pool,
            "memory_bytes": guest.memory_bytes,
            "vcpus": guest.vcpus,
            "seen_at": cluster.taken_at,
            "remark": "template" if guest.template else None,
        }
        for guest in cluster.guests
    ]


def _is_asked(row: Row, options: GuestOptions) -> bool:
    asked = (("pool", options.pools), ("node", options.nodes), ("status", options.statuses))
    named = not options.names or any(fnmatchcase(str(row["name"]), pattern) for pattern in options.names)
    return named and all(not wanted or row[key] in wanted for key, wanted in asked)


def _for_people(row: Row) -> Row:
    size = row["memory_bytes"]
    return {**row, "memory_bytes": size_in_words(size) if isinstance(size, int) else None}
