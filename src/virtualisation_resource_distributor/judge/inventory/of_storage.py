"""Do the nodes have the storage pools that guests' disks lie on, and are those the same?"""

from collections.abc import Iterator, Mapping
from shlex import quote

from ...cluster.inventory import DomainFacts
from ...cluster.names import NodeName
from ...cluster.surroundings import StoragePoolFacts
from .finding import Finding, unchecked
from .presence import judge_presence, severity_for
from .seen import Seen, Users, by_name, by_value, users_by

_Pools = Mapping[NodeName, StoragePoolFacts]


def judge_storage_pools(seen: Seen) -> Iterator[Finding]:
    """Yield each storage pool that a node lacks, has not started, or has with other data."""
    nodes = seen.surroundings.nodes
    told = {name: node.storage_pools for name, node in nodes.items() if node.storage_pools is not None}
    if silent := tuple(sorted(nodes.keys() - told.keys())):
        yield unchecked("storage pools", "libvirt does not tell them there", silent)
    there = by_name(told)
    users = users_by(seen, _pools_of)
    for pool_name in sorted(there.keys() | users.keys()):
        yield from _judge(pool_name, there.get(pool_name, {}), frozenset(told), users.get(pool_name, Users()))


def _judge(pool: str, there: _Pools, asked: frozenset[NodeName], users: Users) -> Iterator[Finding]:
    yield from judge_presence("storage pool", pool, there, asked, users)
    severity, where, name = severity_for(users), f"storage pool {pool}", quote(pool)
    for what, values in (
        ("its type is", {node: facts.kind for node, facts in there.items()}),
        ("its target is", {node: facts.target or "none" for node, facts in there.items()}),
        ("its source is", {node: facts.source or "none" for node, facts in there.items()}),
    ):
        if len(set(values.values())) > 1:
            message = f"{what} {by_value(values.items())}; {users.words}"
            mend = f"make them alike with: virsh pool-edit {name}, or give pools of different data different names"
            yield Finding(severity, "storage-pool-differs", where, message, mend, tuple(sorted(values)))


def _pools_of(domain: DomainFacts) -> Iterator[str]:
    return (disk.source.partition("/")[0] for disk in domain.disks if disk.kind == "volume" and disk.source)
