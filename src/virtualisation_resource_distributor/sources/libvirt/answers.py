"""The raw answers of libvirt's nodes, as `fetch.py` gives them and `parse.py` takes them."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from ...cluster.names import NodeName
from ...cluster.trouble import TroubleKind

Uuid = str

Job = Literal["none", "outgoing", "incoming", "hung"]
"""What libvirt does with a domain that is active.

`outgoing`: a migration, a backup or the like; `incoming`: it is the far end of a migration; `hung`: its QEMU does not
answer libvirt, so that nothing can be done with it.
"""


class Activity(NamedTuple):
    """State and reason of a domain, in the numbers of virDomainState and its reasons, and its job if it is active."""

    state: int
    reason: int
    job: Job = "none"


class NodeAnswers(NamedTuple):
    """What one node answered: its sizes, and every domain that it knows of, active or only defined.

    `xml` are the domains' definitions, of the running state where they run.
    """

    memory_bytes: int
    vcpus: int
    xml: Mapping[Uuid, str]
    activity: Mapping[Uuid, Activity]


class NodeFault(NamedTuple):
    """Why a node could not be read, as a sentence that goes on after the node's name."""

    kind: TroubleKind
    message: str


class Answers(NamedTuple):
    """What all nodes answered. `unsettled` are domains that changed their node all the while they were looked at."""

    nodes: Mapping[NodeName, NodeAnswers]
    faults: Mapping[NodeName, NodeFault]
    unsettled: frozenset[Uuid] = frozenset()
