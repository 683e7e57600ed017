"""What is judged where nodes should agree, and what do the guests on them need?"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from ...cluster.inventory import DomainFacts, Inventory
from ...cluster.names import NodeName, listed
from ...cluster.surroundings import LockFacts, NetworkFacts, StoragePoolFacts, Surroundings

_MOST_NAMES = 3
_Thing = TypeVar("_Thing", bound=Hashable)
_Named = TypeVar("_Named", NetworkFacts, StoragePoolFacts)


class Seen(NamedTuple):
    """All that was found out; `stored` are the definitions that are kept, as domains that run nowhere."""

    inventory: Inventory
    surroundings: Surroundings = Surroundings()
    stored: tuple[DomainFacts, ...] = ()
    locks: tuple[LockFacts, ...] = ()


class Users(NamedTuple):
    """The guests that need something: `running` with their nodes, and `others` that only have it in a definition."""

    running: tuple[tuple[str, NodeName], ...] = ()
    others: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Return who needs it, as a part of a sentence."""
        if self.running:
            names = sorted({name for name, _ in self.running})
            return f"running {listed(names, most=_MOST_NAMES)} {'needs' if len(names) == 1 else 'need'} it"
        if self.others:
            names = sorted(set(self.others))
            return f"the definition of {listed(names, most=_MOST_NAMES)} has it"
        return "no guest has it"


def _domains_of(seen: Seen) -> Iterator[tuple[DomainFacts, NodeName | None]]:
    """Yield all domains with their nodes, and what is stored of domains without one."""
    for name, node in seen.inventory.nodes.items():
        for domain in node.domains:
            yield domain, name
    for domain in seen.stored:
        yield domain, None


def _users_of(domains: Iterable[tuple[DomainFacts, NodeName | None]]) -> Users:
    """Return these domains as users of something."""
    running, others = [], []
    for domain, node in domains:
        if domain.active and node is not None:
            running.append((domain.name, node))
        else:
            others.append(domain.name)
    return Users(running=tuple(running), others=tuple(others))


def users_by(seen: Seen, needs: Callable[[DomainFacts], Iterable[_Thing]]) -> dict[_Thing, Users]:
    """Return each thing that a domain needs, with all that need it."""
    domains: defaultdict[_Thing, list[tuple[DomainFacts, NodeName | None]]] = defaultdict(list)
    for domain, node in _domains_of(seen):
        for thing in set(needs(domain)):
            domains[thing].append((domain, node))
    return {thing: _users_of(those) for thing, those in domains.items()}


def by_name(told: Mapping[NodeName, Iterable[_Named]]) -> dict[str, dict[NodeName, _Named]]:
    """Return, by its name, each thing that nodes have, as each of them has it."""
    there: defaultdict[str, dict[NodeName, _Named]] = defaultdict(dict)
    for node, things in told.items():
        for thing in things:
            there[thing.name][node] = thing
    return there


def by_value(values: Iterable[tuple[NodeName, str]]) -> str:
    """Return who has which value, as a part of a sentence: `nat on 'node1', 'node2' and route on 'node3'`."""
    nodes: dict[str, list[NodeName]] = {}
    for name, value in sorted(values):
        nodes.setdefault(value, []).append(name)
    return " and ".join(f"{value} on {listed(names)}" for value, names in sorted(nodes.items()))
