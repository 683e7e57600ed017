"""Check one field of a document: each check returns the value as ours, or refuses it naming the place."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal, TypeVar

from ..errors import InvalidData
from .cluster import HaState, Pin
from .names import NodeName, fault_of_name, fault_of_text

Check = Callable[[Any, str], Any]
_Word = TypeVar("_Word", bound=str)
_RFC_3339_UTC = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]00:00)", re.ASCII)


def kind_of(value: object) -> str:
    """Return what a JSON value is, in words."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f"the string {value[:60]!a}"
        case int() | float():
            return f"the number {str(value)[:60]}"
        case list():
            return "a list"
        case _:
            return "an object"


def refuse(where: str, value: object, expected: str) -> InvalidData:
    """Return the error for a value that is not what was expected."""
    return InvalidData(where, f"found {kind_of(value)}, expected {expected}")


def text(value: Any, where: str) -> str:
    """Take any text without control characters."""
    if not isinstance(value, str):
        raise refuse(where, value, "a string")
    if not value.isprintable() and (fault := fault_of_text(value)):
        raise InvalidData(where, fault)
    return value


def name(value: Any, where: str) -> str:
    """Take a name: text that is not empty."""
    if not isinstance(value, str):
        raise refuse(where, value, "a name (a string)")
    if not (value and value.isprintable()) and (fault := fault_of_name(value)):
        raise InvalidData(where, fault)
    return value


def flag(value: Any, where: str) -> bool:
    """Take true or false."""
    if value is True or value is False:
        return value
    raise refuse(where, value, "true or false")


def integer(value: Any, where: str) -> int:
    """Take a whole number; `true` is none."""
    if type(value) is not int:
        raise refuse(where, value, "a whole number")
    return value


def size(value: Any, where: str) -> int:
    """Take a whole number that is not below 0."""
    if type(value) is not int or value < 0:
        raise refuse(where, value, "a whole number from 0 up")
    return value


def one_of(*words: _Word) -> Callable[[Any, str], _Word]:
    """Take one of these words."""
    by_text = {word: word for word in words}
    expected = f"one of {', '.join(words)}"

    def check(value: Any, where: str) -> _Word:
        if not isinstance(value, str) or value not in by_text:
            raise refuse(where, value, expected)
        return by_text[value]

    return check


def optional(check: Check) -> Check:
    """Take null as well."""

    def checked(value: Any, where: str) -> Any:
        return None if value is None else check(value, where)

    return checked


def listed(check: Check) -> Callable[[Any, str], tuple[Any, ...]]:
    """Take a list of such values."""

    def checked(value: Any, where: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise refuse(where, value, "a list")
        return tuple(check(item, f"{where}[{index}]") for index, item in enumerate(value))

    return checked


def row(value: Any, where: str, fields: Mapping[str, Check], required: frozenset[str]) -> dict[str, Any]:
    """Take an object's known fields; those that are absent are left out, and unknown ones are ignored."""
    if not isinstance(value, dict):
        raise refuse(where, value, "an object")
    for key in fields:
        if key in required and key not in value:
            raise InvalidData(f"{where}.{key}", "is missing, and required")
    return {key: check(value[key], f"{where}.{key}") for key, check in fields.items() if key in value}


def node_set(value: Any, where: str) -> frozenset[NodeName]:
    """Take a list of node names as a set."""
    return frozenset(map(NodeName, listed(name)(value, where)))


def ha_state(value: Any, where: str) -> HaState:
    """Take `{"managed": bool, "state": string or null}`."""
    fields = row(value, where, {"managed": flag, "state": optional(text)}, frozenset({"managed"}))
    return HaState(managed=fields["managed"], state=fields.get("state"))


def pin(value: Any, where: str) -> Pin:
    """Take `{"code": "local-disk" or "device", "message": string}`."""
    codes: tuple[Literal["local-disk"], Literal["device"]] = ("local-disk", "device")
    fields = row(value, where, {"code": one_of(*codes), "message": text}, frozenset({"code", "message"}))
    return Pin(code=fields["code"], message=fields["message"])


def moment(value: Any, where: str) -> str:
    """Take a time as RFC 3339 writes it, in UTC."""
    try:
        real = _RFC_3339_UTC.fullmatch(text(value, where)) and datetime.fromisoformat(value[:19].upper())
    except ValueError:
        real = None
    if not real:
        raise refuse(where, value, "a time in UTC such as 2026-11-21T08:00:00Z")
    return str(value)


def subject(value: Any, where: str) -> str:
    """Take what a trouble touches: `cluster`, or `node`, `zone`, `pool` or `guest` and its name."""
    kind, _, named = name(value, where).partition(" ")
    if value != "cluster" and not (kind in {"node", "zone", "pool", "guest"} and named):
        raise refuse(where, value, "cluster, node N, zone Z, pool P or guest G")
    return str(value)
