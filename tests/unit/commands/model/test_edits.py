"""An edit makes of one model another, and refuses what is none."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import strategies

from virtualisation_resource_distributor.cluster import Model, ModelNode, ModelPool, NodeName, PoolName, Zone, ZoneName
from virtualisation_resource_distributor.commands.model import edits
from virtualisation_resource_distributor.errors import UsageError

AMS = ZoneName("ams")
MODEL = Model(
    zones=(Zone(name=AMS), Zone(name=ZoneName("r1"), parent=AMS)),
    nodes=(ModelNode(name=NodeName("pve1"), zone=ZoneName("r1"), uri="qemu:///system"),),
    pools=(ModelPool(name=PoolName("dns"), policy="even", members=("dns*",)),),
)
NEW = "\U0010fffdnew"  # sorts behind every other name


@given(strategies.names().filter(lambda name: name not in {"ams", "r1", "pve1", "dns"} and name == name.strip()))
def test_what_is_created_can_be_deleted_and_nothing_else_has_changed(name: str) -> None:
    """For zones, nodes and pools of any name; parts stay sorted by name."""
    for created, delete in (
        (edits.create_zone(MODEL, name=name, parent="ams"), edits.delete_zone),
        (edits.create_node(MODEL, name=name, zone="ams"), edits.delete_node),
        (edits.create_pool(MODEL, name=name), edits.delete_pool),
    ):
        assert created != MODEL
        for parts in (created.zones, created.nodes, created.pools):
            names = [part.name for part in parts]
            assert names == sorted(names)
        assert delete(created, name=name) == MODEL


def test_a_patterns_order_and_repetition_mean_nothing() -> None:
    """A pool has each once."""
    model = edits.create_pool(MODEL, name=NEW, members=("b*", "a*", "b*"))
    assert model.pools[-1] == ModelPool(name=PoolName(NEW), members=("a*", "b*"))


def test_setting_a_node_changes_what_is_given_and_keeps_the_rest() -> None:
    """An empty URI takes it away; maintenance is another command's."""
    resting = edits.set_maintenance(MODEL, name="pve1", maintenance=True)
    assert resting.nodes == (
        ModelNode(name=NodeName("pve1"), zone=ZoneName("r1"), uri="qemu:///system", maintenance=True),
    )
    moved = edits.set_node(resting, name="pve1", zone="ams")
    assert moved.nodes == (ModelNode(name=NodeName("pve1"), zone=AMS, uri="qemu:///system", maintenance=True),)
    cleared = edits.set_node(moved, name="pve1", uri="")
    assert cleared.nodes == (ModelNode(name=NodeName("pve1"), zone=AMS, uri=None, maintenance=True),)
    assert edits.set_maintenance(cleared, name="pve1", maintenance=False).nodes[0].maintenance is False


def test_a_zone_that_still_holds_something_is_refused_with_all_that_it_holds() -> None:
    """Nodes first, then zones."""
    model = edits.create_node(MODEL, name="pve2", zone="ams")
    with pytest.raises(UsageError, match="zone 'ams' still holds node 'pve2' and zone 'r1'; move nodes"):
        edits.delete_zone(model, name="ams")


@given(st.sampled_from(["", "\n", "a\tb", "\x00", "\x1b[0m", "\x7f", "\x85", "\ud800", "a\udcff"]))
def test_no_empty_text_control_character_or_lone_surrogate_becomes_a_name(name: str) -> None:
    """Such a name could forge a line, or not be written."""
    calls: list[Callable[[], Model]] = [
        lambda: edits.create_zone(MODEL, name=name),
        lambda: edits.create_node(MODEL, name=name, zone="ams"),
        lambda: edits.create_pool(MODEL, name=name),
        lambda: edits.create_pool(MODEL, name=NEW, members=["a", name]),
    ]
    for call in calls:
        with pytest.raises(UsageError, match=r"^--(name|member) is no "):
            call()
    if name:
        with pytest.raises(UsageError, match=r"^--uri is no URI: "):
            edits.set_node(MODEL, name="pve1", uri=name)
