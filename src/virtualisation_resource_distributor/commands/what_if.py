"""What would become of the pools if nodes went down or into maintenance, or guests moved?"""

from typing import Literal, NamedTuple

from ..cluster.cluster import Cluster
from ..cluster.names import GuestId, NodeName, listed, near
from ..errors import UsageError
from ..exits import status_of
from ..judge.findings import findings_of, troubles_of
from ..judge.spread import judge_pools
from ..judge.what_if import Edits, consequences, edited, row_of
from ..reports.lines import trouble_lines
from ..reports.what_if import what_if_document, what_if_text
from ..settings import Settings
from .asked import known_node, known_zone
from .outcome import Outcome
from .reading import read_cluster


class WhatIfOptions(NamedTuple):
    """What is to happen, as the caller names it; `moves` are `GUEST=NODE`."""

    from_file: str | None = None
    down_nodes: tuple[str, ...] = ()
    down_zones: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()
    maintenance: tuple[str, ...] = ()
    format: Literal["text", "json"] = "text"


def what_if(settings: Settings, options: WhatIfOptions) -> Outcome:
    """Judge the cluster as it would be: as `run` would, on a snapshot with these changes.

    An answer is no alarm; the status is that of the troubles that there would be. Raises UsageError for what is not
    there, or can be meant in several ways.
    """
    if not any(options[1:5]):
        raise UsageError("say what is to happen: --down-node, --down-zone, --move or --maintenance")
    cluster = read_cluster(settings, options.from_file)
    edits = _edits(cluster, options)
    after = edited(cluster, edits)
    judged = judge_pools(after, settings.excluded_pools, settings.memory_limit)
    found = consequences(judge_pools(cluster, settings.excluded_pools, settings.memory_limit), judged)
    findings = findings_of(after, judged)
    troubles = troubles_of(findings)
    if options.format == "json":
        text = what_if_document(found, findings, status_of(alarm=False, troubles=troubles))
    else:
        text = what_if_text(_in_words(edits), found)
    return Outcome(text=text, lines=trouble_lines(after, findings), troubles=troubles)


def _edits(cluster: Cluster, options: WhatIfOptions) -> Edits:
    moves = tuple(_move(cluster, move) for move in options.moves)
    moved = [guest for guest, _ in moves]
    if twice := sorted({guest for guest in moved if moved.count(guest) > 1}):
        raise UsageError(f"--move is given twice for guest {listed(twice)}; it can only run on one node")
    return Edits(
        down_nodes=frozenset(known_node(cluster, name) for name in options.down_nodes),
        down_zones=frozenset(known_zone(cluster, name) for name in options.down_zones),
        maintenance=frozenset(known_node(cluster, name) for name in options.maintenance),
        moves=moves,
    )


def _move(cluster: Cluster, move: str) -> tuple[GuestId, NodeName]:
    """Return who goes where; either name may have a `=` in it."""
    splits = [(move[:place], move[place + 1 :]) for place, char in enumerate(move) if char == "="]
    if not splits:
        raise UsageError(f"--move is {move!a}; expected GUEST=NODE, such as 101=pve3")
    meant = [(guest, node) for guest, node in splits if node in cluster.node_named and _ids(cluster, guest)]
    if len(meant) > 1:
        raise UsageError(f"--move {move!a} can be read in {len(meant)} ways; give the guest's id")
    guest, node = meant[0] if meant else splits[-1]
    return _guest(cluster, guest), known_node(cluster, node)


def _ids(cluster: Cluster, name: str) -> list[GuestId]:
    """Return the id that this is, or else those of all guests of this name; once for each row that there is."""
    as_id = [guest.id for guest in cluster.guests if guest.id == name]
    return as_id or [guest.id for guest in cluster.guests if guest.name == name]


def _guest(cluster: Cluster, name: str) -> GuestId:
    ids = _ids(cluster, name)
    if not ids:
        known = sorted({text for guest in cluster.guests for text in (guest.id, guest.name)})
        raise UsageError(f"there is no guest '{name}'{near(name, known)}")
    if len(set(ids)) > 1:
        raise UsageError(f"{len(set(ids))} guests are called {name!a}: {listed(sorted(set(ids)))}; give the id of one")
    if row_of(cluster, ids[0]) is None:
        raise UsageError(f"guest {name!a} is seen on {len(ids)} nodes, so nobody can say which of them it would leave")
    return ids[0]


def _in_words(edits: Edits) -> str:
    parts = [
        *(f"node '{name}' is down" for name in sorted(edits.down_nodes)),
        *(f"all of zone '{name}' is down" for name in sorted(edits.down_zones)),
        *(f"node '{name}' is in maintenance" for name in sorted(edits.maintenance)),
        *(f"guest {guest} runs on '{node}'" for guest, node in edits.moves),
    ]
    return " and ".join(parts)
