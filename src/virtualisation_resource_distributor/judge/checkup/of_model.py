"""Do model and live cluster agree: nodes, zones and pools?"""

import json
from collections import defaultdict
from collections.abc import Iterator
from shlex import quote

from ...cluster.assemble import assemble
from ...cluster.model import Model, ModelNode
from ...cluster.names import NodeName, PoolName, ZoneName, near
from ...cluster.placement import Placement
from ...settings import Given
from ...settings.table import EXCLUDE_POOLS_NAMES
from ..findings import troubles_read
from .check import Check, fault, fine, not_checked, problem_and_mend, warning
from .of_settings import write


def judge_nodes(model: Model, placement: Placement) -> Iterator[Check]:
    """Yield the live nodes that are in no zone, and the model's that are not live.

    libvirt's nodes are those of the model, and whether each is reached is told with its connection.
    """
    yield from _nodes_in_no_zone(model, placement)
    if placement.source != "libvirt":
        yield from _nodes_not_live(model, placement)


def judge_zones(model: Model) -> Check:
    """Return whether there are zones at all; without them nothing can be said of any pool."""
    if not model.zones:
        return fault("zones", "-", "the model has no zones", "run: vrd create-zone --name ZONE")
    return fine("zones", "-", f"the model has {len(model.zones)}")


def judge_empty_zones(model: Model) -> Iterator[Check]:
    """Yield the zones under which no node stands."""
    if not model.zones:
        yield not_checked("zone-nodes", "the model has no zones")
        return
    below: defaultdict[ZoneName | None, list[ZoneName]] = defaultdict(list)
    for zone in model.zones:
        below[zone.parent].append(zone.name)
    with_nodes = {node.zone for node in model.nodes}
    empty = [tree for root in below[None] for tree in _empty_trees(root, below, with_nodes)]
    for tree in empty:
        mend = " && ".join(f"vrd delete-zone --name {quote(zone)}" for zone in tree)
        yield warning("zone-nodes", tree[-1], "no node stands in this zone, so no pool can use it", f"run: {mend}")
    if not empty:
        yield fine("zone-nodes", "-", "there is a node in each zone")


def judge_reading(model: Model, placement: Placement) -> Iterator[Check]:
    """Yield what else a run would call trouble, so that all is never called well where a run does not."""
    told = {f"pool {name}" for name in placement.contested}
    found = False
    for trouble in troubles_read(assemble(placement, model)):
        if trouble.kind != "forbidden" and trouble.subject not in told and not trouble.subject.startswith("node "):
            found = True
            yield fault("reading", trouble.subject, *problem_and_mend(trouble.message))
    if not found:
        yield fine("reading", "-", "what was read is whole, and contradicts itself nowhere")


def judge_pools(model: Model, placement: Placement) -> Iterator[Check]:
    """Yield whether there is anything to judge, and the model's pools that the source has not."""
    if not _sees_all_pools(placement):
        yield not_checked("pools", "pools may be hidden, see above")
        yield not_checked("model-pools", "pools may be hidden, see above")
        return
    libvirt = placement.source == "libvirt"
    if not placement.pools:
        create = "run: vrd create-pool --name POOL --member PATTERN"
        mend = create if libvirt else "on a node run: pvesh create /pools --poolid POOL"
        yield fault("pools", "-", "there is no pool, so nothing is checked and every run is silent", mend)
    elif not any(guest.pool is not None for guest in placement.guests):
        message = "no guest is in a pool, so nothing is checked and every run is silent"
        mend = "put guests into pools" if libvirt else "on a node run: pvesh set /pools/POOL --vms VMID"
        yield fault("pools", "-", message, mend)
    else:
        members = len({guest.pool for guest in placement.guests if guest.pool is not None})
        yield fine("pools", "-", f"{members} of {len(placement.pools)} have guests")
    if not libvirt:
        yield from _model_pools(model, placement)


def judge_excluded(excluded: frozenset[PoolName], placement: Placement, given: Given) -> Iterator[Check]:
    """Yield the excluded pools that are not there: what was meant is judged all the same."""
    if not _sees_all_pools(placement):
        yield not_checked("excluded-pools", "pools may be hidden, see above")
        return
    missing = sorted(excluded - placement.pools)
    for name in missing:
        rest = json.dumps([other for other in sorted(excluded) if other != name], ensure_ascii=False)
        hint = near(name, sorted(placement.pools))
        mend = write(given, EXCLUDE_POOLS_NAMES, rest)
        yield warning("excluded-pools", name, f"EXCLUDE_POOLS_NAMES names it, and there is no such pool{hint}", mend)
    if not missing:
        message = f"each of the {len(excluded)} that are excluded is there" if excluded else "none is excluded"
        yield fine("excluded-pools", "-", message)


def _empty_trees(
    zone: ZoneName, below: dict[ZoneName | None, list[ZoneName]], with_nodes: set[ZoneName | None]
) -> list[list[ZoneName]]:
    """Return the topmost zones without nodes, each after all that lies in it."""
    trees = [tree for inner in below.get(zone, ()) for tree in _empty_trees(inner, below, with_nodes)]
    inside = [name for tree in trees for name in tree]
    if zone not in with_nodes and {tree[-1] for tree in trees}.issuperset(below.get(zone, ())):
        return [[*inside, zone]]
    return trees


def _nodes_in_no_zone(model: Model, placement: Placement) -> Iterator[Check]:
    known = {node.name: node for node in model.nodes}
    live = {node.name for node in (model.nodes if placement.source == "libvirt" else placement.nodes)}
    unplaced = [name for name in sorted(live) if name not in known or known[name].zone is None]
    for name in unplaced:
        if name in known:
            mend = f"run: vrd set-node --name {quote(name)} --zone-name ZONE"
            yield fault("node-zone", name, "its zone was deleted under it, so it is in none", mend)
            continue
        alike = _alike(name, [node for node in model.nodes if node.name not in live])
        zone = quote(alike.zone) if alike is not None and alike.zone is not None else "ZONE"
        message = "is in no zone" if alike is None else f"is in no zone; the model calls it '{alike.name}'"
        yield fault("node-zone", name, message, f"run: vrd create-node --name {quote(name)} --zone-name {zone}")
    if not unplaced:
        yield fine("node-zone", "-", f"each live node is in a zone ({len(live)})")


def _nodes_not_live(model: Model, placement: Placement) -> Iterator[Check]:
    live = {node.name: node for node in placement.nodes}
    wrong = False
    for node in model.nodes:
        seen = live.get(node.name)
        if seen is None:
            wrong = True
            mend = f"run: vrd delete-node --name {quote(node.name)}"
            yield warning("node-live", node.name, "is in the model and not in the cluster", mend)
        elif seen.status != "online" and not node.maintenance:
            wrong = True
            trouble = placement.unread_nodes.get(node.name)
            meant = f"vrd set-maintenance --name {quote(node.name)}"
            if trouble is not None and placement.source == "proxmox":
                message = f"{trouble.message} (if it is meant to be down: {meant})"
                yield fault("node-live", node.name, message, f"on {node.name} run: systemctl restart pvestatd")
                continue
            message = "is offline" if trouble is None else trouble.message
            yield (warning if trouble is None else fault)("node-live", node.name, message, f"run: {meant}")
    if not wrong:
        yield fine("node-live", "-", f"each node of the model is live or in maintenance ({len(model.nodes)})")


def _alike(name: NodeName, absent: list[ModelNode]) -> ModelNode | None:
    """Return the node of the model that means this one: the same but for case or domain."""
    return next((node for node in absent if _short(node.name) == _short(name)), None)


def _short(name: str) -> str:
    return name.partition(".")[0].casefold()


def _sees_all_pools(placement: Placement) -> bool:
    return not any(trouble.kind == "forbidden" for trouble in placement.troubles)


def _model_pools(model: Model, placement: Placement) -> Iterator[Check]:
    absent = [pool.name for pool in model.pools if pool.name not in placement.pools]
    for name in absent:
        message = "the model has this pool and the cluster has not, so its policy applies to nothing"
        yield warning("model-pools", name, message, f"run: vrd delete-pool --name {quote(name)}")
    if not absent:
        message = f"each of the model's {len(model.pools)} is in the cluster" if model.pools else "the model needs none"
        yield fine("model-pools", "-", message)
