"""The rows of the database's tables, as peewee sees them; which columns there are is told by upgrade.py."""

import peewee


class ZoneRow(peewee.Model):
    """A zone; `parent` is the zone that it lies in."""

    id = peewee.AutoField()
    created_at = peewee.DateTimeField()
    updated_at = peewee.DateTimeField()
    name = peewee.TextField(unique=True)
    parent = peewee.ForeignKeyField("self", null=True)

    class Meta:
        """Where it is kept."""

        table_name = "zones"


class NodeRow(peewee.Model):
    """A node; its zone is null where the first edition had deleted the zone under it."""

    id = peewee.AutoField()
    created_at = peewee.DateTimeField()
    updated_at = peewee.DateTimeField()
    name = peewee.TextField(unique=True)
    zone = peewee.ForeignKeyField(ZoneRow, null=True)
    uri = peewee.TextField(null=True)
    maintenance = peewee.BooleanField()

    class Meta:
        """Where it is kept."""

        table_name = "nodes"


class PoolRow(peewee.Model):
    """A pool with its policy."""

    id = peewee.AutoField()
    created_at = peewee.DateTimeField()
    updated_at = peewee.DateTimeField()
    name = peewee.TextField(unique=True)
    policy = peewee.TextField()

    class Meta:
        """Where it is kept."""

        table_name = "pools"


class PoolMemberRow(peewee.Model):
    """One pattern of a pool's members."""

    pool = peewee.ForeignKeyField(PoolRow)
    pattern = peewee.TextField()

    class Meta:
        """Where it is kept; a pool has a pattern once."""

        table_name = "pool_members"
        primary_key = peewee.CompositeKey("pool", "pattern")


TABLES: tuple[type[peewee.Model], ...] = (ZoneRow, NodeRow, PoolRow, PoolMemberRow)
