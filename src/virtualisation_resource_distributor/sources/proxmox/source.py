"""The placement that a Proxmox VE cluster tells."""

from collections.abc import Sequence
from datetime import UTC, datetime

from ...cluster.cluster import Guest
from ...cluster.holds import LookedUp
from ...cluster.moment import written
from ...cluster.names import NodeName
from ...cluster.placement import Placement
from ...cluster.trouble import Remark, Trouble, TroubleKind
from ...errors import InvalidData
from ...settings import ProxmoxSettings, Settings
from ..secrets import read_secret
from .answers import MAINTENANCE_IN_RESOURCES, Answers, HaAnswers
from .fetch import Fetched, fetch
from .ha import NO_HA, HighAvailability, parse_ha, parse_maintenance
from .parse import parse_guests, parse_nodes, parse_pools
from .privileges import less_to_know, missing_privileges, remark_of, trouble_of
from .session import Credentials


class ProxmoxSource:
    """A Proxmox VE cluster, by the hosts of its API; what is looked up is asked of the host that was read."""

    def __init__(self, settings: ProxmoxSettings, credentials: Credentials) -> None:
        """Ask nothing yet."""
        self._settings = settings
        self._credentials = credentials
        self._fetched: Fetched | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> "ProxmoxSource":
        """Return the source that the settings name, its secret read from its file."""
        secret = read_secret(settings, settings.proxmox.secret_name)
        return cls(settings=settings.proxmox, credentials=Credentials(secret=secret))

    def read(self) -> Placement:
        """Ask the first host that answers, and return what it says and what it may not say.

        Raises as `fetch` does.
        """
        taken_at = written(datetime.now(UTC))
        try:
            self._fetched = fetch(self._settings, self._credentials)
            return parse_placement(self._fetched.answers, self._settings, self._fetched.passed_over, taken_at)
        except InvalidData as error:
            raise InvalidData(f"Proxmox VE: {error.where}", error.problem) from error

    def look_up(self, guests: Sequence[Guest]) -> LookedUp:
        """Ask for the configurations of these guests, some at once, and return what ties them to their nodes.

        What can't be read is a trouble or a remark. Raises RuntimeError where nothing was read before.
        """
        from .look_up import look_up
        from .pins import parse_holds

        if self._fetched is None:
            raise RuntimeError("guests are looked up on the host that was read, and none was")
        answers, session, _ = self._fetched
        told = look_up(session, guests, self._settings.timeout_seconds)
        return parse_holds({guest.id: guest for guest in guests}, told, answers, self._settings)


def parse_placement(
    answers: Answers, settings: ProxmoxSettings, passed_over: Sequence[str], taken_at: str
) -> Placement:
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
