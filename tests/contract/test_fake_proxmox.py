"""The fake Proxmox behaves as the real one does, as far as a reader can tell."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
from tests.fake_proxmox import (
    AUDIT,
    FakeCluster,
    FakeGuest,
    FakeNode,
    FakeProxmox,
    FakeToken,
    FakeUser,
    small_cluster,
)
from tests.fake_proxmox.asking import RESOURCES, TOKEN, USER, ask, data, give, login, rows


@pytest.fixture(scope="module")
def shared() -> Iterator[FakeProxmox]:
    """Start one server for all tests."""
    with FakeProxmox(small_cluster(), TOKEN) as fake:
        yield fake


@pytest.fixture
def fake(shared: FakeProxmox) -> FakeProxmox:
    """Make the server as good as new."""
    shared.reset(small_cluster())
    return shared


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_refuses_and_counts_what_would_change_something(fake: FakeProxmox, method: str) -> None:
    """Only GET and the login are answered; the rest is refused, and told."""
    assert ask(fake, "/pools", method, data={"poolid": "new"}).status_code == 501
    assert fake.requests() == [f"{method} /pools"]
    fake.forget_requests()
    assert fake.requests() == []


def test_compresses_large_bodies_for_those_who_ask(fake: FakeProxmox) -> None:
    """Compression takes more than 1 KiB and a client that accepts it, and changes nothing else."""
    packed, plain = ask(fake, RESOURCES), ask(fake, RESOURCES, headers={"Accept-Encoding": "identity"})
    assert [answer.headers.get("Content-Encoding") for answer in (packed, plain)] == ["gzip", None]
    assert packed.content == plain.content
    assert "Content-Encoding" not in ask(fake, "/version").headers


def test_closes_the_connection_after_an_error_and_after_100_requests(fake: FakeProxmox) -> None:
    """Between them, it keeps it."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"PVEAPIToken={TOKEN}={fake.secret}"
        answers = [session.get(fake.url("/version"), verify=fake.ca_file) for _ in range(100)]
        assert [answer.headers["Connection"] for answer in answers] == ["Keep-Alive"] * 99 + ["close"]
        assert fake.connections() == 1
        for path in ("/no/such/path", "/version"):
            session.get(fake.url(path), verify=fake.ca_file)
        assert fake.connections() == 3


@pytest.mark.parametrize(("path", "status"), [("/no/such/path", 501), ("/version?what=1", 400), ("/../x", 501)])
def test_refuses_what_there_is_not(fake: FakeProxmox, path: str, status: int) -> None:
    """Paths and parameters that nobody knows are errors."""
    assert ask(fake, path).status_code == status


def test_a_ticket_is_given_for_the_password(fake: FakeProxmox) -> None:
    """It serves as a cookie, and as the password for the next ticket; a realm may stand apart."""
    form = {"username": "vrd", "realm": "pve", "password": FakeUser().password}
    given = ask(fake, "/access/ticket", "POST", data=form).json()["data"]
    assert given["username"] == USER
    assert {"CSRFPreventionToken", "cap", "ticket"} < set(given)
    cookie = {"Authorization": "", "Cookie": f"PVEAuthCookie={given['ticket']}"}
    assert ask(fake, "/cluster/status", headers=cookie).status_code == 200
    assert login(fake, given["ticket"]).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"Authorization": ""}, {"Authorization": f"PVEAPIToken={TOKEN}=x"}, {"Cookie": "PVEAuthCookie=PVE:vrd@pve:1::x"}],
)
def test_who_is_not_known_gets_an_empty_401(fake: FakeProxmox, headers: dict[str, str]) -> None:
    """The same goes for a wrong password, and it takes as long as the cluster says."""
    fake.change(replace(fake.cluster, seconds_before_401=0.1))
    for answer in (ask(fake, "/version", headers=headers), login(fake, "wrong"), login(fake, "x", "no@pve")):
        assert (answer.status_code, answer.content, answer.headers["Connection"]) == (401, b"", "close")
        assert answer.elapsed.total_seconds() >= 0.1


def test_a_separated_token_has_what_it_and_its_user_have(fake: FakeProxmox) -> None:
    """Without an entry of its own it has nothing; one that is not separated has what its user has."""
    give(fake, ("/", "VM.Audit Sys.Modify"))
    assert data(fake, "/access/permissions")["/"] == {"VM.Audit": 1}
    give(fake)
    assert data(fake, "/access/permissions") == {}
    fake.change(replace(fake.cluster, tokens=[FakeToken(privsep=False)]))
    assert set(data(fake, "/access/permissions")["/"]) == set(AUDIT)


def test_without_privileges_the_version_and_the_nodes_status_are_told(fake: FakeProxmox) -> None:
    """Everything else is missing, with status 200."""
    give(fake)
    assert data(fake, "/version") == {"version": "8.4.1", "release": "8.4", "repoid": "faa83925c9641325"}
    assert [row["type"] for row in data(fake, RESOURCES)] == ["node"] * 3
    assert "maxmem" not in rows(fake)["node/pve1"]
    assert data(fake, "/pools") == []


def test_pool_audit_alone_shows_pools_and_hides_guests(fake: FakeProxmox) -> None:
    """The pages of pools still list their members."""
    give(fake, ("/pool", "Pool.Audit"))
    assert {row["type"] for row in data(fake, RESOURCES)} == {"pool", "node"}
    assert data(fake, "/pools")[0] == {"poolid": "svc", "comment": "services"}
    assert [row["id"] for row in data(fake, "/pools/web")["members"]] == ["qemu/200", "qemu/201", "storage/pve1/ceph"]


def test_vm_audit_alone_shows_guests_without_their_pool(fake: FakeProxmox) -> None:
    """Nothing tells that something was left out."""
    give(fake, ("/vms", "VM.Audit"))
    assert list(rows(fake, "vmid")) == [101, 100, 1000, 200, 201]
    assert rows(fake, "pool") == {}


def test_storages_need_datastore_audit(fake: FakeProxmox) -> None:
    """Each is a row on each node that has it."""
    give(fake, ("/", "VM.Audit Pool.Audit Sys.Audit"))
    assert rows(fake, "storage") == {}
    give(fake, ("/storage/ceph", "Datastore.Audit"))
    assert [name for name in rows(fake) if name.startswith("storage")] == [f"storage/pve{n}/ceph" for n in (1, 2, 3)]


def test_a_snapshot_has_a_configuration_of_its_own(fake: FakeProxmox) -> None:
    """The list of snapshots ends with the present, which is none."""
    fake.change(replace(fake.cluster, guests=(FakeGuest(vmid=7, node="pve1", snapshots={"old": {"ide2": "none"}}),)))
    assert [row["name"] for row in data(fake, "/nodes/pve1/qemu/7/snapshot")] == ["old", "current"]
    assert data(fake, "/nodes/pve1/qemu/7/config?snapshot=old")["ide2"] == "none"


def test_a_pools_rights_are_its_guests_too(fake: FakeProxmox) -> None:
    """Nested pools have those of the pool that they lie in, and what holds on a guest itself is added."""
    give(fake, ("/pool/svc", "VM.Audit Pool.Audit"), ("/vms/200", "VM.Audit"))
    assert {number: row.get("pool") for number, row in rows(fake, "vmid").items()} == {
        **dict.fromkeys((100, 101), "svc/dns"),
        200: None,
    }
    assert data(fake, "/access/permissions")["/vms/100"] == {"VM.Audit": 0, "Pool.Audit": 0}


def test_the_longest_prefix_with_an_entry_decides(fake: FakeProxmox) -> None:
    """It replaces what is above; one without privileges takes all away, and so it is between guest and pool."""
    give(fake, ("/vms", "VM.Audit"), ("/vms/100", "Sys.Audit"), ("/vms/101", ""), ("/pool/svc", "VM.Audit"))
    assert sorted(rows(fake, "vmid")) == [100, 200, 201, 1000]
    give(fake, ("/vms", "VM.Audit"), ("/vms/200", "Sys.Audit"))
    assert sorted(rows(fake, "vmid")) == [100, 101, 201, 1000]
    give(fake, ("/vms", "VM.Audit"), ("/pool/web", ""))
    assert sorted(rows(fake, "vmid")) == [100, 101, 1000]
    give(fake, ("/", "VM.Audit"), ("/vms/200", "Sys.Audit"), ("/vms/1000", "Sys.Audit"))
    assert sorted(rows(fake, "vmid")) == [100, 101, 200, 201], "what holds above all holds on the pool, too"


def test_an_entry_that_does_not_propagate_holds_on_its_path_alone(fake: FakeProxmox) -> None:
    """Below it the one above holds."""
    give(fake, ("/vms", "VM.Audit"), ("/vms/200", "VM.Audit"), propagate=False)
    assert list(rows(fake, "vmid")) == [200]
    assert data(fake, "/access/permissions") == {"/vms": {"VM.Audit": 0}, "/vms/200": {"VM.Audit": 0}}


def test_permissions_are_listed_for_paths_that_matter(fake: FakeProxmox) -> None:
    """These are the topmost, those with entries of anybody, and the members of pools, where there are any."""
    give(fake, ("/vms", "VM.Audit"), ("/nodes/pve1", "Sys.Audit"))
    members = {f"/vms/{number}": {"VM.Audit": 1} for number in (100, 101, 200, 201)}
    assert data(fake, "/access/permissions") == {"/vms": {"VM.Audit": 1}, "/nodes/pve1": {"Sys.Audit": 1}, **members}


@pytest.mark.parametrize("version", ["8.2.4", "8.4.1"])
@pytest.mark.parametrize(
    "path", ["status", "ha/resources", "ha/groups", "ha/status/current", "ha/status/manager_status"]
)
def test_sys_audit_on_the_root_is_needed(fake: FakeProxmox, version: str, path: str) -> None:
    """The reason stands in the status line, and since 8.4 in the body."""
    fake.change(replace(fake.cluster, version=version))
    give(fake, ("/nodes", "Sys.Audit"))
    answer = ask(fake, f"/cluster/{path}")
    assert (answer.status_code, answer.reason) == (403, "Permission check failed (/, Sys.Audit)")
    assert ("message" in answer.json()) == (version == "8.4.1")


@pytest.mark.parametrize(
    ("status", "node", "guest", "named"),
    [
        ("online", "online", "running", True),
        ("offline", "offline", "running", True),
        ("long-offline", "offline", "unknown", False),
        ("unknown", "unknown", "unknown", False),
    ],
)
def test_a_node_that_fails_drags_its_guests_along(
    fake: FakeProxmox, status: Any, node: str, guest: str, named: bool
) -> None:
    """After five minutes, or when the status daemon hangs, only the guest's place and pool are known."""
    nodes = (FakeNode(name="pve1", status=status), *fake.cluster.nodes[1:])
    fake.change(replace(fake.cluster, nodes=nodes))
    found = rows(fake)
    assert (found["node/pve1"]["status"], found["qemu/100"]["status"]) == (node, guest)
    assert [key in found["qemu/100"] for key in ("name", "template", "maxmem", "maxcpu")] == [named] * 4
    assert found["qemu/100"]["pool"] == "svc/dns"
    assert ask(fake, "/nodes/pve1/status").status_code == (595 if node == "offline" else 200)


def test_tells_guests_as_they_are(fake: FakeProxmox) -> None:
    """Odd names and statuses, fractions of a processor, locks, tags and templates come through; sorted as text."""
    odd = [
        FakeGuest(vmid=9, node="pve1", name="ä 'b' \"c\" 你", pool="a b'ü", status="io-error", type="lxc", maxcpu=0.5)
    ]
    fake.change(replace(fake.cluster, guests=[*fake.cluster.guests, *odd]))
    found = rows(fake)
    assert list(found) == sorted(found)
    assert {key: found["lxc/9"][key] for key in ("name", "pool", "status", "maxcpu", "vmid", "template")} == {
        "name": odd[0].name, "pool": odd[0].pool, "status": "io-error", "maxcpu": 0.5, "vmid": 9, "template": 0,
    }  # fmt: skip
    assert (found["qemu/200"]["lock"], found["qemu/100"]["tags"], found["qemu/1000"]["template"]) == (
        "backup", "prod;west", 1,
    )  # fmt: skip
    assert data(fake, "/pools/a%20b'%C3%BC")["members"][0]["vmid"] == 9
    assert data(fake, "/nodes/pve1/qemu/100/config")["name"] == "dns0"


@pytest.mark.parametrize("version", ["7.4-3", "8.2.4", "8.3.0", "9.0.5"])
def test_maintenance_is_told_by_the_rows_since_83(fake: FakeProxmox, version: str) -> None:
    """By the text of the current status always, by `hastate` since then, and only where high availability is in use."""
    fake.change(small_cluster(version))
    told = [rows(fake)[f"node/pve{number}"].get("hastate") for number in (1, 3)]
    assert told == (["online", "maintenance"] if version >= "8.3" else [None, None])
    agents = {row["id"]: row["status"] for row in data(fake, "/cluster/ha/status/current")}
    assert agents["lrm:pve3"] == "pve3 (maintenance mode, Sat Nov 21 08:00:00 2026)"
    assert data(fake, "/cluster/ha/status/manager_status")["manager_status"]["node_status"]["pve3"] == "maintenance"
    fake.change(FakeCluster(version=version, nodes=[FakeNode(name="pve1")]))
    assert "hastate" not in rows(fake)["node/pve1"]
    assert [row["type"] for row in data(fake, "/cluster/ha/status/current")] == ["quorum"]


def test_groups_are_until_8_and_rules_since_9(fake: FakeProxmox) -> None:
    """The page of the other version is an error."""
    assert (
        data(fake, "/cluster/ha/groups")[0].items()
        >= {"group": "west", "nodes": "pve1:2,pve2", "restricted": 1}.items()
    )
    assert data(fake, "/cluster/ha/resources")[0]["group"] == "west"
    assert ask(fake, "/cluster/ha/rules").status_code == 501
    fake.change(small_cluster("9.0.5"))
    strict, apart = data(fake, "/cluster/ha/rules")
    assert (
        strict.items() >= {"type": "node-affinity", "nodes": "pve1:2,pve2", "strict": 1, "resources": "vm:100"}.items()
    )
    assert apart.items() >= {"affinity": "negative", "disable": 1, "resources": "ct:101,vm:100"}.items()
    assert data(fake, "/cluster/ha/resources")[0]["failback"] == 1
    assert ask(fake, "/cluster/ha/groups").reason == "cannot index groups: ha groups have been migrated to rules"


def test_one_kind_of_resource_can_be_asked_for(fake: FakeProxmox) -> None:
    """Other kinds than these are refused."""
    assert {row["type"] for row in data(fake, f"{RESOURCES}?type=vm")} == {"qemu", "lxc"}
    assert [row["node"] for row in data(fake, f"{RESOURCES}?type=node")] == ["pve1", "pve2", "pve3"]
    assert ask(fake, f"{RESOURCES}?type=what").status_code == 400


def test_nested_pools_are_read_by_parameter_since_81(fake: FakeProxmox) -> None:
    """The path of a pool can't name them, and the parameter is refused before."""
    [pool] = data(fake, "/pools?poolid=svc/dns")
    assert (pool["poolid"], [row["vmid"] for row in pool["members"]]) == ("svc/dns", [100, 101])
    assert data(fake, "/pools/svc") == {"members": [], "comment": "services"}
    assert [ask(fake, f"/pools/{name}").status_code for name in ("svc/dns", "svc%2Fdns", "none")] == [501, 501, 500]
    fake.change(replace(fake.cluster, version="8.0.4"))
    assert ask(fake, "/pools?poolid=web").json()["errors"].keys() == {"poolid"}


def test_a_node_that_is_down_answers_595_to_those_who_may_ask(fake: FakeProxmox) -> None:
    """The body is empty, it takes as long as the cluster says, and missing rights are told first."""
    down = FakeNode(name="pve3", status="offline")
    fake.change(replace(fake.cluster, nodes=(*fake.cluster.nodes[:2], down), seconds_before_595=0.1))
    answer = ask(fake, "/nodes/pve3/qemu/201/config")
    assert (answer.status_code, answer.content) == (595, b"")
    assert answer.elapsed.total_seconds() >= 0.1
    give(fake)
    assert ask(fake, "/nodes/pve3/qemu/201/config").reason == "Permission check failed (/vms/201, VM.Audit)"


def test_cluster_status_tells_who_answers(fake: FakeProxmox) -> None:
    """It is the first node that is up, and quorum takes more than half of them."""
    first = FakeNode(name="pve1", status="long-offline")
    fake.change(replace(fake.cluster, nodes=(first, *fake.cluster.nodes[1:])))
    cluster, *nodes = data(fake, "/cluster/status")
    assert (cluster["name"], cluster["quorate"]) == ("lab", 1)
    assert [(node["name"], node["online"], node["local"]) for node in nodes] == [
        ("pve1", 0, 0), ("pve2", 1, 1), ("pve3", 1, 0),
    ]  # fmt: skip
