"""What is taken for a domain's definition, and what is refused in one clear line."""

import pytest

from virtualisation_resource_distributor.cluster.domain_xml import parse_domain_xml, uuid_of
from virtualisation_resource_distributor.errors import InvalidData

UUID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
SECRET = "Kirschbaum"
BILLION_LAUGHS = f"""<!DOCTYPE domain [<!ENTITY a "{SECRET}"><!ENTITY b "&a;&a;&a;&a;">]>
<domain><name>&b;</name><uuid>{UUID}</uuid></domain>"""
OUTER_ENTITY = f"""<!DOCTYPE domain [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<domain><name>&a;</name><uuid>{UUID}</uuid></domain>"""


def test_a_domain_is_known_by_its_uuid_as_libvirt_writes_it() -> None:
    """Capitals and missing hyphens are no other domain."""
    for written in (UUID, UUID.upper(), UUID.replace("-", ""), f"\n {UUID} "):
        parsed = parse_domain_xml(f"<domain><name> dns0\n</name><uuid>{written}</uuid></domain>", "file")
        assert (parsed.uuid, parsed.name) == (UUID, "dns0")
    assert uuid_of("dns0") is None


@pytest.mark.parametrize(
    ("xml", "fault"),
    [
        (BILLION_LAUGHS, "declares a document type"),
        (OUTER_ENTITY, "declares a document type"),
        ("<!DOCTYPE domain><domain/>", "declares a document type"),
        (f"<domain><name>&{SECRET};</name></domain>", "is no XML: undefined entity"),
        ("", "is no XML: no element found"),
        ("\0\1\2ELF", "is no XML"),
        ("<domain><name>a</name>", "is no XML"),
        ("<domain><name>a\ud800</name></domain>", "is no XML"),
        ("<network><name>default</name></network>", "is XML of something else than a domain"),
        ("<domain><name>dns0</name></domain>", "has no <uuid>"),
        (f"<domain><name>dns0</name><uuid>{SECRET}</uuid></domain>", "has no <uuid>"),
        (f"<domain><uuid>{UUID}</uuid></domain>", "has no <name>"),
        (f"<domain><name>a\x85b</name><uuid>{UUID}</uuid></domain>", "has no <name>"),
        (f"<domain>{'<a>' * 2000}{'</a>' * 2000}</domain>", "has elements in elements, more than 100 deep"),
    ],
)
def test_what_is_none_is_refused_in_one_line_that_shows_nothing_of_it(xml: str, fault: str) -> None:
    """Whatever is in it, nothing is expanded or fetched."""
    with pytest.raises(InvalidData) as raised:
        parse_domain_xml(xml, "file dns0.xml")
    message = str(raised.value)
    assert message.startswith(f"file dns0.xml: {fault}")
    assert SECRET not in message
    assert "\n" not in message
    assert "root:" not in message
