"""Which pool a domain is in: what its metadata says, else the model's patterns."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtualisation_resource_distributor.cluster import Guest, GuestId, ModelPool, NodeName, PoolName
from virtualisation_resource_distributor.cluster.cluster import GuestStatus
from virtualisation_resource_distributor.sources.libvirt.membership import Membership, Patterns, assign_pools
from virtualisation_resource_distributor.sources.libvirt.parse import Domain


def _pool(name: str, *patterns: str) -> ModelPool:
    return ModelPool(name=PoolName(name), members=tuple(sorted(patterns)))


def _assign(
    *pools: ModelPool, names: tuple[str, ...], own: tuple[str, ...] = (), status: GuestStatus = "running"
) -> Membership:
    seen = [
        (
            Guest(id=GuestId(f"id-{name}"), node=NodeName("n1"), name=name, kind="domain", status=status),
            Domain(name=name, pools=own),
        )
        for name in names
    ]
    return assign_pools(seen, pools)


def _pools(membership: Membership) -> dict[str, str | None]:
    return {guest.name: guest.pool for guest in membership.guests}


def test_patterns_find_members_by_their_names() -> None:
    """The whole name must match, and case counts."""
    found = _assign(
        _pool("dns", "dns*", "ns[0-9]"), _pool("db", "db?"), names=("dns0", "ns1", "db", "db1", "Dns0", "xdns")
    )
    assert _pools(found) == {"dns0": "dns", "ns1": "dns", "db": None, "db1": "db", "Dns0": None, "xdns": None}
    assert (found.troubles, found.remarks, found.contested) == ((), (), frozenset())


def test_a_domains_own_metadata_goes_before_patterns() -> None:
    """Even where two patterns match it."""
    found = _assign(_pool("a", "x*"), _pool("b", "*0"), names=("x0",), own=("mine",))
    assert _pools(found) == {"x0": "mine"}
    assert found.troubles == ()


def test_two_patterns_of_one_pool_are_no_contradiction() -> None:
    """There is one pool that they can mean."""
    assert _pools(_assign(_pool("a", "x*", "*0"), names=("x0",))) == {"x0": "a"}


def test_patterns_of_two_pools_that_match_one_domain_contradict_each_other() -> None:
    """Nothing can be said of either pool; it is told once, with both patterns and the domain."""
    found = _assign(_pool("a", "x*"), _pool("b", "*0"), _pool("c", "y*"), names=("x0", "x1", "y1"))
    assert _pools(found) == {"x0": None, "x1": "a", "y1": "c"}
    assert found.contested == {"a", "b"}
    ((kind, subject, message),) = found.troubles
    assert (kind, subject) == ("contradiction", "pool a")
    assert "its pattern 'x*' and '*0' of pool 'b' both match 'x0'" in message


@pytest.mark.parametrize("own", [(), ("c", "d"), ("",)])
def test_a_domain_that_is_stopped_is_no_contradiction_yet(own: tuple[str, ...]) -> None:
    """It is no member of any pool."""
    found = _assign(_pool("a", "x*"), _pool("b", "*0"), names=("x0",), own=own, status="stopped")
    assert (found.troubles, found.contested) == ((), frozenset())


@pytest.mark.parametrize(
    ("own", "meant"),
    [(("b", "c"), {"b", "c"}), (("b", "b"), {"b"}), (("",), {"a"}), (("a\tb",), {"a"}), (("", "b"), {"b"})],
)
def test_metadata_that_names_no_one_pool_is_a_contradiction(own: tuple[str, ...], meant: set[str]) -> None:
    """The domain is in no pool, and nothing can be said of those that may be meant."""
    found = _assign(_pool("a", "x*"), names=("x0",), own=own)
    assert _pools(found) == {"x0": None}
    assert found.contested == meant
    ((kind, subject, message),) = found.troubles
    assert (kind, subject) == ("contradiction", "guest id-x0")
    assert "'x0' on 'n1' is in no pool" in message


def test_a_pool_of_the_model_without_a_domain_is_remarked() -> None:
    """With its patterns, if it has some."""
    found = _assign(_pool("a", "x*"), _pool("b"), names=("y",))
    assert [(remark.code, remark.subject) for remark in found.remarks] == [("pool-absent", "a"), ("pool-absent", "b")]
    assert "none matches 'x*'" in found.remarks[0].message


_LETTERS = st.text(alphabet="ab.[]*?!-", max_size=5)


@given(st.lists(_LETTERS.filter(bool), max_size=6), _LETTERS)
def test_the_index_finds_what_trying_every_pattern_finds(patterns: list[str], name: str) -> None:
    """A pattern means what the standard library's fnmatchcase means by it."""
    found = {match.pattern for match in Patterns([_pool("p", *patterns)]).of(name)}
    assert found == {pattern for pattern in patterns if fnmatchcase(name, pattern)}
