"""What the environment and `.env` ask for."""

from .dotenv import DOTENV, Dotenv, DotenvFault, DotenvLine, read_dotenv
from .files import open_regular
from .reading import Given, Origin, libvirt_settings, proxmox_settings, read_settings
from .table import TABLE, Setting
from .values import LibvirtSettings, ProxmoxSettings, Settings, SourceName

__all__ = [
    "DOTENV",
    "TABLE",
    "Dotenv",
    "DotenvFault",
    "DotenvLine",
    "Given",
    "LibvirtSettings",
    "Origin",
    "ProxmoxSettings",
    "Setting",
    "Settings",
    "SourceName",
    "libvirt_settings",
    "open_regular",
    "proxmox_settings",
    "read_dotenv",
    "read_settings",
]
