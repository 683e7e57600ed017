"""What goes wrong, where, and how often."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .reply import Reply, encoded
from .rows import Row

REPLIES: Mapping[str, Reply] = {
    "401": Reply(401, "permission denied - invalid PVE ticket"),
    "401-null": Reply(401, "authentication failure", encoded({"data": None})),
    "403": Reply(403, "Permission check failed (/, Sys.Audit)", encoded({"data": None})),
    "500": Reply(500, "got timeout", encoded({"data": None})),
    "503": Reply(503, "Service Unavailable"),
    "595": Reply(595, "No route to host"),
    "html": Reply(200, "OK", b"<!DOCTYPE html><html><body>It works!</body></html>", "text/html"),
    "null": Reply(200, "OK", encoded({"data": None})),
    "empty-body": Reply(200, "OK"),
    "redirect": Reply(302, "Found", location="http://127.0.0.1:1/"),
}
"""Faults that take the place of the answer; `401-null` is a 401 that has a body."""

DELIVERIES = {"cut", "dropped", "hang"}
"""Faults of how an answer is delivered."""

LASTING = {"slow", "drip", "drip-headers"}
"""The same, with the number of seconds behind a colon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong with a request, and for how many requests more; None is until the faults are cleared."""

    kind: str
    seconds: float = 0.0
    times: int | None = None


def parse_fault(text: str, times: int | None = None) -> Fault:
    """Return the fault that a test wrote down (`500`, `slow:0.5`).

    Raises ValueError for what is none.
    """
    kind, separator, seconds = text.partition(":")
    if kind in LASTING:
        return Fault(kind=kind, seconds=float(seconds), times=times)
    if separator or kind not in {*REPLIES, *SPOILED, *DELIVERIES, "expire"}:
        known = sorted([*REPLIES, *SPOILED, *DELIVERIES, "expire", *(f"{each}:SECONDS" for each in LASTING)])
        raise ValueError(f"{text!r} is no fault; there are {', '.join(known)}")
    return Fault(kind=kind, times=times)


class Faults:
    """The faults that are set, by path; `*` is any path, and `login` the login."""

    def __init__(self) -> None:
        self._by_path: dict[str, Fault] = {}

    def set(self, path: str, fault: Fault) -> None:
        """Let a fault befall the requests of a path, in place of the one that is set for it."""
        self._by_path[path] = fault

    def clear(self) -> None:
        """Let all go well again."""
        self._by_path.clear()

    def take(self, path: str, query: str) -> Fault | None:
        """Return the fault that befalls a request: that of the path with its query, of the path, or of any path."""
        names = ["login"] if path == "/access/ticket" else []
        for name in [*names, f"{path}?{query}", path, "*"]:
            fault = self._by_path.get(name)
            if fault is not None:
                self._count(name, fault)
                return fault
        return None

    def _count(self, name: str, fault: Fault) -> None:
        if fault.times == 1:
            del self._by_path[name]
        elif fault.times is not None:
            self._by_path[name] = Fault(kind=fault.kind, seconds=fault.seconds, times=fault.times - 1)


def spoil(kind: str, reply: Reply) -> Reply:
    """Return an answer with its body spoiled, if it is an answer with data and the fault is one of bodies."""
    if kind not in SPOILED or reply.status != 200:
        return reply
    return Reply(200, "OK", SPOILED[kind](reply.body))


def _cut_json(body: bytes) -> bytes:
    return body[: len(body) * 2 // 3]


def _emptied(body: bytes) -> bytes:
    data = json.loads(body)["data"]
    return encoded({"data": type(data)() if isinstance(data, list | dict) else data})


def _of_wrong_type(body: bytes) -> bytes:
    data = json.loads(body)["data"]
    return encoded({"data": [1, 2] if isinstance(data, dict) else "no list"})


def _with_wrong_rows(body: bytes) -> bytes:
    data = json.loads(body)["data"]
    if isinstance(data, dict):
        return encoded({"data": dict.fromkeys(data, 7) or {"7": 7}})
    rows = [_wrong(row) if isinstance(row, dict) else 7 for row in data] if isinstance(data, list) else []
    return encoded({"data": rows or [7]})


def _wrong(row: Row) -> Row:
    """Return a row whose fields are there, but of other types."""
    return {key: WRONG_FIELDS[key](value) if key in WRONG_FIELDS else value for key, value in row.items()}


def _listed(value: Any) -> Any:
    return [value]


def _seven(_value: Any) -> Any:
    return 7


def _letter(_value: Any) -> Any:
    return "x"


WRONG_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "vmid": _listed,
    "members": _letter,
    "maxmem": _letter,
    "maxcpu": _letter,
    "template": _letter,
    **dict.fromkeys(("node", "status", "name", "pool", "poolid", "sid", "group", "rule", "nodes", "resources"), _seven),
}

SPOILED: Mapping[str, Callable[[bytes], bytes]] = {
    "cut-json": _cut_json,
    "empty": _emptied,
    "wrong-types": _of_wrong_type,
    "wrong-rows": _with_wrong_rows,
}
"""Faults of an otherwise good answer's body."""
