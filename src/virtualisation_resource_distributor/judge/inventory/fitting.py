"""Has a node what one guest needs that is to come: networks, bridges, storage, a CPU, a machine type?

It is judged as `validate` judges all nodes, as if this guest were the only one; a fault is what stands in its way.
"""

from collections.abc import Callable, Iterator

from ...cluster.inventory import DomainFacts, Inventory, NodeInventory
from ...cluster.names import GuestId, NodeName
from ...cluster.surroundings import Surroundings
from .finding import Finding, sorted_findings
from .of_hosts import judge_cpus, judge_machines
from .of_networks import judge_bridges, judge_networks
from .of_storage import judge_storage_pools
from .seen import Seen

_Check = Callable[[Seen], Iterator[Finding]]
_OF_A_START: tuple[_Check, ...] = (judge_networks, judge_bridges, judge_storage_pools)
_OF_A_MOVE: tuple[_Check, ...] = (*_OF_A_START, judge_cpus, judge_machines)
# That nodes have something in two ways is in the way of going from one to the other, and not of a start.
_KEEPS_FROM_STARTING = frozenset(
    {"network-missing", "network-inactive", "bridge-missing", "storage-pool-missing", "storage-pool-inactive"}
)


def lacking_for_move(
    inventory: Inventory, surroundings: Surroundings, uuid: GuestId, from_node: NodeName, to_node: NodeName
) -> tuple[Finding, ...]:
    """Return what the target lacks of what a guest has where it runs."""

    def only(node: NodeInventory) -> NodeInventory:
        return node._replace(domains=tuple(domain for domain in node.domains if domain.uuid == uuid))

    ends = (from_node, to_node)
    nodes = {name: only(node) for name, node in inventory.nodes.items() if name in ends}
    offers = {
        name: node._replace(running={other: facts for other, facts in node.running.items() if other == uuid})
        for name, node in surroundings.nodes.items()
        if name in ends
    }
    seen = Seen(inventory=inventory._replace(nodes=nodes), surroundings=Surroundings(nodes=offers))
    return tuple(_faults(seen, _OF_A_MOVE, to_node))


def lacking_for_start(
    inventory: Inventory, surroundings: Surroundings, domain: DomainFacts, node: NodeName
) -> tuple[Finding, ...]:
    """Return what a node lacks of what a definition needs; its CPU and machine type only libvirt can tell."""
    nodes = {
        name: other._replace(domains=(domain._replace(active=True),) if name == node else ())
        for name, other in inventory.nodes.items()
    }
    seen = Seen(inventory=inventory._replace(nodes=nodes), surroundings=surroundings)
    return tuple(found for found in _faults(seen, _OF_A_START, node) if found.code in _KEEPS_FROM_STARTING)


def _faults(seen: Seen, checks: tuple[_Check, ...], node: NodeName) -> Iterator[Finding]:
    for found in sorted_findings(finding for check in checks for finding in check(seen)):
        if found.severity == "fault" and node in found.nodes:
            yield found
