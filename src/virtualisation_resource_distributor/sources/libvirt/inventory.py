"""Turn what libvirt's nodes answer into an inventory."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from ...cluster.cluster import Guest, Pin
from ...cluster.domain_xml import parse_domain_xml
from ...cluster.inventory import DomainFacts, Inventory, NodeInventory
from ...cluster.model import ModelPool
from ...cluster.names import GuestId, NodeName, fault_of_name
from ...errors import InvalidData
from .answers import Activity, Answers, Details, NodeAnswers, Uuid, troubles_of
from .hardware import parse_storage_place
from .membership import assign_pools
from .moving import SHUT_OFF, origins_of
from .parse import Domain, parse_domain

# The reasons of virDomainState 1, 3, 5 and 6, in the words and the order of libvirt.
_RUNNING = (
    "unknown",
    "booted",
    "migrated",
    "restored",
    "from snapshot",
    "unpaused",
    "migration canceled",
    "save canceled",
    "event wakeup",
    "crashed",
    "post-copy",
    "post-copy failed",
)
_PAUSED = (
    "unknown",
    "user",
    "migrating",
    "saving",
    "dumping",
    "I/O error",
    "watchdog",
    "from snapshot",
    "shutting down",
    "creating snapshot",
    "crashed",
    "starting up",
    "post-copy",
    "post-copy failed",
    "API error",
)
_SHUT_OFF = ("unknown", "shutdown", "destroyed", "crashed", "migrated", "saved", "failed", "from snapshot", "daemon")
_CRASHED = ("unknown", "panicked")
_REASONS: Mapping[int, tuple[str, ...]] = {1: _RUNNING, 3: _PAUSED, 5: _SHUT_OFF, 6: _CRASHED}


Parsed = Mapping[tuple[NodeName, Uuid], Domain]
"""What definitions tell that were looked at already, by node and domain."""

_NOT_ASKED = Details(libvirt="", hypervisor="", persistent=frozenset(), autostart=frozenset())


def parse_inventory(
    answers: Answers, guests: Iterable[Guest], taken_at: str, parsed: Parsed = MappingProxyType({})
) -> Inventory:
    """Return the inventory that these answers tell; `guests` are those of their placement.

    Without details it lacks what they tell: versions, storage pools, and which domains are persistent.
    """
    known: defaultdict[NodeName, dict[GuestId, Guest]] = defaultdict(dict)
    for guest in guests:
        known[guest.node][guest.id] = guest
    return Inventory(
        taken_at=taken_at,
        nodes={
            name: _node(node, known[name], {uuid: parsed.get((name, uuid)) for uuid in node.activity})
            for name, node in answers.nodes.items()
        },
        faults=troubles_of(answers.faults),
        moving=_moving(answers),
        unsettled=frozenset(map(GuestId, answers.unsettled)),
    )


class Kept(NamedTuple):
    """A stored definition as it would run, and why it can't be started or moved just anywhere."""

    domain: DomainFacts
    pinned: Pin | None


def parse_kept(uuid: GuestId, xml: str, pools: tuple[ModelPool, ...], shared_storage: tuple[str, ...]) -> Kept:
    """Return what a stored definition tells; its pool is None where it is in none, or can't be told.

    Raises InvalidData where it is no definition.
    """
    where = f"the stored definition of {uuid}"
    if (told_uuid := parse_domain_xml(xml, where).uuid) != uuid:  # libvirt would define another domain by it
        raise InvalidData(where, f"its UUID is '{told_uuid}'; import it anew with import-definition")
    told = parse_domain(xml, shared_storage)
    guest = Guest(
        id=uuid,
        node=NodeName("-"),
        name=told.name,
        status="stopped",
        memory_bytes=told.memory_bytes,
        vcpus=told.vcpus,
    )
    (placed,) = assign_pools([(guest, told)], pools).guests
    return Kept(_as_placed(parse_stored(uuid, told.name, xml), placed), told.pinned)


def parse_stored(uuid: GuestId, name: str, xml: str) -> DomainFacts:
    """Return what a definition tells that is kept: a domain that runs nowhere."""
    stored = Details(libvirt="", hypervisor="", persistent=frozenset({uuid}), autostart=frozenset())
    domain = _domain(uuid, Activity(state=SHUT_OFF, reason=0), parse_domain(xml), stored)
    return domain._replace(name=name, definition=xml)


def _moving(answers: Answers) -> Mapping[GuestId, NodeName]:
    origins = origins_of({name: node.activity for name, node in answers.nodes.items()})
    return {GuestId(uuid): origin for uuid, origin in origins.items()}


def _node(node: NodeAnswers, guests: Mapping[GuestId, Guest], parsed: Mapping[Uuid, Domain | None]) -> NodeInventory:
    details = node.details or _NOT_ASKED
    domains = [
        _domain(uuid, activity, parsed.get(uuid) or parse_domain(node.xml[uuid]), details)
        for uuid, activity in sorted(node.activity.items())
    ]
    return NodeInventory(
        memory_bytes=node.memory_bytes or None,
        vcpus=node.vcpus or None,
        libvirt=details.libvirt,
        hypervisor=details.hypervisor,
        domains=tuple(
            _as_placed(domain, guests.get(domain.uuid))._replace(definition=node.definitions.get(domain.uuid, ""))
            for domain in domains
        ),
        storage=tuple(parse_storage_place(xml) for xml in details.pools),
    )


def _as_placed(domain: DomainFacts, guest: Guest | None) -> DomainFacts:
    """Return a domain with what the placement tells of it; the copy that a migration makes is not in it."""
    if guest is None:
        return domain._replace(status="unknown")
    return domain._replace(
        name=guest.name,
        status=guest.status,
        pool=guest.pool,
        memory_bytes=guest.memory_bytes,
        vcpus=guest.vcpus,
    )


def _domain(uuid: Uuid, activity: Activity, told: Domain, details: Details) -> DomainFacts:
    """Return one domain; of a definition that is no XML only what needs none is known."""
    return DomainFacts(
        uuid=GuestId(uuid),
        name=uuid if fault_of_name(told.name) else told.name,
        status="unknown",
        # One that crashed and was kept for its developers has its QEMU still, and that has its disks.
        active=activity.state != SHUT_OFF,
        reason=_reason(activity),
        job=activity.job,
        persistent=uuid in details.persistent,
        autostart=uuid in details.autostart,
        saved=uuid in details.saved,
        disks=told.disks,
        interfaces=told.interfaces,
        graphics=told.graphics,
    )


def _reason(activity: Activity) -> str:
    reasons = _REASONS.get(activity.state, ())
    return reasons[activity.reason] if 0 <= activity.reason < len(reasons) else "unknown"
