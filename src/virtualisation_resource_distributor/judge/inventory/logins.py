"""Which nodes must log in to which iSCSI targets, and which sessions does nothing need?"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from ...cluster.names import NodeName, listed
from ...cluster.surroundings import IscsiTarget
from .iscsi import Need, has_session, needs_of
from .seen import Seen

# Narrower than what RFC 3720 has: what goes into a command holds nothing that a shell or iscsiadm could take for more.
_IQN = re.compile(
    r"iqn\.[0-9]{4}-[0-9]{2}\.[A-Za-z0-9][A-Za-z0-9.-]*(?::[A-Za-z0-9._:-]+)?|eui\.[0-9A-Fa-f]{16}|naa\.[0-9A-Fa-f]{16,32}",
    re.ASCII,
)
_PORTAL = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\]):(?P<port>[1-9][0-9]{0,4})", re.ASCII)
_MOST_LETTERS = 223
_MOST_PORT = 65535
_MOST_NAMES = 3


class Login(NamedTuple):
    """A node and a target, with why the one needs the other."""

    node: NodeName
    target: IscsiTarget
    why: str = ""


class Logins(NamedTuple):
    """What is to be done: `missing` are the logins to make, `refused` those of targets whose names no command may have.

    `unneeded` are sessions that no guest and no storage pool is known to need. `unknown` are nodes whose sessions are
    not known, where something is needed there.
    """

    missing: tuple[Login, ...] = ()
    refused: tuple[Login, ...] = ()
    unneeded: tuple[Login, ...] = ()
    unknown: tuple[NodeName, ...] = ()


def logins_of(seen: Seen) -> Logins:
    """Return what the sessions of all nodes lack and have too many."""
    needs = needs_of(seen)
    shells = seen.surroundings.shells
    sessions = {name: shell.sessions for name, shell in sorted(shells.items()) if shell.sessions is not None}
    missing: list[Login] = []
    unknown: set[NodeName] = set()
    needed: defaultdict[NodeName, list[IscsiTarget]] = defaultdict(list)
    for target, need in needs.items():
        for name in _nodes(seen, need):
            needed[name].append(target)
            if name not in sessions:
                unknown.add(name)
            elif not has_session(sessions[name], target):
                missing.append(Login(node=name, target=target, why=_why(need, name)))
    unneeded = [
        Login(node=name, target=session)
        for name, known in sessions.items()
        for session in sorted(known)
        if not any(has_session([session], target) for target in needed[name])
    ]
    return Logins(
        missing=tuple(sorted(one for one in missing if is_plain(one.target))),
        refused=tuple(sorted(one for one in missing if not is_plain(one.target))),
        unneeded=tuple(unneeded),
        unknown=tuple(sorted(unknown)),
    )


def is_plain(target: IscsiTarget) -> bool:
    """Tell whether a target may stand in a command."""
    portal = _PORTAL.fullmatch(target.portal)
    fits = _IQN.fullmatch(target.iqn) is not None and len(target.iqn) <= _MOST_LETTERS
    return fits and portal is not None and int(portal["port"]) <= _MOST_PORT


def _nodes(seen: Seen, need: Need) -> Iterator[NodeName]:
    """Yield the nodes that need a target: all, for a guest may come to any, or those that have such a storage pool."""
    with_pool = {node for _, node in need.pools}
    for name in sorted(seen.inventory.nodes):
        if need.users.running or need.users.others or name in with_pool:
            yield name


def _why(need: Need, node: NodeName) -> str:
    pools = sorted({pool for pool, there in need.pools if there == node})
    users = [need.users.words] if need.users.running or need.users.others else []
    return " and ".join([*users, *([f"storage pool {listed(pools, most=_MOST_NAMES)} has it"] if pools else [])])
