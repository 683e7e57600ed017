"""What could these credentials change, and which command takes that away?

The list of privileges tells what is held, and not by which role: that is in the access control list, which Sys.Audit on
`/access` lets read.
"""

from collections.abc import Iterator, Mapping
from shlex import quote
from typing import Any

from ...cluster.facts import WriteFacts
from ...settings import ProxmoxSettings
from .answers import Rows
from .privileges import READING_ROLE

# These show something and change nothing, beside all that is called Audit.
_READING = frozenset({"Sys.Syslog", "VM.GuestAgent.FileRead"})

Held = Mapping[str, frozenset[str]]
"""Path → the privileges there that could change something."""


def writes_in(permissions: Any) -> Held:
    """Return where something could be changed: the topmost paths alone, below which the same holds.

    Shape: `{"/vms": {"VM.Audit": 1, "VM.PowerMgmt": 1}, …}`, as `GET /access/permissions` gives it.
    """
    held: dict[str, frozenset[str]] = {}
    for path in sorted(permissions) if isinstance(permissions, dict) else ():
        entry = permissions[path]
        writing = frozenset(filter(_can_write, entry)) if isinstance(entry, dict) else frozenset()
        above = frozenset().union(*(held[upper] for upper in _above(path) if upper in held))
        if writing - above:
            held[path] = writing
    return held


def facts_of(held: Held, acl: Rows, roles: Rows, settings: ProxmoxSettings) -> tuple[WriteFacts, ...]:
    """Return what could be changed with the commands that end it: one for each role that gives it, if these are known.

    Shape: `[{"path": "/", "type": "user", "ugid": "vrd@pve", "roleid": "PVEAdmin"}, …]`, `[{"roleid": "PVEAdmin",
    "privs": "VM.Audit,VM.PowerMgmt"}, …]`. Source: `GET /access/acl`, `GET /access/roles`.
    """
    if not held:
        return ()
    writing = {str(row.get("roleid")): _writing(row) for row in roles}
    given = [row for row in acl if writing.get(str(row.get("roleid")))]
    # What a separated token has, it and its user have both: to take it from the token is enough. One that is not has
    # its user's rights, which a person may need.
    account = settings.account
    if own := [row for row in given if row.get("ugid") == account and row.get("type") in {"user", "token"}]:
        return tuple(_of_row(row, writing, account) for row in sorted(own, key=_place))
    privileges = tuple(sorted(frozenset().union(*held.values())))
    return (
        WriteFacts(path=min(held, key=lambda path: (len(path), path)), privileges=privileges, mend=_anew(settings)),
    )


def _place(row: Mapping[str, Any]) -> tuple[str, str]:
    return str(row.get("path")), str(row.get("roleid"))


def _of_row(row: Mapping[str, Any], writing: Mapping[str, tuple[str, ...]], account: str) -> WriteFacts:
    path, role = _place(row)
    entry = f"pveum acl modify {quote(path)} --{'tokens' if '!' in account else 'users'} {quote(account)} --roles"
    # First what is needed, so that nothing is missing in between.
    mend = f"{entry} {READING_ROLE} && {entry} {quote(role)} --delete 1"
    return WriteFacts(path=path, privileges=writing[role], mend=mend)


def _anew(settings: ProxmoxSettings) -> str:
    """Return the commands that give rights of its own to a token, of whatever its user may do by groups or as root."""
    name = settings.token_name or "check"
    verb = "modify" if settings.token_name else "add"
    token = f"pveum user token {verb} {quote(settings.user)} {quote(name)} --privsep 1"
    return f"{token} && pveum acl modify / --tokens {quote(f'{settings.user}!{name}')} --roles {READING_ROLE}"


def _writing(role: Mapping[str, Any]) -> tuple[str, ...]:
    privileges = role.get("privs")
    return tuple(sorted(filter(_can_write, privileges.split(",")))) if isinstance(privileges, str) else ()


def _can_write(privilege: str) -> bool:
    return bool(privilege) and not privilege.endswith(".Audit") and privilege not in _READING


def _above(path: str) -> Iterator[str]:
    while path != "/":
        path = path.rpartition("/")[0] or "/"
        yield path
