"""What is a call of the program given, once all of it is checked?"""

from pathlib import Path
from typing import Literal, NamedTuple

from ..cluster.limit import MemoryLimit
from ..cluster.names import PoolName

SourceName = Literal["proxmox", "libvirt"]


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

    @property
    def account(self) -> str:
        """The token if there is one, `guest@pve!check`, else the user."""
        return f"{self.user}!{self.token_name}" if self.token_name else self.user

    @property
    def secret_name(self) -> str:
        """The name of the file that holds the secret."""
        return "proxmox_token" if self.token_name else "proxmox_password"


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
