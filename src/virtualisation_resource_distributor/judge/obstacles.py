"""What can stand in the way of a move, each a value of its own."""

from dataclasses import dataclass
from typing import assert_never

from ..cluster.names import GuestId, NodeName

_GIB = 2**30
_MIB = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """The source says that the guest can't be moved now."""

    guest: GuestId


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """The guest can't be moved live; `why` in the source's words."""

    guest: GuestId
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTogether:
    """A rule keeps the guest with another one that runs, so that neither is moved alone."""

    rule: str
    other: GuestId


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAllowed:
    """The guest may not run on the node."""

    guest: GuestId
    node: NodeName


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptApart:
    """A rule keeps the guest off the node, where another guest of the rule runs."""

    rule: str
    other: GuestId


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRoom:
    """The node has not as much memory left as the guest may use; `free_bytes` may be below 0."""

    node: NodeName
    free_bytes: int
    needed_bytes: int


Obstacle = Locked | Pinned | KeptTogether | NotAllowed | KeptApart | NoRoom


def in_words(obstacle: Obstacle) -> str:
    """Return the obstacle as a clause about the guest ("it …")."""
    match obstacle:
        case Locked():
            return "it is locked"
        case Pinned(why=why):
            return f"it can't be moved live ({why})"
        case KeptTogether(rule=rule, other=other):
            return f"rule '{rule}' keeps it together with guest {other}"
        case NotAllowed(node=node):
            return f"it is not allowed to run on '{node}'"
        case KeptApart(rule=rule, other=other):
            return f"rule '{rule}' keeps it apart from guest {other} there"
        case NoRoom(node=node, free_bytes=free, needed_bytes=needed):
            return f"'{node}' has {size_in_words(max(free, 0))} of memory left where it needs {size_in_words(needed)}"
        case _:
            assert_never(obstacle)


def size_in_words(size_bytes: int) -> str:
    """Return a size for people: GiB, or MiB where it is small."""
    return f"{size_bytes / _GIB:.1f} GiB" if size_bytes >= _GIB else f"{size_bytes / _MIB:.1f} MiB"
