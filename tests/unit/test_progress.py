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

    def write(self, text: str) -> int:
        if self.is_gone:
            raise OSError(errno.EIO, "Input/output error")
        return super().write(text)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> _Terminal:
    """Put a terminal where lines go."""
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    return terminal


def test_a_terminal_that_is_gone_before_the_act_tells_of_it_ends_nothing(terminal: _Terminal) -> None:
    """What is told is told to nobody."""
    with telling("looking") as tell:
        assert "looking" in terminal.getvalue()
        terminal.is_gone = True
        tell("moving")


def test_a_terminal_that_is_gone_before_the_spinner_stops_ends_nothing(terminal: _Terminal) -> None:
    """Which comes when something takes longer."""
    with progress("looking"):
        time.sleep(1.0)
        assert "looking" in terminal.getvalue()
        terminal.is_gone = True


def test_what_is_done_quickly_shows_no_spinner(terminal: _Terminal) -> None:
    """A blink is no wait."""
    with progress("looking"):
        pass
    assert terminal.getvalue() == ""
