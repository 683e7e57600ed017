"""What is no database, damaged, newer, locked or wrong inside is told in one line, and stays as it is."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.databases import crash_while_writing, execute, make_first_edition, rows

from virtualisation_resource_distributor.cluster import Model, ModelNode, ModelPool, NodeName, PoolName, Zone, ZoneName
from virtualisation_resource_distributor.errors import Busy, DistributorError, FileMissing, InvalidData
from virtualisation_resource_distributor.store.changes import change_model, create_database, upgrade_database
from virtualisation_resource_distributor.store.queries import read_model

MODEL = Model(
    zones=(Zone(name=ZoneName("ams")), Zone(name=ZoneName("r1"), parent=ZoneName("ams"))),
    nodes=(ModelNode(name=NodeName("pve1"), zone=ZoneName("r1")),),
    pools=(ModelPool(name=PoolName("dns"), members=("dns*",)),),
)


def _change(path: Path) -> None:
    change_model(path, lambda model: model._replace(zones=(*model.zones, Zone(name=ZoneName("new")))))


OPERATIONS: dict[str, Callable[[Path], object]] = {
    "read": read_model,
    "change": _change,
    "upgrade": upgrade_database,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Make a database that holds a bit of everything."""
    path = tmp_path / "model.sqlite3"
    create_database(path)
    change_model(path, lambda _: MODEL)
    return path


def _foreign(path: Path) -> None:
    path.unlink()
    execute(path, "CREATE TABLE zones (id, name)", "CREATE TABLE schema_version (version)", "CREATE TABLE records (id)")


def _without_tables(path: Path) -> None:
    path.unlink()
    execute(path, "VACUUM")


def _first_edition_and_more(path: Path) -> None:
    path.unlink()
    make_first_edition(path)
    execute(path, "CREATE TABLE more (id)")


def _cut_in_half(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _damage_inside(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[8192:8300] = b"\xff" * 108
    path.write_bytes(content)


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (lambda path: path.write_bytes(b""), "the file is empty"),
    "text": (lambda path: path.write_text("zones: []\n"), "this is no SQLite database"),
    "header only": (lambda path: path.write_bytes(b"SQLite format 3\0" + b"\1" * 100), "file is not a database"),
    "no tables": (_without_tables, "this database has no tables"),
    "foreign": (_foreign, "this database has the tables 'records', 'schema_version', 'zones', and is not of this"),
    "first edition and more": (
        _first_edition_and_more,
        "this database has the tables 'more', 'nodes', 'zones', and is not of this program",
    ),
    "no version": (lambda path: execute(path, "DELETE FROM schema_version"), "is not of this program"),
    "newer": (
        lambda path: execute(path, "UPDATE schema_version SET version = 7", "DROP TABLE pools"),
        "by a newer version of this program: the database is of version 7, and this program knows versions up to 3",
    ),
    "cut in half": (_cut_in_half, "malformed"),
    "damaged inside": (_damage_inside, "malformed|damaged"),
    "a column is gone": (lambda path: execute(path, "ALTER TABLE nodes DROP COLUMN uri"), "no such column"),
}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("state", BROKEN)
def test_what_is_no_whole_database_of_ours_is_refused_and_left_as_it_is(path: Path, state: str, operation: str) -> None:
    """Each is told with the file's name, by whatever command meets it."""
    breaking, message = BROKEN[state]
    breaking(path)
    before = path.read_bytes()
    with pytest.raises(InvalidData, match=message) as raised:
        OPERATIONS[operation](path)
    assert str(raised.value).startswith(f"database {path}: ")
    assert "\n" not in str(raised.value)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


WRONG_INSIDE = {
    "UPDATE zones SET name = '' WHERE id = 2": "table zones, row 2, name: a name must not be empty",
    "UPDATE nodes SET name = 'a' || char(27)": r"table nodes, row 1, name: 'a\\x1b' has a control character",
    "UPDATE nodes SET name = x'ff00'": "table nodes, row 1, name: found .*, expected a name",
    "UPDATE nodes SET name = CAST(x'ff41' AS TEXT)": "decode to UTF-8",
    "UPDATE nodes SET zone_id = 99": "table nodes, row 1, zone_id: there is no zone with the id 99",
    "UPDATE nodes SET maintenance = 'maybe'": "table nodes, row 1, maintenance: found the string 'maybe'",
    "UPDATE nodes SET uri = char(10)": "table nodes, row 1, uri: .* control character",
    "UPDATE zones SET parent_id = 99 WHERE id = 2": "table zones, row 2, parent_id: there is no zone with the id 99",
    "UPDATE zones SET parent_id = 2 WHERE id = 1": "table zones: zone 'ams' would lie in itself",
    "UPDATE zones SET parent_id = 1 WHERE id = 1": "table zones: zone 'ams' would lie in itself",
    "UPDATE pools SET policy = 'random'": "table pools, row 1, policy: found the string 'random', expected one of",
    "UPDATE pools SET name = char(7)": "table pools, row 1, name: ",
    "UPDATE pool_members SET pattern = ''": "table pool_members, row of pool_id 1, pattern: a name must not be empty",
    "UPDATE pool_members SET pool_id = 9": "table pool_members, row of pool_id 9: there is no pool with that id",
}


@pytest.mark.parametrize("statement", WRONG_INSIDE)
def test_content_that_cannot_be_is_refused_with_table_and_row(path: Path, statement: str) -> None:
    """Another program may have written what ours would not have, and nothing is built upon it."""
    execute(path, statement)
    before = path.read_bytes()
    for operation in OPERATIONS.values():
        with pytest.raises(InvalidData, match=WRONG_INSIDE[statement]):
            operation(path)
    assert path.read_bytes() == before


def test_an_old_database_with_wrong_content_is_refused_before_it_is_upgraded(tmp_path: Path) -> None:
    """The first edition took any text for a name."""
    path = tmp_path / "first.sqlite3"
    make_first_edition(path)
    execute(path, "UPDATE nodes SET name = 'pve' || char(9) WHERE id = 2")
    before = path.read_bytes()
    for operation in OPERATIONS.values():
        with pytest.raises(InvalidData, match=r"table nodes, row 2, name: 'pve.*t' has a control character"):
            operation(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_not_there_or_no_file_is_missing(tmp_path: Path, operation: str) -> None:
    """Nothing is created in its place."""
    (tmp_path / "file").touch()
    for path, message in (
        (tmp_path / "none.sqlite3", "is not there; create it with init-database, or set DATABASE_PATH"),
        (tmp_path, "is no file"),
        (Path("/dev/null"), "is no file"),
        (tmp_path / "file" / "below.sqlite3", "Not a directory"),
    ):
        with pytest.raises(FileMissing, match=message):
            OPERATIONS[operation](path)
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_a_directory_that_is_not_there_is_not_created(tmp_path: Path) -> None:
    """Whoever mistypes DATABASE_PATH is told."""
    with pytest.raises(FileMissing, match=r"directory .*/none is not there; create it, or set DATABASE_PATH"):
        create_database(tmp_path / "none" / "model.sqlite3")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("lock", "operation"), [("EXCLUSIVE", "read"), ("EXCLUSIVE", "upgrade"), ("IMMEDIATE", "change")]
)
def test_a_lock_that_is_held_too_long_is_told(
    path: Path, lock: str, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer stops other writers, and readers only while it commits."""
    monkeypatch.setattr("virtualisation_resource_distributor.store.open.BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(f"BEGIN {lock}")
        with pytest.raises(Busy, match=f"database {path} is locked by another program for more than 0.1 seconds"):
            OPERATIONS[operation](path)
        if lock == "IMMEDIATE":
            assert read_model(path) == MODEL


def test_a_reader_with_a_long_breath_makes_a_writer_wait_and_nothing_is_lost(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit that does not get its lock is taken back whole."""
    monkeypatch.setattr("virtualisation_resource_distributor.store.open.BUSY_SECONDS", 0.1)
    before = path.read_bytes()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM zones").fetchall()
        with pytest.raises(Busy):
            _change(path)
        assert read_model(path) == MODEL
    assert path.read_bytes() == before


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_a_crashed_writer_left_half_done_is_undone_where_that_is_permitted(path: Path, operation: str) -> None:
    """The half-written file is never taken for the truth."""
    crash_while_writing(path)
    OPERATIONS[operation](path)
    assert read_model(path).nodes == MODEL.nodes
    assert list(path.parent.iterdir()) == [path]


def test_a_database_in_journal_mode_wal_is_told_how_to_be_read(path: Path) -> None:
    """To read it would create files beside it, and users who may not do that could not read it."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
    with pytest.raises(InvalidData, match=r"is in journal mode WAL, .*; init-database sets it back"):
        read_model(path)
    assert list(path.parent.iterdir()) == [path]
    assert upgrade_database(path) is None
    assert read_model(path) == MODEL
    assert rows(path, "PRAGMA journal_mode") == [("delete",)]


def test_all_of_these_errors_are_the_operators(path: Path) -> None:
    """A bug is not dressed up as one: what SQLite says of a wrong call stays what it is."""
    with closing(sqlite3.connect(":memory:")) as other, pytest.raises(sqlite3.ProgrammingError) as raised:
        change_model(path, lambda _: other.execute("SELECT ?", ()).fetchone())
    assert not isinstance(raised.value, DistributorError)
