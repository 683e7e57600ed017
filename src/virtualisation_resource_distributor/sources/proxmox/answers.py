"""The raw answers of one Proxmox VE host, and how to take fields out of them."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ...cluster.fields import kind_of
from ...cluster.names import fault_of_name
from ...errors import InvalidData

Rows = Sequence[dict[str, Any]]
Permissions = Mapping[str, Mapping[str, Any]]
Version = tuple[int, int]

# Since 8.3 the list of resources tells which nodes are in maintenance; since 9 HA groups are rules.
MAINTENANCE_IN_RESOURCES: Version = (8, 3)
HA_RULES: Version = (9, 0)
OLDEST: Version = (7, 0)


class HaAnswers(NamedTuple):
    """What one host answered about HA; what was not asked for, or may not be read, is empty.

    `groups` are those of 7 and 8, `rules` those of 9. `unread` says what could not be read, and is empty otherwise.
    """

    status: Rows = ()
    resources: Rows = ()
    groups: Rows = ()
    rules: Rows = ()
    unread: str = ""


class Answers(NamedTuple):
    """What one host answered, checked for being lists of objects and no further.

    `permissions` maps path → privilege → 1 where it propagates, else 0.
    """

    version: Version
    permissions: Permissions
    resources: Rows
    ha: HaAnswers


def rows_of(answer: Any, path: str) -> Rows:
    """Return an answer that must be a list of objects; raises InvalidData where it is not."""
    if not isinstance(answer, list):
        raise InvalidData(path, f"answered with {kind_of(answer)} where Proxmox VE answers with a list")
    for index, row in enumerate(answer):
        if not isinstance(row, dict):
            raise InvalidData(f"{path}[{index}]", f"found {kind_of(row)} where Proxmox VE has an object")
    return answer


def version_of(answer: Any) -> Version:
    """Return the version out of `{"version": "8.2.4", …}`; raises InvalidData where there is none, or it is too old."""
    text = answer.get("version") if isinstance(answer, dict) else None
    match = re.match(r"(\d{1,4})\.(\d{1,4})", text) if isinstance(text, str) else None
    if match is None:
        raise InvalidData("/version", f"found {kind_of(text)} where Proxmox VE has its version, such as 8.4.1")
    version = (int(match[1]), int(match[2]))
    if version < OLDEST:
        raise InvalidData("/version", f"this is Proxmox VE {text}; this program reads 7, 8 and 9")
    return version


def permissions_of(answer: Any) -> Permissions:
    """Return path → privilege → 1 where it propagates, out of `{"/vms": {"VM.Audit": 1}, …}`.

    Guests that have VM.Audit are left out. Raises InvalidData where the answer is not such a map.
    """
    where = "/access/permissions"
    answer = {} if answer == [] else answer  # how Perl may write an empty map
    if not isinstance(answer, dict):
        raise InvalidData(where, f"answered with {kind_of(answer)} where Proxmox VE answers with an object")
    # A fleet has an entry for each guest; those that have what is needed say no more than that.
    return {
        path: _entry(entry, f"{where} {path}")
        for path, entry in answer.items()
        if not (isinstance(entry, dict) and "VM.Audit" in entry and path.startswith("/vms/"))
    }


def _entry(value: Any, where: str) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    if value == []:
        return {}
    raise InvalidData(where, f"found {kind_of(value)} where Proxmox VE has privileges with 0 or 1")


def text_in(row: Mapping[str, Any], key: str, where: str) -> str:
    """Return a field that must be text and not empty."""
    value = row.get(key)
    if not isinstance(value, str) or not value:
        raise InvalidData(f"{where}.{key}", f"found {kind_of(value)} where Proxmox VE has text")
    return value


def name_in(row: Mapping[str, Any], key: str, where: str) -> str:
    """Return a field that must be a name."""
    name = text_in(row, key, where)
    if fault := fault_of_name(name):
        raise InvalidData(f"{where}.{key}", fault)
    return name


def number_in(row: Mapping[str, Any], key: str, where: str) -> int:
    """Return a field that must be a number above 0; Perl may write it as text."""
    value = row.get(key)
    number = int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,18}", value) else value
    if type(number) is not int or number < 1:
        raise InvalidData(f"{where}.{key}", f"found {kind_of(value)} where Proxmox VE has a number above 0")
    return number


def flag_in(row: Mapping[str, Any], key: str, where: str, *, absent: bool = False) -> bool:
    """Return a field that is 0 or 1."""
    value = row.get(key)
    if value is None or value == "":
        return absent
    if value in (0, 1, "0", "1"):
        return value in (1, "1")
    raise InvalidData(f"{where}.{key}", f"found {kind_of(value)} where Proxmox VE has 0 or 1")


def size_in(row: Mapping[str, Any], key: str, where: str) -> int | None:
    """Return a size, rounded up (a container's `maxcpu` may be fractional); None where it is absent or 0: unknown."""
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, str):
        value = float(value) if re.fullmatch(r"[0-9]{1,18}(\.[0-9]{1,9})?", value) else -1
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise InvalidData(f"{where}.{key}", f"found {kind_of(row.get(key))} where Proxmox VE has a size")
    return math.ceil(value) or None
