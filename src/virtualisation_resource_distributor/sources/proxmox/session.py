"""Ask one host of a Proxmox VE cluster: every request within its time-out, every fault in one clear sentence.

The only importer of proxmoxer and requests.
"""

import os
import socket
import ssl
from collections.abc import Callable, Iterator
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from typing import Any, NamedTuple, TypeVar

import orjson
import requests
from proxmoxer.backends.https import JsonSerializer, ProxmoxHTTPApiTokenAuth, ProxmoxHTTPAuthBase, ProxmoxHttpSession
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3.exceptions import LocationParseError

from ...errors import FileMissing, SourceForbidden, SourceUnavailable
from ...settings import ProxmoxSettings
from ..side_by_side import within

_T = TypeVar("_T")


# What a token is refused for, by Proxmox VE's AccessControl.pm.
_REASONS_OF_401 = {
    "no such user": "there is no such user",
    "no such token": "the user has no such token",
    "invalid token value": "its secret is another",
    "disabled": "the user is disabled",
    "expired": "it has expired",
}


class HostUnavailable(Exception):
    """One host gave no whole answer, and another one may; `status` is the HTTP status where it gave one."""

    def __init__(self, sentence: str, *, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status


class Credentials(NamedTuple):
    """How to log in: a token's secret where the settings name a token, else a password. It never shows its secret."""

    secret: str

    def __repr__(self) -> str:
        return "Credentials(secret=…)"


class _Ticket(ProxmoxHTTPAuthBase):  # type: ignore[misc]
    """Carry the ticket of one login; the run is over long before it ends."""

    def __init__(self, ticket: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        self._ticket = ticket

    def get_cookies(self) -> RequestsCookieJar:
        cookies = RequestsCookieJar()
        if self._ticket:
            cookies.set("PVEAuthCookie", self._ticket)
        return cookies


class _PinnedAdapter(HTTPAdapter):
    """Accept the one certificate of this fingerprint, whoever signed it."""

    def __init__(self, fingerprint: str) -> None:
        self._fingerprint = fingerprint
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options, assert_fingerprint=self._fingerprint)


class HostSession:
    """A session with one host, logged in unless there are no credentials."""

    def __init__(self, host: str, settings: ProxmoxSettings, credentials: Credentials | None) -> None:
        """Log in.

        Raises HostUnavailable, and SourceForbidden and SourceUnavailable where no other host would differ.
        """
        self._host = host
        self._settings = settings
        self._url = f"https://{with_port(host)}/api2/json"
        self._session = ProxmoxHttpSession()
        self._session.max_redirects = 0
        self._session.headers["accept"] = JsonSerializer().get_accept_types()
        if settings.fingerprint:
            self._session.mount("https://", _PinnedAdapter(settings.fingerprint))
        options: dict[str, Any] = {"timeout": settings.timeout_seconds, "verify_ssl": self._verify()}
        self._session.auth = _Ticket(**options)
        if credentials is not None and settings.token_name:
            self._session.auth = ProxmoxHTTPApiTokenAuth(
                settings.user, settings.token_name, credentials.secret, **options
            )
        elif credentials is not None:
            self._session.auth = _Ticket(self._log_in(credentials), **options)

    def get(self, path: str) -> Any:
        """Return the `data` of one GET; raises as `__init__` does."""
        return self._ask("GET", path)

    def knock(self) -> tuple[str | None, Any]:
        """Return the time of an answer (its header Date) and the realms, which everybody may see before the login.

        Source: `GET /access/domains`, asked for by the login page. Raises as `__init__` does.
        """
        what = "GET /access/domains"
        response = self._respond(what, lambda: self._session.request("GET", f"{self._url}/access/domains"))
        if response.status_code >= 400:
            raise HostUnavailable(f"answered {response.status_code} to {what}: {response.reason}")
        return response.headers.get("Date"), _data_of(response.content, what)

    def _verify(self) -> bool | str:
        if self._settings.fingerprint:
            return False
        if self._settings.ca_file is None or not self._settings.verify_ssl:
            return self._settings.verify_ssl
        if not os.path.isfile(self._settings.ca_file):  # noqa: PTH113 -- Path's raises where a path is too long
            mend = "copy /etc/pve/pve-root-ca.pem of a node there, or correct PROXMOX_CA_FILE"
            raise FileMissing(f"PROXMOX_CA_FILE {self._settings.ca_file} is not there; {mend}")
        return str(self._settings.ca_file)

    def _log_in(self, credentials: Credentials) -> str:
        form = {"username": self._settings.user, "password": credentials.secret}
        data = self._ask("POST", "/access/ticket", form)
        if isinstance(data, dict) and data.get("NeedTFA"):
            raise SourceForbidden(
                f"{self._host}: {self._settings.user} needs a second factor, which a check can't give; "
                "use an API token (PROXMOX_TOKEN_NAME)"
            )
        ticket = data.get("ticket") if isinstance(data, dict) else None
        if not isinstance(ticket, str) or not ticket:
            raise HostUnavailable("answered without a ticket to POST /access/ticket")
        return ticket

    def _ask(self, method: str, path: str, form: dict[str, str] | None = None) -> Any:
        """Return the `data` that is answered within the time-out, and give every fault its words.

        The session is asked, and not proxmoxer's resource, which writes the whole body into a log line that nobody
        reads, and gives what is no JSON as if it were an answer.
        """
        what = f"{method} {path}"
        response = self._respond(what, lambda: self._session.request(method, f"{self._url}{path}", data=form))
        if response.status_code >= 400:
            raise self._refused(response.status_code, str(response.reason), what)
        return _data_of(response.content, what)

    def _respond(self, what: str, ask: Callable[[], requests.Response]) -> requests.Response:
        try:
            # A time-out of a socket knows no answer that drips slowly.
            return within(self._settings.timeout_seconds, ask)
        except (TimeoutError, requests.Timeout):
            raise HostUnavailable(f"no whole answer to {what} within {self._settings.timeout_seconds:g} s") from None
        except requests.TooManyRedirects:
            raise HostUnavailable(f"sends {what} elsewhere (a redirect), which Proxmox VE never does") from None
        except UnicodeEncodeError:
            # The error holds the whole text, secret and all.
            raise SourceForbidden(
                f"{self._host}: user or secret have a character that can't be sent to Proxmox VE; check "
                "PROXMOX_USERNAME, PROXMOX_REALM and the secret file"
            ) from None
        except (requests.RequestException, LocationParseError, HTTPException, OSError) as error:
            if certificate := _certificate_fault(error):
                raise SourceUnavailable(f"{self._host}: {certificate}") from None
            raise HostUnavailable(f"{_why(error)} ({what})") from None

    def _refused(self, status: int, reason: str, what: str) -> Exception:
        user = self._settings.account
        match status:
            case 401 if what.startswith("POST"):
                return SourceForbidden(
                    f"{self._host}: the login of {user} was refused (401); check PROXMOX_USERNAME, PROXMOX_REALM "
                    "and the secret file proxmox_password"
                )
            case 401 if self._settings.token_name:
                return SourceForbidden(
                    f"{self._host}: the token {user} was refused at {what} (401{_why_401(reason)}); check "
                    "PROXMOX_USERNAME, PROXMOX_REALM, PROXMOX_TOKEN_NAME and the secret file proxmox_token"
                )
            case 401:
                return SourceForbidden(
                    f"{self._host}: the ticket of {user} was not accepted at {what} (401); run this again"
                )
            case 403:
                return SourceForbidden(f"{self._host}: {user} may not {what} (403): {reason}")
            case 595:
                return HostUnavailable(f"could not reach the node that answers {what} (595)")
            case _:
                return HostUnavailable(f"answered {status} to {what}: {reason}", status=status)


def _why_401(reason: str) -> str:
    """Return what Proxmox VE gave as the reason, in words of ours: its own repeat what was sent."""
    return next((f": {ours}" for theirs, ours in _REASONS_OF_401.items() if theirs in reason), "")


def with_port(host: str) -> str:
    """Return a host of the settings with its port, an IPv6 address in brackets."""
    if host.startswith("["):
        return host if "]:" in host else f"{host}:8006"
    if host.count(":") > 1:
        return f"[{host}]:8006"
    return host if ":" in host else f"{host}:8006"


def _data_of(body: bytes, what: str) -> Any:
    try:
        answer = orjson.loads(body)
    except ValueError:
        raise HostUnavailable(f"{_not_json(body)} to {what}") from None
    if not isinstance(answer, dict) or "data" not in answer:
        raise HostUnavailable(f"answered with JSON that is not Proxmox VE's to {what}")
    return answer["data"]


def _not_json(body: bytes) -> str:
    if not body.strip():
        return "answered with nothing"
    return "answered with HTML" if body.lstrip()[:1] == b"<" else "answered with JSON that is cut or no JSON at all"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and what lies under it; requests and urllib3 wrap by argument, not only by cause."""
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        inner = (*current.args, getattr(current, "reason", None), current.__cause__, current.__context__)
        waiting.extend(cause for cause in inner if isinstance(cause, BaseException))


def _certificate_fault(error: BaseException) -> str | None:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                f"its certificate is not trusted ({cause.verify_message}); for the cluster's own certificate set "
                "PROXMOX_CA_FILE to /etc/pve/pve-root-ca.pem of a node, or PROXMOX_FINGERPRINT"
            )
        if "ingerprints did not match" in str(cause):
            return "its certificate is not the one of PROXMOX_FINGERPRINT; if it was renewed, set the new fingerprint"
    return None


def _why(error: BaseException) -> str:
    causes = list(_causes(error))
    sentences = [sentence for cause in causes if (sentence := _sentence(cause))]
    return sentences[-1] if sentences else f"its answer can't be read: {type(causes[-1]).__name__}"


def _sentence(cause: BaseException) -> str | None:
    match cause:
        case socket.gaierror():
            return f"its name does not resolve: {cause.strerror}"
        case LocationParseError():
            return "this can't be the address of a host"
        case ssl.SSLError(reason="NO_CERTIFICATE_OR_CRL_FOUND"):
            return "no TLS connection: PROXMOX_CA_FILE has no certificate in it"
        case ssl.SSLError():
            return f"no TLS connection: {cause.reason or cause.strerror or 'the connection was closed'}"
        case IncompleteRead():
            return "its answer was cut off"
        case RemoteDisconnected():
            return "closed the connection without an answer"
        case OSError() if cause.strerror:
            return f"can't be reached: {cause.strerror}"
        case _:
            return None
