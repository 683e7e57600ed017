"""A domain that is active on two nodes runs twice, or is being migrated. The states are as measured at both ends."""

import pytest

from virtualisation_resource_distributor.cluster import NodeName
from virtualisation_resource_distributor.cluster.inventory import Job
from virtualisation_resource_distributor.sources.libvirt.answers import Activity
from virtualisation_resource_distributor.sources.libvirt.moving import is_active, is_on_the_move, origin_of

HERE, THERE, ELSEWHERE = NodeName("here"), NodeName("there"), NodeName("elsewhere")

End = tuple[int, int, Job]
BOOTED: End = (1, 1, "none")
MIGRATED: End = (1, 2, "none")


def _at(end: End) -> Activity:
    state, reason, job = end
    return Activity(state=state, reason=reason, job=job)


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        ((1, 1, "outgoing"), (3, 11, "incoming")),
        ((1, 1, "outgoing"), (3, 2, "incoming")),
        ((3, 2, "outgoing"), (3, 2, "incoming")),
        ((3, 2, "outgoing"), (1, 2, "incoming")),
        ((3, 2, "outgoing"), (1, 2, "none")),
        ((3, 12, "outgoing"), (1, 10, "none")),
        ((3, 1, "outgoing"), (3, 2, "incoming")),
        ((1, 1, "hung"), (3, 2, "incoming")),
        ((1, 1, "none"), (3, 11, "incoming")),
    ],
)
def test_each_phase_of_a_migration_is_one(source: End, destination: End) -> None:
    """Whichever end is read first, it comes from the source."""
    places = {HERE: _at(source), THERE: _at(destination)}
    assert origin_of(places) == HERE
    assert origin_of(dict(reversed(places.items()))) == HERE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (BOOTED, BOOTED),
        (BOOTED, MIGRATED),
        (MIGRATED, MIGRATED),
        ((1, 1, "outgoing"), MIGRATED),
        ((3, 2, "none"), MIGRATED),
        ((3, 1, "none"), BOOTED),
        ((3, 1, "outgoing"), BOOTED),
        ((3, 2, "outgoing"), BOOTED),
        ((3, 2, "incoming"), (3, 2, "incoming")),
    ],
    ids=str,
)
def test_anything_else_is_no_migration(one: End, other: End) -> None:
    """A backup that runs, or a reason that a past migration left, does not hide that a domain runs twice."""
    assert origin_of({HERE: _at(one), THERE: _at(other)}) is None


def test_a_third_one_is_no_end_of_a_migration() -> None:
    """Two ends are all that there are."""
    places = {HERE: _at((1, 1, "outgoing")), THERE: _at((3, 2, "incoming")), ELSEWHERE: _at(BOOTED)}
    assert not is_on_the_move(places)
    assert not is_on_the_move({HERE: _at((1, 1, "outgoing"))})
    assert not is_on_the_move({})


def test_what_is_shut_off_or_crashed_is_not_active() -> None:
    """Everything else may run, a state that nobody knows too."""
    assert [state for state in range(10) if not is_active(Activity(state=state, reason=0))] == [5, 6]
