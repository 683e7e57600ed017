"""How many guests are looked up for a plan, and how often is it made?"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from virtualisation_resource_distributor.cluster.cluster import Cluster, Guest, Node, Pin, Zone
from virtualisation_resource_distributor.cluster.holds import Hold, LookedUp, with_holds
from virtualisation_resource_distributor.cluster.names import GuestId, NodeName, PoolName, ZoneName
from virtualisation_resource_distributor.cluster.trouble import Remark
from virtualisation_resource_distributor.commands.judging import Judged, judge_read
from virtualisation_resource_distributor.commands.looked_up import MOST_ROUNDS, plan_looked_up
from virtualisation_resource_distributor.commands.reading import Reading
from virtualisation_resource_distributor.judge.plan import MakesWay, Move, Plan, Step
from virtualisation_resource_distributor.judge.planning.mending import plan_mending
from virtualisation_resource_distributor.judge.planning.steps import unseen_in
from virtualisation_resource_distributor.settings import read_settings

SETTINGS = read_settings({}, Path("/nowhere/.env"))
PIN = Pin(code="local-disk", message="disk scsi0 is on storage local-lvm")
GIB = 2**30


class Source:
    """What finds a local disk of the guests with these numbers, and writes down how many it was asked for."""

    def __init__(self, pinned: range) -> None:
        self._pinned = {GuestId(str(number)) for number in pinned}
        self.asked: list[int] = []

    def look_up(self, guests: Sequence[Guest]) -> LookedUp:
        """Return who has a local disk."""
        self.asked.append(len(guests))
        return LookedUp(holds={guest.id: Hold(pinned=PIN) for guest in guests if guest.id in self._pinned})


def bunched(members: int) -> Cluster:
    """Return two nodes in zones of their own, and a pool all of whose members are on the first."""
    node = partial(Node, memory_bytes=1024 * GIB, vcpus=64)
    return Cluster(
        zones=(Zone(name=ZoneName("a")), Zone(name=ZoneName("b"))),
        nodes=(
            node(name=NodeName("pve1"), zone=ZoneName("a")),
            node(name=NodeName("pve2"), zone=ZoneName("b")),
        ),
        guests=tuple(
            Guest(
                id=GuestId(str(number)),
                node=NodeName("pve1"),
                name=f"guest{number}",
                pool=PoolName("dns"),
                memory_bytes=4 * GIB,
                vcpus=1,
            )
            for number in range(100, 100 + members)
        ),
    )


def planned(cluster: Cluster, source: Source, make: Callable[[Cluster], Plan] = plan_mending) -> tuple[Judged, Plan]:
    """Return the plan with what it rests on."""
    judged = judge_read(SETTINGS, Reading(cluster, source.look_up), ())
    return plan_looked_up(SETTINGS, judged, (), make)


def test_a_plan_that_meets_no_pin_looks_up_the_guests_that_it_moves() -> None:
    """One of a thousand is moved, and one is asked for."""
    source = Source(pinned=range(0))
    cluster = bunched(1000)
    judged, made = planned(cluster, source)
    assert source.asked == [1]
    assert len(made.steps) == 1
    assert judged.cluster is cluster


def test_where_pins_are_met_more_are_looked_up_the_more_were_found() -> None:
    """So it takes few plans to come to the one member that can be moved, and to find that there is none."""
    source = Source(pinned=range(100, 163))
    judged, made = planned(bunched(64), source)
    assert [step.move.guest.id for step in made.steps] == ["163"]
    assert len(source.asked) <= 8
    assert sum(source.asked) <= 64
    source = Source(pinned=range(100, 164))
    judged, made = planned(bunched(64), source)
    assert made.steps == ()
    assert PIN.message in made.unresolved[0].reason
    assert sum(source.asked) == 64
    assert {guest.pinned for guest in judged.cluster.guests} == {PIN}


def test_a_search_without_an_end_is_given_up_and_that_is_said() -> None:
    """What no look was taken at may be pinned as well."""
    source = Source(pinned=range(200, 300))
    judged, made = planned(bunched(200), source, _moving_the_last)
    assert len(source.asked) == MOST_ROUNDS
    assert made.notes == judged.cluster.remarks[0][2:]
    assert f"after {MOST_ROUNDS} plans no more were looked up" in made.notes[0]


def _moving_the_last(cluster: Cluster) -> Plan:
    """Return a plan that moves the last guest that is not pinned, while the others that are looked up are the first."""
    guest = [guest for guest in cluster.guests if guest.pinned is None][-1]
    move = Move(guest=guest, from_node=guest.node, to_node=NodeName("pve2"))
    step = Step(move=move, pool=guest.pool, why=MakesWay(), makes_own_pool_worse=False)
    return Plan(steps=(step,), bounds=(), optimal=False, unresolved=(), pools=(), notes=unseen_in(cluster))


def test_what_is_found_changes_nothing_else() -> None:
    """A cluster about which nothing new is found is the same, and the node where a guest is stays allowed."""
    cluster = bunched(2)
    assert with_holds(cluster, LookedUp()) is cluster
    assert with_holds(cluster, LookedUp(holds={GuestId("100"): Hold()})) is cluster
    remark = Remark(code="disks-unread", subject="cluster", message="not known")
    once = with_holds(cluster, LookedUp(remarks=(remark,)))
    assert once.remarks == (remark,)
    assert with_holds(once, LookedUp(remarks=(remark,))) is once
    limited = with_holds(cluster, LookedUp(holds={GuestId("100"): Hold(nodes=frozenset({NodeName("pve2")}))}))
    assert limited.guests[0].allowed_nodes == frozenset({NodeName("pve1"), NodeName("pve2")})
    assert limited.guests[1] == cluster.guests[1]
