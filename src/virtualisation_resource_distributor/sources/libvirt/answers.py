"""The raw answers of libvirt's nodes, as `fetch.py` gives them and `parse.py` takes them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from ...cluster.inventory import Job
from ...cluster.names import NodeName
from ...cluster.trouble import Trouble, TroubleKind

Uuid = str


class Activity(NamedTuple):
    """State and reason of a domain, in the numbers of virDomainState and its reasons, and its job if it is active."""

    state: int
    reason: int
    job: Job = "none"


class Details(NamedTuple):
    """What an inventory tells of a node beside who runs there: versions, and which domains outlive their end.

    `saved` are those that a start would resume from a state on the node's disk. `pools` are the definitions of its
    storage pools that are active.
    """

    libvirt: str
    hypervisor: str
    persistent: frozenset[Uuid]
    autostart: frozenset[Uuid]
    saved: frozenset[Uuid] = frozenset()
    pools: tuple[str, ...] = ()


class NodeAnswers(NamedTuple):
    """What one node answered: its sizes, and every domain that it knows of, active or only defined.

    `xml` are the domains' definitions, of the running state where they run; `definitions` are those that a next start
    would take, of the domains that were asked for them. `details` are there where they were asked for, and `snapshots`
    are the domains that have some.
    """

    memory_bytes: int
    vcpus: int
    xml: Mapping[Uuid, str]
    activity: Mapping[Uuid, Activity]
    details: Details | None = None
    definitions: Mapping[Uuid, str] = MappingProxyType({})
    snapshots: frozenset[Uuid] = frozenset()


class NodeFault(NamedTuple):
    """Why a node could not be read, as a sentence that goes on after the node's name."""

    kind: TroubleKind
    message: str


def troubles_of(faults: Mapping[NodeName, NodeFault]) -> dict[NodeName, Trouble]:
    """Return why nodes could not be read as a trouble of each."""
    return {
        name: Trouble(kind=fault.kind, subject=f"node {name}", message=fault.message) for name, fault in faults.items()
    }


class Answers(NamedTuple):
    """What all nodes answered. `unsettled` are domains that changed their node all the while they were looked at."""

    nodes: Mapping[NodeName, NodeAnswers]
    faults: Mapping[NodeName, NodeFault]
    unsettled: frozenset[Uuid] = frozenset()


class RawSurroundings(NamedTuple):
    """What one node's libvirt tells of what it offers, as XML; None is what it doesn't tell.

    `networks` and `pools` come with whether they are active. `running` are the definitions of active domains. `lacking`
    are the CPU definitions that its host was compared with, with what it lacks.
    """

    capabilities: str
    networks: tuple[tuple[str, bool], ...] | None = None
    pools: tuple[tuple[str, bool], ...] | None = None
    links: tuple[str, ...] | None = None
    running: tuple[str, ...] | None = None
    lacking: Mapping[str, str] = MappingProxyType({})
