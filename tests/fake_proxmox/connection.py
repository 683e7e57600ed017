"""How requests are taken from a connection, and answers put on it."""

import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from .faults import Fault
from .reply import Reply

if TYPE_CHECKING:
    from .server import Server

API = "/api2/json"
REQUESTS_PER_CONNECTION = 100
DRIP_SECONDS = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client sent: its path is that below the API's root, its headers are named as `Accept-Encoding` is."""

    method: str
    in_api: bool
    path: str
    query: str
    headers: Mapping[str, str]
    body: str


class Connection(BaseHTTPRequestHandler):
    """One connection: a handshake, and up to a hundred requests, until one fails."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "Server"

    def setup(self) -> None:
        """Make the handshake, unless the server is in the mood to accept only."""
        self.requests_left = REQUESTS_PER_CONNECTION
        context = self.server.accepted()
        self.silent = context is None
        if context is not None:
            self.request = context.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        """Serve one request after the other."""
        if self.silent:
            self._listen_to_the_end()
            return
        self.close_connection = False
        while not self.close_connection:
            self.handle_one_request()

    def handle_one_request(self) -> None:
        """Serve one request, whatever its method."""
        self.raw_requestline = self.rfile.readline(65_537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        self.requests_left -= 1
        if self.requests_left == 0:
            self.close_connection = True
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode("utf-8", "replace")
        target = urlsplit(self.path)
        path = unquote(target.path)
        in_api = path.startswith(f"{API}/")
        request = Request(
            method=self.command,
            in_api=in_api,
            path=path.removeprefix(API) if in_api else path,
            query=target.query,
            headers={name.title(): value for name, value in self.headers.items()},
            body=body,
        )
        reply, fault = self.server.reply_to(request)
        time.sleep(self.server.seconds_before(reply.status))
        self._deliver(reply, fault)

    def finish(self) -> None:
        """Say goodbye to the client, without waiting for its answer."""
        super().finish()
        if isinstance(self.request, ssl.SSLSocket):
            self.request.settimeout(0)
            try:
                self.request.unwrap()
            except (OSError, ValueError):
                self.close_connection = True
            self.request.close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the base class gives it
        """Keep quiet: what was asked for is on the server's own list."""

    def _deliver(self, reply: Reply, fault: Fault | None) -> None:
        """Send the answer, in whole and at once unless the fault is another delivery."""
        kind = "" if fault is None else fault.kind
        seconds = 0.0 if fault is None else fault.seconds
        if reply.status >= 400 or kind in {"cut", "dropped", "hang"}:
            self.close_connection = True
        if kind == "dropped":
            return
        if kind == "hang":
            self._listen_to_the_end()
            return
        accepts = "gzip" in self.headers.get("Accept-Encoding", "") and kind != "cut"
        body, compressed = reply.payload(accepts_gzip=accepts)
        head = reply.head(
            len(body), compressed=compressed, keep_alive=not self.close_connection, at=self.server.time_there()
        )
        if kind == "slow":
            time.sleep(seconds)
        elif kind == "cut":
            body = body[: len(body) // 2]
        elif kind == "drip":
            self.wfile.write(head)
            head, body = b"", self._dripped(body, seconds)
        elif kind == "drip-headers":
            head = self._dripped(head, seconds)
        self.wfile.write(head + body)

    def _dripped(self, text: bytes, seconds: float) -> bytes:
        """Send a byte every fifth of a second for that long, and return the rest."""
        sent = 0
        for _ in _ticks(seconds):
            self.wfile.write(text[sent : sent + 1])
            sent += 1
        return text[sent:]

    def _listen_to_the_end(self) -> None:
        """Read until the client has had enough."""
        stream: socket.socket = self.request
        stream.settimeout(None)
        while stream.recv(65_536):
            pass


def _ticks(seconds: float) -> Iterator[None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(DRIP_SECONDS)
