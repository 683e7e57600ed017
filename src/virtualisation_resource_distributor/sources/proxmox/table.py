"""Take fields out of many rows column by column, each checked as a whole, and row by row only where that fails."""

from collections.abc import Callable
from typing import Any, TypeVar

from .answers import Rows, flag_in, name_in, number_in, size_in

_T = TypeVar("_T")
_TEXT = frozenset({str})
_NUMBER = frozenset({int})
_NOTHING = frozenset({type(None)})


class Table:
    """The rows of some types in an answer; a fault raises InvalidData with the row's place in the whole answer."""

    def __init__(self, answer: Rows, path: str, types: tuple[str, ...]) -> None:
        """Pick the rows out of the answer."""
        self._path = path
        self._places = [index for index, row in enumerate(answer) if row.get("type") in types]
        self._rows = [answer[index] for index in self._places]

    def column(self, key: str) -> list[Any]:
        """Return a column as it is, unchecked."""
        return [row.get(key) for row in self._rows]

    def names(self, key: str) -> list[str]:
        """Return a column of text that every row has."""
        column = self.column(key)
        if set(map(type, column)) <= _TEXT and "" not in column and "".join(column).isprintable():
            return column
        return self._one_by_one(key, name_in)

    def texts(self, key: str) -> list[str | None]:
        """Return a column of text, None or empty where a row has none."""
        column = self.column(key)
        if set(map(type, column)) <= _TEXT | _NOTHING and "".join(filter(None, column)).isprintable():
            return column
        return self._one_by_one(key, _text_in)

    def numbers(self, key: str) -> list[int]:
        """Return a column of numbers above 0 that every row has."""
        column = self.column(key)
        return column if self._is_numbers(column) else self._one_by_one(key, number_in)

    def sizes(self, key: str) -> list[int | None]:
        """Return a column of sizes, None where a row has none or 0: unknown."""
        column = self.column(key)
        return column if self._is_numbers(column) else self._one_by_one(key, size_in)

    def flags(self, key: str) -> list[bool]:
        """Return a column of 0 or 1, 0 where a row has none."""
        column = self.column(key)
        if set(map(type, column)) <= _NUMBER | _NOTHING and set(column) <= {None, 0, 1}:
            return list(map(bool, column))
        return self._one_by_one(key, flag_in)

    def _is_numbers(self, column: list[Any]) -> bool:
        return set(map(type, column)) <= _NUMBER and min(column, default=1) > 0

    def _one_by_one(self, key: str, take: Callable[[dict[str, Any], str, str], _T]) -> list[_T]:
        rows = zip(self._rows, self._places, strict=True)
        return [take(row, key, f"{self._path}[{place}]") for row, place in rows]


def _text_in(row: dict[str, Any], key: str, where: str) -> str | None:
    return None if row.get(key) is None or row.get(key) == "" else name_in(row, key, where)
