"""What is written into a database is what is read from it, whoever made it."""

import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from tests.databases import FIRST_EDITIONS, ROOT, dump, execute, make_first_edition, public_directory, rows
from tests.models import models

from virtualisation_resource_distributor.cluster import Model, ModelNode, NodeName, Zone, ZoneName
from virtualisation_resource_distributor.errors import UsageError
from virtualisation_resource_distributor.store import upgrade as upgrades
from virtualisation_resource_distributor.store.changes import change_model, create_database, upgrade_database
from virtualisation_resource_distributor.store.queries import read_model
from virtualisation_resource_distributor.store.tables import TABLES

AMS, RTM = ZoneName("ams"), ZoneName("rtm")
FIRST_MODEL = Model(
    zones=(Zone(name=AMS), Zone(name=RTM)),
    nodes=(
        ModelNode(name=NodeName("pve1"), zone=AMS),
        ModelNode(name=NodeName("pve2"), zone=RTM),
        ModelNode(name=NodeName("pve3"), zone=None),
    ),
)


def _become(model: Model, _: Model) -> Model:
    return model


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Make an empty database, at a path that a URI would misread."""
    path = tmp_path / "a model?mode=rwc#50%.sqlite3"
    assert create_database(path)
    return path


@given(models(), models())
@settings(max_examples=60, deadline=None)
def test_any_model_can_become_any_other_and_is_read_as_it_was_written(first: Model, second: Model) -> None:
    """From one to the other, to itself, and to nothing."""
    with public_directory() as directory:
        path = directory / "model.sqlite3"
        create_database(path)
        for model in (first, second, second, Model()):
            assert change_model(path, partial(_become, model)) is None
            assert read_model(path) == model


def test_an_empty_database_holds_an_empty_model(path: Path) -> None:
    """Reading it leaves nothing beside it."""
    assert read_model(path) == Model()
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_rows_that_did_not_change_are_left_alone_and_the_others_tell_when_they_did(path: Path) -> None:
    """`created_at` stays in any case."""

    def with_uri(model: Model, uri: str | None) -> Model:
        nodes = (ModelNode(name=NodeName("n1"), zone=AMS, uri=uri), ModelNode(name=NodeName("n2"), zone=AMS))
        return Model(zones=(Zone(name=AMS),), nodes=nodes)

    change_model(path, lambda model: with_uri(model, None))
    old = "'2020-01-01 00:00:00'"
    execute(path, *(f"UPDATE {table} SET created_at = {old}, updated_at = {old}" for table in ("zones", "nodes")))
    change_model(path, lambda model: with_uri(model, "qemu:///system"))
    assert rows(path, "SELECT created_at, updated_at FROM zones") == [("2020-01-01 00:00:00",) * 2]
    asked = f"SELECT name, created_at = {old}, updated_at = {old} FROM nodes ORDER BY name"
    assert rows(path, asked) == [("n1", 1, 0), ("n2", 1, 1)]


def test_a_refused_change_leaves_every_byte_as_it_was(path: Path) -> None:
    """What the edit raises gets out as it is."""

    def refuse(model: Model) -> Model:
        raise UsageError("no")

    before = path.read_bytes()
    with pytest.raises(UsageError):
        change_model(path, refuse)
    assert path.read_bytes() == before


def test_row_classes_have_the_columns_of_the_tables_and_no_others(path: Path) -> None:
    """The tables are made from SQL, and read through the classes."""
    for table in TABLES:
        columns = {name for _, name, *_ in rows(path, f"PRAGMA table_info({table._meta.table_name})")}
        assert columns == {field.column_name for field in table._meta.sorted_fields}


def test_the_database_that_is_shipped_is_what_init_database_makes(path: Path) -> None:
    """In schema, content and what a file keeps of its pragmas."""
    shipped = ROOT / "virtualisation-resource-distributor.sqlite3"
    pragmas = ("journal_mode", "encoding", "page_size", "auto_vacuum", "user_version", "application_id", "page_count")
    assert dump(shipped) == dump(path)
    for pragma in pragmas:
        assert rows(shipped, f"PRAGMA {pragma}") == rows(path, f"PRAGMA {pragma}"), pragma
    assert rows(path, "PRAGMA journal_mode") == [("delete",)]
    assert read_model(shipped) == Model()


@pytest.mark.parametrize("kind", FIRST_EDITIONS)
def test_a_first_editions_database_is_read_as_it_is(tmp_path: Path, kind: str) -> None:
    """Without a byte being written, and its orphan without a zone."""
    path = tmp_path / "first.sqlite3"
    make_first_edition(path, kind)
    before = path.read_bytes()
    assert read_model(path) == FIRST_MODEL
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", FIRST_EDITIONS)
def test_an_upgrade_loses_nothing_and_keeps_a_copy(tmp_path: Path, path: Path, kind: str) -> None:
    """Ids and times stay, and the tables are those of a new database."""
    first = tmp_path / "first.sqlite3"
    make_first_edition(first, kind)
    first.chmod(0o640)
    old = dump(first)
    kept = {table: rows(first, f"SELECT id, created_at, updated_at, name FROM {table}") for table in ("zones", "nodes")}
    upgraded = upgrade_database(first)
    assert upgraded is not None
    assert (upgraded.from_version, upgraded.to_version, upgraded.unplaced) == (1, 3, ("pve3",))
    assert upgraded.copy == tmp_path / "first.sqlite3.before-upgrade-1-to-3"
    assert dump(upgraded.copy) == old
    assert upgraded.copy.stat().st_mode & 0o7777 == 0o640
    for table, before in kept.items():
        assert rows(first, f"SELECT id, created_at, updated_at, name FROM {table}") == before
    assert rows(first, "SELECT name, zone_id FROM nodes") == [("pve1", 1), ("pve2", 2), ("pve3", None)]
    schema = "SELECT name, sql FROM sqlite_master ORDER BY name"
    assert rows(first, schema) == rows(path, schema)
    assert rows(first, "PRAGMA foreign_key_check") == []
    assert read_model(first) == FIRST_MODEL
    assert upgrade_database(first) is None


def test_an_earlier_copy_is_never_written_over(tmp_path: Path) -> None:
    """The next free name is taken."""
    path = tmp_path / "first.sqlite3"
    names = ["first.sqlite3.before-upgrade-1-to-3", "first.sqlite3.before-upgrade-1-to-3.2"]
    for name in names:
        (tmp_path / name).write_text("mine")
    make_first_edition(path)
    upgraded = upgrade_database(path)
    assert upgraded is not None
    assert upgraded.copy.name == "first.sqlite3.before-upgrade-1-to-3.3"
    assert [(tmp_path / name).read_text() for name in names] == ["mine", "mine"]


def test_a_copy_that_fails_stops_the_upgrade(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even the attempt stays behind."""
    path = tmp_path / "first.sqlite3"
    make_first_edition(path)
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("virtualisation_resource_distributor.store.files.put", fail)
    with pytest.raises(Exception, match="No space left on device; nothing was changed"):
        upgrade_database(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_refused_command_on_an_old_database_neither_upgrades_nor_copies_it(tmp_path: Path) -> None:
    """Yet the command saw the model as it would be after the upgrade."""
    path = tmp_path / "first.sqlite3"
    make_first_edition(path)
    before = path.read_bytes()

    def refuse(model: Model) -> Model:
        assert model == FIRST_MODEL
        raise UsageError("no")

    with pytest.raises(UsageError):
        change_model(path, refuse)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_upgrades_run_in_order_and_all_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the last step fails, the first has not happened."""
    path = tmp_path / "first.sqlite3"
    make_first_edition(path)
    before = path.read_bytes()

    def to_4(database: object) -> None:
        database.execute_sql("ALTER TABLE nodes ADD COLUMN weight INTEGER")  # type: ignore[attr-defined]

    def to_5(database: object) -> None:
        database.execute_sql("UPDATE nodes SET weight = missing")  # type: ignore[attr-defined]

    monkeypatch.setattr(upgrades, "_STEPS", {**upgrades._STEPS, 3: (4, to_4), 4: (5, to_5)})
    monkeypatch.setattr(upgrades, "VERSION", 5)
    with pytest.raises(Exception, match="no such column: missing"):
        change_model(path, lambda model: model)
    assert path.read_bytes() == before
    monkeypatch.setattr(upgrades, "VERSION", 4)
    change_model(path, lambda model: model)
    assert rows(path, "SELECT version FROM schema_version") == [(4,)]
    assert rows(path, "SELECT name, weight FROM nodes WHERE id = 1") == [("pve1", None)]


def test_a_link_to_a_database_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    """The copy stands beside the file, not beside the link."""
    (tmp_path / "real").mkdir()
    make_first_edition(tmp_path / "real" / "first.sqlite3")
    link = tmp_path / "link.sqlite3"
    link.symlink_to("real/first.sqlite3")
    upgraded = upgrade_database(link)
    assert upgraded is not None
    assert upgraded.copy.parent == tmp_path / "real"
    assert link.is_symlink()
    assert read_model(link) == FIRST_MODEL


def test_a_database_in_journal_mode_wal_is_set_back_by_the_next_writer(path: Path) -> None:
    """A reader who may not write beside it could not read it."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
    change_model(path, lambda model: Model(zones=(Zone(name=AMS),)))
    assert rows(path, "PRAGMA journal_mode") == [("delete",)]
    assert read_model(path) == Model(zones=(Zone(name=AMS),))
