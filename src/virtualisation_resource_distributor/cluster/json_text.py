"""What does a document hold that is written as JSON? Whatever the bytes are, a refusal is in our own words."""

import json
import math
from typing import Any

from ..errors import InvalidData
from . import fields


def parse(document: bytes, what: str) -> Any:
    """Return the value; `what` is said to be expected where it is none.

    Raises InvalidData, with the place, for what is no UTF-8 or no JSON, and for a field that stands twice.
    """
    try:
        text = document.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidData(f"byte {error.start}", f"is not UTF-8; is this a {what}?") from error
    non_finite: list[str] = []
    try:
        content = json.loads(
            text,
            parse_constant=non_finite.append,
            parse_float=lambda digits: _float(digits, non_finite),
            object_pairs_hook=_object,
        )
        if non_finite:
            where = _place_of_non_finite(json.loads(text), "document")
            raise InvalidData(where or "document", f"found {non_finite[0][:40]}, which is not a finite number")
    except RecursionError as error:
        raise InvalidData("document", f"is nested too deeply to be a {what}") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InvalidData(where, f"is not JSON ({_fault_at(text, error)}); is the {what} whole?") from error
    except ValueError as error:
        raise InvalidData("document", "has a number of so many digits that it can't be read") from error
    return content


def check_schema(schema: Any, ours: int) -> None:
    """Refuse a document of another schema than ours."""
    if fields.integer(schema, "schema") > ours:
        raise InvalidData(
            "schema", f"is {schema}, made by a newer version of this program, which reads {ours}; upgrade it"
        )
    if schema != ours:
        raise InvalidData("schema", f"is {schema}; this program reads {ours}")


_FAULTS = {
    "Unterminated string": "it ends within a text",
    "Extra data": "it goes on after its end",
    "Invalid control character": "there is a control character in a text",
    "Invalid \\": "a backslash in a text begins nothing that JSON knows",
}
"""What the library's words for a fault begin with, and ours; they are not shown, since they differ by its version."""


def _fault_at(text: str, error: json.JSONDecodeError) -> str:
    known = next((ours for words, ours in _FAULTS.items() if error.msg.startswith(words)), None)
    rest = text[error.pos :].lstrip()
    if not text.strip():
        return "it is empty"
    return known or (f"{rest[0]!a} can't stand there" if rest else "it ends too early")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        twice = next(key for index, (key, _) in enumerate(pairs) if key in dict(pairs[:index]))
        raise InvalidData(ascii(twice), "stands twice in one object, and only one of them can be meant")
    return content


def _float(digits: str, non_finite: list[str]) -> float:
    number = float(digits)
    if not math.isfinite(number):
        non_finite.append(digits)
    return number


def _place_of_non_finite(value: object, where: str) -> str | None:
    match value:
        case float():
            return None if math.isfinite(value) else where
        case dict():
            prefix = "" if where == "document" else f"{where}."
            places = (_place_of_non_finite(item, f"{prefix}{key}") for key, item in value.items())
        case list():
            places = (_place_of_non_finite(item, f"{where}[{index}]") for index, item in enumerate(value))
        case _:
            return None
    return next((place for place in places if place), None)
