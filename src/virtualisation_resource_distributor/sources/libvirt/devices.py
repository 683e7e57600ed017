"""What ties a domain to its node: a disk that only this node has, or a device of it.

A definition does not say whether a file or a block device is seen by other nodes too. What is not on the network, not
marked `<shareable/>` and not among the shared storage of the settings is taken to be local: that never promises a move
that fails, nor a restart elsewhere.
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from ...cluster.cluster import Pin
from ...cluster.shared_storage import is_shared

_PATH_OF = {"file": "file", "block": "dev", "dir": "dir"}
_REMOVABLE = frozenset({"cdrom", "floppy"})
_UNCACHED = frozenset({"none", "directsync"})
_MAY_BE_MISSING = frozenset({"optional", "requisite"})
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST_DEVICES = (
    ("hostdev[@type='pci']", "PCI device"),
    ("hostdev[@type='usb']", "USB device"),
    ("hostdev[@type='mdev']", "mediated device"),
    ("hostdev[@type='scsi']", "SCSI device"),
    ("hostdev[@type='scsi_host']", "SCSI controller"),
    ("hostdev[@mode='capabilities']", "device"),
    ("interface[@type='hostdev']", "network card"),
    ("interface[@type='vdpa']", "network card"),
    ("tpm/backend[@type='passthrough']", "TPM"),
    ("smartcard[@mode='host']", "smartcard reader"),
    ("smartcard[@mode='host-certificates']", "smartcard"),
    ("input[@type='passthrough']", "input device"),
    ("input[@type='evdev']", "input device"),
    *((f"{end}[@type='dev']", f"{end} port") for end in ("serial", "parallel", "console", "channel")),
)


def pin_of(domain: Element, shared_storage: tuple[str, ...]) -> Pin | None:
    """Return why the domain can't be moved live, a local disk before a device; None where nothing is known."""
    devices = domain.find("devices")
    if devices is None:
        return None
    for message in (*_local_disks(devices, shared_storage), *_local_directories(devices, shared_storage)):
        return Pin(code="local-disk", message=message)
    for message in (*_host_devices(devices), *_shared_memory(devices), *_protection(domain)):
        return Pin(code="device", message=message)
    return None


def is_vouched(domain: Element, shared_storage: tuple[str, ...]) -> bool:
    """Tell whether libvirt must be told that the domain's files are on shared storage, and may be.

    It refuses a move where it does not know the file system as a shared one. To tell it otherwise also silences its
    doubt about caches, so that is right only where no file that is written to has one.
    """
    written = [
        disk
        for disk in domain.iterfind("devices/disk[@type='file']/source[@file]/..")
        if disk.find("readonly") is None and disk.find("shareable") is None
    ]
    return bool(written) and all(
        _is_uncached(disk)
        and all(is_shared(source.get("file", ""), shared_storage) for source in disk.iterfind("source"))
        for disk in written
    )


def _is_uncached(disk: Element) -> bool:
    return any(driver.get("cache") in _UNCACHED for driver in disk.iterfind("driver"))


def _local_disks(devices: Element, shared_storage: tuple[str, ...]) -> Iterator[str]:
    for disk in devices.iterfind("disk"):
        target = disk.find("target")
        name = "?" if target is None else target.get("dev", "?")
        kind = "disk" if disk.get("device", "disk") == "disk" else f"{disk.get('device')} drive"
        if disk.find("shareable") is None and not _is_left_behind(disk):
            for layer in _layers(disk):
                if place := _local_place(layer, shared_storage):
                    yield f"{kind} {name} is {place}, local unless LIBVIRT_SHARED_STORAGE names it"


def _is_left_behind(disk: Element) -> bool:
    """Tell whether a migration goes without this medium where the other node has it not."""
    source = disk.find("source")
    return disk.get("device") in _REMOVABLE and source is not None and source.get("startupPolicy") in _MAY_BE_MISSING


def _layers(disk: Element) -> Iterator[Element]:
    """Yield a disk and the images under it, each with its type and source."""
    layer: Element | None = disk
    while layer is not None:
        yield layer
        layer = layer.find("backingStore")


def _local_place(layer: Element, shared_storage: tuple[str, ...]) -> str | None:
    """Return where a layer lies on this node alone; None where it lies nowhere, or elsewhere too."""
    source = layer.find("source")
    kind = layer.get("type", "")
    if source is None:
        return None
    if kind == "network":
        return f"served by this machine ({source.get('protocol')})" if _is_served_here(source) else None
    if kind == "volume":
        pool = source.get("pool", "")
        return None if pool in shared_storage else f"volume {source.get('volume')} of storage pool {pool}"
    if kind in _PATH_OF:
        path = source.get(_PATH_OF[kind])
        return None if path is None or is_shared(path, shared_storage) else path
    return f"of type {kind}"


def _is_served_here(source: Element) -> bool:
    return any(host.get("transport") == "unix" or host.get("name") in _THIS_MACHINE for host in source.iterfind("host"))


def _local_directories(devices: Element, shared_storage: tuple[str, ...]) -> Iterator[str]:
    for filesystem in devices.iterfind("filesystem"):
        source = filesystem.find("source")
        directory = None if source is None else source.get("dir")
        if directory is not None and not is_shared(directory, shared_storage):
            yield f"it uses the directory {directory}, local unless LIBVIRT_SHARED_STORAGE names it"


def _host_devices(devices: Element) -> Iterator[str]:
    for selector, what in _HOST_DEVICES:
        for device in devices.iterfind(selector):
            if not _is_unplugged_for_a_move(device) and not _is_on_the_network(device):
                yield f"it has a {what} of this machine"


def _shared_memory(devices: Element) -> Iterator[str]:
    for shmem in devices.iterfind("shmem"):
        if shmem.get("role") != "master":  # without a role it is a peer
            yield "it shares memory with others on this machine"
    for filesystem in devices.iterfind("filesystem"):
        if filesystem.get("type") != "ram":
            yield "it uses a directory of this machine, which most versions of libvirt can't move live"


def _is_unplugged_for_a_move(device: Element) -> bool:
    return device.find("teaming[@type='transient']") is not None


def _is_on_the_network(hostdev: Element) -> bool:
    return hostdev.find("source[@protocol='iscsi']") is not None


def _protection(domain: Element) -> Iterator[str]:
    security = domain.find("launchSecurity")
    if security is not None:
        yield f"its memory is encrypted by this machine ({security.get('type')})"
