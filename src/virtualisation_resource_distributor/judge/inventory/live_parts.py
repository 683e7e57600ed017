"""Which parts of a definition are there only while the domain runs, or are worked out anew at each start?"""

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from xml.etree import ElementTree as ET

from .amounts import with_amounts_in_bytes

# What libvirt names by itself, and anew at each start.
_MADE_UP_INTERFACE = re.compile(r"(vnet|testnet|vif|veth|macvtap|macvlan)[0-9.]+(-emu)?")
_MADE_UP_SOCKET = re.compile(r"/(var/lib|run|var/run)/libvirt/qemu/")
_PORTS = ("port", "tlsPort", "websocket")

# Elements and attributes, by the element that they are in.
_LIVE: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    ".": (("resource",), ("id",)),  # the cgroup that it runs in, and its number there
    # The images under a disk: each file itself says what it rests on, and libvirt writes down what it found.
    "devices/disk": (("backingStore", "mirror"), ()),
    "devices/disk/source": (("privateData",), ("index",)),
    "devices/console": ((), ("tty",)),
    "devices/channel/target": ((), ("state",)),  # whether the guest's agent listens
    "devices/graphics": ((), ("connected",)),
    "devices/interface/source": ((), ("portid",)),
}


def without_live_parts(root: ET.Element) -> ET.Element:
    """Return a copy of a definition without them."""
    tidy = deepcopy(root)
    for path, (tags, names) in _LIVE.items():
        for element in _all(tidy, path):
            for tag in tags:
                _leave_out(element, tag, where=lambda _: True)
            for name in names:
                element.attrib.pop(name, None)
    for path, mend in _MENDS.items():
        for element in _all(tidy, path):
            mend(element)
    return tidy


def _all(root: ET.Element, path: str) -> list[ET.Element]:
    return [root] if path == "." else root.findall(path)


def _leave_out(element: ET.Element, tag: str, *, where: Callable[[ET.Element], bool]) -> None:
    for part in element.findall(tag):
        if where(part):
            element.remove(part)


def _device(element: ET.Element) -> None:
    """Leave out libvirt's own name for a device; one that begins with `ua-` is the operator's."""
    _leave_out(element, "alias", where=lambda alias: not alias.get("name", "").startswith("ua-"))


def _disk(disk: ET.Element) -> None:
    """Leave out the format of a drive that is empty, which a definition may tell all the same."""
    source, driver = disk.find("source"), disk.find("driver")
    if source is None and driver is not None:
        driver.attrib.pop("type", None)


def _interface(interface: ET.Element) -> None:
    """Leave out what a network of libvirt's tells when the domain starts, such as its bridge."""
    _leave_out(interface, "target", where=lambda target: bool(_MADE_UP_INTERFACE.fullmatch(target.get("dev", ""))))
    source, mac = interface.find("source"), interface.find("mac")
    if source is not None and source.get("network") is not None:
        for name in ("bridge", "dev", "mode"):
            source.attrib.pop(name, None)
    if mac is not None:
        mac.set("address", mac.get("address", "").lower())


def _graphics(graphics: ET.Element) -> None:
    """Leave out a port that libvirt chooses, and `listen`, which says the same as the first <listen>."""
    for name in _PORTS:
        if graphics.get("autoport") == "yes" or graphics.get(name) == "-1":
            graphics.attrib.pop(name, None)
    address = graphics.attrib.pop("listen", None)
    if address is not None and graphics.find("listen") is None:
        ET.SubElement(graphics, "listen", {"type": "address", "address": address})
    for listen in graphics.findall("listen[@type='network']"):
        listen.attrib.pop("address", None)
    _leave_out(graphics, "listen", where=lambda listen: listen.attrib == {"type": "address"})  # as it is by default


def _port(port: ET.Element) -> None:
    """Leave out the terminal of a pty, and a socket in a folder of libvirt's own: both are made at each start."""
    _leave_out(
        port,
        "source",
        where=lambda source: port.get("type") == "pty" or bool(_MADE_UP_SOCKET.match(source.get("path", ""))),
    )


def _vcpu(vcpu: ET.Element) -> None:
    if vcpu.get("placement") == "static":  # which it is unless told otherwise
        del vcpu.attrib["placement"]
    if vcpu.get("current") == (vcpu.text or "").strip():
        del vcpu.attrib["current"]


def _seclabels(root: ET.Element) -> None:
    """Leave out dynamic labels, which are made at each start; what an operator gives for one is its base label."""
    for label in root.findall("seclabel"):
        if label.get("type", "dynamic") == "dynamic":
            for tag in ("label", "imagelabel"):
                _leave_out(label, tag, where=lambda _: True)
            if label.find("baselabel") is None:
                root.remove(label)


def _memory(root: ET.Element) -> None:
    """Leave out what a domain has of its memory now, where that is all."""
    memory, current = root.find("memory"), root.find("currentMemory")
    if memory is not None and current is not None and _same_amount(memory, current):
        root.remove(current)


def _same_amount(one: ET.Element, other: ET.Element) -> bool:
    return with_amounts_in_bytes(one, "memory")[""] == with_amounts_in_bytes(other, "memory")[""]


def _domain(root: ET.Element) -> None:
    _seclabels(root)
    _memory(root)


_MENDS: Mapping[str, Callable[[ET.Element], None]] = {
    ".": _domain,
    "devices/*": _device,
    "devices/disk": _disk,
    "devices/interface": _interface,
    "devices/graphics": _graphics,
    "devices/serial": _port,
    "devices/parallel": _port,
    "devices/console": _port,
    "devices/channel": _port,
    "vcpu": _vcpu,
}
