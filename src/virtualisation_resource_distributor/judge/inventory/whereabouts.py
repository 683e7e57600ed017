"""Where is a domain: on which nodes is it active, and on which only defined?"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ...cluster.inventory import DomainFacts, Inventory
from ...cluster.names import GuestId, NodeName


class Whereabouts(NamedTuple):
    """A domain with the nodes that have a QEMU of it, and those that only have its definition."""

    uuid: GuestId
    active: Mapping[NodeName, DomainFacts]
    defined: Mapping[NodeName, DomainFacts]
    comes_from: NodeName | None = None

    @property
    def is_moving(self) -> bool:
        """Tell whether it is being migrated: both ends have it then."""
        return self.comes_from is not None


def whereabouts_of(inventory: Inventory, uuid: GuestId) -> Whereabouts:
    """Return where a domain is, on the nodes that answered."""
    found = {
        name: domain for name, node in sorted(inventory.nodes.items()) for domain in node.domains if domain.uuid == uuid
    }
    return Whereabouts(
        uuid=uuid,
        active={name: domain for name, domain in found.items() if domain.active},
        defined={name: domain for name, domain in found.items() if not domain.active},
        comes_from=inventory.moving.get(uuid),
    )


def uuids_named(inventory: Inventory, asked: str, kept: Iterable[tuple[GuestId, str]] = ()) -> tuple[GuestId, ...]:
    """Return the domains that a name or a UUID may mean, seen on a node or `kept` (UUID and name) in the database."""
    seen = [(domain.uuid, domain.name) for node in inventory.nodes.values() for domain in node.domains]
    everybody = {*seen, *kept}
    by_uuid = {uuid for uuid, _ in everybody if uuid == asked.lower()}
    return tuple(sorted(by_uuid or {uuid for uuid, name in everybody if name == asked}))


def names_in(inventory: Inventory, kept: Iterable[tuple[GuestId, str]] = ()) -> list[str]:
    """Return all names that domains have, sorted."""
    seen = {domain.name for node in inventory.nodes.values() for domain in node.domains}
    return sorted(seen | {name for _, name in kept})


def places_of(inventory: Inventory) -> dict[GuestId, dict[NodeName, DomainFacts]]:
    """Return each domain with the nodes that have it, in any state, in order of the nodes' names."""
    places: defaultdict[GuestId, dict[NodeName, DomainFacts]] = defaultdict(dict)
    for name, node in sorted(inventory.nodes.items()):
        for domain in node.domains:
            places[domain.uuid][name] = domain
    return places


def active_twice(inventory: Inventory) -> dict[GuestId, dict[NodeName, DomainFacts]]:
    """Return the domains that run on two nodes at once and are not being migrated, as these nodes have them."""
    skipped = inventory.moving.keys() | inventory.unsettled
    active = {
        uuid: {name: domain for name, domain in there.items() if domain.active}
        for uuid, there in places_of(inventory).items()
        if uuid not in skipped
    }
    return {uuid: there for uuid, there in active.items() if len(there) > 1}
