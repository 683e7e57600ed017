"""What can be found out about a Proxmox VE API and the credentials for it? Only GETs beside the login, as in a run."""

import socket
import ssl
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from ...cluster.facts import AccessFacts, HostFacts, WriteFacts
from ...cluster.moment import written
from ...errors import SourceForbidden, SourceUnavailable
from ...settings import ProxmoxSettings
from ..side_by_side import side_by_side
from .answers import Rows
from .certificate import examine_certificate
from .fetch import fetch
from .held import privileges_of
from .session import Credentials, HostSession, HostUnavailable, with_port
from .source import parse_placement
from .writes import facts_of, writes_in

# A knock, two handshakes for the certificate, and a look-up of the name, each within the time-out.
_LOOKS = 4
_HALF_A_SECOND = 0.5


def examine_hosts(settings: ProxmoxSettings, ca_fault: str) -> tuple[HostFacts, ...]:
    """Return what is to be found out about each host without logging in; they are looked at side by side.

    Where there is a fault in the file of authorities, none is trusted.
    """
    deadline = time.monotonic() + _LOOKS * settings.timeout_seconds
    looks = {host: partial(_examine_host, host, settings, ca_fault) for host in settings.hosts}
    answers = side_by_side(looks, deadline=deadline)
    return tuple(_host_facts(host, answers.get(host)) for host in dict.fromkeys(settings.hosts))


def examine_ca_file(settings: ProxmoxSettings) -> str:
    """Say what is wrong with the file of authorities, where it is looked at; nothing where it is fine."""
    if settings.ca_file is None or settings.fingerprint or not settings.verify_ssl:
        return ""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=settings.ca_file)
    except ssl.SSLError:
        return "has no certificate in it"
    except (OSError, ValueError) as error:
        return f"can't be read: {getattr(error, 'strerror', None) or error}"
    return ""


def examine_access(settings: ProxmoxSettings, secret: str, hosts: Sequence[str]) -> AccessFacts:
    """Log in to the first of these hosts that gives all answers, and return what the account may do and see.

    Raises SourceUnavailable, SourceForbidden and InvalidData, as a run does.
    """
    credentials = Credentials(secret=secret)
    taken_at = written(datetime.now(UTC))
    answers, _, passed_over = fetch(settings._replace(hosts=tuple(hosts)), credentials)
    placement = parse_placement(answers, settings, (), taken_at)
    seen = frozenset(guest.id for guest in placement.guests)
    left_out = {sentence.partition(": ")[0] for sentence in passed_over}
    believed = [host for host in hosts if host not in left_out] or hosts
    return AccessFacts(
        account=settings.account,
        version=".".join(map(str, answers.version)),
        privileges=privileges_of(answers, placement.pools, seen, settings),
        writes=_examine_writes(believed, settings, credentials),
        placement=placement,
        passed_over=passed_over,
    )


def _host_facts(host: str, answer: object) -> HostFacts:
    match answer:
        case HostFacts():
            return answer
        case Exception():
            raise answer
        case _:
            return HostFacts(host=host, reach="unreachable", message="gave no answer in time")


def _examine_host(host: str, settings: ProxmoxSettings, ca_fault: str) -> HostFacts:
    if ca_fault:
        return _untrusted(host, settings, ca_fault)
    began = time.time()
    try:
        date, realms = HostSession(host, settings, credentials=None).knock()
    except HostUnavailable as error:
        return _not_reached(host, str(error))
    except SourceUnavailable as error:
        return _untrusted(host, settings, str(error).removeprefix(f"{host}: ").partition("; ")[0])
    ended = time.time()
    told = _seconds_of(date)
    return HostFacts(
        host=host,
        reach="answers",
        certificate=examine_certificate(host, settings.timeout_seconds),
        realms=_realms_in(realms),
        # The answer was written some time between the two, and its time has no fractions.
        ahead_seconds=None if told is None else told + _HALF_A_SECOND - (began + ended) / 2,
        within_seconds=_HALF_A_SECOND + (ended - began) / 2,
    )


def _not_reached(host: str, problem: str) -> HostFacts:
    return HostFacts(host=host, reach="unreachable" if _resolves(host) else "unnamed", message=problem)


def _untrusted(host: str, settings: ProxmoxSettings, problem: str) -> HostFacts:
    certificate = examine_certificate(host, settings.timeout_seconds)
    if certificate is None:
        return _not_reached(host, "shows no certificate")
    return HostFacts(host=host, reach="untrusted", message=problem, certificate=certificate)


def _realms_in(answer: Any) -> frozenset[str]:
    rows = answer if isinstance(answer, list) else ()
    return frozenset(row["realm"] for row in rows if isinstance(row, dict) and isinstance(row.get("realm"), str))


def _resolves(host: str) -> bool:
    parts = urlsplit(f"//{with_port(host)}")
    try:
        socket.getaddrinfo(parts.hostname, parts.port)
    except (OSError, ValueError):  # a part of it may be too long for a name
        return False
    return True


def _seconds_of(date: str | None) -> float | None:
    try:
        return None if date is None else parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None


def _examine_writes(
    hosts: Sequence[str], settings: ProxmoxSettings, credentials: Credentials
) -> tuple[WriteFacts, ...] | None:
    """Return what could be changed, None where that is not known; only if there is anything, ask what gives it."""
    try:
        session = HostSession(hosts[0], settings, credentials)
        held = writes_in(session.get("/access/permissions"))
        return facts_of(held, _rows(session, "/access/acl"), _rows(session, "/access/roles"), settings) if held else ()
    except (HostUnavailable, SourceUnavailable, SourceForbidden):
        return None


def _rows(session: HostSession, path: str) -> Rows:
    """Return the rows of an answer that only helps to word things; none where it may not be read."""
    try:
        answer = session.get(path)
    except (HostUnavailable, SourceForbidden):
        return ()
    return [row for row in answer if isinstance(row, dict)] if isinstance(answer, list) else ()
