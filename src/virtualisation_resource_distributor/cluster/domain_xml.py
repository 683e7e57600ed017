"""Is this text a domain's definition, and of which domain? Nothing in it is ever expanded or fetched."""

import re
from typing import NamedTuple
from xml.etree import ElementTree as ET

from ..errors import InvalidData
from .names import GuestId, fault_of_name

EXPECTED = "expected a domain's XML, as virsh dumpxml writes it"
_DEEPEST = 100
_UUID = re.compile(r"([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})", re.ASCII)


class DomainXml(NamedTuple):
    """A definition as a tree, with the domain's UUID as libvirt writes it, and its name."""

    uuid: GuestId
    name: str
    root: ET.Element


class _Doctype(Exception):
    """The text declares a document type, which no domain has; entities that expand without end are made in one."""


class _Builder(ET.TreeBuilder):
    def doctype(self, *_: str | None) -> None:
        raise _Doctype


def parse_domain_xml(text: str, where: str) -> DomainXml:
    """Return a definition; `where` names it in messages, which show nothing of what it holds. Raises InvalidData."""
    root = parse_tree(text, where)
    if root.tag != "domain":
        raise InvalidData(where, f"is XML of something else than a domain; {EXPECTED}")
    uuid = uuid_of(root.findtext("uuid") or "")
    if uuid is None:
        mend = "put in the one that the domain has: virsh domuuid NAME"
        raise InvalidData(where, f"has no <uuid>, by which a domain is known; {mend}")
    name = (root.findtext("name") or "").strip()
    if fault := fault_of_name(name):
        raise InvalidData(where, f"has no <name> that can be used: {fault}")
    return DomainXml(uuid=uuid, name=name, root=root)


def parse_tree(text: str, where: str) -> ET.Element:
    """Return any XML as a tree, refusing what declares a document type or lies deeper than any domain's does."""
    parser = ET.XMLParser(target=_Builder())  # noqa: S314 -- entities are refused before one is expanded
    try:
        parser.feed(text)
        root: ET.Element = parser.close()
    except _Doctype:
        raise InvalidData(where, f"declares a document type (<!DOCTYPE>), which no domain has; {EXPECTED}") from None
    except (ET.ParseError, UnicodeError) as error:
        reason = error if isinstance(error, ET.ParseError) else "it has letters that are none"
        raise InvalidData(where, f"is no XML: {reason}; {EXPECTED}") from None
    if _is_too_deep(root):
        raise InvalidData(where, f"has elements in elements, more than {_DEEPEST} deep; {EXPECTED}")
    return root


def uuid_of(text: str) -> GuestId | None:
    """Return a UUID as libvirt writes it, with hyphens and in small letters; None where the text is none."""
    match = _UUID.fullmatch(text.strip().lower())
    return GuestId("-".join(match.groups())) if match else None


def local(tag: str) -> str:
    """Return a name without its namespace or its prefix."""
    return tag.rpartition("}")[2].rpartition(":")[2]


def _is_too_deep(root: ET.Element) -> bool:
    level = [root]
    for _ in range(_DEEPEST):
        level = [child for element in level for child in element]
    return bool(level)
