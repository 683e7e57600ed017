"""Which settings are there, and what may each be?"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from ..cluster.limit import MemoryLimit
from ..cluster.names import PoolName
from ..cluster.uri import fault_of_uri
from .values import SourceName

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_MOST_SECONDS = 3600.0
_T = TypeVar("_T")


class Setting(NamedTuple, Generic[_T]):
    """A setting: what it is without being given, and how a value is read; `is_private` is one that may hold a secret.

    `example` is a value for those that have no default to go back to.
    """

    name: str
    default: str
    parse: Callable[[str], _T]
    is_private: bool = False
    example: str = ""

    def read(self, value: str) -> _T:
        """Return what a value means; raises ValueError with what is expected."""
        if "\0" in value:
            raise ValueError("text without a NUL byte")
        return self.parse(value)


def _path(value: str) -> Path:
    try:
        return Path(value).absolute()
    except OSError as error:
        raise ValueError("an absolute path, since the working directory is gone") from error


def _source(value: str) -> SourceName:
    match value:
        case "proxmox" | "libvirt":
            return value
        case _:
            raise ValueError("proxmox or libvirt")


def _boolean(value: str) -> bool:
    word = value.lower()
    if word not in _TRUE | _FALSE:
        raise ValueError("True or False")
    return word in _TRUE


def _seconds(value: str) -> float:
    expected = f"a number of seconds above 0 and at most {_MOST_SECONDS:.0f}"
    try:
        seconds = float(value)
    except ValueError as error:
        raise ValueError(expected) from error
    if not 0 < seconds <= _MOST_SECONDS:
        raise ValueError(expected)
    return seconds


def _hosts(value: str) -> tuple[str, ...]:
    hosts = tuple(host.strip() for host in value.split(","))
    if not all(map(_is_host, hosts)):
        raise ValueError("host names or addresses, each with or without :PORT, separated by commas")
    return hosts


def _is_host(host: str) -> bool:
    if match := re.fullmatch(r"(?:\[([^\[\]]+)\]|([A-Za-z0-9._-]+))(?::([0-9]{1,5}))?", host):
        address, _, port = match.groups()
        return (address is None or _is_ipv6(address)) and (port is None or 0 < int(port) < 65536)
    return _is_ipv6(host)


def _is_ipv6(text: str) -> bool:
    from ipaddress import IPv6Address  # noqa: PLC0415 -- start-up: hosts are names or IPv4 addresses nearly always

    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def _token_name(value: str) -> str:
    if value and not re.fullmatch(r"[A-Za-z][A-Za-z0-9._-]*", value):
        raise ValueError("the token's name alone, such as check for the token vrd@pve!check")
    return value


def _fingerprint(value: str) -> str:
    digits = value.replace(":", "").lower()
    if value and not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise ValueError("a SHA-256 fingerprint: 32 bytes in hexadecimal, with or without colons")
    return digits


def _libvirt_uri(value: str) -> str:
    expected = "a libvirt URI in which {node} stands for the node's name, such as qemu+ssh://{node}/system"
    filled = value.replace("{node}", "kvm1")
    if "{" in filled or "}" in filled:
        raise ValueError(expected)
    if fault_of_uri(filled):
        raise ValueError(f"{expected}, and no password in it")
    return value


def _shared_storage(value: str) -> tuple[str, ...]:
    expected = 'a JSON list of paths and names of storage pools such as ["/srv/images", "vmpool"]'
    places = _json_strings(value, expected)
    if not all(map(_is_place, places)):
        raise ValueError(f"{expected}; a path begins with /, and no storage pool has a / in its name")
    return tuple(place.rstrip("/") or "/" for place in places)


def _is_place(text: str) -> bool:
    """Tell whether this is an absolute path, or may be a storage pool's name: libvirt allows none with a slash."""
    return text.startswith("/") or ("/" not in text and text.strip() != "")


def _pool_names(value: str) -> frozenset[PoolName]:
    return frozenset(map(PoolName, _json_strings(value, 'a JSON list of strings such as ["test", "build"]')))


def _json_strings(value: str, expected: str) -> list[str]:
    try:
        strings: Any = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise ValueError(expected) from error
    if not isinstance(strings, list) or not all(isinstance(string, str) for string in strings):
        raise ValueError(expected)
    return strings


def _optional_file(value: str) -> Path | None:
    return Path(value) if value else None


DATABASE_PATH = Setting("DATABASE_PATH", "/var/lib/virtualisation-resource-distributor.sqlite3", _path)
SOURCE = Setting("SOURCE", "proxmox", _source)
PROXMOX_HOST = Setting("PROXMOX_HOST", "pve-test:8006", _hosts, is_private=True, example="HOST")
PROXMOX_USERNAME = Setting("PROXMOX_USERNAME", "guest", str)
PROXMOX_REALM = Setting("PROXMOX_REALM", "pve", str)
PROXMOX_TOKEN_NAME = Setting("PROXMOX_TOKEN_NAME", "", _token_name, is_private=True)
PROXMOX_VERIFY_SSL = Setting("PROXMOX_VERIFY_SSL", "True", _boolean)
PROXMOX_CA_FILE = Setting("PROXMOX_CA_FILE", "", _optional_file)
PROXMOX_FINGERPRINT = Setting("PROXMOX_FINGERPRINT", "", _fingerprint)
PROXMOX_TIMEOUT = Setting("PROXMOX_TIMEOUT", "10", _seconds)
LIBVIRT_URI = Setting("LIBVIRT_URI", "qemu+ssh://{node}/system", _libvirt_uri, is_private=True)
LIBVIRT_TIMEOUT = Setting("LIBVIRT_TIMEOUT", "10", _seconds)
LIBVIRT_SHARED_STORAGE = Setting("LIBVIRT_SHARED_STORAGE", "[]", _shared_storage, example='["/srv/images"]')
EXCLUDE_POOLS_NAMES = Setting("EXCLUDE_POOLS_NAMES", "[]", _pool_names)
NODE_MEMORY_LIMIT = Setting("NODE_MEMORY_LIMIT", "100%", MemoryLimit.parse)
SECRETS_DIRECTORY = Setting("SECRETS_DIRECTORY", "/etc/virtualisation-resource-distributor", Path)

TABLE: tuple[Setting[Any], ...] = (
    DATABASE_PATH,
    SOURCE,
    PROXMOX_HOST,
    PROXMOX_USERNAME,
    PROXMOX_REALM,
    PROXMOX_TOKEN_NAME,
    PROXMOX_VERIFY_SSL,
    PROXMOX_CA_FILE,
    PROXMOX_FINGERPRINT,
    PROXMOX_TIMEOUT,
    LIBVIRT_URI,
    LIBVIRT_TIMEOUT,
    LIBVIRT_SHARED_STORAGE,
    EXCLUDE_POOLS_NAMES,
    NODE_MEMORY_LIMIT,
    SECRETS_DIRECTORY,
)
"""All settings, in the order of docs/settings.md."""
