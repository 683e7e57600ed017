"""Which storages are there, on which nodes, and do all of them see the same in it?"""

from collections.abc import Mapping
from typing import NamedTuple

from ...cluster.names import NodeName
from .answers import Rows

Storages = Mapping[str, "Storage"]


class Storage(NamedTuple):
    """A storage; where it is not `shared`, each of its nodes has one of its own by this name."""

    shared: bool
    nodes: frozenset[NodeName]


def parse_storages(resources: Rows) -> dict[str, Storage]:
    """Return the storages that may be seen: those with Datastore.Audit on `/storage/NAME`.

    Shape: `[{"type": "storage", "storage": "local-lvm", "node": "pve1", "shared": 0, …}, …]`, a row for each node where
    the storage is enabled. What has no such row, or one that does not tell, is not known.
    """
    shared: dict[str, bool] = {}
    nodes: dict[str, set[NodeName]] = {}
    for row in resources:
        name, node = row.get("storage"), row.get("node")
        is_told = row.get("type") == "storage" and row.get("shared") in (0, 1, "0", "1")
        if is_told and isinstance(name, str) and isinstance(node, str):
            shared[name] = row["shared"] in (1, "1")
            nodes.setdefault(name, set()).add(NodeName(node))
    return {name: Storage(shared=shared[name], nodes=frozenset(nodes[name])) for name in shared}
