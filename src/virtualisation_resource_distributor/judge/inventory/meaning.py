"""What does a definition mean, in whichever way it is written?

Left out is what libvirt adds while a domain runs, and what it works out anew at each start; elements get names of their
own where their order means nothing, and sizes are in bytes. Each rule below has its reason.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple
from xml.etree import ElementTree as ET

from ...cluster.domain_xml import local
from ...cluster.hidden import masked_attribute, masked_text
from .amounts import with_amounts_in_bytes
from .live_parts import without_live_parts

_NAMESPACES = {"http://libvirt.org/schemas/domain/qemu/1.0": "qemu", "urn:virtualisation-resource-distributor:1": "vrd"}


class Value(NamedTuple):
    """A text or an attribute, and how it may be shown."""

    value: str
    shown: str


class Part(NamedTuple):
    """An element: its text (empty where it has none), its attributes, and the elements in it by their names."""

    text: Value
    attributes: Mapping[str, Value]
    parts: Mapping[str, "Part"]
    tag: str


class Meaning(NamedTuple):
    """A whole definition; `of_a_run` is one of a domain as it runs, in which a few values are those of the run."""

    whole: Part
    of_a_run: bool


def meaning_of(root: ET.Element) -> Meaning:
    """Return what a domain's definition means."""
    tidy = without_live_parts(root)
    return Meaning(whole=_part(tidy, "", ""), of_a_run=_is_of_a_run(root))


def _is_of_a_run(root: ET.Element) -> bool:
    """Tell a definition of a running state: what runs has aliases of libvirt's own, even where it asked for none.

    A transient domain has no other definition, so what the next start takes is of a run too.
    """
    aliases = (alias.get("name", "") for alias in root.iterfind("devices/*/alias"))
    return root.get("id") is not None or any(not name.startswith("ua-") for name in aliases)


def _part(element: ET.Element, parent: str, place: str) -> Part:
    attributes = with_amounts_in_bytes(element, place)
    text = attributes.pop("", "")
    return Part(
        text=Value(text, masked_text(parent, element.tag, text)),
        attributes={
            _named(name): Value(value, masked_attribute(element.tag, name, attributes))
            for name, value in attributes.items()
        },
        parts=_parts(element, place),
        tag=_named(element.tag),
    )


def _parts(element: ET.Element, place: str) -> dict[str, Part]:
    """Return the elements in one by names that are theirs alone: by a key of their kind, else by their order."""
    parts: dict[str, Part] = {}
    for child in element:
        inner = f"{place}/{local(child.tag)}" if place else local(child.tag)
        key = _key(child, inner)
        name = beginning = _named(child.tag) if key is None else f"{_named(child.tag)}[{key}]"
        number = 1
        while name in parts:
            number += 1
            name = f"{beginning}[{number}]" if key is None else f"{beginning}#{number}"
        parts[name] = _part(child, element.tag, inner)
    return parts


def _named(tag: str) -> str:
    """Return a name with the prefix that its namespace is known by, where that is one of these."""
    namespace, brace, name = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
    return f"{_NAMESPACES.get(namespace, f'{{{namespace}}}')}:{name}" if brace else name


def _key(element: ET.Element, place: str) -> str | None:
    rule = _KEYS.get(place)
    return (rule(element) or None) if rule else None


def _of(path: str, *names: str) -> Callable[[ET.Element], str | None]:
    """Return the rule that takes these attributes of the element, or of one in it."""

    def key(element: ET.Element) -> str | None:
        found = element.find(path) if path else element
        values = [] if found is None else [found.get(name, "") for name in names]
        return ":".join(values).lower() if any(values) else None

    return key


def _source_address(element: ET.Element) -> str | None:
    """Name a device of the node by where it is there: its address, or vendor and product, or its adapter."""
    source = element.find("source")
    parts = [] if source is None else [part for part in source.iter() if part is not source]
    return " ".join(value for part in parts for value in (part.get("name"), *_address(part)) if value) or None


def _address(element: ET.Element) -> list[str]:
    keys = ("domain", "bus", "slot", "function", "device", "uuid", "target", "unit", "id")
    return [element.attrib[key] for key in keys if key in element.attrib]


def _channel(element: ET.Element) -> str | None:
    target = element.find("target")
    return None if target is None else target.get("name") or target.get("port")


def _port(element: ET.Element) -> str:
    target = element.find("target")
    return "0" if target is None else target.get("port", "0")


def _text(element: ET.Element) -> str | None:
    return (element.findtext("path") or "").strip() or None


_KEYS: Mapping[str, Callable[[ET.Element], str | None]] = {
    "devices/disk": _of("target", "dev"),
    "devices/disk/source/host": _of("", "name", "port", "socket"),  # any monitor of a cluster will do
    "devices/interface": _of("mac", "address"),
    "devices/controller": _of("", "type", "index"),
    "devices/graphics": _of("", "type"),
    "devices/graphics/channel": _of("", "name"),
    "devices/filesystem": _of("target", "dir"),
    "devices/input": _of("", "type", "bus"),
    "devices/channel": _channel,
    "devices/serial": _port,
    "devices/parallel": _port,
    "devices/console": _of("target", "type", "port"),
    "devices/hostdev": _source_address,
    "devices/shmem": _of("", "name"),
    "devices/audio": _of("", "id"),
    "devices/memory": _of("target/node", "number"),
    "cpu/feature": _of("", "name"),
    "cpu/numa/cell": _of("", "id"),
    "clock/timer": _of("", "name"),
    "vcpus/vcpu": _of("", "id"),
    "iothreadids/iothread": _of("", "id"),
    "cputune/vcpupin": _of("", "vcpu"),
    "cputune/iothreadpin": _of("", "iothread"),
    "numatune/memnode": _of("", "cellid"),
    "blkiotune/device": _text,
    "sysinfo/entry": _of("", "name"),
    "sysinfo/system/entry": _of("", "name"),
    "sysinfo/bios/entry": _of("", "name"),
    "commandline/env": _of("", "name"),
    "seclabel": _of("", "model"),
}
"""How elements of which there may be several are told apart; all others go by their order."""
