"""What goes back over the wire."""

import gzip
import json
from dataclasses import dataclass
from email.utils import formatdate
from functools import cached_property
from http import HTTPStatus
from typing import Any

from .rows import RefusedError
from .state import FakeCluster

GZIP_ABOVE = 1024
"""Bodies of more bytes than that are compressed for those who accept it."""


@dataclass(frozen=True)
class Reply:
    """One answer; its compressed body is made once, by whoever asks for it first."""

    status: int
    reason: str
    body: bytes = b""
    content_type: str = "application/json;charset=UTF-8"
    location: str | None = None

    @cached_property
    def compressed(self) -> bytes:
        """Return the body, compressed."""
        return gzip.compress(self.body, compresslevel=1, mtime=0)

    def payload(self, *, accepts_gzip: bool) -> tuple[bytes, bool]:
        """Return the bytes to send, and whether they are compressed."""
        if accepts_gzip and len(self.body) > GZIP_ABOVE:
            return self.compressed, True
        return self.body, False

    def head(self, length: int, *, compressed: bool, keep_alive: bool, at: float) -> bytes:
        """Return status line and headers; an empty error has no length, and ends with the connection.

        `at` is the time of the answer, by the clock of who answers.
        """
        reason = " ".join(self.reason.split()) or _phrase(self.status)
        lines = [f"HTTP/1.1 {self.status} {reason}", "Server: pve-api-daemon/3.0", "Cache-Control: max-age=0"]
        lines.append(f"Date: {formatdate(at, usegmt=True)}")
        lines += ["Pragma: no-cache", f"Connection: {'Keep-Alive' if keep_alive else 'close'}"]
        if length or keep_alive:
            lines += [f"Content-Length: {length}", f"Content-Type: {self.content_type}"]
        if compressed:
            lines.append("Content-Encoding: gzip")
        if self.location is not None:
            lines.append(f"Location: {self.location}")
        return "\r\n".join([*lines, "", ""]).encode()


def of_data(data: Any) -> Reply:
    """Return the answer that holds the data."""
    return Reply(200, "OK", encoded({"data": data}))


def of_refusal(refused: RefusedError, cluster: FakeCluster) -> Reply:
    """Return the answer to what was refused: the reason in the status line and, in new versions, in the body too.

    Who is not known, or asked for a node that can't be reached, gets an empty body.
    """
    if refused.status in {401, 595}:
        return Reply(refused.status, refused.reason)
    body: dict[str, Any] = {"data": None}
    if refused.errors is not None:
        body["errors"] = refused.errors
    if cluster.release >= (8, 4):
        body["message"] = refused.reason + "\n"
    return Reply(refused.status, refused.reason, encoded(body))


def encoded(body: Any) -> bytes:
    """Return a body as the bytes of its JSON."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
