"""The node that place calls the best leaves the best spread, by the brute force of the tests."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from tests.brute_force import Scene
from tests.unit.judge.cases import LAW, cases
from tests.unit.judge.test_against_brute_force import Case

from virtualisation_resource_distributor.cluster import (
    Cluster,
    Guest,
    GuestId,
    Node,
    NodeName,
    Pool,
    PoolName,
    Zone,
    ZoneName,
)
from virtualisation_resource_distributor.judge.place import NewMember, place
from virtualisation_resource_distributor.judge.spread import NO_LIMIT
from virtualisation_resource_distributor.reports.place import place_text

NEW = st.builds(NewMember, st.sampled_from((0, 1, 3, 2**30, 6 * 2**30, 2**60)), st.integers(0, 4))


@LAW
@given(cases(), NEW)
def test_nodes_are_ranked_by_the_spread_that_results_and_all_are_told(case: Case, new: NewMember) -> None:
    """Those that take it are the usable ones with room; the others are refused."""
    scene = Scene(case.cluster, case.limit.of)
    for pool in case.cluster.pools:
        placing = place(case.cluster, pool, new, case.limit)
        told = [found.node for found in placing.places]
        assert sorted([*told, *(refused.node for refused in placing.refused)]) == sorted(case.cluster.node_named)
        for name in scene.tree.usable:
            taken = sum(guest.memory_bytes or 0 for guest in scene.running_on[name])
            limit = scene.limit_of[name]
            assert (name in told) is (limit is None or taken + new.memory_bytes <= limit)
        now = tuple(member.node for member in scene.members_of[pool.name])
        ranks = [scene.tree.rank(pool.policy, (*now, name)) for name in told]
        assert ranks == sorted(ranks, reverse=True)
        assert set(told) <= set(scene.tree.usable)
        for found in placing.places:
            used = scene.tree.used((*now, found.node))
            possible = scene.tree.possible(len(now) + 1)
            assert [(level.used, level.possible) for level in found.levels] == list(zip(used, possible, strict=True))


@LAW
@given(cases(), NEW)
def test_among_equal_spreads_the_emptier_node_comes_first(case: Case, new: NewMember) -> None:
    """By memory where its size is known, and one of unknown size comes last."""
    scene = Scene(case.cluster, case.limit.of)
    for pool in case.cluster.pools:
        now = tuple(member.node for member in scene.members_of[pool.name])
        placing = place(case.cluster, pool, new, case.limit)
        for one, other in zip(placing.places, placing.places[1:], strict=False):
            ranks = [scene.tree.rank(pool.policy, (*now, found.node)) for found in (one, other)]
            if ranks[0] == ranks[1] and other.room.limit_bytes is not None:
                assert one.room.limit_bytes is not None
                loads = [
                    Fraction(found.room.taken_bytes, max(1, found.room.limit_bytes or 0)) for found in (one, other)
                ]
                assert loads[0] <= loads[1]


def test_the_first_member_of_a_pool_goes_where_there_is_most_room() -> None:
    """Any node gives the same spread then; vcpus decide between nodes that are as full of memory."""
    zone = Zone(name=ZoneName("a"))
    sizes = {"n1": (64, 8), "n2": (64, 16), "n3": (32, 16)}
    nodes = tuple(
        Node(NodeName(name), zone.name, memory_bytes=size, vcpus=vcpus) for name, (size, vcpus) in sizes.items()
    )
    guest = Guest(id=GuestId("1"), node=NodeName("n3"), name="x", memory_bytes=1)
    pool = Pool(name=PoolName("new"))
    placing = place(
        Cluster(zones=(zone,), nodes=nodes, guests=(guest,), pools=(pool,)), pool, NewMember(4, 2), NO_LIMIT
    )
    assert [found.node for found in placing.places] == ["n2", "n1", "n3"]


def test_where_there_is_no_node_that_is_said() -> None:
    """Not only that none takes it."""
    pool, new = Pool(PoolName("p")), NewMember(2**30)
    told = place_text("p", new, place(Cluster(pools=(pool,)), pool, new, NO_LIMIT))
    assert told == "There is no node, so none takes a new member of pool 'p' with 1.0 GiB of memory.\n"
