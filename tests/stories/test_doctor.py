"""The doctor finds what is wrong with a Proxmox VE set-up, and what it says to do makes that line go away."""

import json
import queue
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from tests.doctoring import Looked, Place, furnish, setting_up
from tests.fake_proxmox import FakeProxmox
from tests.live import make_database, selected
from tests.misconfigured import CASES, CLUSTER, PASTED, SECRET, SETUPS, TOKEN

AT_ONCE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the doctor said before and after its mend was done."""

    before: Looked
    after: Looked
    failures: list[str]


def test_every_case_is_in_a_setup() -> None:
    """Each once."""
    assert sorted(case for setup in SETUPS for case in setup) == sorted(CASES)
    assert len(SETUPS) > 20


@pytest.fixture(scope="module")
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Told]:
    """Break, look, mend and look again, a few set-ups at a time."""
    folder = tmp_path_factory.mktemp("doctor")
    database = make_database(folder / "model.sqlite3")
    wanted = selected(request)
    with ExitStack() as stack, ThreadPoolExecutor(AT_ONCE) as threads:
        free: queue.Queue[FakeProxmox] = queue.Queue()
        for _ in range(AT_ONCE):
            free.put(stack.enter_context(FakeProxmox(CLUSTER, TOKEN)))

        def one(setup: tuple[str, ...]) -> Told:
            with setting_up(folder / setup[0], free, CLUSTER) as place:
                furnish(place, database)
                return _treated(place, setup)

        setups = [setup for setup in SETUPS if wanted & set(setup)]
        return {
            case: treated for setup, treated in zip(setups, threads.map(one, setups), strict=True) for case in setup
        }


def _treated(place: Place, setup: tuple[str, ...]) -> Told:
    for case in setup:
        CASES[case][2](place)
    before = place.look()
    checks = {CASES[case][0] for case in setup}
    # From the top: what comes first may be in the way of what comes later.
    mends = [str(one["mend"]) for one in before.checks if one["check"] in checks and one["mend"]]
    failures = [failure for mend in mends if (failure := place.mend(mend))]
    return Told(before=before, after=place.look(), failures=failures)


@pytest.mark.parametrize("case", CASES)
def test_what_the_doctor_says_to_do_makes_the_line_go_away(told: dict[str, Told], case: str) -> None:
    """Each mend is done to the letter: run by a shell, written into the file, or done to the cluster."""
    check, severity, _ = CASES[case]
    found = told[case].before.wrong(check)
    assert found, told[case].before.stdout
    assert severity in {one["severity"] for one in found}
    assert told[case].failures == []
    lines = {(one["check"], one["subject"], one["message"]) for one in found}
    left = {(one["check"], one["subject"], one["message"]) for one in told[case].after.wrong(check)}
    assert not lines & left


@pytest.mark.parametrize("case", CASES)
def test_a_fault_is_78_and_a_warning_changes_no_status(told: dict[str, Told], case: str) -> None:
    """Nothing else ever comes out, and nothing on standard error."""
    for looked in (told[case].before, told[case].after):
        assert looked.status == (78 if looked.faults else 0), looked.stderr
        assert looked.stderr == ""
        assert json.loads(looked.stdout)["status"] == looked.status


@pytest.mark.parametrize("case", CASES)
def test_no_secret_is_ever_told(told: dict[str, Told], case: str) -> None:
    """Neither the right one nor one that was pasted where it does not belong."""
    for looked in (told[case].before, told[case].after):
        assert SECRET not in looked.stdout
        assert PASTED not in looked.stdout
        assert "Kirschbaum" not in looked.stdout
