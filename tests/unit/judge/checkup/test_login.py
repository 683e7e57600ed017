"""What is said of a login that was refused."""

from pathlib import Path

import pytest

from virtualisation_resource_distributor.judge.checkup.check import Check
from virtualisation_resource_distributor.judge.checkup.of_proxmox import judge_refusal
from virtualisation_resource_distributor.settings import Dotenv, Given, proxmox_settings


def _refused(error: str, **environment: str) -> Check:
    given = Given(environment=environment, dotenv=Dotenv(path=Path("/srv/.env")))
    return judge_refusal(error, proxmox_settings(given), "/srv/proxmox_token", given)


@pytest.mark.parametrize("user", ["vrd@pve", "vrd@pam", "vrd@corp!check", "vrd!check=c0ffee", "vrd:c0ffee"])
def test_a_users_name_with_more_in_it_is_told_and_not_shown(user: str) -> None:
    """The mend has the name alone."""
    told = _refused(f"pve1: the login of {user}@pve was refused (401); check", PROXMOX_USERNAME=user)
    assert told.mend == "in the environment write: PROXMOX_USERNAME=vrd"
    assert "c0ffee" not in str(told)


def test_a_directory_may_have_names_with_an_at_sign() -> None:
    """Then it is the secret that may be wrong."""
    told = _refused("pve1: the login was refused (401); check", PROXMOX_USERNAME="vrd@corp.example", PROXMOX_REALM="ad")
    assert told.mend == "run: install -D -m 600 /dev/stdin /srv/proxmox_token"


@pytest.mark.parametrize(
    ("reason", "mend"),
    [
        ("there is no such user", "set PROXMOX_USERNAME and PROXMOX_REALM to one"),
        (
            "the user has no such token",
            "set PROXMOX_TOKEN_NAME to one that a node lists with: pveum user token list vrd@pve",
        ),
        ("the user is disabled", "on a node run: pveum user modify vrd@pve --enable 1"),
        ("it has expired", "pveum user token list vrd@pve"),
        ("its secret is another", "run: install -D -m 600 /dev/stdin /srv/proxmox_token"),
    ],
)
def test_a_secret_is_to_be_written_anew_only_where_it_is_what_is_wrong(reason: str, mend: str) -> None:
    """Proxmox VE tells what a token is refused for."""
    told = _refused(
        f"pve1: the token was refused (401: {reason}); check", PROXMOX_USERNAME="vrd", PROXMOX_TOKEN_NAME="a"
    )
    assert told.mend is not None
    assert mend in told.mend
    assert reason in told.message


def test_what_is_refused_for_another_reason_has_the_words_of_the_source() -> None:
    """A second factor, for example."""
    told = _refused("pve1: vrd@pve needs a second factor, which a check can't give; use an API token")
    assert (told.message, told.mend) == (
        "pve1: vrd@pve needs a second factor, which a check can't give",
        "use an API token",
    )
