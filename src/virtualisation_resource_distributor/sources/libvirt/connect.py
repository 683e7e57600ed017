"""Ask the libvirt of one node, opened read-only; the only importer of the library.

Nothing here can change anything: over such a connection the library itself refuses all that does.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import TypeVar
from urllib.parse import quote
from xml.etree import ElementTree as ET

import libvirt

from ...cluster.inventory import Job
from ...cluster.names import NodeName
from .answers import Activity, Details, NodeFault, RawSurroundings, Uuid
from .words import fault_of

_MIB = 2**20
_NO_CODE = 0
# A QEMU that works answers a command of libvirt's within milliseconds; what is asked meanwhile waits for it.
_LOOKS_AT_A_BUSY_ONE = 3
_PAUSE_SECONDS = 0.05
_HUNG_SECONDS = 1.0
_GONE_OR_UNKNOWN = frozenset({libvirt.VIR_ERR_NO_DOMAIN, libvirt.VIR_ERR_OPERATION_INVALID, libvirt.VIR_ERR_NO_SUPPORT})

_RUNS_THERE = frozenset({libvirt.VIR_CPU_COMPARE_IDENTICAL, libvirt.VIR_CPU_COMPARE_SUPERSET})
_Answer = TypeVar("_Answer")


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

    def __del__(self) -> None:
        """Close it in a thread of its own: libvirt waits for ever until a daemon that hangs has taken note of that."""
        held = [dict(self.__dict__)]
        self.__dict__.clear()
        threading.Thread(target=held.clear, daemon=True).start()

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

    def xml(self, uuid: Uuid, *, next_start: bool = False) -> str | None:
        """Return the definition of a domain of the last `activity`; None where it is gone since.

        It is that of the running state, or the one that the next start takes, without what is only there while it runs.
        """
        with self._in_our_words():
            try:
                return str(self._domains[uuid].XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE if next_start else 0))
            except libvirt.libvirtError as error:
                if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
                    return None
                raise

    def jobs(self, uuids: Iterable[Uuid]) -> dict[Uuid, Job]:
        """Return what libvirt does with active domains of the last `activity`; one that is gone since is left out.

        jobInfo may wait for a QEMU that hangs, controlInfo never does: it goes first. A domain of which nothing is
        heard for a while is hung all the same.
        """
        busy = self._occupied(list(uuids))
        jobs: dict[Uuid, Job] = dict.fromkeys(busy, "hung")
        asked = [uuid for uuid in uuids if uuid not in jobs]
        while asked:
            heard: SimpleQueue[tuple[Uuid, Job | None] | Exception] = SimpleQueue()
            threading.Thread(target=self._ask_jobs, args=(tuple(asked), heard), daemon=True).start()
            try:
                while asked:
                    answer = heard.get(timeout=_HUNG_SECONDS)
                    if isinstance(answer, Exception):
                        raise answer
                    uuid, job = answer
                    asked.remove(uuid)
                    if job is not None:
                        jobs[uuid] = job
            except Empty:
                jobs[asked.pop(0)] = "hung"
        return jobs

    def _occupied(self, uuids: list[Uuid]) -> list[Uuid]:
        """Return the domains for whose QEMU libvirt waits, and goes on to."""
        for look in range(_LOOKS_AT_A_BUSY_ONE):
            if uuids and look:
                time.sleep(_PAUSE_SECONDS)
            uuids = [uuid for uuid in uuids if self._is_occupied(uuid)]
        return uuids

    def _is_occupied(self, uuid: Uuid) -> bool:
        with self._in_our_words():
            try:
                state = self._domains[uuid].controlInfo()[0]
            except libvirt.libvirtError as error:
                if error.get_error_code() in _GONE_OR_UNKNOWN:
                    return False
                raise
        return state in {libvirt.VIR_DOMAIN_CONTROL_OCCUPIED, libvirt.VIR_DOMAIN_CONTROL_ERROR}

    def _ask_jobs(self, uuids: tuple[Uuid, ...], heard: "SimpleQueue[tuple[Uuid, Job | None] | Exception]") -> None:
        try:
            for uuid in uuids:
                heard.put((uuid, self._job(uuid)))
        except Exception as error:
            heard.put(error)

    def _job(self, uuid: Uuid) -> Job | None:
        with self._in_our_words():
            try:
                kind = self._domains[uuid].jobInfo()[0]
            except libvirt.libvirtError as error:
                match error.get_error_code():
                    case libvirt.VIR_ERR_OPERATION_UNSUPPORTED:
                        return "incoming"
                    case libvirt.VIR_ERR_NO_SUPPORT:
                        return "none"
                    case code if code in _GONE_OR_UNKNOWN:
                        return None
                    case _:
                        raise
        return "none" if kind == libvirt.VIR_DOMAIN_JOB_NONE else "outgoing"

    def host_uuid(self) -> str | None:
        """Return which machine this is, as libvirt tells machines apart; None where it doesn't say."""
        with self._in_our_words():
            capabilities = self._connection.getCapabilities()
        return ET.fromstring(capabilities).findtext("host/uuid")  # noqa: S314 -- libvirt writes it, and no entities

    def versions(self) -> tuple[str, str]:
        """Return what answers, the version of libvirt and the hypervisor with its own: `9.0.0`, `QEMU 7.2.0`."""
        with self._in_our_words():
            hypervisor = f"{self._connection.getType()} {_dotted(self._connection.getVersion())}"
            return _dotted(self._connection.getLibVersion()), hypervisor

    def details(self) -> Details:
        """Return versions, which domains outlive their end, start with the node or are saved, and its storage pools."""
        libvirt_version, hypervisor = self.versions()
        return Details(
            libvirt=libvirt_version,
            hypervisor=hypervisor,
            persistent=self._listed(libvirt.VIR_CONNECT_LIST_DOMAINS_PERSISTENT),
            autostart=self._listed(libvirt.VIR_CONNECT_LIST_DOMAINS_AUTOSTART),
            saved=self._listed(libvirt.VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE),
            pools=self._storage_pools(),
        )

    def with_snapshots(self) -> frozenset[Uuid]:
        """Return the domains that have snapshots; none where the node's driver has no such thing."""
        try:
            return self._listed(libvirt.VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT)
        except NodeUnreadable:
            return frozenset()

    def _storage_pools(self) -> tuple[str, ...]:
        """Return the definitions of active pools; none where the node can't tell, as without that driver."""
        try:
            pools = self._connection.listAllStoragePools(libvirt.VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE)
            return tuple(str(pool.XMLDesc()) for pool in pools)
        except libvirt.libvirtError:
            return ()

    def _listed(self, flag: int) -> frozenset[Uuid]:
        with self._in_our_words():
            return frozenset(domain.UUIDString() for domain in self._connection.listAllDomains(flag))

    def surroundings(self) -> RawSurroundings:
        """Return what the node offers to guests, and how those are defined that run; None is what it doesn't tell."""
        with self._in_our_words():
            capabilities = self._connection.getCapabilities()
        networks = self._asked(
            lambda: [(one.XMLDesc(0), bool(one.isActive())) for one in self._connection.listAllNetworks()]
        )
        pools = self._asked(
            lambda: [(one.XMLDesc(0), bool(one.isActive())) for one in self._connection.listAllStoragePools()]
        )
        links = self._asked(lambda: [one.name() for one in self._connection.listAllInterfaces()])
        running = libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE
        domains = self._asked(lambda: [one.XMLDesc(0) for one in self._connection.listAllDomains(running)])
        return RawSurroundings(capabilities, networks, pools, links, domains)

    def lacking_for(self, cpu: str) -> str | None:
        """Say what the host's CPU lacks for this CPU; nothing where it has all, None where libvirt can't tell."""
        fail = libvirt.VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE
        try:
            compared = self._connection.compareCPU(cpu, fail)
        except libvirt.libvirtError as error:
            if error.get_error_code() == libvirt.VIR_ERR_CPU_INCOMPATIBLE:
                return str(error.get_str2() or error)
            with self._in_our_words():
                self._raise_if_lost(error)
            return None
        return "" if compared in _RUNS_THERE else "another kind of CPU"

    def _asked(self, ask: Callable[[], list[_Answer]]) -> tuple[_Answer, ...] | None:
        """Return an answer; None where this libvirt has no driver for it, or one is gone while it is looked at."""
        with self._in_our_words():
            try:
                return tuple(ask())
            except libvirt.libvirtError as error:
                self._raise_if_lost(error)
                return None

    def _raise_if_lost(self, error: libvirt.libvirtError) -> None:
        if not self._connection.isAlive():
            raise error

    @contextmanager
    def _in_our_words(self) -> Iterator[None]:
        try:
            yield
        except libvirt.libvirtError as error:
            raise NodeUnreadable(fault_of(error.get_error_code(), str(error), self._uri)) from None
        except (SystemError, UnicodeError) as error:  # of what a node says or is called that is no text
            raise NodeUnreadable(fault_of(_NO_CODE, f"libvirt gives no text: {error}", self._uri)) from None


def _dotted(version: int) -> str:
    return f"{version // 1_000_000}.{version // 1000 % 1000}.{version % 1000}"


def uri_of(template: str, node: NodeName, own: str | None) -> str:
    """Return the URI of a node: its own, else the template with its name, and never one at which ssh asks anybody."""
    uri = own or template.replace("{node}", quote(node, safe=""))
    before, hash_, fragment = uri.partition("#")
    if before.partition("://")[0].endswith("+ssh") and "no_tty=" not in before:
        return f"{before}{'&' if '?' in before else '?'}no_tty=1{hash_}{fragment}"
    return uri


def _be_silent(*_: object) -> None:
    """Keep the library from writing each error to standard error by itself."""
