"""Which of two arrangements of a pool is better, by its policy.

An arrangement is weighed as a tuple; the smaller one is better. Both policies' weights are laminar convex in the
numbers of members, so an arrangement that is not ideal is always one single move away from a better one, obstacles
aside.
"""

import heapq
from collections import Counter
from collections.abc import Iterator
from itertools import islice, pairwise

from ..cluster.cluster import Guest, Policy
from ..cluster.names import NodeName
from .levels import Levels

Weight = tuple[int, ...]


def weight_of(levels: Levels, policy: Policy, places: list[NodeName]) -> Weight:
    """Return the weight of members on these nodes: for `distinct` used negated, level by level."""
    match policy:
        case "distinct":
            return tuple(-count for count in levels.used(places))
        case "even":
            return weigh(levels, places)


def weigh(levels: Levels, places: list[NodeName]) -> Weight:
    """Return the weight for `even` of members on these nodes: outside usable nodes, used negated, sums of squares."""
    counts = levels.counts(places)
    used = tuple(-len(counter) for counter in counts)
    squares = tuple(sum(count * count for count in counter.values()) for counter in counts)
    return (sum(place not in levels.domains for place in places), *used, *squares)


def change(
    levels: Levels, policy: Policy, counts: list[Counter[str]], from_node: NodeName, to_node: NodeName
) -> Weight:
    """Return what one move adds to the weight of an arrangement with these counts; below all zeros is better."""
    path_from = levels.domains.get(from_node)
    path_to = levels.domains[to_node]
    used: list[int] = []
    squares: list[int] = []
    for depth, counter in enumerate(counts):
        old = counter[path_from[depth]] if path_from else 0
        new = counter[path_to[depth]]
        if path_from and path_from[depth] == path_to[depth]:
            used.append(0)
            squares.append(0)
        else:
            used.append((old == 1) - (new == 0))
            squares.append((2 * new + 1) - (2 * old - 1 if path_from else 0))
    if policy == "distinct":
        return tuple(used)
    return (0 if path_from else -1, *used, *squares)


def helpful_moves(
    levels: Levels, policy: Policy, members: tuple[Guest, ...]
) -> Iterator[tuple[Guest, Iterator[NodeName]]]:
    """Yield members, each with nodes to which its move alone makes an arrangement that is not ideal better.

    Obstacles aside there is at least one such move; not all are yielded, and a member may come with no node. Where a
    level has failure domains to use, any member that its domain there can spare makes it better by going to a new
    one, and changes nothing further out.
    """
    counts = levels.counts(member.node for member in members)
    possible = levels.possible(len(members))
    outside = [member for member in members if member.node not in levels.domains]
    depth = next((depth for depth, counter in enumerate(counts) if len(counter) < possible[depth]), None)
    if policy == "even" and outside:
        yield from ((member, iter(levels.domains)) for member in outside)
    elif depth is None:
        yield from ((member, _better_nodes(levels, policy, counts, member)) for member in members)
    else:
        for member in members:
            home = levels.domains.get(member.node)
            if home is None or counts[depth][home[depth]] > 1:
                yield member, _new_nodes(levels, counts, depth)


def _new_nodes(levels: Levels, counts: list[Counter[str]], depth: int) -> Iterator[NodeName]:
    return (node for node, path in levels.domains.items() if path[depth] not in counts[depth])


def _better_nodes(levels: Levels, policy: Policy, counts: list[Counter[str]], member: Guest) -> Iterator[NodeName]:
    for nodes in levels.alike(counts):
        if nodes[0] != member.node and is_better(change(levels, policy, counts, member.node, nodes[0])):
            yield from nodes


def even_ideals(levels: Levels) -> Iterator[Weight]:
    """Yield the ideal weight of 0, 1, 2, … members for policy `even`; only where there is a usable node.

    Members are placed one by one, each where the arrangement so far is best.
    """
    forest = _Forest(levels)
    depths = len(levels.names)
    used, squares = [0] * depths, [0] * depths
    while True:
        yield (0, *(-count for count in used), *squares)
        for depth, count in enumerate(forest.place_one()):
            used[depth] += count == 0
            squares[depth] += 2 * count + 1


class Ideals:
    """The ideal weights by policy and number of members, worked out as far as they are asked for."""

    def __init__(self, levels: Levels) -> None:
        """Begin with none; there has to be a usable node."""
        self._levels = levels
        self._weights = even_ideals(levels)
        self._known: list[Weight] = []

    def of(self, policy: Policy, members: int) -> Weight:
        """Return the weight of the best arrangement of so many members, obstacles aside."""
        if policy == "distinct":
            return tuple(-count for count in self._levels.possible(members))
        self._known.extend(islice(self._weights, max(0, members + 1 - len(self._known))))
        return self._known[members]


class _Domain:
    """A failure domain while members are placed: `inner` is a heap of what lies in it, the next to be filled first."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.members = 0
        self.inner: list[tuple[_Rank, str, _Domain]] = []

    def rank(self) -> "_Rank":
        """Return how a member placed here ranks: new domains from here inward first, then fewest members."""
        full, members = self.inner[0][0] if self.inner else ((), ())
        return ((self.members > 0, *full), (self.members, *members))


_Rank = tuple[tuple[bool, ...], tuple[int, ...]]


class _Forest:
    """The tree of failure domains, under one world that holds them all."""

    def __init__(self, levels: Levels) -> None:
        """Build the tree from the nodes up."""
        paths = {("world", *path) for path in levels.domains.values()}
        layer = {path: _Domain(path[-1]) for path in paths}
        for _ in levels.names:
            outer: dict[tuple[str, ...], _Domain] = {}
            for path, domain in layer.items():
                holder = outer.setdefault(path[:-1], _Domain(path[-2]))
                holder.inner.append((domain.rank(), domain.name, domain))
            for holder in outer.values():
                heapq.heapify(holder.inner)
            layer = outer
        self.world = layer[("world",)]

    def place_one(self) -> list[int]:
        """Put a member where it is best; return how many members its failure domains had, outermost first."""
        walk = [self.world]
        while walk[-1].inner:
            walk.append(walk[-1].inner[0][2])
        before = [domain.members for domain in walk[1:]]
        for holder, domain in reversed(list(pairwise(walk))):
            domain.members += 1
            # The domain is its holder's first: put it back with the rank that it has now.
            heapq.heapreplace(holder.inner, (domain.rank(), domain.name, domain))
        return before


def is_better(added: Weight) -> bool:
    """Tell whether adding this to a weight makes the arrangement better."""
    return added < (0,) * len(added)
