"""Ask Proxmox VE for all that a placement takes: at most six GETs beside the login, all on the host that answers."""

from typing import NamedTuple

from ...errors import InvalidData, SourceUnavailable
from ...settings import ProxmoxSettings
from .answers import (
    HA_RULES,
    MAINTENANCE_IN_RESOURCES,
    Answers,
    HaAnswers,
    Rows,
    Version,
    permissions_of,
    rows_of,
    version_of,
)
from .privileges import may_read_ha
from .session import Credentials, HostSession, HostUnavailable

GROUPS_ARE_RULES = 500


class Fetched(NamedTuple):
    """The answers of one host, the session with it, and a sentence for each host that was passed over."""

    answers: Answers
    session: HostSession
    passed_over: tuple[str, ...] = ()


def fetch(settings: ProxmoxSettings, credentials: Credentials) -> Fetched:
    """Return the answers of the first host that gives all of them, and a sentence for each host that did not.

    Where every host that answers fails to tell of HA, the first of them is taken, and its answers say so.
    Raises SourceUnavailable where no host answers, or a certificate is wrong; SourceForbidden at a 401 or 403;
    InvalidData where an answer is not Proxmox VE's. After these no other host is asked.
    """
    passed_over: dict[str, str] = {}
    without_ha: dict[str, Fetched] = {}
    for host in settings.hosts:
        try:
            session = HostSession(host, settings, credentials)
            fetched = Fetched(_fetch_from(session), session)
        except HostUnavailable as error:
            passed_over[host] = f"{host}: {error}"
            continue
        if not fetched.answers.ha.unread:
            return fetched._replace(passed_over=tuple(passed_over.values()))
        passed_over[host] = f"{host}: {fetched.answers.ha.unread}"
        without_ha[host] = fetched
    for host, fetched in without_ha.items():
        del passed_over[host]
        return fetched._replace(passed_over=tuple(passed_over.values()))
    faults = "; ".join(passed_over.values())
    raise SourceUnavailable(f"Proxmox VE could not be read: {faults}; PROXMOX_HOST says which hosts are asked")


def _fetch_from(session: HostSession) -> Answers:
    version = version_of(session.get("/version"))
    permissions = permissions_of(session.get("/access/permissions"))
    resources = _rows(session, "/cluster/resources")
    ha = _fetch_ha(session, version) if may_read_ha(permissions) else HaAnswers()
    return Answers(version=version, permissions=permissions, resources=resources, ha=ha)


def _fetch_ha(session: HostSession, version: Version) -> HaAnswers:
    """Ask all that there is to know of HA; only before 8.3 a verdict rests on it, for the nodes in maintenance.

    Raises HostUnavailable where the host has lost the cluster: what it says of other nodes may be long over.
    """
    ha = HaAnswers()
    try:
        ha = ha._replace(status=_status(session))
    except (HostUnavailable, InvalidData) as error:
        if version < MAINTENANCE_IN_RESOURCES:
            raise
        return HaAnswers(unread=str(error))
    if any(row.get("type") == "quorum" and row.get("quorate") in (0, "0") for row in ha.status):
        raise HostUnavailable("has no quorum: it is cut off from the cluster, and what it knows of it is old")
    try:
        ha = ha._replace(resources=_rows(session, "/cluster/ha/resources"))
        ha = ha._replace(groups=_groups(session, version, ha.resources))
        return ha._replace(rules=_rows(session, "/cluster/ha/rules") if version >= HA_RULES and not ha.groups else [])
    except (HostUnavailable, InvalidData) as error:
        return HaAnswers(status=ha.status, unread=str(error))


def _status(session: HostSession) -> Rows:
    path = "/cluster/ha/status/current"
    rows = _rows(session, path)
    if not any(row.get("type") == "quorum" for row in rows):
        raise HostUnavailable(f"answered without a word of quorum to GET {path}")
    return rows


def _groups(session: HostSession, version: Version, ha_resources: Rows) -> Rows:
    path = "/cluster/ha/groups"
    if version < HA_RULES:
        return _rows(session, path)
    if not any(row.get("group") for row in ha_resources):
        return []
    try:
        # While a cluster is being upgraded to 9, groups hold until all nodes are on 9; then they have become rules.
        return _rows(session, path)
    except HostUnavailable as error:
        if error.status == GROUPS_ARE_RULES:
            return []
        raise


def _rows(session: HostSession, path: str) -> Rows:
    return rows_of(session.get(path), path)
