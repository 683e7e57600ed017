"""On tiny clusters the judgement says what trying everything says."""

from collections.abc import Iterator
from itertools import combinations_with_replacement, permutations
from random import Random
from typing import NamedTuple

import pytest
from tests.brute_force import judge_by_brute_force

from virtualisation_resource_distributor.cluster import (
    Cluster,
    Guest,
    GuestId,
    Node,
    NodeName,
    Pin,
    Policy,
    Pool,
    PoolName,
    Rule,
    Trouble,
    Zone,
    ZoneName,
)
from virtualisation_resource_distributor.cluster.cluster import GuestStatus, NodeStatus, RuleKind
from virtualisation_resource_distributor.cluster.limit import MemoryLimit
from virtualisation_resource_distributor.cluster.trouble import TroubleKind
from virtualisation_resource_distributor.judge.spread import judge_pools

POLICIES: tuple[Policy, ...] = ("distinct", "even")
GIB = 2**30
SEEDS_IN_CHUNK = 1000
NOWHERE = -1

Parents = tuple[int | None, ...]
Place = tuple[int, str]
"""A node: the number of its zone (or NOWHERE), and `online`, `offline` or `maintenance`."""

ZONE_TREES: tuple[Parents, ...] = (
    (None,),
    (None, None),
    (None, 0),
    (None, None, None),
    (None, 0, None),
    (None, 0, 0),
)


class Case(NamedTuple):
    """What one judgement is asked."""

    cluster: Cluster
    excluded: frozenset[PoolName] = frozenset()
    limit: MemoryLimit = MemoryLimit()


def _disagreements(case: Case) -> list[str]:
    """Return a line for each pool of which the two answers differ, and one where they differ in the pools."""
    told = {
        str(verdict.pool): (verdict.kind, len(verdict.members), _levels(verdict))
        for verdict in judge_pools(case.cluster, case.excluded, case.limit)
    }
    true = {
        str(answer.pool): (answer.verdict, answer.members, answer.levels)
        for answer in judge_by_brute_force(case.cluster, case.excluded, case.limit.of)
    }
    strange = [] if list(told) == list(true) else [f"judged {list(told)}, not {list(true)}"]
    differing = [name for name in true if name in told and told[name] != true[name]]
    return strange + [f"{name}: judged {told[name]}, brute force says {true[name]}" for name in differing]


def _levels(verdict: object) -> tuple[tuple[str, int, int], ...]:
    return tuple((level.name, level.used, level.possible) for level in getattr(verdict, "levels", ()))


@pytest.mark.parametrize("parents", ZONE_TREES, ids=str)
def test_every_pool_without_obstacles_on_up_to_four_nodes_is_judged_right(parents: Parents) -> None:
    """Pools of up to four members (of three where there are three zones), and of up to six on up to three nodes.

    On three nodes evenness of zones and of nodes collide already; the seeded clusters below have more of everything.

    All placements on one set of nodes are pools of one cluster: without obstacles they don't know each other.
    """
    for number_of_nodes in range(1, 5):
        for places, placements in _all_placements(parents, number_of_nodes).items():
            cluster = _cluster_of(parents, places, placements)
            assert not _disagreements(Case(cluster)), cluster


def _all_placements(parents: Parents, number_of_nodes: int) -> dict[tuple[Place, ...], list[tuple[int, ...]]]:
    """Return the numbers of members on each node for each set of nodes, one of all that renaming makes the same.

    Nobody is a member on an offline node, so these have none here.
    """
    zones = (*range(len(parents)), NOWHERE)
    most = 6 if number_of_nodes <= 3 else 3 if len(parents) > 2 else 4
    loads = [
        ((zone, state), members)
        for zone in zones
        for state in ("online", "offline", "maintenance")
        for members in range(most + 1 if state != "offline" else 1)
    ]
    renamings = list(_renamings(parents))
    found: dict[tuple[Place, ...], list[tuple[int, ...]]] = {}
    seen = set()
    for loaded in combinations_with_replacement(loads, number_of_nodes):
        if sum(members for _, members in loaded) > most:
            continue
        same = min(
            tuple(zip(*sorted(((names[zone], state), members) for (zone, state), members in loaded), strict=True))
            for names in renamings
        )
        if same not in seen:
            seen.add(same)
            found.setdefault(same[0], []).append(same[1])
    return found


def _renamings(parents: Parents) -> Iterator[dict[int, int]]:
    """Return the renamings of zones that leave the tree as it is."""
    for order in permutations(range(len(parents))):
        names = dict(enumerate(order))
        renamed = {names[zone]: None if parent is None else names[parent] for zone, parent in enumerate(parents)}
        if renamed == dict(enumerate(parents)):
            yield names | {NOWHERE: NOWHERE}


def _cluster_of(parents: Parents, places: tuple[Place, ...], placements: list[tuple[int, ...]]) -> Cluster:
    """Return a cluster with two pools for each placement; a guest more on each offline node must not count."""
    nodes = tuple(
        Node(
            name=NodeName(f"n{number}"),
            zone=None if zone == NOWHERE else ZoneName(f"z{zone}"),
            status="offline" if state == "offline" else "online",
            maintenance=state == "maintenance",
        )
        for number, (zone, state) in enumerate(places)
    )
    pools = []
    guests = []
    for number, placement in enumerate(placements):
        for policy in POLICIES:
            pool = Pool(name=PoolName(f"{policy} {number:03}"), policy=policy)
            pools.append(pool)
            for node, members in zip(nodes, placement, strict=True):
                ids = [f"{pool.name} {node.name} {one}" for one in range(members if node.status == "online" else 1)]
                guests += [Guest(id=GuestId(text), name=text, node=node.name, pool=pool.name) for text in ids]
    return Cluster(zones=_zones(parents), nodes=nodes, guests=tuple(guests), pools=tuple(pools))


def _zones(parents: Parents) -> tuple[Zone, ...]:
    return tuple(
        Zone(name=ZoneName(f"z{zone}"), parent=None if parent is None else ZoneName(f"z{parent}"))
        for zone, parent in enumerate(parents)
    )


@pytest.mark.parametrize("chunk", range(20))
def test_a_thousand_seeded_clusters_with_obstacles_are_judged_right(chunk: int) -> None:
    """Locks, pins, rules, allowed nodes, memory, states and troubles, each in some of the clusters."""
    for seed in range(chunk * SEEDS_IN_CHUNK, (chunk + 1) * SEEDS_IN_CHUNK):
        case = SeededCase(seed).build()
        assert not _disagreements(case), f"seed {seed}: {case}"


class SeededCase:
    """One cluster by chance: the same seed gives the same one."""

    OF_PUZZLES = ("allowed", "memory", "maintenance", "rules")
    OTHERS = ("locks", "offline", "statuses", "zoneless", "troubles", "twice")

    def __init__(self, seed: int) -> None:
        """Choose which obstacles this cluster has at all.

        Half are puzzles: nearly spread, with narrow choices, so that it may take several moves in the right order.
        """
        self.random = Random(seed)
        self.puzzle = self.chance(0.5)
        self.has = {name: self.chance(0.8 if self.puzzle else 0.4) for name in self.OF_PUZZLES}
        self.has |= {name: self.chance(0.1 if self.puzzle else 0.4) for name in self.OTHERS}
        self.unit = self.random.choice((1, GIB))
        self.ids: list[GuestId] = []

    def chance(self, probability: float) -> bool:
        """Return True as often as this."""
        return self.random.random() < probability

    def build(self) -> Case:
        """Return the cluster with what is excluded and how full nodes may be."""
        zones = _zones(self.parents())
        nodes = [self.node(number, zones) for number in range(self.random.randint(3 if self.puzzle else 1, 5))]
        pools = [
            Pool(name=PoolName(f"p{number}"), policy=self.random.choice(POLICIES))
            for number in range(self.random.randint(1, 3))
        ]
        guests = [guest for pool in pools for guest in self.guests(nodes, pool.name, most=6)]
        guests += self.guests(nodes, None, most=4)
        if self.has["twice"] and self.chance(0.3):
            guests += self.seen_again(guests, nodes, pools)
        cluster = Cluster(
            zones=zones,
            nodes=tuple(nodes),
            guests=tuple(guests),
            pools=tuple(pools),
            rules=tuple(self.rule(number) for number in range(self.random.randint(1, 3) if self.has["rules"] else 0)),
            troubles=self.troubles(),
        )
        excluded = {PoolName(f"p{number}") for number in range(4) if self.chance(0.05)}
        limits = ("100%", "100%", "95%", "50%", "150%", "-1GiB" if self.unit == GIB else "0%")
        return Case(cluster, frozenset(excluded), MemoryLimit.parse(self.random.choice(limits)))

    def parents(self) -> Parents:
        """Return a tree of one to four zones, at most three deep."""
        parents: list[int | None] = []
        depths: list[int] = []
        for _ in range(self.random.randint(1, 4)):
            above = [zone for zone, depth in enumerate(depths) if depth < 2]
            parent = self.random.choice([None, *above])
            parents.append(parent)
            depths.append(0 if parent is None else depths[parent] + 1)
        return tuple(parents)

    def node(self, number: int, zones: tuple[Zone, ...]) -> Node:
        """Return a node that is mostly in a zone and usable."""
        statuses: tuple[NodeStatus, ...] = ("online", "online", "online", "offline", "absent")
        return Node(
            name=NodeName(f"n{number}"),
            zone=None if self.has["zoneless"] and self.chance(0.15) else self.random.choice(zones).name,
            status=self.random.choice(statuses) if self.has["offline"] else "online",
            maintenance=self.has["maintenance"] and self.chance(0.25),
            memory_bytes=self.size(5, 9) if self.puzzle else self.size(2, 12),
        )

    def size(self, least: int, most: int) -> int | None:
        """Return a size, or None: unknown."""
        unknown = not self.has["memory"] or self.chance(0.15)
        return None if unknown else self.random.randint(least, most) * self.unit

    def guests(self, nodes: list[Node], pool: PoolName | None, *, most: int) -> list[Guest]:
        """Return guests that crowd on some of the nodes; so few that all their arrangements can be tried."""
        enumerable = max(number for number in range(most + 1) if len(nodes) ** number <= 4**5)
        number = self.random.randint(0 if self.chance(0.2) else 2, enumerable)
        if self.puzzle:
            chosen = (self.random.sample(nodes, len(nodes) - 1) * number)[:number]
        else:
            crowded = self.random.sample(nodes, self.random.randint(1, len(nodes)))
            chosen = self.random.choices([*crowded * 3, *nodes], k=number)
        return [self.guest(nodes, node, pool) for node in chosen]

    def guest(self, nodes: list[Node], node: Node, pool: PoolName | None) -> Guest:
        """Return a guest that mostly runs and may mostly move."""
        self.ids.append(GuestId(f"{100 + len(self.ids)}"))
        few = self.allowed_nodes([other.name for other in nodes if other != node or not self.puzzle])
        guest = Guest(
            id=self.ids[-1],
            name=f"guest {self.ids[-1]}",
            node=node.name,
            pool=pool,
            memory_bytes=self.size(0, 5),
            locked=self.has["locks"] and self.chance(0.2),
            pinned=Pin("device", "a card") if self.has["locks"] and self.chance(0.2) else None,
            allowed_nodes=few if self.has["allowed"] and self.chance(0.9 if self.puzzle else 0.5) else None,
        )
        if not self.has["statuses"]:
            return guest
        often: tuple[GuestStatus, ...] = ("running", "running", "paused", "paused", "stopped", "crashed")
        status = "unknown" if self.chance(0.03) else self.random.choice(often)
        return guest._replace(status=status, template=self.chance(0.1))

    def allowed_nodes(self, names: list[NodeName]) -> frozenset[NodeName]:
        """Return some of these nodes, in a puzzle one or two."""
        fewest, most = (1, 2) if self.puzzle else (0, len(names))
        return frozenset(self.random.sample(names, self.random.randint(fewest, most)))

    def seen_again(self, guests: list[Guest], nodes: list[Node], pools: list[Pool]) -> list[Guest]:
        """Return a second row of one guest on another node, rarely in another pool."""
        if len(nodes) == 1 or not guests:
            return []
        first = self.random.choice(guests)
        elsewhere = self.random.choice([node.name for node in nodes if node.name != first.node])
        pool = self.random.choice([None, *(pool.name for pool in pools)]) if self.chance(0.2) else first.pool
        return [first._replace(node=elsewhere, pool=pool)]

    def rule(self, number: int) -> Rule:
        """Return a rule over up to three guests, often of one pool; one may not be there."""
        ids = [*self.ids, GuestId("999")]
        first = self.random.randrange(len(ids))
        near = ids[first : first + 4] if self.chance(0.5) else ids
        some = self.random.sample(near, min(len(near), self.random.randint(2, 3)))
        kinds: tuple[RuleKind, ...] = ("together", "apart", "apart")
        return Rule(name=f"r{number}", kind=self.random.choice(kinds), guests=frozenset(some))

    def troubles(self) -> tuple[Trouble, ...]:
        """Return at most one trouble; only some of them hide members."""
        if not (self.has["troubles"] and self.chance(0.5)):
            return ()
        kinds: tuple[TroubleKind, ...] = ("forbidden", "forbidden", "unreadable", "contradiction")
        subject = self.random.choice(("cluster", "pool p0", "pool p1", "pool p", "node n0", "zone z0", "guest 100"))
        return (Trouble(kind=self.random.choice(kinds), subject=subject, message="a gap"),)
