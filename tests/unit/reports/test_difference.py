"""The difference of two models tells each change once, and how many there are."""

from hypothesis import given, settings
from tests.models import models

from virtualisation_resource_distributor.cluster import Model, ModelNode, ModelPool, NodeName, PoolName, Zone, ZoneName
from virtualisation_resource_distributor.reports.difference import difference

AMS, R1 = ZoneName("ams"), ZoneName("r1")


def test_each_change_has_its_sign_and_what_was() -> None:
    """Zones first, then nodes, then pools; the last line has the totals."""
    old = Model(
        zones=(Zone(name=AMS), Zone(name=R1), Zone(name=ZoneName("r2"), parent=AMS)),
        nodes=(
            ModelNode(name=NodeName("pve1"), zone=R1, uri="qemu:///system"),
            ModelNode(name=NodeName("pve2"), zone=None, maintenance=True),
            ModelNode(name=NodeName("pve3"), zone=R1),
        ),
        pools=(ModelPool(name=PoolName("dns")), ModelPool(name=PoolName("web"), members=("a*",))),
    )
    new = Model(
        zones=(Zone(name=AMS), Zone(name=R1, parent=AMS), Zone(name=ZoneName("r3"), parent=AMS)),
        nodes=(
            ModelNode(name=NodeName("pve1"), zone=AMS),
            ModelNode(name=NodeName("pve2"), zone=R1),
            ModelNode(name=NodeName("pve4"), zone=None, uri="x", maintenance=True),
        ),
        pools=(
            ModelPool(name=PoolName("dns"), policy="even"),
            ModelPool(name=PoolName("mx"), members=("mx?",)),
            ModelPool(name=PoolName("web"), members=("a*", "b\u202e")),
        ),
    )
    found = difference(old, new)
    assert found.exists
    assert found.text.splitlines() == [
        "~ zone 'r1': parent 'ams' (was none)",
        "- zone 'r2'",
        "+ zone 'r3': parent 'ams'",
        "~ node 'pve1': zone 'ams' (was 'r1'), uri none (was 'qemu:///system')",
        "~ node 'pve2': zone 'r1' (was none), maintenance no (was yes)",
        "- node 'pve3'",
        "+ node 'pve4': zone none, uri 'x', maintenance yes",
        "~ pool 'dns': policy 'even' (was 'distinct')",
        "+ pool 'mx': policy 'distinct', members 'mx?'",
        "~ pool 'web': members 'a*' 'b\\u202e' (was 'a*')",
        "3 to create, 5 to change, 2 to delete",
    ]


@given(models(), models())
@settings(deadline=None)
def test_there_is_a_difference_where_models_differ_and_only_there(old: Model, new: Model) -> None:
    """A line for each part that differs, all in characters that can be seen; back again, signs are turned round."""
    found, back = difference(old, new), difference(new, old)
    assert found.exists == (old != new)
    *lines, total = found.text.splitlines()
    assert all(line.isprintable() for line in [*lines, total])
    whole = [set(model.zones) | set(model.nodes) | set(model.pools) for model in (old, new)]
    named = {(type(part), part.name) for part in whole[0] ^ whole[1]}
    assert len(lines) == len(named)
    if named:
        counts = [sum(line.startswith(sign) for line in lines) for sign in "+~-"]
        assert total == "{} to create, {} to change, {} to delete".format(*counts)
        assert back.text.splitlines()[-1] == "{2} to create, {1} to change, {0} to delete".format(*counts)
