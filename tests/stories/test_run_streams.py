"""A live run whose output goes nowhere, or that is interrupted, ends with the right status and no traceback."""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from tests.databases import immutable, program_environment, tiny_disk
from tests.fake_proxmox import FakeCluster, FakeGuest, FakeProxmox
from tests.live import ALARM, PROGRAM, assert_clear, badly_spread, fine, make_database, run

COMMAND = f"{shlex.quote(sys.executable)} -m virtualisation_resource_distributor"
LOOP = "loop"
_There = TypeVar("_There")
ODD = ("späße", "漢字", "a b")


@pytest.fixture(scope="module")
def shared() -> Iterator[FakeProxmox]:
    """Start one server for all tests."""
    with FakeProxmox(fine()) as server:
        yield server


@pytest.fixture
def fake(shared: FakeProxmox) -> FakeProxmox:
    """Make the server as good as new, its cluster badly spread."""
    shared.reset(badly_spread())
    return shared


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a database with two zones and three nodes."""
    return make_database(tmp_path_factory.mktemp("model") / "model.sqlite3")


def _many_pools(number: int) -> FakeCluster:
    """Return a cluster with so many badly spread pools that no pipe holds all lines."""
    guests = [FakeGuest(vmid=100 + i, node="pve1", pool=f"pool{i // 2:06}", maxmem=2**20) for i in range(2 * number)]
    return replace(fine(), guests=tuple(guests), ha_rules=(), ha_groups=())


@contextmanager
def _or_skip(there: AbstractContextManager[_There]) -> Iterator[_There]:
    """Skip where such a disk or folder can't be had: it takes root."""
    with ExitStack() as stack:
        try:
            given = stack.enter_context(there)
        except OSError as error:
            pytest.skip(f"NOT TESTED: {error}")
        yield given


def _shell(
    database: Path, fake: FakeProxmox, folder: Path, line: str, **settings: str
) -> "subprocess.CompletedProcess[str]":
    """Run a line of shell with the program as `$vrd`."""
    return subprocess.run(
        ["bash", "-c", line.replace("$vrd", COMMAND)],
        env=program_environment(database) | fake.environment(folder) | settings,
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=40,
    )


@pytest.mark.parametrize(
    ("line", "status", "lines"),
    [
        ("$vrd run >&-", 74, 1),
        ("$vrd run >/dev/full", 74, 1),
        ("$vrd run --verbose >/dev/full", 74, 1),
        ("$vrd snapshot >/dev/full", 74, 1),
        ("$vrd snapshot >&-", 74, 1),
        ("$vrd run 2>&-", 78, 0),
        ("$vrd run 2>/dev/full", 78, 0),
        ("$vrd run <&-", 78, 0),
        ("$vrd run >&- 2>&- <&-", 74, 0),
        ("$vrd run --pool dn 2>&-", 64, 0),
    ],
)
def test_streams_that_are_closed_or_full_have_a_status_and_no_traceback(
    database: Path, fake: FakeProxmox, tmp_path: Path, *, line: str, status: int, lines: int
) -> None:
    """What can't be written is 74; that nobody hears the troubles changes nothing."""
    done = _shell(database, fake, tmp_path, line)
    assert done.returncode == status
    assert done.stderr.count("\n") == lines, done.stderr
    assert done.stderr.startswith(f"{PROGRAM}: " if lines else "")
    assert done.stdout == (ALARM if status == 78 else "")


@pytest.mark.parametrize("line", ["$vrd run >&-", "$vrd run >/dev/full"])
def test_silence_needs_no_output(database: Path, fake: FakeProxmox, tmp_path: Path, line: str) -> None:
    """A fine cluster is 0 wherever the output would have gone."""
    fake.reset(fine())
    done = _shell(database, fake, tmp_path, line)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_troubles_are_told_where_the_answer_can_not_be(database: Path, fake: FakeProxmox, tmp_path: Path) -> None:
    """Both lines reach standard error."""
    guests = (*badly_spread().guests, FakeGuest(vmid=103, node="pve2", pool="svc/web", status="colo"))
    fake.reset(replace(badly_spread(), guests=guests))
    done = _shell(database, fake, tmp_path, "$vrd run >/dev/full")
    assert done.returncode == 74
    assert "guest 103" in done.stderr
    assert "standard output" in done.stderr


@pytest.mark.parametrize("arguments", ["run", "run --verbose", "run --format json", "snapshot"])
def test_a_reader_that_goes_away_early_changes_no_status(
    database: Path, fake: FakeProxmox, tmp_path: Path, arguments: str
) -> None:
    """As with `| head -1`: nothing is told of it."""
    fake.reset(_many_pools(3000))
    done = _shell(database, fake, tmp_path, f"$vrd {arguments} | head -c 10 >/dev/null; exit ${{PIPESTATUS[0]}}")
    assert (done.returncode, done.stderr) == (0 if arguments == "snapshot" else 78, "")


@pytest.mark.parametrize("path", ["login", "/cluster/resources"])
@pytest.mark.parametrize("fault", ["hang", "drip:30"])
def test_ctrl_c_ends_a_hanging_request_at_once(
    database: Path, fake: FakeProxmox, tmp_path: Path, path: str, fault: str
) -> None:
    """The status is 130, and nothing is printed but the end of the line that ^C stands on."""
    fake.set_fault(path, fault)
    environment = program_environment(database) | fake.environment(tmp_path) | {"PROXMOX_TIMEOUT": "30"}
    command = [sys.executable, "-m", "virtualisation_resource_distributor", "run"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        _wait_for(fake, "POST /access/ticket" if path == "login" else f"GET {path}")
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=10)
    assert (process.returncode, stdout, stderr.strip()) == (130, b"", b"")
    assert time.monotonic() - began < 2


def test_an_interrupted_run_ends_though_what_it_closes_hangs() -> None:
    """A node that answers no more would hold it up for ever, and Ctrl-C is heeded once."""
    package = "virtualisation_resource_distributor"
    hanging = "try:\n  print(flush=True); time.sleep(30)\n finally:\n  time.sleep(30)"
    script = f"""
import time
from {package} import __main__
from {package}.cli import main
def hang(_):
 {hanging}
main.main = hang
__main__.end()
"""
    environment = program_environment(Path())
    with subprocess.Popen(
        [sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        for _ in range(3):
            process.send_signal(signal.SIGINT)
            time.sleep(0.1)
        _, stderr = process.communicate(timeout=15)
    assert (process.returncode, stderr) == (130, b"")


def _wait_for(fake: FakeProxmox, request: str) -> None:
    end = time.monotonic() + 20
    while request not in fake.requests():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}])
@pytest.mark.parametrize("arguments", ["run", "run --verbose", "run --format json"])
def test_odd_names_are_written_in_any_locale(
    database: Path, fake: FakeProxmox, tmp_path: Path, arguments: str, locale: dict[str, str]
) -> None:
    """A character that the locale lacks is written escaped, and ends nothing."""
    guests = [FakeGuest(vmid=100 + i, node="pve1", pool=ODD[i // 2], name=ODD[i // 2]) for i in range(6)]
    fake.reset(replace(fine(), guests=tuple(guests), ha_rules=(), ha_groups=()))
    done = _shell(database, fake, tmp_path, f"$vrd {arguments}", **locale)
    assert (done.returncode, done.stderr) == (78, "")
    assert "a b" in done.stdout
    assert "PYTHONUTF8" not in locale or done.stdout.isascii()


@pytest.mark.parametrize("name", [b"vrd\xff", b"\xf0\x9f\x98\x80", b"a\nb"])
def test_odd_settings_are_refused_by_the_cluster_and_not_by_a_bug(
    database: Path, fake: FakeProxmox, tmp_path: Path, name: bytes
) -> None:
    """A user that nobody knows is 77, whatever the bytes of the name."""
    ran = run(database, fake.environment(tmp_path) | {"PROXMOX_USERNAME": os.fsdecode(name)}, "run")
    assert_clear(ran)
    assert (ran.status, ran.stdout, len(ran.lines)) == (77, "", 1)


def test_a_snapshot_that_can_not_be_written_leaves_the_old_one(
    database: Path, fake: FakeProxmox, tmp_path: Path
) -> None:
    """A full disk is 74, and the file is as it was, with nothing beside it."""
    fake.reset(_many_pools(1000))
    with _or_skip(tiny_disk(tmp_path / "disk", "64k")) as disk:
        (disk / "old.json").write_text("old")
        ran = run(database, fake.environment(tmp_path), "snapshot", "--output", str(disk / "old.json"))
        assert_clear(ran)
        assert (ran.status, ran.stdout, len(ran.lines)) == (74, "", 1)
        assert "No space left" in ran.stderr
        assert [(file.name, file.read_text()) for file in disk.iterdir()] == [("old.json", "old")]


def test_a_folder_that_can_not_be_written_leaves_the_old_snapshot(
    database: Path, fake: FakeProxmox, tmp_path: Path
) -> None:
    """It is 74 for root too where the folder is immutable."""
    folder = tmp_path / "closed"
    folder.mkdir()
    (folder / "old.json").write_text("old")
    with _or_skip(immutable(folder)):
        ran = run(database, fake.environment(tmp_path), "snapshot", "--output", str(folder / "old.json"))
    assert_clear(ran)
    assert (ran.status, ran.stdout, len(ran.lines)) == (74, "", 1)
    assert (folder / "old.json").read_text() == "old"


def test_a_snapshot_is_not_replaced_where_nothing_could_be_read(
    database: Path, fake: FakeProxmox, tmp_path: Path
) -> None:
    """The old one is worth more than none."""
    fake.set_fault("/cluster/resources", "cut")
    (tmp_path / "old.json").write_text("old")
    ran = run(database, fake.environment(tmp_path), "snapshot", "--output", str(tmp_path / "old.json"))
    assert (ran.status, (tmp_path / "old.json").read_text()) == (69, "old")


@pytest.mark.parametrize("target", ["/dev/full", LOOP, "no/such/folder.json", "."])
def test_a_place_that_takes_no_snapshot_is_told(database: Path, fake: FakeProxmox, tmp_path: Path, target: str) -> None:
    """It is 74, in one line that names it."""
    (tmp_path / "loop").symlink_to("loop")
    place = target if target.startswith("/") else str(tmp_path / target)
    ran = run(database, fake.environment(tmp_path), "snapshot", "--output", place)
    assert_clear(ran)
    assert (ran.status, ran.stdout, len(ran.lines)) == (74, "", 1)
