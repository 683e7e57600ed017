"""Which pool is a domain in? Its own metadata says so, or else the model's patterns of names."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from fnmatch import translate
from functools import cache
from typing import NamedTuple

from ...cluster.cluster import Guest
from ...cluster.model import ModelPool
from ...cluster.names import PoolName, fault_of_name, listed
from ...cluster.trouble import Remark, Trouble
from .parse import Domain

_WILD = re.compile(r"[*?\[]")


class Match(NamedTuple):
    """A pattern of the model that a domain's name matches."""

    pool: PoolName
    pattern: str


class Membership(NamedTuple):
    """The guests with their pools, and where it could not be told which pool is meant."""

    guests: tuple[Guest, ...]
    troubles: tuple[Trouble, ...]
    remarks: tuple[Remark, ...]
    contested: frozenset[PoolName]


class Patterns:
    """The model's member patterns; which of them a name matches is looked up by how a pattern begins."""

    def __init__(self, pools: Iterable[ModelPool]) -> None:
        """Sort the patterns by the letters that they have before anything wild."""
        self._by_beginning: defaultdict[str, list[tuple[re.Pattern[str], Match]]] = defaultdict(list)
        for pool in pools:
            for pattern in pool.members:
                beginning = _WILD.split(pattern, maxsplit=1)[0]
                match = Match(pool=pool.name, pattern=pattern)
                self._by_beginning[beginning].append((re.compile(translate(pattern)), match))
        self.of = cache(self._find)

    def _find(self, name: str) -> tuple[Match, ...]:
        """Return the patterns that match a name, sorted; case counts."""
        beginnings = (name[:length] for length in range(len(name) + 1))
        candidates = (pair for beginning in beginnings for pair in self._by_beginning.get(beginning, ()))
        return tuple(sorted(match for pattern, match in candidates if pattern.match(name)))


def assign_pools(seen: Iterable[tuple[Guest, Domain]], pools: tuple[ModelPool, ...]) -> Membership:
    """Put every guest into its pool.

    Where two pools are meant for a domain that is not stopped, or none that can be, it is in none of them, and nothing
    can be said of any pool that may be meant.
    """
    patterns = Patterns(pools)
    guests: list[Guest] = []
    troubles: list[Trouble] = []
    contested: set[PoolName] = set()
    overlaps: defaultdict[tuple[Match, Match], set[str]] = defaultdict(set)
    for guest, domain in seen:
        matches = patterns.of(domain.name)
        meant = _meant(domain, matches)
        fault = domain.fault or _fault_of_metadata(domain)
        guests.append(guest._replace(pool=meant[0] if len(meant) == 1 and not fault else None))
        if guest.status == "stopped" or (len(meant) < 2 and not fault):
            continue
        contested.update(meant)
        if fault:
            message = f"'{guest.name}' on '{guest.node}' is in no pool, since {fault}"
            troubles.append(Trouble(kind="contradiction", subject=f"guest {guest.id}", message=message))
        else:
            overlaps[_of_two_pools(matches)].add(guest.name)
    return Membership(
        guests=tuple(guests),
        troubles=(*troubles, *_contradictions(overlaps)),
        remarks=tuple(_without_guests(pools, guests)),
        contested=frozenset(contested),
    )


def _meant(domain: Domain, matches: tuple[Match, ...]) -> tuple[PoolName, ...]:
    """Return the pools that may be meant for a domain: those that its own metadata names, else those of patterns."""
    named = {PoolName(name) for name in domain.pools if not fault_of_name(name)}
    return tuple(sorted(named or {match.pool for match in matches}))


def _fault_of_metadata(domain: Domain) -> str | None:
    match domain.pools:
        case ():
            return None
        case (name,):
            fault = fault_of_name(name)
            return None if fault is None else f"the pool in its metadata is none: {fault}"
        case names:
            return f"its metadata names {len(names)} pools, and a guest is in one"


def _of_two_pools(matches: tuple[Match, ...]) -> tuple[Match, Match]:
    return matches[0], next(match for match in matches if match.pool != matches[0].pool)


def _contradictions(contested: dict[tuple[Match, Match], set[str]]) -> Iterator[Trouble]:
    mend = "correct the patterns, or name the pool in the metadata of each"
    for (one, other), names in contested.items():
        both = f"its pattern '{one.pattern}' and '{other.pattern}' of pool '{other.pool}'"
        message = f"{both} both match {listed(sorted(names))}, so nothing can be said of either pool; {mend}"
        yield Trouble(kind="contradiction", subject=f"pool {one.pool}", message=message)


def _without_guests(pools: tuple[ModelPool, ...], guests: list[Guest]) -> Iterator[Remark]:
    seen = {guest.pool for guest in guests}
    for pool in pools:
        if pool.name not in seen:
            patterns = f"and none matches {listed(pool.members)}" if pool.members else "and it has no pattern"
            message = f"no domain on the nodes that were read names it in its metadata, {patterns}"
            yield Remark(code="pool-absent", subject=pool.name, message=message)
