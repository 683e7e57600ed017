"""What does an account on a node tell? What `ssh_script.py` prints becomes facts."""

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from ...cluster.names import NodeName
from ...cluster.surroundings import IscsiTarget, ShellFacts, WayFacts

_CLOCK = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,9}))?")
_LINK = re.compile(r"[0-9]+: ([^\s:@]+)[:@]")
_SESSION = re.compile(r"[a-z0-9_]+: \[[0-9]+\] (\S+:[0-9]+),-?[0-9]+ ((?:iqn|eui|naa)\.\S+)(?: \([a-z-]+\))?")
_FINGERPRINT = re.compile(r"(?:SHA256|MD5):[A-Za-z0-9+/=:]+")
_FILES_ALONE = ({"known"}, {"known", "none"})  # neither a command nor an authority
_NO_SESSIONS = "status 21"
_NO_ISCSI = "status missing"


class ShellAnswer(NamedTuple):
    """The text of one node, the time here around its first line, and the other nodes in the order of the arguments."""

    text: str
    asked_at: float
    told_at: float
    others: tuple[NodeName, ...] = ()


def parse_shell(answer: ShellAnswer) -> ShellFacts | None:
    """Return what the node tells; None where its answer breaks off."""
    clock, _, text = answer.text.partition("\n")
    sections, ways = _sections(text)
    if "end" not in sections:
        return None
    account = sections.get("account", [])
    ahead, within = _ahead(clock.strip(), answer)
    server = sections.get("server", [])
    return ShellFacts(
        account=account[0] if account else "",
        uid=int(account[1]) if len(account) > 1 and account[1].isdecimal() else None,
        ahead_seconds=ahead,
        within_seconds=within,
        links=frozenset(match[1] for line in sections.get("links", []) if (match := _LINK.match(line))) or None,
        sessions=parse_sessions(sections.get("sessions", [])),
        initiator=next(iter(sections.get("initiator", [])), None),
        authorized=_fingerprints(sections.get("authorized", [])) if {*server} in _FILES_ALONE else None,
        host_keys=_fingerprints(sections.get("hosts", [])),
        ways={name: _way(lines) for name, lines in zip(answer.others, ways, strict=False)},
    )


def parse_sessions(lines: list[str]) -> frozenset[IscsiTarget] | None:
    """Return the sessions that `iscsiadm -m session` lists, its status in the last line; None where it can't.

    Shape: `tcp: [1] 10.0.0.5:3260,1 iqn.2004-04.com.example:disk1 (non-flash)`. Without any it ends with 21.
    """
    if not lines or lines[-1] not in {"status 0", _NO_SESSIONS, _NO_ISCSI}:
        return None
    found = [_SESSION.fullmatch(line) for line in lines[:-1]]
    if lines[-1] == "status 0" and not all(found):
        return None
    return frozenset(IscsiTarget(portal=one[1], iqn=one[2]) for one in found if one)


def _ahead(clock: str, answer: ShellAnswer) -> tuple[float | None, float]:
    """Return how far the node's clock is ahead, in the middle of what is possible, and half of what is possible."""
    parts = _CLOCK.match(clock)
    if parts is None:
        return None, 0.0
    earliest = float(f"{parts[1]}.{parts[2] or 0}")
    latest = earliest if parts[2] else earliest + 1.0
    least, most = earliest - answer.told_at, latest - answer.asked_at
    return (least + most) / 2, max(0.0, (most - least) / 2)


def _sections(text: str) -> tuple[Mapping[str, list[str]], list[list[str]]]:
    sections: defaultdict[str, list[str]] = defaultdict(list)
    ways: list[list[str]] = []
    here: list[str] = []
    for line in text.splitlines():
        if line.startswith("@to "):
            here = []
            ways.append(here)
        elif line.startswith("@"):
            here = sections[line[1:]]
        else:
            here.append(line.strip())
    return sections, ways


def _way(lines: list[str]) -> WayFacts:
    told: defaultdict[str, list[str]] = defaultdict(list)
    for line in lines:
        what, _, rest = line.partition(" ")
        told[what].append(rest)
    return WayFacts(
        user=next(iter(told["user"]), ""),
        keys=_fingerprints(told["key"]),
        known=_fingerprints(told["known"]),
        trusts_authority="authority" in told,
    )


def _fingerprints(lines: list[str]) -> frozenset[str]:
    return frozenset(match[0] for line in lines if (match := _FINGERPRINT.search(line)))
