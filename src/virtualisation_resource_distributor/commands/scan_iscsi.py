"""Tell which iSCSI targets nodes must be logged in to and are not, with the commands that mend it; only reads."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

from ..cluster.names import NodeName
from ..cluster.trouble import Trouble
from ..exits import status_of
from ..judge.inventory.logins import Login, Logins, logins_of
from ..reports.logins import Done, logins_document, logins_text
from ..settings import Settings
from .outcome import Outcome
from .seeing import see_nodes

if TYPE_CHECKING:
    from ..sources.libvirt.over_ssh import SshPlace


class Sessions(NamedTuple):
    """What is to be done about the sessions of all nodes, and where to do it."""

    logins: Logins
    places: Mapping[NodeName, "SshPlace"]
    lines: tuple[str, ...] = ()
    troubles: tuple[Trouble, ...] = ()


def scan_iscsi(settings: Settings, format_: Literal["text", "json"], now: datetime) -> Outcome:
    """Tell what is to be done; a login that is missing is an alarm. Raises as `see_nodes` does."""
    return tell(see_sessions(settings, now), format_)


def see_sessions(settings: Settings, now: datetime) -> Sessions:
    """Return what is to be done. Raises as `see_nodes` does."""
    sight = see_nodes(settings, "scan-iscsi", now)
    logins = logins_of(sight.seen)
    unasked = sight.seen.surroundings.unasked
    unknown = tuple(
        Trouble("unreadable", f"node {name}", f"its iSCSI sessions are not known: {unasked.get(name, _NOT_TOLD)}")
        for name in logins.unknown
    )
    lines = tuple(f"partial-view: {trouble.subject}: {trouble.message}" for trouble in unknown)
    return Sessions(logins, sight.places, (*sight.lines, *lines), (*sight.troubles, *unknown))


def tell(sessions: Sessions, format_: Literal["text", "json"], done: Sequence[Done] | None = None) -> Outcome:
    """Return the answer; `done` is what became of the logins where they were tried."""
    logins = sessions.logins
    left = any(one.problem for one in done) if done is not None else bool(logins.missing)
    alarm = left or bool(logins.refused)
    commands = {login: lines_for(sessions.places[login.node], login) for login in logins.missing}
    if format_ == "json":
        text = logins_document(logins, commands, done, status_of(alarm=alarm, troubles=sessions.troubles))
    else:
        text = logins_text(logins, commands, done)
    return Outcome(text=text, lines=sessions.lines, alarm=alarm, troubles=sessions.troubles)


def words_for(login: Login) -> tuple[tuple[str, ...], ...]:
    """Return the commands for a shell on the node, one after the other: find the target, then log in."""
    portal, iqn = login.target.portal, login.target.iqn
    return (
        ("iscsiadm", "-m", "discovery", "-t", "sendtargets", "-p", portal),
        ("iscsiadm", "-m", "node", "-T", iqn, "-p", portal, "--login"),
    )


def lines_for(place: "SshPlace", login: Login) -> tuple[str, ...]:
    """Return the same as lines that people put into a shell here."""
    return tuple(place.in_shell(*words) for words in words_for(login))


_NOT_TOLD = "iscsiadm does not tell them to that account"
