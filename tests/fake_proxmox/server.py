"""The server itself: its process is started by the client beside it, and told what to do line by line."""

import gc
import json
import os
import socketserver
import ssl
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from .accounts import Accounts
from .acl import rights_of
from .answers import answer
from .connection import Connection, Request
from .faults import REPLIES, Fault, Faults, parse_fault, spoil
from .reply import Reply, of_data, of_refusal
from .rows import RefusedError, View
from .state import FakeCluster, loads

LOGIN = ("POST", "/access/ticket")
REALMS = ("GET", "/access/domains")
"""Asked for by the login page, and answered to everybody."""


class Site:
    """What is served now, with the answers that were given already."""

    def __init__(self, cluster: FakeCluster) -> None:
        self.cluster = cluster
        self._views: dict[str, View] = {}
        self._replies: dict[tuple[str, str, str], Reply] = {}
        self._lock = threading.Lock()

    def reply(self, account: str, path: str, query: str) -> Reply:
        """Return the answer to a GET; the same for the same account until the cluster changes."""
        with self._lock:
            key = (account, path, query)
            if key not in self._replies:
                if account not in self._views:
                    self._views[account] = View(self.cluster, rights_of(self.cluster, account))
                params = dict(parse_qsl(query, keep_blank_values=True))
                self._replies[key] = of_data(answer(self._views[account], path, params))
            return self._replies[key]


class Server(socketserver.ThreadingTCPServer):
    """The listening socket, the cluster behind it, and what is to go wrong."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, port: int, cluster: FakeCluster, certificate: str) -> None:
        super().__init__(("127.0.0.1", port), Connection)
        self.site = Site(cluster)
        self.faults = Faults()
        self.accounts = Accounts()
        self.log: list[str] = []
        self.connections = 0
        self.accept_only = False
        self.present(certificate)

    def present(self, certificate: str) -> None:
        """Show this certificate, a file with its key in it, to all who connect from now on."""
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)

    def accepted(self) -> ssl.SSLContext | None:
        """Count a connection, and return what its handshake takes; None is for no handshake."""
        self.connections += 1
        return None if self.accept_only else self._context

    def seconds_before(self, status: int) -> float:
        """Return how long an answer with this status takes."""
        cluster = self.site.cluster
        return {401: cluster.seconds_before_401, 595: cluster.seconds_before_595}.get(status, 0.0)

    def time_there(self) -> float:
        """Return what the clock of the cluster says."""
        return time.time() + self.site.cluster.clock_ahead_seconds

    def prepare(self, account: str, path: str) -> None:
        """Work out an answer before anybody asks."""
        path, _, query = path.partition("?")
        _ = self.site.reply(account, path, query).compressed

    def told(self, *, forget: bool) -> Mapping[str, Any]:
        """Return what was asked for and how many connections were made, and perhaps begin anew."""
        told = {"requests": list(self.log), "connections": self.connections}
        if forget:
            self.log.clear()
            self.connections = 0
        return told

    def reply_to(self, request: Request) -> tuple[Reply, Fault | None]:
        """Write a request down and return its answer, and the fault with which that is to be delivered."""
        self.log.append(f"{request.method} {request.path}{'?' if request.query else ''}{request.query}")
        fault = self.faults.take(request.path, request.query)
        if fault is not None and fault.kind in REPLIES:
            return REPLIES[fault.kind], fault
        if fault is not None and fault.kind == "expire" and (request.method, request.path) != LOGIN:
            self.accounts.expire()
        site = self.site
        try:
            reply = self._reply(site, request)
        except RefusedError as refused:
            reply = of_refusal(refused, site.cluster)
        return (reply if fault is None else spoil(fault.kind, reply)), fault

    def _reply(self, site: Site, request: Request) -> Reply:
        """Return the answer to a request that nothing befalls; only a GET and the login have one.

        Raises RefusedError.
        """
        if not request.in_api:
            raise RefusedError(501, "no such uri")
        if (request.method, request.path) == LOGIN:
            return of_data(self.accounts.login(site.cluster, request.body))
        if (request.method, request.path) == REALMS:
            return of_data([{"realm": realm, "type": realm} for realm in site.cluster.realms])
        if request.method != "GET":
            raise RefusedError(501, f"Method '{request.method} {request.path}' not implemented")
        if request.body:
            raise RefusedError(501, "Unexpected content for method 'GET'")
        return site.reply(self.accounts.who(site.cluster, request.headers), request.path, request.query)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell of errors in this server, and not of clients that went away."""
        if not isinstance(sys.exception(), OSError):
            traceback.print_exc()


def obey(server: Server, order: Mapping[str, Any]) -> Any:
    """Do what the client beside the server orders, and return what it wants to know.

    Shape: `{"do": "fault", "path": "/pools", "fault": "500", "times": null}`.
    """
    match order["do"]:
        case "change":
            server.site = Site(loads(order["cluster"]))
        case "fault":
            server.faults.set(order["path"], parse_fault(order["fault"], order["times"]))
        case "clear":
            server.faults.clear()
            server.accounts.renew_tokens()
        case "present":
            server.present(order["certificate"])
        case "accept-only":
            server.accept_only = order["on"]
        case "prepare":
            server.prepare(order["account"], order["path"])
        case "tell":
            return server.told(forget=order["forget"])
        case other:
            raise ValueError(f"{other!r} is no order")
    return None


def main() -> None:
    """Serve as the first line of standard input says, obey each further line, and end with the input."""
    gc.set_threshold(200_000)  # what is served is large and stays
    start = json.loads(sys.stdin.readline())
    with Server(start["port"], loads(start["cluster"]), start["certificate"]) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(json.dumps(server.server_address[1]), flush=True)
        for line in sys.stdin:
            print(json.dumps(obey(server, json.loads(line))), flush=True)
        os._exit(0)  # requests that hang are not waited for


if __name__ == "__main__":
    main()
