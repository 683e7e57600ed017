"""What the environment and `.env` ask for."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtualisation_resource_distributor.cluster.limit import MemoryLimit
from virtualisation_resource_distributor.errors import UsageError
from virtualisation_resource_distributor.settings import LibvirtSettings, ProxmoxSettings, Settings, read_settings

NOWHERE = Path("/nonexistent/.env")
DIGEST = "ab" * 32

Case = tuple[str, str, object, Callable[[Settings], object]]
UNDERSTOOD: tuple[Case, ...] = (
    ("DATABASE_PATH", "/tmp/it's a.db", Path("/tmp/it's a.db"), lambda given: given.database_path),
    ("SOURCE", "proxmox", "proxmox", lambda given: given.source),
    ("SOURCE", "libvirt", "libvirt", lambda given: given.source),
    (
        "LIBVIRT_URI",
        "qemu+tcp://{node}:16509/system",
        "qemu+tcp://{node}:16509/system",
        lambda given: given.libvirt.uri,
    ),
    ("LIBVIRT_URI", "test:///default", "test:///default", lambda given: given.libvirt.uri),
    ("LIBVIRT_TIMEOUT", "2.5", 2.5, lambda given: given.libvirt.timeout_seconds),
    (
        "LIBVIRT_SHARED_STORAGE",
        '["/srv/nfs/", "vmpool", "/"]',
        ("/srv/nfs", "vmpool", "/"),
        lambda given: given.libvirt.shared_storage,
    ),
    ("PROXMOX_HOST", "pve1", ("pve1",), lambda given: given.proxmox.hosts),
    (
        "PROXMOX_HOST",
        "pve1:8006, pve2.example.org,192.0.2.1:443",
        ("pve1:8006", "pve2.example.org", "192.0.2.1:443"),
        lambda given: given.proxmox.hosts,
    ),
    ("PROXMOX_HOST", "[2001:db8::1]:8006", ("[2001:db8::1]:8006",), lambda given: given.proxmox.hosts),
    ("PROXMOX_HOST", "2001:db8::1", ("2001:db8::1",), lambda given: given.proxmox.hosts),
    ("PROXMOX_USERNAME", "check", "check", lambda given: given.proxmox.username),
    ("PROXMOX_REALM", "pam", "pam", lambda given: given.proxmox.realm),
    ("PROXMOX_TOKEN_NAME", "check", "check", lambda given: given.proxmox.token_name),
    ("PROXMOX_VERIFY_SSL", "false", False, lambda given: given.proxmox.verify_ssl),
    ("PROXMOX_VERIFY_SSL", "NO", False, lambda given: given.proxmox.verify_ssl),
    ("PROXMOX_VERIFY_SSL", "0", False, lambda given: given.proxmox.verify_ssl),
    ("PROXMOX_VERIFY_SSL", "off", False, lambda given: given.proxmox.verify_ssl),
    ("PROXMOX_VERIFY_SSL", "True", True, lambda given: given.proxmox.verify_ssl),
    ("PROXMOX_VERIFY_SSL", "1", True, lambda given: given.proxmox.verify_ssl),
    ("PROXMOX_CA_FILE", "/etc/ca.pem", Path("/etc/ca.pem"), lambda given: given.proxmox.ca_file),
    ("PROXMOX_FINGERPRINT", DIGEST, DIGEST, lambda given: given.proxmox.fingerprint),
    ("PROXMOX_FINGERPRINT", ":".join(["AB"] * 32), DIGEST, lambda given: given.proxmox.fingerprint),
    ("PROXMOX_TIMEOUT", "0.5", 0.5, lambda given: given.proxmox.timeout_seconds),
    ("PROXMOX_TIMEOUT", "3600", 3600.0, lambda given: given.proxmox.timeout_seconds),
    ("EXCLUDE_POOLS_NAMES", '["a b", "é"]', frozenset({"a b", "é"}), lambda given: given.excluded_pools),
    ("NODE_MEMORY_LIMIT", "-4GiB", MemoryLimit(reserve_bytes=4 * 2**30), lambda given: given.memory_limit),
    ("SECRETS_DIRECTORY", "/run/secrets", Path("/run/secrets"), lambda given: given.secrets_directory),
)
REFUSED: tuple[tuple[str, str, str], ...] = (
    *(
        ("LIBVIRT_URI", value, "{node}")
        for value in (
            "node1",
            "qemu+tcp://[::1/system",
            "qemu+ssh://u:p@{node}/system",
            "qemu+ssh://{host}/system",
            "qemu+ssh://{}/system",
            "{node}",
        )
    ),
    *(("LIBVIRT_TIMEOUT", value, "seconds") for value in ("0", "-1", "nan", "ten", "3601")),
    *(("LIBVIRT_SHARED_STORAGE", value, "JSON list of paths") for value in ("/srv", "[1]", "{}", '"/srv"')),
    *(
        ("LIBVIRT_SHARED_STORAGE", value, "a path begins with /")
        for value in ('["srv/images"]', '["/srv", "./images"]', '["~/images"]', '["vmpool/"]', '[""]', '[" "]')
    ),
    *(("SOURCE", value, "proxmox") for value in ("Proxmox", "Libvirt", "kvm", " ")),
    *(
        ("PROXMOX_HOST", value, "separated by commas")
        for value in (",", "a,,b", "a,", "https://pve1", "pve1/api", "pve1:", "pve1:port", "root@pve1", "a b", "pve1;b")
    ),
    *(
        ("PROXMOX_HOST", value, "separated by commas")
        for value in ("pve1:99999", "pve1:0", "pve1:٨٠٠٦", "abc:", "::::")
    ),
    *(("PROXMOX_TOKEN_NAME", value, "vrd@pve!check") for value in ("vrd@pve!check", "a b", "1a")),
    *(("PROXMOX_VERIFY_SSL", value, "True or False") for value in ("maybe", "2", "-1", "yess", " ")),
    *(("PROXMOX_FINGERPRINT", value, "SHA-256") for value in ("ab", ":", "zz" * 32, DIGEST + "ab", f"{DIGEST} ")),
    *(
        ("PROXMOX_TIMEOUT", value, "seconds above 0 and at most 3600")
        for value in ("0", "-1", "3600.1", "nan", "inf", "-inf", "ten", "10s", "1e999")
    ),
    *(
        ("EXCLUDE_POOLS_NAMES", value, "JSON list of strings")
        for value in (
            "[",
            "dns",
            '"dns"',
            "{}",
            "null",
            "[1]",
            '["a", null]',
            "['a']",
            "[" * 100_000,
            "NaN",
            "9" * 5_000,
        )
    ),
    *(("NODE_MEMORY_LIMIT", value, "such as 95%") for value in ("100", "4GiB", "-4GB", "lots", "-5%")),
)


def test_without_any_setting_all_are_the_defaults() -> None:
    """Each default is written out here."""
    assert read_settings({}, NOWHERE) == Settings(
        database_path=Path("/var/lib/virtualisation-resource-distributor.sqlite3"),
        source="proxmox",
        proxmox=ProxmoxSettings(
            hosts=("pve-test:8006",),
            username="guest",
            realm="pve",
            token_name="",
            verify_ssl=True,
            ca_file=None,
            fingerprint="",
            timeout_seconds=10.0,
        ),
        libvirt=LibvirtSettings(uri="qemu+ssh://{node}/system", timeout_seconds=10.0, shared_storage=()),
        excluded_pools=frozenset(),
        memory_limit=MemoryLimit(),
        secrets_directory=Path("/etc/virtualisation-resource-distributor"),
        credentials_directory=None,
    )


def test_the_user_is_written_as_proxmox_writes_it() -> None:
    """Name and realm are two settings."""
    given = read_settings({"PROXMOX_USERNAME": "check", "PROXMOX_REALM": "pam"}, NOWHERE)
    assert given.proxmox.user == "check@pam"


@pytest.mark.parametrize(("name", "value", "meaning", "of"), UNDERSTOOD)
def test_a_value_is_understood(name: str, value: str, meaning: object, of: Callable[[Settings], object]) -> None:
    """One or more examples for each setting."""
    assert of(read_settings({name: value}, NOWHERE)) == meaning


@pytest.mark.parametrize("name", sorted({case[0] for case in UNDERSTOOD}))
def test_an_empty_value_counts_as_not_set(name: str) -> None:
    """So a line of a unit file can be emptied."""
    assert read_settings({name: ""}, NOWHERE) == read_settings({}, NOWHERE)


def test_variables_that_are_no_settings_change_nothing() -> None:
    """Names are written in capitals."""
    strange = {"HOME": "/root", "proxmox_host": "other", "PROXMOX": "[", "DATABASE": "x"}
    assert read_settings(strange, NOWHERE) == read_settings({}, NOWHERE)


def test_the_credentials_directory_is_the_one_that_systemd_gives() -> None:
    """An empty one is none."""
    given = read_settings({"CREDENTIALS_DIRECTORY": "/run/credentials/check"}, NOWHERE)
    assert given.credentials_directory == Path("/run/credentials/check")
    assert read_settings({"CREDENTIALS_DIRECTORY": ""}, NOWHERE).credentials_directory is None


def _beginning(name: str, value: str) -> str:
    """Return how a message begins; what may have a secret in it is not repeated."""
    is_private = name in {"PROXMOX_HOST", "PROXMOX_TOKEN_NAME", "LIBVIRT_URI"}
    found = "has a value that can't be read" if is_private else f"is {value!r}"
    return f"setting {name} {found}; expected "


@pytest.mark.parametrize(("name", "value", "expected"), REFUSED, ids=[f"{case[0]}={case[1][:20]}" for case in REFUSED])
def test_a_value_that_can_not_be_read_is_refused_with_setting_value_and_what_is_expected(
    name: str, value: str, expected: str
) -> None:
    """It is never replaced by a default."""
    with pytest.raises(UsageError) as caught:
        read_settings({name: value}, NOWHERE)
    message = str(caught.value)
    assert message.startswith(_beginning(name, value))
    assert expected in message.removeprefix(_beginning(name, value))


@given(st.sampled_from(sorted({case[0] for case in REFUSED})), st.text())
def test_any_value_is_understood_or_refused_by_its_name(name: str, value: str) -> None:
    """No other exception gets out."""
    try:
        read_settings({name: value}, NOWHERE)
    except UsageError as error:
        message = str(error)
    else:
        return
    assert message.startswith(_beginning(name, value))
