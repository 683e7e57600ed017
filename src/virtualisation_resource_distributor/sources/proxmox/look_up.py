"""Ask Proxmox VE about single guests: for each its configuration, the list of its snapshots, and theirs.

All of it takes VM.Audit on the guest, which whoever sees the guest has.
"""

import time
from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

from ...cluster.cluster import Guest
from ...cluster.fields import kind_of
from ...cluster.names import GuestId, NodeName
from ...errors import InvalidData, SourceForbidden, SourceUnavailable
from ..side_by_side import side_by_side
from .answers import rows_of, text_in
from .config import Config
from .pins import GuestAnswers, Unread
from .session import HostSession, HostUnavailable

LANES = 8
"""So many requests are on their way at once; a session keeps ten connections."""

_A_GUESTS_PATIENCE = 4
_NOW = "current"

Told = dict[GuestId, GuestAnswers | Unread]


def look_up(session: HostSession, guests: Sequence[Guest], timeout_seconds: float) -> Told:
    """Return what the host says of each guest, or why it does not. A node that gives no answer is asked once a lane."""
    silent: set[NodeName] = set()
    lanes = [lane for number in range(LANES) if (lane := guests[number::LANES])]
    deadline = time.monotonic() + _A_GUESTS_PATIENCE * timeout_seconds * max(map(len, lanes), default=0)
    calls = {number: partial(_ask_all, session, lane, silent) for number, lane in enumerate(lanes)}
    told: Told = {guest.id: Unread("unreadable", "no answer in time") for guest in guests}
    for answer in side_by_side(calls, deadline=deadline).values():
        if isinstance(answer, Exception):
            raise answer
        told |= answer
    return told


def _ask_all(session: HostSession, guests: Sequence[Guest], silent: set[NodeName]) -> Told:
    return {guest.id: _ask(session, guest, silent) for guest in guests}


def _ask(session: HostSession, guest: Guest, silent: set[NodeName]) -> GuestAnswers | Unread:
    if guest.node in silent:
        return Unread("unreadable", f"node '{guest.node}' gave no answer for another guest")
    try:
        return _answers_of(session, guest)
    except SourceForbidden as error:
        return Unread("forbidden", str(error))
    except HostUnavailable as error:
        if error.status is None:
            silent.add(guest.node)
        return Unread("unreadable", str(error))
    except (SourceUnavailable, InvalidData) as error:
        return Unread("unreadable", str(error))


def _answers_of(session: HostSession, guest: Guest) -> GuestAnswers:
    path = f"/nodes/{quote(guest.node, safe='')}/{guest.kind}/{guest.id}"
    config = _config(session, f"{path}/config?current=1")
    where = f"{path}/snapshot"
    names = [text_in(row, "name", where) for row in rows_of(session.get(where), where)]
    snapshots = {
        name: _config(session, f"{path}/config?snapshot={quote(name, safe='')}") for name in names if name != _NOW
    }
    return GuestAnswers(config=config, snapshots=snapshots)


def _config(session: HostSession, path: str) -> Config:
    answer: Any = session.get(path)
    if not isinstance(answer, dict):
        raise InvalidData(path, f"answered with {kind_of(answer)} where Proxmox VE answers with an object")
    return answer
