"""How a cluster is after moves."""

from virtualisation_resource_distributor.cluster import (
    Cluster,
    Guest,
    GuestId,
    Node,
    NodeName,
    PoolName,
    Zone,
    ZoneName,
)
from virtualisation_resource_distributor.judge.planning.mending import plan_mending


def test_a_guest_comes_back_to_the_definition_that_it_left_behind() -> None:
    """As libvirt keeps one where a persistent domain was migrated away; there is one row of it then."""
    zones = (Zone(name=ZoneName("a")), Zone(name=ZoneName("b")))
    nodes = (Node(name=NodeName("n1"), zone=zones[0].name), Node(name=NodeName("n2"), zone=zones[1].name))
    runs = Guest(id=GuestId("1"), node=NodeName("n1"), name="dns0", kind="domain", pool=PoolName("dns"))
    left = runs._replace(node=NodeName("n2"), status="stopped")
    other = runs._replace(id=GuestId("2"), name="dns1")
    behind = other._replace(node=NodeName("n2"), status="stopped")
    plan = plan_mending(Cluster(zones=zones, nodes=nodes, guests=(runs, left, other, behind)))
    assert [(step.move.guest.id, step.move.to_node) for step in plan.steps] == [("1", "n2")]
    assert (plan.optimal, plan.unresolved) == (True, ())
