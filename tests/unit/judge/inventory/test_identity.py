"""One disk is known as such through each way to it, and two are never taken for one."""

import pytest

from virtualisation_resource_distributor.cluster.inventory import DiskFacts, StoragePlace
from virtualisation_resource_distributor.cluster.names import NodeName
from virtualisation_resource_distributor.judge.inventory.identity import Shared, identity_of

SHARED = Shared(("/srv/shared", "vmpool"))
STORAGE = (
    StoragePlace(name="images", kind="dir", target="/var/lib/libvirt/images"),
    StoragePlace(name="nfs", kind="netfs", target="/srv/nfs", source="nfs1:/export"),
    StoragePlace(name="san", kind="iscsi", target="/dev/disk/by-path", source="iqn.2020-01.org.example:a"),
    StoragePlace(name="ceph", kind="rbd", source="libvirt"),
    StoragePlace(name="lvm", kind="logical", target="/dev/vg0"),
)
IQN = "iqn.2020-01.org.example:a"
BY_PATH = "/dev/disk/by-path"
WWN = "600508b1001c4d3f"


def _is(kind: str, source: str | None, node: str = "kvm1") -> object:
    return identity_of(DiskFacts(target="vda", kind=kind, source=source), NodeName(node), STORAGE, SHARED)


@pytest.mark.parametrize(
    "ways",
    [
        [
            ("block", f"{BY_PATH}/ip-10.0.0.1:3260-iscsi-{IQN}-lun-1"),
            ("block", f"{BY_PATH}/pci-0000:00:03.0-ip-[fd00::5]:3260-iscsi-{IQN}-lun-1"),
            ("network", f"iscsi://10.0.0.2:3260/{IQN}/1"),
            ("volume", "san/unit:0:0:1"),
        ],
        [
            ("block", f"/dev/disk/by-id/wwn-0x{WWN}"),
            ("block", f"/dev/disk/by-id/scsi-3{WWN}"),
            ("block", f"/dev/disk/by-id/dm-uuid-mpath-3{WWN.upper()}"),
            ("block", f"/dev/mapper/3{WWN}"),
        ],
        [
            ("block", f"/dev/mapper/3{WWN}-part2"),
            ("block", f"/dev/mapper/3{WWN}p2"),
            ("block", f"/dev/disk/by-id/wwn-0x{WWN}-part2"),
        ],
        [
            ("block", f"{BY_PATH}/pci-0000:05:00.0-fc-0x500a-lun-3"),
            ("block", f"{BY_PATH}/pci-0000:06:00.0-fc-0x500a-lun-3"),
        ],
        [("network", "rbd://mon1:6789/libvirt/a"), ("network", "rbd://mon2/libvirt/a"), ("volume", "ceph/a")],
        [("file", "/srv/shared/a.qcow2"), ("file", "/srv/shared/../shared//./a.qcow2")],
        [("file", "/srv/nfs/a.qcow2"), ("volume", "nfs/a.qcow2")],
        [("volume", "vmpool/a")],
        [("block", "/dev/disk/by-id/ata-Samsung_SSD_870_S1")],
    ],
)
def test_a_disk_that_all_nodes_see_is_one_through_each_way_and_from_each_node(ways: list[tuple[str, str]]) -> None:
    """Whichever portal, monitor or controller lies between."""
    assert len({_is(*way, node) for way in ways for node in ("kvm1", "kvm2")}) == 1


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("file", "/var/lib/libvirt/images/a.qcow2"),
        ("file", "/srv/sharedish/a.qcow2"),
        ("block", "/dev/vg0/a"),
        ("block", "/dev/disk/by-id/dm-name-vg0-a"),
        ("block", "/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_drive-scsi0"),
        ("block", "/dev/disk/by-id/virtio-disk0"),
        ("block", f"{BY_PATH}/pci-0000:00:1f.2-ata-1"),
        ("block", "/dev/mapper/vg0-a"),
        ("volume", "images/a.qcow2"),
        ("volume", "unheard-of/a"),
    ],
)
def test_a_path_of_a_node_is_another_disk_on_another_node(kind: str, source: str) -> None:
    """Nothing tells that it is the same."""
    assert _is(kind, source) == _is(kind, source)
    assert _is(kind, source) != _is(kind, source, "kvm2")


def test_a_volume_is_the_file_or_device_that_it_lies_in() -> None:
    """Where the pool's target is known."""
    assert _is("volume", "images/a.qcow2") == _is("file", "/var/lib/libvirt/images/a.qcow2")
    assert _is("volume", "lvm/a") == _is("block", "/dev/vg0/a")


def test_two_disks_are_two() -> None:
    """Another target, unit, partition, server, protocol or name."""
    disks = (
        *(("block", f"{BY_PATH}/ip-10.0.0.1:3260-iscsi-{iqn}-lun-{unit}") for iqn in (IQN, f"{IQN}2") for unit in "12"),
        ("block", f"{BY_PATH}/ip-10.0.0.1:3260-iscsi-{IQN}-lun-1-part1"),
        ("network", f"iscsi://10.0.0.1/{IQN}"),
        ("network", "rbd://mon1/libvirt/a"),
        ("network", "rbd://mon1/libvirt/b"),
        ("network", "nbd://host:10809/disk"),
        ("network", "nbd://host:10810/disk"),
        ("network", "https://host/a"),
        ("network", "odd"),
        ("block", f"/dev/disk/by-id/wwn-0x{WWN}"),
        ("block", f"/dev/disk/by-id/wwn-0x{WWN}-part1"),
    )
    assert len({_is(*disk) for disk in disks}) == len(disks)


def test_an_empty_drive_is_none() -> None:
    """Nobody writes to it."""
    assert _is("file", None) is None
