"""Where HA lets guests run is read from groups up to version 8, and from rules since 9."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.fake_proxmox import FakeGuest, FakeHa, FakeHaGroup, FakeHaRule, FakeNode, FakeProxmox
from tests.fake_proxmox.state import NodeStatus
from tests.proxmox_reading import VERSIONS, guest, read, told, with_nodes

from virtualisation_resource_distributor.cluster.cluster import HaState, Rule
from virtualisation_resource_distributor.cluster.names import GuestId


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeProxmox]:
    """Start one server; every test reads a cluster of its own from it."""
    with FakeProxmox(with_nodes()) as server:
        yield server


@dataclass(frozen=True, slots=True, kw_only=True)
class Affinity:
    """Nodes that a guest is to run on, what befell the cluster's nodes pve1 to pve3, and where it may run then."""

    nodes: str
    strict: bool = False
    failback: bool = True
    befell: dict[str, NodeStatus] = field(default_factory=dict)
    maintenance: tuple[str, ...] = ()
    allowed: tuple[str, ...] | None


AFFINITIES = {
    "the highest class alone": Affinity(nodes="pve1:2,pve2:1", allowed=("pve1",)),
    "no priority is the lowest": Affinity(nodes="pve1,pve2:1", allowed=("pve2",)),
    "one class of two": Affinity(nodes="pve1,pve2", allowed=("pve1", "pve2")),
    "ten is above nine": Affinity(nodes="pve1:9,pve2:10", allowed=("pve2",)),
    "the next class where the first is down": Affinity(
        nodes="pve1:2,pve2:1,pve3:1", befell={"pve1": "offline"}, allowed=("pve2", "pve3")
    ),
    "the next class where the first is long gone": Affinity(
        nodes="pve1:2,pve2:1", befell={"pve1": "long-offline"}, allowed=("pve2",)
    ),
    "the next class where the first is in maintenance": Affinity(
        nodes="pve1:2,pve2:1", maintenance=("pve1",), allowed=("pve2",)
    ),
    "what is left of a class": Affinity(nodes="pve1:2,pve2:2,pve3", befell={"pve1": "offline"}, allowed=("pve2",)),
    "anywhere where none is there": Affinity(
        nodes="pve1:2,pve2", befell={"pve1": "offline", "pve2": "offline"}, allowed=None
    ),
    "strict, and none is there": Affinity(
        nodes="pve1:2,pve2", strict=True, befell={"pve1": "offline"}, maintenance=("pve2",), allowed=("pve1", "pve2")
    ),
    "strict, the highest class": Affinity(nodes="pve1:2,pve2", strict=True, allowed=("pve1",)),
    "no failback": Affinity(nodes="pve1:2,pve2", failback=False, allowed=None),
    "no failback, strict": Affinity(nodes="pve1:2,pve2", failback=False, strict=True, allowed=("pve1", "pve2")),
    "no failback, strict, the first is down": Affinity(
        nodes="pve1:2,pve2", failback=False, strict=True, befell={"pve1": "offline"}, allowed=("pve1", "pve2")
    ),
    "a node that is not there": Affinity(nodes="pve9:2,pve1", allowed=("pve1",)),
    "strict on a node that is not there": Affinity(nodes="pve9", strict=True, allowed=("pve9",)),
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", AFFINITIES)
def test_a_guest_may_run_where_its_group_or_rule_keeps_it(
    fake: FakeProxmox, tmp_path: Path, version: str, name: str
) -> None:
    """A group up to 8 and a rule since 9 that say the same allow the same nodes."""
    case = AFFINITIES[name]
    group = FakeHaGroup(name="g", nodes=case.nodes, restricted=case.strict, nofailback=not case.failback)
    rule = FakeHaRule(name="g", type="node-affinity", resources="ct:102,vm:100", nodes=case.nodes, strict=case.strict)
    ha = FakeHa(group="g", failback=None if case.failback else False)
    nodes = tuple(
        FakeNode(name=each, status=case.befell.get(each, "online"), maintenance=each in case.maintenance)
        for each in ("pve1", "pve2", "pve3")
    )
    guests = (
        FakeGuest(vmid=100, node="pve3", ha=ha),
        FakeGuest(vmid=101, node="pve3"),
        FakeGuest(vmid=102, node="pve3", type="lxc", ha=ha),
    )
    placement = read(
        fake, tmp_path, with_nodes(version, nodes=nodes, guests=guests, ha_groups=(group,), ha_rules=(rule,))
    )
    expected = None if case.allowed is None else frozenset(case.allowed)
    assert (guest(placement, "100").allowed_nodes, guest(placement, "102").allowed_nodes) == (expected, expected)
    assert guest(placement, "101").allowed_nodes is None
    assert placement.troubles == ()


@pytest.mark.parametrize("version", VERSIONS)
def test_what_ha_ignores_may_run_anywhere_and_is_told(fake: FakeProxmox, tmp_path: Path, version: str) -> None:
    """The group or rule is still written down, and HA heeds it no more."""
    group = FakeHaGroup(name="g", nodes="pve1", restricted=True)
    rules = (
        FakeHaRule(name="g", type="node-affinity", resources="vm:100,vm:101", nodes="pve1", strict=True),
        FakeHaRule(name="n", type="resource-affinity", resources="vm:100,vm:101,vm:102", affinity="negative"),
    )
    guests = (
        FakeGuest(vmid=100, node="pve3", ha=FakeHa(state="ignored", group="g")),
        FakeGuest(vmid=101, node="pve3", ha=FakeHa(state="stopped", group="g"), status="stopped"),
        FakeGuest(vmid=102, node="pve3", ha=FakeHa()),
        FakeGuest(vmid=103, node="pve3"),
    )
    placement = read(fake, tmp_path, with_nodes(version, guests=guests, ha_groups=(group,), ha_rules=rules))
    assert [each.allowed_nodes for each in placement.guests] == [None, frozenset({"pve1"}), None, None]
    ignored, stopped, started, without = (each.ha for each in placement.guests)
    assert (ignored, without) == (HaState(managed=False, state="ignored"), None)
    assert (stopped, started) == (HaState(managed=True, state="stopped"), HaState(managed=True, state="started"))
    assert [sorted(rule.guests) for rule in placement.rules] == ([["101", "102"]] if version.startswith("9") else [])


def test_affinity_between_guests_is_read_in_both_kinds(fake: FakeProxmox, tmp_path: Path) -> None:
    """Rules that are disabled, or that Proxmox VE finds in error, are as if they were not there."""
    guests = tuple(
        FakeGuest(vmid=100 + i, node="pve1", ha=FakeHa(), type="lxc" if i == 3 else "qemu") for i in range(4)
    )
    rules = (
        FakeHaRule(name="with", type="resource-affinity", resources="vm:100,vm:101", affinity="positive"),
        FakeHaRule(name="off", type="resource-affinity", resources="vm:102,ct:103", affinity="negative"),
        FakeHaRule(name="x", type="resource-affinity", resources="vm:100,vm:102", affinity="negative", disable=True),
        FakeHaRule(
            name="y",
            type="resource-affinity",
            resources="vm:101,vm:102",
            affinity="positive",
            errors={"resources": ["in conflict"]},
        ),
        FakeHaRule(name="z", type="node-affinity", resources="vm:100", nodes="pve1", strict=True, disable=True),
        FakeHaRule(
            name="w", type="node-affinity", resources="vm:101", nodes="pve1", strict=True, errors={"nodes": ["gone"]}
        ),
    )
    placement = read(fake, tmp_path, with_nodes("9.0.3", guests=guests, ha_rules=rules))
    assert set(placement.rules) == {
        Rule(name="with", kind="together", guests=frozenset({GuestId("100"), GuestId("101")})),
        Rule(name="off", kind="apart", guests=frozenset({GuestId("102"), GuestId("103")})),
    }
    assert all(each.allowed_nodes is None for each in placement.guests)


@pytest.mark.parametrize("version", ["7.4-17", "8.2.4", "8.4.1"])
def test_a_group_that_is_named_and_not_there_is_a_contradiction(
    fake: FakeProxmox, tmp_path: Path, version: str
) -> None:
    """One of the two answers has lost rows."""
    guests = (FakeGuest(vmid=100, node="pve1", ha=FakeHa(group="lost")),)
    placement = read(fake, tmp_path, with_nodes(version, guests=guests))
    assert told(placement) == [("contradiction", "cluster")]
    assert "'lost'" in placement.troubles[0].message


@pytest.mark.parametrize("path", ["/cluster/ha/resources", "/cluster/ha/groups"])
def test_an_ha_answer_that_has_lost_its_rows_is_a_contradiction(fake: FakeProxmox, tmp_path: Path, path: str) -> None:
    """The list of resources still has guests under HA."""
    guests = (FakeGuest(vmid=100, node="pve1", ha=FakeHa(group="g")),)
    fake.change(with_nodes(guests=guests, ha_groups=(FakeHaGroup(name="g", nodes="pve1"),)))
    fake.set_fault(path, "empty", times=1)
    assert told(read(fake, tmp_path)) == [("contradiction", "cluster")]
    assert told(read(fake, tmp_path)) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_cluster_without_ha_has_nothing_to_tell(fake: FakeProxmox, tmp_path: Path, version: str) -> None:
    """No trouble comes of HA that was never set up."""
    placement = read(fake, tmp_path, with_nodes(version, guests=(FakeGuest(vmid=100, node="pve1"),)))
    assert (placement.troubles, placement.rules, placement.guests[0].ha) == ((), (), None)
