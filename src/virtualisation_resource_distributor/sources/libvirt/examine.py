"""What can be found out about a model's libvirt nodes, and about the patterns that find members on them?"""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from ...cluster.cluster import Guest
from ...cluster.facts import NodeFacts, OverlapFacts, PatternFacts
from ...cluster.model import Model, ModelPool
from ...cluster.moment import written
from ...cluster.names import NodeName
from ...cluster.placement import Placement
from ...settings import LibvirtSettings
from ..side_by_side import side_by_side
from .answers import Answers
from .connect import Connection, NodeUnreadable, uri_of
from .fetch import fetch
from .membership import Match, Patterns
from .parse import Domain, parse_guests
from .source import parse_placement
from .words import no_answer, shown


class LibvirtFacts(NamedTuple):
    """What the nodes showed; `placement` is None where none of them could be read."""

    nodes: tuple[NodeFacts, ...]
    placement: Placement | None
    patterns: tuple[PatternFacts, ...]
    overlaps: tuple[OverlapFacts, ...]


def examine_libvirt(settings: LibvirtSettings, model: Model) -> LibvirtFacts:
    """Open all nodes side by side, read-only; those that answer are read as in a run. Nothing is raised."""
    uris = {node.name: uri_of(settings.uri, node.name, node.uri) for node in model.nodes}
    nodes = _examine_nodes(uris, settings.timeout_seconds)
    answers = fetch({node.name: uris[node.name] for node in nodes if not node.fault}, settings.timeout_seconds)
    nodes = tuple(_with_fault(node, answers) for node in nodes)
    if not answers.nodes:
        return LibvirtFacts(nodes=nodes, placement=None, patterns=(), overlaps=())
    taken_at = written(datetime.now(UTC))
    placement = parse_placement(answers, settings.shared_storage, model.pools, taken_at)
    patterns, overlaps = examine_patterns(model.pools, parse_guests(answers, settings.shared_storage))
    return LibvirtFacts(nodes=nodes, placement=placement, patterns=patterns, overlaps=overlaps)


def examine_patterns(
    pools: tuple[ModelPool, ...], seen: Iterable[tuple[Guest, Domain]]
) -> tuple[tuple[PatternFacts, ...], tuple[OverlapFacts, ...]]:
    """Return each pattern with the names that it matches, and where patterns of two pools match one domain.

    One whose metadata names a pool is contested by no pattern.
    """
    patterns = Patterns(pools)
    names: defaultdict[Match, set[str]] = defaultdict(set)
    contested: defaultdict[tuple[Match, Match], set[Guest]] = defaultdict(set)
    for guest, domain in seen:
        matches = patterns.of(domain.name)
        for match in matches:
            names[match].add(guest.name)
        others = [match for match in matches if match.pool != matches[0].pool]
        if others and not domain.pools:
            contested[matches[0], others[0]].add(guest)
    facts = {
        Match(pool=pool.name, pattern=pattern): _facts(Match(pool=pool.name, pattern=pattern), names)
        for pool in pools
        for pattern in pool.members
    }
    overlaps = tuple(
        OverlapFacts(
            one=facts[one],
            other=facts[other],
            names=tuple(sorted({guest.name for guest in there})),
            runs=any(guest.status != "stopped" for guest in there),
        )
        for (one, other), there in sorted(contested.items())
    )
    return tuple(facts.values()), overlaps


def _facts(match: Match, names: Mapping[Match, set[str]]) -> PatternFacts:
    return PatternFacts(pool=match.pool, pattern=match.pattern, names=frozenset(names.get(match, ())))


def _examine_nodes(uris: Mapping[NodeName, str], timeout_seconds: float) -> tuple[NodeFacts, ...]:
    looks = {name: partial(_examine_node, name, uri) for name, uri in uris.items()}
    answers = side_by_side(looks, deadline=time.monotonic() + timeout_seconds)
    nodes = []
    for name, uri in uris.items():
        match answers.get(name):
            case NodeFacts() as facts:
                nodes.append(facts)
            case NodeUnreadable(fault=fault):
                nodes.append(NodeFacts(name=name, uri=shown(uri), machine=uri, fault=fault.message))
            case Exception() as error:
                raise error
            case _:
                fault = no_answer(uri, timeout_seconds)
                nodes.append(NodeFacts(name=name, uri=shown(uri), machine=uri, fault=fault.message))
    return tuple(nodes)


def _examine_node(name: NodeName, uri: str) -> NodeFacts:
    connection = Connection(uri)
    # The test driver has no UUID of its machine.
    machine = connection.host_uuid() or uri
    libvirt, hypervisor = connection.versions()
    return NodeFacts(name=name, uri=shown(uri), versions=f"libvirt {libvirt}, {hypervisor}", machine=machine)


def _with_fault(node: NodeFacts, answers: Answers) -> NodeFacts:
    fault = answers.faults.get(node.name)
    return node if fault is None or fault.kind == "contradiction" else node._replace(fault=fault.message)
