"""What is said of settings: where each comes from, and the value that may have been meant."""

from pathlib import Path

import pytest

from virtualisation_resource_distributor.judge.checkup.check import Check, in_shell, problem_and_mend
from virtualisation_resource_distributor.judge.checkup.of_settings import judge_dotenv, judge_settings
from virtualisation_resource_distributor.settings import TABLE, Dotenv, DotenvFault, DotenvLine, Given

PATH = Path("/srv/it's/.env")


def _given(*lines: tuple[str, str], faults: tuple[DotenvFault, ...] = (), **environment: str) -> Given:
    numbered = tuple(DotenvLine(number=number, name=name, value=value) for number, (name, value) in enumerate(lines, 1))
    return Given(environment=environment, dotenv=Dotenv(path=PATH, is_there=True, lines=numbered, faults=faults))


def _of(given: Given, name: str) -> Check:
    return next(check for check in judge_settings(given) if check.subject == name)


def test_each_setting_is_told_once_in_the_order_of_the_page() -> None:
    """None is left out for being fine."""
    assert [check.subject for check in judge_settings(_given())] == [setting.name for setting in TABLE]


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("SOURCE", "LibVirt", "libvirt"),
        ("PROXMOX_HOST", "https://pve1:8006/", "pve1:8006"),
        ("PROXMOX_HOST", "https://root:secret@pve1/api2", "pve1"),
        ("PROXMOX_HOST", "root@pve1", "HOST"),
        ("PROXMOX_TOKEN_NAME", "vrd@pve!check", "check"),
        ("PROXMOX_TOKEN_NAME", "vrd@pve!check=c0ffee", "check"),
        ("PROXMOX_VERIFY_SSL", "maybe", "True"),
        ("PROXMOX_TIMEOUT", "10s", "10"),
        ("PROXMOX_TIMEOUT", "0", "10"),
        ("LIBVIRT_SHARED_STORAGE", "/srv/images, vmpool", '["/srv/images", "vmpool"]'),
        ("EXCLUDE_POOLS_NAMES", "['é', b]", '["é", "b"]'),
        ("EXCLUDE_POOLS_NAMES", "[", "[]"),
        ("NODE_MEMORY_LIMIT", "95", "95%"),
        ("NODE_MEMORY_LIMIT", "4GiB", "100%"),
    ],
)
def test_a_value_that_can_not_be_read_is_told_with_one_that_can(name: str, value: str, meant: str) -> None:
    """It is the one that may have been meant, else the default."""
    check = _of(_given((name, value)), name)
    assert check.severity == "fault"
    assert check.mend == f"in {PATH}, line 1, write: {name}={meant}"
    assert _of(_given((name, meant)), name).severity == "ok" or meant == "HOST"


@pytest.mark.parametrize("name", ["PROXMOX_HOST", "PROXMOX_TOKEN_NAME", "LIBVIRT_URI"])
@pytest.mark.parametrize("value", ["sesame", "sesame@x", "x!y=sesame", "https://u:sesame@pve", "qemu://u:sesame@pve/x"])
def test_a_value_that_may_have_a_secret_in_it_is_not_told(name: str, value: str) -> None:
    """Neither a right one nor a wrong one."""
    assert "sesame" not in str(_of(_given((name, value)), name))


@pytest.mark.parametrize("name", ["PROXMOX_USERNAME", "PROXMOX_REALM"])
def test_a_token_that_was_pasted_for_a_name_is_not_told(name: str) -> None:
    """A name alone is."""
    assert "c0ffee" not in str(_of(_given((name, "vrd@pve!check=c0ffee")), name))
    assert _of(_given((name, "vrd")), name).message == "is 'vrd' (.env, line 1)"


def test_the_environment_goes_before_the_file_and_is_mended_there() -> None:
    """A line of the file that is not heeded is not named."""
    check = _of(_given(("PROXMOX_TIMEOUT", "10"), PROXMOX_TIMEOUT="x"), "PROXMOX_TIMEOUT")
    assert check.mend == "in the environment write: PROXMOX_TIMEOUT=10"


def test_what_a_broken_line_may_set_is_not_called_a_default() -> None:
    """It is not known."""
    broken = DotenvFault(kind="broken", message="x", mend="x", name="SOURCE")
    assert _of(_given(faults=(broken,)), "SOURCE").message.startswith("not checked")
    assert _of(_given(faults=(broken,), SOURCE="proxmox"), "SOURCE").severity == "ok"
    unreadable = DotenvFault(kind="unreadable", message="x", mend="x")
    assert _of(_given(faults=(unreadable,)), "PROXMOX_HOST").message.startswith("not checked")


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("PROXMOX_HOSTS", "s/PROXMOX_HOSTS/PROXMOX_HOST/"),
        ("proxmox_host", "s/proxmox_host/PROXMOX_HOST/"),
        ("EXCLUDE_POOL_NAMES", "s/EXCLUDE_POOL_NAMES/EXCLUDE_POOLS_NAMES/"),
        ("PROXMOX_TOKEN_SECRET", "s/.*//"),
        ("PROXMOX_TOKEN/NAME", "s/.*//"),
    ],
)
def test_a_name_in_the_file_that_looks_like_a_setting_is_told(name: str, mend: str) -> None:
    """The near one is put in its place, if the name can stand in a command as it is."""
    told = [check for check in judge_dotenv(_given((name, "sesame")), 0) if check.check == "unknown-setting"]
    assert [(check.severity, check.mend) for check in told] == [
        ("warning", f"run: sed -i '1{mend}' '/srv/it'\"'\"'s/.env'")
    ]
    assert "sesame" not in str(told)


@pytest.mark.parametrize("name", ["PATH", "TZ", "MAILTO", "NODE_ENV", "SOURCES_LIST"])
def test_names_of_others_are_nobodys_business(name: str) -> None:
    """A file may serve several programs."""
    assert {check.severity for check in judge_dotenv(_given((name, "x")), 0)} == {"ok"}


def test_what_only_root_or_the_owner_may_do_is_said_to_others() -> None:
    """A command that fails is no mend."""
    assert in_shell("chown 5 x", uid=5) == "run as root: chown 5 x"
    assert in_shell("chown 0 x", uid=0) == "run: chown 0 x"
    assert in_shell("chmod 600 x", uid=5, owner=5) == "run: chmod 600 x"
    assert in_shell("chmod 600 x", uid=5, owner=0) == "run as root: chmod 600 x"


def test_what_to_do_stands_last_in_a_message() -> None:
    """One that has no such part is told whole."""
    assert problem_and_mend("a; b; do c") == ("a; b", "do c")
    assert problem_and_mend("a") == ("a", "look at: vrd run --verbose")
