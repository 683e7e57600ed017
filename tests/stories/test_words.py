"""What a newcomer gets wrong first is told with what to do about it."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.live import PROGRAM, assert_clear, run

WRONG = {
    "no secret": (
        {"SECRETS_DIRECTORY": "none"},
        66,
        "{here}/none/proxmox_password: the secret can't be read: No such file or directory; put it there, for the user "
        "of this program alone (chmod 600), or set SECRETS_DIRECTORY; a token's secret takes PROXMOX_TOKEN_NAME",
    ),
    "no token": (
        {"SECRETS_DIRECTORY": "none", "PROXMOX_TOKEN_NAME": "check"},
        66,
        "{here}/none/proxmox_token: the secret can't be read: No such file or directory; put it there, for the user "
        "of this program alone (chmod 600), or set SECRETS_DIRECTORY",
    ),
    "an empty secret": (
        {"SECRETS_DIRECTORY": "empty"},
        65,
        "empty/proxmox_password: the secret is empty, or more than one line of text; expected one line, such as a "
        "password",
    ),
    "nothing set": (
        {"PROXMOX_HOST": "pve-test.invalid"},
        69,
        "; PROXMOX_HOST says which hosts are asked",
    ),
    "no authority": (
        {"PROXMOX_CA_FILE": "/none.pem"},
        66,
        "PROXMOX_CA_FILE /none.pem is not there; copy /etc/pve/pve-root-ca.pem of a node there, or correct "
        "PROXMOX_CA_FILE",
    ),
    "another database": (
        {"DATABASE_URL": "postgresql://x"},
        64,
        "DATABASE_URL is set, and this version has SQLite only; take it out, and set DATABASE_PATH",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_setting_that_leads_nowhere_is_told_with_what_to_do(tmp_path: Path, case: str) -> None:
    """In one line, of which this is the end."""
    settings, status, message = WRONG[case]
    for folder, secret in (("good", "x"), ("empty", "")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "proxmox_password").touch(mode=0o600)
        (tmp_path / folder / "proxmox_password").write_text(secret)
    database = tmp_path / "model.sqlite3"
    run(database, {}, "init-database")
    ran = run(database, {"SECRETS_DIRECTORY": "good", "PROXMOX_TIMEOUT": "5"} | settings, "run")
    assert_clear(ran)
    assert (ran.status, ran.stdout, len(ran.lines)) == (status, "", 1)
    assert ran.lines[0].endswith(message.format(here=tmp_path))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff", " can't be read: it is not UTF-8; expected a file of lines NAME=value, which this user may read"),
        (None, " can't be read: Is a directory; expected a file of lines NAME=value, which this user may read"),
        (b"A B\n", ", line 1: expected NAME=value"),
    ],
)
def test_an_env_file_that_is_none_is_told(tmp_path: Path, content: bytes | None, message: str) -> None:
    """It is 64, without words of Python's."""
    file = tmp_path / ".env"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    ran = run(tmp_path / "model.sqlite3", {}, "list-nodes")
    assert (ran.status, ran.stdout, len(ran.lines)) == (64, "", 1)
    assert ran.lines[0].startswith(f"{file}{message}")


def test_a_help_page_that_can_not_be_written_says_so() -> None:
    """As an answer does."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "virtualisation_resource_distributor", "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
            timeout=40,
        )
    assert done.returncode == 74
    assert done.stderr == f"{PROGRAM}: the answer can't be written to standard output: No space left on device\n"


def test_a_file_that_can_not_be_written_says_where_to_look(tmp_path: Path) -> None:
    """Mostly its directory is mistyped."""
    run(tmp_path / "model.sqlite3", {}, "init-database")
    ran = run(tmp_path / "model.sqlite3", {}, "export-model", "--output", "none/model.yaml")
    assert (ran.status, ran.stdout) == (74, "")
    mend = "look at its directory and the permissions there, and at the room on the disk"
    assert ran.lines == [f"none/model.yaml: can't be written: No such file or directory; {mend}"]
