"""The program as its own process before fake Proxmox VE clusters, one truly fine and one truly badly spread."""

import queue
import subprocess
import sys
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import pytest
from tests.databases import program, program_environment
from tests.fake_proxmox import (
    FakeCluster,
    FakeGuest,
    FakeHa,
    FakeHaGroup,
    FakeHaRule,
    FakeNode,
    FakePool,
    FakeProxmox,
    FakeUser,
)

PASSWORD = "Kirschbaum/7731=&%"
USER = FakeUser(password=PASSWORD)
ALARM = "Pool 'dns' has members to migrate\n"
PROGRAM = "virtualisation-resource-distributor"
AT_ONCE = 4
ZONES: Mapping[str, tuple[str, ...]] = {"ams": ("pve1", "pve2"), "rtm": ("pve3",)}

_Case = TypeVar("_Case", bound=Hashable)
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What one call of the program did."""

    status: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def lines(self) -> list[str]:
        """Return the lines of standard error, without the program's name."""
        return [line.removeprefix(f"{PROGRAM}: ") for line in self.stderr.splitlines()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(Generic[_Case]):
    """What one case may use while it runs: two fakes, a folder with the secret, and the database."""

    fake: FakeProxmox
    other: FakeProxmox
    folder: Path
    database: Path

    def run(self, *arguments: str, **settings: str) -> Ran:
        """Run the program against the first fake; settings go on top, an empty one is not set."""
        return run(self.database, self.fake.environment(self.folder) | settings, *(arguments or ("run",)))


def run(database: Path, settings: dict[str, str], *arguments: str) -> Ran:
    """Run the program as an operator would; one that hangs is killed, and is an error of the test."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "virtualisation_resource_distributor", *arguments],
        env=program_environment(database) | settings,
        cwd=database.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=40,
    )
    return Ran(status=done.returncode, stdout=done.stdout, stderr=done.stderr, seconds=time.monotonic() - began)


def make_database(path: Path, zones: Mapping[str, Iterable[str]] = ZONES) -> Path:
    """Make a database with the program's own commands: these zones with their nodes."""
    commands = [["init-database"]]
    for zone, nodes in zones.items():
        commands.append(["create-zone", "--name", zone])
        commands += [["create-node", "--name", node, "--zone-name", zone] for node in nodes]
    for command in commands:
        done = program(path, *command)
        if done.returncode:
            raise RuntimeError(done.stderr)
    return path


def fine(version: str = "8.4.1") -> FakeCluster:
    """Return a cluster whose pools are as spread as can be, with HA in use: the true answer is 0."""
    return _cluster(version, dns=("pve1", "pve3"))


def badly_spread(version: str = "8.4.1") -> FakeCluster:
    """Return the same, but for pool dns, both of whose members run in zone ams: the true answer is 78."""
    return _cluster(version, dns=("pve1", "pve2"))


def _cluster(version: str, dns: tuple[str, str]) -> FakeCluster:
    ha = FakeHa(group="all") if version.startswith(("7", "8")) else FakeHa()
    return FakeCluster(
        version=version,
        nodes=tuple(FakeNode(name=name) for name in ("pve1", "pve2", "pve3")),
        guests=(
            FakeGuest(vmid=100, node=dns[0], name="dns0", pool="dns"),
            FakeGuest(vmid=101, node=dns[1], name="dns1", pool="dns", type="lxc", maxcpu=0.5),
            FakeGuest(vmid=102, node=dns[0], name="dns2", pool="dns", status="stopped"),
            FakeGuest(vmid=200, node="pve1", name="web0", pool="svc/web", ha=ha),
            FakeGuest(vmid=201, node="pve2", name="web1", pool="svc/web", ha=ha),
            FakeGuest(vmid=202, node="pve3", name="web2", pool="svc/web", ha=ha),
            FakeGuest(vmid=300, node="pve1", name="alone"),
            FakeGuest(vmid=9000, node="pve1", name="golden", template=True, status="stopped", pool="dns"),
        ),
        pools=(FakePool(name="dns"), FakePool(name="svc/web"), FakePool(name="void")),
        ha_groups=(FakeHaGroup(name="all", nodes="pve1,pve2,pve3", nofailback=True),),
        ha_rules=(
            FakeHaRule(name="apart", type="resource-affinity", resources="vm:200,vm:201,vm:202", affinity="negative"),
        ),
        users=(USER,),
    )


def side_by_side(
    folder: Path, cases: Iterable[_Case], do: Callable[[Site[_Case], _Case], _Answer]
) -> dict[_Case, _Answer]:
    """Do all cases, a few at a time, each with two fakes of its own; a case gets them as good as new."""
    database = make_database(folder / "model.sqlite3")
    with ExitStack() as stack, ThreadPoolExecutor(AT_ONCE) as threads:
        free: queue.Queue[Site[_Case]] = queue.Queue()
        for number in range(AT_ONCE):
            place = folder / str(number)
            place.mkdir()
            fake = stack.enter_context(FakeProxmox(fine()))
            other = stack.enter_context(FakeProxmox(fine()))
            free.put(Site(fake=fake, other=other, folder=place, database=database))

        def one(case: _Case) -> tuple[_Case, _Answer]:
            with _taken(free) as site:
                return case, do(site, case)

        return dict(threads.map(one, cases))


@contextmanager
def _taken(free: "queue.Queue[Site[_Case]]") -> Iterator[Site[_Case]]:
    site = free.get()
    try:
        yield site
    finally:
        for file in site.folder.iterdir():
            file.unlink()
        free.put(site)


def assert_clear(ran: Ran, *secrets: str) -> None:
    """Assert what holds of every call: no traceback, no secret, no ticket, few lines, and none without our name."""
    told = ran.stdout + ran.stderr
    assert "Traceback" not in told
    assert "a bug" not in told
    assert "PVE:" not in told, "a ticket"
    for secret in (PASSWORD, *secrets):
        assert secret not in told
    lines = ran.stderr.splitlines()
    assert all(line.startswith(f"{PROGRAM}: ") and len(line) < 500 for line in lines), ran.stderr
    assert len(lines) <= 12
    assert "\x1b" not in told


def selected(request: pytest.FixtureRequest) -> set[object]:
    """Return the cases of those tests of the asking module that are to be run, so that no others are prepared."""
    calls = [getattr(item, "callspec", None) for item in request.session.items if item.path == request.path]
    return {call.params["case"] for call in calls if call is not None and "case" in call.params}
