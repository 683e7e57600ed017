"""A call that is mistyped is refused in one line, which names what was probably meant, and where it is told."""

from pathlib import Path

import pytest
from tests.live import PROGRAM, assert_clear, run

REFUSED = {
    "rnu": f"there is no command 'rnu'; near it: 'run'; see {PROGRAM} --help",
    "lits-pools": (
        f"there is no command 'lits-pools'; near it: 'list-pools', 'delete-pool', 'list-zones'; see {PROGRAM} --help"
    ),
    "snap": f"there is no command 'snap'; near it: 'snapshot'; see {PROGRAM} --help",
    "xyzzy": f"there is no command 'xyzzy'; see {PROGRAM} --help",
    "--verson": f"there is no option '--verson'; near it: '--version'; see {PROGRAM} --help",
    "run --pol dns": f"there is no option '--pol'; near it: '--pool'; see {PROGRAM} run --help",
    "run --xyzzy": f"there is no option '--xyzzy'; see {PROGRAM} run --help",
    "run --pool": f"Option '--pool' requires an argument; see {PROGRAM} run --help",
    "run now": f"Got unexpected extra argument (now); see {PROGRAM} run --help",
    "create-zone --nam x": f"there is no option '--nam'; near it: '--name'; see {PROGRAM} create-zone --help",
    "create-node --name x": f"Missing option '--zone-name'; see {PROGRAM} create-node --help",
    "run --format xml": f"Invalid value for '--format': 'xml' is not one of 'text', 'json'; see {PROGRAM} run --help",
}


@pytest.mark.parametrize("call", REFUSED)
def test_a_mistyped_call_is_answered_with_what_is_near_it(tmp_path: Path, call: str) -> None:
    """It is 64, and standard output stays empty."""
    ran = run(tmp_path / "none.sqlite3", {}, *call.split())
    assert_clear(ran)
    assert (ran.status, ran.stdout, ran.lines) == (64, "", [REFUSED[call]])
