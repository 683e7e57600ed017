"""Which domains can't go on as they are: two that write to one disk, have one address or port, or two definitions?

A domain that runs twice is told by `run` itself, as the trouble `seen-twice`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from shlex import quote
from typing import NamedTuple

from ...cluster.definition import Definition
from ...cluster.inventory import DiskFacts, DomainFacts, GraphicsFacts, Inventory
from ...cluster.names import GuestId, NodeName, listed
from ..findings import Finding
from .definitions import differences_or_none, some_in_words
from .disks import may_be_shared, opened_disks
from .identity import Identity, Shared

_EVERYWHERE = frozenset({None, "0.0.0.0", "::", ""})  # noqa: S104 -- where displays of domains listen


class _Placed(NamedTuple):
    """A domain as one node has it."""

    node: NodeName
    domain: DomainFacts

    @property
    def words(self) -> str:
        return f"'{self.domain.name}' on '{self.node}'"


def clashes(
    inventory: Inventory, definitions: Iterable[Definition], shared_storage: tuple[str, ...]
) -> tuple[Finding, ...]:
    """Return what clashes, as warnings, sorted by code and subject, which is a domain's UUID.

    `definitions` are the newest that are kept, `shared_storage` what the settings say that all nodes see alike.
    Whatever is not known clashes with nothing.
    """
    active = _active(inventory)
    found = (
        *_disks(inventory, Shared(shared_storage)),
        *_macs(active),
        *_displays(active),
        *_definitions(inventory, definitions),
    )
    return tuple(sorted(set(found)))


def _active(inventory: Inventory) -> list[_Placed]:
    """Return each active domain once: one that is being migrated where it comes from."""
    placed: dict[GuestId, _Placed] = {}
    for name, node in sorted(inventory.nodes.items()):
        for domain in node.domains:
            if domain.active and inventory.moving.get(domain.uuid, name) == name:
                placed.setdefault(domain.uuid, _Placed(name, domain))
    return sorted(placed.values(), key=lambda one: (one.domain.name, one.domain.uuid))


def _disks(inventory: Inventory, shared: Shared) -> Iterator[Finding]:
    users: defaultdict[Identity, list[tuple[_Placed, DiskFacts]]] = defaultdict(list)
    for identity, (node, domain, disk) in opened_disks(inventory, shared):
        if inventory.moving.get(domain.uuid, node) == node:
            users[identity].append((_Placed(node, domain), disk))
    for there in users.values():
        for (one, disk), (other, its) in combinations(there, 2):
            if one.domain.uuid != other.domain.uuid and not may_be_shared(disk, its):
                where = f"'{disk.source}' of {one.words} and '{its.source}' of {other.words} are one disk"
                told = f"{where} ({disk.target} and {its.target}), and what both write destroys it"
                mend = "stop one of them, or mark the disk <shareable/> in both if what they run is made for that"
                yield _warning("disk-shared", one, f"{told}; {mend}")


def _macs(active: list[_Placed]) -> Iterator[Finding]:
    """Find addresses that two domains have; in a network of its own (`user`) a domain meets no other."""
    users: defaultdict[str, list[_Placed]] = defaultdict(list)
    for one in active:
        for mac in sorted({card.mac.lower() for card in one.domain.interfaces if card.mac and card.kind != "user"}):
            users[mac].append(one)
    for mac, there in users.items():
        if len(there) > 1:
            named = _all_in_words(there)
            mend = "give one of them another in its definition, and start it anew"
            yield _warning("mac-twice", there[0], f"{named} have the MAC address {mac}, so neither is reached; {mend}")


def _displays(active: list[_Placed]) -> Iterator[Finding]:
    users: defaultdict[tuple[NodeName, int], list[tuple[_Placed, GraphicsFacts]]] = defaultdict(list)
    for one in active:
        for display in one.domain.graphics:
            if display.port is not None:
                users[one.node, display.port].append((one, display))
    for (_, port), there in users.items():
        for (one, display), (other, its) in combinations(there, 2):
            if one.domain.uuid != other.domain.uuid and _meet(display, its):
                mend = "set autoport='yes' in the definition of one, and start it anew"
                message = f"{one.words} and {other.words} have their displays on one port, {port}; {mend}"
                yield _warning("display-port-twice", one, message)


def _meet(one: GraphicsFacts, other: GraphicsFacts) -> bool:
    return one.address == other.address or one.address in _EVERYWHERE or other.address in _EVERYWHERE


def _defined(inventory: Inventory) -> dict[GuestId, list[_Placed]]:
    """Return for each domain the nodes whose definition of it is known, first where it runs or comes from."""
    placed: defaultdict[GuestId, list[_Placed]] = defaultdict(list)
    for name, node in inventory.nodes.items():
        for domain in node.domains:
            if domain.definition:
                placed[domain.uuid].append(_Placed(name, domain))

    def rank(one: _Placed) -> tuple[bool, bool, NodeName]:
        return inventory.moving.get(one.domain.uuid, one.node) != one.node, not one.domain.active, one.node

    return {uuid: sorted(there, key=rank) for uuid, there in placed.items()}


def _definitions(inventory: Inventory, definitions: Iterable[Definition]) -> Iterator[Finding]:
    kept = {definition.uuid: definition for definition in definitions}
    for uuid, (first, *others) in _defined(inventory).items():
        told: dict[NodeName, str] = {}
        for other in others:
            if found := differences_or_none(first.domain.definition, other.domain.definition):
                told[other.node] = some_in_words(found)
        if told:
            yield _differs(first, told)
        if uuid in kept and (found := differences_or_none(kept[uuid].xml, first.domain.definition)):
            version = f"version {kept[uuid].version}, which is kept"
            mend = (
                f"see all with diff-definition --name {quote(first.domain.name)}; import-definition keeps it as it is"
            )
            message = f"the definition of {first.words} differs from {version}: {some_in_words(found)}; {mend}"
            yield _warning("definition-changed", first, message)


def _differs(first: _Placed, told: Mapping[NodeName, str]) -> Finding:
    node, words = next(iter(told.items()))
    where = f"{first.words} is defined otherwise on {listed(list(told))}, from '{first.node}' to '{node}': {words}"
    mend = f"undefine what is left over (virsh undefine {quote(first.domain.name)}), or define it there anew"
    return _warning("definition-differs", first, f"{where}; {mend}")


def _all_in_words(placed: list[_Placed]) -> str:
    *most, last = [one.words for one in placed[:5]]
    return f"{', '.join(most)} and {last if len(placed) <= 5 else f'{len(placed) - 4} more'}"


def _warning(code: str, placed: _Placed, message: str) -> Finding:
    return Finding(code=code, severity="warning", subject=placed.domain.uuid, message=message)
