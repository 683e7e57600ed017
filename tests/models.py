"""Hypothesis strategies for what operators write down."""

from hypothesis import strategies as st
from tests import strategies

from virtualisation_resource_distributor.cluster import Model, ModelNode, ModelPool, NodeName, PoolName


@st.composite
def models(draw: st.DrawFn) -> Model:
    """Any model; names are few, so that two models share some."""
    zones = draw(strategies.zones())
    zone_names = [zone.name for zone in zones]
    node_names = draw(st.lists(strategies.names(), unique=True, max_size=5))
    pool_names = draw(st.lists(strategies.names(), unique=True, max_size=4))
    nodes = [
        ModelNode(
            name=NodeName(name),
            zone=draw(st.sampled_from([None, *zone_names])),
            uri=draw(st.none() | strategies.names()),
            maintenance=draw(st.booleans()),
        )
        for name in node_names
    ]
    pools = [
        ModelPool(
            name=PoolName(name),
            policy=draw(st.sampled_from(["distinct", "even"])),
            members=tuple(sorted(draw(st.sets(strategies.names(), max_size=3)))),
        )
        for name in pool_names
    ]
    return Model(
        zones=tuple(sorted(zones, key=lambda zone: zone.name)),
        nodes=tuple(sorted(nodes, key=lambda node: node.name)),
        pools=tuple(sorted(pools, key=lambda pool: pool.name)),
    )
