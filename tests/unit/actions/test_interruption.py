"""What was begun is seen to and told, whatever is pressed; before and between, whoever waits is let go at once."""

import signal

import pytest

from virtualisation_resource_distributor.actions.interruption import interruptible, uninterrupted
from virtualisation_resource_distributor.errors import Interrupted

SIGNALS = pytest.mark.parametrize("pressed", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])


@SIGNALS
def test_what_may_not_be_left_undone_is_done_and_the_next_wait_is_not_begun(pressed: signal.Signals) -> None:
    """The signal waits for the first place where it can be told, however often it is sent."""
    done: list[str] = []

    @uninterrupted()
    def act() -> None:
        signal.raise_signal(pressed)
        signal.raise_signal(pressed)
        done.append("held back")
        with interruptible():
            done.append("waited")

    with pytest.raises(Interrupted, match="before anything was done"):
        act()
    assert done == ["held back"]


@SIGNALS
def test_a_wait_is_ended_at_once_and_what_tells_of_it_is_not(pressed: signal.Signals) -> None:
    """A second signal does not break off the telling."""
    done: list[str] = []
    with uninterrupted():
        try:
            with interruptible():
                signal.raise_signal(pressed)
                done.append("waited on")
        except KeyboardInterrupt:
            signal.raise_signal(pressed)
            done.append("told")
    assert done == ["told"]


def test_an_act_that_nobody_waits_in_any_more_ends_as_if_nothing_was_pressed() -> None:
    """It is done, and that is what is told."""
    with uninterrupted():
        signal.raise_signal(signal.SIGINT)


def test_signals_are_as_they_were_after_an_act_and_the_next_one_begins_anew() -> None:
    """What was pressed in the first one is no more asked of the second."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    with uninterrupted():
        signal.raise_signal(signal.SIGINT)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before
    with uninterrupted(), interruptible():
        pass


def test_what_is_ignored_stays_ignored() -> None:
    """As `nohup` asks for, and a shell for what it runs in the background."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with uninterrupted(), interruptible():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
