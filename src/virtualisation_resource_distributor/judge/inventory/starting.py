"""May a domain be started, and where best?

One that runs twice destroys its disks. So it is started only where all nodes that might run it have said that they do
not, and where nobody else uses its disks.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from ...cluster.cluster import Cluster, Pin, Pool
from ...cluster.inventory import DomainFacts, Inventory
from ...cluster.limit import MemoryLimit
from ...cluster.names import GuestId, NodeName, PoolName, listed
from ...cluster.surroundings import Surroundings
from ...cluster.trouble import TroubleKind
from ..explain import Unusable
from ..levels import Level
from ..obstacles import NoRoom, in_words
from ..place import NewMember, Placing, place
from .definitions import differences_or_none, some_in_words
from .disks import users_of
from .fitting import lacking_for_start
from .whereabouts import Whereabouts, whereabouts_of

MEND_OF_SAVED = "resume it there with virsh start, or give that state up with virsh managedsave-remove"


class Scene(NamedTuple):
    """All that is known when something is to be done: the nodes as they were seen, and as they are judged.

    `surroundings` are what nodes offer to guests, where that was asked.
    """

    cluster: Cluster
    inventory: Inventory
    limit: MemoryLimit
    shared_storage: tuple[str, ...]
    surroundings: Surroundings = Surroundings()


class Wish(NamedTuple):
    """What is to be started: `domain` is as its stored definition tells, `pinned` why it can't be just anywhere.

    `homes` are the nodes where it was last known to be, `node` is the only one that is asked for, `despite` are those
    that may be out of reach, and `taken` those to which another guest is on its way, so that their room is not known,
    each with who sends it.
    """

    domain: DomainFacts
    pinned: Pin | None = None
    homes: frozenset[NodeName] = frozenset()
    node: NodeName | None = None
    despite: frozenset[NodeName] = frozenset()
    taken: Mapping[NodeName, str] = MappingProxyType({})


class Start(NamedTuple):
    """Where it starts, its pool's levels then, and what there is to know beside."""

    node: NodeName
    levels: tuple[Level, ...]
    notes: tuple[str, ...]


class Objection(NamedTuple):
    """Why something is not done: `found` was seen to stand in its way, `unseen` may, and nobody can look.

    `trouble` tells of the latter why nobody can.
    """

    kind: Literal["found", "unseen"]
    text: str
    trouble: TroubleKind = "unreadable"


class Refused(NamedTuple):
    """All that stands in the way."""

    objections: tuple[Objection, ...]


def where_to_start(scene: Scene, wish: Wish) -> Start | Refused:
    """Return the best node by the pool's spread, then by load; or why there is none."""
    where = whereabouts_of(scene.inventory, wish.domain.uuid)
    objections = (*_running(scene, where), *_unseen(scene, wish))
    if objections:
        return Refused(objections)
    placing = _ranked(scene, wish)
    kept_off = {found.node: _keeps_off(scene, wish, found.node) for found in placing.places}
    candidates = [found for found in placing.places if not kept_off[found.node]]
    if wish.node is not None:
        candidates = [found for found in candidates if found.node == wish.node]
    if not candidates:
        return Refused(tuple(_no_node(wish, placing, kept_off)))
    best = candidates[0]
    levels = best.levels if wish.domain.pool is not None else ()
    passed = tuple(found.node for found in placing.places[: placing.places.index(best)] if found.node in wish.taken)
    passed_over = () if wish.node is not None else tuple(_passed_over(wish, passed))
    return Start(best.node, levels, (*placing.notes, *passed_over, *_notes(scene, wish, where, best.node)))


def _passed_over(wish: Wish, nodes: tuple[NodeName, ...]) -> Iterator[str]:
    for node in nodes:
        yield f"'{node}' may be better, but a guest is on its way there: {wish.taken[node]}"


def _running(scene: Scene, where: Whereabouts) -> Iterator[Objection]:
    if where.is_moving:
        yield Objection("found", f"it is being migrated from '{where.comes_from}', and runs")
    elif where.uuid in scene.inventory.unsettled:
        yield Objection("found", "it changed its node all the while it was looked at, and runs")
    else:
        for node, domain in where.active.items():
            reason = f", {domain.reason}" if domain.reason not in {"", "unknown"} else ""
            yield Objection("found", f"it is active on '{node}' already ({domain.status}{reason})")
    for node, domain in where.defined.items():
        if domain.saved:
            yield Objection("found", f"its state is saved on '{node}'; {MEND_OF_SAVED}")


def _unseen(scene: Scene, wish: Wish) -> Iterator[Objection]:
    for node, trouble in sorted(scene.inventory.faults.items()):
        if node not in wish.despite:
            yield Objection("unseen", f"it may run on '{node}', which can't be asked: {trouble.message}", trouble.kind)


def _ranked(scene: Scene, wish: Wish) -> Placing:
    name = wish.domain.pool
    pool = next((pool for pool in scene.cluster.pools if pool.name == name), Pool(name=name or PoolName("-")))
    new = NewMember(wish.domain.memory_bytes or 0, wish.domain.vcpus or 0)
    return place(scene.cluster, pool, new, scene.limit)


def _keeps_off(scene: Scene, wish: Wish, node: NodeName) -> tuple[str, ...]:
    """Return what keeps the domain off a node that has room for it."""
    seen = scene.inventory.nodes.get(node)
    reasons: list[str] = []
    if seen is None:
        return ("it can't be asked",)
    if node in wish.taken:
        reasons.append(f"a guest is on its way there: {wish.taken[node]}")
    if wish.pinned is not None and wish.homes and node not in wish.homes:
        reasons.append(f"{wish.pinned.message}, and it was last known on {listed(sorted(wish.homes))}")
    reasons.extend(one.text for one in namesakes(scene, wish.domain.name, wish.domain.uuid, node))
    for target, (at, user) in users_of(scene.inventory, node, wish.domain, scene.shared_storage).items():
        reasons.append(f"its disk {target} is in use by '{user}' on '{at}'")
    lacking = lacking_for_start(scene.inventory, scene.surroundings, wish.domain, node)
    reasons.extend(f"{one.subject}: {one.message}; {one.mend}" for one in lacking)
    return tuple(reasons)


def namesakes(scene: Scene, name: str, uuid: GuestId, node: NodeName) -> Iterator[Objection]:
    """Yield the domains of this name that a node has, and that are others: libvirt lets no node have both."""
    seen = scene.inventory.nodes.get(node)
    for other in () if seen is None else seen.domains:
        if other.name == name and other.uuid != uuid:
            yield Objection("found", f"another domain has its name there ({other.uuid})")


def _no_node(wish: Wish, placing: Placing, kept_off: Mapping[NodeName, tuple[str, ...]]) -> Iterator[Objection]:
    """Yield why each node, or the one that was asked for, does not take it."""
    for found in placing.places:
        if wish.node in {None, found.node}:
            for reason in kept_off[found.node]:
                yield Objection("found", f"not on '{found.node}': {reason}")
    for refused in placing.refused:
        if wish.node in {None, refused.node}:
            yield Objection("found", f"not on '{refused.node}': {_refusal_in_words(refused.why)}")


def _refusal_in_words(why: Unusable | NoRoom) -> str:
    match why:
        case Unusable(node=node) if node.status != "online":
            return f"it is {node.status}"
        case Unusable(node=node):
            return "it is in maintenance" if node.maintenance else "it is in no zone"
        case NoRoom():
            return in_words(why)


def _notes(scene: Scene, wish: Wish, where: Whereabouts, node: NodeName) -> Iterator[str]:
    for other, domain in where.defined.items():
        if other != node and domain.autostart:
            yield f"'{other}' has a definition of it that starts with that node: it would run twice after a reboot"
        if domain.definition and (found := differences_or_none(domain.definition, wish.domain.definition)):
            lost = "is overwritten by the kept one" if other == node else "is not the kept one"
            yield f"the definition that '{other}' has {lost}: {some_in_words(found)}"
    for other in sorted(wish.despite & scene.inventory.faults.keys()):
        yield f"it is not known whether it runs on '{other}': if it does, both write to its disks and destroy them"
    if wish.domain.memory_bytes is None:
        yield "its definition tells no memory size, so that it counts as 0 bytes"
