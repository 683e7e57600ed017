"""Open one node's libvirt for writing, and do one thing at a time there, each within a time-out.

The only place that can change anything on a hypervisor.
"""

import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

import libvirt

from ..cluster.names import GuestId, NodeName
from ..errors import SourceForbidden, SourceUnavailable
from ..judge.inventory.starting import MEND_OF_SAVED
from ..sources.libvirt.ssh import children, end_ssh
from ..sources.libvirt.words import fault_of, no_answer, one_line
from ..sources.side_by_side import within

_T = TypeVar("_T")

# A connection that gives no sign of life for so long is lost: the node is gone, or its daemon hangs.
_KEEPALIVE_SECONDS, _KEEPALIVE_COUNT = 2, 2

_EVENTS = threading.Lock()
_LOOPS: list[threading.Thread] = []


class ActFailed(Exception):
    """libvirt did not do what it was asked for; `text` says why, `lost` tells that it may be at it still."""

    def __init__(self, text: str, *, lost: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.lost = lost


class Actor:
    """A connection to one node that may change it."""

    def __init__(self, node: NodeName, uri: str, timeout_seconds: float) -> None:
        """Open it; raises SourceForbidden or SourceUnavailable."""
        self.node = node
        self._seconds = timeout_seconds
        _run_event_loop()
        before = children()
        try:
            self._connection = self._within(lambda: libvirt.open(uri))
            with contextlib.suppress(libvirt.libvirtError):  # a driver without it needs none
                self._within(lambda: self._connection.setKeepAlive(_KEEPALIVE_SECONDS, _KEEPALIVE_COUNT))
        except ActFailed:
            end_ssh(before)  # it would go on trying after this program has ended
            raise SourceUnavailable(f"node '{node}' {no_answer(uri, timeout_seconds).message}") from None
        except libvirt.libvirtError as error:
            fault = fault_of(error.get_error_code(), str(error), uri, writing=True)
            kind = SourceForbidden if fault.kind == "forbidden" else SourceUnavailable
            raise kind(f"node '{node}' {fault.message}") from None

    def define(self, xml: str) -> None:
        """Define a domain, or change its definition; raises ActFailed or SourceForbidden."""
        self._do(lambda: self._connection.defineXML(xml))

    def definition(self, uuid: GuestId) -> str:
        """Return a domain's definition as its next start takes it, passwords included; raises as `define` does."""
        flags = libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE
        return self._do(lambda: str(self._domain(uuid).XMLDesc(flags)))

    def start(self, uuid: GuestId) -> None:
        """Start a domain that is defined; raises ActFailed or SourceForbidden."""

        def create() -> None:
            domain = self._domain(uuid)
            # It would go on from there, whatever was done to its disks since.
            if domain.hasManagedSaveImage():
                raise ActFailed(f"its state is saved on '{self.node}'; {MEND_OF_SAVED}")
            domain.create()

        self._do(create, lasting=True)

    def set_autostart(self, uuid: GuestId, *, on: bool) -> None:
        """Let a domain start with its node, or not; raises ActFailed or SourceForbidden."""
        self._do(lambda: self._domain(uuid).setAutostart(int(on)))

    def shut_down(self, uuid: GuestId) -> None:
        """Ask a guest to shut down; it may not listen. Raises ActFailed or SourceForbidden."""
        self._do(lambda: self._domain(uuid).shutdown())

    def destroy(self, uuid: GuestId) -> None:
        """End a guest at once, as if its power went; raises ActFailed or SourceForbidden."""
        self._do(lambda: self._domain(uuid).destroy(), lasting=True)

    def is_active(self, uuid: GuestId) -> bool:
        """Tell whether there is a QEMU of a domain; raises ActFailed or SourceForbidden."""

        def ask() -> bool:
            try:
                return bool(self._domain(uuid).isActive())
            except libvirt.libvirtError as error:
                if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
                    return False
                raise

        return self._do(ask)

    def migrate(self, uuid: GuestId, there: "Actor", *, vouched: bool) -> None:
        """Migrate a domain live, and define it there; it takes as long as it takes. Raises ActFailed."""
        flags = libvirt.VIR_MIGRATE_LIVE | libvirt.VIR_MIGRATE_PERSIST_DEST
        if vouched:
            flags |= libvirt.VIR_MIGRATE_UNSAFE
        try:
            self._domain(uuid).migrate3(there._connection, {}, flags)
        except libvirt.libvirtError as error:
            raise self._failed(error) from None

    def abort(self, uuid: GuestId) -> None:
        """Stop what libvirt does with a domain, such as a migration; raises ActFailed or SourceForbidden."""
        self._do(lambda: self._domain(uuid).abortJob())

    def is_lost(self) -> bool:
        """Tell whether the connection gave no sign of life for too long, or was closed."""
        return not self._connection.isAlive()

    def left_bytes(self, uuid: GuestId) -> int | None:
        """Return how much of a migration is left to be sent; None where there is none, or it can't be told."""
        try:
            info = self._do(lambda: self._domain(uuid).jobInfo())
        except (ActFailed, SourceForbidden):
            return None
        kind, all_bytes, left_bytes = info[0], info[3], info[5]
        return int(left_bytes) if kind and all_bytes else None

    def _domain(self, uuid: GuestId) -> "libvirt.virDomain":
        return self._connection.lookupByUUIDString(uuid)

    def _do(self, ask: Callable[[], _T], *, lasting: bool = False) -> _T:
        """Ask libvirt for something that is done at once, or `lasting` longer where a machine has to come or go."""
        try:
            return self._within(ask, 6.0 if lasting else 1.0)
        except libvirt.libvirtError as error:
            if error.get_error_code() in _FORBIDDEN:
                text = f"node '{self.node}' lets this account read, and not change anything: {one_line(str(error))}"
                raise SourceForbidden(text) from None
            raise self._failed(error) from None

    def _within(self, ask: Callable[[], _T], factor: float = 1.0) -> _T:
        seconds = self._seconds * factor
        try:
            return within(seconds, ask)
        except TimeoutError:
            raise ActFailed(f"'{self.node}' gave no answer within {seconds:g} s", lost=True) from None

    def _failed(self, error: "libvirt.libvirtError") -> ActFailed:
        lost = error.get_error_code() in _LOST or error.get_error_domain() == libvirt.VIR_FROM_RPC or self.is_lost()
        return ActFailed(one_line(str(error)), lost=lost)


_FORBIDDEN = frozenset({libvirt.VIR_ERR_OPERATION_DENIED, libvirt.VIR_ERR_ACCESS_DENIED, libvirt.VIR_ERR_AUTH_FAILED})
_LOST = frozenset({libvirt.VIR_ERR_RPC, libvirt.VIR_ERR_NO_CONNECT})


def _run_event_loop() -> None:
    """Start libvirt's event loop, without which it sends no signs of life and waits for ever for them."""
    with _EVENTS:
        if _LOOPS:
            return
        libvirt.virEventRegisterDefaultImpl()
        libvirt.registerErrorHandler(lambda *_: None, None)
        thread = threading.Thread(target=_turn, daemon=True)
        thread.start()
        _LOOPS.append(thread)


def _turn() -> None:
    while True:
        libvirt.virEventRunDefaultImpl()
