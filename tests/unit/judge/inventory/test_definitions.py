"""Two definitions differ where libvirt would make something else of them, and nowhere else."""

import random
import re
from collections.abc import Callable, Iterator
from itertools import permutations
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from virtualisation_resource_distributor.judge.inventory.definitions import (
    Difference,
    differences,
    in_words,
    some_in_words,
)

DUMPED = {path.stem: path.read_text("utf-8") for path in Path(__file__).with_name("dumped").glob("*.xml")}
DEFINED = DUMPED["defined"]

# Places whose values make no difference, or name the element, so that another value is another element.
_NO_DIFFERENCE = re.compile(r"devices/graphics@port|devices/graphics@listen")  # autoport; <listen> says it again
_NAMES = re.compile(
    r"devices/disk/target@dev|devices/interface/mac@address|devices/controller@(type|index)|devices/graphics@type|"
    r"devices/input@(type|bus)|devices/channel/target@name|devices/(serial|console)/target@(port|type)|devices/audio@id"
)
_OF_DOMAINS_AMOUNT = re.compile(r"(currentMemory|memory)@unit")


def _leaves(element: ET.Element, place: str = "") -> Iterator[tuple[ET.Element, str, str]]:
    """Yield each value of a definition: its element, the attribute (empty for the text), and its place."""
    for name in element.attrib:
        yield element, name, f"{place}@{name}"
    if (element.text or "").strip():
        yield element, "", place
    for child in element:
        yield from _leaves(child, f"{place}/{child.tag}" if place else child.tag)


PLACES = [place for _, _, place in _leaves(ET.fromstring(DEFINED))]
FORMAT_OF_EMPTY_DRIVE = [index for index, place in enumerate(PLACES) if place == "devices/disk/driver@type"][1]


def _text(root: ET.Element) -> str:
    return ET.tostring(root, encoding="unicode")


def _changed(index: int, change: Callable[[str], str], xml: str = DEFINED) -> str:
    root = ET.fromstring(xml)
    element, name, _ = list(_leaves(root))[index]
    if name:
        element.set(name, change(element.attrib[name]))
    else:
        element.text = change((element.text or "").strip())
    return _text(root)


def _otherwise(value: str) -> str:
    return str(int(value) + 1024) if value.isdecimal() else f"{value}x"


@pytest.mark.parametrize(("one", "other"), list(permutations(sorted(DUMPED), 2)))
def test_a_real_definition_is_the_same_in_every_state_and_on_either_node(one: str, other: str) -> None:
    """As real daemons dumped it: shut off, running, as the next start takes it, and before and after a migration."""
    assert differences(DUMPED[one], DUMPED[other]) == ()


@given(st.randoms(use_true_random=False), st.sampled_from(sorted(DUMPED)))
@settings(deadline=None, max_examples=40)
def test_order_and_white_space_make_no_difference(chance: random.Random, name: str) -> None:
    """Nor do the quotes, nor how an empty element is written."""
    root = ET.fromstring(DUMPED[name])
    devices = root.find("devices")
    assert devices is not None
    for element in (root, devices, *root.iterfind("devices/*")):
        children = list(element)
        chance.shuffle(children)
        element[:] = children
    for element in root.iter():
        element.attrib = dict(chance.sample(list(element.attrib.items()), len(element.attrib)))
        element.text = f"{' ' * chance.randrange(3)}{(element.text or '').strip()}\n"
        element.tail = "\n" * chance.randrange(3)
    assert differences(DUMPED[name], _text(root)) == ()


@given(st.sampled_from(range(len(PLACES))), st.data())
@settings(deadline=None, max_examples=40)
def test_another_value_is_that_difference_and_no_other(index: int, data: st.DataObject) -> None:
    """One that names an element is another element."""
    place = PLACES[index]
    changed = _changed(index, _otherwise)
    found = differences(DEFINED, changed)
    paths = [re.sub(r"\[[^\]]*\]|#[0-9]+", "", difference.path) for difference in found]
    if _NO_DIFFERENCE.fullmatch(place) or _OF_DOMAINS_AMOUNT.fullmatch(place) or index == FORMAT_OF_EMPTY_DRIVE:
        return
    if _NAMES.fullmatch(place):
        assert set(paths) <= {place.partition("@")[0].removesuffix("/mac").removesuffix("/target"), place}
    else:
        assert paths == [place]
        assert place == "vcpu@placement" or None not in (found[0].here, found[0].there)
    other = _changed(data.draw(st.sampled_from(range(len(PLACES)))), _otherwise)
    there_and_back = [Difference(one.path, one.there, one.here) for one in differences(other, changed)]
    assert tuple(there_and_back) == differences(changed, other)


@given(st.integers(min_value=1, max_value=2**40))
def test_an_amount_is_the_same_in_every_unit(gibibytes: int) -> None:
    """KiB is what is meant without one."""
    written = (("GiB", 1), ("G", 1), ("MiB", 2**10), ("KiB", 2**20), ("b", 2**30), ("bytes", 2**30), (None, 2**20))
    xml = [
        f"<domain><memory{'' if unit is None else f' unit={unit!r}'}>{gibibytes * count}</memory></domain>"
        for unit, count in written
        if len(str(gibibytes * count)) < 19
    ]
    assert all(differences(xml[0], other) == () for other in xml)
    less = f"<domain><memory unit='GiB'>{gibibytes + 1}</memory></domain>"
    assert [difference.path for difference in differences(xml[0], less)] == ["memory"]


def test_a_thousand_is_no_1024_and_libvirt_rounds_up_to_whole_kib() -> None:
    """As `virsh dumpxml` shows what was defined in MB."""
    megabytes = "<domain><memory unit='MB'>100</memory></domain>"
    assert differences(megabytes, "<domain><memory unit='KiB'>97657</memory></domain>") == ()
    assert differences(megabytes, "<domain><memory unit='MiB'>100</memory></domain>")


DEVICES = "<domain><os><type machine='{}'>hvm</type></os><devices>{}</devices></domain>"


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (("pc", ""), ("pc-i440fx-7.2", "")),
        (("q35", ""), ("pc-q35-8.0", "")),
        (("virt", ""), ("virt-8.0", "")),
        (("pc", "<graphics type='vnc' passwd='a'/>"), ("pc", "<graphics type='vnc'/>")),
        (("pc", "<graphics type='vnc' port='-1'/>"), ("pc", "<graphics type='vnc' port='5900' autoport='yes'/>")),
        (("pc", "<disk><target dev='vda'/></disk>"), ("pc", "<disk><target dev='vda'/><address type='pci'/></disk>")),
        (("pc", ""), ("pc", "<controller type='usb' index='0'/><input type='mouse' bus='ps2'/>")),
        (
            ("pc", "<interface><mac address='52:54:00:AA:00:01'/><target dev='vnet1'/></interface>"),
            ("pc", "<interface><mac address='52:54:00:aa:00:01'/><target dev='vnet7'/></interface>"),
        ),
        (
            ("pc", "<interface><source network='a'/></interface>"),
            ("pc", "<interface><source network='a' bridge='virbr0' portid='1'/></interface>"),
        ),
    ],
)
def test_what_libvirt_fills_in_or_tells_nobody_makes_no_difference(
    here: tuple[str, str], there: tuple[str, str]
) -> None:
    """In either direction."""
    one, other = DEVICES.format(*here), DEVICES.format(*there)
    assert differences(one, other) == differences(other, one) == ()


@pytest.mark.parametrize(
    ("here", "there", "told"),
    [
        (("pc-i440fx-7.2", ""), ("pc-i440fx-8.0", ""), "os/type@machine: 'pc-i440fx-7.2' → 'pc-i440fx-8.0'"),
        (
            ("pc", "<disk><source file='/a'/><target dev='vda'/></disk>"),
            ("pc", "<disk><source file='/b'/><target dev='vda'/></disk>"),
            "devices/disk[vda]/source@file: '/a' → '/b'",
        ),
        (("pc", ""), ("pc", "<disk><target dev='vdb'/></disk>"), "devices/disk[vdb]: not there → there"),
        (("pc", "<controller type='scsi' index='0'/>"), ("pc", ""), "devices/controller[scsi:0]: there → not there"),
        (
            ("pc", "<graphics type='vnc' passwd='a'/>"),
            ("pc", "<graphics type='vnc' passwd='b'/>"),
            "devices/graphics[vnc]@passwd: (hidden) → (hidden)",
        ),
        (
            ("pc", "<interface><target dev='lan0'/></interface>"),
            ("pc", "<interface><target dev='lan1'/></interface>"),
            "devices/interface/target@dev: 'lan0' → 'lan1'",
        ),
        (
            ("pc", "<disk><target dev='vda'/><alias name='ua-a'/></disk>"),
            ("pc", "<disk><target dev='vda'/><alias name='ua-b'/></disk>"),
            "devices/disk[vda]/alias@name: 'ua-a' → 'ua-b'",
        ),
    ],
)
def test_a_difference_is_told_by_its_place_and_both_values(
    here: tuple[str, str], there: tuple[str, str], told: str
) -> None:
    """But for passwords."""
    assert [in_words(one) for one in differences(DEVICES.format(*here), DEVICES.format(*there))] == [told]


def test_many_differences_are_told_by_the_first_of_them() -> None:
    """And long values by how they begin."""
    found = tuple(Difference(f"place{number}", "a" * 100, "") for number in range(4))
    assert some_in_words(found) == (f"place0: '{'a' * 60}…' → there, place1: '{'a' * 60}…' → there and 2 more")
