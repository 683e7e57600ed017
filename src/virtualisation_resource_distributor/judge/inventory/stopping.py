"""May a named domain be stopped, and on which node?"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ...cluster.inventory import DomainFacts, Inventory
from ...cluster.names import GuestId, NodeName, listed
from .starting import Objection, Refused
from .whereabouts import Whereabouts, whereabouts_of


class Stop(NamedTuple):
    """What is to be stopped, where (None: it runs nowhere), and the nodes that must not start it any more.

    `is_copy` is one of several that run; of that nothing but itself goes. `only_runs` is one of which no node keeps a
    definition, so that nothing is left of it once it is down.
    """

    uuid: GuestId
    name: str
    node: NodeName | None
    autostart: tuple[NodeName, ...] = ()
    is_copy: bool = False
    only_runs: bool = False


def may_stop(inventory: Inventory, uuid: GuestId, asked: NodeName | None, *, hard: bool) -> Stop | Refused:
    """Return what is stopped, on the node that was asked for where there are several; or what stands in its way."""
    where = whereabouts_of(inventory, uuid)
    objections = tuple(_objections(inventory, where, asked))
    if objections:
        return Refused(objections)
    node = asked if asked is not None else next(iter(where.active), None)
    if node is not None and not hard and (deaf := tuple(_deaf(where.active[node]))):
        return Refused(deaf)
    everywhere = {**where.defined, **where.active}
    is_copy = len(where.active) > 1
    return Stop(
        uuid=uuid,
        name=next((domain.name for domain in everywhere.values()), str(uuid)),
        node=node,
        autostart=() if is_copy else tuple(name for name, domain in everywhere.items() if domain.autostart),
        is_copy=is_copy,
        only_runs=bool(where.active) and not any(domain.persistent for domain in everywhere.values()),
    )


def _objections(inventory: Inventory, where: Whereabouts, asked: NodeName | None) -> Iterator[Objection]:
    unseen = sorted(inventory.faults)
    arriving = sorted(name for name, domain in where.active.items() if domain.job == "incoming")
    if where.is_moving:
        yield Objection("found", f"it is being migrated from '{where.comes_from}'; wait for that, or abort it there")
    elif where.uuid in inventory.unsettled:
        yield Objection("found", "it changed its node all the while it was looked at; look again")
    elif arriving:
        hint = f", perhaps from {listed(unseen)}, which can't be asked" if unseen else ""
        yield Objection("found", f"it is arriving on {listed(arriving)} by a migration{hint}")
    elif asked is not None and asked in unseen:
        fault = inventory.faults[asked]
        yield Objection("unseen", f"'{asked}' can't be asked: {fault.message}", fault.kind)
    elif asked is not None and asked not in where.active:
        yield Objection("found", f"it is not active on '{asked}'")
    elif asked is None and len(where.active) > 1:
        yield Objection("found", f"it runs on {_copies(where.active)} at once; say with --node which one is to go")
    elif not where.active and unseen:
        yield Objection("unseen", f"it runs on no node that answers, and may run on {listed(unseen)}")


def _copies(active: Mapping[NodeName, DomainFacts]) -> str:
    """Return where each copy is, and how it is: one that a migration left paused is not the one that serves."""
    return " and ".join(f"'{name}' ({domain.status}, {domain.reason})" for name, domain in sorted(active.items()))


def _deaf(domain: DomainFacts) -> Iterator[Objection]:
    """Yield why a guest would not hear that it is asked to shut down."""
    if domain.status == "paused":
        yield Objection("found", "it is paused, and hears no request; resume it with virsh resume, or use --hard")
    elif domain.status == "crashed":
        yield Objection("found", "it has crashed and is kept, and hears no request; --hard ends it")
