"""Where a new member would best run, as text and as a JSON document."""

import json
from collections.abc import Iterator

from ..judge.place import NewMember, Place, Placing, Room
from ..judge.verdict import Unknown
from .explain_document import code_of
from .explain_text import counted_refusals, refusal_words
from .text import printable, size_in_words

_FEW = 10


def place_text(pool: str, new: NewMember, placing: Placing) -> str:
    """Return the nodes that take it, the best first, how the pool is then, and why the others don't."""
    lines = [*_ranked(pool, new, placing), *_refused(placing), *(f"This rests on: {note}" for note in placing.notes)]
    return "".join(f"{printable(line)}\n" for line in lines)


def not_known_text(verdict: Unknown) -> str:
    """Say that no node can be called best, since it is not known where the pool's members are."""
    return printable(f"Nothing can be said of pool '{verdict.pool}': {verdict.reason}; so no node is best.") + "\n"


def _ranked(pool: str, new: NewMember, placing: Placing) -> Iterator[str]:
    what = f"a new member of pool '{pool}' with {size_in_words(new.memory_bytes)} of memory"
    if not placing.places:
        yield f"No node takes {what}." if placing.refused else f"There is no node, so none takes {what}."
        return
    yield f"The best node for {what} is {placing.places[0].node}:"
    for number, found in enumerate(placing.places[:_FEW], start=1):
        yield f"  {number}. {found.node}: the pool then uses {_levels(found)}; {_room(found.room)}"
    if len(placing.places) > _FEW:
        yield f"  and {len(placing.places) - _FEW} more; --format json tells all"


def _levels(found: Place) -> str:
    return ", ".join(f"{level.name} {level.used} of {level.possible}" for level in found.levels)


def _room(room: Room) -> str:
    taken = f"{'' if room.is_exact else 'at least '}{size_in_words(room.taken_bytes)}"
    memory = f"{taken} taken, of a size that is not known" if room.limit_bytes is None else _of(taken, room.limit_bytes)
    vcpus = "" if room.all_vcpus is None else f", {room.vcpus} vcpus on {room.all_vcpus}"
    return f"memory {memory}{vcpus}"


def _of(taken: str, limit_bytes: int) -> str:
    return f"{taken} of {size_in_words(limit_bytes)}"


def _refused(placing: Placing) -> Iterator[str]:
    number = len(placing.places) + len(placing.refused)
    if placing.refused:
        counted = ", ".join(counted_refusals([refused.why for refused in placing.refused]))
        yield f"{len(placing.refused)} of {number} nodes can't take it: {counted}."


def place_document(pool: str, placing: Placing | None, status: int) -> str:
    """Return all nodes, those that take it in order, in ASCII; None where nothing can be said."""
    document = {
        "schema": 1,
        "status": status,
        "pool": pool,
        "best": placing.places[0].node if placing is not None and placing.places else None,
        "nodes": [] if placing is None else [_row(found) for found in placing.places],
        "refused": []
        if placing is None
        else [
            {"node": refused.node, "refusal": code_of(refused.why), "reason": refusal_words(refused.why)}
            for refused in placing.refused
        ],
        "notes": [] if placing is None else list(placing.notes),
    }
    return f"{json.dumps(document, indent=2)}\n"


def _row(found: Place) -> dict[str, object]:
    return {
        "node": found.node,
        "levels": [{"level": level.name, "used": level.used, "possible": level.possible} for level in found.levels],
        "memory_taken_bytes": found.room.taken_bytes,
        "memory_limit_bytes": found.room.limit_bytes,
        "vcpus_taken": found.room.vcpus,
        "vcpus": found.room.all_vcpus,
        "all_sizes_known": found.room.is_exact,
    }
