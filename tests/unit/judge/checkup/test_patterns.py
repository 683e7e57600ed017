"""What mends a pattern never leaves its pool without one, and so without members for ever."""

from virtualisation_resource_distributor.cluster import Model, ModelPool, PoolName
from virtualisation_resource_distributor.cluster.facts import OverlapFacts, PatternFacts
from virtualisation_resource_distributor.judge.checkup.check import Check
from virtualisation_resource_distributor.judge.checkup.of_libvirt import judge_patterns


def _mends(*pools: ModelPool, patterns: tuple[PatternFacts, ...], overlaps: tuple[OverlapFacts, ...] = ()) -> list[str]:
    checks: list[Check] = list(judge_patterns(patterns, overlaps, Model(pools=pools), []))
    return [check.mend for check in checks if check.mend is not None]


def _pattern(pool: str, pattern: str, *names: str) -> PatternFacts:
    return PatternFacts(pool=PoolName(pool), pattern=pattern, names=frozenset(names))


def test_the_only_pattern_of_a_pool_is_replaced_and_not_taken_away() -> None:
    """A mistyped pattern would else end as a pool that nothing is ever said of."""
    (mend,) = _mends(ModelPool(name=PoolName("dns"), members=("dsn*",)), patterns=(_pattern("dns", "dsn*"),))
    assert mend.endswith("vrd create-pool --name dns --policy distinct --member PATTERN")


def test_where_an_overlap_would_take_the_last_pattern_an_operator_says_which_is_meant() -> None:
    """Nobody else can tell which pool wins."""
    one, other = _pattern("all", "*0", "web0"), _pattern("web", "web?", "web0")
    pools = (ModelPool(name=PoolName("all"), members=("*0",)), ModelPool(name=PoolName("web"), members=("web?",)))
    overlap = OverlapFacts(one=one, other=other, names=("web0",), runs=True)
    (mend,) = _mends(*pools, patterns=(one, other), overlaps=(overlap,))
    assert mend.startswith("say which pool is meant")
