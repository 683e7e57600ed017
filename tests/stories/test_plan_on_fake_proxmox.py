"""An operator lets a plan's script move the guests of a Proxmox VE cluster, whose commands are stand-ins."""

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.databases import program_environment
from tests.fake_proxmox import FakeCluster, FakeGuest, FakeHa, FakeNode, FakePool, FakeProxmox
from tests.fake_proxmox.tools import Tools, tools_in
from tests.live import make_database, run

ZONES = {"ams": ("pve1", "pve2"), "rtm": ("pve3", "pve4")}
TOKEN = "vrd@pve!check"
BUNCHED = FakeCluster(
    version="9.0.3",
    nodes=tuple(FakeNode(name=f"pve{number}") for number in (1, 2, 3, 4)),
    guests=(
        FakeGuest(vmid=100, node="pve1", name="dns0", pool="dns"),
        FakeGuest(vmid=101, node="pve1", name="dns1", pool="dns"),
        FakeGuest(vmid=102, node="pve2", name="dns2", pool="dns", type="lxc"),
        FakeGuest(vmid=103, node="pve2", name="dns3", pool="dns", type="lxc"),
        FakeGuest(vmid=200, node="pve3", name="web0", pool="svc/web", ha=FakeHa()),
        FakeGuest(vmid=201, node="pve3", name="web1", pool="svc/web", ha=FakeHa()),
        FakeGuest(vmid=300, node="pve2", name="mail0", pool="mail", status="paused"),
        FakeGuest(vmid=301, node="pve2", name="mail1", pool="mail"),
    ),
    pools=(FakePool(name="dns"), FakePool(name="svc/web"), FakePool(name="mail")),
)


class Site:
    """A cluster with its commands, and the program beside it."""

    def __init__(self, fake: FakeProxmox, tools: Tools, folder: Path, database: Path) -> None:
        self.tools = tools
        self.database = database
        self.settings = fake.environment(folder)
        self.path = os.pathsep.join([str(folder), "/usr/bin", "/bin"])

    def shell(self, line: str) -> "subprocess.CompletedProcess[str]":
        """Run a line of shell where the commands are; `vrd` is the program."""
        vrd = shlex.join([sys.executable, "-m", "virtualisation_resource_distributor"])
        return subprocess.run(
            ["/bin/sh", "-c", f'vrd() {{ {vrd} "$@"; }}\n{line}'],
            env=program_environment(self.database) | self.settings | {"PATH": self.path},
            cwd=self.database.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=60,
        )

    def check(self) -> tuple[int, str, str]:
        """Return what `run` answers."""
        ran = run(self.database, self.settings, "run")
        return ran.status, ran.stdout, ran.stderr


@pytest.fixture(scope="module")
def shared() -> Iterator[FakeProxmox]:
    """Start one server for all tests."""
    with FakeProxmox(BUNCHED, TOKEN) as server:
        yield server


@pytest.fixture
def site(shared: FakeProxmox, tmp_path: Path) -> Iterator[Site]:
    """Give the bunched cluster, as good as new."""
    shared.reset(BUNCHED)
    database = make_database(tmp_path / "model.sqlite3", ZONES)
    with tempfile.TemporaryDirectory(prefix="vrd-") as name, tools_in(Path(name), shared) as tools:
        yield Site(shared, tools, Path(name), database)


def test_a_bunched_cluster_is_spread_by_the_script_and_only_once(site: Site) -> None:
    """Virtual machines live, containers restarted, guests under HA by its manager; the second time it stops at once."""
    assert site.check()[0] == 78
    (site.database.parent / "kept.sh").write_text(site.shell("vrd plan --format commands").stdout, encoding="utf-8")
    done = site.shell("vrd plan --format commands | sh -e")
    assert (done.returncode, done.stderr) == (0, ""), done
    assert site.check() == (0, "", "")
    assert {call[0] for call in site.tools.called} == {"qm", "pct", "ha-manager", "ssh"}
    site.tools.called.clear()
    again = site.shell("sh -e kept.sh")
    assert again.returncode == 1
    assert "stopped at step 1 of " in again.stderr
    assert ", where the plan saw it. Nothing is undone; plan again." in again.stderr
    assert site.tools.called == []
    nothing = site.shell("vrd plan --format commands | sh -e")
    assert (nothing.returncode, nothing.stdout) == (0, "Nothing to move.\n")


def test_what_happens_between_two_steps_is_noticed(site: Site, shared: FakeProxmox) -> None:
    """A target that went down since the plan was made takes nobody."""
    (site.database.parent / "kept.sh").write_text(site.shell("vrd plan --format commands").stdout, encoding="utf-8")
    down = tuple(replace(node, status="offline") if node.name == "pve4" else node for node in BUNCHED.nodes)
    shared.change(replace(BUNCHED, nodes=down))
    done = site.shell("sh -e kept.sh")
    assert done.returncode == 1
    assert "pve4, where guest " in done.stderr
    assert "is not online" in done.stderr
    assert not any("pve4" in call for call in site.tools.called)
