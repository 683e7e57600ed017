"""What the credentials may not see: rights that are missing make rows vanish from a good answer."""

from collections.abc import Iterable, Iterator
from shlex import quote
from typing import NamedTuple

from ...cluster.names import GuestId, PoolName
from ...cluster.trouble import Remark, Trouble
from ...settings import ProxmoxSettings
from .answers import MAINTENANCE_IN_RESOURCES, Permissions, Version

READING_ROLE = "PVEAuditor"

_PROPAGATES = (1, "1")

# Proxmox VE lists these paths whoever asks, but for those on which nothing is held.
_ALWAYS_LISTED = frozenset({"/", "/pool", "/vms"})

_ALL_GUESTS = "guests, members of pools among them"


class Missing(NamedTuple):
    """A privilege that is missing at a path, and what can't be seen for that; `subject` is what a trouble touches.

    `barred` is where the role NoAccess is in the way, which no other role overcomes.
    """

    privilege: str
    path: str
    subject: str
    hidden: str
    barred: bool = False


def may_read_ha(permissions: Permissions) -> bool:
    """Tell whether HA's rules and state can be read: all of `/cluster/ha` takes Sys.Audit on `/`."""
    return held(permissions, "/", "Sys.Audit")


def missing_privileges(
    permissions: Permissions, version: Version, pools: Iterable[PoolName], guests: frozenset[GuestId]
) -> Iterator[Missing]:
    """Yield what a verdict needs and the credentials have not, given the pools and guests that they do see.

    Needed are Pool.Audit and VM.Audit for all pools' guests, and before 8.3 Sys.Audit on `/` for nodes in maintenance.
    """
    if not inherited(permissions, "/pool", "Pool.Audit"):
        barred, hidden = _barred(permissions, "/pool"), "pools and their members"
        yield Missing(privilege="Pool.Audit", path="/pool", subject="cluster", hidden=hidden, barred=barred)
    for path in _below(permissions, "/pool/"):
        if not (held(permissions, path, "Pool.Audit") and inherited(permissions, path, "Pool.Audit")):
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
    if not inherited(permissions, "/vms", "VM.Audit") or _guests_without(permissions):
        hidden = "guests outside pools, so that nodes seem to have more room than they have"
        yield "guests-hidden", Missing(privilege="VM.Audit", path="/vms", subject="cluster", hidden=hidden)


def storages_unseen() -> Missing:
    """Return what is missing where storages can't be seen; only plans and explanations rest on them."""
    hidden = "which storages are shared, so that a local disk may forbid a move that is counted on"
    return Missing(privilege="Datastore.Audit", path="/storage", subject="cluster", hidden=hidden)


def trouble_of(missing: Missing, settings: ProxmoxSettings) -> Trouble:
    """Return the trouble with the line that mends it."""
    return Trouble(kind="forbidden", subject=missing.subject, message=_in_words(missing, settings))


def remark_of(code: str, missing: Missing, settings: ProxmoxSettings) -> Remark:
    """Return the remark with the line that mends it."""
    return Remark(code=code, subject=missing.subject, message=_in_words(missing, settings))


def mend_of(missing: Missing, settings: ProxmoxSettings) -> str:
    """Return the command that gives what is missing, to be run on a node."""
    role = "NoAccess --delete 1" if missing.barred else READING_ROLE
    return f"pveum acl modify {quote(missing.path)} {_who(settings)} --roles {role}"


def _who(settings: ProxmoxSettings) -> str:
    who = f"--users {quote(settings.user)}"
    # A token has what both it and its user were given; where it is not separated, the user's part is enough.
    return f"{who} --tokens {quote(settings.account)}" if settings.token_name else who


def _in_words(missing: Missing, settings: ProxmoxSettings) -> str:
    hides = f"{missing.privilege} on {missing.path} is missing, which hides {missing.hidden}"
    return f"{hides}; on a node run: {mend_of(missing, settings)}"


def _guests_missing(
    permissions: Permissions, pools: Iterable[PoolName], guests: frozenset[GuestId]
) -> Iterator[Missing]:
    everywhere = inherited(permissions, "/vms", "VM.Audit")
    if _barred(permissions, "/vms"):
        yield Missing(privilege="VM.Audit", path="/vms", subject="cluster", hidden=_ALL_GUESTS, barred=True)
        return
    # A pool's rights are in its guests' entries: one whose entry lacks these is in a pool that lacks them, or in none.
    if not everywhere or any(path.removeprefix("/vms/") not in guests for path in _guests_without(permissions)):
        yield from _members_missing(
            permissions, pools, anywhere=everywhere or inherited(permissions, "/pool", "VM.Audit")
        )


def _members_missing(permissions: Permissions, pools: Iterable[PoolName], *, anywhere: bool) -> Iterator[Missing]:
    without = {pool for pool in pools if not held(permissions, f"/pool/{pool}", "VM.Audit")}
    without |= {
        PoolName(path.removeprefix("/pool/"))
        for path in _below(permissions, "/pool/")
        if not (held(permissions, path, "VM.Audit") and inherited(permissions, path, "VM.Audit"))
    }
    if not anywhere and without.issuperset(pools):
        yield Missing(privilege="VM.Audit", path="/vms", subject="cluster", hidden=_ALL_GUESTS)
        return
    for pool in sorted(without):
        yield Missing(privilege="VM.Audit", path=f"/pool/{pool}", subject=f"pool {pool}", hidden="members of the pool")


def _below(permissions: Permissions, prefix: str) -> list[str]:
    return sorted(path for path in permissions if path.startswith(prefix) and path != prefix)


def _guests_without(permissions: Permissions) -> list[str]:
    """Return the paths of guests that have an entry without VM.Audit."""
    return sorted(path for path, entry in permissions.items() if "VM.Audit" not in entry and path.startswith("/vms/"))


def held(permissions: Permissions, path: str, privilege: str) -> bool:
    """Tell whether a privilege is held at a path, by its own entry or an inherited one."""
    if path in permissions:
        return privilege in permissions[path]
    return inherited(permissions, path.rpartition("/")[0] or "/", privilege)


def inherited(permissions: Permissions, path: str, privilege: str) -> bool:
    """Tell whether what lies below a path has a privilege: from the nearest entry upward that propagates at all."""
    while True:
        entry = permissions.get(path, {})
        if not entry and path in _ALWAYS_LISTED:
            return False
        if any(flag in _PROPAGATES for flag in entry.values()):
            return entry.get(privilege) in _PROPAGATES
        if path == "/":
            return False
        path = path.rpartition("/")[0] or "/"


def _barred(permissions: Permissions, path: str) -> bool:
    """Tell whether nothing is held on a path that is always listed, though `/` hands rights down to it."""
    return not permissions.get(path) and any(flag in _PROPAGATES for flag in permissions.get("/", {}).values())
