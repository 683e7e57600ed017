"""Databases in every state that operators meet, and the program as its own process beside them."""

import os
import pty
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOBODY = 65534

_BY_SQLALCHEMY = """
CREATE TABLE zones (
    id INTEGER NOT NULL,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL,
    name VARCHAR(255) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (name)
);
CREATE TABLE nodes (
    id INTEGER NOT NULL,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL,
    name VARCHAR(255) NOT NULL,
    zone_id INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (name),
    FOREIGN KEY(zone_id) REFERENCES zones (id) ON DELETE CASCADE
);
"""
_BY_PEEWEE = """
CREATE TABLE "zones" ("id" INTEGER NOT NULL PRIMARY KEY, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL,
    "name" VARCHAR(255) NOT NULL);
CREATE UNIQUE INDEX "zones_name" ON "zones" ("name");
CREATE TABLE "nodes" ("id" INTEGER NOT NULL PRIMARY KEY, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL,
    "name" VARCHAR(255) NOT NULL, "zone_id" INTEGER NOT NULL,
    FOREIGN KEY ("zone_id") REFERENCES "zones" ("id") ON DELETE CASCADE);
CREATE UNIQUE INDEX "nodes_name" ON "nodes" ("name");
CREATE INDEX "nodes_zone_id" ON "nodes" ("zone_id");
"""
_BY_HAND = """
CREATE TABLE nodes (name TEXT UNIQUE, zone_id REFERENCES zones(id), created_at, updated_at, id INTEGER PRIMARY KEY);
CREATE TABLE zones (name TEXT UNIQUE, created_at, updated_at, id INTEGER PRIMARY KEY);
"""
FIRST_EDITIONS = {"sqlalchemy": _BY_SQLALCHEMY, "peewee": _BY_PEEWEE, "hand": _BY_HAND}
FIRST_ZONES = [
    (1, "2021-03-04 05:06:07", "2021-03-04 05:06:07", "ams"),
    (2, "2021-04-05 06:07:08.123456", "2022-01-01 00:00:00", "rtm"),
]
FIRST_NODES = [
    (1, "2021-05-06 07:08:09", "2021-05-06 07:08:09", "pve1", 1),
    (2, "2021-05-06 07:08:10", "2021-05-06 07:08:11", "pve2", 2),
]
ORPHAN = (7, "2021-05-06 07:08:12", "2021-05-06 07:08:13", "pve3", 9)


def make_first_edition(path: Path, kind: str = "sqlalchemy", *, orphan: bool = True) -> None:
    """Make a database as the first edition left it; the orphan is a node whose zone was deleted under it."""
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(FIRST_EDITIONS[kind])
        database.executemany("INSERT INTO zones (id, created_at, updated_at, name) VALUES (?, ?, ?, ?)", FIRST_ZONES)
        nodes = [*FIRST_NODES, ORPHAN] if orphan else FIRST_NODES
        database.executemany(
            "INSERT INTO nodes (id, created_at, updated_at, name, zone_id) VALUES (?, ?, ?, ?, ?)", nodes
        )


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    """Ask the file itself, past the program."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()


def execute(path: Path, *statements: str) -> None:
    """Change the file itself, past the program and its foreign keys."""
    with closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            database.execute(statement)


def dump(path: Path) -> list[str]:
    """Return all that a database holds as SQL."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        return list(database.iterdump())


def crash_while_writing(path: Path) -> None:
    """Leave what a writer leaves that was killed while it wrote: a file half written, and a hot journal beside it."""
    script = """
import os, signal, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA cache_size = 1")
database.execute("BEGIN IMMEDIATE")
database.execute("UPDATE nodes SET name = 'torn-' || name")
database.execute("DELETE FROM zones")
database.execute("CREATE TABLE filler (text)")
for number in range(200):
    database.execute("INSERT INTO filler VALUES (?)", ("x" * 4000,))
os.kill(os.getpid(), signal.SIGKILL)
"""
    ended = subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    if ended.returncode != -9 or not path.with_name(f"{path.name}-journal").exists():
        raise RuntimeError("the writer did not crash as it was meant to")


@contextmanager
def public_directory() -> Iterator[Path]:
    """Give a directory that every user can enter and read; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory(prefix="vrd-test-") as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


@contextmanager
def tiny_disk(path: Path, size: str) -> Iterator[Path]:
    """Mount a disk of this size there; raises OSError where that can't be done."""
    path.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)], check=False).returncode:
        raise OSError("no tmpfs can be mounted here")
    try:
        yield path
    finally:
        subprocess.run(["umount", str(path)], check=True)


@contextmanager
def immutable(*paths: Path) -> Iterator[None]:
    """Forbid every change of these, to root too; raises OSError where that can't be done."""
    chattr = shutil.which("chattr")
    names = [str(path) for path in paths]
    if chattr is None or subprocess.run([chattr, "+i", *names], check=False, capture_output=True).returncode:
        raise OSError("no chattr +i here")
    try:
        yield
    finally:
        subprocess.run([chattr, "-i", *names], check=True)


def program(
    database: Path, *arguments: str, environment: dict[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one command of the program on this database."""
    return subprocess.run(
        [sys.executable, "-m", "virtualisation_resource_distributor", *arguments],
        env=program_environment(database) | (environment or {}),
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=False,
        timeout=60,
    )


def on_a_terminal(database: Path, *arguments: str, environment: dict[str, str] | None = None, width: int = 80) -> str:
    """Run one command of the program on a terminal of this width, and return what it shows."""
    ours, theirs = pty.openpty()
    settings = {"TERM": "xterm", "COLUMNS": str(width)} | (environment or {})
    with subprocess.Popen(
        [sys.executable, "-m", "virtualisation_resource_distributor", *arguments],
        stdout=theirs,
        env=program_environment(database) | settings,
    ) as process:
        os.close(theirs)
        text = b""
        while process.poll() is None or not text:
            try:
                text += os.read(ours, 65536)
            except OSError:
                break
    os.close(ours)
    return text.decode()


def program_environment(database: Path) -> dict[str, str]:
    """Return the environment in which the program uses this database."""
    return os.environ | {
        "DATABASE_PATH": str(database),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "PYTHONUTF8": "1",
    }


def program_as_nobody(database: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one command as the user `nobody`; only root can. All is imported first, for Python itself may be root's."""
    script = """
import importlib, os, sys, urllib.parse
package = "virtualisation_resource_distributor"
modules = ("cli.main", "cli.model", "commands.model.change", "commands.model.edits", "commands.model.listing")
for module in modules:
    importlib.import_module(f"{package}.{module}")
nobody = int(sys.argv[1])
os.setgroups([])
os.setgid(nobody)
os.setuid(nobody)
sys.exit(sys.modules[f"{package}.cli.main"].main(sys.argv[2:]))
"""
    return subprocess.run(
        [sys.executable, "-c", script, str(NOBODY), *arguments],
        env=program_environment(database),
        cwd="/",
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
