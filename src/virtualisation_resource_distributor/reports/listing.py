"""A list of rows: JSON for programs, tab-separated text in pipes, a table on a terminal."""

import json
from collections.abc import Mapping, Sequence

from .text import printable

SCHEMA = 1

Value = str | int | bool | list[str] | None
Row = Mapping[str, Value]


def list_document(key: str, rows: Sequence[Row]) -> str:
    """Return the rows as a JSON document of schema 1, under this key."""
    return f"{json.dumps({'schema': SCHEMA, key: rows}, indent=2)}\n"


def list_text(columns: tuple[str, ...], rows: Sequence[Row], width: int | None, notes: Sequence[str] = ()) -> str:
    """Return the rows as text, tab-separated and without a header where there is no terminal of some width.

    Only there the notes are told, under the table: what is too long for a row of it.
    """
    cells = [[printable(cell) for column in columns for cell in _cells(row[column])] for row in rows]
    if width is None:
        return "".join("\t".join(row) + "\n" for row in cells)
    from .tables import list_table  # noqa: PLC0415 -- rich takes a tenth of a second, and only a terminal has use for it

    return list_table(columns, cells, width, tuple(map(printable, notes)))


def _cells(value: Value) -> list[str]:
    """Return a value as text: a list takes a cell for each of its items, as the last of its row."""
    match value:
        case None:
            return [""]
        case bool():
            return ["yes" if value else "no"]
        case list():
            return value
        case _:
            return [str(value)]
