"""Libvirt daemons of the library's test driver: each node is a process of its own, and no QEMU runs."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SECONDS = 30
_OWN_FOLDERS = ("/run/libvirt", "/var/lib/libvirt", "/var/cache/libvirt", "/var/log/libvirt")
_START = " && ".join(
    ["mount --make-rprivate /", *(f"mkdir -p {at} && mount -t tmpfs none {at}" for at in _OWN_FOLDERS)]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """A daemon that runs, the folder of its socket, and its process."""

    folder: Path
    process: "subprocess.Popen[bytes]"

    def uri(self, node: Path) -> str:
        """Return the URI of a node out of a file, as this daemon reads it."""
        return f"test+unix://{node.absolute()}?socket={self.folder}/libvirt-sock"

    def hang(self) -> None:
        """Let it take connections and answer none."""
        self.process.send_signal(signal.SIGSTOP)


@contextmanager
def daemons(folder: Path, names: list[str]) -> Iterator[Mapping[str, Daemon]]:
    """Start a daemon for each name, and end them all; needs root, and libvirtd."""
    libvirtd = shutil.which("libvirtd", path=f"{os.environ.get('PATH', os.defpath)}{os.pathsep}/usr/sbin")
    if libvirtd is None:
        raise RuntimeError("libvirtd is missing; scripts/install-lab brings it")
    started = {name: _start(folder / name, libvirtd) for name in names}
    try:
        deadline = time.monotonic() + _SECONDS
        while missing := [name for name, one in started.items() if not (one.folder / "libvirt-sock").exists()]:
            if time.monotonic() > deadline:
                raise RuntimeError(
                    f"libvirtd did not start for {missing[0]}: {(folder / missing[0] / 'log').read_text()}"
                )
            time.sleep(0.05)
        yield started
    finally:
        for one in started.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(one.process.pid, signal.SIGKILL)
            one.process.wait()


def _start(folder: Path, libvirtd: str) -> Daemon:
    folder.mkdir()
    conf = folder / "conf"
    conf.write_text(f'unix_sock_dir = "{folder}"\nauth_unix_ro = "none"\nauth_unix_rw = "none"\n', encoding="utf-8")
    script = f'{_START} && exec "$0" -f "$1/conf" -p "$1/pid"'
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["unshare", "-m", "sh", "-c", script, libvirtd, folder],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    return Daemon(folder=folder, process=process)
