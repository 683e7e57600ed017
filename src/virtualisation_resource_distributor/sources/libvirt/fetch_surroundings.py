"""Ask the nodes side by side what they offer to guests, and whether each could run what runs on the others."""

import time
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from ...cluster.names import NodeName
from ..side_by_side import side_by_side
from .answers import NodeFault, RawSurroundings
from .connect import Connection, NodeUnreadable
from .surroundings import parse_host_cpu, parse_running
from .words import no_answer

_GRACE_SECONDS = 0.4


class _Asked(NamedTuple):
    connection: Connection
    raw: RawSurroundings


class SurroundingAnswers(NamedTuple):
    """What the nodes told, and why others told nothing."""

    nodes: Mapping[NodeName, RawSurroundings]
    faults: Mapping[NodeName, NodeFault]


def fetch_surroundings(uris: Mapping[NodeName, str], timeout_seconds: float) -> SurroundingAnswers:
    """Return what the nodes offer, each asked read-only, and all within the time-out."""
    deadline = time.monotonic() + timeout_seconds
    first = side_by_side({name: partial(_ask, uri) for name, uri in uris.items()}, deadline=deadline)
    asked = {name: answer for name, answer in first.items() if isinstance(answer, _Asked)}
    cpus = _cpus(asked)
    looks = {name: partial(_compare, one, cpus) for name, one in asked.items()}
    last = side_by_side(looks, deadline=max(deadline, time.monotonic() + _GRACE_SECONDS))
    nodes, faults = {}, {}
    for name, uri in sorted(uris.items()):
        match last.get(name, first.get(name) if name not in asked else None):
            case RawSurroundings() as raw:
                nodes[name] = raw
            case NodeUnreadable(fault=fault):
                faults[name] = fault
            case Exception() as error:
                raise error
            case _:
                faults[name] = no_answer(uri, timeout_seconds)
    return SurroundingAnswers(nodes=nodes, faults=faults)


def _ask(uri: str) -> _Asked:
    connection = Connection(uri)
    return _Asked(connection=connection, raw=connection.surroundings())


def _cpus(asked: Mapping[NodeName, _Asked]) -> frozenset[str]:
    """Return the CPUs that running guests have, and their hosts; none where no guest has its host's."""
    guests = {one.cpu for node in asked.values() for one in parse_running(node.raw.running or ()).values() if one.cpu}
    hosts = {cpu for node in asked.values() if (cpu := parse_host_cpu(node.raw.capabilities))}
    return frozenset(guests | hosts) if guests else frozenset()


def _compare(asked: _Asked, cpus: frozenset[str]) -> RawSurroundings:
    lacking = {cpu: why for cpu in sorted(cpus) if (why := asked.connection.lacking_for(cpu)) is not None}
    return asked.raw._replace(lacking=lacking)
