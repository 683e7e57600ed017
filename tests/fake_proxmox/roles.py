"""Which roles are there, who has them, and what does `pveum` make of that?"""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .acl import Rights
from .state import AUDIT, FakeAclEntry, FakeCluster, FakeToken

ROLES: Mapping[str, tuple[str, ...]] = {
    "NoAccess": (),
    "PVEAuditor": (*AUDIT, "SDN.Audit"),
    "PVEPoolAdmin": ("Pool.Allocate", "Pool.Audit"),
    "PVEVMAdmin": ("VM.Audit", "VM.Config.Memory", "VM.Migrate", "VM.PowerMgmt"),
    "VRDAudit": AUDIT,
}


def roles_of(cluster: FakeCluster) -> dict[str, tuple[str, ...]]:
    """Return all roles; privileges in the list of access that are none of those above are a role of their own."""
    known = set(ROLES.values())
    own = sorted({tuple(entry.privileges) for entry in cluster.acl} - known)
    return {**ROLES, **{f"Custom{number}": privileges for number, privileges in enumerate(own, start=1)}}


def role_rows(cluster: FakeCluster) -> list[dict[str, Any]]:
    """Return the answer to `GET /access/roles`, which everybody gets."""
    return [
        {"roleid": name, "privs": ",".join(privileges), "special": int(name in ROLES)}
        for name, privileges in roles_of(cluster).items()
    ]


def acl_rows(cluster: FakeCluster, rights: Rights) -> list[dict[str, Any]]:
    """Return the answer to `GET /access/acl`: empty for those who may not see it."""
    if not rights.may("Sys.Audit", "/access"):
        return []
    names = {privileges: name for name, privileges in roles_of(cluster).items()}
    return [
        {
            "path": entry.path,
            "type": "token" if "!" in entry.who else "user",
            "ugid": entry.who,
            "roleid": names[tuple(entry.privileges)],
            "propagate": int(entry.propagate),
        }
        for entry in cluster.acl
    ]


def pveum(cluster: FakeCluster, line: str) -> FakeCluster:
    """Return the cluster after `pveum …`, or several of them with `&&` between.

    Raises ValueError for what this does not know, or Proxmox VE would refuse.
    """
    for command in line.split(" && "):
        match shlex.split(command):
            case ["pveum", "acl", "modify", path, *options]:
                cluster = _acl_modify(cluster, path, _options(options))
            case ["pveum", "user", "token", "modify", user, name, "--privsep", "1"]:
                cluster = _separate(cluster, f"{user}!{name}")
            case other:
                raise ValueError(f"{other} is not known here")
    return cluster


def _options(words: Sequence[str]) -> dict[str, str]:
    pairs = zip(words[::2], words[1::2], strict=True)
    options = {name.removeprefix("--"): value for name, value in pairs}
    if unknown := options.keys() - {"users", "tokens", "roles", "delete"}:
        raise ValueError(f"unknown options {unknown}")
    return options


def _acl_modify(cluster: FakeCluster, path: str, options: Mapping[str, str]) -> FakeCluster:
    accounts = [options[kind] for kind in ("users", "tokens") if kind in options]
    known = {user.name for user in cluster.users} | {token.name for token in cluster.tokens}
    if not accounts or not known.issuperset(accounts):
        raise ValueError(f"{accounts} are not all known")
    privileges = roles_of(cluster)[options["roles"]]
    there = _is_entry(path, accounts, privileges)
    acl = [entry for entry in cluster.acl if not there(entry)]
    if options.get("delete") != "1":
        acl += [FakeAclEntry(path=path, who=account, privileges=privileges) for account in accounts]
    return replace(cluster, acl=tuple(acl))


def _is_entry(path: str, accounts: Sequence[str], privileges: tuple[str, ...]) -> Callable[[FakeAclEntry], bool]:
    return lambda entry: entry.path == path and entry.who in accounts and tuple(entry.privileges) == privileges


def _separate(cluster: FakeCluster, name: str) -> FakeCluster:
    def changed(token: FakeToken) -> FakeToken:
        return replace(token, privsep=True) if token.name == name else token

    return replace(cluster, tokens=tuple(map(changed, cluster.tokens)))
