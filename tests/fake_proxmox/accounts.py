"""Who is asking, by ticket or token."""

import base64
import re
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote

from .acl import rights_of
from .ha import NOW
from .rows import RefusedError, Row
from .state import FakeCluster

SECTIONS = {"vms": "VM.", "storage": "Datastore.", "nodes": "Sys.", "access": "User.", "sdn": "SDN.", "dc": "Sys."}


class Accounts:
    """The tickets that were handed out, and which of them still count."""

    def __init__(self) -> None:
        self._tickets: dict[str, str] = {}
        self._tokens_expired = False

    def expire(self) -> None:
        """Make all tickets handed out so far, and all tokens, as invalid as expired ones."""
        self._tickets.clear()
        self._tokens_expired = True

    def renew_tokens(self) -> None:
        """Make the tokens valid again; tickets have to be asked for."""
        self._tokens_expired = False

    def login(self, cluster: FakeCluster, form: str) -> Row:
        """Return a new ticket for what `POST /access/ticket` was given; a valid ticket serves as the password.

        Raises RefusedError with status 401.
        """
        given = dict(parse_qsl(form, keep_blank_values=True))
        user = given.get("username", "")
        if "realm" in given and "@" not in user:
            user = f"{user}@{given['realm']}"
        password = given.get("password", "")
        known = any((each.name, each.password) == (user, password) for each in cluster.users)
        if not known and self._tickets.get(password) != user:
            raise RefusedError(401, "authentication failure")
        stamp = f"{NOW:08X}"
        ticket = f"PVE:{user}:{stamp}::{base64.b64encode(secrets.token_bytes(64)).decode()}"
        self._tickets[ticket] = user
        token = f"{stamp}:{base64.b64encode(secrets.token_bytes(32)).decode()}"
        return {"ticket": ticket, "CSRFPreventionToken": token, "username": user, "cap": _cap(cluster, user)}

    def who(self, cluster: FakeCluster, headers: Mapping[str, str]) -> str:
        """Return the user or token of a request.

        Raises RefusedError with status 401.
        """
        cookie = re.search(r"(?:^|[;\s])PVEAuthCookie=([^;]+)", headers.get("Cookie", ""))
        if cookie is not None:
            return self._of_ticket(cluster, unquote(cookie.group(1).strip(' "')))
        token = re.fullmatch(r"PVEAPIToken=(([^!=]+)!([^=]+))=(.*)", headers.get("Authorization", ""))
        if token is None:
            raise RefusedError(401, "No ticket")
        return self._of_token(cluster, token.group(1), token.group(4))

    def _of_ticket(self, cluster: FakeCluster, ticket: str) -> str:
        user = self._tickets.get(ticket)
        if user is None or all(each.name != user for each in cluster.users):
            raise RefusedError(401, "permission denied - invalid PVE ticket")
        return user

    def _of_token(self, cluster: FakeCluster, name: str, secret: str) -> str:
        user, _, short = name.partition("!")
        if user != "root@pam" and all(each.name != user for each in cluster.users):
            raise RefusedError(401, f"no such user ('{user}')")
        token = next((each for each in cluster.tokens if each.name == name), None)
        if token is None:
            raise RefusedError(401, f"no such token '{short}' for user '{user}'")
        if self._tokens_expired:
            raise RefusedError(401, "token expired")
        if token.secret != secret:
            raise RefusedError(401, "invalid token value!")
        return name


def _cap(cluster: FakeCluster, user: str) -> dict[str, dict[str, int]]:
    """Return what the web interface is told of the user's privileges, section by section."""
    held = {privilege for privileges in rights_of(cluster, user).effective().values() for privilege in privileges}
    return {
        section: dict.fromkeys(sorted(name for name in held if name.startswith(prefix)), 1)
        for section, prefix in SECTIONS.items()
    }
