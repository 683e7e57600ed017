"""A database that can't be read or written is told in one line with its status, and stays byte for byte as it is."""

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.databases import (
    NOBODY,
    crash_while_writing,
    execute,
    immutable,
    make_first_edition,
    program,
    program_as_nobody,
    public_directory,
    rows,
    tiny_disk,
)

READING = ("list-zones", "list-nodes", "list-pools")
WRITING = (
    ("create-zone", "--name", "new"),
    ("delete-zone", "--name", "ams"),
    ("create-node", "--name", "new", "--zone-name", "ams"),
    ("set-node", "--name", "pve1", "--uri", "x"),
    ("delete-node", "--name", "pve1"),
    ("set-maintenance", "--name", "pve1"),
    ("clear-maintenance", "--name", "pve1"),
    ("create-pool", "--name", "new"),
    ("delete-pool", "--name", "dns"),
)
CHANGE = ("create-zone", "--name", "new")
needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="NOT TESTED: only root can become another user or mount a disk"
)


def _make(path: Path) -> None:
    for arguments in ("init-database", "create-zone --name ams", "create-node --name pve1 --zone-name ams"):
        assert program(path, *arguments.split(" ")).returncode == 0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Make a small model's database once, for copies of it."""
    path = tmp_path_factory.mktemp("made") / "model.sqlite3"
    _make(path)
    return path.read_bytes()


def _refused(status: int, path: Path, *arguments: str, run: Callable[..., object] = program) -> str:
    """Return the one line that a command is refused with; the file and what is beside it must stay as they are."""
    before = path.read_bytes() if path.is_file() else None
    beside = sorted(path.parent.iterdir())
    done = run(path, *arguments)
    assert (done.returncode, done.stdout) == (status, "")  # type: ignore[attr-defined]
    assert (path.read_bytes() if path.is_file() else None) == before
    assert sorted(path.parent.iterdir()) == beside
    line: str = done.stderr  # type: ignore[attr-defined]
    assert line.count("\n") == 1
    assert str(path) in line
    return line


def test_without_a_database_every_command_says_how_to_make_one(tmp_path: Path) -> None:
    """None of them creates it on the way."""
    path = tmp_path / "none.sqlite3"
    for arguments in (*((name,) for name in READING), *WRITING):
        line = _refused(66, path, *arguments)
        assert line.endswith("is not there; create it with init-database, or set DATABASE_PATH\n")


def _foreign(path: Path) -> None:
    execute(path, "CREATE TABLE records (id)")


def _newer(path: Path) -> None:
    _make(path)
    execute(path, "UPDATE schema_version SET version = 4")


def _damaged(path: Path) -> None:
    _make(path)
    path.write_bytes(path.read_bytes()[:10000])


def _zone_in_itself(path: Path) -> None:
    _make(path)
    execute(path, "UPDATE zones SET parent_id = id")


STATES: dict[str, tuple[Callable[[Path], object], int, str]] = {
    "a directory": (lambda path: path.mkdir(), 66, "is no file"),
    "empty": (lambda path: path.touch(), 65, "the file is empty"),
    "text": (lambda path: path.write_text("zones: [ams]\n"), 65, "this is no SQLite database"),
    "of another program": (_foreign, 65, "this database has the tables 'records', and is not of this program"),
    "newer": (_newer, 65, "the database is of version 4, and this program knows versions up to 3; upgrade the program"),
    "damaged": (_damaged, 65, "restore it from a backup"),
}


@pytest.mark.parametrize("state", STATES)
def test_what_is_no_database_of_ours_is_refused_by_readers_and_writers_and_never_replaced(
    tmp_path: Path, state: str
) -> None:
    """`init-database` too leaves it where it is."""
    make, status, message = STATES[state]
    path = tmp_path / "model.sqlite3"
    make(path)
    for arguments in (("list-nodes",), CHANGE, ("init-database",)):
        assert message in _refused(status, path, *arguments)


def test_what_the_database_can_not_mean_is_refused_with_table_and_row(tmp_path: Path) -> None:
    """A zone that lies in itself would be walked for ever."""
    path = tmp_path / "model.sqlite3"
    _zone_in_itself(path)
    for arguments in (("list-nodes",), CHANGE):
        assert "table zones: zone 'ams' would lie in itself" in _refused(65, path, *arguments)


def test_a_database_that_another_writer_holds_is_busy_after_five_seconds(tmp_path: Path, made: bytes) -> None:
    """Readers are not stopped by it."""
    path = tmp_path / "model.sqlite3"
    path.write_bytes(made)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        done = program(path, *CHANGE)  # to read the file in this process would end the lock that it holds
        assert time.monotonic() - began >= 5
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (75, "", 1)
        assert f"database {path} is locked by another program for more than 5 seconds; try again" in done.stderr
        assert program(path, "list-zones").stdout == "ams\t\t1\n"
    assert path.read_bytes() == made


def test_init_database_creates_no_directories(tmp_path: Path) -> None:
    """A mistyped path is told."""
    path = tmp_path / "none" / "model.sqlite3"
    done = program(path, "init-database")
    assert (done.returncode, done.stdout) == (66, "")
    assert done.stderr.endswith(f"directory {tmp_path}/none is not there; create it, or set DATABASE_PATH\n")
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_takes_no_files_is_not_called_missing() -> None:
    """It is told why nothing can be created in it."""
    done = program(Path("/proc/x.sqlite3"), "init-database")
    assert (done.returncode, done.stdout) == (74, "")
    assert "database /proc/x.sqlite3 can't be created there: No such file or directory; look at the" in done.stderr


@needs_root
def test_a_file_that_can_not_be_changed_is_read_and_every_change_is_unwritable(tmp_path: Path, made: bytes) -> None:
    """There is nothing to do for `init-database`, and that needs no permission."""
    path = tmp_path / "model.sqlite3"
    path.write_bytes(made)
    old = tmp_path / "old.sqlite3"
    make_first_edition(old)
    try:
        with immutable(path, old):
            assert "can't be written, and is as it was" in _refused(74, path, *CHANGE)
            assert program(path, "list-zones").stdout == "ams\t\t1\n"
            assert program(path, "init-database").stdout.startswith("nothing to do: ")
            assert "can't be written, and is as it was" in _refused(74, old, "init-database")
    except OSError as error:
        pytest.skip(f"NOT TESTED: {error}")


@needs_root
def test_a_directory_that_can_not_be_changed_makes_every_change_unwritable(tmp_path: Path, made: bytes) -> None:
    """SQLite needs room for its journal there, and an upgrade for its copy."""
    directory = tmp_path / "closed"
    directory.mkdir()
    path, old = directory / "model.sqlite3", directory / "old.sqlite3"
    path.write_bytes(made)
    make_first_edition(old)
    try:
        with immutable(directory):
            _refused(74, path, *CHANGE)
            _refused(74, old, *CHANGE)
            _refused(74, directory / "new.sqlite3", "init-database")
            assert program(old, "list-zones").stdout == "ams\t\t1\nrtm\t\t1\n"
    except OSError as error:
        pytest.skip(f"NOT TESTED: {error}")


def _leave_room(filler: Path, room: int) -> None:
    """Fill a disk but for so many bytes."""
    with filler.open("wb", buffering=0) as stream:
        with contextlib.suppress(OSError):
            while stream.write(b"x" * 4096) == 4096:
                pass
        stream.truncate(filler.stat().st_size - room)


@needs_root
def test_a_full_disk_makes_every_change_unwritable(tmp_path: Path, made: bytes) -> None:
    """Neither half a change nor half a new database stays on it."""
    try:
        with tiny_disk(tmp_path / "disk", "128k") as disk:
            path = disk / "model.sqlite3"
            path.write_bytes(made)
            _leave_room(disk / "filler", 0)
            assert "can't be written, and is as it was: database or disk is full" in _refused(74, path, *CHANGE)
            _refused(74, disk / "new.sqlite3", "init-database")
            assert program(path, "list-zones").stdout == "ams\t\t1\n"
    except OSError as error:
        pytest.skip(f"NOT TESTED: {error}")


@needs_root
@pytest.mark.parametrize(
    ("room", "message"),
    [
        (0, "can't be written, and is as it was"),
        (36864, "must be upgraded, and the copy to be kept beside it can't be made: database or disk is full; nothing"),
    ],
)
def test_an_upgrade_that_a_full_disk_stops_has_not_begun(tmp_path: Path, room: int, message: str) -> None:
    """There is room for the journal first, then for a part of the copy."""
    try:
        with tiny_disk(tmp_path / "disk", "128k") as disk:
            path = disk / "old.sqlite3"
            make_first_edition(path)
            _leave_room(disk / "filler", room)
            assert message in _refused(74, path, "init-database")
            assert program(path, "list-zones").stdout == "ams\t\t1\nrtm\t\t1\n"
    except OSError as error:
        pytest.skip(f"NOT TESTED: {error}")


@needs_root
def test_a_user_who_may_only_read_lists_what_is_in_a_directory_that_they_may_not_write(made: bytes) -> None:
    """Such is a monitoring user; an older database is upgraded in memory for them."""
    with public_directory() as directory:
        path, old = directory / "model.sqlite3", directory / "old.sqlite3"
        path.write_bytes(made)
        make_first_edition(old)
        for database, zones in ((path, "ams\t\t1\n"), (old, "ams\t\t1\nrtm\t\t1\n")):
            done = program_as_nobody(database, "list-zones")
            assert (done.returncode, done.stdout, done.stderr) == (0, zones, "")
            assert "can't be written" in _refused(74, database, *CHANGE, run=program_as_nobody)
        assert program_as_nobody(path, "init-database").stdout.startswith("nothing to do: ")
        _refused(74, directory / "new.sqlite3", "init-database", run=program_as_nobody)


@needs_root
def test_a_file_that_may_not_be_read_counts_as_missing(made: bytes) -> None:
    """With what is wrong, and the setting that leads elsewhere."""
    with public_directory() as directory:
        path = directory / "model.sqlite3"
        path.write_bytes(made)
        path.chmod(0o600)
        for arguments in (("list-zones",), CHANGE, ("init-database",)):
            line = _refused(66, path, *arguments, run=program_as_nobody)
            assert "can't be read: Permission denied; " in line
            assert "DATABASE_PATH" in line


@needs_root
def test_what_a_crashed_writer_left_is_told_to_a_user_who_may_not_undo_it(made: bytes) -> None:
    """They get no half-written model, and root's next look at it undoes the half change."""
    with public_directory() as directory:
        path = directory / "model.sqlite3"
        path.write_bytes(made)
        crash_while_writing(path)
        line = _refused(66, path, "list-nodes", run=program_as_nobody)
        assert "a crashed writer left it half written (model.sqlite3-journal)" in line
        assert line.endswith("run init-database as a user who may, which completes it\n")
        _refused(74, path, *CHANGE, run=program_as_nobody)
        assert program(path, "list-nodes").stdout == "pve1\tams\t\tno\n"
        assert program_as_nobody(path, "list-nodes").stdout == "pve1\tams\t\tno\n"
        assert path.read_bytes() == made


@needs_root
def test_the_copy_of_an_upgrade_belongs_to_the_owner_of_the_database(tmp_path: Path) -> None:
    """It can be read by whom the database could be read by, and by nobody else."""
    path = tmp_path / "first.sqlite3"
    make_first_edition(path)
    os.chown(path, NOBODY, NOBODY)
    path.chmod(0o640)
    assert program(path, "init-database").returncode == 0
    for file in (path, tmp_path / "first.sqlite3.before-upgrade-1-to-3"):
        status = file.stat()
        assert (status.st_uid, status.st_gid, status.st_mode & 0o7777) == (NOBODY, NOBODY, 0o640)
    assert rows(path, "SELECT version FROM schema_version") == [(3,)]
