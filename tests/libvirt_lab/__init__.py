"""A real libvirt cluster of four nodes on this machine: node1 and node2 in zone a, node3 and node4 in zone b.

Each node is a set of namespaces with a libvirtd, an sshd and QEMU of its own; see lab.sh. The program under test runs
on `ctl`, the machine that reaches all of them by name.
"""

import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import pytest
from tests.databases import program_environment
from tests.live import Ran, assert_clear

SCRIPT = Path(__file__).with_name("lab.sh")
ZONES = {"a": ("node1", "node2"), "b": ("node3", "node4")}
_NEEDED = ("libvirtd", "virsh", "qemu-system-x86_64", "ip", "nsenter", "unshare", "ssh-keygen", "sshd")
_SECONDS = 60
SECONDS = 2
"""The time-out that the program is given, unless a test gives another."""
_PROGRAM = (sys.executable, "-m", "virtualisation_resource_distributor")


_SETTINGS = {
    "SOURCE": "libvirt",
    "LIBVIRT_URI": "qemu+tcp://{node}/system",
    "LIBVIRT_TIMEOUT": str(SECONDS),
}


class Lab:
    """A lab that is up."""

    def __init__(self, state: Path) -> None:
        self.state = state

    def do(self, *arguments: str) -> str:
        """Do one command of lab.sh and return what it prints; raises RuntimeError where it fails."""
        done = subprocess.run(
            [SCRIPT, "--state-dir", self.state, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=_SECONDS,
        )
        if done.returncode:
            raise RuntimeError(f"lab.sh {' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def virsh(self, node: int, *arguments: str) -> str:
        """Do one virsh command from ctl, on a node, and return what it prints."""
        return self.do("exec", "ctl", "virsh", "-q", "-c", f"qemu+tcp://node{node}/system", *arguments)

    def migrate(self, name: str, from_node: int, to_node: int, *options: str) -> None:
        """Migrate a guest live, as an operator would by hand."""
        self.virsh(from_node, "migrate", "--live", *options, name, f"qemu+tcp://node{to_node}/system")

    def start_migration(self, name: str, from_node: int, to_node: int) -> "subprocess.Popen[bytes]":
        """Begin to migrate a guest, so slowly that it takes about a second."""
        slowly = ("migrate", "--live", "--bandwidth", "1", name, f"qemu+tcp://node{to_node}/system")
        return self.start("virsh", "-q", "-c", f"qemu+tcp://node{from_node}/system", *slowly)

    def start(self, *command: str) -> "subprocess.Popen[bytes]":
        """Start a command on ctl, and don't wait for it."""
        return subprocess.Popen(
            [SCRIPT, "--state-dir", self.state, "exec", "ctl", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def run(self, database: Path, *arguments: str, **settings: str) -> Ran:
        """Run the program on ctl, over tcp unless the settings say otherwise."""
        return self._run(database, [*_PROGRAM, *(arguments or ("run",))], settings)

    def shell(self, database: Path, line: str, **settings: str) -> Ran:
        """Run a line of shell on ctl, in which `vrd` is the program."""
        return self._run(database, ["sh", "-c", f'vrd() {{ {shlex.join(_PROGRAM)} "$@"; }}\n{line}'], settings)

    def interrupt(
        self,
        database: Path,
        when: float | Callable[[], bool],
        *arguments: str,
        pressed: signal.Signals = signal.SIGINT,
        again: bool = False,
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> Ran:
        """Run the program on ctl, and press Ctrl-C after so many seconds, or as soon as `when` is true.

        Once, or again and again until it has ended. All that runs in the foreground gets it, as from a terminal.
        """
        began = time.monotonic()
        command = [str(SCRIPT), "--state-dir", str(self.state), "exec", "ctl", *_PROGRAM, *arguments]
        with subprocess.Popen(
            command,
            env=program_environment(database) | _SETTINGS | dict(settings),
            cwd=database.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        ) as process:
            _wait(when, process)
            os.killpg(process.pid, pressed)
            while again and process.poll() is None:
                time.sleep(0.001)
                process.send_signal(pressed)
            stdout, stderr = process.communicate(timeout=_SECONDS)
        took = time.monotonic() - began
        return Ran(status=process.returncode, stdout=stdout, stderr=stderr, seconds=took)

    def _run(self, database: Path, command: list[str], settings: dict[str, str]) -> Ran:
        asked = _SETTINGS | settings
        began = time.monotonic()
        done = subprocess.run(
            [SCRIPT, "--state-dir", self.state, "exec", "ctl", *command],
            env=program_environment(database) | asked,
            cwd=database.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=_SECONDS,
        )
        return Ran(status=done.returncode, stdout=done.stdout, stderr=done.stderr, seconds=time.monotonic() - began)


def _wait(when: float | Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    if not callable(when):
        time.sleep(when)
        return
    while not when() and process.poll() is None:
        time.sleep(0.1)


@contextmanager
def lab() -> Iterator[Lab]:
    """Start the lab, and end it with all that runs in it; skip where this machine can't, but never under CI."""
    if reason := _why_not():
        if os.environ.get("CI"):
            raise RuntimeError(reason)
        pytest.skip(reason)
    # Sockets lie in it, and their paths may have 107 letters at most.
    with tempfile.TemporaryDirectory(prefix="vrd-", dir="/run") as folder:
        Path(folder).chmod(0o755)  # sshd reads authorized_keys as the user who logs in
        here = Lab(Path(folder) / "lab")
        try:
            here.do("up", "4")
            yield here
        finally:
            here.do("down")


def _why_not() -> str | None:
    """Return why there can be no lab here; None where there can."""
    if os.geteuid() != 0:
        return "NOT TESTED on real libvirt daemons: that takes root"
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    if missing := [name for name in _NEEDED if shutil.which(name, path=path) is None]:
        return f"NOT TESTED on real libvirt daemons: {', '.join(missing)} are missing; scripts/install-lab brings them"
    unshared = subprocess.run(["unshare", "-m", "-u", "-n", "-p", "-f", "true"], capture_output=True, check=False)
    if unshared.returncode:
        return f"NOT TESTED on real libvirt daemons: no namespaces here: {unshared.stderr.decode().strip()}"
    return None


def two_apart(nodes: Lab) -> None:
    """Start the two members of pool dns in different zones."""
    nodes.do("guest", "dns0", "1")
    nodes.do("guest", "dns1", "3")


def after(seconds: float, do: Callable[[], object]) -> None:
    """Do something a moment later."""
    time.sleep(seconds)
    do()


def is_silent(ran: Ran) -> bool:
    """Tell whether a call found nothing to say."""
    assert_clear(ran)
    return (ran.status, ran.stdout, ran.stderr) == (0, "", "")


def assert_told(ran: Ran, status: int, *parts: str) -> None:
    """Assert status and words of a call that found trouble and no alarm, all in one line."""
    assert_clear(ran)
    assert (ran.status, ran.stdout) == (status, ""), ran
    assert len(ran.lines) == 1, ran.lines
    for part in parts:
        assert part in ran.lines[0]


def heavy_guest(nodes: Lab, name: str, node: int) -> None:
    """Start a guest that has so much in its memory that to move it takes 16 seconds."""
    nodes.do("guest", name, str(node))
    xml = nodes.virsh(node, "dumpxml", "--inactive", name)
    nodes.virsh(node, "destroy", name)
    filling = nodes.state / "shared" / "filling"
    filling.write_bytes(random.Random(0).randbytes(16 * 2**20))
    options = f"<qemu:arg value='-device'/><qemu:arg value='loader,file={filling},addr=0x1000000,force-raw=on'/>"
    heavy = nodes.state / "heavy.xml"
    heavy.write_text(
        xml.replace("<domain ", "<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0' ", 1).replace(
            "</domain>", f"<qemu:commandline>{options}</qemu:commandline></domain>"
        ),
        encoding="utf-8",
    )
    nodes.virsh(node, "create", str(heavy))
    nodes.virsh(node, "migrate-setspeed", name, "1")
