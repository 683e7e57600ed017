"""What credentials could change, and the command that takes it away."""

from pathlib import Path
from typing import Any

import pytest

from virtualisation_resource_distributor.settings import Dotenv, Given, proxmox_settings
from virtualisation_resource_distributor.sources.proxmox.writes import facts_of, writes_in

ROLES = [
    {"roleid": "PVEAdmin", "privs": "VM.Audit,VM.PowerMgmt,Pool.Allocate"},
    {"roleid": "PVEAuditor", "privs": "VM.Audit"},
]
ON_TOP = writes_in({"/": {"VM.PowerMgmt": 1, "VM.Audit": 1}})


def _settings(token: str = "check", user: str = "vrd", realm: str = "pve") -> Any:
    environment = {"PROXMOX_USERNAME": user, "PROXMOX_REALM": realm, "PROXMOX_TOKEN_NAME": token}
    return proxmox_settings(Given(environment=environment, dotenv=Dotenv(path=Path("/.env"))))


def _row(path: str, who: str, role: str = "PVEAdmin") -> dict[str, Any]:
    return {"path": path, "type": "token" if "!" in who else "user", "ugid": who, "roleid": role, "propagate": 1}


@pytest.mark.parametrize("privilege", ["VM.Audit", "Datastore.Audit", "VM.GuestAgent.Audit", "Sys.Syslog"])
def test_what_only_shows_something_is_no_right_to_write(privilege: str) -> None:
    """All that is called Audit, and few others."""
    assert writes_in({"/": {privilege: 1}}) == {}


@pytest.mark.parametrize("privilege", ["VM.PowerMgmt", "Pool.Allocate", "Permissions.Modify", "SDN.Use", "Of.Tomorrow"])
def test_anything_else_is(privilege: str) -> None:
    """Also what nobody knows yet, and what does not propagate."""
    assert writes_in({"/": {privilege: 0}}) == {"/": {privilege}}


def test_paths_are_told_from_the_top() -> None:
    """Below one only what is not held there already; a path that only begins alike is another."""
    held = {
        "/vms": {"VM.PowerMgmt": 1},
        "/vms/100": {"VM.PowerMgmt": 1, "VM.Audit": 1},
        "/vms/101": {"VM.PowerMgmt": 1, "VM.Migrate": 1},
        "/vmsx": {"VM.PowerMgmt": 1},
    }
    assert list(writes_in(held)) == ["/vms", "/vms/101", "/vmsx"]


def test_a_role_is_taken_away_by_its_very_entry_after_reading_was_given() -> None:
    """From the token, since what it has not it may not, whatever its user has."""
    acl = [_row("/", "vrd@pve"), _row("/", "vrd@pve!check"), _row("/vms", "vrd@pve!check"), _row("/", "other@pve")]
    acl.append(_row("/pool", "vrd@pve!check", "PVEAuditor"))
    top, vms = facts_of(ON_TOP, acl, ROLES, _settings())
    entry = "pveum acl modify / --tokens 'vrd@pve!check' --roles"
    assert top.mend == f"{entry} PVEAuditor && {entry} PVEAdmin --delete 1"
    assert (top.path, top.privileges, vms.path) == ("/", ("Pool.Allocate", "VM.PowerMgmt"), "/vms")


def test_what_a_user_has_directly_is_taken_from_the_user() -> None:
    """There is no token."""
    (told,) = facts_of(ON_TOP, [_row("/", "vrd@pve")], ROLES, _settings(token=""))
    entry = "pveum acl modify / --users vrd@pve --roles"
    assert told.mend == f"{entry} PVEAuditor && {entry} PVEAdmin --delete 1"


@pytest.mark.parametrize(("token", "verb", "name"), [("", "add", "check"), ("mine", "modify", "mine")])
def test_where_nobody_can_tell_what_gives_it_a_token_gets_rights_of_its_own(token: str, verb: str, name: str) -> None:
    """By a group, or as root, or the list of access is not shown; and a token that has its user's gets its own."""
    group = {"path": "/", "type": "group", "ugid": "admins", "roleid": "PVEAdmin"}
    for acl in ([], [group], [_row("/", "root@pam")] if token else []):
        (told,) = facts_of(ON_TOP, acl, ROLES, _settings(token, "root", "pam"))
        assert told.mend == (
            f"pveum user token {verb} root@pam {name} --privsep 1 && "
            f"pveum acl modify / --tokens 'root@pam!{name}' --roles PVEAuditor"
        )


def test_who_can_write_nothing_is_told_nothing() -> None:
    """Entries that take no effect are not looked for."""
    assert facts_of({}, [_row("/", "vrd@pve")], ROLES, _settings()) == ()
