"""What does a monitoring system read in a plugin's output? Written from the guidelines of monitoring-plugins.org.

Not from what the program prints: what is not in that grammar is refused with ValueError.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
_RANGE = rf"(?:@?(?:(?:{_NUMBER}|~)?:)?{_NUMBER}|@?{_NUMBER}:)?"
_LABEL = r"'(?:[^'=|]|'')+'"
_VALUE = re.compile(
    rf"(?P<label>{_LABEL})=(?P<value>{_NUMBER})(?P<unit>(?:s|ms|us|%|B|KB|MB|TB|c)?)"
    rf"(?:;(?P<warn>{_RANGE})(?:;(?P<crit>{_RANGE})(?:;(?P<min>(?:{_NUMBER})?)(?:;(?P<max>(?:{_NUMBER})?))?)?)?)?"
)
_STATES = {"OK": 0, "WARNING": 1, "CRITICAL": 2, "UNKNOWN": 3}
_NRPE_BYTES = 1024


class Value(NamedTuple):
    """One value of the performance data; what it does not give is empty."""

    value: float
    unit: str
    warn: str
    crit: str
    least: str
    most: str


class PluginLine(NamedTuple):
    """What one line says."""

    state: int
    text: str
    values: Mapping[str, Value]


def read(output: str) -> PluginLine:
    """Return what a plugin's whole output says; raises ValueError where it is not one line of the grammar."""
    if not output.endswith("\n") or len(output.splitlines()) != 1:
        raise ValueError(f"not one line: {output!r}")
    line = output[:-1]
    if not line.isprintable() or len(line.encode()) > _NRPE_BYTES:
        raise ValueError(f"hidden characters, or more than NRPE carries: {line!r}")
    text, bar, data = line.partition("|")
    match = re.fullmatch(r"VRD (OK|WARNING|CRITICAL|UNKNOWN) - (\S.*)", text)
    if match is None:
        raise ValueError(f"no state: {line!r}")
    return PluginLine(state=_STATES[match[1]], text=match[2], values=_values(data) if bar else {})


def _values(data: str) -> dict[str, Value]:
    values: dict[str, Value] = {}
    position = 0
    while position < len(data):
        match = _VALUE.match(data, position)
        label = match["label"][1:-1].replace("''", "'") if match else None
        if match is None or label is None or label in values:
            raise ValueError(f"no performance data, or a label twice: {data[position:]!r}")
        rest = (match[part] or "" for part in ("warn", "crit", "min", "max"))
        values[label] = Value(float(match["value"]), match["unit"], *rest)
        position = match.end()
        if position < len(data):
            if data[position] != " " or position + 1 == len(data):
                raise ValueError(f"values are separated by one space: {data[position:]!r}")
            position += 1
    if not values:
        raise ValueError("performance data that is empty")
    return values
