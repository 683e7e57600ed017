"""A set-up to break, the doctor as its own process before it, and an operator who does what the doctor says."""

import json
import os
import queue
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.databases import ROOT
from tests.fake_proxmox import FakeCluster, FakePool, FakeProxmox, pveum

HOME = os.path.dirname(sys.executable)  # noqa: PTH120 -- a link to Python stays what it is
SETTINGS = ("DATABASE", "SOURCE", "PROXMOX", "LIBVIRT", "EXCLUDE", "NODE", "SECRETS", "CREDENTIALS")

_WRITE = re.compile(
    r"in (?:the environment|(?P<file>\S+?)(?:, line (?P<line>\d+),)?) write: (?P<name>\w+)=(?P<value>.*)"
)
_RUN = re.compile(r"(?P<where>run|on a node run|(?:here and )?on \S+ run): (?P<command>.*)", re.DOTALL)
_CHOICES = {"ZONE": "ams", "NODE": "pve1", "POOL": "fresh", "PATTERN": "'dns*'"}
"""What an operator puts in the place of a word in capitals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What one call of the doctor answered."""

    status: int
    checks: list[dict[str, Any]]
    stdout: str
    stderr: str

    def wrong(self, check: str) -> list[dict[str, Any]]:
        """Return what is not ok of one check, and was checked."""
        found = [one for one in self.checks if one["check"] == check and one["severity"] != "ok"]
        return [one for one in found if not one["message"].startswith("not checked")]

    @property
    def faults(self) -> list[dict[str, Any]]:
        """Return all faults."""
        return [one for one in self.checks if one["severity"] == "fault"]


@dataclass(slots=True, kw_only=True)
class Place:
    """A directory with `.env`, secret and database; `environment` goes on top of what every process has."""

    folder: Path
    fake: FakeProxmox | None = None
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def dotenv(self) -> Path:
        """The file of settings."""
        return self.folder / ".env"

    @property
    def database(self) -> Path:
        """The model."""
        return self.folder / "model.sqlite3"

    @property
    def secret(self) -> Path:
        """The token's secret."""
        return self.folder / "proxmox_token"

    @property
    def python_path(self) -> str:
        """Where Python finds the program."""
        return os.pathsep.join([str(ROOT / "src"), str(ROOT)])

    @property
    def api(self) -> FakeProxmox:
        """The API; raises RuntimeError where there is none."""
        if self.fake is None:
            raise RuntimeError("this place has no API")
        return self.fake

    def write(self, settings: Mapping[str, str]) -> None:
        """Write `.env` anew, a line for each setting."""
        self.dotenv.write_text("".join(f"{name}={value}\n" for name, value in settings.items()), encoding="utf-8")
        self.dotenv.chmod(0o600)

    def given(self) -> dict[str, str]:
        """Return what `.env` says."""
        pairs = (line.partition("=") for line in self.dotenv.read_text(encoding="utf-8").splitlines())
        return {name: value for name, _, value in pairs}

    def set(self, **settings: str) -> None:
        """Change settings in `.env`; an empty one is taken out."""
        self.write({name: value for name, value in (self.given() | settings).items() if value})

    def vrd(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the program here."""
        return self._run([sys.executable, "-m", "virtualisation_resource_distributor", *arguments])

    def look(self) -> Looked:
        """Let the doctor look, and read its answer."""
        done = self.vrd("doctor", "--format", "json")
        document = json.loads(done.stdout) if done.stdout else {"checks": []}
        return Looked(status=done.returncode, checks=document["checks"], stdout=done.stdout, stderr=done.stderr)

    def mend(self, mend: str) -> str:
        """Do what a mend says, to the letter; return why it can't be done, and nothing where it could."""
        if written := _WRITE.fullmatch(mend):
            self._set_as_told(written)
            return ""
        if run := _RUN.fullmatch(mend):
            command = re.sub(r"\b(ZONE|NODE|POOL|PATTERN)\b", lambda word: _CHOICES[word[0]], run["command"])
            return self._run_here(command) if run["where"] == "run" else self._run_there(run["where"], command)
        return f"nobody can do this: {mend}"

    def _set_as_told(self, written: re.Match[str]) -> None:
        value = written["value"]
        if self.fake is not None:
            value = {"HOST": self.fake.host, "TOKEN": "check"}.get(value, value)
        if written["file"] is None:
            self.environment[written["name"]] = value
            return
        file = Path(written["file"])
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        line = f"{written['name']}={value}"
        if written["line"] is None:
            lines.append(line)
        else:
            lines[int(written["line"]) - 1] = line
        file.write_text("".join(f"{text}\n" for text in lines), encoding="utf-8")

    def _run_here(self, command: str) -> str:
        done = self._run(["/bin/sh", "-c", command], stdin=f"{self.api.secret}\n" if self.fake else "")
        return f"{command}: {done.stderr}" if done.returncode else ""

    def _run_there(self, where: str, command: str) -> str:
        cluster = self.api.cluster
        match command.split():
            case ["pveum", *_]:
                self.api.change(pveum(cluster, command))
            case ["pvesh", "create", "/pools", "--poolid", pool]:
                self.api.change(replace(cluster, pools=(*cluster.pools, FakePool(name=pool))))
            case ["pvecm", "updatecerts", "--force", "&&", "systemctl", "restart", "pveproxy"]:
                self.api.present("good")
            case ["systemctl", "restart", "pveproxy"]:
                self.api.accept_only(on=False)
                self.api.clear_faults()
            case ["systemctl", "restart", "pvestatd"]:
                nodes = [
                    replace(node, status="online") if where == f"on {node.name} run" else node for node in cluster.nodes
                ]
                self.api.change(replace(cluster, nodes=tuple(nodes)))
            case ["timedatectl", "set-ntp", "true"] if where.startswith("here and on "):
                self.api.change(replace(cluster, clock_ahead_seconds=0.0))
            case _:
                return f"nobody can do this: {command}"
        return ""

    def _run(self, command: list[str], stdin: str = "") -> subprocess.CompletedProcess[str]:
        bin_ = self.folder / "bin"
        own = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
        path = os.pathsep.join([str(bin_), HOME, os.environ.get("PATH", os.defpath)])
        return subprocess.run(
            command,
            env=own | {"PATH": path, "PYTHONPATH": self.python_path, "PYTHONUTF8": "1"} | self.environment,
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=60,
        )


def furnish(place: Place, database: Path) -> None:
    """Make everything as it should be: a token that may only read, in `.env` and a secret file, and this database."""
    fake = place.api
    shutil.copy(database, place.database)
    settings = fake.environment(place.folder) | {"DATABASE_PATH": str(place.database)}
    place.write(settings | {"PROXMOX_TIMEOUT": "5", "EXCLUDE_POOLS_NAMES": '["void"]'})
    scp = place.folder / "bin" / "scp"
    scp.parent.mkdir()
    scp.write_text(
        f'#!/bin/sh\ncase $1 in *:/etc/pve/pve-root-ca.pem) cp {fake.ca_file} "$2" ;; esac\n', encoding="utf-8"
    )
    scp.chmod(0o755)


@contextmanager
def setting_up(folder: Path, free: "queue.Queue[FakeProxmox]", cluster: FakeCluster) -> Iterator[Place]:
    """Give a new place with one of the free APIs, which is as good as new."""
    folder.mkdir()
    fake = free.get()
    try:
        fake.reset(cluster)
        yield Place(folder=folder, fake=fake)
    finally:
        free.put(fake)
