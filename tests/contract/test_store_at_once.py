"""Several programs at once, and programs that are killed, lose nothing and leave no half of a change."""

import contextlib
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.databases import make_first_edition, program_environment, rows

from virtualisation_resource_distributor.cluster import Model, Zone, ZoneName
from virtualisation_resource_distributor.store.changes import change_model, create_database
from virtualisation_resource_distributor.store.queries import read_model

WRITER = """
import sys
from pathlib import Path
from virtualisation_resource_distributor.cluster import ModelNode, NodeName, ZoneName
from virtualisation_resource_distributor.store.changes import change_model

path, prefix, changes, nodes = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
sys.stdin.readline()
for change in range(changes):
    new = [ModelNode(name=NodeName(f"{prefix}{change}-{n}"), zone=ZoneName("ams")) for n in range(nodes)]
    change_model(path, lambda model: model._replace(nodes=(*model.nodes, *new)))
"""


def _writer(path: Path, prefix: str, *, changes: int, nodes: int) -> subprocess.Popen[str]:
    """Start a writer that waits for a line before it makes its changes, each adding some nodes at once."""
    arguments = [sys.executable, "-c", WRITER, str(path), prefix, str(changes), str(nodes)]
    return subprocess.Popen(arguments, stdin=subprocess.PIPE, text=True, env=program_environment(path))


def _go(*writers: subprocess.Popen[str]) -> None:
    for writer in writers:
        if writer.stdin is not None:
            writer.stdin.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Make a database with one zone."""
    path = tmp_path / "model.sqlite3"
    create_database(path)
    change_model(path, lambda _: Model(zones=(Zone(name=ZoneName("ams")),)))
    return path


def test_two_writers_at_once_lose_nothing_and_a_reader_sees_whole_changes_only(path: Path) -> None:
    """Each change adds two nodes, so an odd number would be half of one."""
    writers = [_writer(path, prefix, changes=40, nodes=2) for prefix in "ab"]
    _go(*writers)
    counts = []
    while any(writer.poll() is None for writer in writers):
        counts.append(len(read_model(path).nodes))
    assert [writer.returncode for writer in writers] == [0, 0]
    assert all(count % 2 == 0 for count in counts)
    assert counts == sorted(counts)
    names = {node.name for node in read_model(path).nodes}
    assert names == {f"{prefix}{change}-{n}" for prefix in "ab" for change in range(40) for n in range(2)}


def test_two_who_upgrade_at_once_upgrade_once_and_both_get_their_change(tmp_path: Path) -> None:
    """The one that comes second finds the newest version, and makes no copy."""
    path = tmp_path / "first.sqlite3"
    make_first_edition(path)
    writers = [_writer(path, prefix, changes=1, nodes=1) for prefix in "ab"]
    _go(*writers)
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    assert {"pve1", "pve2", "pve3", "a0-0", "b0-0"} == {node.name for node in read_model(path).nodes}
    copies = [file.name for file in tmp_path.iterdir() if file != path]
    assert copies == ["first.sqlite3.before-upgrade-1-to-3"]


def test_two_who_create_at_once_make_one_database(tmp_path: Path) -> None:
    """One says that it made it, the other that it was there."""
    path = tmp_path / "model.sqlite3"
    script = """
import sys
from pathlib import Path
from virtualisation_resource_distributor.store.changes import create_database
sys.stdin.readline()
sys.exit(10 + create_database(Path(sys.argv[1])))
"""
    arguments = [sys.executable, "-c", script, str(path)]
    creators = [
        subprocess.Popen(arguments, stdin=subprocess.PIPE, text=True, env=program_environment(path)) for _ in range(3)
    ]
    _go(*creators)
    assert sorted(creator.wait(timeout=60) for creator in creators) == [10, 10, 11]
    assert read_model(path) == Model()
    assert list(tmp_path.iterdir()) == [path]


def _wait_until_it_commits(writer: subprocess.Popen[str], journal: Path) -> None:
    """Wait until the journal's header is written: from then on until it is deleted, the database itself is written."""
    while writer.poll() is None:
        with contextlib.suppress(FileNotFoundError):
            if any(journal.read_bytes()[:8]):
                return


@pytest.mark.parametrize("first_edition", [False, True])
def test_a_writer_that_is_killed_leaves_the_old_state_or_the_new(
    tmp_path: Path, path: Path, *, first_edition: bool
) -> None:
    """Killed when its journal appears, while it writes, and at several moments of its commit: all 500 nodes or none."""
    if first_edition:
        path = tmp_path / "first.sqlite3"
        make_first_edition(path)
    before = len(read_model(path).nodes)
    journal = path.with_name(f"{path.name}-journal")
    for attempt in range(10):
        writer = _writer(path, f"{attempt}-", changes=1, nodes=500)
        _go(writer)
        while writer.poll() is None and not journal.exists():
            pass
        if attempt >= 2:
            _wait_until_it_commits(writer, journal)
        time.sleep(attempt % 2 * 0.01 if attempt < 2 else (attempt - 2) * 0.0005)
        writer.kill()
        writer.wait(timeout=60)
        after = len(read_model(path).nodes)
        assert after in {before, before + 500}
        assert rows(path, "PRAGMA integrity_check") == [("ok",)]
        before = after
    change_model(path, lambda model: model._replace(zones=(*model.zones, Zone(name=ZoneName("new")))))
    assert len(read_model(path).nodes) == before
