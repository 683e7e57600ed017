"""Where the HA manager lets guests run: groups up to 8, rules since 9, and which nodes are in maintenance.

With failback on (the default) HA moves a guest back to the highest class of its group's or affinity rule's nodes that
are available, strict or not: any other place would be undone. With failback off only strict ones limit it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ...cluster.cluster import HaState, Rule
from ...cluster.fields import kind_of
from ...cluster.names import GuestId, NodeName
from ...cluster.trouble import Trouble
from ...errors import InvalidData
from .answers import HA_RULES, Answers, Rows, flag_in, name_in, text_in
from .privileges import may_read_ha

_RESOURCES = "/cluster/ha/resources"
_GROUPS = "/cluster/ha/groups"
_RULES = "/cluster/ha/rules"
_STATUS = "/cluster/ha/status/current"


class HighAvailability(NamedTuple):
    """What HA says of guests; `configured` has their state as it is asked for (`started`, `ignored`, …)."""

    configured: Mapping[GuestId, str]
    allowed_nodes: Mapping[GuestId, frozenset[NodeName]]
    rules: tuple[Rule, ...] = ()
    troubles: tuple[Trouble, ...] = ()

    def state_of(self, guest: GuestId, seen: str | None) -> HaState | None:
        """Return how HA keeps the guest, given the state that the list of resources shows."""
        asked = self.configured.get(guest)
        state = seen if seen is not None else asked
        return None if state is None else HaState(managed=asked != "ignored", state=state)


NO_HA = HighAvailability(configured={}, allowed_nodes={})


class _Affinity(NamedTuple):
    """Nodes with their priorities, and whether a guest may run on these only."""

    priorities: Mapping[NodeName, int]
    strict: bool


def parse_maintenance(answers: Answers) -> frozenset[NodeName]:
    """Return the nodes in maintenance, before 8.3.

    Shape: `[{"type": "lrm", "node": "pve2", "status": "pve2 (maintenance mode, Sat Nov 21 08:00:00 2026)"}, …]`.
    """
    rows = [(f"{_STATUS}[{index}]", row) for index, row in enumerate(answers.ha.status) if row.get("type") == "lrm"]
    in_maintenance = [
        where_row for where_row in rows if "(maintenance mode" in text_in(where_row[1], "status", where_row[0])
    ]
    return frozenset(NodeName(text_in(row, "node", where)) for where, row in in_maintenance)


def parse_ha(answers: Answers, available: frozenset[NodeName]) -> HighAvailability:
    """Return what HA says; `available` are the nodes that are online and that HA doesn't keep in maintenance.

    Raises InvalidData with path and index where a row is not as Proxmox VE writes it.
    """
    configs = _configs(answers.ha.resources)
    managed = {guest: row for guest, row in configs.items() if row.get("state") != "ignored"}
    groups = _groups(answers.ha.groups)
    affinity_of = {**_affinities_by_rule(answers.ha.rules, available), **_affinities_by_group(managed, groups)}
    allowed: dict[GuestId, frozenset[NodeName]] = {}
    for guest, row in managed.items():
        if guest in affinity_of:
            nodes = _allowed(affinity_of[guest], available, failback=_fails_back(row, groups))
            if nodes is not None:
                allowed[guest] = nodes
    return HighAvailability(
        configured={guest: str(row.get("state", "started")) for guest, row in configs.items()},
        allowed_nodes=allowed,
        rules=tuple(_rules_between(answers.ha.rules, frozenset(managed))),
        troubles=tuple(_contradictions(answers, configs, groups)),
    )


def _configs(rows: Rows) -> dict[GuestId, Mapping[str, Any]]:
    configs: dict[GuestId, Mapping[str, Any]] = {}
    for index, row in enumerate(rows):
        where = f"{_RESOURCES}[{index}]"
        if row.get("group"):
            name_in(row, "group", where)
        configs[_guest_id(text_in(row, "sid", where), f"{where}.sid")] = row
    return configs


def _guest_id(sid: str, where: str) -> GuestId:
    kind, _, number = sid.strip().partition(":")
    if kind not in {"vm", "ct"} or not re.fullmatch("[1-9][0-9]{0,17}", number):
        raise InvalidData(where, f"found {kind_of(sid)} where Proxmox VE has a resource such as vm:100")
    return GuestId(number)


def _groups(rows: Rows) -> dict[str, tuple[_Affinity, bool]]:
    """Return each group's affinity and whether it fails back."""
    groups: dict[str, tuple[_Affinity, bool]] = {}
    for index, row in enumerate(rows):
        where = f"{_GROUPS}[{index}]"
        affinity = _Affinity(priorities=_priorities(row, where), strict=flag_in(row, "restricted", where))
        groups[text_in(row, "group", where)] = (affinity, not flag_in(row, "nofailback", where))
    return groups


def _affinities_by_group(
    managed: Mapping[GuestId, Mapping[str, Any]], groups: Mapping[str, tuple[_Affinity, bool]]
) -> dict[GuestId, _Affinity]:
    return {guest: groups[row["group"]][0] for guest, row in managed.items() if row.get("group") in groups}


def _affinities_by_rule(rows: Rows, available: frozenset[NodeName]) -> dict[GuestId, _Affinity]:
    affinities: dict[GuestId, _Affinity] = {}
    for where, row in _rules_in_force(rows, "node-affinity"):
        priorities = _priorities(row, where)
        if row.get("affinity") == "negative":
            priorities = dict.fromkeys(available - priorities.keys(), 0)
        affinity = _Affinity(priorities=priorities, strict=flag_in(row, "strict", where))
        affinities.update(dict.fromkeys(_resources(row, where), affinity))
    return affinities


def _rules_between(rows: Rows, managed: frozenset[GuestId]) -> Iterator[Rule]:
    for where, row in _rules_in_force(rows, "resource-affinity"):
        guests = frozenset(_resources(row, where)) & managed
        match text_in(row, "affinity", where):
            case "positive":
                yield Rule(name=name_in(row, "rule", where), kind="together", guests=guests)
            case "negative":
                yield Rule(name=name_in(row, "rule", where), kind="apart", guests=guests)
            case other:
                raise InvalidData(f"{where}.affinity", f"found {kind_of(other)}, expected positive or negative")


def _rules_in_force(rows: Rows, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the rules of a type that are neither disabled nor in error: HA heeds no other."""
    for index, row in enumerate(rows):
        where = f"{_RULES}[{index}]"
        if text_in(row, "type", where) == kind and not flag_in(row, "disable", where) and not row.get("errors"):
            yield where, row


def _resources(row: Mapping[str, Any], where: str) -> list[GuestId]:
    value = row.get("resources")
    sids = value if isinstance(value, list) else text_in(row, "resources", where).split(",")
    return [_guest_id(str(sid), f"{where}.resources") for sid in sids]


def _priorities(row: Mapping[str, Any], where: str) -> dict[NodeName, int]:
    """Return nodes with priorities out of `pve1:2,pve2`; without one it is 0."""
    priorities: dict[NodeName, int] = {}
    for entry in name_in(row, "nodes", where).split(","):
        name, _, priority = entry.strip().partition(":")
        if not name or not re.fullmatch("[0-9]{0,9}", priority):
            raise InvalidData(f"{where}.nodes", f"found {kind_of(entry)} where Proxmox VE has a node such as pve1:2")
        priorities[NodeName(name)] = int(priority or 0)
    return priorities


def _fails_back(row: Mapping[str, Any], groups: Mapping[str, tuple[_Affinity, bool]]) -> bool:
    """Tell whether HA moves the guest back: the group says so up to 8, the resource itself since 9."""
    if row.get("group") in groups:
        return groups[row["group"]][1]
    return flag_in(row, "failback", _RESOURCES, absent=True)


def _allowed(affinity: _Affinity, available: frozenset[NodeName], *, failback: bool) -> frozenset[NodeName] | None:
    open_now = {name: priority for name, priority in affinity.priorities.items() if name in available}
    if failback and open_now:
        highest = max(open_now.values())
        return frozenset(name for name, priority in open_now.items() if priority == highest)
    return frozenset(affinity.priorities) if affinity.strict else None


def _contradictions(
    answers: Answers, configs: Mapping[GuestId, Mapping[str, Any]], groups: Mapping[str, object]
) -> Iterator[Trouble]:
    """Yield what two of the answers can't both be right about: one of them has lost rows."""
    if answers.ha.unread or not may_read_ha(answers.permissions):
        return
    if not configs and any(row.get("hastate") for row in answers.resources if row.get("vmid") is not None):
        message = f"/cluster/resources has guests under HA and {_RESOURCES} has none; if that lasts, see that HA works"
        yield Trouble(kind="contradiction", subject="cluster", message=message)
    if answers.version >= HA_RULES:
        return
    named = {str(row["group"]) for row in configs.values() if row.get("group")}
    for group in sorted(named - groups.keys()):
        message = (
            f"{_RESOURCES} names the HA group {group!r} and {_GROUPS} has none of that name; correct the resources"
        )
        yield Trouble(kind="contradiction", subject="cluster", message=message)
