"""Ask the libvirt of one node, opened read-only; the only importer of the library.

Nothing here can change anything: over such a connection the library itself refuses all that does.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, quote, urlsplit
from xml.etree import ElementTree as ET

import libvirt

from ...cluster.names import NodeName
from .answers import Activity, Job, NodeFault, Uuid
from .words import fault_of

_MIB = 2**20
# A QEMU that works answers a command of libvirt's within milliseconds; what is asked meanwhile waits for it.
_LOOKS_AT_A_BUSY_ONE = 3
_PAUSE_SECONDS = 0.05


class NodeUnreadable(Exception):
    """One node gives no whole answer; the others may."""

    def __init__(self, fault: NodeFault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class Connection:
    """An open connection to one node; every method raises NodeUnreadable where it is lost."""

    def __init__(self, uri: str) -> None:
        """Open it, which may take as long as the network likes; raises NodeUnreadable."""
        self._uri = uri
        self._domains: dict[Uuid, libvirt.virDomain] = {}
        libvirt.registerErrorHandler(_be_silent, None)
        with self._in_our_words():
            self._connection = libvirt.openReadOnly(uri)

    def sizes(self) -> tuple[int, int]:
        """Return the node's memory in bytes, in whole MiB, and its processors."""
        with self._in_our_words():
            _, memory_mib, processors, *_ = self._connection.getInfo()
        return memory_mib * _MIB, processors

    def activity(self) -> dict[Uuid, Activity]:
        """Return state and reason of every domain, in one request that waits for no QEMU."""
        with self._in_our_words():
            pairs = self._connection.getAllDomainStats(libvirt.VIR_DOMAIN_STATS_STATE)
        self._domains = {domain.UUIDString(): domain for domain, _ in pairs}
        return {
            domain.UUIDString(): Activity(state=stats["state.state"], reason=stats["state.reason"])
            for domain, stats in pairs
        }

    def xml(self, uuid: Uuid) -> str | None:
        """Return the definition of a domain of the last `activity`; None where it is gone since."""
        with self._in_our_words():
            try:
                return str(self._domains[uuid].XMLDesc(0))
            except libvirt.libvirtError as error:
                if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
                    return None
                raise

    def job(self, uuid: Uuid) -> Job | None:
        """Return what libvirt does with an active domain of the last `activity`; None where it is gone since.

        jobInfo waits for a QEMU that hangs while somebody else asks it, controlInfo never: it goes first.
        """
        domain = self._domains[uuid]
        with self._in_our_words():
            try:
                return "hung" if _is_hung(domain) else _job(domain)
            except libvirt.libvirtError as error:
                match error.get_error_code():
                    case libvirt.VIR_ERR_OPERATION_UNSUPPORTED:
                        return "incoming"
                    case libvirt.VIR_ERR_NO_SUPPORT:
                        return "none"
                    case libvirt.VIR_ERR_NO_DOMAIN | libvirt.VIR_ERR_OPERATION_INVALID:
                        return None
                    case _:
                        raise

    def host_uuid(self) -> str | None:
        """Return which machine this is, as libvirt tells machines apart; None where it doesn't say."""
        with self._in_our_words():
            capabilities = self._connection.getCapabilities()
        return ET.fromstring(capabilities).findtext("host/uuid")  # noqa: S314 -- libvirt writes it, and no entities

    @contextmanager
    def _in_our_words(self) -> Iterator[None]:
        try:
            yield
        except libvirt.libvirtError as error:
            raise NodeUnreadable(fault_of(error.get_error_code(), str(error), self._uri)) from None


def _job(domain: libvirt.virDomain) -> Job:
    return "none" if domain.jobInfo()[0] == libvirt.VIR_DOMAIN_JOB_NONE else "outgoing"


def _is_hung(domain: libvirt.virDomain) -> bool:
    """Tell whether libvirt waits for the domain's QEMU, and goes on to."""
    for look in range(_LOOKS_AT_A_BUSY_ONE):
        if look:
            time.sleep(_PAUSE_SECONDS)
        state = domain.controlInfo()[0]
        if state == libvirt.VIR_DOMAIN_CONTROL_ERROR:
            return True
        if state != libvirt.VIR_DOMAIN_CONTROL_OCCUPIED:
            return False
    return True


def uri_of(template: str, node: NodeName, own: str | None) -> str:
    """Return the URI of a node: its own, else the template with its name, and never one at which ssh asks anybody."""
    uri = own or template.replace("{node}", quote(node, safe=""))
    parts = urlsplit(uri)
    if parts.scheme.endswith("+ssh") and "no_tty" not in parse_qs(parts.query):
        return f"{uri}{'&' if parts.query else '?'}no_tty=1"
    return uri


def _be_silent(*_: object) -> None:
    """Keep the library from writing each error to standard error by itself."""
