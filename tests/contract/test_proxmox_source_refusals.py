"""A Proxmox VE host that can't be asked, or that answers nonsense, stops the reading in words, and never by a bug."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.fake_proxmox import FakeAclEntry, FakeGuest, FakeProxmox, FakeToken, FakeUser, small_cluster
from tests.proxmox_reading import read, read_with, with_nodes

from virtualisation_resource_distributor.errors import InvalidData, SourceForbidden, SourceUnavailable

ROWS: dict[str, dict[str, Any]] = {
    "[3].vmid": {"id": "qemu/x", "type": "qemu", "vmid": -1, "node": "pve1", "status": "running"},
    "[3].type": {"id": "xen/7", "type": "xen", "vmid": 7, "node": "pve1", "status": "running", "pool": "dns"},
    "[3].status": {"id": "qemu/1", "type": "qemu", "vmid": 1, "node": "pve1"},
    "[3].node": {"id": "qemu/1", "type": "qemu", "vmid": 1, "status": "running"},
    "[3].name": {"id": "qemu/1", "type": "qemu", "vmid": 1, "node": "pve1", "status": "running", "name": "a\x1b[2J"},
    "[3].pool": {"id": "qemu/1", "type": "qemu", "vmid": 1, "node": "pve1", "status": "running", "pool": "a\nb"},
    "[3].tags": {"id": "qemu/1", "type": "qemu", "vmid": 1, "node": "pve1", "status": "running", "tags": "a\x07"},
    "[3].maxmem": {"id": "qemu/1", "type": "qemu", "vmid": 1, "node": "pve1", "status": "running", "maxmem": -1},
    "[3].maxcpu": {"id": "qemu/1", "type": "qemu", "vmid": 1, "node": "pve1", "status": "running", "maxcpu": True},
    "[3].template": {"id": "qemu/1", "type": "qemu", "vmid": 1, "node": "pve1", "status": "running", "template": 2},
    "[4].pool": {"id": "z", "type": "pool", "pool": "a\u009b"},
    "[4].node": {"id": "z", "type": "node", "node": "", "status": "online"},
}


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeProxmox]:
    """Start one server; every test reads a cluster of its own from it."""
    with FakeProxmox(with_nodes()) as server:
        yield server


@pytest.mark.parametrize("host", ["a..b", "x" * 64, ".", "-", "256.256.256.256", "::1", "[::1]:1"])
def test_a_host_that_can_not_be_is_passed_over_in_words(fake: FakeProxmox, tmp_path: Path, host: str) -> None:
    """The next one is asked, and without one it is named, with a sentence and no class name."""
    with pytest.raises(SourceUnavailable) as caught:
        read(fake, tmp_path, with_nodes(), PROXMOX_HOST=host)
    assert host in str(caught.value)
    assert "Error" not in str(caught.value)
    (remark,) = read(fake, tmp_path, PROXMOX_HOST=f"{host},{fake.host}").remarks
    assert remark.code == "host-passed-over"


@pytest.mark.parametrize(("user", "secret"), [("vrd", "schlüssel€"), ("vrd€", "abc"), ("vrd\udcff", "abc")])
@pytest.mark.parametrize("token", ["", "check"])
def test_credentials_that_can_not_be_sent_are_refused_without_being_told(
    fake: FakeProxmox, tmp_path: Path, user: str, secret: str, token: str
) -> None:
    """They can't be right, whatever character it is; the secret is not shown."""
    settings = fake.environment(tmp_path) | {"PROXMOX_USERNAME": user, "PROXMOX_TOKEN_NAME": token}
    for name in ("proxmox_password", "proxmox_token"):
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text(secret, "utf-8")
    with pytest.raises(SourceForbidden) as caught:
        read_with(settings, tmp_path)
    assert secret not in str(caught.value)


def test_a_password_may_hold_any_character(fake: FakeProxmox, tmp_path: Path) -> None:
    """It is sent as UTF-8, and nothing of it is trimmed but the line's end."""
    password = "  schlüssel€ &=%+;漢 "
    with FakeProxmox(with_nodes(users=(FakeUser(password=password),))) as server:
        assert read(server, tmp_path).troubles == ()
    token = FakeToken(secret="a secret/with+every=sign;")
    acl = (FakeAclEntry(path="/", who="vrd@pve"), FakeAclEntry(path="/", who="vrd@pve!check"))
    with FakeProxmox(with_nodes(tokens=(token,), acl=acl), "vrd@pve!check") as server:
        assert read(server, tmp_path).troubles == ()


@pytest.mark.parametrize("place", ROWS)
def test_a_row_that_is_not_as_proxmox_writes_it_is_named(fake: FakeProxmox, tmp_path: Path, place: str) -> None:
    """Its place is told, and no control character of it."""
    guests = (FakeGuest(vmid=300, node="pve1"),)
    cluster = with_nodes(guests=guests if place.startswith("[4]") else (), extra_rows=(ROWS[place],))
    with pytest.raises(InvalidData) as caught:
        read(fake, tmp_path, cluster)
    assert str(caught.value).startswith(f"Proxmox VE: /cluster/resources{place}")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("version", ["6.4-15", "5.0"])
def test_a_version_before_7_is_refused(fake: FakeProxmox, tmp_path: Path, version: str) -> None:
    """It is named, and what is read."""
    with pytest.raises(InvalidData, match=rf"Proxmox VE: /version: this is Proxmox VE {version}"):
        read(fake, tmp_path, with_nodes(version))


def test_a_cluster_without_nodes_is_refused(fake: FakeProxmox, tmp_path: Path) -> None:
    """Nothing could be said of it, and it must not look fine."""
    with pytest.raises(InvalidData, match="lists no node"):
        read(fake, tmp_path, with_nodes(nodes=()))


@pytest.mark.parametrize("version", ["8.2.4", "8.4.1", "9.0.3"])
def test_a_host_that_is_cut_off_from_its_cluster_is_not_believed(
    fake: FakeProxmox, tmp_path: Path, version: str
) -> None:
    """It calls all other nodes offline, and nobody knows what has become of them."""
    with pytest.raises(SourceUnavailable, match="no quorum"):
        read(fake, tmp_path, replace(small_cluster(version), quorate=False))
