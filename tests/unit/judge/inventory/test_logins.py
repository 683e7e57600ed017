"""Nodes are logged in to what guests need, and a target whose name could do more than be a name is refused."""

import pytest
from tests.unit.judge.inventory.agreeing import (
    BY_PATH,
    NODES,
    TARGET,
    agreeing,
    guest,
    with_offer,
    with_shell,
    without_guest,
)

from virtualisation_resource_distributor.cluster.inventory import DiskFacts
from virtualisation_resource_distributor.cluster.names import NodeName
from virtualisation_resource_distributor.cluster.surroundings import IscsiTarget, StoragePoolFacts
from virtualisation_resource_distributor.judge.inventory.iscsi import has_session, target_of_path
from virtualisation_resource_distributor.judge.inventory.logins import Login, Logins, is_plain, logins_of
from virtualisation_resource_distributor.judge.inventory.seen import Seen

KVM1, KVM2, KVM3 = map(NodeName, NODES)
PATHS = {
    BY_PATH: TARGET,
    f"{BY_PATH}-part3": TARGET,
    BY_PATH.replace("/ip-", "/pci-0000:03:00.0-ip-"): TARGET,
    "/dev/disk/by-path/ip-[fd00::5]:3260-iscsi-iqn.2018-11.com:BEAN-lun-0": IscsiTarget(
        "[fd00::5]:3260", "iqn.2018-11.com:BEAN"
    ),
    "/dev/disk/by-path/ip-10.0.0.5:3260-iscsi-iqn.2000-01.com.synology:DS1621-210.x-lun-1-lun-7": IscsiTarget(
        "10.0.0.5:3260", "iqn.2000-01.com.synology:DS1621-210.x-lun-1"
    ),
    "/dev/disk/by-path/ip-10.0.0.5:3260-iscsi-eui.0123456789abcdef-lun-1": IscsiTarget(
        "10.0.0.5:3260", "eui.0123456789abcdef"
    ),
}
NO_PATHS = (
    "",
    "/dev/sdb",
    "/dev/mapper/mpatha",
    "/dev/disk/by-path/pci-0000:00:1f.2-ata-1",
    "/srv/ip-10.0.0.5:3260-iscsi-iqn.2004-04.x:y-lun-1",
    f"{BY_PATH}/x",
    "iscsi://10.0.0.5:3260/iqn.2004-04.x:y/1",
)
PLAIN = (
    TARGET,
    IscsiTarget("[fd00::5]:3260", "iqn.2018-11.com:BEAN"),
    IscsiTarget("san1.example.org:3260", "naa.52004567BA64678D"),
    IscsiTarget("10.0.0.5:3260", "iqn.2001-04.com.example:storage_1:a-b.c"),
)
ODD = (
    TARGET._replace(iqn="iqn.2004-04.com.example:a;reboot"),
    TARGET._replace(iqn="iqn.2004-04.com.example:$(reboot)"),
    TARGET._replace(iqn="iqn.2004-04.com.example:a b"),
    TARGET._replace(iqn="iqn.2004-04.com.example:a\n"),
    TARGET._replace(iqn="--logoutall=all"),
    TARGET._replace(iqn="iqn.x"),
    TARGET._replace(iqn=f"iqn.2004-04.com:{'a' * 250}"),
    TARGET._replace(portal="-p:3260"),
    TARGET._replace(portal="10.0.0.5:70000"),
    TARGET._replace(portal="10.0.0.5"),
    TARGET._replace(portal="10.0.0.5:3260;reboot"),
)


@pytest.mark.parametrize(("path", "target"), PATHS.items())
def test_a_disk_by_its_path_tells_its_target(path: str, target: IscsiTarget) -> None:
    """As systemd's path_id names it, old and new, a partition too."""
    assert target_of_path(path) == target


@pytest.mark.parametrize("path", NO_PATHS)
def test_other_paths_tell_no_target(path: str) -> None:
    """A network disk of protocol iscsi is QEMU's own session."""
    assert target_of_path(path) is None


@pytest.mark.parametrize("target", PLAIN)
def test_targets_as_they_are_may_stand_in_a_command(target: IscsiTarget) -> None:
    """IQN, EUI and NAA."""
    assert is_plain(target)


@pytest.mark.parametrize("target", ODD)
def test_what_could_do_more_is_refused_and_told(target: IscsiTarget) -> None:
    """No command is made of it."""
    assert not is_plain(target)
    pool = StoragePoolFacts(name="san", kind="iscsi", iscsi=target)
    seen = with_shell(without_guest(agreeing()), KVM2, sessions=frozenset())
    logins = logins_of(with_offer(seen, KVM2, storage_pools=(pool,)))
    assert (logins.missing, [one.target for one in logins.refused]) == ((), [target])


def test_nodes_that_are_logged_in_have_nothing_to_do() -> None:
    """On all of them, for a guest may come to any."""
    assert logins_of(agreeing()) == Logins()
    seen = with_shell(agreeing(), KVM3, sessions=frozenset())
    assert logins_of(seen).missing == (Login(KVM3, TARGET, "running 'web0' needs it"),)


def test_a_definition_and_a_storage_pool_need_a_target_too() -> None:
    """A pool on the nodes that have it."""
    nobody = without_guest(agreeing())
    for name in NODES:
        nobody = with_shell(nobody, name, sessions=frozenset())
    assert logins_of(nobody) == Logins()
    stored = nobody._replace(stored=(guest(active=False),))
    assert [one.node for one in logins_of(stored).missing] == [KVM1, KVM2, KVM3]
    pool = StoragePoolFacts(name="san", kind="iscsi", iscsi=TARGET._replace(portal="san1:3260"))
    (login,) = logins_of(with_offer(nobody, KVM2, storage_pools=(pool,))).missing
    assert (login.node, login.why) == (KVM2, "storage pool 'san' has it")


def test_a_session_at_any_address_serves_a_portal_of_a_name() -> None:
    """What the name resolves to is not known here."""
    assert has_session([TARGET], TARGET._replace(portal="san1:3260"))
    assert not has_session([TARGET], TARGET._replace(portal="10.0.0.6:3260"))
    assert not has_session([TARGET], IscsiTarget("san1:3260", "iqn.2004-04.com.example:disk2"))


def test_a_session_that_nothing_needs_is_told() -> None:
    """It is never among what is to be done."""
    logins = logins_of(without_guest(agreeing()))
    assert logins == Logins(unneeded=tuple(Login(name, TARGET) for name in (KVM1, KVM2, KVM3)))


def test_sessions_that_are_not_known_are_neither_there_nor_missing() -> None:
    """The node is named where it needs one."""
    seen = with_shell(agreeing(), KVM2, sessions=None)
    assert logins_of(seen) == Logins(unknown=(KVM2,))
    assert logins_of(_without_shells(agreeing())) == Logins(unknown=(KVM1, KVM2, KVM3))
    assert logins_of(_without_shells(without_guest(agreeing()))) == Logins()


def test_a_disk_of_qemus_own_session_needs_no_login() -> None:
    """Nor does a file."""
    disks = (DiskFacts("vda", kind="network", source="iscsi://10.0.0.9:3260/iqn.2004-04.x:y/1"), DiskFacts("vdb"))
    seen = agreeing()._replace(stored=(guest(active=False)._replace(disks=disks),))
    assert logins_of(seen) == Logins()


def _without_shells(seen: Seen) -> Seen:
    return seen._replace(surroundings=seen.surroundings._replace(shells={}))
