"""What an inventory tells of a domain, and what a definition that is kept would be."""

import pytest
from tests.libvirt_nodes import TestDomain

from virtualisation_resource_distributor.cluster import ModelPool, NodeName, PoolName
from virtualisation_resource_distributor.cluster.names import GuestId
from virtualisation_resource_distributor.errors import InvalidData
from virtualisation_resource_distributor.sources.libvirt.answers import Activity, Answers, NodeAnswers
from virtualisation_resource_distributor.sources.libvirt.inventory import parse_inventory, parse_kept

DNS = TestDomain(name="dns0")
POOLS = (ModelPool(name=PoolName("dns"), members=("dns*",)),)


@pytest.mark.parametrize(
    ("state", "active"),
    [(0, True), (1, True), (2, True), (3, True), (4, True), (5, False), (6, True), (7, True), (9, True)],
)
def test_only_what_is_shut_off_has_no_qemu(state: int, active: bool) -> None:
    """One that crashed and is kept for its developers still has its disks, and a state that nobody knows may."""
    answers = NodeAnswers(
        memory_bytes=1, vcpus=1, xml={DNS.uuid: DNS.xml()}, activity={DNS.uuid: Activity(state=state, reason=0)}
    )
    inventory = parse_inventory(Answers({NodeName("n1"): answers}, {}), (), "2026-11-21T08:00:00Z")
    (domain,) = inventory.nodes[NodeName("n1")].domains
    assert (domain.name, domain.active) == ("dns0", active)


def test_a_kept_definition_tells_what_would_run() -> None:
    """With its pool."""
    kept = parse_kept(GuestId(DNS.uuid), DNS.xml(), POOLS, ())
    assert (kept.domain.name, kept.domain.pool, kept.domain.active, kept.pinned) == ("dns0", "dns", False, None)
    assert kept.domain.memory_bytes == 2**30


@pytest.mark.parametrize(
    ("xml", "problem"),
    [
        (TestDomain(name="dns0", key="other").xml(), "its UUID is '"),
        (DNS.xml().replace(f"<uuid>{DNS.uuid}</uuid>", ""), "uuid"),
        (DNS.xml().replace("<name>dns0</name>", ""), "name"),
        (DNS.xml()[:60], "XML"),
        ("", "XML"),
    ],
    ids=["another-domain", "no-uuid", "no-name", "cut", "empty"],
)
def test_a_kept_definition_by_which_another_domain_would_be_defined_is_refused(xml: str, problem: str) -> None:
    """Libvirt goes by what stands in the text, and makes a UUID up where there is none."""
    with pytest.raises(InvalidData, match=problem) as raised:
        parse_kept(GuestId(DNS.uuid), xml, POOLS, ())
    assert DNS.uuid in raised.value.where
