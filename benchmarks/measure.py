"""Run a command and say what it cost: CPU seconds and peak memory, as the kernel counts them."""

import os
import subprocess
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one process cost; `status` is its exit status."""

    cpu_seconds: float
    peak_bytes: int
    status: int


def cost_of(command: list[str], environment: dict[str, str]) -> Cost:
    """Run a command to its end, its output thrown away, and return what it cost."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(
        cpu_seconds=usage.ru_utime + usage.ru_stime, peak_bytes=usage.ru_maxrss * 1024, status=process.returncode
    )
