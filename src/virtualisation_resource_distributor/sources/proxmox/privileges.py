"""What the credentials may not see: rights that are missing make rows vanish from a good answer."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from shlex import quote

from ...cluster.names import GuestId, PoolName
from ...cluster.trouble import Remark, Trouble
from ...settings import ProxmoxSettings
from .answers import MAINTENANCE_IN_RESOURCES, Version

Permissions = Mapping[str, Mapping[str, bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A privilege that is missing at a path, and what can't be seen for that; `subject` is what a trouble touches."""

    privilege: str
    path: str
    subject: str
    hidden: str


def may_read_ha(permissions: Permissions) -> bool:
    """Tell whether HA's rules and state can be read: all of `/cluster/ha` takes Sys.Audit on `/`."""
    return _held(permissions, "/", "Sys.Audit")


def missing_privileges(
    permissions: Permissions, version: Version, pools: Iterable[PoolName], guests: frozenset[GuestId]
) -> Iterator[Missing]:
    """Yield what a verdict needs and the credentials have not, given the pools and guests that they do see.

    Needed are Pool.Audit and VM.Audit for all pools' guests, and before 8.3 Sys.Audit on `/` for nodes in maintenance.
    """
    if not _inherited(permissions, "/pool", "Pool.Audit"):
        yield Missing(privilege="Pool.Audit", path="/pool", subject="cluster", hidden="pools and their members")
    for path in _below(permissions, "/pool/"):
        if not (_held(permissions, path, "Pool.Audit") and _inherited(permissions, path, "Pool.Audit")):
            subject = f"pool {path.removeprefix('/pool/')}"
            yield Missing(privilege="Pool.Audit", path=path, subject=subject, hidden="the pool and its members")
    yield from _guests_missing(permissions, pools, guests)
    if version < MAINTENANCE_IN_RESOURCES and not may_read_ha(permissions):
        yield Missing(privilege="Sys.Audit", path="/", subject="cluster", hidden="which nodes are in maintenance")


def less_to_know(permissions: Permissions, version: Version) -> Iterator[tuple[str, Missing]]:
    """Yield, with the code of its remark, what is missing and changes no verdict to spread."""
    if version >= MAINTENANCE_IN_RESOURCES and not may_read_ha(permissions):
        hidden = "HA rules, which may forbid a move that is counted on"
        yield "rules-unread", Missing(privilege="Sys.Audit", path="/", subject="cluster", hidden=hidden)
    if not _inherited(permissions, "/vms", "VM.Audit") or any(
        "VM.Audit" not in permissions[path] for path in _below(permissions, "/vms/")
    ):
        hidden = "guests outside pools, so that nodes seem to have more room than they have"
        yield "guests-hidden", Missing(privilege="VM.Audit", path="/vms", subject="cluster", hidden=hidden)


def trouble_of(missing: Missing, settings: ProxmoxSettings) -> Trouble:
    """Return the trouble with the line that mends it."""
    return Trouble(kind="forbidden", subject=missing.subject, message=_in_words(missing, settings))


def remark_of(code: str, missing: Missing, settings: ProxmoxSettings) -> Remark:
    """Return the remark with the line that mends it."""
    return Remark(code=code, subject=missing.subject, message=_in_words(missing, settings))


def _in_words(missing: Missing, settings: ProxmoxSettings) -> str:
    who = f"--users {quote(settings.user)}"
    if settings.token_name:
        # A token has what both it and its user were given; where it is not separated, the user's part is enough.
        who = f"{who} --tokens {quote(f'{settings.user}!{settings.token_name}')}"
    mend = f"pveum acl modify {quote(missing.path)} {who} --roles PVEAuditor"
    return f"{missing.privilege} on {missing.path} is missing, which hides {missing.hidden}; on a node run: {mend}"


def _guests_missing(
    permissions: Permissions, pools: Iterable[PoolName], guests: frozenset[GuestId]
) -> Iterator[Missing]:
    everywhere = _inherited(permissions, "/vms", "VM.Audit")
    in_all_pools = _inherited(permissions, "/pool", "VM.Audit")
    if not everywhere:
        yield from _members_missing(permissions, pools, in_all_pools=in_all_pools)
    for path in _below(permissions, "/vms/"):
        guest = path.removeprefix("/vms/")
        hidden = "VM.Audit" not in permissions[path] and guest not in guests
        # A pool's rights are in its guests' entries: an entry with others but not these is of a guest in no pool.
        if hidden and not (in_all_pools and permissions[path]):
            yield Missing(privilege="VM.Audit", path=path, subject="cluster", hidden=f"guest {guest}, of whatever pool")


def _members_missing(permissions: Permissions, pools: Iterable[PoolName], *, in_all_pools: bool) -> Iterator[Missing]:
    without = {pool for pool in pools if not _held(permissions, f"/pool/{pool}", "VM.Audit")}
    without |= {
        PoolName(path.removeprefix("/pool/"))
        for path in _below(permissions, "/pool/")
        if not (_held(permissions, path, "VM.Audit") and _inherited(permissions, path, "VM.Audit"))
    }
    if not in_all_pools and without.issuperset(pools):
        yield Missing(
            privilege="VM.Audit", path="/vms", subject="cluster", hidden="guests, members of pools among them"
        )
        return
    for pool in sorted(without):
        yield Missing(privilege="VM.Audit", path=f"/pool/{pool}", subject=f"pool {pool}", hidden="members of the pool")


def _below(permissions: Permissions, prefix: str) -> list[str]:
    return sorted(path for path in permissions if path.startswith(prefix) and path != prefix)


def _held(permissions: Permissions, path: str, privilege: str) -> bool:
    """Tell whether a privilege is held at a path, by its own entry or an inherited one."""
    if path in permissions:
        return privilege in permissions[path]
    return _inherited(permissions, path.rpartition("/")[0] or "/", privilege)


def _inherited(permissions: Permissions, path: str, privilege: str) -> bool:
    """Tell whether what lies below a path has a privilege: from the nearest entry upward that propagates at all."""
    while True:
        entry = permissions.get(path, {})
        if any(entry.values()):
            return entry.get(privilege, False)
        if path == "/":
            return False
        path = path.rpartition("/")[0] or "/"
