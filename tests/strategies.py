"""Hypothesis strategies for clusters of all kinds; every value that they give is valid."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from hypothesis import strategies as st

from virtualisation_resource_distributor.cluster import (
    Cluster,
    Guest,
    GuestId,
    HaState,
    Node,
    NodeName,
    Pin,
    Policy,
    Pool,
    PoolName,
    Remark,
    Rule,
    Trouble,
    Zone,
    ZoneName,
)
from virtualisation_resource_distributor.cluster.cluster import GuestKind, GuestStatus
from virtualisation_resource_distributor.cluster.limit import MemoryLimit

ODD_NAMES = (
    "-rf",
    "--help",
    "a b",
    " ",
    "it's",
    'say "no"',
    "$(reboot)",
    "`id`",
    "a;b",
    "a|b&c",
    "*",
    "%s{0}",
    "<b>&amp;",
    "svc/dns",
    "../..",
    "back\\slash",
    "#1",
    "null",
    "true",
    "0",
    "zone:0",
    "cluster",
    "pool p",
    "Zürich",
    "Zu\u0308rich",
    "東京",
    "שלום",
    "\u202eabc",
    "\u2028",
    "\ufeff",
    "😀",
    "a,b",
    "x" * 200,
)
SIZES = (0, 1, 2, 3, 4, 5, 8, 2**30, 4 * 2**30, 6 * 2**30, 16 * 2**30, 2**53 + 1)
POLICIES: tuple[Policy, ...] = ("distinct", "even")
KINDS: tuple[GuestKind, ...] = ("qemu", "lxc", "domain")
STATUSES: tuple[GuestStatus, ...] = (*(("running",) * 6), "paused", "paused", "stopped", "crashed", "unknown")
FINDING_CODES = ("pool-absent", "node-without-zone", "node-offline", "size-unknown", "on-maintenance")

PLAIN_NAMES = ("a", "b", "c", "dns", "web", "pve1", "pve2", "rack-1")
UNICODE = st.characters(exclude_categories=("Cc", "Cs"))


@cache
def texts() -> st.SearchStrategy[str]:
    """Any text without control characters and surrogates; it may be empty."""
    return st.one_of(st.sampled_from(("", *ODD_NAMES)), st.text(UNICODE, max_size=8))


@cache
def names() -> st.SearchStrategy[str]:
    """Names, often plain ones, so that names of different things meet."""
    return st.one_of(st.sampled_from(PLAIN_NAMES), st.sampled_from(ODD_NAMES), st.text(UNICODE, min_size=1, max_size=8))


@cache
def sizes() -> st.SearchStrategy[int | None]:
    """Sizes in bytes, so few that nodes are often full or too full; None is unknown."""
    return st.none() | st.sampled_from(SIZES)


@cache
def _different_names(most: int) -> st.SearchStrategy[list[str]]:
    """Give names without a repetition; rarely fewer than two, unless so few are wanted."""
    few = st.lists(names(), max_size=most, unique=True)
    several = st.lists(names(), min_size=min(2, most), max_size=most, unique=True)
    return st.one_of(several, several, several, few)


@st.composite
def zones(draw: st.DrawFn, *, most: int = 5) -> tuple[Zone, ...]:
    """Trees of zones, uneven ones too: a zone lies in none or in one drawn before it."""
    drawn: list[Zone] = []
    for name in draw(_different_names(most)):
        parent = draw(st.sampled_from([None, *(zone.name for zone in drawn)]))
        drawn.insert(0, Zone(name=ZoneName(name), parent=parent))
    return tuple(drawn)


@st.composite
def nodes(draw: st.DrawFn, among: Sequence[Zone], *, most: int = 5) -> tuple[Node, ...]:
    """Nodes in these zones or in none: usable, in maintenance, offline, absent."""
    in_zones = [zone.name for zone in among]
    return tuple(
        Node(
            name=NodeName(name),
            zone=draw(st.sampled_from([*in_zones, *in_zones, *in_zones, None])),
            status=draw(st.sampled_from(("online", "online", "online", "offline", "absent"))),
            maintenance=draw(st.sampled_from((False, False, False, True))),
            uri=draw(st.none() | names()),
            memory_bytes=draw(sizes()),
            vcpus=draw(st.none() | st.integers(0, 64)),
        )
        for name in draw(_different_names(most))
    )


@cache
def ha_states() -> st.SearchStrategy[HaState | None]:
    """Give what keeps a guest running, if anything."""
    states = st.none() | st.sampled_from(("started", "stopped", "ignored", "error")) | names()
    return st.none() | st.builds(HaState, managed=st.booleans(), state=states)


@cache
def pins() -> st.SearchStrategy[Pin | None]:
    """Give why a guest can't be moved live; mostly nothing."""
    pinned = st.builds(Pin, code=st.sampled_from(("local-disk", "device")), message=names())
    return st.one_of(st.none(), st.none(), pinned)


@st.composite
def _decorated(draw: st.DrawFn, guest: Guest) -> Guest:
    """Give this guest with all that a guest may have."""
    return guest._replace(
        name=draw(names()),
        kind=draw(st.sampled_from(KINDS)),
        vcpus=draw(st.none() | st.integers(0, 8)),
        template=draw(st.sampled_from((False, False, True))),
        tags=tuple(draw(st.lists(names(), max_size=2))),
        ha=draw(ha_states()),
        priority=draw(st.integers(-2, 1000)),
        locked=draw(st.booleans()),
        pinned=draw(pins()),
        vouched=draw(st.booleans()),
        lock_reason=draw(st.sampled_from(("", "it has snapshots"))),
    )


@st.composite
def _guest(draw: st.DrawFn, guest_id: str, on: list[NodeName], pools: list[PoolName]) -> Guest:
    guest = Guest(
        id=GuestId(guest_id),
        name=guest_id,
        node=draw(st.sampled_from(on)),
        status=draw(st.sampled_from(STATUSES)),
        pool=draw(st.sampled_from([*pools, *pools, None])),
        memory_bytes=draw(sizes()),
        allowed_nodes=draw(st.none() | st.none() | st.frozensets(st.sampled_from(on))),
    )
    return guest if draw(st.sampled_from((True, True, False))) else draw(_decorated(guest))


@st.composite
def guests(draw: st.DrawFn, among: Sequence[Node], pools: Sequence[str], *, most: int = 6) -> tuple[Guest, ...]:
    """Guests of all kinds on these nodes, in these pools or in none; some are seen on two nodes."""
    if not among:
        return ()
    on = [node.name for node in among]
    drawn = []
    for guest_id in draw(_different_names(most)):
        guest = draw(_guest(guest_id, on, [PoolName(pool) for pool in pools]))
        drawn.append(guest)
        others = [name for name in on if name != guest.node]
        if others and draw(st.integers(0, 9)) == 9:
            again = draw(st.sampled_from(STATUSES))
            drawn.append(guest._replace(node=draw(st.sampled_from(others)), status=again))
    return tuple(drawn)


def rules(among: Sequence[Guest]) -> st.SearchStrategy[tuple[Rule, ...]]:
    """Rules of both kinds over these guests; some hold one guest or none, and some an id that no guest has."""
    ids = [guest.id for guest in among]
    strange = GuestId("no such guest")
    rule = st.builds(
        Rule,
        name=names(),
        kind=st.sampled_from(("together", "apart")),
        guests=st.frozensets(st.sampled_from([*ids, strange]), max_size=4),
    )
    return st.lists(rule, max_size=3).map(tuple)


def _subjects(cluster: Cluster) -> st.SearchStrategy[str]:
    """Give what a trouble may touch: things of this cluster, and some that it doesn't know."""
    known = {
        "node": [str(node.name) for node in cluster.nodes],
        "zone": [str(zone.name) for zone in cluster.zones],
        "pool": [str(pool.name) for pool in cluster.pools],
        "guest": [str(guest.id) for guest in cluster.guests],
    }
    named = [f"{word} {name}" for word, there in known.items() for name in there]
    strange = st.builds("{} {}".format, st.sampled_from(sorted(known)), names())
    return st.sampled_from(["cluster", *named]) | strange


def troubles(cluster: Cluster) -> st.SearchStrategy[tuple[Trouble, ...]]:
    """Mostly no trouble; else some of all kinds, about all kinds of things."""
    kinds = st.sampled_from(("forbidden", "unreadable", "contradiction"))
    trouble = st.builds(Trouble, kind=kinds, subject=_subjects(cluster), message=names())
    none: st.SearchStrategy[tuple[Trouble, ...]] = st.just(())
    return st.one_of(none, none, none, st.lists(trouble, max_size=3).map(tuple))


def remarks(cluster: Cluster) -> st.SearchStrategy[tuple[Remark, ...]]:
    """Give what a live reader had to say without any trouble; subjects are bare names."""
    subjects = [str(pool.name) for pool in cluster.pools] + [str(node.name) for node in cluster.nodes]
    remark = st.builds(
        Remark, code=st.sampled_from(FINDING_CODES), subject=st.sampled_from(["", *subjects]), message=names()
    )
    return st.lists(remark, max_size=2).map(tuple)


@st.composite
def clusters(draw: st.DrawFn, *, most_nodes: int = 5, most_guests: int = 6, with_remarks: bool = True) -> Cluster:
    """Clusters of all kinds; so small by default that all arrangements of a pool can be tried.

    A document has no place for remarks: `with_remarks=False` gives clusters that one can hold as a whole.
    """
    drawn_zones = draw(zones())
    drawn_nodes = draw(nodes(drawn_zones, most=most_nodes))
    of_pools = draw(_different_names(3))
    drawn_guests = draw(guests(drawn_nodes, of_pools, most=most_guests))
    listed = draw(st.sets(st.sampled_from(of_pools))) if of_pools else set[str]()
    cluster = Cluster(
        name=draw(texts()),
        source=draw(st.sampled_from(("file", "proxmox", "libvirt"))),
        taken_at=draw(st.sampled_from((None, "2026-11-21T08:00:00Z", "2024-02-29T23:59:59Z"))),
        zones=drawn_zones,
        nodes=drawn_nodes,
        guests=drawn_guests,
        pools=tuple(Pool(name=PoolName(pool), policy=draw(st.sampled_from(POLICIES))) for pool in sorted(listed)),
        rules=draw(rules(drawn_guests)),
    )
    return replace(cluster, troubles=draw(troubles(cluster)), remarks=draw(remarks(cluster)) if with_remarks else ())


def excluded_of(cluster: Cluster) -> st.SearchStrategy[frozenset[PoolName]]:
    """Names of pools to leave out: some of this cluster's, and sometimes one that is not there."""
    nothing: st.SearchStrategy[frozenset[PoolName]] = st.just(frozenset())
    some = st.sampled_from([*(pool.name for pool in cluster.pools), PoolName("no such pool")])
    return st.one_of(nothing, nothing, st.frozensets(some))


def memory_limits() -> st.SearchStrategy[MemoryLimit]:
    """How full nodes may be: less than their size, all of it, more, or a part that is kept free."""
    return st.sampled_from(("100%", "95%", "150%", "50%", "0%", "-4GiB", "-1MiB")).map(MemoryLimit.parse)
