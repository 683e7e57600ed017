"""What explain says of members, nodes and remedies is so, by the brute force of the tests."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from hypothesis import given
from tests.brute_force import Moves, Scene, judge_by_brute_force
from tests.by_hand import guest, in_separate_zones, rule
from tests.certificates import certified, verified
from tests.documents import encoded
from tests.unit.judge.cases import LAW, cases, judged
from tests.unit.judge.test_against_brute_force import Case, SeededCase

from virtualisation_resource_distributor.cluster import (
    Cluster,
    Guest,
    GuestId,
    Node,
    NodeName,
    Pin,
    PoolName,
    Rule,
    Zone,
    ZoneName,
)
from virtualisation_resource_distributor.cluster.limit import MemoryLimit
from virtualisation_resource_distributor.cluster.snapshot import dumps, loads
from virtualisation_resource_distributor.judge.explain import Explanation, explain_pool, worst_of
from virtualisation_resource_distributor.judge.levels import is_usable
from virtualisation_resource_distributor.judge.planning.mending import Request
from virtualisation_resource_distributor.judge.proof.verify import Verified
from virtualisation_resource_distributor.judge.remedies import (
    Allowed,
    BackInUse,
    Lift,
    MoreMemory,
    Movable,
    RoomMade,
    Unlocked,
    WithoutRule,
)
from virtualisation_resource_distributor.judge.spread import judge_pools
from virtualisation_resource_distributor.judge.verdict import Blocked, Migrate, Spread, is_alarm
from virtualisation_resource_distributor.reports.explain_text import counted_answers, explanation_text

GIB = 2**30
ZONES = (Zone(name=ZoneName("ams")), Zone(name=ZoneName("rtm")))


def _explained(case: Case) -> Iterator[Explanation]:
    for verdict in judged(case):
        if isinstance(verdict, Spread | Migrate | Blocked):
            yield explain_pool(case.cluster, verdict, Request(case.excluded, case.limit))


@LAW
@given(cases())
def test_every_other_node_is_counted_once(case: Case) -> None:
    """In words too: the numbers of those that take it and of those that refuse add up."""
    for explained in _explained(case):
        assert [answer.guest for answer in explained.members] == list(explained.verdict.members)
        for answer in explained.members:
            assert len(answer.nodes) == len(case.cluster.nodes) - 1
            words = counted_answers(tuple(node._replace(node=NodeName("n")) for node in answer.nodes))
            words = re.sub(r"\([^)]*\)|'[^']*'", "", words)
            takers, number, *reasons = map(int, re.findall(r"\b\d+\b", re.sub(r"rule .*?(?=, \d|$)", "", words)))
            assert takers + sum(reasons) == number == len(answer.nodes)


@LAW
@given(cases())
def test_a_node_takes_exactly_those_who_may_move_there(case: Case) -> None:
    """And calls those moves better that are, obstacles aside."""
    scene = Scene(case.cluster, case.limit.of)
    for explained in _explained(case):
        pool = next(pool for pool in case.cluster.pools if pool.name == explained.verdict.pool)
        moves = Moves(scene, pool)
        state = tuple(member.node for member in moves.members)
        order = {member: index for index, member in enumerate(moves.members)}
        for answer in explained.members:
            index = order[answer.guest]
            for node in answer.nodes:
                usable = is_usable(case.cluster.node_named[node.node])
                permitted = usable and moves.are_permitted(state, index, node.node)
                assert permitted is (node.refusal is None and not answer.held)
                after = (*state[:index], node.node, *state[index + 1 :])
                better = scene.tree.rank(pool.policy, after) > scene.tree.rank(pool.policy, state)
                assert (usable and better) is node.is_better


def _without(cluster: Cluster, lift: Lift, limit: MemoryLimit) -> Cluster:
    """Lift an obstacle in the document, as somebody would by hand."""
    document = json.loads(dumps(cluster))
    nodes = {node["name"]: node for node in document["nodes"]}
    guests = {guest["id"]: guest for guest in document["guests"]}
    match lift:
        case MoreMemory(node=name, missing_bytes=missing):
            size = nodes[name]["memory_bytes"]
            more = size
            while (limit.of(more) or 0) < (limit.of(size) or 0) + missing:
                more += max(1, missing // 64)
            nodes[name]["memory_bytes"] = more
        case BackInUse(node=name):
            nodes[name] |= {"status": "online", "maintenance": False}
        case Unlocked(guest=guest):
            guests[guest]["locked"] = False
        case Movable(guest=guest):
            guests[guest]["pinned"] = None
        case WithoutRule(rule=rule):
            document["rules"] = [row for row in document["rules"] if row["name"] != rule]
        case Allowed(guest=guest, node=name):
            guests[guest]["allowed_nodes"].append(name)
    return loads(encoded(document))


def _explained_of(seed: int) -> Iterator[tuple[Case, Explanation]]:
    case = SeededCase(seed).build()
    if len({guest.id for guest in case.cluster.guests}) == len(case.cluster.guests):
        yield from ((case, explained) for explained in _explained(case))


def test_what_would_make_it_possible_does() -> None:
    """Each remedy is lifted by hand, and the pool judged again by brute force."""
    told = set()
    for case, explained in chain.from_iterable(map(_explained_of, range(800))):
        for remedy in explained.remedies:
            cluster = case.cluster
            lifts = [lift for lift in remedy.lifts if not isinstance(lift, RoomMade)]
            for lift in lifts:
                cluster = _without(cluster, lift, case.limit)
                told.add(type(lift))
            answers = {answer.pool: answer for answer in judge_by_brute_force(cluster, case.excluded, case.limit.of)}
            assert not lifts or answers[explained.verdict.pool].verdict in {"migrate", "spread"}, remedy
    assert told == {MoreMemory, BackInUse, Unlocked, Movable, WithoutRule, Allowed}


def test_room_that_can_be_made_is_made_by_a_plan_of_so_many_moves() -> None:
    """It passes the checker, and its end is better by brute force."""
    made = 0
    for case, explained in chain.from_iterable(map(_explained_of, range(800))):
        pool = explained.verdict.pool
        rooms = [lift for remedy in explained.remedies for lift in remedy.lifts if isinstance(lift, RoomMade)]
        for room in rooms:
            plan, document = certified(case, frozenset({pool}), make_room=True)
            assert len(plan.steps) == room.moves
            assert isinstance(verified(case, document), Verified)
            tree = Scene(case.cluster, case.limit.of).tree
            ends = {step.move.guest.id: step.move.to_node for step in plan.steps}
            places = [tuple(member.node for member in explained.verdict.members)]
            places.append(tuple(ends.get(member.id, member.node) for member in explained.verdict.members))
            before, after = (tree.rank(explained.verdict.policy, arrangement) for arrangement in places)
            assert after > before
            made += 1
    assert made > 5


@LAW
@given(cases())
def test_the_worst_is_badly_spread_if_any_is(case: Case) -> None:
    """And there is none where all is well."""
    verdicts = judged(case)
    worst = worst_of(verdicts)
    assert (worst is not None) is any(map(is_alarm, verdicts))
    assert worst is None or is_alarm(worst)


def _rooms(*free_gib: float) -> Cluster:
    """Return two members of 16 GiB in zone a, and in zone b a node with each so much free; more nodes stand by."""
    member = Guest(id=GuestId("1"), name="db0", node=NodeName("pve1"), pool=PoolName("db"), memory_bytes=16 * GIB)
    rooms = tuple(
        Node(name=NodeName(f"pve{number}"), zone=ZONES[1].name, memory_bytes=int(free * GIB))
        for number, free in enumerate(free_gib, start=3)
    )
    resting = Node(name=NodeName("pve9"), zone=ZONES[1].name, memory_bytes=64 * GIB, maintenance=True)
    return Cluster(
        zones=ZONES,
        nodes=(Node(name=NodeName("pve1"), zone=ZONES[0].name, memory_bytes=64 * GIB), *rooms, resting),
        guests=(member, member._replace(id=GuestId("2"), name="db1")),
    )


def _text(cluster: Cluster) -> str:
    verdict = worst_of(judge_pools(cluster))
    assert verdict is not None
    return explanation_text(cluster, explain_pool(cluster, verdict, Request()), verbose=False)


def test_rooms_are_told_with_the_best_and_what_it_lacks() -> None:
    """Counts add up, and what would make it possible is exact."""
    text = _text(_rooms(5, 6, 4))
    expected = (
        "0 of 4 other nodes can take it: 3 have too little memory (best: pve4, 6.0 of 16.0 GiB), 1 is in maintenance."
    )
    assert f"Can it go? {expected}" in text
    remedies = "when pve9 leaves maintenance, or with 10.0 GiB more free memory on pve4, or with 11.0 GiB"
    assert f"It would be possible {remedies}" in text


def test_what_is_lacking_is_rounded_up() -> None:
    """What is called enough has to be."""
    assert "with 10.1 GiB more free memory on pve3" in _text(_rooms(5.99))


def test_several_things_at_once_are_told_where_none_alone_is_enough() -> None:
    """A locked guest that also has no room needs both."""
    cluster = _rooms(5)
    guests = tuple(guest._replace(locked=True, pinned=Pin("device", "a card")) for guest in cluster.guests)
    rules = (Rule("apart", "apart", frozenset({GuestId("1"), GuestId("3")})),)
    nodes = tuple(node for node in cluster.nodes if not node.maintenance)
    text = _text(Cluster(zones=ZONES, nodes=nodes, guests=guests, rules=rules))
    ways = (
        "with 11.0 GiB more free memory on pve3 and when guest 1 is no longer locked and when guest 1 can be moved live"
    )
    assert f"It would be possible only with several changes at once: {ways}; or " in text


def _remedies(*guests: Guest, rule: Rule) -> list[frozenset[tuple[type, object]]]:
    """Return what would let pool p be spread over two nodes; values of different kinds may look alike."""
    cluster = replace(in_separate_zones("a", "b", guests=guests), rules=(rule,))
    (explained,) = _explained(Case(cluster))
    assert isinstance(explained.verdict, Blocked)
    return [frozenset((type(lift), lift) for lift in remedy.lifts) for remedy in explained.remedies]


def test_a_guest_and_a_rule_of_one_name_are_lifted_both() -> None:
    """The guest is locked, and the rule holds it too: one of them alone is not enough."""
    held = rule("together", "100", "900", name="100")
    guests = (guest("100", "a", locked=True), guest("101", "a", allowed=["a"]), guest("900", "a", pool=None))
    both = frozenset({(Unlocked, Unlocked(GuestId("100"))), (WithoutRule, WithoutRule("100"))})
    locked_too = tuple(one._replace(locked=one.pool is not None) for one in guests)
    assert both in _remedies(*locked_too, rule=held)


def test_a_guest_and_a_rule_of_one_name_are_both_tried() -> None:
    """Either helps: the one member is locked, and the rule holds the other."""
    held = rule("together", "101", "900", name="100")
    guests = (guest("100", "a", locked=True), guest("101", "a"), guest("900", "a", pool=None))
    remedies = _remedies(*guests, rule=held)
    assert frozenset({(Unlocked, Unlocked(GuestId("100")))}) in remedies
    assert frozenset({(WithoutRule, WithoutRule("100"))}) in remedies
