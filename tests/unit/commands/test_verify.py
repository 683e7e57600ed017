"""A plan says more than its steps: the commands that make them, and its status."""

import pytest
from tests.by_hand import guest, in_separate_zones, node, zones
from tests.certificates import Document, certified
from tests.unit.judge.test_against_brute_force import Case

from virtualisation_resource_distributor.cluster import Cluster, Guest, Trouble
from virtualisation_resource_distributor.commands.verify import Beside, check
from virtualisation_resource_distributor.judge.proof.certificate import certificate_of
from virtualisation_resource_distributor.judge.proof.verify import Refused, Verified
from virtualisation_resource_distributor.reports.migration import uris_of

UNREADABLE = Trouble(kind="unreadable", subject="node pve9", message="no answer")
BUNCHED = in_separate_zones("a", "b", guests=[guest("1", "a"), guest("2", "a")])
SPREAD = in_separate_zones("a", "b", guests=[guest("1", "a"), guest("2", "b")])


def checked(
    document: Document,
    cluster: Cluster,
    *troubles: Trouble,
    template: str = "qemu+ssh://{node}/system",
    is_live: bool = False,
) -> str | None:
    """Return why the plan is refused beside this cluster; None where it is not."""
    beside = Beside(cluster, uris_of(cluster, template), troubles, is_live=is_live)
    answer = check(certificate_of(document), beside)
    assert isinstance(answer, Refused | Verified)
    return answer.reason if isinstance(answer, Refused) else None


def domain(name: str, on: str) -> Guest:
    """Return a libvirt domain."""
    return guest(name, on)._replace(kind="domain", name=name)


def test_the_command_of_a_domain_rests_on_its_nodes_connections() -> None:
    """Which are settings, so a plan that was made with others is refused, and told why."""
    cluster = Cluster(
        zones=zones({"x": None, "y": None}),
        nodes=(node("a", "x"), node("b", "y")),
        guests=(domain("dns0", "a"), domain("dns1", "a")),
    )
    _, document = certified(Case(cluster))
    assert document["moves"][0]["command"].startswith("virsh --connect qemu+ssh://a/system migrate ")
    assert checked(document, cluster) is None
    told = "the command of step 1 is not the one that makes its move, with LIBVIRT_URI as it is now"
    assert checked(document, cluster, template="qemu+tls://{node}/system") == told


@pytest.mark.parametrize("is_live", [True, False])
def test_a_plan_with_something_to_do_has_the_status_of_an_alarm(is_live: bool) -> None:
    """Whatever could not be read."""
    _, document = certified(Case(BUNCHED))
    assert checked(document, BUNCHED, UNREADABLE, is_live=is_live) is None
    for status in (0, 69, 77, 1):
        told = f"its status is {status}, and that of such a plan is 78"
        assert checked(document | {"status": status}, BUNCHED, is_live=is_live) == told


def test_a_plan_with_nothing_to_do_has_the_status_of_the_troubles_then() -> None:
    """With the snapshot they are known; what is live may have others by now, but makes no alarm."""
    _, document = certified(Case(SPREAD))
    assert (document["moves"], document["status"]) == ([], 0)
    assert checked(document, SPREAD) is None
    assert checked(document, SPREAD, UNREADABLE) == "its status is 0, and that of such a plan is 69"
    assert checked(document | {"status": 69}, SPREAD, UNREADABLE) is None
    assert checked(document | {"status": 69}, SPREAD, is_live=True) is None
    for status in (78, 1):
        told = f"its status is {status}, and that of such a plan is 0"
        assert checked(document | {"status": status}, SPREAD, is_live=True) == told
