"""What a domain's definition tells."""

import pytest
from tests.libvirt_nodes import TestDomain

from virtualisation_resource_distributor.cluster import NodeName
from virtualisation_resource_distributor.sources.libvirt.answers import Activity, Answers, NodeAnswers, NodeFault
from virtualisation_resource_distributor.sources.libvirt.parse import parse_domain, parse_guests, parse_nodes

KIB = 1024
OTHERS_METADATA = """<domain><name>a</name><metadata>
  <x:guest xmlns:x='urn:somebody'><x:pool>theirs</x:pool></x:guest>
  <guest><pool>nobody's</pool></guest>
</metadata></domain>"""


def _node(*domains: tuple[TestDomain, Activity]) -> NodeAnswers:
    return NodeAnswers(
        memory_bytes=1024,
        vcpus=2,
        xml={domain.uuid: domain.xml() for domain, _ in domains},
        activity={domain.uuid: activity for domain, activity in domains},
    )


def test_name_sizes_and_pool_are_those_of_the_definition() -> None:
    """Memory is the most that it may use, and so are processors."""
    domain = parse_domain(TestDomain(name="dns0", memory_kib=65536, vcpus=3, pools=("dns",)).xml())
    assert (domain.name, domain.memory_bytes, domain.vcpus, domain.pools) == ("dns0", 65536 * KIB, 3, ("dns",))
    assert (domain.pinned, domain.fault) == (None, None)


@pytest.mark.parametrize(
    ("memory", "size"),
    [
        ("<memory>64</memory>", 64 * KIB),
        ("<memory unit='bytes'>64</memory>", 64),
        ("<memory unit='GiB'>2</memory>", 2 * 2**30),
        ("<memory unit='furlong'>2</memory>", None),
        ("<memory unit='KiB'>0</memory>", None),
        ("<memory unit='KiB'>-5</memory>", None),
        ("<memory unit='KiB'>many</memory>", None),
        ("", None),
    ],
)
def test_a_size_is_exact_or_unknown(memory: str, size: int | None) -> None:
    """Nothing is taken for 0."""
    assert parse_domain(f"<domain><name>a</name>{memory}<vcpu>x</vcpu></domain>")[1:3] == (size, None)


def test_metadata_of_others_names_no_pool_of_ours() -> None:
    """Only the element of our own namespace counts."""
    assert parse_domain(OTHERS_METADATA).pools == ()


@pytest.mark.parametrize(
    ("xml", "fault"),
    [
        ("<domain>", "no XML"),
        ("", "no XML"),
    ],
)
def test_a_definition_that_can_not_be_used_says_why(xml: str, fault: str) -> None:
    """It does not stop the reading of others."""
    assert fault in (parse_domain(xml).fault or "")


@pytest.mark.parametrize(
    ("state", "status", "runs"),
    [
        *((1, "running", True), (2, "running", True), (4, "running", True)),
        *((3, "paused", True), (7, "paused", True)),
        *((5, "stopped", False), (6, "crashed", False), (0, "unknown", False), (8, "unknown", False)),
    ],
)
def test_states_are_known_or_unknown(state: int, status: str, *, runs: bool) -> None:
    """One that nobody knows is never taken for stopped."""
    node = _node((TestDomain(name="a"), Activity(state=state, reason=0)))
    ((guest, _),) = parse_guests(Answers(nodes={NodeName("n1"): node}, faults={}), ())
    assert (guest.status, guest.runs, guest.kind, guest.locked) == (status, runs, "domain", False)


def test_a_domain_that_is_being_migrated_is_one_row_where_it_comes_from() -> None:
    """Locked; a definition of it that is shut off elsewhere stays a row."""
    domain = TestDomain(name="a")
    nodes = {
        NodeName("n1"): _node((domain, Activity(state=3, reason=11, job="incoming"))),
        NodeName("n2"): _node((domain, Activity(state=1, reason=1, job="outgoing"))),
        NodeName("n3"): _node((domain, Activity(state=5, reason=4))),
    }
    guests = [guest for guest, _ in parse_guests(Answers(nodes=nodes, faults={}), ())]
    assert [(guest.node, guest.status, guest.locked) for guest in guests] == [
        ("n2", "running", True),
        ("n3", "stopped", False),
    ]


def test_a_domain_that_comes_from_out_of_sight_has_no_known_status() -> None:
    """Its other end may be on a node that was not read."""
    nodes = {NodeName("n1"): _node((TestDomain(name="a"), Activity(state=3, reason=2, job="incoming")))}
    faults = {NodeName("n2"): NodeFault(kind="unreadable", message="no answer")}
    ((guest, _),) = parse_guests(Answers(nodes=nodes, faults=faults), ())
    assert (guest.node, guest.status) == ("n1", "unknown")


def test_a_domain_that_never_stood_still_has_no_known_status() -> None:
    """Unless it is seen to be shut off."""
    domain = TestDomain(name="a")
    nodes = {
        NodeName("n1"): _node((domain, Activity(state=1, reason=1))),
        NodeName("n2"): _node((domain, Activity(state=5, reason=1))),
    }
    answers = Answers(nodes=nodes, faults={}, unsettled=frozenset({domain.uuid}))
    assert [guest.status for guest, _ in parse_guests(answers, ())] == ["unknown", "stopped"]


def test_a_name_that_can_not_be_shown_is_told_as_the_uuid() -> None:
    """All else is known of it, and patterns see the name as it is."""
    domain = TestDomain(name="a\tb", pools=("dns",))
    node = _node((domain, Activity(state=1, reason=1)))
    ((guest, parsed),) = parse_guests(Answers(nodes={NodeName("n1"): node}, faults={}), ())
    assert (guest.name, guest.status, parsed.name, parsed.pools) == (domain.uuid, "running", "a\tb", ("dns",))


def test_nodes_have_their_sizes_and_those_without_an_answer_are_offline() -> None:
    """A size of 0 is unknown."""
    silent = NodeAnswers(memory_bytes=0, vcpus=0, xml={}, activity={})
    nodes = parse_nodes(
        Answers(
            nodes={NodeName("n1"): _node(), NodeName("n2"): silent},
            faults={NodeName("n3"): NodeFault(kind="unreadable", message="no answer")},
        )
    )
    assert [(node.name, node.status, node.memory_bytes, node.vcpus) for node in nodes] == [
        ("n1", "online", 1024, 2),
        ("n2", "online", None, None),
        ("n3", "offline", None, None),
    ]
