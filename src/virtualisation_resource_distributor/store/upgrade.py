"""Which version is a database of, and how does it become the newest?"""

from collections.abc import Callable, Mapping
from pathlib import Path

import peewee

from ..cluster.names import listed
from ..errors import InvalidData
from .open import EXPECTED

NOTHING = 0
FIRST_EDITION = 1
VERSION = 3

# Text and no row classes: a step stays as it is, while those change with the next version.
_TABLES_OF_2 = (
    "CREATE TABLE schema_version (version INTEGER NOT NULL)",
    """CREATE TABLE zones (
    id INTEGER NOT NULL PRIMARY KEY,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    name TEXT NOT NULL UNIQUE,
    parent_id INTEGER REFERENCES zones (id) DEFERRABLE INITIALLY DEFERRED
)""",
    """CREATE TABLE nodes (
    id INTEGER NOT NULL PRIMARY KEY,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    name TEXT NOT NULL UNIQUE,
    zone_id INTEGER REFERENCES zones (id) DEFERRABLE INITIALLY DEFERRED,
    uri TEXT,
    maintenance BOOLEAN NOT NULL DEFAULT FALSE
)""",
    """CREATE TABLE pools (
    id INTEGER NOT NULL PRIMARY KEY,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    name TEXT NOT NULL UNIQUE,
    policy TEXT NOT NULL
)""",
    """CREATE TABLE pool_members (
    pool_id INTEGER NOT NULL REFERENCES pools (id) DEFERRABLE INITIALLY DEFERRED,
    pattern TEXT NOT NULL,
    PRIMARY KEY (pool_id, pattern)
)""",
)
_NAMES_OF_2 = frozenset({"schema_version", "zones", "nodes", "pools", "pool_members"})
_TABLES_OF_3 = (
    """CREATE TABLE scanned_nodes (
    node_id INTEGER NOT NULL PRIMARY KEY REFERENCES nodes (id) ON DELETE CASCADE,
    tried_at TEXT NOT NULL,
    seen_at TEXT,
    fault TEXT NOT NULL,
    memory_bytes BIGINT,
    vcpus INTEGER,
    libvirt TEXT,
    hypervisor TEXT
)""",
    """CREATE TABLE scanned_guests (
    node_id INTEGER NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    uuid TEXT NOT NULL,
    facts TEXT NOT NULL,
    PRIMARY KEY (node_id, uuid)
)""",
    """CREATE TABLE definitions (
    id INTEGER NOT NULL PRIMARY KEY,
    created_at TEXT NOT NULL,
    uuid TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    author TEXT NOT NULL,
    origin TEXT NOT NULL,
    xml TEXT NOT NULL,
    UNIQUE (uuid, version)
)""",
    """CREATE TABLE wanted_down (
    uuid TEXT NOT NULL PRIMARY KEY,
    created_at TEXT NOT NULL,
    name TEXT NOT NULL,
    author TEXT NOT NULL,
    autostart BOOLEAN NOT NULL
)""",
    """CREATE TABLE locks (
    name TEXT NOT NULL PRIMARY KEY,
    created_at TEXT NOT NULL,
    purpose TEXT NOT NULL,
    author TEXT NOT NULL,
    host TEXT NOT NULL,
    boot TEXT NOT NULL,
    process INTEGER NOT NULL,
    started TEXT NOT NULL
)""",
)
_NAMES_OF_3 = _NAMES_OF_2 | {"scanned_nodes", "scanned_guests", "definitions", "wanted_down", "locks"}
_NAMES: Mapping[int, frozenset[str]] = {2: _NAMES_OF_2, 3: _NAMES_OF_3}
_FIRST_EDITION_COLUMNS: Mapping[str, frozenset[str]] = {
    "zones": frozenset({"id", "created_at", "updated_at", "name"}),
    "nodes": frozenset({"id", "created_at", "updated_at", "name", "zone_id"}),
}


def recognise(database: peewee.SqliteDatabase, path: Path) -> int:
    """Return the version of a database of ours that is whole.

    Raises InvalidData where it is another program's, damaged, or of a version that came after this program.
    """
    tables = frozenset(table for table in database.get_tables() if not table.startswith("sqlite_"))
    version = _stated_version(database, path, tables)
    (finding,) = database.execute_sql("PRAGMA integrity_check(1)").fetchone()
    if finding != "ok":
        found = " ".join(str(finding).split())
        raise InvalidData(f"database {path}", f"the file is damaged: {found}; restore it from a backup")
    return version


def is_ours(database: peewee.SqliteDatabase) -> bool:
    """Tell whether a database is of this program, in whatever state and version."""
    tables = frozenset(database.get_tables())
    return {"schema_version", "zones", "nodes"} <= tables or _is_first_edition(database, tables)


def upgrade(database: peewee.SqliteDatabase, version: int) -> None:
    """Bring a database of this version (or NOTHING) to the newest, inside the caller's transaction."""
    while version < VERSION:
        version, step = _STEPS[version]
        step(database)
        database.execute_sql("DELETE FROM schema_version")
        database.execute_sql("INSERT INTO schema_version (version) VALUES (?)", (version,))


def _stated_version(database: peewee.SqliteDatabase, path: Path, tables: frozenset[str]) -> int:
    if _is_first_edition(database, tables):
        return FIRST_EDITION
    rows = database.execute_sql("SELECT * FROM schema_version").fetchall() if "schema_version" in tables else []
    match rows:
        case [(int(version),)] if version > VERSION:
            problem = f"made by a newer version of this program: the database is of version {version}, and this program"
            raise InvalidData(f"database {path}", f"{problem} knows versions up to {VERSION}; upgrade the program")
        case [(int(version),)] if version in _NAMES and tables >= _NAMES[version]:
            return version
    found = f"the tables {listed(sorted(tables))}" if tables else "no tables"
    problem = f"this database has {found}, and is not of this program; {EXPECTED}; set DATABASE_PATH"
    raise InvalidData(f"database {path}", problem)


def _is_first_edition(database: peewee.SqliteDatabase, tables: frozenset[str]) -> bool:
    """Tell the first edition's database by its tables: it has no version."""
    return tables == _FIRST_EDITION_COLUMNS.keys() and all(
        columns <= {column.name for column in database.get_columns(table)}
        for table, columns in _FIRST_EDITION_COLUMNS.items()
    )


def _create(database: peewee.SqliteDatabase) -> None:
    for statement in _TABLES_OF_2:
        database.execute_sql(statement)


def _rebuild_first_edition(database: peewee.SqliteDatabase) -> None:
    """Put the first edition's rows into new tables: its own have no room for a node without a zone.

    It did not enforce foreign keys, so that a node may refer to a zone that is deleted; such a node has no zone.
    """
    zones = database.execute_sql("SELECT id, created_at, updated_at, name FROM zones").fetchall()
    nodes = database.execute_sql(
        "SELECT nodes.id, nodes.created_at, nodes.updated_at, nodes.name, zones.id "
        "FROM nodes LEFT JOIN zones ON zones.id = nodes.zone_id",
    ).fetchall()
    database.execute_sql("DROP TABLE nodes")
    database.execute_sql("DROP TABLE zones")
    _create(database)
    for zone in zones:
        database.execute_sql("INSERT INTO zones (id, created_at, updated_at, name) VALUES (?, ?, ?, ?)", zone)
    for node in nodes:
        database.execute_sql(
            "INSERT INTO nodes (id, created_at, updated_at, name, zone_id) VALUES (?, ?, ?, ?, ?)", node
        )


def _add_libvirt(database: peewee.SqliteDatabase) -> None:
    """Add what is kept of libvirt clusters: scans, definitions, what is wanted down, and locks."""
    for statement in _TABLES_OF_3:
        database.execute_sql(statement)


_STEPS: Mapping[int, tuple[int, Callable[[peewee.SqliteDatabase], None]]] = {
    NOTHING: (2, _create),
    FIRST_EDITION: (2, _rebuild_first_edition),
    2: (3, _add_libvirt),
}
