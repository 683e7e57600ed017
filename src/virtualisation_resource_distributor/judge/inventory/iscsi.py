"""Which iSCSI targets must nodes be logged in to, for the disks of guests and for storage pools?

A network disk of protocol `iscsi` is none of these: QEMU logs in by itself.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ...cluster.inventory import DomainFacts
from ...cluster.names import NodeName
from ...cluster.surroundings import IscsiTarget
from .seen import Seen, Users, users_by

# systemd's path_id, before version 256 and since: an address, and the controller in front of it.
_BY_PATH = re.compile(
    r"/dev/disk/by-path/(?:[a-z]+-[0-9a-f:.]+-)?ip-(?P<portal>\[[0-9a-fA-F:.]+\]:[0-9]+|[^/\[\]]+?:[0-9]+)"
    r"-iscsi-(?P<iqn>(?:iqn|eui|naa)\.[^/]+)-lun-[0-9]+(?:-part[0-9]+)?"
)
_ADDRESS = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[0-9]+(?:\.[0-9]+){3}):[0-9]+")


class Need(NamedTuple):
    """Who needs a target: guests by a disk's path, which any node may have to run, and nodes by a storage pool."""

    users: Users = Users()
    pools: tuple[tuple[str, NodeName], ...] = ()


def target_of_path(path: str) -> IscsiTarget | None:
    """Return the target of a path such as `/dev/disk/by-path/ip-10.0.0.5:3260-iscsi-iqn.2004-01.x:y-lun-1`."""
    parts = _BY_PATH.fullmatch(path)
    return None if parts is None else IscsiTarget(portal=parts["portal"], iqn=parts["iqn"])


def needs_of(seen: Seen) -> Mapping[IscsiTarget, Need]:
    """Return each target that is needed, with who needs it."""
    users = users_by(seen, _targets_of)
    pools: defaultdict[IscsiTarget, list[tuple[str, NodeName]]] = defaultdict(list)
    for name, surroundings in sorted(seen.surroundings.nodes.items()):
        for pool in surroundings.storage_pools or ():
            if pool.iscsi is not None:
                pools[pool.iscsi].append((pool.name, name))
    return {
        target: Need(users=users.get(target, Users()), pools=tuple(pools.get(target, ())))
        for target in sorted(users.keys() | pools.keys())
    }


def _targets_of(domain: DomainFacts) -> Iterator[IscsiTarget]:
    return (target for disk in domain.disks if (target := target_of_path(disk.source or "")))


def has_session(sessions: Iterable[IscsiTarget], target: IscsiTarget) -> bool:
    """Tell whether one of the sessions is with this target; one at a portal of a name may have any address."""
    by_name = _ADDRESS.fullmatch(target.portal) is None
    return any(one.iqn == target.iqn and (by_name or one.portal == target.portal) for one in sessions)
