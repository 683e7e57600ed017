"""What does a YAML text hold, and in which lines? The only importer of PyYAML.

Aliases, tags and other things of YAML that a model has no use for are refused where they begin, so that nothing is
built of them.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

import yaml

from ...errors import InvalidData

_DEEPEST = 200
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER = yaml.resolver.Resolver()
_IN_WORDS = {
    "null": "nothing",
    "bool": "true or false",
    "int": "a number",
    "float": "a number",
    "timestamp": "a date",
}
_PREFIX = "tag:yaml.org,2002:"


class Scalar(NamedTuple):
    """Text, or what YAML reads as something else because it has no quotes: then `reads_as` says as what."""

    line: int
    text: str
    reads_as: str


class Items(NamedTuple):
    """A list."""

    line: int
    items: "tuple[Node, ...]"


class Fields(NamedTuple):
    """A mapping of texts; `keys` has them with their lines."""

    line: int
    values: "Mapping[str, Node]"
    keys: tuple[Scalar, ...]


Node: TypeAlias = Scalar | Items | Fields


class _Open(NamedTuple):
    """A list or mapping that is being read; keys and values of a mapping alternate."""

    line: int
    is_mapping: bool
    parts: list[Node]


def parse_yaml(text: str) -> Node:
    """Return what the one document of the text holds.

    Raises InvalidData with the line where the text is not YAML, is empty, has several documents or a key twice, or
    something of YAML that is refused.
    """
    try:
        return _build(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "document"
        raise InvalidData(
            where, f"is not YAML ({error.problem}); is there a tab, or a text that needs quotes?"
        ) from error
    except yaml.reader.ReaderError as error:
        # Its own position counts bytes or characters; such a character is refused at its first place.
        where = f"line {text.count(chr(10), 0, text.find(chr(error.character))) + 1}"
        raise InvalidData(where, f"is not YAML (the character {chr(error.character)!a} may not stand there)") from error


def _build(events: "Iterator[yaml.Event]") -> Node:
    """Put events together; no recursion, so that depth is what is allowed here and not what Python allows."""
    opened: list[_Open] = []
    whole: Node | None = None
    for event in events:
        _refuse_needless(event, is_second=whole is not None)
        line = _line(event)
        match event:
            case yaml.ScalarEvent():
                node: Node = Scalar(line=line, text=event.value, reads_as=_reads_as(event))
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                if len(opened) == _DEEPEST:
                    raise InvalidData(f"line {line}", f"is nested too deeply; at most {_DEEPEST} levels are read")
                opened.append(_Open(line=line, is_mapping=isinstance(event, yaml.MappingStartEvent), parts=[]))
                continue
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                node = _closed(opened.pop())
            case _:
                continue
        if opened:
            opened[-1].parts.append(node)
        else:
            whole = node
    if whole is None:
        raise InvalidData("document", "is empty; expected a model, as export-model writes it")
    return whole


def _refuse_needless(event: "yaml.Event", *, is_second: bool) -> None:
    where = f"line {_line(event)}"
    if isinstance(event, yaml.DocumentStartEvent) and is_second:
        raise InvalidData(where, "a second document begins; put all into one")
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
        raise InvalidData(where, "found an alias or its anchor (* or &); write it out, or quote it if it is a name")
    if (tag := getattr(event, "tag", None)) is not None:
        raise InvalidData(where, f"found the tag {tag}; leave it out, or quote it if it is a name")


def _reads_as(event: "yaml.ScalarEvent") -> str:
    if not event.implicit[0]:
        return ""
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, event.value, (True, False))  # type: ignore[no-untyped-call]
    kind = tag.removeprefix(_PREFIX)
    return "" if kind == "str" else _IN_WORDS.get(kind, "something else")


def _line(event: "yaml.Event") -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 1


def _closed(opened: _Open) -> Node:
    if not opened.is_mapping:
        return Items(line=opened.line, items=tuple(opened.parts))
    keys: dict[str, Scalar] = {}
    for key in opened.parts[::2]:
        if not isinstance(key, Scalar):
            raise InvalidData(f"line {key.line}", "a list or mapping stands where a key is expected")
        first = keys.setdefault(key.text, key)
        if first is not key:
            raise InvalidData(f"line {key.line}", f"the key '{key.text}' stands in line {first.line} already")
    return Fields(line=opened.line, values=dict(zip(keys, opened.parts[1::2], strict=True)), keys=tuple(keys.values()))
