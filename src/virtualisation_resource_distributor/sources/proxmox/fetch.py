"""Ask Proxmox VE for all that a placement takes: at most six GETs beside the login, all on the host that answers."""

from ...errors import SourceUnavailable
from ...settings import ProxmoxSettings
from .answers import HA_RULES, MAINTENANCE_IN_RESOURCES, Answers, Rows, Version, permissions_of, rows_of, version_of
from .privileges import may_read_ha
from .session import Credentials, HostSession, HostUnavailable

GROUPS_ARE_RULES = 500


def fetch(settings: ProxmoxSettings, credentials: Credentials) -> tuple[Answers, list[str]]:
    """Return the answers of the first host that gives all of them, and a sentence for each host that did not.

    Raises SourceUnavailable where no host does, or a certificate is wrong; SourceForbidden at a 401 or 403;
    InvalidData where an answer is not Proxmox VE's. After these no other host is asked.
    """
    passed_over: list[str] = []
    for host in settings.hosts:
        try:
            return _fetch_from(HostSession(host, settings, credentials)), passed_over
        except HostUnavailable as error:
            passed_over.append(f"{host}: {error}")
    raise SourceUnavailable(f"Proxmox VE could not be read: {'; '.join(passed_over)}")


def _fetch_from(session: HostSession) -> Answers:
    version = version_of(session.get("/version"))
    permissions = permissions_of(session.get("/access/permissions"))

    def rows(path: str, *, wanted: bool = True) -> Rows:
        return rows_of(session.get(path), path) if wanted else []

    resources = rows("/cluster/resources")
    ha_allowed = may_read_ha(permissions)
    ha_resources = rows("/cluster/ha/resources", wanted=ha_allowed)
    return Answers(
        version=version,
        permissions=permissions,
        resources=resources,
        ha_resources=ha_resources,
        ha_groups=_groups(session, version, ha_resources) if ha_allowed else [],
        ha_rules=rows("/cluster/ha/rules", wanted=ha_allowed and version >= HA_RULES),
        ha_status=_ha_status(session) if ha_allowed and version < MAINTENANCE_IN_RESOURCES else [],
    )


def _groups(session: HostSession, version: Version, ha_resources: Rows) -> Rows:
    path = "/cluster/ha/groups"
    if version < HA_RULES:
        return rows_of(session.get(path), path)
    if not any(row.get("group") for row in ha_resources):
        return []
    try:
        # While a cluster is being upgraded to 9, groups hold until all nodes are on 9; then they have become rules.
        return rows_of(session.get(path), path)
    except HostUnavailable as error:
        if error.status == GROUPS_ARE_RULES:
            return []
        raise


def _ha_status(session: HostSession) -> Rows:
    path = "/cluster/ha/status/current"
    rows = rows_of(session.get(path), path)
    if not rows:
        raise HostUnavailable(f"answered GET {path} without a row, where at least the quorum is told")
    return rows
