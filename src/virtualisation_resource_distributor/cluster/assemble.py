"""Join what a source saw with what operators wrote down."""

from .cluster import Cluster, Guest, Node, Pool
from .model import Model, ModelNode
from .names import NodeName
from .placement import Placement
from .trouble import Remark


def assemble(placement: Placement, model: Model) -> Cluster:
    """Return the cluster: live nodes put into the model's zones, the model's other nodes as absent.

    A node that could not be read is a trouble, unless the model has it in maintenance.
    """
    known = {node.name: node for node in model.nodes}
    troubles = [
        trouble for name, trouble in placement.unread_nodes.items() if name not in known or not known[name].maintenance
    ]
    return Cluster(
        name=placement.name,
        source=placement.source,
        taken_at=placement.taken_at,
        zones=model.zones,
        nodes=_join_nodes(placement, known),
        guests=placement.guests,
        pools=_join_pools(placement, model),
        rules=placement.rules,
        troubles=(*placement.troubles, *troubles),
        remarks=(*placement.remarks, *_absent_pools(placement, model)),
        contested=placement.contested,
    )


def _join_nodes(placement: Placement, known: dict[NodeName, ModelNode]) -> tuple[Node, ...]:
    live = {node.name: node for node in placement.nodes}
    named = {*live, *known, *_referred_to(placement.guests)}
    absent = {name: Node(name=name, status="absent") for name in named if name not in live}
    return tuple(_in_zone(node, known.get(node.name)) for node in (*live.values(), *absent.values()))


def _referred_to(guests: tuple[Guest, ...]) -> set[NodeName]:
    return {guest.node for guest in guests}.union(*{guest.allowed_nodes or () for guest in guests})


def _in_zone(node: Node, known: ModelNode | None) -> Node:
    if known is None:
        return node
    return node._replace(zone=known.zone, uri=known.uri, maintenance=node.maintenance or known.maintenance)


def _join_pools(placement: Placement, model: Model) -> tuple[Pool, ...]:
    written = {pool.name: Pool(name=pool.name, policy=pool.policy) for pool in model.pools}
    return tuple(written.get(name) or Pool(name=name) for name in sorted({*written, *placement.pools}))


def _absent_pools(placement: Placement, model: Model) -> list[Remark]:
    seen = placement.pools | {guest.pool for guest in placement.guests}
    message = "the model has this pool and the source has not; delete it with delete-pool, or correct its name"
    return [
        Remark(code="pool-absent", subject=pool.name, message=message) for pool in model.pools if pool.name not in seen
    ]
