"""Whatever one answer of Proxmox VE's turns into, `run` tells the truth or that it does not know."""

from dataclasses import dataclass
from typing import Literal

import pytest
from tests.live import ALARM, Ran, Site, assert_clear, badly_spread, fine, selected, side_by_side

REQUESTS = {
    "8.2.4": (
        *("login", "/version", "/access/permissions", "/cluster/resources"),
        *("/cluster/ha/resources", "/cluster/ha/groups", "/cluster/ha/status/current"),
    ),
    "8.4.1": (
        *("login", "/version", "/access/permissions", "/cluster/resources"),
        *("/cluster/ha/status/current", "/cluster/ha/resources", "/cluster/ha/groups"),
    ),
    "9.0.3": (
        *("login", "/version", "/access/permissions", "/cluster/resources"),
        *("/cluster/ha/status/current", "/cluster/ha/resources", "/cluster/ha/rules"),
    ),
}

# What the status is when a fault befalls the login, and when it befalls any other request. TRUE is the true answer.
TRUE = -1
STATUS = {
    "401": (77, 77),
    "401-null": (77, 77),
    "403": (77, 77),
    "500": (69, 69),
    "503": (69, 69),
    "595": (69, 69),
    "cut": (69, 69),
    "cut-json": (69, 69),
    "html": (69, 69),
    "empty-body": (69, 69),
    "dropped": (69, 69),
    "redirect": (69, 69),
    "slow:3": (69, 69),
    "slow:0.2": (TRUE, TRUE),
    "drip:30": (69, 69),
    "drip-headers:30": (69, 69),
    "hang": (69, 69),
    "null": (69, 65),
    "wrong-types": (69, 65),
    "wrong-rows": (69, 65),
    "expire": (TRUE, 77),
}

# An answer without anything in it is a good answer to some requests, where another one does not contradict it.
STATUS_OF_EMPTY = {
    "login": 69,
    "/version": 65,
    "/access/permissions": 77,
    "/cluster/resources": 65,
    "/cluster/ha/resources": 65,
    "/cluster/ha/groups": 65,
    "/cluster/ha/rules": TRUE,
    "/cluster/ha/status/current": 69,
}

# What HA says decides no more than what may be moved: what is unclear in it is told beside the alarm. Before 8.3 it
# also tells which nodes are in maintenance, and without that nothing is certain.
HA = "/cluster/ha/"
REFUSED = 77

CHIEF = ("401", "403", "500", "cut", "html", "null", "wrong-rows", "empty", "dropped", "hang", "drip:30", "expire")
WAITING = ("slow:3", "drip", "hang")


@dataclass(frozen=True, slots=True, order=True)
class Case:
    """A fault that befalls one request of one version's, before one of the two clusters."""

    cluster: Literal["fine", "bad"]
    version: str
    request: str
    fault: str

    @property
    def status(self) -> int:
        """Return what the program has to end with."""
        on_login, on_get = STATUS.get(self.fault, (0, 0))
        status = on_login if self.request == "login" else on_get
        if self.fault == "empty":
            status = STATUS_OF_EMPTY[self.request]
        if status == TRUE:
            return 0 if self.cluster == "fine" else 78
        if status != REFUSED and self.is_beside_the_verdict:
            is_left_out = self.fault in {"null", "wrong-types"} or self.request.endswith("/status/current")
            return 78 if self.cluster == "bad" else 69 if is_left_out else status
        return status

    @property
    def is_beside_the_verdict(self) -> bool:
        """Tell whether no verdict rests on what is asked."""
        return self.request.startswith(HA) and not (self.version < "8.3" and self.request.endswith("/status/current"))

    @property
    def told(self) -> bool:
        """Tell whether something has to be said on standard error."""
        on_get = STATUS_OF_EMPTY[self.request] if self.fault == "empty" else STATUS[self.fault][1]
        return self.status not in {0, 78} or (self.is_beside_the_verdict and on_get != TRUE)


def _cases() -> list[Case]:
    """Every request of 8.4 with every fault, and what is asked for in one version only; elsewhere the chief faults."""
    cases: list[Case] = []
    for version, requests in REQUESTS.items():
        for request in requests:
            everywhere = all(request in others for others in REQUESTS.values())
            whole = version == "8.4.1" or not everywhere
            cases += [Case("fine", version, request, fault) for fault in ((*STATUS, "empty") if whole else CHIEF)]
    return cases + [Case("bad", "8.4.1", request, fault) for request in REQUESTS["8.4.1"] for fault in CHIEF]


CASES = _cases()


def _run(site: Site[Case], case: Case) -> Ran:
    cluster = fine(case.version) if case.cluster == "fine" else badly_spread(case.version)
    site.fake.reset(cluster)
    site.fake.set_fault(case.request, case.fault)
    return site.run(PROXMOX_TIMEOUT="1" if case.fault.startswith(WAITING) else "10")


@pytest.fixture(scope="module")
def answers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[Case, Ran]:
    """Run all cases that are to be looked at, side by side."""
    chosen = [case for case in CASES if case in selected(request)]
    return side_by_side(tmp_path_factory.mktemp("matrix"), chosen, _run)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.cluster}-{case.version}-{case.request}-{case.fault}")
def test_a_fault_of_one_answer_is_told_and_never_taken_for_a_good_view(case: Case, answers: dict[Case, Ran]) -> None:
    """The status is the one of the table, standard output is empty or exactly the alarm, and it takes no longer."""
    ran = answers[case]
    assert_clear(ran)
    assert ran.status == case.status, ran.stderr
    assert ran.stdout == (ALARM if case.status == 78 else "")
    assert bool(ran.stderr) == case.told, ran.stderr
    assert ran.seconds < 8
    if case.told and case.status != 78:
        assert len(ran.lines) <= 3
        assert case.fault == "empty" or _names(case, ran.lines[0])


def _names(case: Case, line: str) -> bool:
    """Tell whether the line names what was asked, and says something of why."""
    return ("/access/ticket" if case.request == "login" else case.request) in line or "login" in line
