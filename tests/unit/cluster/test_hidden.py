"""Which values of a definition are never shown, and that all others are."""

import pytest

from virtualisation_resource_distributor.cluster.domain_xml import parse_tree
from virtualisation_resource_distributor.cluster.hidden import HIDDEN, has_hidden, masked
from virtualisation_resource_distributor.errors import InvalidData
from virtualisation_resource_distributor.reports.definition_text import shown_definition

SECRET = "Kirschbaum"
UUID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"


def _qemu(inner: str) -> str:
    return (
        f"<domain xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><q:commandline>{inner}</q:commandline></domain>"
    )


SECRETS = (
    f"<domain><devices><graphics type='vnc' port='5901' passwd='{SECRET}'/></devices></domain>",
    _qemu(f"<q:env name='DB_PASS' value='{SECRET}'/>"),
    _qemu(f"<q:arg value='secret,id=sec0,data={SECRET}'/>"),
    _qemu(f"<q:arg value='-chardev x,password={SECRET},server=on'/>"),
    _qemu(f"""<q:arg value='{{"qom-type":"secret","data":"{SECRET}"}}'/>"""),
    f"<domain><metadata><x:vm xmlns:x='urn:x'><x:root-password>{SECRET}</x:root-password></x:vm></metadata></domain>",
    f"<domain><metadata><x:vm xmlns:x='urn:x' apiKey='{SECRET}'/></metadata></domain>",
    f"<domain><sysinfo type='fwcfg'><entry name='opt/config'>{SECRET}</entry></sysinfo></domain>",
    "<domain><sysinfo type='smbios'><oemStrings><entry>"
    f"io.systemd.credential:passwd.hashed={SECRET}</entry></oemStrings></sysinfo></domain>",
    f"<domain><devices><disk><source protocol='https' name='a'><cookies><cookie name='a'>{SECRET}</cookie></cookies>"
    "</source></disk></devices></domain>",
    f"<domain><devices><disk><source protocol='https' name='//me:{SECRET}@host/a'/></disk></devices></domain>",
    f"<domain><description>password: {SECRET}</description></domain>",
    f"<domain><!-- <graphics passwd='{SECRET}'/> --></domain>",
    f"<domain><?note token={SECRET}?></domain>",
)
HARMLESS = (
    "<domain><devices><graphics type='vnc' passwdValidTo='2030-01-01T00:00:00'/></devices></domain>",
    f"<domain><devices><disk><auth username='ceph'><secret type='ceph' uuid='{UUID}'/>"
    "</auth></disk></devices></domain>",
    f"<domain><devices><tpm><backend><encryption secret='{UUID}'/></backend></tpm></devices></domain>",
    _qemu("<q:env name='PATH' value='/bin'/><q:arg value=':1,password=on'/><q:arg value='tls,password-secret=sec0'/>"),
    "<domain><title>a &lt;b&gt; (hidden) place</title><!-- kept as it is --></domain>",
    "<domain><sysinfo type='smbios'><system><entry name='serial'>A-1</entry></system></sysinfo></domain>",
)


@pytest.mark.parametrize("xml", SECRETS)
def test_a_secret_is_hidden_and_what_is_shown_is_known_to_lack_it(xml: str) -> None:
    """It is XML still, so that everything else can be read."""
    shown = shown_definition(xml)
    assert shown.hidden
    assert SECRET not in shown.xml
    assert HIDDEN in shown.xml
    assert shown_definition(shown.xml) == (shown.xml, False)
    try:
        tree = parse_tree(shown.xml, "shown")
    except InvalidData as error:
        raise AssertionError(shown.xml) from error
    assert has_hidden(tree) or "<!--" in xml or "<?" in xml


@pytest.mark.parametrize("xml", HARMLESS)
def test_what_holds_no_secret_is_shown_letter_for_letter(xml: str) -> None:
    """What only names a secret that libvirt keeps is none."""
    assert shown_definition(xml) == (xml, False)
    assert not has_hidden(parse_tree(xml, "harmless"))


def test_all_else_stays_where_a_secret_is_hidden() -> None:
    """Order, prefixes, white space and escapes."""
    xml = f"""<domain type='kvm' xmlns:q="urn:q">
  <name>a &amp; b</name>
  <empty></empty>
  <q:arg b='"' a="1"/><graphics passwd='{SECRET}'/></domain>"""
    expected = f"""<domain type="kvm" xmlns:q="urn:q">
  <name>a &amp; b</name>
  <empty/>
  <q:arg b='"' a="1"/><graphics passwd="{HIDDEN}"/></domain>
"""
    assert shown_definition(xml).xml == expected


def test_text_without_anything_secret_is_shown_as_it_is() -> None:
    """Paths and times look a little like addresses with passwords."""
    for text in ("http://host:8080/a@b", "12:30:00", "-m 4096", "tokenizer=3", "key=val"):
        assert masked(text) == text
