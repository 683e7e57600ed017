"""What did operators write down? Rows become a Model, and what changed in a Model becomes rows."""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, get_args

import peewee

from ..cluster import fields
from ..cluster.cluster import Cluster, Policy, Zone
from ..cluster.model import Model, ModelNode, ModelPool
from ..cluster.names import NodeName, PoolName, ZoneName
from ..errors import InvalidData
from .open import reading
from .tables import TABLES, NodeRow, PoolMemberRow, PoolRow, ZoneRow
from .upgrade import VERSION, recognise, upgrade

_POLICIES: tuple[Policy, ...] = get_args(Policy)
_NOW = peewee.SQL("CURRENT_TIMESTAMP")


def read_model(path: Path) -> Model:
    """Return the operators' model; the file is only read, and an older version is upgraded in memory.

    Raises FileMissing where there is no file that can be read, InvalidData where it is none of ours, damaged, of a
    newer version or holds what can't be, Busy where a writer held it for too long.
    """
    with tables_of(path) as (database, real_path):
        return model_in(database, real_path)


@contextmanager
def tables_of(path: Path) -> Iterator[tuple[peewee.SqliteDatabase, Path]]:
    """Give the tables of a database for reading, an older version upgraded in memory; raises as `read_model` does."""
    path = Path(os.path.realpath(path))
    with reading(path) as database, _newest(database, path) as (_, newest), newest.bind_ctx(TABLES):
        yield newest, path


def versioned_model_in(database: peewee.SqliteDatabase, path: Path) -> tuple[int, Model]:
    """Return the version of a database and its model, an older version upgraded in memory; raises InvalidData."""
    with _newest(database, path) as (version, newest):
        return version, model_in(newest, path)


@contextmanager
def _newest(database: peewee.SqliteDatabase, path: Path) -> Iterator[tuple[int, peewee.SqliteDatabase]]:
    version = recognise(database, path)
    if version == VERSION:
        yield version, database
        return
    with closing(peewee.SqliteDatabase(":memory:")) as copy:
        copy.connect()
        database.connection().backup(copy.connection())
        upgrade(copy, version)
        yield version, copy


def model_in(database: peewee.SqliteDatabase, path: Path) -> Model:
    """Return the model in a database of the newest version; raises InvalidData naming table and row."""
    try:
        with database.bind_ctx(TABLES):
            zones = _zone_names(database)
            return Model(
                zones=_read_zones(database, zones),
                nodes=_read_nodes(database, zones),
                pools=_read_pools(database),
            )
    except InvalidData as error:
        problem = f"{error.problem}; correct it with the program sqlite3"
        raise InvalidData(f"database {path}: {error.where}", problem) from error


def write_changes(old: Model, new: Model) -> None:
    """Write what differs between two models; rows of what does not are left alone. The tables must be bound."""
    _write_zones(_by_name(old.zones), _by_name(new.zones))
    _write_nodes(_by_name(old.nodes), _by_name(new.nodes))
    _write_pools(_by_name(old.pools), _by_name(new.pools))


# Rows are read as SQLite has them and not as peewee would convert them: whatever another program wrote is to be seen.


def _zone_names(database: peewee.SqliteDatabase) -> dict[int, ZoneName]:
    rows = database.execute(ZoneRow.select(ZoneRow.id, ZoneRow.name))
    return {number: ZoneName(fields.name(name, f"table zones, row {number}, name")) for number, name in rows}


def _read_zones(database: peewee.SqliteDatabase, names: Mapping[int, ZoneName]) -> tuple[Zone, ...]:
    rows = database.execute(ZoneRow.select(ZoneRow.id, ZoneRow.parent))
    zones = [
        Zone(name=names[number], parent=_zone(names, parent, f"table zones, row {number}, parent_id"))
        for number, parent in rows
    ]
    try:
        return Cluster(zones=tuple(zones)).zones
    except InvalidData as error:
        raise InvalidData("table zones", error.problem) from error


def _read_nodes(database: peewee.SqliteDatabase, zones: Mapping[int, ZoneName]) -> tuple[ModelNode, ...]:
    columns = (NodeRow.id, NodeRow.name, NodeRow.zone, NodeRow.uri, NodeRow.maintenance)
    nodes = []
    for number, name, zone, uri, maintenance in database.execute(NodeRow.select(*columns)):
        where = f"table nodes, row {number}"
        node = ModelNode(
            name=NodeName(fields.name(name, f"{where}, name")),
            zone=_zone(zones, zone, f"{where}, zone_id"),
            uri=fields.optional(fields.text)(uri, f"{where}, uri"),
            maintenance=fields.flag({0: False, 1: True}.get(maintenance, maintenance), f"{where}, maintenance"),
        )
        nodes.append(node)
    return tuple(sorted(nodes, key=lambda node: node.name))


def _read_pools(database: peewee.SqliteDatabase) -> tuple[ModelPool, ...]:
    patterns = _read_patterns(database)
    pools = []
    for number, name, policy in database.execute(PoolRow.select(PoolRow.id, PoolRow.name, PoolRow.policy)):
        where = f"table pools, row {number}"
        pool = ModelPool(
            name=PoolName(fields.name(name, f"{where}, name")),
            policy=fields.one_of(*_POLICIES)(policy, f"{where}, policy"),
            members=tuple(sorted(patterns.pop(number, ()))),
        )
        pools.append(pool)
    for number in patterns:
        raise InvalidData(f"table pool_members, row of pool_id {number}", "there is no pool with that id")
    return tuple(sorted(pools, key=lambda pool: pool.name))


def _read_patterns(database: peewee.SqliteDatabase) -> dict[int, list[str]]:
    """Return the patterns of each pool by its id."""
    patterns: dict[int, list[str]] = {}
    for number, pattern in database.execute(PoolMemberRow.select(PoolMemberRow.pool, PoolMemberRow.pattern)):
        member = fields.name(pattern, f"table pool_members, row of pool_id {number}, pattern")
        patterns.setdefault(number, []).append(member)
    return patterns


def _zone(names: Mapping[int, ZoneName], number: int | None, where: str) -> ZoneName | None:
    if number is None:
        return None
    if number not in names:
        raise InvalidData(where, f"there is no zone with the id {number}")
    return names[number]


def _by_name(parts: tuple[Any, ...]) -> dict[str, Any]:
    return {part.name: part for part in parts}


def _write_zones(old: Mapping[str, Zone], new: Mapping[str, Zone]) -> None:
    for name in old.keys() - new.keys():
        ZoneRow.delete().where(ZoneRow.name == name).execute()
    for name in sorted(new.keys() - old.keys()):
        ZoneRow.insert(name=name).execute()
    numbers = _zone_numbers()
    for name, zone in new.items():
        if zone.parent != (old[name].parent if name in old else None):
            parent = None if zone.parent is None else numbers[zone.parent]
            ZoneRow.update(parent=parent, updated_at=_NOW).where(ZoneRow.name == name).execute()


def _write_nodes(old: Mapping[str, ModelNode], new: Mapping[str, ModelNode]) -> None:
    numbers = _zone_numbers()
    for name in old.keys() - new.keys():
        NodeRow.delete().where(NodeRow.name == name).execute()  # with what scans told of it
    for name, node in new.items():
        zone = None if node.zone is None else numbers[node.zone]
        values = {"zone": zone, "uri": node.uri, "maintenance": node.maintenance}
        if name not in old:
            NodeRow.insert(name=name, **values).execute()
        elif node != old[name]:
            NodeRow.update(**values, updated_at=_NOW).where(NodeRow.name == name).execute()


def _write_pools(old: Mapping[str, ModelPool], new: Mapping[str, ModelPool]) -> None:
    for name in old.keys() - new.keys():
        number = _pool_number(name)
        PoolMemberRow.delete().where(PoolMemberRow.pool == number).execute()
        PoolRow.delete().where(PoolRow.id == number).execute()
    for name, pool in new.items():
        if name not in old:
            PoolRow.insert(name=name, policy=pool.policy).execute()
        elif pool != old[name]:
            PoolRow.update(policy=pool.policy, updated_at=_NOW).where(PoolRow.name == name).execute()
            PoolMemberRow.delete().where(PoolMemberRow.pool == _pool_number(name)).execute()
        else:
            continue
        number = _pool_number(name)
        for pattern in pool.members:
            PoolMemberRow.insert(pool=number, pattern=pattern).execute()


def _zone_numbers() -> dict[str, int]:
    return {row.name: row.id for row in ZoneRow.select(ZoneRow.name, ZoneRow.id)}


def _pool_number(name: str) -> int:
    number: int = PoolRow.select(PoolRow.id).where(PoolRow.name == name).scalar()
    return number
