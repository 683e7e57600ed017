"""The operators' model as a YAML document, schema 1: one value a line, so that differences are readable.

The bytes depend on the model alone. It is written here, and not by a library, whose next version may write another
style, and which leaves characters as they are that hide or turn around what stands beside them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from ..cluster.cluster import DEFAULT_POLICY, Zone
from ..cluster.model import Model, ModelNode, ModelPool
from ..cluster.names import ZoneName
from .text import printable

SCHEMA = 1

# Text that no YAML reader takes for anything else. YAML 1.1 reads more words as true or false than 1.2 does.
_PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9_./+*?-]|:(?=[A-Za-z0-9/]))*", re.ASCII)
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def model_document(model: Model) -> str:
    """Return the document; what is as it is by default is left out."""
    parts = (
        ("zones", _zones(model.zones)),
        ("nodes", (line for node in model.nodes for line in _node(node))),
        ("pools", (line for pool in model.pools for line in _pool(pool))),
    )
    lines = [f"schema: {SCHEMA}"]
    for key, rows in parts:
        of_part = [f"  {row}" for row in rows]
        lines += [f"{key}:", *of_part] if of_part else []
    return "".join(f"{line}\n" for line in lines)


def in_yaml(text: str) -> str:
    """Return text as a YAML scalar: without quotes where nobody could take it for anything but text."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    # Python's escapes are YAML's too.
    return '"{}"'.format(printable(text.replace("\\", "\\\\").replace('"', '\\"')))


def _zones(zones: Iterable[Zone]) -> Iterator[str]:
    """Yield each zone under the one that it lies in; no recursion, for zones may be nested deeper than calls may."""
    inside: dict[ZoneName | None, list[ZoneName]] = {}
    for zone in sorted(zones, reverse=True):
        inside.setdefault(zone.parent, []).append(zone.name)
    waiting = [(name, "") for name in inside.get(None, ())]
    while waiting:
        name, indent = waiting.pop()
        yield f"{indent}- name: {in_yaml(name)}"
        if name in inside:
            yield f"{indent}  zones:"
            waiting += [(inner, f"{indent}    ") for inner in inside[name]]


def _node(node: ModelNode) -> Iterator[str]:
    fields = {"zone": "null" if node.zone is None else in_yaml(node.zone)}
    if node.uri is not None:
        fields["uri"] = in_yaml(node.uri)
    if node.maintenance:
        fields["maintenance"] = "true"
    return _row(node.name, fields)


def _pool(pool: ModelPool) -> Iterator[str]:
    yield from _row(pool.name, {} if pool.policy == DEFAULT_POLICY else {"policy": pool.policy})
    if pool.members:
        yield "  members:"
        yield from (f"    - {in_yaml(pattern)}" for pattern in pool.members)


def _row(name: str, fields: Mapping[str, str]) -> Iterator[str]:
    yield f"- name: {in_yaml(name)}"
    yield from (f"  {key}: {value}" for key, value in fields.items())
