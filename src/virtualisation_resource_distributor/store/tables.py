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


class ScannedNodeRow(peewee.Model):
    """What the last scans told of a node."""

    node = peewee.ForeignKeyField(NodeRow, primary_key=True)
    tried_at = peewee.TextField()
    seen_at = peewee.TextField(null=True)
    fault = peewee.TextField()
    memory_bytes = peewee.BigIntegerField(null=True)
    vcpus = peewee.IntegerField(null=True)
    libvirt = peewee.TextField(null=True)
    hypervisor = peewee.TextField(null=True)

    class Meta:
        """Where it is kept."""

        table_name = "scanned_nodes"


class ScannedGuestRow(peewee.Model):
    """A domain on a node, as the last scan that the node answered saw it; `facts` is a JSON object."""

    node = peewee.ForeignKeyField(NodeRow)
    uuid = peewee.TextField()
    facts = peewee.TextField()

    class Meta:
        """Where it is kept; a node has a domain once."""

        table_name = "scanned_guests"
        primary_key = peewee.CompositeKey("node", "uuid")


class DefinitionRow(peewee.Model):
    """One version of a domain's definition."""

    id = peewee.AutoField()
    created_at = peewee.TextField()
    uuid = peewee.TextField()
    name = peewee.TextField()
    version = peewee.IntegerField()
    author = peewee.TextField()
    origin = peewee.TextField()
    xml = peewee.TextField()

    class Meta:
        """Where it is kept; a domain has each version once."""

        table_name = "definitions"
        indexes = ((("uuid", "version"), True),)


class WantedDownRow(peewee.Model):
    """A domain that was stopped on purpose; `autostart` tells whether it had started with its node before."""

    uuid = peewee.TextField(primary_key=True)
    created_at = peewee.TextField()
    name = peewee.TextField()
    author = peewee.TextField()
    autostart = peewee.BooleanField()

    class Meta:
        """Where it is kept."""

        table_name = "wanted_down"


class LockRow(peewee.Model):
    """What one process does that no other may do at the same time."""

    name = peewee.TextField(primary_key=True)
    created_at = peewee.TextField()
    purpose = peewee.TextField()
    author = peewee.TextField()
    host = peewee.TextField()
    boot = peewee.TextField()
    process = peewee.IntegerField()
    started = peewee.TextField()

    class Meta:
        """Where it is kept."""

        table_name = "locks"


TABLES: tuple[type[peewee.Model], ...] = (
    ZoneRow,
    NodeRow,
    PoolRow,
    PoolMemberRow,
    ScannedNodeRow,
    ScannedGuestRow,
    DefinitionRow,
    WantedDownRow,
    LockRow,
)
