"""How much is `<memory unit='GiB'>4</memory>`? An amount in one unit, as libvirt itself counts."""

import re
from xml.etree import ElementTree as ET

_POWERS = {"k": 1, "m": 2, "g": 3, "t": 4, "p": 5, "e": 6}
_KIB = 1024
# These are in KiB where they have no unit; of the first libvirt keeps whole KiB, rounded up.
_MEMORY = frozenset({"memory", "currentMemory", "maxMemory"})
_IN_KIB = re.compile("memory|currentMemory|maxMemory|memtune/.*|cpu/numa/cell|memoryBacking/hugepages/page")
_BESIDE_A_UNIT = ("size", "memory", "value")


def with_amounts_in_bytes(element: ET.Element, place: str) -> dict[str, str]:
    """Return an element's attributes, and its text under the name "", with amounts of a unit in bytes without it."""
    attributes = dict(element.attrib)
    text = (element.text or "").strip()
    factor = _factor(attributes.get("unit", "KiB" if _IN_KIB.fullmatch(place) else ""))
    told = {"": text, **attributes}
    amounts = {name: told[name] for name in ("", *_BESIDE_A_UNIT) if _is_number(told.get(name, ""))}
    if factor is None or not amounts:
        return told
    del told[""]
    told.pop("unit", None)
    unit = _KIB if place in _MEMORY else 1
    told |= {name: str(-(-int(amount) * factor // unit) * unit) for name, amount in amounts.items()}
    return {"": text} | told


def _factor(unit: str) -> int | None:
    """Return how many bytes a unit is: `KiB`, `K` and `k` are 1024, `KB` is 1000; None where it is none."""
    lower = unit.lower()
    if lower in {"b", "byte", "bytes"}:
        return 1
    power = _POWERS.get(lower[:1])
    match lower[1:]:
        case "" | "ib":
            return None if power is None else 1024**power
        case "b":
            return None if power is None else 1000**power
        case _:
            return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19
