"""What would change if one model took another's place? A line for each change with a sign, and one for the total."""

from collections.abc import Iterator
from typing import NamedTuple

from ..cluster.cluster import Zone
from ..cluster.model import Model, ModelNode, ModelPool
from .text import printable

_Part = Zone | ModelNode | ModelPool


class Difference(NamedTuple):
    """Whether there is any, and what there is, in words."""

    exists: bool
    text: str


def difference(old: Model, new: Model) -> Difference:
    """Return what to create (+), change (~) and delete (-): zones, then nodes, then pools, each sorted by name."""
    lines = [
        *_lines("zone", old.zones, new.zones),
        *_lines("node", old.nodes, new.nodes),
        *_lines("pool", old.pools, new.pools),
    ]
    if not lines:
        return Difference(exists=False, text="no difference: the database has this model already\n")
    created, changed, deleted = (sum(line.startswith(sign) for line in lines) for sign in "+~-")
    lines.append(f"{created} to create, {changed} to change, {deleted} to delete")
    return Difference(exists=True, text="".join(f"{printable(line)}\n" for line in lines))


def _lines(kind: str, old: tuple[_Part, ...], new: tuple[_Part, ...]) -> Iterator[str]:
    before = {part.name: part for part in old}
    after = {part.name: part for part in new}
    for name in sorted({*before, *after}):
        was, will_be = before.get(name), after.get(name)
        if was == will_be:
            continue
        if will_be is None:
            yield f"- {kind} '{name}'"
        elif was is None:
            told = [f"{key} {_in_words(value)}" for key, value in _fields(will_be) if value or key == "zone"]
            yield f"+ {kind} '{name}'{': ' if told else ''}{', '.join(told)}"
        else:
            yield f"~ {kind} '{name}': {', '.join(_changes(was, will_be))}"


def _changes(was: _Part, will_be: _Part) -> Iterator[str]:
    for (key, old), (_, new) in zip(_fields(was), _fields(will_be), strict=True):
        if old != new:
            yield f"{key} {_in_words(new)} (was {_in_words(old)})"


def _fields(part: _Part) -> list[tuple[str, object]]:
    return [(key, value) for key, value in part._asdict().items() if key != "name"]


def _in_words(value: object) -> str:
    match value:
        case None | ():
            return "none"
        case bool():
            return "yes" if value else "no"
        case tuple():
            return " ".join(f"'{item}'" for item in value)
        case _:
            return f"'{value}'"
