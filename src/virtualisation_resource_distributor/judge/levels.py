"""Which failure domains there are at each level, and how many of them a pool uses."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ..cluster.cluster import Cluster, Node
from ..cluster.names import NodeName, ZoneName

NODE_LEVEL = "node"


class Level(NamedTuple):
    """How many failure domains of one level a pool uses, and how many it could."""

    name: str
    used: int
    possible: int


class Levels(NamedTuple):
    """The levels of a cluster, from the outermost zones to the nodes.

    `domains` gives each usable node's failure domain at every level, in order of the nodes' names; `nodes_in` the
    usable nodes of each level's failure domains, in the same order, and `inner` those of the next level in them;
    `sizes` counts these domains.
    """

    names: tuple[str, ...]
    domains: Mapping[NodeName, tuple[str, ...]]
    sizes: tuple[int, ...]
    nodes_in: tuple[Mapping[str, tuple[NodeName, ...]], ...]
    inner: tuple[Mapping[str, tuple[str, ...]], ...]

    def counts(self, places: Iterable[NodeName]) -> list[Counter[str]]:
        """Return for each level how many of these members each failure domain holds; unusable nodes hold none."""
        paths = [self.domains[place] for place in places if place in self.domains]
        return [Counter(path[depth] for path in paths) for depth in range(len(self.names))]

    def alike(self, counts: list[Counter[str]]) -> Iterator[tuple[NodeName, ...]]:
        """Yield the usable nodes in groups that such counts can't tell apart: those of a domain without members."""
        waiting = [(0, domain) for domain in self.nodes_in[0]]
        while waiting:
            depth, domain = waiting.pop()
            if domain in counts[depth] and depth + 1 < len(self.names):
                waiting.extend((depth + 1, name) for name in self.inner[depth][domain])
            else:
                yield self.nodes_in[depth][domain]

    def used(self, places: Iterable[NodeName]) -> tuple[int, ...]:
        """Return for each level how many failure domains hold one of these members on a usable node."""
        paths = [self.domains[place] for place in places if place in self.domains]
        return tuple(map(len, map(set, zip(*paths, strict=True)))) if paths else (0,) * len(self.names)

    def possible(self, members: int) -> tuple[int, ...]:
        """Return for each level how many failure domains this many members can use, obstacles aside."""
        return tuple(min(members, size) for size in self.sizes)

    def table(self, places: list[NodeName]) -> tuple[Level, ...]:
        """Return used and possible at every level for members on these nodes."""
        return tuple(map(Level, self.names, self.used(places), self.possible(len(places))))


def is_usable(node: Node) -> bool:
    """Tell whether members count and may be put: online, in a zone and not in maintenance."""
    return node.status == "online" and node.zone is not None and not node.maintenance


def levels_of(cluster: Cluster) -> Levels:
    """Return the cluster's levels; a zone that holds no node makes a level too."""
    paths = _paths(cluster)
    depths = max((len(path) for path in paths.values()), default=0)
    domains: dict[NodeName, tuple[str, ...]] = {}
    for node in cluster.nodes:
        if is_usable(node) and node.zone is not None:
            path = paths[node.zone]
            # A node whose zone lies shallower has the zone itself as its failure domain further down.
            domains[node.name] = (*path, *(node.zone,) * (depths - len(path)), node.name)
    names = (*(f"zone:{depth}" for depth in range(depths)), NODE_LEVEL)
    nodes_in = tuple(_nodes_by_domain(domains, depth) for depth in range(depths + 1))
    return Levels(
        names=names,
        domains=domains,
        sizes=tuple(len(nodes) for nodes in nodes_in),
        nodes_in=nodes_in,
        inner=tuple(_inner(domains, depth) for depth in range(depths)),
    )


def _inner(domains: Mapping[NodeName, tuple[str, ...]], depth: int) -> dict[str, tuple[str, ...]]:
    pairs = dict.fromkeys(path[depth : depth + 2] for path in domains.values())
    inner: defaultdict[str, list[str]] = defaultdict(list)
    for outer, name in pairs:
        inner[outer].append(name)
    return {domain: tuple(names) for domain, names in inner.items()}


def _nodes_by_domain(domains: Mapping[NodeName, tuple[str, ...]], depth: int) -> dict[str, tuple[NodeName, ...]]:
    nodes: defaultdict[str, list[NodeName]] = defaultdict(list)
    for name, path in domains.items():
        nodes[path[depth]].append(name)
    return {domain: tuple(names) for domain, names in nodes.items()}


def _paths(cluster: Cluster) -> dict[ZoneName, tuple[ZoneName, ...]]:
    """Return each zone's ancestors from the root down to itself."""
    parent_of = {zone.name: zone.parent for zone in cluster.zones}
    paths: dict[ZoneName, tuple[ZoneName, ...]] = {}
    for zone in parent_of:
        upward: list[ZoneName] = []
        above: ZoneName | None = zone
        while above is not None and above not in paths:
            upward.append(above)
            above = parent_of[above]
        path = paths[above] if above is not None else ()
        for name in reversed(upward):
            path = (*path, name)
            paths[name] = path
    return paths
