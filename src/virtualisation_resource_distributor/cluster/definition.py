"""A domain's definition as it is kept, and what operators want of the domain."""

from typing import NamedTuple

from .names import GuestId


class Definition(NamedTuple):
    """One version of a domain's definition; versions count from 1.

    `author` is who brought it in, at `created_at` (UTC), and `origin` where it came from (`node kvm1`).
    `xml` may hold secrets (`<graphics passwd=…>`), so it is never shown as it is.
    """

    uuid: GuestId
    name: str
    version: int
    created_at: str
    author: str
    origin: str
    xml: str

    def __repr__(self) -> str:
        return f"Definition(uuid={self.uuid!r}, name={self.name!r}, version={self.version})"


class WantedDown(NamedTuple):
    """A domain that was stopped on purpose; `autostart` tells whether it had started with its node before."""

    uuid: GuestId
    name: str
    created_at: str
    author: str
    autostart: bool
