"""The check as a monitoring plugin: in which state are the pools?"""

from collections.abc import Callable
from typing import NamedTuple

from ..judge.verdict import Unknown
from ..monitor_exits import CRITICAL, OK, UNKNOWN, State
from ..reports.plugin import perfdata_of, plugin_line, pools_in_words
from ..settings import Settings
from .judging import Judged, judge


class PluginAnswer(NamedTuple):
    """A state and the one line that tells it."""

    state: State
    line: str


def monitor(
    settings: Settings, from_file: str | None, pools: tuple[str, ...], seconds: Callable[[], float]
) -> PluginAnswer:
    """Judge every pool, or these; `seconds` tells how long it took so far. Raises as `judge` does."""
    judged = judge(settings, from_file, pools)
    state = _state_of(judged)
    text = pools_in_words(judged.verdicts, len(judged.troubles), judged.trouble_lines)
    return PluginAnswer(state=state, line=plugin_line(state, text, perfdata_of(judged.verdicts, seconds())))


def _state_of(judged: Judged) -> State:
    """Return the state; what is certainly wrong goes before what is not known, and that is never fine."""
    if judged.alarm:
        return CRITICAL
    if judged.troubles or any(isinstance(verdict, Unknown) for verdict in judged.verdicts):
        return UNKNOWN
    return OK
