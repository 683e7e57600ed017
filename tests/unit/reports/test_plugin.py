"""Whatever the cluster and its names, `monitor` answers with one line that monitoring systems can read."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import plugin_line as reader
from tests import strategies

from virtualisation_resource_distributor.cluster import Cluster
from virtualisation_resource_distributor.judge.findings import findings_of, troubles_of
from virtualisation_resource_distributor.judge.spread import judge_pools
from virtualisation_resource_distributor.monitor_exits import State, is_monitor
from virtualisation_resource_distributor.reports.lines import trouble_lines
from virtualisation_resource_distributor.reports.plugin import perfdata_of, plugin_line, pools_in_words

KINDS = ("migrate", "blocked", "unknown", "spread", "empty", "excluded")
STATES: tuple[State, ...] = (0, 2, 3)


@settings(max_examples=50, deadline=None)
@given(strategies.clusters(), st.data(), st.floats(0, 3600), st.sampled_from(STATES))
def test_every_answer_is_one_line_of_the_grammar(
    cluster: Cluster, data: st.DataObject, seconds: float, state: State
) -> None:
    """Its performance data counts the pools of each verdict, and their sum is all pools."""
    verdicts = judge_pools(cluster, data.draw(strategies.excluded_of(cluster)))
    findings = findings_of(cluster, verdicts)
    troubles = troubles_of(findings)
    text = pools_in_words(verdicts, len(troubles), trouble_lines(cluster, findings))
    said = reader.read(plugin_line(state, text, perfdata_of(verdicts, seconds)))
    assert said.state == state
    assert list(said.values) == [*KINDS, "time"]
    counts = Counter[str](verdict.kind for verdict in verdicts)
    for kind in KINDS:
        assert said.values[kind] == (
            counts[kind],
            "",
            "",
            "0" if kind in {"migrate", "blocked"} else "",
            "0",
            str(len(verdicts)),
        )
    assert said.values["time"].unit == "s"
    assert abs(said.values["time"].value - seconds) <= 0.001
    assert ("trouble" in said.text.split(";")[0]) == bool(troubles)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=2000))
def test_any_words_are_told_in_one_line(words: str) -> None:
    """Of an error too, where nothing is counted."""
    assert reader.read(plugin_line(3, f"x{words}")).values == {}


def test_a_bar_and_a_line_break_are_escaped_and_not_left_out() -> None:
    """Names that differ stay different."""
    assert plugin_line(3, "a|b\nc\u2028d") == "VRD UNKNOWN - a\\x7cb\\nc\\u2028d\n"


def test_a_long_text_is_cut_and_the_performance_data_is_not() -> None:
    """A character is not cut into halves."""
    for text in ("x" * 5000, "é" * 5000, "a" + "é" * 5000, "😀" * 5000):
        line = plugin_line(2, text, "'migrate'=1;;0;0;1")
        assert line.endswith("…|'migrate'=1;;0;0;1\n")
        assert reader.read(line).values["migrate"].value == 1


@pytest.mark.parametrize(
    "output",
    [
        "VRD OK - a\nb\n",
        "VRD OK - a",
        "VRD FINE - a\n",
        "VRD OK - a|\n",
        "VRD OK - a|b\n",
        "VRD OK - a|'b'=1 \n",
        "VRD OK - a|'b'=1, 'c'=2\n",
        "VRD OK - a|'b'=1 'b'=2\n",
        "VRD OK - a|'b'=1x\n",
        "VRD OK - a|'b'=1;2;3;4;5;6\n",
        "VRD OK - a|'b'=1|'c'=2\n",
        "VRD OK - a|'it's'=1\n",
    ],
)
def test_the_reader_refuses_what_is_not_in_the_grammar(output: str) -> None:
    """Else the tests above could not fail."""
    with pytest.raises(ValueError):  # noqa: PT011
        reader.read(output)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("monitor", True),
        ("monitor --from x", True),
        ("--version monitor", True),
        ("--bogus monitor", True),
        ("-- monitor", True),
        ("run --from monitor", False),
        ("run monitor", False),
        ("--monitor", False),
        ("", False),
    ],
)
def test_a_call_of_monitor_is_one_whatever_else_is_wrong_with_it(arguments: str, *, expected: bool) -> None:
    """The first word that is no option is the command."""
    assert is_monitor(arguments.split()) == expected
