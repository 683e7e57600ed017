"""End what libvirt started to reach nodes over ssh.

Where packets vanish, ssh goes on trying for two minutes, after the program has ended too; a check that runs every five
minutes would leave one behind each time.
"""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def ended_ssh() -> Iterator[None]:
    """End every ssh that the block began as a child of this process: all that was to be read is read, or will not be.

    Those from before stay: an act goes on over them.
    """
    before = children()
    try:
        yield
    finally:
        end_ssh(before)


def end_ssh(spared: frozenset[str]) -> None:
    """End every ssh that is a child of this process, but for these."""
    for process in children() - spared:
        with contextlib.suppress(OSError):
            if (Path("/proc") / process / "comm").read_text("utf-8").strip() == "ssh":
                os.kill(int(process), signal.SIGTERM)


def children() -> frozenset[str]:
    """Return the process ids of this process's children; none where the kernel doesn't tell them (other than Linux)."""
    return frozenset(_children())


def _children() -> Iterator[str]:
    for file in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            yield from file.read_text("ascii").split()
