"""Which devices of its node does a guest use, that no other node has?

As PVE/QemuServer.pm (check_local_resources; since 9 in PVE/QemuMigrate/Helpers.pm) judges a running guest. Which mapped
PCI devices may be moved live takes Mapping.Audit to read; none is counted on. Proxmox VE moves a container without
looking at its devices, and it does not start where they are missing.
"""

from collections.abc import Iterator

from ...cluster.cluster import GuestKind
from .config import Config, Entry, entries_of

_ENCRYPTED = frozenset({"amd-sev", "intel-tdx"})
_PORTS = {"serial": "serial port", "parallel": "parallel port"}
_ON_EVERY_NODE = frozenset({"/dev/net/tun", "/dev/fuse"})


def devices_of(kind: GuestKind, config: Config) -> Iterator[str]:
    """Yield what ties a guest with this configuration to its node, each as a clause for people."""
    for entry in entries_of(config):
        clause = _of_container(entry) if kind == "lxc" else _of_machine(entry)
        if clause is not None:
            yield clause


def _of_machine(entry: Entry) -> str | None:
    """Shape: `hostpci0: 0000:01:00.0,pcie=1`, `usb0: host=1234:5678`, `usb1: spice`, `serial0: socket`."""
    key, what = entry.key, _named(entry)
    match entry.kind:
        case "hostpci":
            mapped = entry.options.get("mapping")
            return f"PCI device {what} is mapped, and none such is counted on" if mapped else f"{_of_node('PCI', what)}"
        case "usb" | "hostusb":
            if (entry.options.get("host") or entry.first).lower() == "spice":
                return None
            return f"USB device {what} is mapped" if entry.options.get("mapping") else _of_node("USB", what)
        case "serial" | "parallel" if key != entry.kind and entry.first != "socket":
            return f"{_PORTS[entry.kind]} {what} is of its node"
        case "virtiofs" if key != entry.kind:
            return f"{key} shares a directory of its node"
        case "ivshmem":
            return "it shares memory with others on its node"
        case "vga" if entry.options.get("clipboard") == "vnc":
            return "its clipboard is set to vnc"
        case _:
            return "its memory is encrypted by its node" if key in _ENCRYPTED else None


def _of_container(entry: Entry) -> str | None:
    """Shape: `dev0: /dev/ttyUSB0,gid=20`."""
    path = entry.options.get("path") or entry.first
    if entry.kind != "dev" or entry.key == "dev" or path in _ON_EVERY_NODE:
        return None
    return f"device {entry.key} is {path} of its node"


def _named(entry: Entry) -> str:
    name = entry.options.get("host") or entry.options.get("mapping") or entry.first
    return f"{entry.key} ({name})" if name else entry.key


def _of_node(kind: str, what: str) -> str:
    return f"{kind} device {what} is of its node"
