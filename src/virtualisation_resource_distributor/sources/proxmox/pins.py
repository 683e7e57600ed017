"""What do the answers about single guests say of where they may go?"""

from collections.abc import Mapping
from typing import NamedTuple

from ...cluster.cluster import Guest, GuestKind, Pin
from ...cluster.holds import Hold, LookedUp
from ...cluster.names import GuestId, NodeName
from ...cluster.trouble import Remark, Trouble, TroubleKind
from ...settings import ProxmoxSettings
from .answers import Answers
from .config import Config
from .devices import devices_of
from .privileges import held, remark_of, storages_unseen
from .storages import Storages, parse_storages
from .volumes import fault_of, volumes_of

UNREAD = "disks-unread"
_NOT_KNOWN = "so it is not known whether it can be moved live"


class GuestAnswers(NamedTuple):
    """The configuration of a guest, and those of its snapshots by their names."""

    config: Config
    snapshots: Mapping[str, Config]


class Unread(NamedTuple):
    """Why a guest's configuration could not be read."""

    kind: TroubleKind
    message: str


def parse_holds(
    guests: Mapping[GuestId, Guest],
    told: Mapping[GuestId, GuestAnswers | Unread],
    answers: Answers,
    settings: ProxmoxSettings,
) -> LookedUp:
    """Return what holds these guests; the settings serve to word what mends a missing privilege."""
    storages = parse_storages(answers.resources)
    every_node = frozenset(NodeName(str(row.get("node"))) for row in answers.resources if row.get("type") == "node")
    holds: dict[GuestId, Hold] = {}
    troubles: list[Trouble] = []
    unseen: dict[str, GuestId] = {}
    for guest_id, answer in told.items():
        if isinstance(answer, Unread):
            message = f"its configuration can't be read, {_NOT_KNOWN}: {answer.message}"
            troubles.append(Trouble(kind=answer.kind, subject=f"guest {guest_id}", message=message))
            continue
        kind = guests[guest_id].kind
        hold = hold_of(kind, answer, storages)
        if hold.nodes is not None and hold.nodes >= every_node:
            hold = hold._replace(nodes=None)
        if hold != Hold():
            holds[guest_id] = hold
        if hold.pinned is None:
            unseen |= dict.fromkeys(_storages_of(kind, answer) - storages.keys(), guest_id)
    return LookedUp(holds=holds, troubles=tuple(troubles), remarks=_of_unseen(unseen, answers, settings))


def hold_of(kind: GuestKind, answer: GuestAnswers, storages: Storages) -> Hold:
    """Return what ties a guest to its node, a disk before a device, or else the nodes that have all its storages."""
    volumes = [
        *volumes_of(kind, answer.config),
        *(volume for name in sorted(answer.snapshots) for volume in volumes_of(kind, answer.snapshots[name], name)),
    ]
    for fault in (fault_of(volume, storages) for volume in volumes):
        if fault is not None:
            return Hold(pinned=Pin(code="local-disk", message=fault))
    for clause in devices_of(kind, answer.config):
        return Hold(pinned=Pin(code="device", message=clause))
    having = [storages[name].nodes for name in sorted(_storages_of(kind, answer)) if name in storages]
    return Hold(nodes=frozenset.intersection(*having) if having else None)


def _storages_of(kind: GuestKind, answer: GuestAnswers) -> set[str]:
    configs = (answer.config, *answer.snapshots.values())
    return {volume.storage for config in configs for volume in volumes_of(kind, config) if volume.storage is not None}


def _of_unseen(unseen: Mapping[str, GuestId], answers: Answers, settings: ProxmoxSettings) -> tuple[Remark, ...]:
    """Return what there is to remark of storages without a row, each with one of the guests that use it."""
    remarks: set[Remark] = set()
    for name, guest_id in unseen.items():
        if held(answers.permissions, f"/storage/{name}", "Datastore.Audit"):
            message = f"storage '{name}', on which guest {guest_id} has a disk, is on no node's list, {_NOT_KNOWN}"
            remarks.add(Remark(code=UNREAD, subject="cluster", message=message))
        else:
            remarks.add(remark_of(UNREAD, storages_unseen(), settings))
    return tuple(sorted(remarks))
