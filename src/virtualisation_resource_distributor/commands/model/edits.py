"""What does each command make of the model? A model goes in, the changed one comes out, and nothing is read or written.

All raise UsageError where a name is none, is not there, or is there already.
"""

from collections.abc import Iterable
from operator import attrgetter
from typing import Literal

from ...cluster.cluster import DEFAULT_POLICY, Policy, Zone
from ...cluster.model import Model, ModelNode, ModelPool
from ...cluster.names import NodeName, PoolName, ZoneName, fault_of_ends, fault_of_name, listed, near
from ...cluster.uri import fault_of_uri
from ...errors import UsageError

_MOST_NAMES = 20
_NAME = attrgetter("name")
_Kind = Literal["zone", "node", "pool"]


def create_zone(model: Model, *, name: str, parent: str | None = None) -> Model:
    """Add a zone; its parent must be there."""
    _check_new("zone", name, (zone.name for zone in model.zones))
    zone = Zone(name=ZoneName(name), parent=None if parent is None else _known_zone(model, parent))
    return model._replace(zones=tuple(sorted((*model.zones, zone), key=_NAME)))


def delete_zone(model: Model, *, name: str) -> Model:
    """Take a zone away; one that still holds nodes or zones is refused, with their names."""
    _known_zone(model, name)
    nodes = [node.name for node in model.nodes if node.zone == name]
    zones = [zone.name for zone in model.zones if zone.parent == name]
    held = [f"{kind} {listed(names, most=_MOST_NAMES)}" for kind, names in (("node", nodes), ("zone", zones)) if names]
    if held:
        mend = "move nodes with set-node, or delete what it holds first"
        raise UsageError(f"zone '{name}' still holds {' and '.join(held)}; {mend}")
    return model._replace(zones=tuple(zone for zone in model.zones if zone.name != name))


def create_node(model: Model, *, name: str, zone: str, uri: str | None = None) -> Model:
    """Add a node to a zone."""
    _check_new("node", name, (node.name for node in model.nodes))
    node = ModelNode(name=NodeName(name), zone=_known_zone(model, zone), uri=_uri(uri))
    return model._replace(nodes=tuple(sorted((*model.nodes, node), key=_NAME)))


def set_node(model: Model, *, name: str, zone: str | None = None, uri: str | None = None) -> Model:
    """Give a node another zone, another URI, or both; None leaves it as it is, and an empty URI takes it away."""
    if zone is None and uri is None:
        raise UsageError("set-node has nothing to set; give --zone-name, --uri or both")
    node = _known_node(model, name)
    if zone is not None:
        node = node._replace(zone=_known_zone(model, zone))
    if uri is not None:
        node = node._replace(uri=_uri(uri))
    return _with_node(model, node)


def set_maintenance(model: Model, *, name: str, maintenance: bool) -> Model:
    """Put a node into maintenance or end it; no error where it is so already."""
    return _with_node(model, _known_node(model, name)._replace(maintenance=maintenance))


def delete_node(model: Model, *, name: str) -> Model:
    """Take a node away."""
    _known_node(model, name)
    return model._replace(nodes=tuple(node for node in model.nodes if node.name != name))


def create_pool(model: Model, *, name: str, policy: Policy = DEFAULT_POLICY, members: Iterable[str] = ()) -> Model:
    """Add a pool; a pattern given twice counts once."""
    _check_new("pool", name, (pool.name for pool in model.pools))
    patterns = tuple(sorted(set(members)))
    for pattern in patterns:
        if fault := fault_of_name(pattern):
            raise UsageError(f"--member is no pattern of guests' names: {fault}")
    pool = ModelPool(name=PoolName(name), policy=policy, members=patterns)
    return model._replace(pools=tuple(sorted((*model.pools, pool), key=_NAME)))


def delete_pool(model: Model, *, name: str) -> Model:
    """Take a pool away."""
    _check_known("pool", name, [pool.name for pool in model.pools])
    return model._replace(pools=tuple(pool for pool in model.pools if pool.name != name))


def _known_zone(model: Model, name: str) -> ZoneName:
    _check_known("zone", name, [zone.name for zone in model.zones])
    return ZoneName(name)


def _known_node(model: Model, name: str) -> ModelNode:
    _check_known("node", name, [node.name for node in model.nodes])
    return next(node for node in model.nodes if node.name == name)


def _with_node(model: Model, changed: ModelNode) -> Model:
    return model._replace(nodes=tuple(changed if node.name == changed.name else node for node in model.nodes))


def _uri(text: str | None) -> str | None:
    if text and (fault := fault_of_uri(text)):
        raise UsageError(f"--uri is no URI: {fault}")
    return text or None


def _check_new(kind: _Kind, name: str, there: Iterable[str]) -> None:
    if fault := fault_of_name(name) or fault_of_ends(name):
        raise UsageError(f"--name is no name for a {kind}: {fault}")
    if name in there:
        mend = "set-node changes it" if kind == "node" else f"list-{kind}s lists all"
        raise UsageError(f"{kind} '{name}' is there already; {mend}")


def _check_known(kind: _Kind, name: str, there: list[str]) -> None:
    if name not in there:
        mend = f"list-{kind}s lists all" if there else f"there are none yet, create-{kind} creates one"
        raise UsageError(f"there is no {kind} '{name}'{near(name, there)}; {mend}")
