"""Which disks of different domains are one and the same, though each names it by a path of its own?

Only what libvirt tells is known: links on a node can't be followed, so one disk that two domains of a node name by a
link and by its target is two here.
"""

import re
from posixpath import normpath
from typing import NamedTuple

from ...cluster.inventory import DiskFacts, StoragePlace
from ...cluster.names import NodeName
from ...cluster.shared_storage import is_shared, lies_in

Identity = tuple[str, ...]
"""What a disk is, the same for each way to it; the first word is its kind, and for people the rest is joined."""

# The name alone says which: the servers that are named are some of many of one cluster.
_BY_NAME = frozenset({"rbd", "gluster", "sheepdog", "vxhs"})
_ISCSI_PATH = re.compile(r"/dev/disk/by-path/.*?-iscsi-(.+)-lun-([0-9]+)((?:-part[0-9]+)?)")
_FC_PATH = re.compile(r"/dev/disk/by-path/.*?-fc-(0x[0-9a-f]+)-lun-([0-9]+)((?:-part[0-9]+)?)")
_BY_ID = re.compile(r"/dev/disk/by-id/(.+?)((?:-part[0-9]+)?)")
# Names that a node gives, or that QEMU gives to each machine alike.
_ID_OF_A_NODE = re.compile(r"dm-name-.*|(scsi|ata|virtio|nvme)-[0-9]?QEMU.*|virtio-.*|lvm-pv-.*", re.IGNORECASE)
_WORLD_WIDE = re.compile(r"(?:wwn-0x|scsi-3|dm-uuid-mpath-3)([0-9a-f]{16,32})", re.IGNORECASE)
_MULTIPATH = re.compile(r"/dev/mapper/3([0-9a-f]{16,32})(?:(?:-part|p)([0-9]+))?", re.IGNORECASE)
_UNIT = re.compile(r"unit:[0-9]+:[0-9]+:([0-9]+)")
_NETWORK = re.compile(r"([a-z0-9+]+)://([^/]*)/(.*)")


class Shared(NamedTuple):
    """What the settings say that all nodes see alike: paths, and names of storage pools."""

    places: tuple[str, ...]

    def holds(self, path: str) -> bool:
        """Tell whether a path lies in one of them."""
        return is_shared(path, self.places)


def identity_of(disk: DiskFacts, name: NodeName, pools: tuple[StoragePlace, ...], shared: Shared) -> Identity | None:
    """Return what a disk of a domain is on this node, which has these storage pools; None where its drive is empty."""
    if disk.source is None:
        return None
    if disk.kind == "network":
        return _on_the_network(disk.source)
    if disk.kind == "volume":
        return _volume(disk.source, name, pools, shared)
    return _path(normpath(disk.source), name, pools, shared)


def _on_the_network(source: str) -> Identity:
    match = _NETWORK.fullmatch(source)
    if match is None:
        return ("network", source)
    protocol, server, name = match.groups()
    if protocol == "iscsi":  # the name of a target is one for the world; the first unit is 0
        target, _, unit = name.rpartition("/")
        return ("iscsi", target or name, unit if target else "0")
    return (protocol, name) if protocol in _BY_NAME else (protocol, server, name)


def _volume(source: str, node: NodeName, pools: tuple[StoragePlace, ...], shared: Shared) -> Identity:
    pool_name, _, volume = source.partition("/")
    pool = next((pool for pool in pools if pool.name == pool_name), None)
    if pool is not None and pool.kind == "rbd" and pool.source:
        return ("rbd", f"{pool.source}/{volume}")
    if pool is not None and pool.kind == "iscsi" and pool.source and (unit := _UNIT.fullmatch(volume)):
        return ("iscsi", pool.source, unit.group(1))
    if pool_name in shared.places:
        return ("volume", pool_name, volume)
    if pool is not None and pool.target is not None:
        return _path(normpath(f"{pool.target}/{volume}"), node, pools, shared)
    return ("volume", node, pool_name, volume)


def _path(path: str, node: NodeName, pools: tuple[StoragePlace, ...], shared: Shared) -> Identity:
    if known := _device_of_the_world(path):
        return known
    if shared.holds(path):
        return ("path", path)
    for pool in pools:
        if pool.kind == "netfs" and pool.target is not None and pool.source and lies_in(path, pool.target):
            return ("netfs", pool.source, path[len(pool.target.rstrip("/")) + 1 :])
    return ("path", node, path)


def _device_of_the_world(path: str) -> Identity | None:
    """Return what a path under /dev names that is the same from each node; a partition is not its whole disk."""
    if match := _ISCSI_PATH.fullmatch(path):
        target, unit, partition = match.groups()
        return ("iscsi", target, f"{unit}{partition}")
    if match := _FC_PATH.fullmatch(path):
        port, unit, partition = match.groups()
        return ("fc", port, f"{unit}{partition}")
    if match := _MULTIPATH.fullmatch(path):
        return ("wwn", f"{match.group(1).lower()}{f'-part{match.group(2)}' if match.group(2) else ''}")
    if match := _BY_ID.fullmatch(path):
        name, partition = match.groups()
        if world := _WORLD_WIDE.fullmatch(name):
            return ("wwn", f"{world.group(1).lower()}{partition}")
        return None if _ID_OF_A_NODE.fullmatch(name) else ("id", f"{name}{partition}")
    return None
