"""What the environment and `.env` ask for: read once into one frozen value."""

import errno
import json
import os
import re
import stat
from collections.abc import Callable, Mapping
from io import TextIOWrapper
from pathlib import Path
from shlex import quote
from typing import Any, BinaryIO, Literal, NamedTuple, TypeVar

from .cluster.limit import MemoryLimit
from .cluster.names import PoolName
from .cluster.uri import fault_of_uri
from .errors import SourceForbidden, UsageError

SourceName = Literal["proxmox", "libvirt"]
DOTENV = Path(".env")

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_MOST_SECONDS = 3600.0
_T = TypeVar("_T")


class ProxmoxSettings(NamedTuple):
    """How to reach Proxmox VE; the secrets themselves are read by the source, and never kept here."""

    hosts: tuple[str, ...]
    username: str
    realm: str
    token_name: str
    verify_ssl: bool
    ca_file: Path | None
    fingerprint: str
    timeout_seconds: float

    @property
    def user(self) -> str:
        """The user as Proxmox VE writes it: `guest@pve`."""
        return f"{self.username}@{self.realm}"


class LibvirtSettings(NamedTuple):
    """How to reach libvirt's nodes; `uri` is for those without one of their own, `{node}` in it for the node's name.

    `shared_storage` are directories, devices (paths) and storage pools (names) that every node sees alike.
    """

    uri: str
    timeout_seconds: float
    shared_storage: tuple[str, ...]


class Settings(NamedTuple):
    """All settings of one call, each checked."""

    database_path: Path
    source: SourceName
    proxmox: ProxmoxSettings
    libvirt: LibvirtSettings
    excluded_pools: frozenset[PoolName]
    memory_limit: MemoryLimit
    secrets_directory: Path
    credentials_directory: Path | None


def read_settings(environment: Mapping[str, str], dotenv: Path = DOTENV) -> Settings:
    """Return the settings: environment, then `.env`, then defaults. An empty value counts as not set.

    Raises UsageError with setting, value and what is expected, SourceForbidden where others own or can write `.env`.
    """
    given = {**_read_dotenv(dotenv), **{key: value for key, value in environment.items() if value}}
    if "DATABASE_URL" in given:
        raise UsageError("DATABASE_URL is set, and this version has SQLite only; take it out, and set DATABASE_PATH")
    credentials = environment.get("CREDENTIALS_DIRECTORY")
    return Settings(
        database_path=_read(given, "DATABASE_PATH", "/var/lib/virtualisation-resource-distributor.sqlite3", _path),
        source=_read(given, "SOURCE", "proxmox", _source),
        proxmox=_proxmox_settings(given),
        libvirt=_libvirt_settings(given),
        excluded_pools=_read(given, "EXCLUDE_POOLS_NAMES", "[]", _pool_names),
        memory_limit=_read(given, "NODE_MEMORY_LIMIT", "100%", MemoryLimit.parse),
        secrets_directory=_read(given, "SECRETS_DIRECTORY", "/etc/virtualisation-resource-distributor", Path),
        credentials_directory=Path(credentials) if credentials else None,
    )


def _proxmox_settings(given: Mapping[str, str]) -> ProxmoxSettings:
    ca_file = given.get("PROXMOX_CA_FILE")
    return ProxmoxSettings(
        hosts=_read(given, "PROXMOX_HOST", "pve-test:8006", _hosts),
        username=_read(given, "PROXMOX_USERNAME", "guest", str),
        realm=_read(given, "PROXMOX_REALM", "pve", str),
        token_name=_read(given, "PROXMOX_TOKEN_NAME", "", _token_name),
        verify_ssl=_read(given, "PROXMOX_VERIFY_SSL", "True", _boolean),
        ca_file=Path(ca_file) if ca_file else None,
        fingerprint=_read(given, "PROXMOX_FINGERPRINT", "", _fingerprint),
        timeout_seconds=_read(given, "PROXMOX_TIMEOUT", "10", _seconds),
    )


def _libvirt_settings(given: Mapping[str, str]) -> LibvirtSettings:
    return LibvirtSettings(
        uri=_read(given, "LIBVIRT_URI", "qemu+ssh://{node}/system", _libvirt_uri),
        timeout_seconds=_read(given, "LIBVIRT_TIMEOUT", "10", _seconds),
        shared_storage=_read(given, "LIBVIRT_SHARED_STORAGE", "[]", _shared_storage),
    )


def _read(given: Mapping[str, str], name: str, default: str, parse: Callable[[str], _T]) -> _T:
    value = given.get(name, default)
    if "\0" in value:
        raise UsageError(f"setting {name} is {value!r}; expected text without a NUL byte")
    try:
        return parse(value)
    except ValueError as error:
        raise UsageError(f"setting {name} is {value!r}; expected {error}") from error


def _read_dotenv(path: Path) -> dict[str, str]:
    """Return what `.env` gives, taken literally; an empty mapping where there is none."""
    try:
        with open_regular(path) as binary, TextIOWrapper(binary, encoding="utf-8") as stream:
            _refuse_foreign(path, os.fstat(stream.fileno()))
            from dotenv.parser import parse_stream  # noqa: PLC0415 -- start-up: most calls have no `.env`

            bindings = list(parse_stream(stream))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        mend = "expected a file of lines NAME=value, which this user may read, or none of that name"
        raise UsageError(f"{path.absolute()} can't be read: {reason}; {mend}") from error
    for binding in bindings:
        if binding.error or (binding.key and binding.value is None):
            text = binding.original.string
            line = binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")
            raise UsageError(f"{path.absolute()}, line {line}: expected NAME=value")
    return {binding.key: binding.value for binding in bindings if binding.key and binding.value}


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading, and raise OSError where it is none: opening a pipe would wait for ever."""
    stream = open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK))  # noqa: SIM115
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    return stream


def _refuse_foreign(path: Path, status: os.stat_result) -> None:
    where = path.absolute()
    if status.st_uid not in {0, os.geteuid()}:
        problem = f"{where} belongs to another user (uid {status.st_uid}), who could change what is checked"
        raise SourceForbidden(f"{problem}; run: chown {os.geteuid()} {quote(str(where))}")
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        problem = f"{where} can be written by others, who could change what is checked"
        raise SourceForbidden(f"{problem}; run: chmod go-w {quote(str(where))}")


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
    if fault := fault_of_uri(filled):
        raise ValueError(f"{expected}: {fault}")
    return value


def _shared_storage(value: str) -> tuple[str, ...]:
    expected = 'a JSON list of paths and names of storage pools such as ["/srv/images", "vmpool"]'
    return tuple(place.rstrip("/") or "/" for place in _json_strings(value, expected))


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
