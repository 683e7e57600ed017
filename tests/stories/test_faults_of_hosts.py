"""Whatever is wrong with hosts, certificates or secrets, `run` ends with the status for it, soon, and says so."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pytest
from tests.live import ALARM, PASSWORD, Ran, Site, assert_clear, badly_spread, fine, selected, side_by_side

Settings = dict[str, str]
CLOSED = "127.0.0.1:1"
NOWHERE = "no-such-host.invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """How the answer is prepared, and what it has to be: before the fine cluster, and where it differs the other one.

    `says` are words of standard error.
    """

    prepare: Callable[["Site[str]"], Settings]
    status: int
    says: tuple[str, ...] = ()
    bad: int | None = None


def _faults_first(*faults: str) -> Callable[["Site[str]"], Settings]:
    """Let the first of two hosts have these faults in all that it is asked, and the second be well."""

    def prepare(site: Site[str]) -> Settings:
        site.other.reset(site.fake.cluster)
        for fault in faults:
            site.other.set_fault(*fault.split(" "))
        return {"PROXMOX_HOST": f"{site.other.host},{site.fake.host}", **_trusting_both(site)}

    return prepare


def _first(host: str) -> Callable[["Site[str]"], Settings]:
    return lambda site: {"PROXMOX_HOST": f"{host},{site.fake.host}"}


def _with(**settings: str) -> Callable[["Site[str]"], Settings]:
    return lambda _site: settings


def _trusting_both(site: Site[str]) -> Settings:
    file = site.folder / "both.pem"
    file.write_text("".join(Path(fake.ca_file).read_text("ascii") for fake in (site.fake, site.other)), "ascii")
    return {"PROXMOX_CA_FILE": str(file)}


def _silent(site: Site[str]) -> Settings:
    site.fake.accept_only()
    return {"PROXMOX_TIMEOUT": "1"}


def _silent_first(site: Site[str]) -> Settings:
    site.other.accept_only()
    return {"PROXMOX_HOST": f"{site.other.host},{site.fake.host}", "PROXMOX_TIMEOUT": "1"}


def _showing(certificate: str, **settings: str) -> Callable[["Site[str]"], Settings]:
    def prepare(site: Site[str]) -> Settings:
        site.fake.present(certificate)  # type: ignore[arg-type]
        return {key: value.format(right=site.fake.fingerprint) for key, value in settings.items()}

    return prepare


def _secret(text: str | None, mode: int = 0o600) -> Callable[["Site[str]"], Settings]:
    """Put the secret elsewhere, in this state."""

    def prepare(site: Site[str]) -> Settings:
        folder = Path(mkdtemp(dir=site.database.parent))
        if text is not None:
            (folder / "proxmox_password").write_text(text, "utf-8")
            (folder / "proxmox_password").chmod(mode)
        return {"SECRETS_DIRECTORY": str(folder)}

    return prepare


WRONG = ":".join(["AB"] * 32)
TABLE = {
    "all is well": Expected(prepare=_with(), status=0, bad=78),
    # hosts
    "a closed port": Expected(prepare=_with(PROXMOX_HOST=CLOSED), status=69, says=(CLOSED, "refused")),
    "no such name": Expected(prepare=_with(PROXMOX_HOST=NOWHERE), status=69, says=(NOWHERE, "resolve")),
    "no host at all": Expected(prepare=_with(PROXMOX_HOST=f"{CLOSED},{NOWHERE}"), status=69, says=(CLOSED, NOWHERE)),
    "never a handshake": Expected(prepare=_silent, status=69, says=("within 1 s",)),
    "a port out of range": Expected(
        prepare=_with(PROXMOX_HOST="pve1:99999"), status=64, says=("PROXMOX_HOST", ":PORT")
    ),
    "an address for a host": Expected(prepare=_with(PROXMOX_HOST="https://pve1"), status=64, says=("PROXMOX_HOST",)),
    "the first is closed": Expected(prepare=_first(CLOSED), status=0, bad=78),
    "the first has no address": Expected(prepare=_first(NOWHERE), status=0, bad=78),
    "the first makes no handshake": Expected(prepare=_silent_first, status=0, bad=78),
    "the first is overloaded": Expected(prepare=_faults_first("* 503"), status=0, bad=78),
    "the first is overloaded in the end": Expected(prepare=_faults_first("/cluster/ha/groups 503"), status=0, bad=78),
    "the first answers with a page": Expected(prepare=_faults_first("/version html"), status=0, bad=78),
    "the first refuses the login": Expected(prepare=_faults_first("login 401"), status=77, says=("401",)),
    "the first refuses a request": Expected(prepare=_faults_first("/cluster/resources 403"), status=77, says=("403",)),
    # certificates
    "another authority": Expected(prepare=_showing("other-ca"), status=69, says=("PROXMOX_CA_FILE",)),
    "expired": Expected(prepare=_showing("expired"), status=69, says=("expired", "PROXMOX_CA_FILE")),
    "another name": Expected(prepare=_showing("wrong-name"), status=69, says=("certificate",)),
    "not known to anybody": Expected(prepare=_with(PROXMOX_CA_FILE=""), status=69, says=("PROXMOX_FINGERPRINT",)),
    "unchecked on request": Expected(
        prepare=_showing("other-ca", PROXMOX_VERIFY_SSL="False", PROXMOX_CA_FILE=""), status=0, bad=78
    ),
    "the right fingerprint of a stranger": Expected(
        prepare=_showing("other-ca", PROXMOX_FINGERPRINT="{right}", PROXMOX_CA_FILE=""), status=0, bad=78
    ),
    "the right fingerprint, expired and of another name": Expected(
        prepare=_showing("wrong-name", PROXMOX_FINGERPRINT="{right}"), status=0, bad=78
    ),
    "the wrong fingerprint": Expected(
        prepare=_with(PROXMOX_FINGERPRINT=WRONG), status=69, says=("PROXMOX_FINGERPRINT",)
    ),
    "the wrong fingerprint, though nothing is to be verified": Expected(
        prepare=_with(PROXMOX_FINGERPRINT=WRONG, PROXMOX_VERIFY_SSL="False"), status=69, says=("PROXMOX_FINGERPRINT",)
    ),
    "half a fingerprint": Expected(
        prepare=_with(PROXMOX_FINGERPRINT="AB:CD"), status=64, says=("PROXMOX_FINGERPRINT",)
    ),
    "no file of authorities": Expected(
        prepare=_with(PROXMOX_CA_FILE="/no/such.pem"), status=66, says=("PROXMOX_CA_FILE /no/such.pem",)
    ),
    "a file of authorities with none in it": Expected(
        prepare=_with(PROXMOX_CA_FILE="/dev/null"), status=66, says=("PROXMOX_CA_FILE",)
    ),
    "a file of authorities that is something else": Expected(
        prepare=lambda site: {"PROXMOX_CA_FILE": str(site.database)}, status=69, says=("PROXMOX_CA_FILE",)
    ),
    # secrets
    "no secret": Expected(prepare=_secret(None), status=66, says=("proxmox_password", "SECRETS_DIRECTORY")),
    "a secret that a group can read": Expected(prepare=_secret(PASSWORD, 0o640), status=77, says=("chmod 600", "0640")),
    "a secret that all can read": Expected(prepare=_secret(PASSWORD, 0o604), status=77, says=("chmod 600",)),
    "a secret that others can write": Expected(prepare=_secret(PASSWORD, 0o602), status=77, says=("chmod 600",)),
    "an empty secret": Expected(prepare=_secret("\n"), status=65, says=("proxmox_password", "one line")),
    "a secret of two lines": Expected(prepare=_secret("a\nb"), status=65, says=("one line",)),
    "the wrong secret": Expected(prepare=_secret("wrong-and-secret"), status=77, says=("401", "proxmox_password")),
    "the secret with a line's end": Expected(prepare=_secret(f"{PASSWORD}\r\n"), status=0, bad=78),
    "no such token": Expected(prepare=_with(PROXMOX_TOKEN_NAME="none"), status=66, says=("proxmox_token",)),
    "another realm": Expected(prepare=_with(PROXMOX_REALM="pam"), status=77, says=("vrd@pam",)),
}
PREPARED_FOR_BOTH = [name for name, expected in TABLE.items() if expected.bad is not None]
CASES = [*(("fine", name) for name in TABLE), *(("bad", name) for name in PREPARED_FOR_BOTH)]
Answer = tuple[Ran, list[str]]


def _run(site: Site[str], case: tuple[str, str]) -> Answer:
    site.fake.reset(fine() if case[0] == "fine" else badly_spread())
    site.other.reset(fine())
    settings = TABLE[case[1]].prepare(site)
    site.other.forget_requests()
    ran = site.run(**settings)
    return ran, site.fake.requests()


@pytest.fixture(scope="module")
def answers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Answer]:
    """Run all cases that are to be looked at, side by side."""
    chosen = [case for case in CASES if case in selected(request)]
    return side_by_side(tmp_path_factory.mktemp("hosts"), chosen, _run)  # type: ignore[arg-type]


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_what_is_wrong_before_the_first_answer_is_told_and_what_is_not_wrong_is_not(
    case: tuple[str, str], answers: dict[tuple[str, str], Answer]
) -> None:
    """Standard output holds the alarm or nothing; one line tells what is wrong, and a host that is passed over none."""
    ran, _ = answers[case]
    expected = TABLE[case[1]]
    status = expected.bad if case[0] == "bad" else expected.status
    assert_clear(ran, "wrong-and-secret")
    assert ran.status == status, ran.stderr
    assert ran.stdout == (ALARM if status == 78 else "")
    assert len(ran.lines) == (0 if status in {0, 78} else 1), ran.stderr
    assert all(words in ran.stderr for words in expected.says), ran.stderr
    assert ran.seconds < 8


@pytest.mark.parametrize("case", [("fine", "the first refuses the login"), ("fine", "the first refuses a request")])
def test_after_a_refusal_no_other_host_is_asked(case: tuple[str, str], answers: dict[tuple[str, str], Answer]) -> None:
    """Wrong passwords at host after host would lock the account."""
    assert answers[case][1] == []
