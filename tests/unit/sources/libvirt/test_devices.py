"""Which disks and devices tie a domain to its node."""

import pytest

from virtualisation_resource_distributor.sources.libvirt.parse import parse_domain

FILE = "<disk type='file' device='disk'><source file='{}'/><target dev='vda'/></disk>"
SHARED = ("/srv/nfs", "/dev/mapper/shared", "vmpool")


def _pin(devices: str, rest: str = "") -> tuple[str, str] | None:
    pinned = parse_domain(f"<domain><name>a</name>{rest}<devices>{devices}</devices></domain>", SHARED).pinned
    return None if pinned is None else (pinned.code, pinned.message)


@pytest.mark.parametrize(
    ("devices", "place"),
    [
        (FILE.format("/var/lib/libvirt/images/a.raw"), "disk vda is /var/lib/libvirt/images/a.raw"),
        (FILE.format("/srv/nfs2/a.raw"), "/srv/nfs2/a.raw"),
        (FILE.format("/srv/nf"), "/srv/nf"),
        (
            "<disk type='block' device='disk'><source dev='/dev/vg/a'/><target dev='sdb'/></disk>",
            "disk sdb is /dev/vg/a",
        ),
        ("<disk type='dir' device='floppy'><source dir='/x'/><target dev='fda'/></disk>", "floppy drive fda is /x"),
        (
            "<disk type='file' device='cdrom'><source file='/iso/a'/><target dev='sda'/></disk>",
            "cdrom drive sda is /iso/a",
        ),
        (
            "<disk type='volume' device='disk'><source pool='default' volume='a'/></disk>",
            "volume a of storage pool default",
        ),
        ("<disk type='nvme' device='disk'><source type='pci'/><target dev='vda'/></disk>", "of type nvme"),
        (
            "<disk type='network' device='disk'><source protocol='rbd' name='a'/><backingStore type='file'>"
            "<source file='/base.raw'/><backingStore/></backingStore><target dev='vda'/></disk>",
            "/base.raw",
        ),
        (FILE.format("/srv/nfs/../../var/a.raw"), "/srv/nfs/../../var/a.raw"),
        ("<disk type='file' device='disk'><source file='/x' startupPolicy='optional'/></disk>", "/x"),
        ("<disk type='file' device='cdrom'><source file='/x' startupPolicy='mandatory'/></disk>", "/x"),
        (
            "<disk type='network'><source protocol='nbd'><host transport='unix' socket='/s'/></source></disk>",
            "served by this machine (nbd)",
        ),
        (
            "<disk type='network' device='disk'><source protocol='nbd'><host name='localhost'/></source></disk>",
            "served by this machine (nbd)",
        ),
        ("<filesystem type='mount'><source dir='/home'/><target dir='home'/></filesystem>", "the directory /home"),
    ],
)
def test_what_only_this_node_has_is_a_local_disk(devices: str, place: str) -> None:
    """With the setting that says otherwise where it is shared."""
    code, message = _pin(devices) or ("", "")
    assert code == "local-disk"
    assert place in message
    assert "local unless LIBVIRT_SHARED_STORAGE names it" in message


@pytest.mark.parametrize(
    "devices",
    [
        "",
        FILE.format("/srv/nfs/deep/a.raw"),
        FILE.format("/srv/nfs"),
        "<disk type='block' device='disk'><source dev='/dev/mapper/shared'/></disk>",
        "<disk type='volume' device='disk'><source pool='vmpool' volume='a'/></disk>",
        "<disk type='network' device='disk'><source protocol='nbd' name='a'/></disk>",
        "<disk type='file' device='disk'><source file='/x'/><shareable/></disk>",
        "<disk type='file' device='cdrom'><target dev='sda'/></disk>",
        "<disk type='file' device='cdrom'><source file='/x' startupPolicy='optional'/></disk>",
        "<disk type='file' device='floppy'><source file='/x' startupPolicy='requisite'/></disk>",
        "<disk type='network' device='disk'><source protocol='nbd'><host name='10.0.0.1' port='1'/></source></disk>",
        "<disk type='block' device='cdrom'><source/></disk>",
        "<filesystem type='ram'><source usage='1' units='MiB'/></filesystem>",
        "<interface type='network'><source network='default'/></interface>",
        "<hostdev mode='subsystem' type='pci'><teaming type='transient' persistent='ua-x'/></hostdev>",
        "<hostdev mode='subsystem' type='scsi'><source protocol='iscsi' name='iqn'/></hostdev>",
        "<serial type='pty'/><console type='pty'/><channel type='unix'/>",
        "<tpm model='tpm-crb'><backend type='emulator'/></tpm>",
        "<shmem name='x' role='master'/>",
    ],
)
def test_what_other_nodes_have_too_ties_nothing(devices: str) -> None:
    """Nothing is known then that forbids a move."""
    assert _pin(devices) is None


@pytest.mark.parametrize(
    ("devices", "what"),
    [
        *((f"<hostdev mode='subsystem' type='{kind}'/>", f"{kind} device") for kind in ("pci", "usb", "scsi")),
        ("<hostdev mode='subsystem' type='scsi_host'/>", "SCSI controller"),
        ("<hostdev mode='subsystem' type='mdev'/>", "mediated device"),
        ("<hostdev mode='capabilities' type='misc'/>", "device"),
        ("<interface type='hostdev'/>", "network card"),
        ("<tpm><backend type='passthrough'/></tpm>", "TPM"),
        ("<smartcard mode='host'/>", "smartcard"),
        ("<input type='evdev'/>", "input device"),
        ("<input type='passthrough'/>", "input device"),
        ("<serial type='dev'/>", "serial port"),
        ("<shmem name='x' role='peer'/>", "shares memory"),
        ("<shmem name='x'/>", "shares memory"),
        ("<interface type='vdpa'><source dev='/dev/vhost-vdpa-0'/></interface>", "network card"),
        ("<filesystem type='mount'><source dir='/srv/nfs/home'/></filesystem>", "a directory of this machine"),
        ("<filesystem type='mount'><driver type='virtiofs'/><source socket='/x'/></filesystem>", "a directory"),
    ],
)
def test_a_device_of_this_machine_ties_its_domain(devices: str, what: str) -> None:
    """Another machine has another one."""
    code, message = _pin(devices) or ("", "")
    assert code == "device"
    assert what.lower() in message.lower()


def test_encrypted_memory_ties_its_domain() -> None:
    """SEV and the like."""
    assert _pin("", "<launchSecurity type='sev'/>") == ("device", "its memory is encrypted by this machine (sev)")


def test_a_local_disk_is_told_before_a_device() -> None:
    """With it the domain can't even be started elsewhere."""
    code, _ = _pin("<hostdev mode='subsystem' type='usb'/>" + FILE.format("/x")) or ("", "")
    assert code == "local-disk"


@pytest.mark.parametrize(
    ("disks", "vouched"),
    [
        ("<disk type='file'><driver cache='none'/><source file='/srv/a'/></disk>", True),
        ("<disk type='file'><driver cache='directsync'/><source file='/srv/../srv/a'/></disk>", True),
        ("<disk type='file'><driver/><source file='/srv/a'/></disk>", False),
        ("<disk type='file'><driver cache='writeback'/><source file='/srv/a'/></disk>", False),
        ("<disk type='file'><driver cache='none'/><source file='/else/a'/></disk>", False),
        ("<disk type='block'><driver cache='none'/><source dev='/srv/a'/></disk>", False),
        ("<disk type='file' device='cdrom'/>", False),
        (
            "<disk type='file'><driver cache='none'/><source file='/srv/a'/></disk>"
            "<disk type='file'><source file='/else/b'/><readonly/></disk>",
            True,
        ),
        (
            "<disk type='file'><driver cache='none'/><source file='/srv/a'/></disk>"
            "<disk type='file'><source file='/srv/b'/></disk>",
            False,
        ),
    ],
)
def test_libvirt_is_told_of_shared_files_only_where_none_has_a_cache(disks: str, *, vouched: bool) -> None:
    """To tell it silences its doubt about caches too."""
    assert parse_domain(f"<domain><devices>{disks}</devices></domain>", ("/srv",)).vouched is vouched
