"""What is said of a model beside what is live."""

from virtualisation_resource_distributor.cluster.cluster import Guest, Node, Zone
from virtualisation_resource_distributor.cluster.facts import HostFacts, OverlapFacts, PatternFacts
from virtualisation_resource_distributor.cluster.model import Model, ModelNode, ModelPool
from virtualisation_resource_distributor.cluster.names import GuestId, NodeName, PoolName, ZoneName
from virtualisation_resource_distributor.cluster.placement import Placement
from virtualisation_resource_distributor.cluster.trouble import Trouble
from virtualisation_resource_distributor.judge.checkup.check import Check
from virtualisation_resource_distributor.judge.checkup.of_libvirt import judge_patterns
from virtualisation_resource_distributor.judge.checkup.of_model import (
    judge_empty_zones,
    judge_nodes,
    judge_pools,
    judge_reading,
)
from virtualisation_resource_distributor.judge.checkup.of_proxmox import judge_clocks


def _zone(name: str, parent: str | None = None) -> Zone:
    return Zone(name=ZoneName(name), parent=None if parent is None else ZoneName(parent))


def _node(name: str, zone: str | None = "a", *, maintenance: bool = False) -> ModelNode:
    return ModelNode(
        name=NodeName(name), zone=None if zone is None else ZoneName(zone), uri=None, maintenance=maintenance
    )


def _live(*names: str, troubles: tuple[Trouble, ...] = (), guests: tuple[Guest, ...] = ()) -> Placement:
    return Placement(
        source="proxmox",
        taken_at="2026-11-21T08:00:00Z",
        nodes=tuple(Node(name=NodeName(name), status="online") for name in names),
        guests=guests,
        pools=frozenset(guest.pool for guest in guests if guest.pool is not None),
        troubles=troubles,
    )


def _mends(checks: list[Check]) -> list[str | None]:
    return [check.mend for check in checks if check.severity != "ok"]


def test_a_tree_of_zones_without_nodes_is_one_line_that_deletes_it_from_below() -> None:
    """Zones beside it that hold nodes somewhere below stay."""
    zones = (_zone("a"), _zone("a1", "a"), _zone("a2", "a"), _zone("b"), _zone("b1", "b"), _zone("b2", "b"))
    model = Model(zones=zones, nodes=(_node("n", "a1"),))
    assert _mends(list(judge_empty_zones(model))) == [
        "run: vrd delete-zone --name a2",
        "run: vrd delete-zone --name b1 && vrd delete-zone --name b2 && vrd delete-zone --name b",
    ]


def test_a_node_that_the_model_has_by_another_name_gets_that_ones_zone() -> None:
    """The same but for case or domain, and only where the other one is not live itself."""
    model = Model(zones=(_zone("a b"),), nodes=(_node("PVE1.example.org", "a b"), _node("pve2", "a b")))
    assert _mends(list(judge_nodes(model, _live("pve1", "pve2", "pve2.lan")))) == [
        "run: vrd create-node --name pve1 --zone-name 'a b'",
        "run: vrd create-node --name pve2.lan --zone-name ZONE",
        "run: vrd delete-node --name PVE1.example.org",
    ]


def test_a_node_whose_zone_was_deleted_under_it_is_put_into_one() -> None:
    """It can't be created once more."""
    checks = list(judge_nodes(Model(zones=(_zone("a"),), nodes=(_node("n", None),)), _live("n")))
    assert _mends(checks) == ["run: vrd set-node --name n --zone-name ZONE"]


def test_pools_that_may_be_hidden_are_not_called_absent() -> None:
    """A privilege is missing, and that is told."""
    hidden = Trouble(kind="forbidden", subject="cluster", message="Pool.Audit is missing")
    checks = list(judge_pools(Model(pools=(ModelPool(name=PoolName("web")),)), _live("n", troubles=(hidden,))))
    assert {check.severity for check in checks} == {"warning"}
    assert all(check.message.startswith("not checked") for check in checks)


def test_what_contradicts_itself_is_told_as_a_run_does() -> None:
    """A guest that runs twice."""
    guests = tuple(
        Guest(id=GuestId("1"), name="1", node=NodeName(node), status="running", pool=PoolName("p")) for node in "ab"
    )
    (check,) = judge_reading(Model(), _live("a", "b", guests=guests))
    assert (check.severity, check.subject, check.mend) == ("fault", "1", "stop all but one of them")


def test_a_pattern_gives_way_to_the_names_that_it_alone_matches() -> None:
    """What is wild in a name is made tame, and quoted for the shell."""
    broad = PatternFacts(pool=PoolName("p q"), pattern="d*", names=frozenset({"d1", "d*", "dx"}))
    narrow = PatternFacts(pool=PoolName("x"), pattern="dx", names=frozenset({"dx"}))
    overlap = OverlapFacts(one=broad, other=narrow, names=("dx",), runs=True)
    pools = (ModelPool(name=PoolName("p q"), policy="even", members=("d*", "e")), ModelPool(name=PoolName("x")))
    checks = list(judge_patterns((broad, narrow), (overlap,), Model(pools=pools), []))
    assert _mends(checks) == [
        "run: vrd delete-pool --name 'p q' && "
        "vrd create-pool --name 'p q' --policy even --member e --member d1 --member 'd[*]'"
    ]


def test_a_clock_is_called_wrong_only_where_the_way_of_its_answer_does_not_explain_it() -> None:
    """More than 5 s, and more than what the answer took."""
    host = HostFacts(host="pve1:8006", reach="answers")
    hosts = (
        host._replace(ahead_seconds=5.4, within_seconds=0.5),
        host._replace(ahead_seconds=-12.0, within_seconds=8.0),
        host._replace(ahead_seconds=5.6, within_seconds=0.5),
        host._replace(ahead_seconds=-90.0, within_seconds=0.5),
        host,
    )
    checks = list(judge_clocks(hosts))
    assert [check.severity for check in checks] == ["ok", "ok", "warning", "warning", "warning"]
    assert checks[2].message.startswith("is 6 s ahead of this machine's")
    assert checks[3].message.startswith("is 90 s behind this machine's")
    assert checks[4].message == "not checked: its answer has no time"
