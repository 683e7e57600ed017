"""Why is a pool spread as it is: can its members stay, where can they go, and would that be better?"""

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from ..cluster.cluster import Cluster, Guest, Node, Policy
from ..cluster.names import GuestId, NodeName, PoolName
from .ground import Ground, survey
from .levels import is_usable
from .moves import held_by, kept_out_by
from .obstacles import KeptApart, NotAllowed, Obstacle
from .order import change, is_better
from .planning.mending import Request
from .planning.steps import unseen_in
from .remedies import Remedy, remedies_for
from .verdict import Blocked, Migrate, Spread, Verdict


class Unusable(NamedTuple):
    """Nobody is put onto the node: it is not online, in maintenance, or in no zone."""

    node: Node


Refusal = Unusable | Obstacle


class NodeAnswer(NamedTuple):
    """What a node says to a member that would come from elsewhere; `is_better` is of its pool, obstacles aside."""

    node: NodeName
    refusal: Refusal | None
    is_better: bool


class MemberAnswer(NamedTuple):
    """One member: what is wrong with where it is, what holds it there, and what each other node says."""

    guest: Guest
    wrong_here: tuple[Refusal, ...]
    held: tuple[Obstacle, ...]
    nodes: tuple[NodeAnswer, ...]


class Domains(NamedTuple):
    """The failure domains of one level: those in use, each with its number of members, and those that are not."""

    in_use: tuple[tuple[str, int], ...]
    unused: tuple[str, ...]


class Explanation(NamedTuple):
    """A pool with its verdict; `domains` are those of each level. Of pools without levels there is no more to say."""

    verdict: Verdict
    domains: tuple[Domains, ...] = ()
    members: tuple[MemberAnswer, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    notes: tuple[str, ...] = ()


def worst_of(verdicts: tuple[Verdict, ...]) -> Verdict | None:
    """Return the worst of the badly spread pools; None where there is none.

    The worst uses the smallest share of what it could, from the outermost level inwards; among equals the one with the
    most members, then the first by name.
    """
    alarms = [verdict for verdict in verdicts if isinstance(verdict, Migrate | Blocked)]
    return min(alarms, key=_badness, default=None)


def _badness(verdict: Migrate | Blocked) -> tuple[list[Fraction], int, PoolName]:
    shares = [Fraction(level.used, max(1, level.possible)) for level in verdict.levels]
    return shares, -len(verdict.members), verdict.pool


def explain_pool(cluster: Cluster, verdict: Verdict, asked: Request) -> Explanation:
    """Return why the pool has this verdict, and for a blocked one what is proven to change it."""
    if not isinstance(verdict, Spread | Migrate | Blocked):
        return Explanation(verdict)
    ground = survey(cluster, asked.limit)
    counts = ground.levels.counts(member.node for member in verdict.members)
    domains = tuple(
        Domains(in_use=tuple(sorted(held.items())), unused=tuple(sorted(there.keys() - held.keys())))
        for held, there in zip(counts, ground.levels.nodes_in, strict=True)
    )
    answers = _Answers(ground, verdict.policy, counts)
    members = tuple(map(answers.of, verdict.members))
    wanted = [(answer.guest, node) for answer in members for node in answer.nodes if node.is_better]
    remedies = remedies_for(cluster, verdict, asked, _obstacles(ground, wanted)) if isinstance(verdict, Blocked) else ()
    return Explanation(verdict, domains, members, remedies, notes=unseen_in(cluster))


def _obstacles(
    ground: Ground, wanted: list[tuple[Guest, NodeAnswer]]
) -> Iterator[tuple[Guest, NodeName, tuple[Obstacle, ...]]]:
    """Yield each move that would make the pool better, with all that forbids it."""
    for guest, answer in wanted:
        yield guest, answer.node, (*held_by(ground, guest), *kept_out_by(ground, guest, answer.node))


class _Answers:
    """What the nodes say to a pool's members; members that nothing tells apart get the same answers."""

    def __init__(self, ground: Ground, policy: Policy, counts: list[Counter[str]]) -> None:
        self._ground, self._policy, self._counts = ground, policy, counts
        self._refusals: dict[object, Mapping[NodeName, Refusal | None]] = {}
        self._better: dict[NodeName, frozenset[NodeName]] = {}

    def of(self, guest: Guest) -> MemberAnswer:
        """Return the answers to one member."""
        better = self._better_from(guest.node)
        return MemberAnswer(
            guest=guest,
            wrong_here=tuple(self._wrong_here(guest)),
            held=held_by(self._ground, guest),
            nodes=tuple(
                NodeAnswer(node=node, refusal=refusal, is_better=node in better)
                for node, refusal in self._refusals_to(guest).items()
                if node != guest.node
            ),
        )

    def _better_from(self, place: NodeName) -> frozenset[NodeName]:
        """Return the nodes to which one member's move from here would make the pool better, obstacles aside."""
        if place not in self._better:
            levels = self._ground.levels
            self._better[place] = frozenset(
                node
                for node in levels.domains
                if node != place and is_better(change(levels, self._policy, self._counts, place, node))
            )
        return self._better[place]

    def _refusals_to(self, guest: Guest) -> Mapping[NodeName, Refusal | None]:
        ruled: GuestId | None = guest.id if guest.id in self._ground.rules_of else None
        traits = (guest.allowed_nodes, guest.memory_bytes, ruled)
        if traits not in self._refusals:
            self._refusals[traits] = {node.name: self._refusal(guest, node) for node in self._ground.cluster.nodes}
        return self._refusals[traits]

    def _refusal(self, guest: Guest, node: Node) -> Refusal | None:
        if not is_usable(node):
            return Unusable(node)
        return next(iter(kept_out_by(self._ground, guest, node.name)), None)

    def _wrong_here(self, guest: Guest) -> Iterator[Refusal]:
        node = self._ground.cluster.node_named[guest.node]
        if not is_usable(node):
            yield Unusable(node)
            return
        out = kept_out_by(self._ground, guest, node.name)
        yield from (obstacle for obstacle in out if isinstance(obstacle, NotAllowed | KeptApart))
