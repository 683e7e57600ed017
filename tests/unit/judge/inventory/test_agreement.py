"""Nodes that agree give no finding, and each difference gives its own and no other."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.judge.inventory.agreeing import (
    GUEST_CPU,
    HOST_CPU,
    IMAGES,
    LAN,
    NODES,
    TARGET,
    agreeing,
    guest,
    with_node,
    with_offer,
    with_shell,
    without_guest,
)

from virtualisation_resource_distributor.cluster.names import GuestId, NodeName
from virtualisation_resource_distributor.cluster.surroundings import LockFacts
from virtualisation_resource_distributor.judge.inventory.agreement import findings_among
from virtualisation_resource_distributor.judge.inventory.finding import Severity
from virtualisation_resource_distributor.judge.inventory.seen import Seen

KVM1, KVM2, KVM3 = map(NodeName, NODES)
Change = Callable[[Seen], Seen]


def _way(seen: Seen, **changed: Any) -> Seen:
    """Change the way of ssh from kvm1 to kvm2."""
    ways = seen.surroundings.shells[KVM1].ways
    return with_shell(seen, KVM1, ways={**ways, KVM2: ways[KVM2]._replace(**changed)})


FAULTS: dict[str, tuple[str, Change]] = {
    "no network": ("network-missing", lambda seen: with_offer(seen, KVM2, networks=())),
    "stopped network": (
        "network-inactive",
        lambda seen: with_offer(seen, KVM2, networks=(LAN._replace(active=False),)),
    ),
    "other mode": ("network-differs", lambda seen: with_offer(seen, KVM2, networks=(LAN._replace(forward="nat"),))),
    "other switch": (
        "network-differs",
        lambda seen: with_offer(seen, KVM2, networks=(LAN._replace(switch="openvswitch"),)),
    ),
    "no bridge": ("bridge-missing", lambda seen: with_offer(seen, KVM2, links=frozenset({"br0"}))),
    "no storage pool": ("storage-pool-missing", lambda seen: with_offer(seen, KVM2, storage_pools=())),
    "stopped storage pool": (
        "storage-pool-inactive",
        lambda seen: with_offer(seen, KVM2, storage_pools=(IMAGES._replace(active=False),)),
    ),
    "other target": (
        "storage-pool-differs",
        lambda seen: with_offer(seen, KVM2, storage_pools=(IMAGES._replace(target="/mnt"),)),
    ),
    "other source": (
        "storage-pool-differs",
        lambda seen: with_offer(seen, KVM2, storage_pools=(IMAGES._replace(source="nfs2:/export"),)),
    ),
    "other type": (
        "storage-pool-differs",
        lambda seen: with_offer(seen, KVM2, storage_pools=(IMAGES._replace(kind="dir"),)),
    ),
    "no session": ("iscsi-not-logged-in", lambda seen: with_shell(seen, KVM2, sessions=frozenset())),
    "other portal": (
        "iscsi-not-logged-in",
        lambda seen: with_shell(seen, KVM2, sessions=frozenset({TARGET._replace(portal="10.0.0.6:3260")})),
    ),
    "autostart where it does not run": (
        "autostart-twice",
        lambda seen: with_node(seen, KVM2, domains=(guest(active=False)._replace(autostart=True),)),
    ),
    "autostart on two nodes": (
        "autostart-twice",
        lambda seen: _stopped(seen, KVM1, KVM2),
    ),
    "same initiator": (
        "iscsi-initiator-same",
        lambda seen: with_shell(seen, KVM2, initiator="iqn.2004-04.example:kvm3"),
    ),
    "lesser cpu": (
        "cpu-incompatible",
        lambda seen: with_offer(seen, KVM2, lacking={HOST_CPU: "no avx", GUEST_CPU: "no sse4.2"}),
    ),
    "no machine type": (
        "machine-type-missing",
        lambda seen: with_offer(seen, KVM2, machines=frozenset({"x86_64/pc-i440fx-5.2"})),
    ),
    "wrong clock": ("clock-skew", lambda seen: with_shell(seen, KVM2, ahead_seconds=-120.0, within_seconds=0.5)),
    "key not let in": (
        "ssh-key-missing",
        lambda seen: with_shell(seen, KVM2, authorized=frozenset({"SHA256:key-of-kvm3"})),
    ),
    "no key": ("ssh-key-missing", lambda seen: _way(seen, keys=frozenset())),
    "no host key known": ("ssh-host-key-unknown", lambda seen: _way(seen, known=frozenset())),
    "other host key known": ("ssh-host-key-differs", lambda seen: _way(seen, known=frozenset({"SHA256:older"}))),
}
WARNINGS: dict[str, tuple[str, Change]] = {
    "other bridge": ("network-differs", lambda seen: with_offer(seen, KVM2, networks=(LAN._replace(bridge="br9"),))),
    "older libvirt": ("versions-differ", lambda seen: with_node(seen, KVM2, libvirt="8.10.0")),
    "older qemu": ("versions-differ", lambda seen: with_node(seen, KVM2, hypervisor="QEMU 5.2.0")),
    "clock a bit off": ("clock-skew", lambda seen: with_shell(seen, KVM2, ahead_seconds=2.0, within_seconds=0.5)),
    "same initiator, without sessions": (
        "iscsi-initiator-same",
        lambda seen: with_shell(
            with_shell(without_guest(seen), KVM2, initiator="iqn.2004-04.example:kvm3", sessions=frozenset()),
            KVM3,
            sessions=frozenset(),
        ),
    ),
    "same name": (
        "name-twice",
        lambda seen: with_node(seen, KVM2, domains=(guest(active=False)._replace(uuid=GuestId("another")),)),
    ),
    "other user": ("ssh-user-differs", lambda seen: _way(seen, user="admin")),
    "stale lock": ("lock-stale", lambda seen: seen._replace(locks=(LockFacts("scan", "me", is_stale=True),))),
    "old lock": (
        "lock-stale",
        lambda seen: seen._replace(locks=(LockFacts("scan", "you", age_seconds=3601, is_foreign=True),)),
    ),
}
FINE: dict[str, Change] = {
    "as it is": lambda seen: seen,
    "bridge of libvirt's own": lambda seen: _all(
        seen, lambda name: {"networks": (LAN._replace(forward="nat", bridge=f"virbr{name[-1]}"),)}
    ),
    "lesser cpu that has what the guest needs": lambda seen: with_offer(
        seen, KVM2, lacking={HOST_CPU: "no avx", GUEST_CPU: ""}
    ),
    "autostart where it runs, and a definition elsewhere": lambda seen: with_node(
        with_node(seen, KVM1, domains=(guest()._replace(autostart=True),)), KVM2, domains=(guest(active=False),)
    ),
    "autostart at both ends of a migration": lambda seen: _moving(
        with_node(seen, KVM2, domains=(guest()._replace(autostart=True),))
    ),
    "clock of which nothing more is known": lambda seen: with_shell(seen, KVM2, ahead_seconds=1.5, within_seconds=0.75),
    "host key that an authority signed": lambda seen: _way(seen, known=frozenset(), trusts_authority=True),
    "lock that is held": lambda seen: seen._replace(locks=(LockFacts("scan", "me", age_seconds=7200),)),
    "young lock of another machine": lambda seen: seen._replace(
        locks=(LockFacts("scan", "you", age_seconds=60, is_foreign=True),)
    ),
    "target by the name of its host": lambda seen: seen,
}


def _stopped(seen: Seen, *names: NodeName) -> Seen:
    """Let the guest run nowhere, and start with these nodes."""
    seen = without_guest(seen)
    for name in names:
        seen = with_node(seen, name, domains=(guest(active=False)._replace(autostart=True),))
    return seen


def _moving(seen: Seen) -> Seen:
    return seen._replace(inventory=seen.inventory._replace(moving={guest().uuid: KVM1}))


def _all(seen: Seen, change: Callable[[str], dict[str, object]]) -> Seen:
    for name in NODES:
        seen = with_offer(seen, name, **change(name))
    return seen


def _told(seen: Seen) -> list[tuple[Severity, str]]:
    return [(finding.severity, finding.code) for finding in findings_among(seen)]


@pytest.mark.parametrize("change", FINE.values(), ids=FINE)
def test_nodes_that_agree_give_no_finding(change: Change) -> None:
    """However many there are, and alone too."""
    assert findings_among(change(agreeing())) == ()
    assert findings_among(agreeing(("kvm1",))) == ()


@pytest.mark.parametrize(("code", "change"), FAULTS.values(), ids=FAULTS)
def test_what_keeps_a_running_guest_from_being_migrated_is_one_fault(code: str, change: Change) -> None:
    """It names the node on which it is wrong, and how it is mended."""
    (finding,) = findings_among(change(agreeing()))
    assert (finding.severity, finding.code) == ("fault", code)
    assert "kvm2" in finding.nodes
    assert "kvm2" in f"{finding.subject} {finding.message}"
    assert finding.mend


@pytest.mark.parametrize(("code", "change"), WARNINGS.values(), ids=WARNINGS)
def test_what_does_no_harm_now_is_one_warning(code: str, change: Change) -> None:
    """It has its mend too."""
    (finding,) = findings_among(change(agreeing()))
    assert (finding.severity, finding.code) == ("warning", code)
    assert finding.mend


@pytest.mark.parametrize(("code", "change"), list(FAULTS.values())[:9])
def test_what_no_guest_uses_is_a_warning_at_most(code: str, change: Change) -> None:
    """A bridge that no guest names is nothing at all: it is a matter of the host's."""
    assert _told(change(without_guest(agreeing()))) == ([] if code == "bridge-missing" else [("warning", code)])


@pytest.mark.parametrize(("code", "change"), list(FAULTS.values())[:12])
def test_what_only_a_definition_has_is_a_warning(code: str, change: Change) -> None:
    """Of a domain that is shut off, or that is kept in the database alone."""
    seen = without_guest(agreeing())
    shut_off = with_node(seen, KVM3, domains=(guest(active=False),))
    assert _told(change(shut_off)) == [("warning", code)]
    assert _told(change(seen._replace(stored=(guest(active=False),)))) == [("warning", code)]


def test_a_network_that_no_node_has_is_told_where_a_guest_needs_it() -> None:
    """A definition may name what was never made."""
    seen = _all(agreeing(), lambda _: {"networks": ()})
    (finding,) = findings_among(seen)
    assert (finding.code, finding.nodes) == ("network-missing", NODES)
    assert "on no node" in finding.message


def test_a_cpu_whose_comparison_does_not_hold_at_home_is_not_believed_elsewhere() -> None:
    """The library compares with the host's CPU, and KVM adds to that."""
    seen = with_offer(agreeing(), KVM1, lacking={HOST_CPU: "", GUEST_CPU: "no svm"})
    assert findings_among(seen) == ()
    seen = with_offer(seen, KVM2, lacking={HOST_CPU: "no avx", GUEST_CPU: "no svm"})
    assert _told(seen) == [("warning", "cpu-unsure")]


def test_an_emulated_cpu_runs_on_any_host() -> None:
    """A guest without KVM has no CPU that a host's could lack."""
    seen = agreeing()
    running = {uuid: facts._replace(cpu=None) for uuid, facts in seen.surroundings.nodes[KVM1].running.items()}
    seen = with_offer(with_offer(seen, KVM1, running=running), KVM2, lacking={HOST_CPU: "all"}, cpu="<cpu>other</cpu>")
    assert findings_among(seen) == ()


def test_versions_are_compared_as_numbers_and_told_with_a_direction() -> None:
    """10.0 is newer than 9.1."""
    seen = with_node(with_node(agreeing(), KVM1, libvirt="10.0.0"), KVM2, libvirt="9.1.0")
    (finding,) = findings_among(seen)
    assert finding.message.startswith("10.0.0 on 'kvm1', 9.1.0 on 'kvm2', 9.0.0 on 'kvm3'; ")
    assert "from 'kvm1' to 'kvm3' may not start there" in finding.message


def test_one_clock_that_is_off_does_not_blame_the_others() -> None:
    """And where this machine's own is off, all nodes together outvote it."""
    seen = agreeing()
    for name in NODES:
        seen = with_shell(seen, name, ahead_seconds=100.0)
    assert findings_among(seen) == ()


def test_a_domain_on_two_nodes_is_a_fault_unless_it_is_on_its_way() -> None:
    """Or has changed its node all the while it was looked at."""
    seen = with_node(agreeing(), KVM3, domains=(guest(),))
    (finding,) = findings_among(seen)
    assert (finding.severity, finding.code, finding.nodes) == ("fault", "seen-twice", (KVM1, KVM3))
    assert "'web0' runs on 'kvm1', 'kvm3' at once" in finding.message
    uuid = GuestId("uuid-of-web0")
    assert findings_among(seen._replace(inventory=seen.inventory._replace(moving={uuid: KVM1}))) == ()
    assert findings_among(seen._replace(inventory=seen.inventory._replace(unsettled=frozenset({uuid})))) == ()


def test_what_could_not_be_checked_is_a_note_and_told_once() -> None:
    """Never a fault, and never silence."""
    seen = agreeing()
    why = dict.fromkeys(seen.inventory.nodes, "not reached over ssh")
    seen = seen._replace(surroundings=seen.surroundings._replace(shells={}, unasked=why))
    findings = findings_among(seen)
    assert {finding.severity for finding in findings} == {"note"}
    assert [finding.subject for finding in findings] == ["clock, ssh trust and iSCSI sessions", "iSCSI sessions"]
    seen = _all(agreeing(), lambda _: {"networks": None, "storage_pools": None, "links": None})
    assert [finding.subject for finding in findings_among(seen)] == ["bridges", "networks", "storage pools"]


def test_the_trust_of_an_account_that_is_not_root_is_not_judged() -> None:
    """What it may not see says nothing of what root's ssh would do."""
    seen = with_shell(agreeing(), KVM2, account="vrd", uid=1000, authorized=None, ways={})
    told = findings_among(seen)
    assert [(one.severity, one.subject, one.nodes) for one in told if one.code == "not-checked"] == [
        ("note", "ssh trust between nodes", (KVM2,))
    ]
    assert {one.severity for one in told} <= {"note", "warning"}


@pytest.mark.parametrize("change", [change for _, change in (*FAULTS.values(), *WARNINGS.values())])
def test_other_names_of_the_nodes_change_nothing_else(change: Change) -> None:
    """The names turn around in the alphabet."""
    renamed = {"kvm1": "z1", "kvm2": "y2", "kvm3": "x3"}
    here, there = findings_among(change(agreeing())), findings_among(_renamed(change(agreeing()), renamed))
    assert [(one.severity, one.code) for one in here] == [(one.severity, one.code) for one in there]
    assert [{renamed[name] for name in one.nodes} for one in here] == [set(one.nodes) for one in there]


def _renamed(seen: Seen, names: dict[str, str]) -> Seen:
    def of(name: str) -> NodeName:
        return NodeName(names[name])

    shells = {
        of(name): facts._replace(ways={of(other): way for other, way in facts.ways.items()})
        for name, facts in seen.surroundings.shells.items()
    }
    return seen._replace(
        inventory=seen.inventory._replace(nodes={of(name): facts for name, facts in seen.inventory.nodes.items()}),
        surroundings=seen.surroundings._replace(
            nodes={of(name): facts for name, facts in seen.surroundings.nodes.items()}, shells=shells
        ),
    )
