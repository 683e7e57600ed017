"""What stands in the way of a move, in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.by_hand import GIB

from virtualisation_resource_distributor.cluster import GuestId, NodeName
from virtualisation_resource_distributor.judge.obstacles import (
    KeptApart,
    KeptTogether,
    Locked,
    NoRoom,
    NotAllowed,
    Obstacle,
    Pinned,
    in_words,
)

MIB = 2**20
GUEST = GuestId("100")
NODE = NodeName("b")


@pytest.mark.parametrize(
    ("obstacle", "words"),
    [
        (Locked(guest=GUEST), "it is locked"),
        (Pinned(guest=GUEST, why="disk scsi1"), "it can't be moved live (disk scsi1)"),
        (KeptTogether(rule="keep", other=GUEST), "rule 'keep' keeps it together with guest 100"),
        (NotAllowed(guest=GUEST, node=NODE), "it is not allowed to run on 'b'"),
        (KeptApart(rule="no", other=GUEST), "rule 'no' keeps it apart from guest 100 there"),
    ],
)
def test_each_obstacle_has_words_of_its_own(obstacle: Obstacle, words: str) -> None:
    """They follow `guest 7 would have to go to 'b', but`."""
    assert in_words(obstacle) == words


@pytest.mark.parametrize(
    ("free", "needed", "words"),
    [
        (3 * GIB, 4 * GIB, "3.0 of 4.0 GiB"),
        (0, 4 * GIB, "0.0 of 4.0 GiB"),
        (5 * GIB + GIB // 2, 6 * GIB, "5.5 of 6.0 GiB"),
        (4 * GIB - 1, 4 * GIB, "3.9 of 4.0 GiB"),
        (GIB // 2, GIB, "0.5 of 1.0 GiB"),
        (GIB // 2, GIB - 1, "512.0 of 1023.9 MiB"),
        (4 * GIB + MIB, 4 * GIB + 2 * MIB, "4097.0 of 4098.0 MiB"),
        (MIB - 1, MIB, "0.9 of 1.0 MiB"),
        (0, MIB - 1, "0 of 1048575 bytes"),
        (4 * GIB + 1, 4 * GIB + 2, "4294967297 of 4294967298 bytes"),
        (0, 1, "0 of 1 bytes"),
    ],
)
def test_missing_room_is_told_in_the_largest_unit_that_shows_it(free: int, needed: int, words: str) -> None:
    """Both are rounded down, and never to the same number."""
    told = in_words(NoRoom(node=NODE, free_bytes=free, needed_bytes=needed))
    assert told == f"'b' has {words} of memory free that it needs"


@pytest.mark.parametrize("needed", [0, 1, GIB])
def test_a_node_over_its_limit_is_told_as_that(needed: int) -> None:
    """A guest of unknown size needs nothing that could be told."""
    told = in_words(NoRoom(node=NODE, free_bytes=-1, needed_bytes=needed))
    assert told == "'b' is filled beyond its limit already, and takes nobody"


@given(st.integers(0), st.integers(1))
def test_what_is_free_and_what_is_needed_never_look_alike(free: int, more: int) -> None:
    """Whatever the sizes are."""
    numbers = in_words(NoRoom(node=NODE, free_bytes=free, needed_bytes=free + more)).removeprefix("'b' has ").split()
    assert numbers[0] != numbers[2]
