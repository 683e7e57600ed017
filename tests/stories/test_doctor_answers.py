"""What the doctor answers before a set-up without a fault, in which form, and what it leaves alone."""

import hashlib
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.databases import make_first_edition
from tests.doctoring import Place, furnish
from tests.fake_proxmox import FakeProxmox, FakeToken
from tests.live import fine, make_database

from virtualisation_resource_distributor.judge.checkup.check import NAMES

TOKEN = "vrd@pve!check"
CLUSTER = replace(fine(), tokens=(FakeToken(),))
OF_LIBVIRT = {"same-machine", "member-patterns", "pattern-overlap"}


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeProxmox]:
    """Serve one API to all tests here."""
    with FakeProxmox(CLUSTER, TOKEN) as fake:
        yield fake


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the model once."""
    return make_database(tmp_path_factory.mktemp("model") / "model.sqlite3")


@pytest.fixture
def place(fake: FakeProxmox, database: Path, tmp_path: Path) -> Place:
    """Make everything as it should be."""
    fake.reset(CLUSTER)
    place = Place(folder=tmp_path, fake=fake)
    furnish(place, database)
    return place


def _contents(folder: Path) -> dict[str, tuple[str, int, int]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {
        str(path): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns, path.stat().st_mode)
        for path in files
    }


def test_a_set_up_without_a_fault_is_told_so_in_the_order_of_the_page(place: Place) -> None:
    """Every line is ok, the status 0, and every name of the page there but those of libvirt."""
    looked = place.look()
    assert [one for one in looked.checks if one["severity"] != "ok"] == []
    assert (looked.status, looked.stderr) == (0, "")
    told = list(dict.fromkeys(one["check"] for one in looked.checks))
    assert told == [name for name in NAMES if name not in OF_LIBVIRT]
    assert all(one["mend"] is None for one in looked.checks)


def test_nothing_is_written_and_nothing_but_get_is_asked_beside_the_login(place: Place) -> None:
    """Neither here nor there; with a password there is a login."""
    place.set(PROXMOX_TOKEN_NAME="")
    password = place.folder / "proxmox_password"
    password.touch(mode=0o600)
    password.write_text(CLUSTER.users[0].password, encoding="utf-8")
    before = _contents(place.folder)
    assert place.look().status == 0
    assert _contents(place.folder) == before
    asked = {request for request in place.api.requests() if not request.startswith("GET ")}
    assert asked == {"POST /access/ticket"}


def test_an_older_database_is_read_and_left_as_it_is(place: Place) -> None:
    """It serves, so that is no fault; the orphan is in no zone."""
    place.database.unlink()
    make_first_edition(place.database)
    before = _contents(place.folder)
    looked = place.look()
    assert _contents(place.folder) == before
    (told,) = [one for one in looked.checks if one["check"] == "database"]
    assert (told["severity"], told["message"]) == (
        "ok",
        "is of version 1, and read as one of 3; vrd init-database upgrades it for good",
    )
    assert [one["subject"] for one in looked.wrong("node-zone")] == ["pve3"]


def test_text_is_one_line_for_each_check(place: Place) -> None:
    """Without a terminal it has no colours."""
    place.set(NODE_MEMORY_LIMIT="95")
    done = place.vrd("doctor")
    lines = done.stdout.splitlines()
    assert all(re.match("(ok|warning|fault): [a-z-]+: ", line) for line in lines)
    line = next(number for number, text in enumerate(place.dotenv.read_text().splitlines(), 1) if "MEMORY" in text)
    expected = "expected a share of a node's memory such as 95%, or what to keep free of it such as -4GiB"
    mend = f"in {place.dotenv}, line {line}, write: NODE_MEMORY_LIMIT=95%"
    assert f"fault: setting: NODE_MEMORY_LIMIT: is '95' (.env, line {line}); {expected}; {mend}" in lines
    assert "\x1b" not in done.stdout
    assert (done.returncode, done.stderr) == (78, "")


def test_on_a_terminal_no_line_is_broken(place: Place) -> None:
    """A command can be copied as it is."""
    place.secret.chmod(0o644)
    owner, member = pty.openpty()
    command = [sys.executable, "-m", "virtualisation_resource_distributor", "doctor"]
    environment = os.environ | {"PYTHONPATH": place.python_path, "NO_COLOR": "", "TERM": "xterm", "COLUMNS": "40"}
    with subprocess.Popen(command, cwd=place.folder, stdout=member, stderr=subprocess.PIPE, env=environment) as process:
        os.close(member)
        chunks = []
        while chunk := _read(owner):
            chunks.append(chunk)
    os.close(owner)
    text = re.sub(r"\x1b\[[0-9;]*m", "", b"".join(chunks).decode())
    assert f"run: chmod 600 {place.secret}\r\n" in text
    assert process.returncode == 78


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # how Linux tells that the other end is closed
        return b""


def test_a_variable_of_the_environment_is_mended_there(place: Place) -> None:
    """It goes before `.env`."""
    place.environment["PROXMOX_TIMEOUT"] = "ten"
    place.environment["DATABASE_URL"] = "postgresql://model"
    wrong, url = place.look().wrong("setting")
    assert url["mend"] == "in the environment write: DATABASE_URL="
    assert wrong["mend"] == "in the environment write: PROXMOX_TIMEOUT=10"
    assert wrong["message"].startswith("is 'ten' (environment); expected ")


def test_nothing_is_sent_where_others_can_write_dotenv(place: Place) -> None:
    """Who can change the host could have the secret sent there; all that is near is looked at all the same."""
    place.dotenv.chmod(0o666)
    place.database.unlink()
    looked = place.look()
    assert place.api.connections() == 0
    assert {one["check"] for one in looked.faults} == {"dotenv", "database"}


def test_no_secret_is_sent_to_a_host_that_is_not_trusted(place: Place) -> None:
    """It is asked for its certificate alone."""
    place.set(PROXMOX_CA_FILE="")
    looked = place.look()
    assert [one["check"] for one in looked.faults] == ["certificate"]
    assert place.api.requests() == []


@pytest.mark.parametrize("arguments", [("doctor", "--format", "xml"), ("doctor", "--from", "x.json"), ("doctor", "x")])
def test_wrong_usage_is_64(place: Place, arguments: tuple[str, ...]) -> None:
    """As with every command."""
    assert place.vrd(*arguments).returncode == 64


def test_a_right_secret_is_left_alone_where_the_tokens_name_is_wrong(place: Place) -> None:
    """Proxmox VE says what it refuses, and so do doctor and run; no secret is to be written anew."""
    place.set(PROXMOX_TOKEN_NAME="chekc")
    looked = place.look()
    (told,) = [one for one in looked.checks if one["check"] == "login"]
    assert "(401: the user has no such token)" in told["message"]
    assert told["mend"] == "set PROXMOX_TOKEN_NAME to one that a node lists with: pveum user token list vrd@pve"
    assert "(401: the user has no such token)" in place.vrd("run").stderr
