"""Why a pool is spread as it is, as text: how it is spread, what its members could do, and what to do."""

from collections.abc import Iterable, Iterator, Sequence
from shlex import quote
from typing import assert_never

from ..cluster.cluster import Cluster, Guest
from ..cluster.names import PoolName
from ..judge.explain import Explanation, MemberAnswer, NodeAnswer, Refusal, Unusable
from ..judge.levels import NODE_LEVEL, Level
from ..judge.obstacles import KeptApart, KeptTogether, Locked, NoRoom, NotAllowed, Pinned, free_of_needed, in_words
from ..judge.remedies import Allowed, BackInUse, Lift, MoreMemory, Movable, Remedy, RoomMade, Unlocked, WithoutRule
from ..judge.verdict import Blocked, Empty, Excluded, Migrate, Spread, Unknown
from .text import printable, size_at_least

NOTHING = "No pool is badly spread: each is spread as it can be, empty or excluded.\n"
NOTHING_KNOWN = "No pool is known to be badly spread, but not everything could be seen.\n"
_FEW = 3
_MANY = 8


def explanation_text(cluster: Cluster, explained: Explanation, *, verbose: bool) -> str:
    """Return the explanation; where `verbose`, with a line for each node and member."""
    verdict = explained.verdict
    blocks = [
        _block(f"{_headline(explained)}", ()),
        _block(
            f"How it is spread (policy {verdict.policy}, {_number(len(verdict.members), 'member')}):",
            _levels(explained),
        ),
        _block("What its members can do:", _members(cluster, explained, verbose=verbose)),
        _block("What this rests on:", explained.notes),
        _block("What to do:", _what_to_do(explained)),
    ]
    return "\n".join(filter(None, blocks))


def _block(title: str, lines: Iterable[str]) -> str:
    told = [f"  {printable(line)}\n" for line in lines]
    return f"{printable(title)}\n{''.join(told)}" if told or not title.endswith(":") else ""


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _headline(explained: Explanation) -> str:
    verdict = explained.verdict
    match verdict:
        case Spread():
            return f"Pool '{verdict.pool}' is spread: no arrangement of its members is better."
        case Migrate():
            return f"Pool '{verdict.pool}' has members to migrate: it can be spread better than it is."
        case Blocked():
            return f"Pool '{verdict.pool}' is not spread, and no migration of its members can change that."
        case Unknown(reason=reason):
            return f"Nothing can be said of pool '{verdict.pool}': {reason}."
        case Empty():
            return f"Pool '{verdict.pool}' is empty: no guest of it is seen to run."
        case Excluded():
            return f"Pool '{verdict.pool}' is excluded by the setting EXCLUDE_POOLS_NAMES, so it is not judged."
        case _:
            assert_never(verdict)


def _levels(explained: Explanation) -> Iterator[str]:
    verdict = explained.verdict
    levels: tuple[Level, ...] = verdict.levels if isinstance(verdict, Spread | Migrate | Blocked) else ()
    for level, domains in zip(levels, explained.domains, strict=True):
        in_use = _some(f"{name} ({members})" for name, members in domains.in_use)
        unused = f"; unused: {_some(domains.unused)}" if domains.unused else ""
        yield f"{_level(level.name)}: {level.used} of {level.possible} possible; in use: {in_use or 'none'}{unused}"


def _level(name: str) -> str:
    """Return a level's name with what it is."""
    if name == NODE_LEVEL:
        return "nodes"
    return f"{name}, the outermost zones" if name == "zone:0" else f"{name}, zones within those"


def _some(names: Iterable[str]) -> str:
    """Return names, of more than a few the first."""
    listed = list(names)
    more = len(listed) - _MANY
    return ", ".join(listed) if more <= 0 else f"{', '.join(listed[:_MANY])} and {more} more"


def _members(cluster: Cluster, explained: Explanation, *, verbose: bool) -> Iterator[str]:
    """Yield the members with their three questions, those first whose move would make the pool better.

    Those who get the same answers on one node are told together.
    """
    alike: dict[tuple[str, ...], list[str]] = {}
    for answer in sorted(explained.members, key=lambda answer: not any(node.is_better for node in answer.nodes)):
        alike.setdefault(_answers(cluster, answer, verbose=verbose), []).append(named(answer.guest))
    shown = list(alike.items())[: None if verbose else _MANY]
    for (place, *answers), members in shown:
        yield f"{', '.join(members) if verbose else _some(members)} {place}"
        yield from answers
    hidden = len(explained.members) - sum(len(members) for _, members in shown)
    if hidden:
        yield f"and {_number(hidden, 'member')} more; --verbose tells all"


def _answers(cluster: Cluster, answer: MemberAnswer, *, verbose: bool) -> tuple[str, ...]:
    """Return where the member is, then a line for each question, and where `verbose` one for each node."""
    zone = cluster.node_named[answer.guest.node].zone
    questions = (
        f"on {answer.guest.node} in {'no zone' if zone is None else zone}",
        f"  Can it stay? {_can_stay(answer)}",
        f"  Can it go? {_can_go(answer)}",
        f"  Would that be better? {_would_be_better(answer)}",
    )
    return (*questions, *map(_node_line, answer.nodes)) if verbose else questions


def _node_line(node: NodeAnswer) -> str:
    if isinstance(node.refusal, Unusable):
        return f"    {node.node}: no, {refusal_words(node.refusal)}"
    takes_it = "yes" if node.refusal is None else f"no, {refusal_words(node.refusal)}"
    return f"    {node.node}: {takes_it}; the pool would be {'better' if node.is_better else 'no better'}"


def named(guest: Guest) -> str:
    """Return how a person knows a guest."""
    return guest.id if guest.name == guest.id else f"{guest.id} ({guest.name})"


def refusal_words(refusal: Refusal) -> str:
    """Return a refusal as a clause about the guest or the node."""
    if not isinstance(refusal, Unusable):
        return in_words(refusal)
    return f"it is {_state(refusal)}"


def _state(unusable: Unusable) -> str:
    if unusable.node.status != "online":
        return "not online"
    return "in maintenance" if unusable.node.maintenance else "in no zone"


def _can_stay(answer: MemberAnswer) -> str:
    if not answer.wrong_here:
        return "Yes."
    wrong = answer.wrong_here[0]
    if isinstance(wrong, Unusable):
        return f"No: {answer.guest.node} is {_state(wrong)}, so it counts for nothing there."
    return f"It runs there, but {in_words(wrong)}."


def _can_go(answer: MemberAnswer) -> str:
    counted = f"{counted_answers(answer.nodes)}."
    if not answer.held:
        return counted
    return f"No, wherever to: {', and '.join(map(in_words, answer.held))}. Else {counted}"


def counted_answers(nodes: tuple[NodeAnswer, ...]) -> str:
    """Return how many nodes take a guest, and how many refuse it why; the counts add up to the number of nodes."""
    takers = [node.node for node in nodes if node.refusal is None]
    few = f" ({', '.join(takers)})" if 0 < len(takers) <= _FEW else ""
    refusals = [node.refusal for node in nodes if node.refusal is not None]
    reasons = ", ".join(counted_refusals(refusals))
    return f"{len(takers)} of {len(nodes)} other nodes can take it{few}{': ' if reasons else ''}{reasons}"


def counted_refusals(refusals: Sequence[Refusal]) -> Iterator[str]:
    """Yield how many refuse for each reason; the counts add up to all of them."""
    rooms = [refusal for refusal in refusals if isinstance(refusal, NoRoom)]
    if rooms:
        best = max(rooms, key=lambda room: room.free_bytes)
        free = free_of_needed(best.free_bytes, best.needed_bytes) if best.free_bytes >= 0 else "none free"
        yield f"{len(rooms)} {'has' if len(rooms) == 1 else 'have'} too little memory (best: {best.node}, {free})"
    words = [word for word in map(_word, refusals) if word is not None]
    for word in dict.fromkeys(sorted(words)):
        count = words.count(word)
        yield f"{count} {'is' if count == 1 else 'are'} {word}"


def _word(refusal: Refusal) -> str | None:
    """Return what nodes that refuse for such a reason are; None where they have too little memory."""
    match refusal:
        case Unusable():
            return _state(refusal)
        case NotAllowed():
            return "not among those that it is allowed to run on"
        case KeptApart(rule=rule):
            return f"kept free of it by rule '{rule}'"
        case NoRoom():
            return None
        case Locked() | Pinned() | KeptTogether():
            return "no place for it"
        case _:
            assert_never(refusal)


def _would_be_better(answer: MemberAnswer) -> str:
    better = [node for node in answer.nodes if node.is_better]
    if not better:
        return "No: wherever it goes, the pool is no better for that move alone."
    takers = [node.node for node in better if node.refusal is None]
    if takers and not answer.held:
        return f"Yes, on {_some(takers)}."
    return f"It would be on {_some(node.node for node in better)}, where it can't go."


def _what_to_do(explained: Explanation) -> Iterator[str]:
    verdict = explained.verdict
    match verdict:
        case Spread() | Empty() | Excluded():
            yield "Nothing."
        case Migrate():
            yield f"`vrd plan --pool{_argument(verdict.pool)}` says which moves, as few as can be, and in which order."
        case Unknown():
            yield f"`vrd run --verbose --pool{_argument(verdict.pool)}` tells what is not known, and how to mend it."
        case Blocked(reason=reason):
            yield f"The nearest way: {reason}."
            yield from _remedies(explained.remedies)
        case _:
            assert_never(verdict)


def _argument(pool: PoolName) -> str:
    return f"={quote(pool)}" if pool.startswith("-") else f" {quote(pool)}"


def _remedies(remedies: tuple[Remedy, ...]) -> Iterator[str]:
    single = [lift_words(remedy.lifts[0]) for remedy in remedies if len(remedy.lifts) == 1]
    several = [" and ".join(map(lift_words, remedy.lifts)) for remedy in remedies if len(remedy.lifts) > 1]
    if single:
        yield f"It would be possible {', or '.join(single)}."
    if several:
        only = "also" if single else "only"
        yield f"It would be possible {only} with several changes at once: {'; or '.join(several)}."
    if not remedies:
        yield "Nothing was found that would make it possible."


def lift_words(lift: Lift | RoomMade) -> str:
    """Return what has to be otherwise, after `It would be possible …`."""
    match lift:
        case MoreMemory(node=node, missing_bytes=missing):
            return f"with {size_at_least(missing)} more free memory on {node}"
        case RoomMade(moves=moves):
            return f"with `plan --make-room` ({_number(moves, 'move')})"
        case BackInUse(node=node, was_online=was_online):
            return f"when {node} {'leaves maintenance' if was_online else 'is online and in no maintenance'}"
        case Unlocked(guest=guest):
            return f"when guest {guest} is no longer locked"
        case Movable(guest=guest):
            return f"when guest {guest} can be moved live"
        case WithoutRule(rule=rule):
            return f"without rule '{rule}'"
        case Allowed(guest=guest, node=node):
            return f"when guest {guest} is allowed to run on {node}"
        case _:
            assert_never(lift)
