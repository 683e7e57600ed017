"""The answer of `run --verbose` on a terminal."""

import re

from tests.by_hand import guest
from tests.unit.reports.test_lines import ONE_OF_EACH, judged

from virtualisation_resource_distributor.judge.findings import findings_of
from virtualisation_resource_distributor.reports.tables import pool_table

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def _lines(width: int) -> list[str]:
    verdicts = judged(ONE_OF_EACH)
    return _COLOURS.sub("", pool_table(ONE_OF_EACH, verdicts, findings_of(ONE_OF_EACH, verdicts), width)).splitlines()


def test_where_members_run_is_told_of_pools_that_are_not_as_they_should_be() -> None:
    """And of no others."""
    lines = _lines(120)
    start = lines.index("migrate:")
    assert lines[start + 1 : start + 3] == ["  3 (3) on a in ams", "  4 (4) on a in ams"]
    assert "blocked:" in lines
    assert "  7 (7) on lost in no zone" in lines
    assert "spread:" not in lines
    assert guest("1", "a").id not in {line.split()[0] for line in lines if line.startswith("  ")}


def test_a_finding_is_one_line_however_narrow_the_terminal_is() -> None:
    """So that what is in it can be copied."""
    (finding, *_) = [line for line in _lines(40) if line.startswith("error: ")]
    assert len(finding) > 60
    assert finding in _lines(200)
