"""What an act has begun stays out of reach of a terminal's keys, and ends with the act's own status."""

import os
import signal
import subprocess
import sys
import time

import pytest
from tests.databases import ROOT

_ACT = """
import signal, subprocess, sys, time
from virtualisation_resource_distributor.actions.interruption import interruptible, uninterrupted
from virtualisation_resource_distributor.cli.apart import wait_for_act

if (status := wait_for_act()) is not None:
    sys.exit(status)
tool = subprocess.Popen(["sleep", "60"])
print("goes on", flush=True)
time.sleep(0.3)
with uninterrupted():
    try:
        with interruptible():
            time.sleep(60)
    except KeyboardInterrupt:
        print("interrupted", tool.poll(), flush=True)
tool.kill()
sys.exit(130)
"""


def _begin(script: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        start_new_session=True,
        text=True,
    )


def test_ctrl_c_reaches_the_act_and_not_what_the_act_has_begun() -> None:
    """As it is pressed: all that runs in the foreground gets it. Where it comes too early, it waits for the act."""
    with _begin(_ACT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "goes on\n"
        os.killpg(process.pid, signal.SIGINT)
        assert process.stdout.readline() == "interrupted None\n"
        assert process.wait(10) == 130


@pytest.mark.parametrize(("end", "status"), [("sys.exit(78)", 78), ("os.kill(os.getpid(), 9)", 137)])
def test_its_status_is_that_of_the_act(end: str, status: int) -> None:
    """A signal that ended it is told as shells do."""
    head = _ACT.partition("tool =")[0]
    with _begin(f"import os\n{head}{end}") as process:
        assert process.wait(10) == status


def test_what_is_pressed_after_the_act_takes_nothing_of_what_it_tells() -> None:
    """It is done, and the status is its own."""
    head = _ACT.partition("tool =")[0]
    act = "with uninterrupted():\n    pass\nprint('done', flush=True)\ntime.sleep(0.5)\nsys.exit(7)"
    with _begin(f"{head}{act}") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "done\n"
        for pressed in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.killpg(process.pid, pressed)
        assert process.wait(10) == 7


def test_what_is_ignored_is_ignored_by_both() -> None:
    """As `nohup` asks for."""
    head = _ACT.partition("tool =")[0]
    ignoring = f"import signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n{head}print('on', flush=True)\n"
    with _begin(f"{ignoring}time.sleep(0.5)\nsys.exit(7)") as process:
        assert process.stdout is not None
        process.stdout.readline()
        os.killpg(process.pid, signal.SIGHUP)
        time.sleep(0.1)
        assert process.wait(10) == 7
