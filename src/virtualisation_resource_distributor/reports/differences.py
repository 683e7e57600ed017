"""In what do definitions differ: as lines, or as a document."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from ..cluster.definition import Definition
from ..judge.inventory.definitions import Difference, in_words
from .text import printable

SCHEMA = 1


class Comparison(NamedTuple):
    """Two definitions of one domain, named by where they are (`version 2`, `node kvm1`), and what differs."""

    here: str
    there: str
    found: tuple[Difference, ...]


def comparison_text(kept: Definition, comparisons: Sequence[Comparison]) -> str:
    """Return a line for each comparison, and one for each difference."""
    if not comparisons:
        return f"{printable(kept.name)}: no node that answered has it\n"
    lines: list[str] = []
    for one in comparisons:
        if one.found:
            lines.append(f"{kept.name}: from {one.here} to {one.there}:")
            lines.extend(f"  {in_words(difference)}" for difference in one.found)
        else:
            lines.append(f"{kept.name}: {one.here} and {one.there} do not differ")
    return "".join(f"{printable(line)}\n" for line in lines)


def comparison_document(kept: Definition, comparisons: Sequence[Comparison]) -> str:
    """Return the comparisons as a JSON document of schema 1."""
    told = [
        {"from": one.here, "to": one.there, "differences": [difference._asdict() for difference in one.found]}
        for one in comparisons
    ]
    return f"{json.dumps({'schema': SCHEMA, 'id': kept.uuid, 'name': kept.name, 'comparisons': told}, indent=2)}\n"
