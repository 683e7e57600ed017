"""In what do two definitions of a domain differ, to libvirt?"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ...cluster.domain_xml import parse_tree
from ...cluster.hidden import HIDDEN
from ...errors import InvalidData
from .meaning import Meaning, Part, Value, meaning_of

_THERE = "there"
_NOT_THERE = "not there"

# What libvirt writes into a definition by itself when it takes it in: that only one of two has it means that the other
# was written by hand. A value that both have is compared.
_FILLED_IN = frozenset(
    {
        *("cpu", "clock", "on_poweroff", "on_reboot", "on_crash", "pm", "iothreadids", "seclabel"),
        *("os/boot", "os/loader", "os/nvram", "os/firmware", "os@firmware", "os/type@arch", "os/type@machine"),
        *("cpu@match", "cpu@check", "cpu/model@fallback", "cpu/topology@dies", "cpu/topology@clusters"),
        *("devices/emulator", "devices/audio", "devices/video", "devices/memballoon", "devices/console"),
        *("devices/controller@model", "devices/controller/model", "devices/controller/target"),
        *("devices/disk@device", "devices/disk/driver", "devices/disk/driver@type", "devices/disk/target@bus"),
        *("devices/interface/model", "devices/interface/virtualport/parameters@interfaceid"),
        *("devices/graphics@port", "devices/graphics@autoport"),
        *("devices/serial/target", "devices/serial/target@type", "devices/serial/target/model"),
        *("devices/console/target@type", "devices/input@bus", "devices/memory/target/node"),
    }
)
_ADDRESSES = re.compile(r"devices/[a-z]+/address")
_SIZES_OF_VIDEO = re.compile(r"devices/video/model@[a-z0-9]+")
_OWN_CONTROLLERS = frozenset({"usb", "pci", "ide", "sata", "fdc", "virtio-serial", "isa"})
_OWN_INPUTS = frozenset({"mouse", "keyboard", "tablet"})
_FAMILIES: Mapping[str, str] = {"pc": "pc-i440fx", "q35": "pc-q35"}
# What libvirt tells nobody who may only read.
_TOLD_TO_NO_READER = frozenset(
    {"devices/graphics@passwd", "devices/graphics@passwdValidTo", "devices/disk/source/cookies"}
)
# What a run sets: the balloon, the processor that `host-model` was on that node, the address that a display got.
_OF_A_RUN = frozenset(
    {
        *("currentMemory", "cpu/model", "cpu/vendor", "cpu/feature", "cpu/maxphysaddr"),
        *("cpu@mode", "cpu@match", "cpu@check", "cpu@migratable", "devices/graphics/listen"),
    }
)


class Difference(NamedTuple):
    """One value that differs, as it may be shown: None where that side has no such part; a secret is hidden."""

    path: str
    here: str | None
    there: str | None


class _Spot(NamedTuple):
    """Where two definitions are compared: its path for people, and its place, which is the same for all of a kind."""

    path: str = ""
    place: str = ""
    leaving_out: frozenset[str] = frozenset()

    def inside(self, name: str, tag: str) -> "_Spot":
        joined = (f"{self.path}/{name}", f"{self.place}/{tag}") if self.path else (name, tag)
        return _Spot(*joined, self.leaving_out)


def differences(here: str, there: str) -> tuple[Difference, ...]:
    """Return in what two definitions differ, sorted by path; nothing where libvirt would make the same of them.

    Order, white space, units and what is only there while a domain runs make no difference, nor does a password that
    one side does not have: nobody who may only read is told it. Raises InvalidData where one is no XML.
    """
    if here == there:
        return ()
    one, other = (meaning_of(parse_tree(xml, "definition")) for xml in (here, there))
    found = _compare(one.whole, other.whole, _Spot(leaving_out=_of_a_run(one, other)))
    return tuple(sorted(found, key=lambda difference: difference.path))


def in_words(difference: Difference, *, longest: int | None = None) -> str:
    """Return a difference as a line: `devices/disk[vda]/source@file: '/a.qcow2' → '/b.qcow2'`."""
    return f"{difference.path}: {_quoted(difference.here, longest)} → {_quoted(difference.there, longest)}"


def differences_or_none(here: str, there: str) -> tuple[Difference, ...]:
    """Return the differences of two definitions; none where one is no XML, which the reading of the nodes tells."""
    try:
        return differences(here, there)
    except InvalidData:
        return ()


def some_in_words(found: tuple[Difference, ...]) -> str:
    """Return the first of many differences, shortened, to stand in a message."""
    shown = ", ".join(in_words(difference, longest=60) for difference in found[:2])
    return shown if len(found) <= 2 else f"{shown} and {len(found) - 2} more"


def _quoted(value: str | None, longest: int | None) -> str:
    if value is None or value == "":
        return _NOT_THERE if value is None else _THERE
    if value == HIDDEN:
        return value
    return f"'{value}'" if longest is None or len(value) <= longest else f"'{value[:longest]}…'"


def _of_a_run(one: Meaning, other: Meaning) -> frozenset[str]:
    return _OF_A_RUN if one.of_a_run or other.of_a_run else frozenset()


def _compare(here: Part, there: Part, spot: _Spot) -> Iterator[Difference]:
    if here.text.value != there.text.value and not _is_open(spot.place, here, there):
        yield _difference(spot.path, here.text, there.text)
    for name in {*here.attributes, *there.attributes}:
        one, other = here.attributes.get(name), there.attributes.get(name)
        place = f"{spot.place}@{name}"
        if one != other and place not in spot.leaving_out and not _means_the_same(place, one, other):
            yield _difference(f"{spot.path}@{name}", one, other)
    for name in {*here.parts, *there.parts}:
        first, second = here.parts.get(name), there.parts.get(name)
        if only := first or second:
            inner = spot.inside(name, only.tag)
            if inner.place not in spot.leaving_out:
                yield from _compare_parts(first, second, inner)


def _compare_parts(here: Part | None, there: Part | None, spot: _Spot) -> Iterator[Difference]:
    """Compare what may be on one side only: then it is told as one, whatever is in it."""
    if here is not None and there is not None:
        yield from _compare(here, there, spot)
    elif (only := here or there) and not _is_filled_in(spot.place, only):
        yield _difference(spot.path, here and here.text, there and there.text)


def _difference(path: str, here: Value | None, there: Value | None) -> Difference:
    """Return a difference as it may be shown; one that is only in what is hidden is hidden as a whole."""
    one, other = (None if value is None else value.shown for value in (here, there))
    return Difference(path, HIDDEN, HIDDEN) if one == other else Difference(path, one, other)


def _means_the_same(place: str, here: Value | None, there: Value | None) -> bool:
    if here is None or there is None:
        return place in _FILLED_IN or place in _TOLD_TO_NO_READER or bool(_SIZES_OF_VIDEO.fullmatch(place))
    return place == "os/type@machine" and _is_alias(here.value, there.value)


def _is_open(place: str, here: Part, there: Part) -> bool:
    """Tell whether one side leaves it to libvirt what the text of this element is to be."""
    return place == "genid" and not (here.text.value and there.text.value)


def _is_filled_in(place: str, part: Part) -> bool:
    if place in _FILLED_IN or place in _TOLD_TO_NO_READER or _ADDRESSES.fullmatch(place):
        return True
    kind = _attribute(part, "type")
    if place == "devices/controller":
        return kind in _OWN_CONTROLLERS
    return place == "devices/input" and kind in _OWN_INPUTS and _attribute(part, "bus") in {None, "ps2", "usb"}


def _attribute(part: Part, name: str) -> str | None:
    found = part.attributes.get(name)
    return None if found is None else found.value


def _is_alias(here: str, there: str) -> bool:
    """Tell whether one stands for the newest machine of the other's family: `pc` for `pc-i440fx-7.2`."""
    return any(other.startswith(f"{_FAMILIES.get(one, one)}-") for one, other in ((here, there), (there, here)))
