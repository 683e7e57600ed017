"""Which moves, in order: to mend what is badly spread (plan), to empty nodes (drain), to even them out (balance)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple, assert_never

from ..cluster.cluster import Cluster
from ..cluster.names import NodeName, PoolName
from ..cluster.trouble import Trouble
from ..errors import UsageError
from ..exits import status_of
from ..judge.plan import Plan
from ..judge.planning.balance import plan_balancing
from ..judge.planning.drain import nodes_in_zone, plan_draining
from ..judge.planning.mending import Request, plan_mending
from ..reports.migration import uris_of
from ..reports.plan_document import plan_document
from ..reports.plan_text import plan_lines
from ..reports.script import script_of
from ..settings import Settings
from .asked import known_node, known_zone
from .certify import certificate_of_plan
from .judging import Judged, judge
from .looked_up import plan_looked_up
from .outcome import Outcome
from .replace import write_atomically

Format = Literal["text", "json", "commands"]


class PlanOptions(NamedTuple):
    """What the caller wants planned; `pools` limits the plan to these, `make_room` lets other guests move too."""

    from_file: str | None = None
    pools: tuple[str, ...] = ()
    make_room: bool = False
    max_moves: int | None = None
    format: Format = "text"
    certificate: Path | None = None


def plan(settings: Settings, options: PlanOptions) -> Outcome:
    """Plan for every badly spread pool; it is an alarm where there are moves, or pools that stay unresolved.

    Raises UsageError where a pool that was asked for is not there, unless it may only be out of sight.
    """
    read = judge(settings, options.from_file, options.pools)
    request = Request(
        excluded=settings.excluded_pools,
        limit=settings.memory_limit,
        pools=frozenset(map(PoolName, options.pools)),
        max_moves=options.max_moves,
        make_room=options.make_room,
    )
    judged, made = plan_looked_up(settings, read, options.pools, lambda cluster: plan_mending(cluster, request))
    cluster = judged.cluster
    alarm = bool(made.steps or made.unresolved)
    status = status_of(alarm=alarm, troubles=judged.troubles)
    text = written(settings, cluster, made, status, Wanted(options.format, "What is wrong now"))
    if options.certificate is not None:
        write_atomically(options.certificate, certificate_of_plan(settings, cluster, made, request, status))
    return Outcome(text=text, lines=judged.trouble_lines, alarm=alarm, troubles=judged.troubles)


class DrainOptions(NamedTuple):
    """What is to be emptied: a node, or all nodes of a zone and of the zones in it."""

    from_file: str | None = None
    node: str | None = None
    zone: str | None = None
    format: Format = "text"


def drain(settings: Settings, options: DrainOptions) -> Outcome:
    """Plan how to empty nodes; it is an alarm where a guest has to stay, or a pool is left worse than it could be.

    Raises UsageError where the node or the zone is not there, or not one of them was named.
    """
    read = judge(settings, options.from_file, ())
    names = _nodes(read.cluster, options)
    request = Request(excluded=settings.excluded_pools, limit=settings.memory_limit)
    judged, made = plan_looked_up(settings, read, (), lambda cluster: plan_draining(cluster, names, request))
    alarm = bool(made.unresolved)
    blind = tuple(_blind(judged, names))
    troubles = (*judged.troubles, *blind)
    status = status_of(alarm=alarm, troubles=troubles)
    text = written(settings, judged.cluster, made, status, Wanted(options.format, "How it is now"))
    if blind and not made.steps and options.format == "text":
        text = ""  # that there is nothing to move is more than is known
    lines = (*judged.trouble_lines, *(f"partial-view: {one.subject}: {one.message}" for one in blind))
    return Outcome(text=text, lines=lines, alarm=alarm, troubles=troubles)


def _blind(judged: Judged, names: frozenset[NodeName]) -> Iterator[Trouble]:
    """Yield the nodes to be emptied of which nobody knows what runs there, and which no other trouble tells.

    Proxmox VE knows of an offline node that nothing runs there any more; of a libvirt node, that of one in maintenance
    too, it is only not to be seen.
    """
    told = {trouble.subject for trouble in judged.troubles}
    for name in sorted(names):
        node = judged.cluster.node_named[name]
        if judged.cluster.source == "libvirt" and node.status != "online" and f"node {name}" not in told:
            message = "it can't be asked what runs there, so nothing is known of what has to leave"
            yield Trouble("unreadable", f"node {name}", message)


def _nodes(cluster: Cluster, options: DrainOptions) -> frozenset[NodeName]:
    if (options.node is None) == (options.zone is None):
        raise UsageError("name what is to be emptied: either --name NODE or --zone-name ZONE")
    if options.node is not None:
        return frozenset({known_node(cluster, options.node)})
    return nodes_in_zone(cluster, known_zone(cluster, options.zone or ""))


class BalanceOptions(NamedTuple):
    """What the caller wants evened out."""

    from_file: str | None = None
    max_moves: int | None = None
    format: Format = "text"


def balance(settings: Settings, options: BalanceOptions) -> Outcome:
    """Plan how to even out memory and vcpus over the nodes; that is never an alarm."""
    read = judge(settings, options.from_file, ())
    request = Request(excluded=settings.excluded_pools, limit=settings.memory_limit, max_moves=options.max_moves)
    judged, made = plan_looked_up(settings, read, (), lambda cluster: plan_balancing(cluster, request))
    status = status_of(alarm=False, troubles=judged.troubles)
    text = written(settings, judged.cluster, made, status, Wanted(options.format, "How it is now"))
    return Outcome(text=text, lines=judged.trouble_lines, troubles=judged.troubles)


class Wanted(NamedTuple):
    """How a plan is to be told; `now` is what the text says over how things are."""

    format: Format
    now: str


def written(settings: Settings, cluster: Cluster, made: Plan, status: int, wanted: Wanted) -> str:
    """Return a plan as it is wanted; raises InvalidData where no script can name what is to be moved."""
    uris = uris_of(cluster, settings.libvirt.uri)
    match wanted.format:
        case "text":
            return plan_lines(made, wanted.now)
        case "json":
            return plan_document(made, uris, status)
        case "commands":
            return script_of(cluster, made, uris)
        case _:
            assert_never(wanted.format)
