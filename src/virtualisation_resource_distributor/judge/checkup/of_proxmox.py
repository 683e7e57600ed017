"""Is the API of Proxmox VE reached and trusted, and do the credentials see what they must and no more?"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from difflib import get_close_matches
from shlex import quote
from typing import assert_never

from ...cluster.facts import AccessFacts, CertificateFacts, HostFacts
from ...cluster.names import listed
from ...settings import Given, ProxmoxSettings
from ...settings.table import (
    PROXMOX_CA_FILE,
    PROXMOX_FINGERPRINT,
    PROXMOX_HOST,
    PROXMOX_REALM,
    PROXMOX_TOKEN_NAME,
    PROXMOX_USERNAME,
    PROXMOX_VERIFY_SSL,
    SECRETS_DIRECTORY,
)
from .check import Check, fault, fine, not_checked, problem_and_mend, warning
from .of_files import new_secret
from .of_settings import is_pasted, write

EXPIRES_SOON = timedelta(days=30)
MOST_SKEW_SECONDS = 5.0

_COMPARE = (
    "compare its fingerprint with the node's own, which this tells there: "
    "openssl x509 -noout -fingerprint -sha256 -in /etc/pve/local/pve-ssl.pem"
)
_AUTHORITY = "/etc/pve/pve-root-ca.pem"
_SECRET = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# A right secret is left alone where the account is what is wrong; the words are those of the source.
_MEND_OF_401 = {
    "there is no such user": "set PROXMOX_USERNAME and PROXMOX_REALM to one that a node lists with: pveum user list",
    "the user has no such token": "set PROXMOX_TOKEN_NAME to one that a node lists with: pveum user token list {user}",
    "the user is disabled": "on a node run: pveum user modify {user} --enable 1",
    "it has expired": "on a node look at: pveum user list, and pveum user token list {user}",
}
_RENEW = "pvecm updatecerts --force && systemctl restart pveproxy"


def judge_connection(hosts: tuple[HostFacts, ...], given: Given) -> Iterator[Check]:
    """Yield for each host whether it is reached; one that is not is a fault only where no other is."""
    reached = [host.host for host in hosts if host.reach in {"answers", "untrusted"}]
    wrong = warning if reached else fault
    for host in hosts:
        match host.reach:
            case "answers" | "untrusted":
                yield fine("connection", host.host, "is reached")
            case "unnamed":
                mend = write(given, PROXMOX_HOST, ",".join(reached) or PROXMOX_HOST.example)
                yield wrong("connection", host.host, host.message, mend)
            case "unreachable":
                mend = f"on {_bare(host.host)} run: systemctl restart pveproxy"
                yield wrong("connection", host.host, host.message, mend)
            case _:
                assert_never(host.reach)


def judge_certificates(
    hosts: tuple[HostFacts, ...], ca_fault: str, settings: ProxmoxSettings, given: Given, now: datetime
) -> Iterator[Check]:
    """Yield for each host that is reached whether its certificate is trusted, and for how long."""
    if ca_fault:
        mend = f"run: scp root@{_bare(settings.hosts[0])}:{_AUTHORITY} {quote(str(settings.ca_file))}"
        yield fault("certificate", f"PROXMOX_CA_FILE {settings.ca_file}", ca_fault, mend)
        return
    for host in hosts:
        if host.reach == "untrusted":
            mend = _trust(host, settings, given, now)
            yield fault("certificate", host.host, _untrusted(host, settings, now), mend)
        elif host.reach == "answers":
            yield _trusted(host, settings, given, now)
    if not any(host.reach in {"answers", "untrusted"} for host in hosts):
        yield not_checked("certificate", "no host is reached")


def unknown_realm(hosts: tuple[HostFacts, ...], settings: ProxmoxSettings, given: Given) -> Check | None:
    """Return what is wrong with the realm, which is told before anybody logs in."""
    realms = frozenset().union(*(host.realms for host in hosts))
    if not realms or settings.realm in realms:
        return None
    realm = "such realm" if is_pasted(settings.realm) else f"realm '{settings.realm}'"
    message = f"there is no {realm}; there are {listed(sorted(realms))}"
    near = get_close_matches(settings.realm.lower(), sorted(realms), n=1) or [min(realms, key=_likely)]
    return fault("login", PROXMOX_REALM.name, message, write(given, PROXMOX_REALM, near[0]))


def judge_refusal(error: str, settings: ProxmoxSettings, secret_path: str, given: Given) -> Check:
    """Judge a login that was refused, in the words that the source has for it unless a secret may be in them."""
    bare, rest = re.split("[@!=:]", settings.username, maxsplit=1)[0], settings.username.partition("@")[2]
    if bare and (is_pasted(settings.username) or rest in {settings.realm, "pam", "pve"}):
        message = "the login was refused, and it has more in it than the user's name"
        return fault("login", PROXMOX_USERNAME.name, message, write(given, PROXMOX_USERNAME, bare))
    if _SECRET.fullmatch(settings.token_name):
        message = "the login was refused, and it looks like a token's secret and not like its name"
        return fault("login", PROXMOX_TOKEN_NAME.name, message, write(given, PROXMOX_TOKEN_NAME, "TOKEN"))
    problem, mend = problem_and_mend(error)
    if known := next((mend for reason, mend in _MEND_OF_401.items() if f"(401: {reason})" in problem), None):
        return fault("login", settings.account, problem, known.format(user=quote(settings.user)))
    if "(401" in problem:
        problem = f"{problem}; if user, realm and the token's name are right, the secret is not"
        mend = new_secret(secret_path)
    return fault("login", settings.account, problem, mend)


def judge_access(access: AccessFacts) -> Iterator[Check]:
    """Yield what the account may see path by path, and what it could change."""
    yield fine("login", access.account, f"is let in, by Proxmox VE {access.version}")
    for sentence in access.passed_over:
        yield warning("login", access.account, f"a host was passed over: {sentence}", "see to that host")
    for one in access.privileges:
        subject = f"{one.privilege} on {one.path}"
        if one.held:
            yield fine("privilege", subject, "is held")
        else:
            wrong = fault if one.needed else warning
            yield wrong("privilege", subject, f"is missing, which hides {one.hidden}", f"on a node run: {one.mend}")
    yield from _writes(access)


def judge_clocks(hosts: tuple[HostFacts, ...]) -> Iterator[Check]:
    """Yield for each host that answered how far its clock is from this machine's."""
    answering = [host for host in hosts if host.reach == "answers"]
    for host in answering:
        yield _clock(host)
    if not answering:
        yield not_checked("clock", "no host answers")


def _writes(access: AccessFacts) -> Iterator[Check]:
    if access.writes is None:
        yield not_checked("write-privilege", "the list of privileges could not be read once more")
    elif not access.writes:
        yield fine("write-privilege", access.account, "could change nothing")
    for one in access.writes or ():
        message = f"could change something, which is not needed: {listed(one.privileges)} on {one.path}"
        if " token add " in one.mend:
            message = f"{message}; take a token with rights of its own, by PROXMOX_TOKEN_NAME and its secret"
        yield warning("write-privilege", access.account, message, f"on a node run: {one.mend}")


def _clock(host: HostFacts) -> Check:
    if host.ahead_seconds is None:
        return not_checked("clock", "its answer has no time", host.host)
    if abs(host.ahead_seconds) - host.within_seconds <= MOST_SKEW_SECONDS:
        return fine("clock", host.host, f"agrees with this machine's within {MOST_SKEW_SECONDS:g} s")
    way = "ahead of" if host.ahead_seconds > 0 else "behind"
    message = f"is {abs(host.ahead_seconds):.0f} s {way} this machine's; one of the two is wrong"
    return warning("clock", host.host, message, f"here and on {_bare(host.host)} run: timedatectl set-ntp true")


def _untrusted(host: HostFacts, settings: ProxmoxSettings, now: datetime) -> str:
    certificate = host.certificate
    if certificate is None or _is_expired(certificate, settings, now):
        return host.message
    return f"{host.message}; it is made for {listed(certificate.names) or 'no name'}; {_COMPARE}"


def _trust(host: HostFacts, settings: ProxmoxSettings, given: Given, now: datetime) -> str:
    """Return what makes a certificate trusted: one host by its fingerprint, several by their authority."""
    certificate = host.certificate
    if certificate is not None and _is_expired(certificate, settings, now):
        return f"on {_bare(host.host)} run: {_RENEW}"
    if certificate is not None and (len(settings.hosts) == 1 or settings.fingerprint):
        return write(given, PROXMOX_FINGERPRINT, certificate.fingerprint)
    if settings.ca_file is not None:
        return f"run: scp root@{_bare(host.host)}:{_AUTHORITY} {quote(str(settings.ca_file))}"
    directory = given.value(SECRETS_DIRECTORY)[0].rstrip("/")
    return write(given, PROXMOX_CA_FILE, f"{directory}/pve-root-ca.pem")


def _trusted(host: HostFacts, settings: ProxmoxSettings, given: Given, now: datetime) -> Check:
    certificate = host.certificate
    if settings.fingerprint:
        return fine("certificate", host.host, "is the one of PROXMOX_FINGERPRINT")
    if not settings.verify_ssl:
        message = "is not checked (PROXMOX_VERIFY_SSL), so that anybody between can read the secret"
        if certificate is not None and len(settings.hosts) == 1:
            mend = write(given, PROXMOX_FINGERPRINT, certificate.fingerprint)
            return warning("certificate", host.host, f"{message}; {_COMPARE}", mend)
        return warning("certificate", host.host, message, write(given, PROXMOX_VERIFY_SSL, "True"))
    if certificate is None:
        return fine("certificate", host.host, "is trusted")
    until = f"{certificate.not_after:%Y-%m-%d}"
    if certificate.not_after - now < EXPIRES_SOON:
        message = f"is trusted until {until} only, which is soon"
        return warning("certificate", host.host, message, f"on {_bare(host.host)} run: {_RENEW}")
    return fine("certificate", host.host, f"is trusted, until {until}")


def _is_expired(certificate: CertificateFacts, settings: ProxmoxSettings, now: datetime) -> bool:
    return certificate.not_after < now and not settings.fingerprint


def _likely(realm: str) -> tuple[bool, str]:
    return realm != "pve", realm


def _bare(host: str) -> str:
    """Return a host without its port."""
    return host.partition("]")[0].lstrip("[") if host.startswith("[") or host.count(":") > 1 else host.partition(":")[0]
