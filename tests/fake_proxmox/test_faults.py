"""The fake server does what a test tells it to do, and fails as it is told to."""

import hashlib
import json
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from requests import exceptions
from tests.fake_proxmox import Certificate, FakeProxmox, FakeUser, big_cluster, dumps, loads, small_cluster
from tests.fake_proxmox.asking import RESOURCES, TOKEN, USER, ask, data, login, rows

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def shared() -> Iterator[FakeProxmox]:
    """Start one server for all tests."""
    with FakeProxmox(small_cluster(), TOKEN) as fake:
        yield fake


@pytest.fixture
def fake(shared: FakeProxmox) -> FakeProxmox:
    """Make the server as good as new."""
    shared.reset(small_cluster())
    return shared


def test_shows_the_certificate_of_its_fingerprint(fake: FakeProxmox) -> None:
    """The fingerprint is the one that a client sees."""
    seen = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", fake.port)))
    assert bytes.fromhex(fake.fingerprint.replace(":", "")) == hashlib.sha256(seen).digest()


@pytest.mark.parametrize("certificate", ["other-ca", "expired", "wrong-name"])
def test_a_bad_certificate_is_not_verified(fake: FakeProxmox, certificate: Certificate) -> None:
    """A client that checks refuses each of them."""
    fake.present(certificate)
    with pytest.raises(exceptions.SSLError):
        ask(fake, "/version")


def test_can_accept_connections_and_never_shake_hands(fake: FakeProxmox) -> None:
    """A client finds an open port, and nobody behind it."""
    fake.accept_only()
    with socket.create_connection(("127.0.0.1", fake.port), timeout=1):
        pass
    with pytest.raises(exceptions.ReadTimeout):
        ask(fake, "/version", timeout=0.3)


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        ("401", 401, b""),
        ("401-null", 401, b'{"data":null}'),
        ("403", 403, b'{"data":null}'),
        ("500", 500, b'{"data":null}'),
        ("503", 503, b""),
        ("595", 595, b""),
        ("null", 200, b'{"data":null}'),
        ("empty-body", 200, b""),
        ("empty", 200, b'{"data":[]}'),
        ("wrong-types", 200, b'{"data":"no list"}'),
    ],
)
def test_a_fault_takes_the_place_of_the_answer(fake: FakeProxmox, fault: str, status: int, body: bytes) -> None:
    """What else is asked for goes well."""
    fake.set_fault(RESOURCES, fault)
    answer = ask(fake, RESOURCES)
    assert (answer.status_code, answer.content) == (status, body)
    assert ask(fake, "/version").status_code == 200


def test_empty_and_wrong_types_fit_what_is_asked_for(fake: FakeProxmox) -> None:
    """Where an object is due, an empty one or a list comes."""
    fake.set_fault("/access/permissions", "empty")
    assert data(fake, "/access/permissions") == {}
    fake.set_fault("/access/permissions", "wrong-types")
    assert data(fake, "/access/permissions") == [1, 2]


def test_wrong_rows_have_fields_of_wrong_types(fake: FakeProxmox) -> None:
    """The rows are all there."""
    fake.set_fault("*", "wrong-rows")
    found = rows(fake)
    wrong = {key: found["qemu/100"][key] for key in ("vmid", "node", "status", "maxmem")}
    assert wrong == {"vmid": [100], "node": 7, "status": 7, "maxmem": "x"}
    assert data(fake, "/pools")[0]["poolid"] == 7
    assert set(data(fake, "/access/permissions").values()) == {7}


def test_json_can_be_cut_in_a_whole_answer(fake: FakeProxmox) -> None:
    """The transfer is complete, the text is not."""
    fake.set_fault(RESOURCES, "cut-json")
    with pytest.raises(exceptions.JSONDecodeError):
        data(fake, RESOURCES)


def test_html_and_a_redirect_can_come_instead(fake: FakeProxmox) -> None:
    """The redirect leads to where nobody listens."""
    fake.set_fault(RESOURCES, "html")
    assert ask(fake, RESOURCES).headers["Content-Type"] == "text/html"
    fake.set_fault(RESOURCES, "redirect")
    with pytest.raises(exceptions.ConnectionError):
        ask(fake, RESOURCES)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("cut", exceptions.ChunkedEncodingError),
        ("dropped", exceptions.ConnectionError),
        ("hang", exceptions.ReadTimeout),
        ("slow:2", exceptions.ReadTimeout),
    ],
)
def test_an_answer_can_break_off_or_stay_out(fake: FakeProxmox, fault: str, error: type[Exception]) -> None:
    """The server goes on serving others."""
    fake.set_fault(RESOURCES, fault)
    with pytest.raises(error):
        ask(fake, RESOURCES, timeout=0.5)
    assert ask(fake, "/version").status_code == 200
    assert fake.requests() == [f"GET {RESOURCES}", "GET /version"]


@pytest.mark.parametrize("fault", ["slow:0.3", "drip:0.3", "drip-headers:0.3"])
def test_an_answer_can_be_late_or_slow_and_complete(fake: FakeProxmox, fault: str) -> None:
    """A byte now and then keeps a timeout between bytes from striking."""
    fake.set_fault("/version", fault)
    began = time.monotonic()
    assert ask(fake, "/version", timeout=1.5).json()["data"]["release"] == "8.4"
    assert time.monotonic() - began >= 0.3


def test_tickets_and_tokens_can_expire(fake: FakeProxmox) -> None:
    """That request and all later ones get 401; a new ticket helps, and clearing the faults revives the token."""
    ticket = login(fake, FakeUser().password).json()["data"]["ticket"]
    fake.set_fault(RESOURCES, "expire", times=1)
    cookie = {"Authorization": "", "Cookie": f"PVEAuthCookie={ticket}"}
    answers = [ask(fake, path, headers=cookie) for path in ("/version", RESOURCES, "/version")]
    assert [answer.status_code for answer in answers] == [200, 401, 401]
    assert ask(fake, "/version").status_code == 401
    fresh = login(fake, FakeUser().password).json()["data"]["ticket"]
    assert ask(fake, RESOURCES, headers=cookie | {"Cookie": f"PVEAuthCookie={fresh}"}).status_code == 200
    fake.clear_faults()
    assert ask(fake, "/version").status_code == 200


def test_faults_are_set_by_path_for_some_requests_or_all(fake: FakeProxmox) -> None:
    """A path's own fault goes before that of any path, and `login` is the login."""
    fake.set_fault("*", "503")
    fake.set_fault("/pools?poolid=web", "500", times=2)
    fake.set_fault("login", "595")
    paths = ["/pools?poolid=web"] * 3 + ["/pools"]
    assert [ask(fake, path).status_code for path in paths] == [500, 500, 503, 503]
    assert login(fake, FakeUser().password).status_code == 595
    fake.clear_faults()
    assert login(fake, FakeUser().password).status_code == ask(fake, "/pools?poolid=web").status_code == 200


def test_a_fault_that_there_is_not_is_an_error_of_the_test(fake: FakeProxmox) -> None:
    """The server is none the wiser."""
    with pytest.raises(ValueError, match=r"'418' is no fault; there are .*, drip:SECONDS, "):
        fake.set_fault("*", "418")
    assert ask(fake, "/version").status_code == 200


def test_settings_name_the_server_and_a_secret_that_nobody_else_reads(fake: FakeProxmox, tmp_path: Path) -> None:
    """A token has a name of its own, a user a password."""
    settings = fake.environment(tmp_path)
    assert settings["PROXMOX_HOST"] == fake.host
    assert [settings[f"PROXMOX_{name}"] for name in ("USERNAME", "REALM", "TOKEN_NAME")] == ["vrd", "pve", "check"]
    secret = tmp_path / "proxmox_token"
    assert (secret.read_text(encoding="utf-8"), secret.stat().st_mode & 0o777) == (fake.secret, 0o600)
    with FakeProxmox(small_cluster(), USER) as other:
        assert "PROXMOX_TOKEN_NAME" not in other.environment(tmp_path)
        assert (tmp_path / "proxmox_password").read_text(encoding="utf-8") == FakeUser().password


def test_a_cluster_survives_being_written_down() -> None:
    """Reading it gives the same cluster."""
    assert loads(dumps(small_cluster())) == small_cluster()


def test_a_big_cluster_is_served_at_once_when_it_is_prepared() -> None:
    """64 nodes, 20,000 guests and 2,000 pools take a moment to prepare."""
    with FakeProxmox(big_cluster(), TOKEN) as fake:
        fake.prepare(RESOURCES)
        assert len(data(fake, RESOURCES)) == 22_064
        began = time.monotonic()
        assert ask(fake, RESOURCES, stream=True).headers["Content-Encoding"] == "gzip"
        assert ask(fake, "/pools?poolid=pool7").status_code == 200
        assert time.monotonic() - began < 0.5


def test_a_described_cluster_is_served_until_interrupted(tmp_path: Path) -> None:
    """One line of JSON tells where, and how to get in."""
    state: dict[str, Any] = {"nodes": [{"name": "pve1"}], "guests": [{"vmid": 100, "node": "pve1", "ha": {}}]}
    file = tmp_path / "state.json"
    file.write_text(json.dumps(state), encoding="utf-8")
    command = [sys.executable, "-m", "tests.fake_proxmox", str(file), "--port", "0", "--account", TOKEN]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        place = json.loads(process.stdout.readline())
        headers = {"Authorization": f"PVEAPIToken={place['account']}={place['secret']}"}
        url = f"https://{place['host']}/api2/json/cluster/ha/resources"
        answer = requests.get(url, headers=headers, verify=place["ca_file"], timeout=2)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=2) == 0
    assert answer.json()["data"][0]["sid"] == "vm:100"
