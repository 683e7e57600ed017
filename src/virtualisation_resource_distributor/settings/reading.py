"""What is each setting, and where does it come from? Environment, then `.env`, then default."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

from ..errors import UsageError
from . import table
from .dotenv import DOTENV, Dotenv, read_dotenv
from .table import Setting
from .values import LibvirtSettings, ProxmoxSettings, Settings

Origin = int | Literal["environment", "default"]
"""Where a value comes from; a number is the line in `.env`."""

DATABASE_URL = "DATABASE_URL"

_T = TypeVar("_T")


class Given(NamedTuple):
    """What the environment and `.env` give; an empty value counts as not set."""

    environment: Mapping[str, str]
    dotenv: Dotenv

    def find(self, name: str) -> tuple[str, Origin] | None:
        """Return a value that is given, and where; None where it is not."""
        if value := self.environment.get(name):
            return value, "environment"
        lines = [line for line in self.dotenv.lines if line.name == name]
        return (lines[-1].value, lines[-1].number) if lines else None

    def value(self, setting: Setting[Any]) -> tuple[str, Origin]:
        """Return the value of a setting as text, and where it comes from."""
        return self.find(setting.name) or (setting.default, "default")

    def read(self, setting: Setting[_T]) -> _T:
        """Return what a setting is; raises UsageError with setting, value and what is expected."""
        value, origin = self.value(setting)
        if origin == "default" and self.is_hidden(setting):
            raise UsageError(f"setting {setting.name} can't be known, since {self.dotenv.path} can't be read")
        try:
            return setting.read(value)
        except ValueError as error:
            # What may have a secret in it is not told: it would go into a mail.
            found = "has a value that can't be read" if setting.is_private else f"is {value!r}"
            raise UsageError(f"setting {setting.name} {found}; expected {error}") from error

    def is_hidden(self, setting: Setting[Any]) -> bool:
        """Tell whether `.env` may give this setting in what can't be read of it."""
        return not self.dotenv.is_readable or any(fault.name == setting.name for fault in self.dotenv.faults)

    @property
    def credentials_directory(self) -> Path | None:
        """The directory that systemd hands over, which is its word alone and not that of `.env`."""
        directory = self.environment.get("CREDENTIALS_DIRECTORY")
        return Path(directory) if directory else None


def read_settings(environment: Mapping[str, str], dotenv: Path = DOTENV) -> Settings:
    """Return the settings: environment, then `.env`, then defaults. An empty value counts as not set.

    Raises UsageError with setting, value and what is expected, SourceForbidden where others own or can write `.env`.
    """
    given = Given(environment=environment, dotenv=read_dotenv(dotenv))
    for fault in given.dotenv.faults:
        raise fault.error()
    if given.find(DATABASE_URL):
        raise UsageError(f"{DATABASE_URL} is set, and this version has SQLite only; take it out, and set DATABASE_PATH")
    return Settings(
        database_path=given.read(table.DATABASE_PATH),
        source=given.read(table.SOURCE),
        proxmox=proxmox_settings(given),
        libvirt=libvirt_settings(given),
        excluded_pools=given.read(table.EXCLUDE_POOLS_NAMES),
        memory_limit=given.read(table.NODE_MEMORY_LIMIT),
        secrets_directory=given.read(table.SECRETS_DIRECTORY),
        credentials_directory=given.credentials_directory,
    )


def proxmox_settings(given: Given) -> ProxmoxSettings:
    """Return the part for Proxmox VE; raises UsageError."""
    return ProxmoxSettings(
        hosts=given.read(table.PROXMOX_HOST),
        username=given.read(table.PROXMOX_USERNAME),
        realm=given.read(table.PROXMOX_REALM),
        token_name=given.read(table.PROXMOX_TOKEN_NAME),
        verify_ssl=given.read(table.PROXMOX_VERIFY_SSL),
        ca_file=given.read(table.PROXMOX_CA_FILE),
        fingerprint=given.read(table.PROXMOX_FINGERPRINT),
        timeout_seconds=given.read(table.PROXMOX_TIMEOUT),
    )


def libvirt_settings(given: Given) -> LibvirtSettings:
    """Return the part for libvirt; raises UsageError."""
    return LibvirtSettings(
        uri=given.read(table.LIBVIRT_URI),
        timeout_seconds=given.read(table.LIBVIRT_TIMEOUT),
        shared_storage=given.read(table.LIBVIRT_SHARED_STORAGE),
    )
