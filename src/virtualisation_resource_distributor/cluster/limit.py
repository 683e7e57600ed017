"""How much of a node's memory guests may fill by their configured sizes."""

import re
from typing import NamedTuple

_UNITS = {"MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_PERCENT = re.compile(r"(\d{1,6})%", re.ASCII)
_RESERVE = re.compile(r"-(\d{1,9})(MiB|GiB|TiB)", re.ASCII)


class MemoryLimit(NamedTuple):
    """A share of a node's memory in percent, less a reserve in bytes."""

    percent: int = 100
    reserve_bytes: int = 0

    @classmethod
    def parse(cls, text: str) -> "MemoryLimit":
        """Read `95%`, `150%` or `-4GiB` (what to keep free); raises ValueError with what is expected."""
        if match := _PERCENT.fullmatch(text):
            return cls(percent=int(match[1]))
        if match := _RESERVE.fullmatch(text):
            return cls(reserve_bytes=int(match[1]) * _UNITS[match[2]])
        raise ValueError("a share of a node's memory such as 95%, or what to keep free of it such as -4GiB")

    def of(self, memory_bytes: int | None) -> int | None:
        """Return how many bytes guests may fill of a node of this size, rounded down; None where it is unknown."""
        return None if memory_bytes is None else memory_bytes * self.percent // 100 - self.reserve_bytes
