"""Look at all libvirt nodes, for a command that is about a named guest."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple, NoReturn

from ..cluster.assemble import assemble
from ..cluster.definition import Definition
from ..cluster.inventory import DomainFacts, Inventory
from ..cluster.model import Model
from ..cluster.names import GuestId, NodeName, listed, near
from ..cluster.surroundings import Surroundings
from ..cluster.trouble import Trouble
from ..errors import InvalidData, SourceForbidden, SourceUnavailable, UsageError
from ..judge.inventory.starting import Scene
from ..judge.inventory.whereabouts import names_in, uuids_named
from ..settings import Settings
from ..sources.choose import choose_libvirt, look_through_libvirt
from ..store.definitions import read_definitions
from ..store.queries import read_model
from ..store.scanned import read_scanned
from .asked import known_model_nodes

_MOST = 1
"""How many nodes that can't be asked are told with the reason."""


class Looked(NamedTuple):
    """The nodes as they are now, and what the database has about their domains."""

    scene: Scene
    model: Model
    definitions: tuple[Definition, ...]
    uris: Mapping[NodeName, str]


def look(settings: Settings, command: str) -> Looked:
    """Ask all nodes of the model; raises UsageError where SOURCE is not libvirt, and what the store raises."""
    model = read_model(settings.database_path)
    return _look(settings, model, read_definitions(settings.database_path), command)


def look_again(settings: Settings, looked: Looked, command: str) -> Looked:
    """Ask the same nodes once more, by the model of the first time.

    What was done is told by it, and that must not fail because the database is gone, locked or changed meanwhile.
    """
    return _look(settings, looked.model, looked.definitions, command)


def _look(settings: Settings, model: Model, definitions: tuple[Definition, ...], command: str) -> Looked:
    source = choose_libvirt(settings, model, command)
    seen = source.look()
    scene = Scene(
        cluster=assemble(seen.placement, model),
        inventory=seen.inventory,
        limit=settings.memory_limit,
        shared_storage=settings.libvirt.shared_storage,
    )
    return Looked(scene, model, definitions, source.uris)


def surroundings_of(settings: Settings, looked: Looked, names: Collection[NodeName]) -> Surroundings:
    """Return what these nodes offer to guests, by what libvirt tells; raises as `_raise_unseen` if one does not."""
    around = look_through_libvirt({name: looked.uris[name] for name in names}, settings.libvirt.timeout_seconds)
    for trouble in around.troubles:
        _raise_unseen(f"{trouble.subject}: {trouble.message}", (trouble,))
    return around.surroundings


def known_guest(looked: Looked, asked: str) -> GuestId:
    """Return the domain of this name or UUID.

    Raises UsageError where there is none, or are several, and as `_raise_unseen` where it may only be out of sight.
    """
    kept = [(definition.uuid, definition.name) for definition in looked.definitions]
    inventory = looked.scene.inventory
    match uuids_named(inventory, asked, kept):
        case (uuid,):
            return uuid
        case ():
            hint = near(asked, names_in(inventory, kept))
            if inventory.faults:
                told = "; ".join(
                    f"'{node}' {fault.message}" for node, fault in sorted(inventory.faults.items())[:_MOST]
                )
                where = f"on {listed(sorted(inventory.faults))}, which can't be asked"
                sentence = (
                    f"no guest '{asked}' is seen, and no definition of that name is kept{hint}; it may be {where}"
                )
                _raise_unseen(f"{sentence}: {told}", inventory.faults.values())
            raise UsageError(f"there is no guest '{asked}'{hint}; list-guests --live lists all")
        case uuids:
            told = ", ".join(f"{uuid} {_where(inventory, uuid)}" for uuid in uuids)
            raise UsageError(f"'{asked}' is the name of {len(uuids)} guests; name one by its UUID: {told}")


def _where(inventory: Inventory, uuid: GuestId) -> str:
    there = [name for name, node in sorted(inventory.nodes.items()) if _has(node.domains, uuid)]
    return f"on {listed(there)}" if there else "only kept in the database"


def known_model_node(looked: Looked, asked: str) -> NodeName:
    """Return the node of this name; raises UsageError where the model has none."""
    (node,) = known_model_nodes(looked.model, (asked,))
    return node


def last_homes(settings: Settings, looked: Looked, uuid: GuestId) -> frozenset[NodeName]:
    """Return the nodes that have a domain's definition now, else those where the last scans saw it."""
    now = [name for name, node in looked.scene.inventory.nodes.items() if _has(node.domains, uuid)]
    if now:
        return frozenset(now)
    scanned = read_scanned(settings.database_path)
    return frozenset(node.name for node in scanned if node.inventory and _has(node.inventory.domains, uuid))


def _has(domains: tuple[DomainFacts, ...], uuid: GuestId) -> bool:
    return any(domain.uuid == uuid for domain in domains)


def _raise_unseen(sentence: str, why: Iterable[Trouble]) -> NoReturn:
    """Raise what the gravest of these calls for: SourceForbidden, SourceUnavailable or InvalidData."""
    kinds = {trouble.kind for trouble in why}
    if "forbidden" in kinds:
        raise SourceForbidden(sentence)
    if "unreadable" in kinds:
        raise SourceUnavailable(sentence)
    raise InvalidData("nodes", sentence)
