"""Which source do the settings ask for?"""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, assert_never

from ..cluster.model import Model
from ..cluster.names import NodeName
from ..errors import UsageError
from ..settings import Settings
from .source import Source

if TYPE_CHECKING:
    from .libvirt.look_around import LookedAround
    from .libvirt.source import LibvirtSource


def choose_source(settings: Settings, model: Model) -> Source:
    """Return the source that SOURCE names; only that one is imported.

    The model serves libvirt, which knows neither of a cluster's nodes nor of pools.
    """
    match settings.source:
        case "proxmox":
            from .proxmox.source import ProxmoxSource

            return ProxmoxSource.from_settings(settings)
        case "libvirt":
            return _libvirt(settings, model)
        case _:
            assert_never(settings.source)


def choose_libvirt(settings: Settings, model: Model, command: str) -> "LibvirtSource":
    """Return the model's libvirt nodes, for a command that serves these alone.

    Raises UsageError where SOURCE is another, or Python's libvirt is missing.
    """
    if settings.source != "libvirt":
        problem = f"{command} serves libvirt nodes, and SOURCE is {settings.source}, which keeps this by itself"
        raise UsageError(f"{problem}; for libvirt set SOURCE=libvirt")
    return _libvirt(settings, model)


def look_around(source: "LibvirtSource", names: Collection[NodeName]) -> "LookedAround":
    """Ask these nodes what they offer to guests; what serves for that is imported for the commands that need it."""
    from .libvirt import look_around as looking

    return looking.look_around(source, names)


def look_through_libvirt(uris: Mapping[NodeName, str], timeout_seconds: float) -> "LookedAround":
    """Ask nodes what they offer to guests as far as libvirt tells, without ssh."""
    from .libvirt import look_around as looking
    from .libvirt.ssh import ended_ssh

    with ended_ssh():
        return looking.look_through_libvirt(uris, timeout_seconds)


def _libvirt(settings: Settings, model: Model) -> "LibvirtSource":
    try:
        from .libvirt.source import LibvirtSource
    except (ImportError, OSError) as error:
        raise UsageError(_no_library(error)) from error
    return LibvirtSource.from_settings(settings, model)


def _no_library(error: ImportError | OSError) -> str:
    mend = "pip install 'virtualisation-resource-distributor[libvirt]', or apt-get install python3-libvirt"
    return f"SOURCE is libvirt, and Python's libvirt can't be imported ({error}); run: {mend}"
