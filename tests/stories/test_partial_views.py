"""What `run` says of a cluster of which it doesn't see everything: never that all is well."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest
from tests.fake_proxmox import AUDIT, FakeAclEntry, FakeCluster, FakeGuest, FakeNode
from tests.fake_proxmox.state import NodeStatus
from tests.live import ALARM, Ran, Site, assert_clear, badly_spread, fine, selected, side_by_side

ALL = " ".join(AUDIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is changed about the two clusters, and the status before the fine one and the badly spread one.

    `befell` says what befell nodes, `given` which privileges the user has by path, `lines` how many lines there are.
    """

    befell: Mapping[str, NodeStatus] = field(default_factory=dict)
    given: Mapping[str, str] | None = None
    guests: tuple[FakeGuest, ...] = ()
    version: str = "8.4.1"
    fine: int
    bad: int
    lines: int = 0
    says: tuple[str, ...] = ()


VIEWS = {
    # privileges
    "no privileges": View(given={}, fine=77, bad=77, lines=2, says=("Pool.Audit on /pool", "VM.Audit on /vms")),
    "pools alone": View(given={"/": "Pool.Audit"}, fine=77, bad=77, lines=1, says=("VM.Audit on /vms",)),
    "guests alone": View(given={"/": "VM.Audit"}, fine=77, bad=77, lines=1, says=("Pool.Audit on /pool",)),
    "the first edition's": View(
        given={"/pool": "Pool.Allocate"}, fine=77, bad=77, lines=2, says=("VM.Audit on /vms", "pveum acl modify")
    ),
    "one pool": View(
        given={"/pool/dns": "Pool.Audit VM.Audit"}, fine=77, bad=77, lines=1, says=("Pool.Audit on /pool",)
    ),
    "both on /pool, 8.4": View(given={"/pool": "Pool.Audit VM.Audit"}, fine=0, bad=78),
    "both on /pool, 9": View(given={"/pool": "Pool.Audit VM.Audit"}, version="9.0.3", fine=0, bad=78),
    "both on /pool, 8.2": View(
        given={"/pool": "Pool.Audit VM.Audit"}, version="8.2.4", fine=77, bad=77, lines=1, says=("Sys.Audit on /",)
    ),
    "all, but one pool": View(
        given={"/": ALL, "/pool/svc/web": "VM.Audit"}, fine=77, bad=78, lines=1, says=("Pool.Audit on /pool/svc/web",)
    ),
    "all, but the bad pool": View(
        given={"/": ALL, "/pool/dns": "VM.Audit"}, fine=77, bad=77, lines=1, says=("Pool.Audit on /pool/dns",)
    ),
    "all, but the guests of the bad pool": View(
        given={"/pool": "Pool.Audit VM.Audit", "/pool/dns": "Pool.Audit"},
        fine=77,
        bad=77,
        lines=1,
        says=("VM.Audit on /pool/dns",),
    ),
    "all, but a guest and its pool": View(
        given={"/": ALL, "/pool/dns": "Pool.Audit", "/vms/100": "VM.Console"},
        fine=77,
        bad=77,
        lines=1,
        says=("VM.Audit on /pool/dns",),
    ),
    "no access to pools": View(given={"/": ALL, "/pool": ""}, fine=77, bad=77, lines=1, says=("Pool.Audit on /pool",)),
    "no access to guests": View(given={"/": ALL, "/vms": ""}, fine=77, bad=77, lines=1, says=("VM.Audit on /vms",)),
    # nodes
    "a node that just went down": View(befell={"pve3": "offline"}, fine=0, bad=0),
    "a node that is long gone": View(befell={"pve3": "long-offline"}, fine=0, bad=0),
    "a member's node that just went down": View(befell={"pve1": "offline"}, fine=0, bad=0),
    "a node whose status daemon hangs": View(
        befell={"pve3": "unknown"}, fine=69, bad=69, lines=1, says=("node pve3", "pvestatd")
    ),
    "a node whose status daemon hangs, 8.2": View(
        befell={"pve3": "unknown"}, version="8.2.4", fine=69, bad=69, lines=1, says=("node pve3",)
    ),
    "all status daemons hang": View(
        befell={"pve1": "unknown", "pve2": "unknown", "pve3": "unknown"}, fine=69, bad=69, lines=3
    ),
    "a node that is in no zone, with members": View(
        guests=(FakeGuest(vmid=103, node="pve4", pool="svc/web"),), fine=65, bad=78, lines=1, says=("pve4", "no zone")
    ),
    "a node that is in no zone, without": View(
        guests=(FakeGuest(vmid=103, node="pve4", pool="dns", status="stopped"),), fine=0, bad=78
    ),
    # guests
    "a state that nobody knows": View(
        guests=(FakeGuest(vmid=103, node="pve2", pool="dns", status="internal-error"),),
        fine=69,
        bad=69,
        lines=1,
        says=("guest 103",),
    ),
    "a state that nobody knows, in another pool": View(
        guests=(FakeGuest(vmid=103, node="pve2", pool="svc/web", status="colo"),),
        fine=69,
        bad=78,
        lines=1,
        says=("guest 103",),
    ),
    "a state that nobody knows, on a node that is down": View(
        guests=(FakeGuest(vmid=103, node="pve4", pool="dns", status="colo"),),
        befell={"pve4": "offline"},
        fine=0,
        bad=78,
    ),
}
CASES = [(cluster, name) for name in VIEWS for cluster in ("fine", "bad")]


def _cluster(cluster: FakeCluster, view: View) -> FakeCluster:
    names = sorted({node.name for node in cluster.nodes} | {guest.node for guest in view.guests})
    acl = cluster.acl
    if view.given is not None:
        acl = tuple(
            FakeAclEntry(path=path, who="vrd@pve", privileges=names.split()) for path, names in view.given.items()
        )
    return replace(
        cluster,
        nodes=tuple(FakeNode(name=name, status=view.befell.get(name, "online")) for name in names),
        guests=(*cluster.guests, *view.guests),
        acl=acl,
    )


def _run(site: Site[tuple[str, str]], case: tuple[str, str]) -> Ran:
    view = VIEWS[case[1]]
    site.fake.reset(_cluster(fine(view.version) if case[0] == "fine" else badly_spread(view.version), view))
    return site.run()


@pytest.fixture(scope="module")
def answers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Ran]:
    """Run all cases that are to be looked at, side by side."""
    chosen = [case for case in CASES if case in selected(request)]
    return side_by_side(tmp_path_factory.mktemp("views"), chosen, _run)


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_a_partial_view_is_told_beside_what_is_certain(
    case: tuple[str, str], answers: dict[tuple[str, str], Ran]
) -> None:
    """The one badly spread pool is named where that is certain, and nothing else ever is."""
    ran, view = answers[case], VIEWS[case[1]]
    assert_clear(ran)
    status = view.fine if case[0] == "fine" else view.bad
    assert ran.status == status, ran.stderr
    assert ran.stdout == (ALARM if status == 78 else "")
    assert len(ran.lines) == view.lines, ran.stderr
    assert all(words in ran.stderr for words in view.says), ran.stderr
