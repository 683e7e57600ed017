"""Ask over ssh what libvirt can't tell: clocks, keys, iSCSI sessions; the only place of the sources that runs ssh.

One fixed script is read by a shell on the node. It holds nothing that changes anything, and what differs from node to
node, the names of the others, comes as arguments of a strict form.
"""

import contextlib
import re
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from functools import partial
from shlex import quote
from typing import IO, NamedTuple
from urllib.parse import parse_qs, unquote

from ...cluster.names import NodeName
from ..side_by_side import side_by_side
from .shell_answers import ShellAnswer
from .ssh_script import SCRIPT

_URI = re.compile(
    r"[a-z]+\+ssh://(?:(?P<user>[^@/]*)@)?(?P<host>\[[0-9a-fA-F:.]+\]|[^/:@\[\]]*)(?::(?P<port>[0-9]+))?/[^?]*(?:\?(?P<query>.*))?"
)
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*|[0-9a-fA-F:][0-9a-fA-F:.]*", re.ASCII)
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*", re.ASCII)
_PORT = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)
_MOST_BYTES = 4_000_000
_MOST_LETTERS = 200
_NOBODY = "-"
_PRINTS = "the login shell of that account prints text before it does what it is told"
_KILLED_EARLIER_SECONDS = 0.1


class SshPlace(NamedTuple):
    """Where ssh is to go, as a node's URI says; every part is of a form that no shell and no ssh takes for more."""

    host: str
    user: str | None = None
    port: str | None = None
    keyfile: str | None = None

    def command(self, timeout_seconds: float, *words: str) -> list[str]:
        """Return the arguments that run these words there, without a question and without a terminal."""
        seconds = max(1, int(timeout_seconds))
        options = ["-o", "BatchMode=yes", "-o", f"ConnectTimeout={seconds}", "-o", "ClearAllForwardings=yes", "-T"]
        if self.user is not None:
            options += ["-l", self.user]
        if self.port is not None:
            options += ["-p", self.port]
        if self.keyfile is not None:
            options += ["-i", self.keyfile]
        return ["ssh", *options, "--", self.host, " ".join(map(quote, words))]

    def in_shell(self, *words: str) -> str:
        """Return the same as a line that people put into a shell, which takes off one layer of quotes itself."""
        user = f"{self.user}@" if self.user is not None else ""
        options = [*(("-p", self.port) if self.port else ()), *(("-i", self.keyfile) if self.keyfile else ())]
        return " ".join(
            ["ssh", *map(quote, options), quote(f"{user}{self.host}"), *(quote(quote(one)) for one in words)]
        )


def place_of(uri: str) -> SshPlace | None:
    """Return where ssh goes for a node's URI; None for one that is reached by other means, or names no host."""
    parts = _URI.fullmatch(uri.partition("#")[0])
    if parts is None:
        return None
    user, host, port = unquote(parts["user"] or "") or None, unquote(parts["host"]).strip("[]"), parts["port"]
    if not _HOST.fullmatch(host) or (user and not _USER.fullmatch(user)) or (port and not _PORT.fullmatch(port)):
        return None
    keyfile = parse_qs(parts["query"] or "").get("keyfile", [None])[0]
    return SshPlace(host=host, user=user, port=port, keyfile=keyfile)


class SshSilent(Exception):
    """A node gives no answer over ssh; the message says why, and goes on after the node's name."""


def ask_over_ssh(
    places: Mapping[NodeName, SshPlace], timeout_seconds: float
) -> dict[NodeName, ShellAnswer | SshSilent]:
    """Return what each node tells, all asked at once; what has not ended at the time-out is killed."""
    others = {name: {other: there for other, there in places.items() if other != name} for name in places}
    calls = {name: partial(_ask, place, others[name], timeout_seconds) for name, place in places.items()}
    answers = side_by_side(calls, deadline=time.monotonic() + timeout_seconds)
    told: dict[NodeName, ShellAnswer | SshSilent] = {}
    for name in places:
        match answers.get(name):
            case ShellAnswer() | SshSilent() as answer:
                told[name] = answer
            case Exception() as error:
                raise error
            case _:
                told[name] = SshSilent(_too_late(timeout_seconds))
    return told


def _ask(place: SshPlace, others: Mapping[NodeName, SshPlace], timeout_seconds: float) -> ShellAnswer:
    words = [word for there in others.values() for word in (there.host, there.port or _NOBODY, there.user or _NOBODY)]
    command = place.command(timeout_seconds, "sh", "-s", "--", *words)
    try:
        process = subprocess.Popen(  # noqa: S603 -- as above
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    except OSError as error:
        raise SshSilent(f"ssh can't be run: {error.strerror}; install openssh-client") from error
    killer = threading.Timer(max(0.0, timeout_seconds - _KILLED_EARLIER_SECONDS), process.kill)
    killer.daemon = True
    killer.start()
    try:
        answer = _talk(process, tuple(others))
    except SshSilent:
        if killer.is_alive():
            raise
        answer = None
    finally:
        is_in_time = killer.is_alive()
        killer.cancel()
        process.kill()
        process.wait()
    if answer is None or not is_in_time:
        raise SshSilent(_too_late(timeout_seconds))
    return answer


def _talk(process: "subprocess.Popen[bytes]", others: tuple[NodeName, ...]) -> ShellAnswer:
    """Say hello first: the clock is read between that answer and the next one, however long it took to connect."""
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise SshSilent("ssh has no pipes")
    with _closing(process.stdin) as to_node, process.stdout as from_node, process.stderr as complaints:
        with contextlib.suppress(OSError):
            to_node.write(b"echo @hello\n")
            to_node.flush()
        hello = from_node.readline(_MOST_LETTERS)
        asked_at = time.time()
        if hello.strip() != b"@hello":
            process.kill()
            raise SshSilent(_PRINTS if hello else _complaint(complaints.read(_MOST_BYTES)))
        with contextlib.suppress(OSError):
            to_node.write(SCRIPT.encode())
            to_node.close()
        first = from_node.readline(_MOST_LETTERS)
        told_at = time.time()
        rest = from_node.read(_MOST_BYTES)
    text = (first + rest).decode("utf-8", "replace")
    return ShellAnswer(text=text, asked_at=asked_at, told_at=told_at, others=others)


@contextlib.contextmanager
def _closing(pipe: IO[bytes]) -> Iterator[IO[bytes]]:
    """Close a pipe in the end, though what is left in it finds nobody who reads it."""
    try:
        yield pipe
    finally:
        with contextlib.suppress(OSError):
            pipe.close()


def _too_late(timeout_seconds: float) -> str:
    return f"ssh gave no whole answer within {timeout_seconds:g} s"


def _complaint(complaints: bytes) -> str:
    lines = [" ".join(line.split()) for line in complaints.decode("utf-8", "replace").splitlines() if line.strip()]
    said = "".join(char if char.isprintable() else " " for char in lines[-1])[:_MOST_LETTERS] if lines else "no answer"
    return f"ssh says: {said}"
