"""Where do a guest's disks lie, and can they go along when it is moved?

As `qm migrate --online` and `pct migrate --restart` judge, without `--with-local-disks`. Source: PVE/QemuMigrate.pm
(scan_local_volumes) and PVE/LXC/Migrate.pm, Proxmox VE 7 to 9.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from ...cluster.cluster import GuestKind
from .config import Config, Entry, entries_of
from .storages import Storages

_DRIVES = frozenset({"ide", "sata", "scsi", "virtio", "efidisk", "tpmstate", "unused"})
_CLOUDINIT = re.compile(r"vm-[0-9]+-cloudinit")

Role = Literal["used", "medium", "along"]


class Volume(NamedTuple):
    """A volume that a guest or one of its snapshots (`snapshot`, else empty) refers to; `what` names it for people.

    `place` is `STORAGE:NAME`, a path, or `cdrom` for the node's own drive. One that is `used` must be shared, as must a
    `medium` that can be ejected; one that goes `along` is copied unasked, and takes the same storage on the other node.
    """

    what: str
    place: str
    role: Role
    snapshot: str = ""
    copied: str = ""

    @property
    def storage(self) -> str | None:
        """The storage that it lies on; None where it is a path or a drive."""
        storage, colon, _ = self.place.partition(":")
        return storage if colon and not self.place.startswith("/") else None


def volumes_of(kind: GuestKind, config: Config, snapshot: str = "") -> Iterator[Volume]:
    """Yield the volumes of a configuration, or of a snapshot's, but those that all nodes are said to see alike."""
    for entry in entries_of(config):
        found = _mount(entry, snapshot) if kind == "lxc" else _drive(entry, snapshot)
        if found is not None:
            yield found


def _drive(entry: Entry, snapshot: str) -> Volume | None:
    """Shape: `scsi0: local-lvm:vm-100-disk-0,size=32G`, `ide2: local:iso/debian.iso,media=cdrom`, `ide2: none,…`."""
    key = entry.key
    place = entry.options.get("file") or entry.options.get("volume") or entry.first
    if key == "vmstate":
        return Volume("saved memory", place, "along", snapshot)
    if entry.kind not in _DRIVES or key == entry.kind or place in {"", "none"}:
        return None
    if entry.options.get("media") == "cdrom" or place == "cdrom":
        if _CLOUDINIT.search(place):
            return Volume(f"cloud-init drive {key}", place, "along", snapshot)
        return Volume(f"CD-ROM drive {key}", place, "medium", snapshot)
    if place.startswith("/") and entry.options.get("shared") == "1":
        return None
    along = entry.kind == "unused" or (entry.kind == "tpmstate" and not snapshot)
    return Volume(f"disk {key}", place, "along" if along else "used", snapshot, "would have to be copied")


def _mount(entry: Entry, snapshot: str) -> Volume | None:
    """Shape: `rootfs: local-lvm:vm-101-disk-0,size=8G`, `mp0: /srv/data,mp=/data,shared=1`."""
    if entry.key != "rootfs" and not (entry.kind == "mp" and entry.key != "mp"):
        return None
    place = entry.options.get("volume") or entry.first
    is_path = place.startswith("/")
    if not place or (is_path and (snapshot or entry.options.get("shared") == "1")):
        return None
    what = "root file system" if entry.key == "rootfs" else f"mount point {entry.key}"
    return Volume(what, place, "used", snapshot, "would be copied while the container is stopped")


def fault_of(volume: Volume, storages: Storages) -> str | None:
    """Return why the volume forbids a move; None where it does not, or its storage is not known."""
    snapshot = f" of snapshot {volume.snapshot}" if volume.snapshot else ""
    named = f"{volume.what}{snapshot}"
    if volume.place == "cdrom":
        return f"{named} is that of its node"
    if volume.storage is None:
        return f"{named} is {volume.place} of its node" if volume.role != "along" else None
    storage = storages.get(volume.storage)
    if storage is None or storage.shared or volume.role == "along":
        return None
    where = f"on storage {volume.storage}, which is not shared"
    if volume.role == "medium":
        return f"{named} has {volume.place} in it, {where}"
    return f"{named} is {where}" + ("" if snapshot else f", and {volume.copied}")
