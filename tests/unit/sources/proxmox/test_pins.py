"""What a guest's configuration, as Proxmox VE answers with it, says of where the guest may go."""

from typing import Any

import pytest

from virtualisation_resource_distributor.cluster.cluster import GuestKind, Pin
from virtualisation_resource_distributor.cluster.holds import Hold
from virtualisation_resource_distributor.cluster.names import NodeName
from virtualisation_resource_distributor.sources.proxmox.pins import GuestAnswers, hold_of
from virtualisation_resource_distributor.sources.proxmox.storages import Storage, parse_storages

THREE = frozenset(map(NodeName, ("pve1", "pve2", "pve3")))
STORAGES = {
    "ceph": Storage(shared=True, nodes=THREE),
    "nfs": Storage(shared=True, nodes=frozenset(map(NodeName, ("pve1", "pve2")))),
    "local": Storage(shared=False, nodes=THREE),
    "local-lvm": Storage(shared=False, nodes=THREE),
    "scratch": Storage(shared=False, nodes=frozenset({NodeName("pve1")})),
}
MACHINE: dict[str, Any] = {
    "agent": "1",
    "boot": "order=scsi0;ide2;net0",
    "cores": 2,
    "cpu": "x86-64-v2-AES",
    "digest": "b1d5781111d84f7b3fe45a0852e59758cd7a87e5",
    "ide2": "none,media=cdrom",
    "memory": "4096",
    "meta": "creation-qemu=9.0.2,ctime=1719000000",
    "name": "dns0",
    "net0": "virtio=BC:24:11:2C:7D:6A,bridge=vmbr0,firewall=1",
    "numa": 0,
    "ostype": "l26",
    "rng0": "source=/dev/urandom",
    "scsi0": "ceph:vm-100-disk-0,discard=on,iothread=1,size=32G",
    "scsihw": "virtio-scsi-single",
    "serial0": "socket",
    "smbios1": "uuid=7b10d7af-b932-4c66-b2c3-3996152ec465",
    "sockets": 1,
    "usb0": "spice",
    "usb1": "host=SPICE,usb3=1",
    "vga": "qxl,memory=32",
    "vmgenid": "a6d5a2d7-6c64-4d8e-9a4c-1f4ac6f0a1bb",
}
CONTAINER: dict[str, Any] = {
    "arch": "amd64",
    "cores": 1,
    "digest": "55ab0f28f5f1ae1d9e0e4c1c9cf1b1dd2f6a1c0e",
    "features": "nesting=1",
    "hostname": "ct0",
    "memory": 512,
    "net0": "name=eth0,bridge=vmbr0,hwaddr=BC:24:11:01:02:03,ip=dhcp,type=veth",
    "ostype": "debian",
    "rootfs": "ceph:vm-101-disk-0,size=8G",
    "swap": 512,
    "unprivileged": 1,
}


def pin(kind: GuestKind, **entries: Any) -> Pin | None:
    """Return what ties a guest to its node that has these entries beside the usual ones."""
    usual = CONTAINER if kind == "lxc" else MACHINE
    return hold_of(kind, GuestAnswers(config=usual | entries, snapshots={}), STORAGES).pinned


def of_snapshot(kind: GuestKind, **entries: Any) -> Hold:
    """Return what holds a guest whose snapshot has these entries."""
    usual = CONTAINER if kind == "lxc" else MACHINE
    return hold_of(kind, GuestAnswers(config=usual, snapshots={"before": usual | entries}), STORAGES)


def test_guests_on_shared_storage_are_held_by_nothing() -> None:
    """All nodes have the storage, and every device is one that is made anew on the other node."""
    assert pin("qemu") is None
    assert pin("lxc") is None


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (
            "scsi1",
            "local-lvm:vm-100-disk-1,size=8G",
            "disk scsi1 is on storage local-lvm, which is not shared, and would have to be copied",
        ),
        (
            "virtio10",
            "file=local:100/vm-100-disk-0.qcow2,size=8G",
            "disk virtio10 is on storage local, which is not shared, and would have to be copied",
        ),
        (
            "efidisk0",
            "local-lvm:vm-100-disk-2,efitype=4m,size=4M",
            "disk efidisk0 is on storage local-lvm, which is not shared, and would have to be copied",
        ),
        ("sata0", "/dev/disk/by-id/ata-WDC:1,size=1T", "disk sata0 is /dev/disk/by-id/ata-WDC:1 of its node"),
        (
            "ide2",
            "local:iso/debian-12.5.0-amd64-netinst.iso,media=cdrom,size=629M",
            "CD-ROM drive ide2 has local:iso/debian-12.5.0-amd64-netinst.iso in it, "
            "on storage local, which is not shared",
        ),
        ("ide2", "cdrom,media=cdrom", "CD-ROM drive ide2 is that of its node"),
    ],
)
def test_a_virtual_machine_is_tied_by_a_disk(key: str, value: str, message: str) -> None:
    """The message names the disk and where it is."""
    assert pin("qemu", **{key: value}) == Pin(code="local-disk", message=message)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("scsi1", "/dev/disk/by-id/scsi-360014,shared=1,size=1T"),
        ("ide2", "nfs:iso/debian.iso,media=cdrom,size=629M"),
        ("ide0", "local-lvm:vm-100-cloudinit,media=cdrom"),
        ("ide0", "local:100/vm-100-cloudinit.qcow2,media=cdrom,size=4M"),
        ("tpmstate0", "local-lvm:vm-100-disk-3,size=4M,version=v2.0"),
        ("unused0", "local-lvm:vm-100-disk-4"),
        ("serial1", "socket"),
        ("description", "local-lvm:vm-100-disk-0,hostpci0=yes"),
        ("net1", "virtio=BC:24:11:2C:7D:6B,bridge=local-lvm"),
    ],
)
def test_a_virtual_machine_is_not_tied_by_what_goes_along(key: str, value: str) -> None:
    """Proxmox VE moves these, or copies them unasked."""
    assert pin("qemu", **{key: value}) is None


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("hostpci0", "0000:01:00.0,pcie=1", "PCI device hostpci0 (0000:01:00.0) is of its node"),
        ("hostpci0", "host=01:00,x-vga=1", "PCI device hostpci0 (01:00) is of its node"),
        ("hostpci1", "mapping=gpu", "PCI device hostpci1 (gpu) is mapped, and none such is counted on"),
        ("usb2", "host=046d:c52b", "USB device usb2 (046d:c52b) is of its node"),
        ("usb2", "host=1-1.2,usb3=1", "USB device usb2 (1-1.2) is of its node"),
        ("usb2", "mapping=key", "USB device usb2 (key) is mapped"),
        ("serial0", "/dev/ttyS0", "serial port serial0 (/dev/ttyS0) is of its node"),
        ("parallel0", "/dev/parport0", "parallel port parallel0 (/dev/parport0) is of its node"),
        ("virtiofs0", "dirid=data", "virtiofs0 shares a directory of its node"),
        ("ivshmem", "size=32,name=foo", "it shares memory with others on its node"),
        ("amd-sev", "type=snp", "its memory is encrypted by its node"),
        ("vga", "std,clipboard=vnc", "its clipboard is set to vnc"),
    ],
)
def test_a_virtual_machine_is_tied_by_a_device(key: str, value: str, message: str) -> None:
    """A device that stands for one of the node's is not on another one."""
    assert pin("qemu", **{key: value}) == Pin(code="device", message=message)


def test_a_disk_is_told_before_a_device_and_in_the_order_of_numbers() -> None:
    """Ten comes after two."""
    found = pin("qemu", hostpci0="01:00", scsi10="local-lvm:a", scsi2="local-lvm:b")
    assert found is not None
    assert found.message.startswith("disk scsi2 ")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (
            "rootfs",
            "local-lvm:vm-101-disk-0,size=8G",
            "root file system is on storage local-lvm, which is not shared, "
            "and would be copied while the container is stopped",
        ),
        (
            "mp0",
            "volume=local-lvm:vm-101-disk-1,mp=/data,size=8G",
            "mount point mp0 is on storage local-lvm, which is not shared, "
            "and would be copied while the container is stopped",
        ),
        ("mp1", "/srv/media,mp=/media,ro=1", "mount point mp1 is /srv/media of its node"),
        ("mp2", "/dev/sdb1,mp=/disk", "mount point mp2 is /dev/sdb1 of its node"),
    ],
)
def test_a_container_is_tied_by_a_mount(key: str, value: str, message: str) -> None:
    """What lies on the node alone would have to be copied, or is not there on another one."""
    assert pin("lxc", **{key: value}) == Pin(code="local-disk", message=message)


def test_a_container_is_tied_by_a_device_that_not_every_node_has() -> None:
    """What the kernel of every node has is none."""
    expected = Pin(code="device", message="device dev0 is /dev/ttyUSB0 of its node")
    assert pin("lxc", dev0="/dev/ttyUSB0,gid=20") == expected
    assert pin("lxc", dev0="path=/dev/net/tun") is None
    assert pin("lxc", mp0="/srv/nfs,mp=/data,shared=1", lxc=[["lxc.cap.drop", ""]]) is None


def test_a_snapshot_ties_a_guest_by_what_it_refers_to() -> None:
    """An image that was ejected since, or a disk that was moved away, is still in it; saved memory is copied."""
    image = of_snapshot("qemu", ide2="local:iso/debian.iso,media=cdrom").pinned
    assert image is not None
    assert image.message == (
        "CD-ROM drive ide2 of snapshot before has local:iso/debian.iso in it, on storage local, which is not shared"
    )
    disk = of_snapshot("qemu", scsi1="local-lvm:vm-100-disk-1").pinned
    assert disk is not None
    assert disk.message == "disk scsi1 of snapshot before is on storage local-lvm, which is not shared"
    assert of_snapshot("qemu", tpmstate0="local-lvm:vm-100-disk-1,size=4M").pinned is not None
    assert of_snapshot("lxc", rootfs="local-lvm:vm-101-disk-1").pinned is not None
    assert of_snapshot("lxc", mp0="/srv/media,mp=/media").pinned is None
    assert of_snapshot("qemu", vmstate="local-lvm:vm-100-state-before").pinned is None


def test_a_guest_may_go_to_no_node_that_lacks_one_of_its_storages() -> None:
    """A shared storage may be on some nodes only, and so may one to which something is copied unasked."""
    on_nfs = GuestAnswers(config=MACHINE | {"scsi1": "nfs:100/vm-100-disk-1.raw"}, snapshots={})
    assert hold_of("qemu", on_nfs, STORAGES) == Hold(nodes=STORAGES["nfs"].nodes)
    assert of_snapshot("qemu", vmstate="scratch:vm-100-state-before") == Hold(nodes=STORAGES["scratch"].nodes)


def test_a_storage_that_is_not_known_forbids_nothing() -> None:
    """It is told elsewhere that it is not known."""
    config = {"scsi0": "hidden:vm-100-disk-0"}
    assert hold_of("qemu", GuestAnswers(config=config, snapshots={}), STORAGES) == Hold()


def test_storages_are_read_from_their_rows_and_what_does_not_tell_is_not_known() -> None:
    """A row without `shared` says nothing of it."""
    rows: list[dict[str, Any]] = [
        {"type": "storage", "storage": "ceph", "node": "pve1", "shared": 1},
        {"type": "storage", "storage": "ceph", "node": "pve2", "shared": "1"},
        {"type": "storage", "storage": "local", "node": "pve1", "shared": 0},
        {"type": "storage", "storage": "old", "node": "pve1"},
        {"type": "storage", "storage": 7, "node": "pve1", "shared": 0},
        {"type": "node", "node": "pve3"},
    ]
    assert parse_storages(rows) == {
        "ceph": Storage(shared=True, nodes=frozenset(map(NodeName, ("pve1", "pve2")))),
        "local": Storage(shared=False, nodes=frozenset({NodeName("pve1")})),
    }
