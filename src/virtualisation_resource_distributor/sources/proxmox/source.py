"""The placement that a Proxmox VE cluster tells."""

from datetime import UTC, datetime
from typing import NamedTuple

from ...cluster.names import NodeName
from ...cluster.placement import Placement
from ...cluster.trouble import Remark, Trouble, TroubleKind
from ...errors import InvalidData
from ...settings import ProxmoxSettings, Settings
from ..secrets import read_secret
from .answers import MAINTENANCE_IN_RESOURCES, Answers, HaAnswers
from .fetch import fetch
from .ha import NO_HA, HighAvailability, parse_ha, parse_maintenance
from .parse import parse_guests, parse_nodes, parse_pools
from .privileges import less_to_know, missing_privileges, remark_of, trouble_of
from .session import Credentials


class ProxmoxSource(NamedTuple):
    """A Proxmox VE cluster, by the hosts of its API."""

    settings: ProxmoxSettings
    credentials: Credentials

    @classmethod
    def from_settings(cls, settings: Settings) -> "ProxmoxSource":
        """Return the source that the settings name, its secret read from its file."""
        secret = read_secret(settings, settings.proxmox.secret_name)
        return cls(settings=settings.proxmox, credentials=Credentials(secret=secret))

    def read(self) -> Placement:
        """Ask the first host that answers, and return what it says and what it may not say.

        Raises as `fetch` does.
        """
        taken_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        try:
            answers, passed_over = fetch(self.settings, self.credentials)
            return parse_placement(answers, self.settings, passed_over, taken_at)
        except InvalidData as error:
            raise InvalidData(f"Proxmox VE: {error.where}", error.problem) from error


def parse_placement(answers: Answers, settings: ProxmoxSettings, passed_over: list[str], taken_at: str) -> Placement:
    """Return the placement that these answers tell; the settings serve to word what mends a missing privilege."""
    try:
        in_maintenance = parse_maintenance(answers)
    except InvalidData as error:
        if answers.version < MAINTENANCE_IN_RESOURCES:
            raise
        answers, in_maintenance = answers._replace(ha=HaAnswers(unread=str(error))), frozenset()
    nodes, unread = parse_nodes(answers.resources, in_maintenance)
    available = frozenset(node.name for node in nodes if node.status == "online" and not node.maintenance)
    ha = _parse_ha(answers, available)
    guests = parse_guests(answers.resources, ha)
    pools = parse_pools(answers.resources)
    seen = frozenset(guest.id for guest in guests)
    missing = missing_privileges(answers.permissions, answers.version, pools, seen)
    unseen = less_to_know(answers.permissions, answers.version)
    return Placement(
        source="proxmox",
        taken_at=taken_at,
        nodes=nodes,
        guests=guests,
        pools=pools,
        rules=ha.rules,
        unread_nodes=unread,
        troubles=(*ha.troubles, *(trouble_of(one, settings) for one in missing)),
        remarks=(
            *(remark_of(code, one, settings) for code, one in unseen),
            *(Remark(code="host-passed-over", subject="cluster", message=sentence) for sentence in passed_over),
        ),
    )


def _parse_ha(answers: Answers, available: frozenset[NodeName]) -> HighAvailability:
    """Return what HA says; where that can't be read, say so and go on: it decides no more than what may be moved."""
    unread = "HA's rules could not be read, so a move that is counted on may be forbidden"
    if answers.ha.unread:
        return NO_HA._replace(troubles=(_trouble("unreadable", f"{unread}: {answers.ha.unread}"),))
    try:
        return parse_ha(answers, available)
    except InvalidData as error:
        return NO_HA._replace(troubles=(_trouble("contradiction", f"{unread}: {error}"),))


def _trouble(kind: TroubleKind, message: str) -> Trouble:
    return Trouble(kind=kind, subject="cluster", message=message)
