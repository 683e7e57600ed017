"""What holds for the verdicts on every cluster."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st
from tests.by_hand import guest, node, resized
from tests.unit.judge.cases import LAW, cases, changed, essence, judged, levels_of
from tests.unit.judge.renaming import Renaming
from tests.unit.judge.test_against_brute_force import Case

from virtualisation_resource_distributor.cluster import Cluster, Guest, Node, Pool, PoolName
from virtualisation_resource_distributor.judge.verdict import is_alarm

CHANCE = st.randoms(use_true_random=False)
KINDS = {"excluded", "empty", "unknown", "spread", "migrate", "blocked"}


def _with_guests(cluster: Cluster, guests: Sequence[Guest]) -> Cluster:
    return replace(cluster, guests=(*cluster.guests, *guests))


def _with_node(cluster: Cluster, new: Node) -> Cluster:
    return replace(cluster, nodes=(*cluster.nodes, new))


@LAW
@given(cases(), CHANCE)
def test_new_names_for_everything_change_nothing_but_names(case: Case, chance: Random) -> None:
    """Verdicts, levels and members are the same."""
    renaming = Renaming.of(case.cluster, chance)
    excluded = frozenset(map(renaming.pool, case.excluded))
    renamed = Case(renaming.cluster(case.cluster), excluded, case.limit)
    expected = {
        renaming.pool(pool): (kind, policy, _sorted(map(renaming.guest, members)), levels)
        for pool, (kind, policy, members, levels) in essence(case).items()
    }
    assert essence(renamed) == expected


def _sorted(members: Iterable[Guest]) -> tuple[Guest, ...]:
    return tuple(sorted(members, key=lambda member: (member.id, member.node)))


@LAW
@given(cases(), CHANCE)
def test_the_order_of_things_changes_nothing_not_even_the_words(case: Case, chance: Random) -> None:
    """The reasons are the same too."""

    def mixed(cluster: Cluster) -> Cluster:
        return replace(
            cluster,
            zones=tuple(chance.sample(cluster.zones, len(cluster.zones))),
            nodes=tuple(chance.sample(cluster.nodes, len(cluster.nodes))),
            guests=tuple(chance.sample(cluster.guests, len(cluster.guests))),
            pools=tuple(chance.sample(cluster.pools, len(cluster.pools))),
            rules=tuple(chance.sample(cluster.rules, len(cluster.rules))),
        )

    after = changed(case, mixed)
    assert essence(after) == essence(case)
    assert [getattr(verdict, "reason", "") for verdict in judged(after)] == [
        getattr(verdict, "reason", "") for verdict in judged(case)
    ]


@LAW
@given(cases())
def test_each_pool_has_one_verdict_sorted_by_name(case: Case) -> None:
    """Pools that only guests name too."""
    names = [verdict.pool for verdict in judged(case)]
    assert names == sorted({pool.name for pool in case.cluster.pools} | set(case.cluster.guests_in))
    assert {verdict.kind for verdict in judged(case)} <= KINDS


@LAW
@given(cases())
def test_which_verdict_there_is_follows_from_the_first_definition_that_fits(case: Case) -> None:
    """Excluded, empty and unknown are decided before anything else."""
    online = {node.name: node for node in case.cluster.nodes if node.status == "online"}
    for verdict in judged(case):
        rows = case.cluster.guests_in.get(verdict.pool, ())
        members = tuple(row for row in rows if row.runs and row.node in online)
        assert verdict.members == members
        assert (verdict.kind == "excluded") == (verdict.pool in case.excluded)
        assert (verdict.kind == "empty") == (not members and verdict.pool not in case.excluded)
        if any(online[member.node].zone is None for member in members):
            assert verdict.kind in {"excluded", "unknown"}
        assert bool(levels_of(verdict)) == (verdict.kind in {"spread", "migrate", "blocked"})
        assert is_alarm(verdict) == (verdict.kind in {"migrate", "blocked"})
        assert bool(getattr(verdict, "reason", "")) == (verdict.kind in {"blocked", "unknown"})


@LAW
@given(cases())
def test_used_is_never_more_than_possible_and_distinct_is_spread_exactly_where_all_of_it_is_used(case: Case) -> None:
    """And no level uses less than the one that it lies in."""
    usable = [node for node in case.cluster.nodes if node.status == "online" and node.zone and not node.maintenance]
    for verdict in judged(case):
        levels = levels_of(verdict)
        assert all(0 <= level.used <= level.possible <= len(verdict.members) for level in levels)
        assert [level.used for level in levels] == sorted(level.used for level in levels)
        full = all(level.used == level.possible for level in levels)
        if verdict.kind == "spread":
            assert full
        if levels and usable and verdict.policy == "distinct":
            assert (verdict.kind == "spread") == full
        if levels:
            assert levels[-1].name == "node"
            assert levels[-1].used == len({member.node for member in verdict.members} & {node.name for node in usable})


@LAW
@given(cases(), st.data())
def test_a_new_pool_without_sizes_and_rules_changes_no_other_verdict(case: Case, data: st.DataObject) -> None:
    """It takes no room and keeps nobody off."""
    assume(case.cluster.nodes)
    on = data.draw(st.lists(st.sampled_from(sorted(case.cluster.node_named)), max_size=3))
    guests = [guest(f"newcomer {number}", name, pool="newcomers") for number, name in enumerate(on)]
    after = essence(changed(case, lambda cluster: _with_guests(cluster, guests)))
    after.pop(PoolName("newcomers"), None)
    assert after == essence(case)


@LAW
@given(cases(), st.data())
def test_a_guest_that_does_not_run_changes_no_verdict(case: Case, data: st.DataObject) -> None:
    """However large it is."""
    assume(case.cluster.nodes)
    on = data.draw(st.sampled_from(sorted(case.cluster.node_named)))
    pool = data.draw(st.sampled_from([None, *(pool.name for pool in case.cluster.pools)]))
    asleep = (guest("newcomer", on, pool=pool, gib=10**6, status=status) for status in ("stopped", "crashed"))
    new = data.draw(st.sampled_from([*asleep, guest("newcomer", on, pool=pool, gib=10**6, template=True)]))
    assert essence(changed(case, lambda cluster: _with_guests(cluster, [new]))) == essence(case)


@LAW
@given(cases(), st.data())
def test_a_node_that_is_not_online_changes_no_verdict(case: Case, data: st.DataObject) -> None:
    """Nor does what is said to run there."""
    zone = data.draw(st.sampled_from([None, *(zone.name for zone in case.cluster.zones)]))
    gone = (node("newcomer", zone, gib=10**6, status="offline"), node("newcomer", zone, status="absent"))
    new = data.draw(st.sampled_from(gone))
    there = [guest("newcomer", "newcomer", pool=pool.name, gib=1) for pool in case.cluster.pools[:1]]
    after = changed(case, lambda cluster: _with_guests(_with_node(cluster, new), there))
    assert essence(after) == essence(case)


@LAW
@given(cases(), st.data())
def test_to_exclude_a_pool_changes_its_verdict_alone(case: Case, data: st.DataObject) -> None:
    """Its guests still take room."""
    assume(case.cluster.pools)
    pool = data.draw(st.sampled_from([pool.name for pool in case.cluster.pools]))
    before = essence(case)
    after = essence(case._replace(excluded=case.excluded | {pool}))
    assert after.pop(pool)[0] == "excluded"
    assert after == {name: told for name, told in before.items() if name != pool}


@LAW
@given(cases())
def test_more_memory_everywhere_never_hinders_a_pool(case: Case) -> None:
    """It can only turn blocked into migrate."""
    unlimited = changed(
        case, lambda cluster: replace(cluster, nodes=tuple(resized(one, None) for one in cluster.nodes))
    )
    after = {verdict.pool: verdict.kind for verdict in judged(unlimited)}
    for verdict in judged(case):
        assert after[verdict.pool] == verdict.kind or (verdict.kind, after[verdict.pool]) == ("blocked", "migrate")


@LAW
@given(cases())
def test_without_any_obstacle_no_pool_is_blocked_while_a_node_is_usable(case: Case) -> None:
    """An arrangement that is not ideal is one move away from a better one then."""

    def freed(cluster: Cluster) -> Cluster:
        guests = (one._replace(locked=False, pinned=None, allowed_nodes=None) for one in cluster.guests)
        nodes = (resized(one, None) for one in cluster.nodes)
        return replace(cluster, guests=tuple(guests), nodes=tuple(nodes), rules=())

    usable = [one for one in case.cluster.nodes if one.status == "online" and one.zone and not one.maintenance]
    assert not usable or "blocked" not in {verdict.kind for verdict in judged(changed(case, freed))}


@LAW
@given(cases())
def test_what_distinct_calls_badly_spread_even_calls_so_too(case: Case) -> None:
    """Policy even asks for all that distinct asks for, and for more."""

    def with_policy(policy: str) -> dict[PoolName, str]:
        pools = tuple(
            Pool(name=pool.name, policy="even" if policy == "even" else "distinct") for pool in case.cluster.pools
        )
        alike = changed(case, lambda cluster: replace(cluster, pools=pools))
        return {verdict.pool: verdict.kind for verdict in judged(alike)}

    even = with_policy("even")
    for pool, kind in with_policy("distinct").items():
        if kind == "migrate":
            assert even[pool] == "migrate"
        assert kind not in {"migrate", "blocked"} or even[pool] in {"migrate", "blocked"}
