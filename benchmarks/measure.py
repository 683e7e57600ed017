"""Run a command and say what it cost: CPU seconds and peak memory, as the kernel counts them.

The command is started by a small process of its own, this file run by itself: a process that is started counts the
memory of the one that started it as its own peak.
"""

import json
import os
import subprocess
import sys
from typing import NamedTuple


class Cost(NamedTuple):
    """What one process cost; `status` is its exit status."""

    cpu_seconds: float
    peak_bytes: int
    status: int


def cost_of(command: list[str], environment: dict[str, str]) -> Cost:
    """Run a command to its end, its output thrown away, and return what it cost."""
    starter = [sys.executable, "-S", "-E", __file__, *command]
    answer = subprocess.run(starter, env=environment, stdout=subprocess.PIPE, check=True)
    return Cost(*json.loads(answer.stdout))


def _start(command: list[str]) -> None:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    print(json.dumps((usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, os.waitstatus_to_exitcode(status))))


if __name__ == "__main__":
    _start(sys.argv[1:])
