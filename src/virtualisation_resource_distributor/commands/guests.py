"""List guests: as the last scan saw them on libvirt nodes, or as the source tells now."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Literal, NamedTuple

from ..cluster.cluster import Cluster
from ..cluster.inventory import DomainFacts, ScannedNode
from ..cluster.model import Model
from ..cluster.trouble import Trouble
from ..errors import InvalidData
from ..judge.findings import findings_of, troubles_read
from ..reports.lines import trouble_lines
from ..reports.listing import Row, list_document, list_text
from ..reports.text import moment_in_words, size_in_words
from ..settings import Settings
from ..store.queries import read_model
from ..store.scanned import read_scanned
from ..store.wanted import read_wanted_down
from .asked import known_model_nodes, known_node, lines_on, unseen_among, unseen_of
from .outcome import Outcome
from .reading import read_cluster

_COLUMNS = ("name", "id", "node", "status", "pool", "memory_bytes", "vcpus", "seen_at", "remark")
_FOR_PEOPLE = ("name", "node", "status", "pool", "memory", "vcpus", "seen_at", "remark")
_TO_TELL_APART = ("name", "id", "node", "status", "pool", "remark")
_STAYS_DOWN = "is to stay down, since stop-guest"


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

    Raises what reading raises, InvalidData where no scan was ever made, and UsageError where a node that was asked for
    is not there, or a pool is not, unless it may only be out of sight.
    """
    if settings.source == "libvirt" and options.from_file is None and not options.live:
        view = _view_scanned(settings, options)
    else:
        view = _view_read(settings, options)
    asked = sorted((row for row in view.rows if _is_asked(row, options)), key=lambda row: (row["name"], row["id"]))
    return Outcome(text=_text(asked, view.silences, options), lines=view.lines, troubles=view.troubles)


class _View(NamedTuple):
    """All guests that are known, and what is to be said of those that may not be.

    `silences` are the nodes that gave no answer since their guests were seen, with when and why.
    """

    rows: Sequence[Row]
    silences: Mapping[str, str] = MappingProxyType({})
    lines: tuple[str, ...] = ()
    troubles: tuple[Trouble, ...] = ()


def _text(rows: Sequence[Row], silences: Mapping[str, str], options: GuestOptions) -> str:
    if options.format == "json" or options.width is None:
        told = [_with_remark(row, silences.get(str(row["node"]))) for row in rows]
        return list_document("guests", told) if options.format == "json" else list_text(_COLUMNS, told, None)
    named = Counter(name for name, _ in {(row["name"], row["id"]) for row in rows})
    columns = _TO_TELL_APART if any(count > 1 for count in named.values()) else _FOR_PEOPLE
    shown = [_with_remark(_for_people(row), "no answer" if row["node"] in silences else None) for row in rows]
    nodes = {row["node"] for row in rows}
    notes = [f"{node}: {silence}" for node, silence in silences.items() if node in nodes]
    return list_text(columns, shown, options.width, notes)


def _with_remark(row: Row, first: str | None) -> Row:
    remark = row["remark"]
    return {**row, "remark": _joined((first, remark if isinstance(remark, str) else None))}


def _view_scanned(settings: Settings, options: GuestOptions) -> _View:
    model, nodes = read_model(settings.database_path), read_scanned(settings.database_path)
    known_model_nodes(model, options.nodes)
    if not any(node.seen_at for node in nodes):
        raise InvalidData("database", "no scan has seen a node yet; run scan, or list what is live with --live")
    down = _wanted_down(settings)
    rows = [_scanned(node, domain, down) for node in nodes if node.inventory for domain in node.inventory.domains]
    silent = tuple(_unanswered(model, {node.name: node for node in nodes}))
    pools = [str(row["pool"]) for row in rows if row["pool"] is not None]
    unseen = unseen_among([*(pool.name for pool in model.pools), *pools], options.pools, is_whole=not silent)
    # What is known of a node that gave no answer is listed with its age; only one that never did has nothing to list.
    missed = silent if unseen else tuple(one for one in silent if one.name in options.nodes and one.inventory is None)
    troubles = tuple(Trouble(kind="unreadable", subject=f"node {one.name}", message=_silence(one)) for one in missed)
    lines = (f"partial-view: {trouble.subject}: {trouble.message}" for trouble in troubles)
    silences: dict[str, str] = {node.name: _silence(node) for node in nodes if node.fault}
    return _View(rows, silences, (*lines, *lines_on(unseen)), troubles)


def _unanswered(model: Model, scanned: Mapping[str, ScannedNode]) -> Iterator[ScannedNode]:
    """Yield the nodes that gave no answer to the last scan, or were never asked; in maintenance they need not."""
    for node in model.nodes:
        known = scanned.get(node.name, ScannedNode(name=node.name, tried_at=""))
        if not node.maintenance and (known.fault or known.inventory is None):
            yield known


def _silence(node: ScannedNode) -> str:
    return f"no answer at {node.tried_at}: {node.fault}" if node.fault else "no scan has asked it yet; run scan"


def _wanted_down(settings: Settings) -> frozenset[str]:
    return frozenset(wanted.uuid for wanted in read_wanted_down(settings.database_path))


def _scanned(node: ScannedNode, domain: DomainFacts, down: Collection[str]) -> Row:
    jobs = {"incoming": "is arriving by a migration", "outgoing": "has a job", "hung": "its QEMU does not answer"}
    remarks = (
        jobs.get(domain.job),
        "has a saved state" if domain.saved else None,
        _STAYS_DOWN if domain.uuid in down else None,
    )
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
        "wanted_down": domain.uuid in down,
        "disks": [disk.source for disk in domain.disks if disk.source is not None],
        "networks": [interface.link for interface in domain.interfaces if interface.link is not None],
        "displays": [f"{display.kind}:{display.port}" for display in domain.graphics if display.port is not None],
        "seen_at": node.seen_at,
        "remark": _joined(remarks),
    }


def _view_read(settings: Settings, options: GuestOptions) -> _View:
    cluster = read_cluster(settings, options.from_file)
    for name in options.nodes:
        known_node(cluster, name)
    troubles = troubles_read(cluster)
    unseen = unseen_of(cluster, options.pools, troubles)
    # Only libvirt's guests are ever stopped by this program, and a snapshot does not tell which.
    down = _wanted_down(settings) if settings.source == "libvirt" and options.from_file is None else None
    lines = (*trouble_lines(cluster, findings_of(cluster, ())), *lines_on(unseen))
    return _View(_rows_read(cluster, down), lines=lines, troubles=troubles)


def _rows_read(cluster: Cluster, down: Collection[str] | None) -> list[Row]:
    return [
        {
            "name": guest.name,
            "id": guest.id,
            "node": guest.node,
            "status": guest.status,
            "pool": guest.pool,
            "memory_bytes": guest.memory_bytes,
            "vcpus": guest.vcpus,
            **({} if down is None else {"wanted_down": guest.id in down}),
            "seen_at": cluster.taken_at,
            "remark": _joined(
                ("template" if guest.template else None, _STAYS_DOWN if guest.id in (down or ()) else None)
            ),
        }
        for guest in cluster.guests
    ]


def _joined(remarks: Sequence[str | None]) -> str | None:
    return "; ".join(remark for remark in remarks if remark is not None) or None


def _is_asked(row: Row, options: GuestOptions) -> bool:
    asked = (("pool", options.pools), ("node", options.nodes), ("status", options.statuses))
    named = not options.names or any(fnmatchcase(str(row["name"]), pattern) for pattern in options.names)
    return named and all(not wanted or row[key] in wanted for key, wanted in asked)


def _for_people(row: Row) -> Row:
    size, moment = row["memory_bytes"], row["seen_at"]
    return {
        **row,
        "memory": size_in_words(size) if isinstance(size, int) else None,
        "seen_at": moment_in_words(moment) if isinstance(moment, str) else None,
    }
