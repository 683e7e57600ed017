"""Where room is made a pool comes as far as with the help of others it can, in the fewest moves that lead there."""

from itertools import chain
from typing import NamedTuple

import pytest
from tests.brute_force import Rank
from tests.by_hand import guest, node, pool, zones
from tests.fewest_moves import WithHelp
from tests.unit.judge.planning.test_fewest_moves import faults_of_plan, request_of, taken
from tests.unit.judge.test_against_brute_force import SeededCase
from tests.unit.judge.test_examples_of_room import sized

from virtualisation_resource_distributor.cluster import Cluster, NodeName, PoolName
from virtualisation_resource_distributor.judge.ground import survey
from virtualisation_resource_distributor.judge.plan import MakesWay, Move, Plan
from virtualisation_resource_distributor.judge.planning import fewer, helping
from virtualisation_resource_distributor.judge.planning.fewer import squeezed
from virtualisation_resource_distributor.judge.planning.mending import Request, plan_mending
from virtualisation_resource_distributor.judge.spread import NO_LIMIT

SEEDS_IN_CHUNK = 400
MOST_STATES = 5_000
ROOM = Request(make_room=True)


def trips(plan: Plan) -> list[tuple[str, str, str]]:
    """Return who goes from where to where."""
    return [(step.move.guest.id, step.move.from_node, step.move.to_node) for step in plan.steps]


def there_and_back() -> Cluster:
    """Return a pool that by itself uses c, and with room made on b uses another zone; then c was not needed."""
    return Cluster(
        zones=zones({"z1": None, "z2": None}),
        nodes=(node("a", "z1", gib=10), node("b", "z2", gib=10), node("c", "z1", gib=10)),
        guests=(guest("1", "a", gib=5), guest("2", "a", gib=5), guest("3", "b", gib=10, pool="q")),
        pools=(pool("p"), pool("q")),
    )


def test_nobody_goes_there_and_back_where_room_is_made_first() -> None:
    """Guest 1 would go to c for itself; then it has to leave c again for 3."""
    assert trips(plan_mending(there_and_back())) == [("1", "a", "c")]
    plan = plan_mending(there_and_back(), ROOM)
    assert trips(plan) == [("3", "b", "c"), ("1", "a", "b")]
    assert plan_mending(there_and_back(), ROOM._replace(max_moves=2)) == plan
    assert trips(plan_mending(there_and_back(), ROOM._replace(max_moves=1))) == [("1", "a", "c")]


def loose() -> Cluster:
    """Return a pool that has no room on b, where a guest of no pool could as well run on c."""
    guests = [
        *(guest("1", "a", gib=4, allowed=["a", "b"]), guest("2", "a", gib=4, allowed=["a", "b"])),
        guest("9", "b", gib=4, pool=None),
    ]
    return sized({"a": 8, "b": 4, "c": 4}, guests, policy="distinct")


def test_guests_of_no_pool_make_room_where_that_is_asked_for() -> None:
    """The step says what it is for, and no pool is told that is none."""
    assert plan_mending(loose()).steps == ()
    plan = plan_mending(loose(), ROOM)
    assert trips(plan) == [("9", "b", "c"), ("1", "a", "b")]
    assert (plan.steps[0].why, plan.steps[0].pool) == (MakesWay(), None)
    assert (plan.unresolved, [change.pool for change in plan.pools]) == ((), ["p"])


def test_who_may_not_be_moved_makes_no_room() -> None:
    """Who is locked, has nowhere else to go, or is of an excluded pool."""
    cluster = loose()
    *others, last = cluster.guests
    excluded = pool("x")
    for stuck in (
        last._replace(locked=True),
        last._replace(allowed_nodes=frozenset()),
        last._replace(pool=excluded.name),
    ):
        guests, pools = (*others, stuck), (*cluster.pools, excluded)
        changed = Cluster(zones=cluster.zones, nodes=cluster.nodes, guests=guests, pools=pools)
        assert plan_mending(changed, ROOM._replace(excluded=frozenset({excluded.name}))).steps == ()


def test_a_plan_that_needs_no_help_is_proven_as_without() -> None:
    """And one of which nobody knows whether help would lead further is not."""
    guests = [guest("1", "a", gib=4), guest("2", "a", gib=4), guest("9", "b", gib=4, pool=None)]
    plan = plan_mending(sized({"a": 8, "b": 4, "c": 4}, guests, policy="distinct"), ROOM)
    assert (trips(plan), plan.optimal, plan.lower_bound) == ([("1", "a", "c")], True, 1)
    held = [row._replace(locked=True) for row in guests]
    assert plan_mending(sized({"a": 8, "b": 4, "c": 4}, held, policy="distinct"), ROOM).optimal
    assert not plan_mending(loose(), ROOM).optimal


class _Seen(NamedTuple):
    """What came up among seeded clusters."""

    helped: int = 0
    loose: int = 0
    proven: int = 0
    tried: int = 0


def _look(seed: int, seen: _Seen, *, is_exact: bool = True) -> _Seen:
    """Check the plan of one seeded cluster against trying everything; only an exact one has to be the shortest."""
    case = SeededCase(seed).build()
    plain, plan = (plan_mending(case.cluster, request_of(case)._replace(make_room=room)) for room in (False, True))
    assert not faults_of_plan(case, plan), seed
    truth = WithHelp(case.cluster, case.excluded, case.limit.of)
    start, without, ends = (truth.ranks(truth.end_of(steps)) for steps in ([], taken(plain), taken(plan)))
    assert all(end >= max(start[name], without[name]) for name, end in ends.items()), seed
    assert ends != without or len(plan.steps) <= len(plain.steps), seed
    fewest = truth.fewest_to(ends, most_states=MOST_STATES)
    if fewest is not None:
        assert plan.lower_bound <= fewest <= len(plan.steps), seed
        assert len(plan.steps) == fewest or not (is_exact or plan.optimal), seed
    if plan.optimal:
        assert plan.lower_bound == len(plan.steps), seed
        if plan.unresolved:
            _check_that_none_gets_further(truth, plan, ends, seed)
    return _Seen(
        helped=seen.helped + (ends != without),
        loose=seen.loose + any(step.pool is None for step in plan.steps),
        proven=seen.proven + (plan.optimal and bool(plan.steps)),
        tried=seen.tried + (fewest is not None and bool(plan.steps)),
    )


def _check_that_none_gets_further(truth: WithHelp, plan: Plan, ends: dict[PoolName, Rank], seed: int) -> None:
    layers = list(truth.layers(MOST_STATES))
    if not layers[-1]:
        for state in chain.from_iterable(layers):
            ranks = truth.ranks(state)
            assert all(ranks[change.pool] <= ends[change.pool] for change in plan.pools), seed


@pytest.mark.parametrize("chunk", range(2))
def test_seeded_clusters_get_as_far_as_they_do_in_the_fewest_moves(chunk: int) -> None:
    """No pool ends worse than it begins, or than it does without help; and what is said to be proven is."""
    seen = _Seen()
    for seed in range(chunk * SEEDS_IN_CHUNK, (chunk + 1) * SEEDS_IN_CHUNK):
        seen = _look(seed, seen)
    assert seen.helped > 10
    assert seen.loose > 0
    assert seen.proven > 20
    assert seen.tried > 50


def test_where_many_may_be_moved_what_is_said_is_true_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only some of them are looked at then; nobody goes there and back for it."""
    for module in (helping, fewer):
        monkeypatch.setattr(module, "FEW_CHOICES", 0)
    assert trips(plan_mending(there_and_back(), ROOM)) == [("3", "b", "c"), ("1", "a", "b")]
    seen = _Seen()
    for seed in range(1_000, 1_400):
        seen = _look(seed, seen, is_exact=False)
    assert seen.helped > 5
    assert seen.tried > 50


def test_stops_on_the_way_are_left_out_where_that_is_permitted() -> None:
    """Straight to the end, at the first or the last turn, or not at all."""
    one, two, big = guest("1", "a", gib=4), guest("2", "a", gib=4), guest("9", "b", gib=8, pool="q")
    a, b, c = map(NodeName, "abc")
    ground = survey(sized({"a": 8, "b": 8, "c": 8}, [one, two, big], policy="distinct"), NO_LIMIT)
    there, back, late = Move(one, a, c), Move(one, c, a), Move(one, c, b)
    assert squeezed(ground, (there, back, Move(two, a, c))) == (Move(two, a, c),)
    assert squeezed(ground, (there, Move(two, a, c), back)) == (Move(two, a, c),)
    assert squeezed(ground, (there, late)) == (there, late), "there is no room on b"
    away = Move(big, b, c)
    assert squeezed(ground, (away, there, late)) == (away, Move(one, a, b))
