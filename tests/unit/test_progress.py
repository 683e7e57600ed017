"""A spinner is for whoever looks; where nobody can any more, the answer goes on without it."""

import errno
import io
import sys
import time

import pytest

from virtualisation_resource_distributor.cli.progress import progress, telling


class _Terminal(io.StringIO):
    """A terminal that can be closed, as the kernel does it: what is written then is an error."""

    is_gone = False

    def isatty(self) -> bool:
        return True

    def wait_for(self, text: str) -> None:
        """Wait until it shows this; raises TimeoutError."""
        deadline = time.monotonic() + 10
        while text not in self.getvalue():
            if time.monotonic() > deadline:
                raise TimeoutError(self.getvalue())
            time.sleep(0.02)

    def write(self, text: str) -> int:
        if self.is_gone:
            raise OSError(errno.EIO, "Input/output error")
        return super().write(text)


def _terminal(monkeypatch: pytest.MonkeyPatch) -> _Terminal:
    """Put a terminal where lines go; not in a fixture, since pytest puts its own there before the test."""
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    return terminal


def test_a_terminal_that_is_gone_before_the_act_tells_of_it_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told is told to nobody."""
    terminal = _terminal(monkeypatch)
    with telling("looking") as tell:
        terminal.wait_for("looking")
        terminal.is_gone = True
        tell("moving")


def test_a_terminal_that_is_gone_before_the_spinner_stops_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which comes when something takes longer."""
    terminal = _terminal(monkeypatch)
    with progress("looking"):
        terminal.wait_for("looking")
        terminal.is_gone = True


def test_what_is_done_quickly_shows_no_spinner(monkeypatch: pytest.MonkeyPatch) -> None:
    """A blink is no wait."""
    terminal = _terminal(monkeypatch)
    with progress("looking"):
        pass
    assert terminal.getvalue() == ""
