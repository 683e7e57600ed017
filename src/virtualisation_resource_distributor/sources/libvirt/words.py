"""What does an error of libvirt's mean to an operator?

Codes tell little: whatever keeps a node from being reached is VIR_ERR_SYSTEM_ERROR, and only the text says what it was.
"""

import re

from ...cluster.names import NodeName, listed
from ...cluster.trouble import TroubleKind
from .answers import NodeFault

_OPERATION_DENIED, _AUTH_FAILED, _AUTH_CANCELLED, _ACCESS_DENIED, _AUTH_UNAVAILABLE = 29, 45, 79, 88, 94
_FORBIDDEN = frozenset({_OPERATION_DENIED, _AUTH_FAILED, _AUTH_CANCELLED, _ACCESS_DENIED, _AUTH_UNAVAILABLE})
_MOST_LETTERS = 200

_NO_LOGIN = "ssh lets this user not in; put the public key of the user that checks into authorized_keys there"
_ADVICE: tuple[tuple[str, TroubleKind, str], ...] = (
    (
        r"Permission denied \(|Too many authentication failures",
        "forbidden",
        _NO_LOGIN,
    ),
    (
        r"Failed to connect socket to .*: Permission denied|authentication unavailable",
        "forbidden",
        "this user may not use libvirt's read-only socket there; see unix_sock_ro_perms in libvirtd.conf, or polkit",
    ),
    (
        r"Host key verification failed|REMOTE HOST IDENTIFICATION",
        "unreadable",
        "ssh does not know its host key; log in once with ssh as the user that checks, and compare the key",
    ),
    (
        r"ssh: connect to host .*Connection refused",
        "unreadable",
        "the machine is up and takes no ssh; look there at: systemctl status ssh",
    ),
    (
        r"virt-ssh-helper|libvirt-sock|virtqemud-sock",
        "unreadable",
        "its libvirt does not run; look there at: systemctl status libvirtd",
    ),
    (r"[Cc]ould not resolve|Unable to resolve|Name or service not known", "unreadable", "its name does not resolve"),
    (r"No route to host|Network is unreachable|Host is down", "unreadable", "it is switched off or cut off"),
    (
        r"Connection refused",
        "unreadable",
        "the machine is up and nothing listens there; look at: systemctl status libvirtd",
    ),
    (r"[Tt]imed out", "unreadable", "it is switched off or cut off, or a firewall drops what is sent to it"),
    (
        r"received from server too (large|small)",
        "unreadable",
        "the login shell of that account prints text; it must print none before the command that it is given",
    ),
    (
        r"cannot execute binary|Cannot find 'ssh'",
        "unreadable",
        "the program ssh is missing here; install openssh-client",
    ),
    (
        r"CA certificate|certificate",
        "unreadable",
        "no trusted TLS connection; see https://libvirt.org/kbase/tlscerts.html",
    ),
    (
        r"connection closed|End of file|Broken pipe|reset by peer|socket is closed",
        "unreadable",
        "the connection broke; look there at: systemctl status libvirtd",
    ),
    (r"parse URI|no connection driver|URI", "unreadable", "that is no URI for libvirt; correct it with set-node --uri"),
)


_TO_WRITE = "this account may only read there; act as one that may write: LIBVIRT_URI=qemu+ssh://root@{node}/system"


def fault_of(code: int, text: str, uri: str, *, writing: bool = False) -> NodeFault:
    """Return an error of the library's as a fault: what libvirt said, and what to do where it was to be read only."""
    kind, advice = next(
        ((kind, advice) for pattern, kind, advice in _ADVICE if re.search(pattern, text)),
        ("unreadable", f"look at: virsh --readonly --connect {shown(uri)} list"),
    )
    if code in _FORBIDDEN:
        kind, advice = "forbidden", "give this user the right to read there; see docs/libvirt.md"
    if writing and kind == "forbidden" and advice != _NO_LOGIN:
        return NodeFault(kind=kind, message=f"can't be opened for writing at {shown(uri)}: {_TO_WRITE}")
    return NodeFault(kind=kind, message=f"can't be read at {shown(uri)}: {one_line(text, uri)}; {advice}")


def no_answer(uri: str, seconds: float) -> NodeFault:
    """Return the fault of a node that said nothing in time."""
    why = "it is cut off, a firewall drops what is sent to it, or its libvirt hangs"
    return NodeFault(kind="unreadable", message=f"no whole answer at {shown(uri)} within {seconds:g} s; {why}")


def same_machine(uri: str, others: list[NodeName]) -> NodeFault:
    """Return the fault of a node whose machine is another node's too, as libvirt tells machines apart."""
    mend = (
        "give each node its own URI with set-node --uri; machines that are two need a host_uuid each in libvirtd.conf"
    )
    message = f"{shown(uri)} leads to the machine of {listed(others)} too (one host UUID), so it is left out; {mend}"
    return NodeFault(kind="contradiction", message=message)


def shown(uri: str) -> str:
    """Return a URI as it may be told: without a password, and without what is added for ssh."""
    scheme, _, rest = uri.partition("://")
    authority, slash, path = rest.partition("/")
    user, at, host = authority.rpartition("@")
    told = f"{scheme}://{user.partition(':')[0]}{at}{host}{slash}{path}"
    return re.sub(r"[?&]no_tty=1(?=$|#)", "", told)


def one_line(text: str, uri: str = "") -> str:
    """Return what was said as one line of text, without the password that ssh takes for a part of the user's name."""
    _, _, password = uri.partition("://")[2].partition("/")[0].rpartition("@")[0].partition(":")
    said = text.replace(f":{password}@", "@") if password else text
    return " ".join("".join(char if char.isprintable() else " " for char in said).split())[:_MOST_LETTERS]
