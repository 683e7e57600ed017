"""Who has a disk open already?"""

from collections.abc import Iterator

from ...cluster.inventory import DiskFacts, DomainFacts, Inventory
from ...cluster.names import NodeName
from .identity import Identity, Shared, identity_of

Opened = tuple[NodeName, DomainFacts, DiskFacts]
"""A disk that a domain which is active on this node has open."""


def opened_disks(inventory: Inventory, shared: Shared) -> Iterator[tuple[Identity, Opened]]:
    """Yield every disk that is open, with what it is; one that is being migrated has it at both ends."""
    for name, node in sorted(inventory.nodes.items()):
        for domain in node.domains:
            for disk in domain.disks if domain.active else ():
                if identity := identity_of(disk, name, node.storage, shared):
                    yield identity, (name, domain, disk)


def may_be_shared(one: DiskFacts, other: DiskFacts) -> bool:
    """Tell whether two domains may have one disk open so: both only read it, or both say that it is shared."""
    return (_is_only_read(one) and _is_only_read(other)) or (one.shareable and other.shareable)


def users_of(
    inventory: Inventory, node: NodeName, domain: DomainFacts, shared_storage: tuple[str, ...]
) -> dict[str, tuple[NodeName, str]]:
    """Return which of a domain's disks an active other domain uses already, were it to run on this node.

    The keys are the disks' targets, the values the node and the name of the other.
    """
    shared = Shared(shared_storage)
    seen = inventory.nodes.get(node)
    found: dict[str, tuple[NodeName, str]] = {}
    own = [(identity_of(disk, node, seen.storage if seen else (), shared), disk) for disk in domain.disks]
    for identity, (at, other, its) in opened_disks(inventory, shared):
        for mine, disk in own:
            if mine == identity and other.uuid != domain.uuid and not may_be_shared(disk, its):
                found.setdefault(disk.target, (at, other.name))
    return found


def _is_only_read(disk: DiskFacts) -> bool:
    return disk.readonly or disk.device == "cdrom"
