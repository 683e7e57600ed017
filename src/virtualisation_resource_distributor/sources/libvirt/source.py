"""The placement that a model's libvirt nodes tell."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from ...cluster.cluster import Guest
from ...cluster.holds import LookedUp
from ...cluster.inventory import Inventory
from ...cluster.model import Model, ModelPool
from ...cluster.moment import written
from ...cluster.names import GuestId, NodeName
from ...cluster.placement import Placement
from ...cluster.trouble import Remark, Trouble, TroubleKind
from ...errors import DistributorError, InvalidData, SourceForbidden, SourceUnavailable
from ...settings import LibvirtSettings, Settings
from .answers import Answers, troubles_of
from .connect import uri_of
from .fetch import fetch
from .inventory import parse_inventory
from .membership import assign_pools
from .parse import Domain, parse_guests, parse_nodes

_GRAVEST_FIRST: tuple[TroubleKind, ...] = ("forbidden", "unreadable", "contradiction")


class Look(NamedTuple):
    """One look at the nodes: who runs where, and what each node has."""

    placement: Placement
    inventory: Inventory


class LibvirtSource(NamedTuple):
    """The nodes of a model, each with a libvirt of its own; libvirt itself knows of no cluster."""

    settings: LibvirtSettings
    uris: Mapping[NodeName, str]
    pools: tuple[ModelPool, ...]

    @classmethod
    def from_settings(cls, settings: Settings, model: Model) -> "LibvirtSource":
        """Return the source that reads the model's nodes."""
        uris = {node.name: uri_of(settings.libvirt.uri, node.name, node.uri) for node in model.nodes}
        return cls(settings=settings.libvirt, uris=uris, pools=model.pools)

    def read(self) -> Placement:
        """Ask all nodes side by side; a node that gives no answer is offline, and told.

        Raises SourceForbidden, SourceUnavailable or InvalidData where no node can be read, or there is none.
        """
        return self.look_briefly().placement

    def look_briefly(self, kept: Collection[GuestId] = ()) -> Look:
        """Read, and tell what else was seen by the way; raises as `read` does.

        The inventory has no details, and definitions only of domains that are on two nodes, or of which one is `kept`.
        """
        self._check_nodes()
        taken_at = written(datetime.now(UTC))
        answers = fetch(self.uris, self.settings.timeout_seconds, kept=kept)
        if not answers.nodes:
            raise _nothing(troubles_of(answers.faults))
        return self._told(answers, taken_at)

    def look_up(self, guests: Sequence[Guest]) -> LookedUp:  # noqa: ARG002 -- the protocol's
        """Return nothing: a domain's definition, which is read with it, tells all of its disks and devices."""
        return LookedUp()

    def look(self) -> Look:
        """Ask all nodes side by side for all that there is to know of them; none has to answer.

        Raises SourceUnavailable where the model has no nodes.
        """
        self._check_nodes()
        taken_at = written(datetime.now(UTC))
        return self._told(fetch(self.uris, self.settings.timeout_seconds, details=True), taken_at)

    def _told(self, answers: Answers, taken_at: str) -> Look:
        seen = tuple(parse_guests(answers, self.settings.shared_storage))
        placement = _placement(answers, seen, self.pools, taken_at)
        parsed = {(guest.node, str(guest.id)): domain for guest, domain in seen}
        return Look(placement, parse_inventory(answers, placement.guests, taken_at, parsed))

    def look_at_any(self) -> Look:
        """Look as `look` does, for answers that take a node at least; raises as `read` does where none answers."""
        look = self.look()
        if not look.inventory.nodes:
            raise _nothing(look.inventory.faults)
        return look

    def only(self, names: Collection[NodeName]) -> "LibvirtSource":
        """Return the same source with these nodes alone."""
        return self._replace(uris={name: uri for name, uri in self.uris.items() if name in names})

    def _check_nodes(self) -> None:
        if not self.uris:
            mend = "create them with create-node --name NODE --zone-name ZONE"
            raise SourceUnavailable(f"the model has no nodes, so there is no libvirt to ask; {mend}")


def parse_placement(
    answers: Answers, shared_storage: tuple[str, ...], pools: tuple[ModelPool, ...], taken_at: str
) -> Placement:
    """Return the placement that these answers tell; the model's pools serve to find members by their names."""
    return _placement(answers, parse_guests(answers, shared_storage), pools, taken_at)


def _placement(
    answers: Answers, guests: Iterable[tuple[Guest, Domain]], pools: tuple[ModelPool, ...], taken_at: str
) -> Placement:
    membership = assign_pools(guests, pools)
    seen = frozenset(guest.pool for guest in membership.guests if guest.pool is not None)
    return Placement(
        source="libvirt",
        taken_at=taken_at,
        nodes=parse_nodes(answers),
        guests=membership.guests,
        # All of the model's too: that one has no guests is told above, in libvirt's words.
        pools=seen | {pool.name for pool in pools},
        unread_nodes=troubles_of(answers.faults),
        troubles=membership.troubles,
        contested=membership.contested,
        remarks=(*membership.remarks, *_hung(answers, membership.guests)),
    )


def _hung(answers: Answers, guests: tuple[Guest, ...]) -> list[Remark]:
    message = "its QEMU does not answer libvirt, so it may give no service, though it counts as running"
    return [
        Remark(code="guest-hung", subject=guest.id, message=f"'{guest.name}' on '{guest.node}': {message}")
        for guest in guests
        if answers.nodes[guest.node].activity[guest.id].job == "hung"
    ]


def _nothing(faults: Mapping[NodeName, Trouble]) -> DistributorError:
    name, fault = min(faults.items(), key=lambda item: _GRAVEST_FIRST.index(item[1].kind))
    which = "its only node" if len(faults) == 1 else f"any of {len(faults)} nodes (doctor tells of each)"
    sentence = f"libvirt could not be read on {which}: node '{name}' {fault.message}"
    match fault.kind:
        case "forbidden":
            return SourceForbidden(sentence)
        case "unreadable":
            return SourceUnavailable(sentence)
        case "contradiction":
            return InvalidData(f"node '{name}'", fault.message)
