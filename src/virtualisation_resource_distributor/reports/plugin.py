"""The answer of `monitor`: one line, as monitoring plugins write it.

Text for people, `|`, then performance data for graphs: `'label'=value[UOM];warn;crit;min;max`, separated by spaces.
Source: the development guidelines of monitoring-plugins.org.
"""

from collections import Counter

from ..cluster.names import listed
from ..judge.verdict import Unknown, Verdict
from ..monitor_exits import CRITICAL, OK, UNKNOWN, State
from .lines import alarm_lines
from .text import printable

_WORD: dict[State, str] = {OK: "OK", CRITICAL: "CRITICAL", UNKNOWN: "UNKNOWN"}
_IN_WORDS = {
    "migrate": "to migrate",
    "blocked": "blocked",
    "unknown": "unknown",
    "spread": "spread",
    "empty": "empty",
    "excluded": "excluded",
}
_ALARMS = ("migrate", "blocked")

# NRPE carries 1,024 bytes of a line, and what is cut off there would be the performance data.
_MOST_BYTES = 700


def plugin_line(state: State, text: str, perfdata: str = "") -> str:
    """Return the line, its end included; what the text may not hold is escaped, and one too long is cut."""
    shown = _cut(printable(f"VRD {_WORD[state]} - {text}").replace("|", r"\x7c"))
    return f"{shown}|{perfdata}\n" if perfdata else f"{shown}\n"


def pools_in_words(verdicts: tuple[Verdict, ...], troubles: int, trouble_lines: tuple[str, ...]) -> str:
    """Return how many pools have which verdict, and how many troubles there are; then all of it one by one."""
    counts = Counter[str](verdict.kind for verdict in verdicts)
    told = ", ".join(f"{counts[kind]} {word}" for kind, word in _IN_WORDS.items() if counts[kind])
    head = f"{_number(len(verdicts), 'pool')}: {told}" if verdicts else "no pools"
    parts = [f"{head}, {_number(troubles, 'trouble')}" if troubles else head, *alarm_lines(verdicts).splitlines()]
    if unknown := [verdict.pool for verdict in verdicts if isinstance(verdict, Unknown)]:
        parts.append(f"Nothing can be said of {listed(unknown)}")
    return "; ".join([*parts, *trouble_lines])


def perfdata_of(verdicts: tuple[Verdict, ...], seconds: float) -> str:
    """Return the number of pools of each verdict, zeros too so that graphs have no gaps, and the time it took."""
    counts = Counter[str](verdict.kind for verdict in verdicts)
    critical = dict.fromkeys(_ALARMS, "0")
    values = [f"'{kind}'={counts[kind]};;{critical.get(kind, '')};0;{len(verdicts)}" for kind in _IN_WORDS]
    return " ".join([*values, f"'time'={seconds:.3f}s;;;0"])


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"


def _cut(text: str) -> str:
    encoded = text.encode()
    if len(encoded) <= _MOST_BYTES:
        return text
    return encoded[:_MOST_BYTES].decode(errors="ignore") + "…"
