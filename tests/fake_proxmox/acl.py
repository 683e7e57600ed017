"""What a user or token may do on a path."""

from collections.abc import Mapping, Sequence

from .state import AUDIT, FakeAclEntry, FakeCluster

Role = tuple[str, ...]
Privileges = Mapping[str, int]
"""Privilege → 1 where it propagates to what lies below the path, else 0; what is not held is not there."""

NO_ACCESS: Role = ()
EVERYTHING: Privileges = dict.fromkeys((*AUDIT, "Permissions.Modify", "SDN.Audit", "Sys.Modify"), 1)
TOP_PATHS = ("/", "/access", "/access/groups", "/nodes", "/pool", "/sdn", "/storage", "/vms")


def rights_of(cluster: FakeCluster, account: str) -> "Rights":
    """Return the rights of a user (`vrd@pve`) or of a token (`vrd@pve!check`).

    A token that is not privilege-separated has its user's; one that is has what both have. Nobody knows an account that
    is not in the cluster, and it has no rights.
    """
    user, separator, _ = account.partition("!")
    if not separator:
        return Rights(cluster, account, within=None)
    privsep = any(token.privsep for token in cluster.tokens if token.name == account)
    owner = Rights(cluster, user, within=None)
    if not privsep:
        return owner
    return Rights(cluster, account, within=None if user == "root@pam" else owner)


class Rights:
    """The privileges that one account holds, path by path."""

    def __init__(self, cluster: FakeCluster, account: str, *, within: "Rights | None") -> None:
        self._account = account
        self._within = within
        self._entries: dict[str, list[FakeAclEntry]] = {}
        self._acl_paths = {prefix for entry in cluster.acl for prefix in _prefixes(_normal(entry.path))}
        for entry in cluster.acl:
            if entry.who == account:
                self._entries.setdefault(_normal(entry.path), []).append(entry)
        self._pools_of = _pools_by_path(cluster)
        self._inherited: dict[str, Mapping[Role, int]] = {}
        self._held: dict[tuple[str, ...], Privileges] = {}

    def on(self, path: str) -> Privileges:
        """Return the privileges held on a path; those side by side, in one pool and without entries, are alike."""
        if self._account == "root@pam":
            return EVERYTHING
        of_path = path if path in self._acl_paths else f"{_parent(path)}/*"
        alike = (of_path, *self._pools_of.get(path, ()))
        if alike not in self._held:
            self._held[alike] = self._privileges(path)
        return self._held[alike]

    def may(self, privilege: str, path: str) -> bool:
        """Tell whether the privilege is held on the path."""
        return privilege in self.on(path)

    def effective(self) -> dict[str, Privileges]:
        """Return the privileges on the topmost paths, on those with entries, and on the members of pools."""
        paths = {*TOP_PATHS, *self._acl_paths, *self._pools_of}
        return {path: self.on(path) for path in sorted(paths) if self.on(path)}

    def _privileges(self, path: str) -> Privileges:
        """Join the roles on a path and on the pools that hold it, and keep what the token's user has as well."""
        roles = self._with_pools(path)
        privileges: dict[str, int] = {}
        for role, propagate in roles.items():
            for privilege in role:
                privileges[privilege] = max(privileges.get(privilege, 0), propagate)
        if self._within is None:
            return privileges
        user = self._within.on(path)
        return {privilege: user[privilege] and flag for privilege, flag in privileges.items() if privilege in user}

    def _with_pools(self, path: str) -> Mapping[Role, int]:
        """Return the roles on a path and those that its pools add, which never propagate; NoAccess beats all."""
        roles = self._roles(path)
        added = {role for pool in self._pools_of.get(path, ()) for role in self._roles(f"/pool/{pool}")}
        if NO_ACCESS in roles or not added:
            return roles
        if NO_ACCESS in added:
            return {NO_ACCESS: 0}
        return dict.fromkeys(added, 0) | dict(roles)

    def _roles(self, path: str) -> Mapping[Role, int]:
        """Return the roles that hold on a path: its own entries, else those of the longest prefix that propagate."""
        own = self._entries.get(path)
        if own is None:
            return self._propagated(_parent(path))
        return _without_the_rest({tuple(entry.privileges): int(entry.propagate) for entry in own})

    def _propagated(self, path: str) -> Mapping[Role, int]:
        """Return the roles that a path hands down."""
        if path == "":
            return {}
        if path not in self._inherited:
            own = {tuple(entry.privileges): 1 for entry in self._entries.get(path, ()) if entry.propagate}
            self._inherited[path] = _without_the_rest(own) if own else self._propagated(_parent(path))
        return self._inherited[path]


def _without_the_rest(roles: dict[Role, int]) -> Mapping[Role, int]:
    return {NO_ACCESS: roles[NO_ACCESS]} if NO_ACCESS in roles else roles


def _pools_by_path(cluster: FakeCluster) -> Mapping[str, Sequence[str]]:
    """Return the pools that hold the guest or storage of a path."""
    pools: dict[str, list[str]] = {
        f"/vms/{guest.vmid}": [guest.pool] for guest in cluster.guests if guest.pool is not None
    }
    for pool in cluster.pools:
        for storage in pool.storages:
            pools.setdefault(f"/storage/{storage}", []).append(pool.name)
    return pools


def _normal(path: str) -> str:
    return "/" + path.strip("/")


def _parent(path: str) -> str:
    """Return the path above, `/` above the topmost, and nothing above `/`."""
    return "" if path == "/" else path.rpartition("/")[0] or "/"


def _prefixes(path: str) -> list[str]:
    """Return the path and all paths above it."""
    found = []
    while path:
        found.append(path)
        path = _parent(path)
    return found
