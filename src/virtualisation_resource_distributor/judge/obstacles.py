"""What can stand in the way of a move, each a value of its own."""

from typing import NamedTuple, assert_never

from ..cluster.names import GuestId, NodeName


class Locked(NamedTuple):
    """The source says that the guest can't be moved now; `why` in its words, empty where it doesn't say."""

    guest: GuestId
    why: str = ""


class Pinned(NamedTuple):
    """The guest can't be moved live; `why` in the source's words."""

    guest: GuestId
    why: str


class KeptTogether(NamedTuple):
    """A rule keeps the guest with another one that runs, so that neither is moved alone."""

    rule: str
    other: GuestId


class NotAllowed(NamedTuple):
    """The guest may not run on the node."""

    guest: GuestId
    node: NodeName


class KeptApart(NamedTuple):
    """A rule keeps the guest off the node, where another guest of the rule runs."""

    rule: str
    other: GuestId


class NoRoom(NamedTuple):
    """The node has not as much memory left as the guest may use; `free_bytes` may be below 0."""

    node: NodeName
    free_bytes: int
    needed_bytes: int


Obstacle = Locked | Pinned | KeptTogether | NotAllowed | KeptApart | NoRoom


def in_words(obstacle: Obstacle) -> str:
    """Return the obstacle as a clause about the guest ("it …")."""
    match obstacle:
        case Locked(why=why):
            return f"it is locked ({why})" if why else "it is locked"
        case Pinned(why=why):
            return f"it can't be moved live ({why})"
        case KeptTogether(rule=rule, other=other):
            return f"rule '{rule}' keeps it together with guest {other}"
        case NotAllowed(node=node):
            return f"it is not allowed to run on '{node}'"
        case KeptApart(rule=rule, other=other):
            return f"rule '{rule}' keeps it apart from guest {other} there"
        case NoRoom(node=node, free_bytes=free, needed_bytes=needed):
            return f"'{node}' {_room_in_words(free, needed)}"
        case _:
            assert_never(obstacle)


def _room_in_words(free_bytes: int, needed_bytes: int) -> str:
    if free_bytes < 0:
        return "is filled beyond its limit already, and takes nobody"
    return f"has {free_of_needed(free_bytes, needed_bytes)} of memory free that it needs"


def free_of_needed(free_bytes: int, needed_bytes: int) -> str:
    """Return `6.0 of 16.0 GiB`, in a unit in which the two differ."""
    for unit, name in ((2**30, "GiB"), (2**20, "MiB"), (1, "bytes")):
        free, needed = _in_tenths(free_bytes, unit), _in_tenths(needed_bytes, unit)
        if free != needed and needed_bytes >= unit:
            return f"{free} of {needed} {name}"
    return f"{free_bytes} of {needed_bytes} bytes"


def _in_tenths(size_bytes: int, unit_bytes: int) -> str:
    """Return a size in this unit with one decimal, rounded down, in integers: a file may hold any number of bytes."""
    whole, rest = divmod(size_bytes, unit_bytes)
    return str(whole) if unit_bytes == 1 else f"{whole}.{rest * 10 // unit_bytes}"
