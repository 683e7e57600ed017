"""A monitoring system calls the plugin, and whatever happens it reads one line and a state from 0 to 3."""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests import plugin_line
from tests.databases import program_environment
from tests.documents import encoded
from tests.fake_proxmox import FakeAclEntry, FakeCluster, FakeGuest, FakeNode, FakeProxmox
from tests.live import PASSWORD, PROGRAM, Ran, badly_spread, fine, make_database, run
from tests.strategies import ODD_NAMES

HIDDEN = (
    FakeAclEntry(path="/", who="vrd@pve"),
    FakeAclEntry(path="/pool/svc/web", who="vrd@pve", privileges=("VM.Audit",)),
)
HANGING = tuple(FakeNode(name=f"pve{i}", status="unknown" if i == 3 else "online") for i in (1, 2, 3))
STRANGE = (*fine().nodes, FakeNode(name="pve4"))
ON_STRANGE = FakeGuest(vmid=103, node="pve4", pool="svc/web")


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
    """Make a database with two zones and three nodes."""
    return make_database(tmp_path_factory.mktemp("model") / "model.sqlite3")


def _said(ran: Ran) -> plugin_line.PluginLine:
    """Return what a monitoring system reads: one line on standard output, of the state that is the exit status."""
    assert ran.stderr == ""
    assert PASSWORD not in ran.stdout
    said = plugin_line.read(ran.stdout)
    assert said.state == ran.status
    return said


CLUSTERS: dict[str, tuple[FakeCluster, int, tuple[str, ...]]] = {
    "fine": (fine(), 0, ("4 pools: 2 spread, 2 empty",)),
    "badly spread": (badly_spread(), 2, ("1 to migrate", "Pool 'dns' has members to migrate")),
    "a hidden pool": (
        replace(fine(), acl=HIDDEN),
        3,
        ("1 trouble", "missing-privilege: ", "Pool.Audit on /pool/svc/web"),
    ),
    "a hidden pool, and one badly spread": (
        replace(badly_spread(), acl=HIDDEN),
        2,
        ("1 to migrate", "1 trouble", "Pool 'dns' has members to migrate", "missing-privilege: "),
    ),
    "no privileges": (replace(fine(), acl=()), 3, ("no pools", "2 troubles", "missing-privilege: ")),
    "a hanging node": (replace(fine(), nodes=HANGING), 3, ("1 trouble", "partial-view: node pve3")),
    "a node in no zone": (
        replace(fine(), nodes=STRANGE, guests=(*fine().guests, ON_STRANGE)),
        3,
        ("1 unknown", "1 trouble", "Nothing can be said of 'svc/web'", "node-without-zone: pve4"),
    ),
}


@pytest.mark.parametrize("name", CLUSTERS)
def test_the_state_is_what_is_certain_and_else_that_it_is_not_known(
    fake: FakeProxmox, database: Path, tmp_path: Path, name: str
) -> None:
    """Alarms and troubles are both in the line, and performance data is there in each state."""
    cluster, state, words = CLUSTERS[name]
    fake.reset(cluster)
    ran = run(database, fake.environment(tmp_path), "monitor")
    said = _said(ran)
    assert said.state == state
    for word in words:
        assert word in said.text
    assert said.values["migrate"].value == ("Pool 'dns'" in said.text)
    assert 0 < said.values["time"].value < ran.seconds


FAULTS = {
    "401": "was refused",
    "403": "may not GET /version",
    "500": "answered 500",
    "html": "answered with HTML",
    "dropped": "closed the connection",
    "hang": "no whole answer to GET /version within 1 s",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_host_that_gives_no_answer_is_unknown_with_the_reason(
    fake: FakeProxmox, database: Path, tmp_path: Path, fault: str
) -> None:
    """No performance data is made up."""
    fake.set_fault("login" if fault == "401" else "/version", fault)
    said = _said(run(database, fake.environment(tmp_path) | {"PROXMOX_TIMEOUT": "1"}, "monitor"))
    assert (said.state, said.values) == (3, {})
    assert FAULTS[fault] in said.text


WRONG = {
    "--pol dns": f"there is no option '--pol'; near it: '--pool'; see {PROGRAM} monitor --help",
    "--pool": f"Option '--pool' requires an argument; see {PROGRAM} monitor --help",
    "--timeout soon": "is not a valid integer range",
    "--timeout 0": "is not in the range 1<=x<=3600",
    "now": "Got unexpected extra argument (now)",
    "--pool dn": "there is no pool 'dn'; near it: 'dns'; the command `run --verbose` lists all pools",
    "--from none.json": "none.json: can't be read: No such file or directory; expected a snapshot",
    "--from /dev/null": "is not JSON",
}


@pytest.mark.parametrize("arguments", WRONG)
def test_a_wrong_call_is_unknown_in_one_line(fake: FakeProxmox, database: Path, tmp_path: Path, arguments: str) -> None:
    """It stands on standard output, where monitoring systems read."""
    said = _said(run(database, fake.environment(tmp_path), "monitor", *arguments.split()))
    assert (said.state, said.values) == (3, {})
    assert WRONG[arguments] in said.text


SETTINGS = {
    "PROXMOX_VERIFY_SSL=maybe": "setting PROXMOX_VERIFY_SSL is 'maybe'; expected True or False",
    "EXCLUDE_POOLS_NAMES=[|": r"setting EXCLUDE_POOLS_NAMES is '[\x7c'; expected a JSON list",
    "DATABASE_PATH=/nowhere/model": "database /nowhere/model is not there; create it with init-database",
    "SECRETS_DIRECTORY=/nowhere": "the secret can't be read",
    "PROXMOX_HOST=127.0.0.1:1": "can't be reached",
    "PROXMOX_HOST=a\nb": "setting PROXMOX_HOST has a value",
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_that_is_wrong_is_unknown_in_one_line(
    fake: FakeProxmox, database: Path, tmp_path: Path, setting: str
) -> None:
    """So are a missing database, a missing secret and a dead host."""
    key, _, value = setting.partition("=")
    said = _said(run(database, fake.environment(tmp_path) | {key: value}, "monitor"))
    assert (said.state, said.values) == (3, {})
    assert SETTINGS[setting] in said.text


def test_pools_may_be_asked_for_as_in_run(fake: FakeProxmox, database: Path, tmp_path: Path) -> None:
    """They alone are counted; an excluded pool is fine however badly it is spread."""
    fake.reset(badly_spread())
    settings = fake.environment(tmp_path)
    said = _said(run(database, settings, "monitor", "--pool", "svc/web", "--pool", "void"))
    assert (said.state, said.text) == (0, "2 pools: 1 spread, 1 empty")
    said = _said(run(database, settings | {"EXCLUDE_POOLS_NAMES": '["dns"]'}, "monitor", "--pool=dns"))
    assert (said.state, said.text) == (0, "1 pool: 1 excluded")
    fake.reset(replace(fine(), acl=()))
    said = _said(run(database, settings, "monitor", "--pool", "dns"))
    assert said.state == 3
    assert "of the pools asked for, 'dns' can't be seen" in said.text


def test_names_of_all_kinds_stay_in_the_line(database: Path, tmp_path: Path) -> None:
    """Quotes, bars, pipes of shells, other scripts: each badly spread pool alone, then all of them at once."""
    zones, nodes = [{"name": "a"}, {"name": "b"}], [{"name": "a", "zone": "a"}, {"name": "b", "zone": "b"}]
    document = {"schema": 1, "zones": zones, "nodes": nodes, "guests": list(_pairs(ODD_NAMES))}
    (tmp_path / "odd.json").write_bytes(encoded(document))
    said = _said(run(database, {}, "monitor", "--from", str(tmp_path / "odd.json")))
    assert said.values["migrate"].value == len(ODD_NAMES)
    for name, shown in (("a|b&c", r"a\x7cb&c"), ("it's", "it's"), ("\u202eabc", r"\u202eabc")):
        said = _said(run(database, {}, "monitor", "--from", str(tmp_path / "odd.json"), f"--pool={name}"))
        assert (said.state, said.text) == (2, f"1 pool: 1 to migrate; Pool '{shown}' has members to migrate")


def _pairs(pools: tuple[str, ...]) -> Iterator[dict[str, str]]:
    for number, pool in enumerate(pools):
        for twin in "xy":
            yield {"id": f"{number}{twin}", "node": "a", "pool": pool}


def test_help_and_version_are_no_verdict(database: Path) -> None:
    """A check that was configured so by mistake is never green."""
    for arguments in ("monitor --help", "monitor -h", "monitor -V", "monitor --version", "--version monitor"):
        ran = run(database, {}, *arguments.split())
        assert (ran.status, ran.stderr) == (3, "")
        assert ran.stdout


def test_the_deadline_ends_it_before_the_monitoring_system_does(
    fake: FakeProxmox, database: Path, tmp_path: Path
) -> None:
    """However long single requests may take, and however many there are."""
    fake.set_fault("/cluster/resources", "drip:30")
    ran = run(database, fake.environment(tmp_path) | {"PROXMOX_TIMEOUT": "30"}, "monitor", "-t", "1")
    assert _said(ran).text.startswith("no answer within 1 s, so nothing is known; lower the source's own")
    assert ran.status == 3
    assert 1 <= ran.seconds < 6


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGINT, "interrupted"),
        (signal.SIGTERM, "ended by a signal before there was an answer, so nothing is known"),
        (signal.SIGHUP, "ended by a signal before there was an answer, so nothing is known"),
    ],
)
def test_a_signal_is_unknown_and_told(
    number: int, words: str, fake: FakeProxmox, database: Path, tmp_path: Path
) -> None:
    """130 would be out of bounds, and a death by a signal tells nothing."""
    fake.set_fault("/cluster/resources", "hang")
    environment = program_environment(database) | fake.environment(tmp_path) | {"PROXMOX_TIMEOUT": "30"}
    command = [sys.executable, "-m", "virtualisation_resource_distributor", "monitor"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        end = time.monotonic() + 20
        while "GET /cluster/resources" not in fake.requests():
            assert time.monotonic() < end
            time.sleep(0.02)
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=10)
    assert (process.returncode, stderr.strip()) == (3, b"")
    assert stdout.decode() == f"VRD UNKNOWN - {words}\n"


@pytest.mark.parametrize(
    ("example", "output", "state"),
    [
        ("bunched", ">/dev/full", 2),
        ("bunched", ">&-", 2),
        ("bunched", "2>&- <&-", 2),
        ("bunched", ">&- 2>&-", 2),
        ("bunched", "| true", 2),
        ("mended", ">/dev/full", 3),
        ("mended", ">&-", 3),
        ("mended", ">&- 2>&-", 3),
        ("mended", "2>/dev/full", 0),
        ("mended", "| true", 0),
        ("none", ">/dev/full", 3),
        ("none", ">&-", 3),
    ],
)
def test_an_answer_that_nobody_gets_is_not_ok(database: Path, example: str, output: str, state: int) -> None:
    """What can't be told is unknown, but what is certainly wrong stays CRITICAL; who stops to read has the state."""
    line = (
        f"{shlex.quote(sys.executable)} -m virtualisation_resource_distributor monitor --from {example}.json {output}"
    )
    done = subprocess.run(
        ["bash", "-c", f"{line}; exit ${{PIPESTATUS[0]}}"],
        env=program_environment(database),
        cwd=Path(__file__).resolve().parents[2] / "examples",
        capture_output=True,
        check=False,
        timeout=40,
    )
    assert done.returncode == state
    assert b"Traceback" not in done.stderr


def test_a_program_that_can_not_even_start_is_unknown(database: Path, tmp_path: Path) -> None:
    """Here its library for command lines is broken."""
    (tmp_path / "click.py").write_text("raise ImportError('no | such\\nlibrary')\n")
    path = os.pathsep.join([str(tmp_path), program_environment(database)["PYTHONPATH"]])
    ran = run(database, {"PYTHONPATH": path}, "monitor")
    assert _said(ran).text == "can't start: ImportError: no / such library"
    ran = run(database, {"PYTHONPATH": path}, "run")
    assert (ran.status, ran.stdout) == (70, "")
    assert ran.stderr == "virtualisation-resource-distributor: can't start: ImportError: no | such library\n"
