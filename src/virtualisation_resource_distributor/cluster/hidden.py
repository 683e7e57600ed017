"""Which values in a domain's definition may be secrets, and are never shown?

libvirt's own are `passwd` of a display and the cookies of a disk on a web server. Others are put in by hand: arguments
and environment of QEMU, files for the firmware (`fwcfg`, where a cloud's configuration goes), systemd's credentials,
and metadata. What only names a secret that libvirt keeps (`<secret uuid=…>`) is none.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from xml.etree import ElementTree as ET

from .domain_xml import local

HIDDEN = "(hidden)"
"""What stands in the place of a secret."""

_WORD = r"passw(?:or)?d|passphrase|(?<!-)secret|token|credential|cookie|api[-_]?key|private[-_]?key"
_NAME = re.compile(_WORD, re.IGNORECASE)
_NAME_OF_VARIABLE = re.compile(f"{_WORD}|pass|pwd|auth|key|cred", re.IGNORECASE)
_NO_SECRETS = frozenset({"passwdValidTo", "secret"})
# `password=x`, `"password": "x"`; but not `password=on`, nor `password-secret=NAME`, which names an object.
_PAIR = re.compile(
    rf"""((?:{_WORD})["']?\s*[=:]\s*["']?)(?!(?:on|off|yes|no|true|false)\b)[^'",;&<>\s]+""", re.IGNORECASE
)
_DATA = re.compile(r"""(\bdata["']?\s*[=:]\s*["']?)[^'",\s]+""")  # of an object of QEMU that is a secret
_OF_SYSTEMD = re.compile(r"(io\.systemd\.credential[^=]*=).+", re.DOTALL)
_IN_URL = re.compile(r"(//[^/@\s:]*:)[^/@\s]+@")


def masked_attribute(tag: str, name: str, attributes: Mapping[str, str]) -> str:
    """Return an attribute's value as it may be shown; `attributes` are all of its element."""
    value = attributes[name]
    if local(tag) == "env" and local(name) == "value":
        variable = next((text for key, text in attributes.items() if local(key) == "name"), "")
        return HIDDEN if value and _NAME_OF_VARIABLE.search(variable) else masked(value)
    if value and local(name) not in _NO_SECRETS and _NAME.search(local(name)):
        return HIDDEN
    return masked(value)


def masked_text(parent: str, tag: str, text: str) -> str:
    """Return an element's text as it may be shown; `parent` is the tag around it."""
    if not text.strip():
        return text
    is_secret = _NAME.search(local(tag)) or (local(tag) == "entry" and local(parent) == "sysinfo")
    return HIDDEN if is_secret else masked(text)


def masked(text: str) -> str:
    """Return text, such as an argument of QEMU, with what looks like a password in it hidden."""
    text = _PAIR.sub(rf"\g<1>{HIDDEN}", _OF_SYSTEMD.sub(rf"\g<1>{HIDDEN}", text))
    if "secret" in text.lower():
        text = _DATA.sub(rf"\g<1>{HIDDEN}", text)
    return _IN_URL.sub(rf"\g<1>{HIDDEN}@", text)


def has_hidden(root: ET.Element) -> bool:
    """Tell whether a definition has lost a secret, since it was written with its secrets hidden."""
    hidden = ((value, show) for value, show in _values(root) if HIDDEN in value)
    return any(show(value.replace(HIDDEN, "x")) == value for value, show in hidden)


def _values(root: ET.Element) -> Iterator[tuple[str, Callable[[str], str]]]:
    """Yield every value, with how a value in its place may be shown."""
    around = ET.Element("")
    around.append(root)
    for parent in around.iter():
        for element in parent:
            for name, value in element.attrib.items():
                yield value, partial(_shown_attribute, element, name)
            if element.text:
                yield element.text, partial(masked_text, parent.tag, element.tag)


def _shown_attribute(element: ET.Element, name: str, value: str) -> str:
    return masked_attribute(element.tag, name, {**element.attrib, name: value})
