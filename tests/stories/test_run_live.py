"""An operator runs the check on a live cluster, as the first edition was run, and from a snapshot of it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.databases import dump, make_first_edition
from tests.fake_proxmox import FakeAclEntry, FakeCluster, FakeGuest, FakeNode, FakeProxmox
from tests.live import ALARM, PASSWORD, Ran, assert_clear, badly_spread, fine, make_database, run

HIDDEN = FakeAclEntry(path="/pool/svc/web", who="vrd@pve", privileges=("VM.Audit",))
EVERYTHING = FakeAclEntry(path="/", who="vrd@pve")
VIEWS: dict[str, tuple[FakeCluster, int]] = {
    "fine": (fine(), 0),
    "bad": (badly_spread(), 78),
    "a hidden pool": (replace(badly_spread(), acl=(EVERYTHING, HIDDEN)), 78),
    "a hidden pool alone": (replace(fine(), acl=(EVERYTHING, HIDDEN)), 77),
    "a hanging node": (
        replace(fine(), nodes=(FakeNode(name="pve1"), FakeNode(name="pve2"), FakeNode(name="pve3", status="unknown"))),
        69,
    ),
    "a node in no zone": (
        replace(
            fine(),
            nodes=(*fine().nodes, FakeNode(name="späße")),
            guests=(*fine().guests, FakeGuest(vmid=103, node="späße", pool="漢字", name="a b")),
        ),
        65,
    ),
    "rules unread": (
        replace(badly_spread("9.0.3"), acl=(FakeAclEntry(path="/pool", who="vrd@pve"),)),
        78,
    ),
}
TROUBLE_IN = {"a hidden pool": 77, "a hidden pool alone": 77, "a hanging node": 69}
"""Which of these are partial as they were read, and with which status; the rest is for the judgement to say."""


@pytest.fixture(scope="module")
def shared() -> Iterator[FakeProxmox]:
    """Start one server for all tests."""
    with FakeProxmox(fine()) as server:
        yield server


@pytest.fixture
def fake(shared: FakeProxmox) -> FakeProxmox:
    """Make the server as good as new."""
    shared.reset(fine())
    return shared


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a database with two zones and three nodes; reading commands leave it as it is."""
    return make_database(tmp_path_factory.mktemp("model") / "model.sqlite3")


def _first_edition(folder: Path, fake: FakeProxmox) -> Path:
    """Make what the first edition left: its database with an orphan, `.env` in the working directory, the secret."""
    database = folder / "virtualisation-resource-distributor.sqlite3"
    make_first_edition(database)
    fake.environment(folder)
    lines = (
        f"PROXMOX_HOST={fake.host}",
        "PROXMOX_USERNAME='vrd'",
        'PROXMOX_REALM="pve"',
        "# a comment, and a setting that is not known any more",
        "PROXMOX_PASSWORD_FILE=/nowhere",
        "PROXMOX_VERIFY_SSL=False",
        f"export DATABASE_PATH={database}",
        'EXCLUDE_POOLS_NAMES=["build"]',
        f"SECRETS_DIRECTORY={folder}",
    )
    (folder / ".env").write_text("\n".join(lines), "utf-8")
    (folder / ".env").chmod(0o644)
    return database


@pytest.mark.parametrize(
    ("dns", "orphaned", "status", "answer"),
    [
        (("pve1", "pve2"), False, 0, ""),
        (("pve1", "pve1"), False, 78, ALARM),
        (("pve1", "pve2"), True, 65, ""),
        (("pve1", "pve1"), True, 78, ALARM),
    ],
)
def test_the_first_editions_files_work_as_they_are(
    fake: FakeProxmox, tmp_path: Path, *, dns: tuple[str, str], orphaned: bool, status: int, answer: str
) -> None:
    """Its database is not written to; a node whose zone was deleted under it is told where members run on it."""
    database = _first_edition(tmp_path, fake)
    guests = [FakeGuest(vmid=100 + i, node=node, pool="dns") for i, node in enumerate(dns)]
    guests += [FakeGuest(vmid=200 + i, node="pve1", pool="build") for i in range(3)]
    if orphaned:
        guests.append(FakeGuest(vmid=300, node="pve3", pool="web"))
    nodes = tuple(FakeNode(name=name) for name in ("pve1", "pve2", "pve3"))
    fake.reset(replace(fine(), nodes=nodes, guests=tuple(guests), ha_rules=(), ha_groups=(), pools=()))
    before, files = database.read_bytes(), sorted(tmp_path.iterdir())
    ran = run(database, {"DATABASE_PATH": ""}, "run")
    assert_clear(ran)
    assert (ran.status, ran.stdout) == (status, answer)
    assert len(ran.lines) == orphaned
    assert ("pve3" in ran.stderr) == orphaned
    assert (database.read_bytes(), sorted(tmp_path.iterdir())) == (before, files)
    assert dump(database)


@pytest.mark.parametrize("arguments", [(), ("--verbose",), ("--format", "json")], ids=" ".join)
@pytest.mark.parametrize("view", VIEWS)
def test_a_snapshot_answers_as_the_live_cluster_did(
    fake: FakeProxmox, database: Path, tmp_path: Path, view: str, arguments: tuple[str, ...]
) -> None:
    """Whole or partial, text or document: only the time may differ, and the file keeps its troubles."""
    cluster, status = VIEWS[view]
    fake.reset(cluster)
    settings = fake.environment(tmp_path)
    live = run(database, settings, "run", *arguments)
    taken = run(database, settings, "snapshot", "--output", str(tmp_path / "cluster.json"))
    later = run(database, {"DATABASE_PATH": "/nowhere"}, "run", "--from", str(tmp_path / "cluster.json"), *arguments)
    for ran in (live, taken, later):
        assert_clear(ran)
    assert (live.status, later.status) == (status, status)
    assert taken.stdout == ""
    assert taken.status == TROUBLE_IN.get(view, 0)
    assert _timeless(live, arguments) == _timeless(later, arguments)
    assert PASSWORD not in (tmp_path / "cluster.json").read_text("ascii")


def _timeless(ran: Ran, arguments: tuple[str, ...]) -> tuple[Any, str]:
    """Return what was answered, without the time that a document names."""
    if "json" not in arguments:
        return ran.stdout, ran.stderr
    return json.loads(ran.stdout) | {"taken_at": None}, ran.stderr


def test_the_document_has_its_fields_whatever_is_wrong(fake: FakeProxmox, database: Path, tmp_path: Path) -> None:
    """It says what the exit status says, and holds each trouble as an error."""
    fake.reset(VIEWS["a hidden pool"][0])
    ran = run(database, fake.environment(tmp_path), "run", "--format", "json")
    document = json.loads(ran.stdout)
    assert ran.stdout.isascii()
    assert list(document) == ["schema", "cluster", "taken_at", "status", "pools", "findings"]
    assert (document["schema"], document["status"]) == (1, 78)
    (dns,) = (pool for pool in document["pools"] if pool["name"] == "dns")
    assert dns == {
        "name": "dns",
        "verdict": "migrate",
        "policy": "distinct",
        "members": 2,
        "levels": [{"level": "zone:0", "used": 1, "possible": 2}, {"level": "node", "used": 2, "possible": 2}],
        "placement": [
            {"guest": "100", "name": "dns0", "node": "pve1", "zone": "ams"},
            {"guest": "101", "name": "dns1", "node": "pve2", "zone": "ams"},
        ],
        "reason": None,
    }
    assert [pool["name"] for pool in document["pools"]] == sorted(pool["name"] for pool in document["pools"])
    assert [finding["code"] for finding in document["findings"] if finding["severity"] == "error"] == [
        "missing-privilege"
    ]


@pytest.mark.parametrize("arguments", [("run", "--format", "json"), ("snapshot",)], ids=" ".join)
def test_where_nothing_can_be_read_there_is_no_document(
    fake: FakeProxmox, database: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """One line on standard error is all."""
    fake.set_fault("*", "500")
    ran = run(database, fake.environment(tmp_path), *arguments)
    assert (ran.status, ran.stdout, len(ran.lines)) == (69, "", 1)


@pytest.mark.parametrize(
    ("view", "pools", "status", "answer"),
    [
        ("bad", ("dns",), 78, ALARM),
        ("bad", ("svc/web",), 0, ""),
        ("bad", ("svc/web", "dns", "dns"), 78, ALARM),
        ("bad", ("dn",), 64, ""),
        ("bad", ("dns", "none"), 64, ""),
        ("bad", ("",), 64, ""),
        ("bad", ("void",), 0, ""),
        ("a hidden pool", ("dns",), 78, ALARM),
        ("a hidden pool", ("svc/web",), 77, ""),
        ("a hidden pool", ("svc/web", "dns"), 78, ALARM),
        ("a hidden pool", ("void",), 77, ""),
        ("a hanging node", ("dns",), 69, ""),
        ("a hanging node", ("svc",), 69, ""),
    ],
)
def test_some_pools_may_be_asked_for(
    fake: FakeProxmox, database: Path, tmp_path: Path, *, view: str, pools: tuple[str, ...], status: int, answer: str
) -> None:
    """They limit the answer and not the troubles; one that is not there is wrong usage, unless it may be hidden."""
    fake.reset(VIEWS[view][0])
    ran = run(database, fake.environment(tmp_path), "run", *(word for pool in pools for word in ("--pool", pool)))
    assert_clear(ran)
    assert (ran.status, ran.stdout) == (status, answer)
    assert ("can't be seen" in ran.stderr) == (view == "a hidden pool" and "svc/web" in pools)


def test_an_excluded_pool_is_silent_and_still_told_on_request(
    fake: FakeProxmox, database: Path, tmp_path: Path
) -> None:
    """However badly it is spread, and asked for or not."""
    fake.reset(badly_spread())
    settings = fake.environment(tmp_path) | {"EXCLUDE_POOLS_NAMES": '["dns", "none"]'}
    for arguments in ((), ("--pool", "dns")):
        ran = run(database, settings, "run", *arguments)
        assert (ran.status, ran.stdout, ran.stderr) == (0, "", "")
    assert "Pool 'dns' is excluded\n" in run(database, settings, "run", "--verbose").stdout


def test_a_model_without_zones_is_told_in_one_line(fake: FakeProxmox, tmp_path: Path) -> None:
    """It says which commands create them, however many nodes there are."""
    database = make_database(tmp_path / "model.sqlite3", {})
    ran = run(database, fake.environment(tmp_path), "run")
    assert (ran.status, ran.stdout, len(ran.lines)) == (65, "", 1)
    assert "create-zone" in ran.stderr


@pytest.mark.parametrize("arguments", [("run",), ("run", "--verbose"), ("run", "--format", "json"), ("snapshot",)])
@pytest.mark.parametrize("name", ["a\x1b[2Jb", "a\nPool 'x' has members to migrate", "a\x9bb"])
def test_no_control_character_of_a_name_reaches_the_terminal(
    fake: FakeProxmox, database: Path, tmp_path: Path, name: str, arguments: tuple[str, ...]
) -> None:
    """Such names are refused, in one line that has no lines of theirs."""
    fake.reset(replace(badly_spread(), guests=(FakeGuest(vmid=100, node="pve1", pool="dns", name=name),)))
    ran = run(database, fake.environment(tmp_path), *arguments)
    assert_clear(ran)
    assert (ran.status, ran.stdout, len(ran.lines)) == (65, "", 1)
    assert ran.lines[0].isprintable()
