"""The file `.env`: what it gives, and when it is not believed."""

import os
import shlex
from pathlib import Path

import pytest

from virtualisation_resource_distributor.errors import SourceForbidden, UsageError
from virtualisation_resource_distributor.settings import read_settings

ANOTHER_USER = 12345
ONLY_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


def dotenv(folder: Path, text: str | bytes, *, mode: int = 0o600) -> Path:
    """Write `.env` there."""
    path = folder / ".env"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    path.chmod(mode)
    return path


def test_the_environment_goes_before_the_file_and_the_file_before_the_default(tmp_path: Path) -> None:
    """One setting of each."""
    path = dotenv(tmp_path, "PROXMOX_USERNAME=of-file\nPROXMOX_REALM=of-file\n")
    given = read_settings({"PROXMOX_USERNAME": "of-environment"}, path)
    assert (given.proxmox.username, given.proxmox.realm, given.source) == ("of-environment", "of-file", "proxmox")


def test_an_empty_variable_of_the_environment_leaves_the_word_to_the_file(tmp_path: Path) -> None:
    """It counts as not set."""
    path = dotenv(tmp_path, "PROXMOX_REALM=of-file\n")
    assert read_settings({"PROXMOX_REALM": ""}, path).proxmox.realm == "of-file"


@pytest.mark.parametrize(
    ("line", "realm"),
    [
        ("PROXMOX_REALM=${HOME}", "${HOME}"),
        ("PROXMOX_REALM=$HOME", "$HOME"),
        ('PROXMOX_REALM="${PROXMOX_USERNAME:-x}"', "${PROXMOX_USERNAME:-x}"),
        ("PROXMOX_REALM='${HOME}'", "${HOME}"),
        ("PROXMOX_REALM=`id`", "`id`"),
        ("PROXMOX_REALM=$(id)", "$(id)"),
        ("PROXMOX_REALM=%HOME%", "%HOME%"),
    ],
)
def test_values_are_literal(tmp_path: Path, line: str, realm: str) -> None:
    """Neither variables nor commands are put in."""
    path = dotenv(tmp_path, f"HOME=/home/x\nPROXMOX_USERNAME=user\n{line}\n")
    assert read_settings({"HOME": "/root"}, path).proxmox.realm == realm


@pytest.mark.parametrize(
    ("line", "realm"),
    [
        ("PROXMOX_REALM=a b", "a b"),
        ("  PROXMOX_REALM = a", "a"),
        ("PROXMOX_REALM=a   # a comment", "a"),
        ("PROXMOX_REALM=a#b", "a#b"),
        ("PROXMOX_REALM='a # b'", "a # b"),
        ('PROXMOX_REALM="a # b" # c', "a # b"),
        ("PROXMOX_REALM='it\\'s'", "it's"),
        ("export PROXMOX_REALM=a", "a"),
        ("PROXMOX_REALM=a\r", "a"),
        ("PROXMOX_REALM=é", "é"),
        ("PROXMOX_REALM=a=b", "a=b"),
        ("PROXMOX_REALM=first\nPROXMOX_REALM=last", "last"),
        ("# PROXMOX_REALM=a", "pve"),
        ("PROXMOX_REALM=", "pve"),
        ("PROXMOX_REALM=''", "pve"),
        ("", "pve"),
    ],
)
def test_quotes_spaces_and_comments_are_as_everywhere(tmp_path: Path, line: str, realm: str) -> None:
    """The last line of a name wins."""
    path = dotenv(tmp_path, f"# settings\n\n{line}\n")
    assert read_settings({}, path).proxmox.realm == realm


def test_a_list_needs_no_quotes(tmp_path: Path) -> None:
    """Its own quotes stay."""
    path = dotenv(tmp_path, 'EXCLUDE_POOLS_NAMES=["a b", "c"]')
    assert read_settings({}, path).excluded_pools == {"a b", "c"}


def test_a_bad_value_of_the_file_is_refused_like_one_of_the_environment(tmp_path: Path) -> None:
    """In the same words."""
    path = dotenv(tmp_path, "PROXMOX_VERIFY_SSL=maybe")
    with pytest.raises(UsageError, match="setting PROXMOX_VERIFY_SSL is 'maybe'; expected True or False"):
        read_settings({}, path)


def test_the_credentials_directory_is_never_taken_from_the_file(tmp_path: Path) -> None:
    """It is systemd's word."""
    path = dotenv(tmp_path, "CREDENTIALS_DIRECTORY=/tmp/mine")
    assert read_settings({}, path).credentials_directory is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("= a", 1),
        ("PROXMOX_REALM='a", 1),
        ('PROXMOX_USERNAME=x\nPROXMOX_REALM="a" b\n', 2),
        ("PROXMOX_USERNAME=x\n# a comment\n'PROXMOX_REALM=a\n", 3),
        ("PROXMOX_REALM", 1),
        ("PROXMOX_USERNAME=x\nPROXMOX_REALM: a\n", 2),
        ("PROXMOX_USERNAME=x\n\n\n= a\n", 4),
        ("\n\n= a\n", 3),
    ],
)
def test_a_broken_line_is_refused_with_its_number(tmp_path: Path, text: str, line: int) -> None:
    """Lines are counted from 1, blank ones too; a name alone sets nothing."""
    path = dotenv(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        read_settings({}, path)
    assert str(caught.value) == f"{path}, line {line}: expected NAME=value"


@pytest.mark.parametrize("mode", [0o660, 0o602, 0o666, 0o620])
def test_a_file_that_others_can_write_is_refused_with_the_mend(tmp_path: Path, mode: int) -> None:
    """Group or world."""
    path = dotenv(tmp_path, "PROXMOX_REALM=a", mode=mode)
    with pytest.raises(SourceForbidden) as caught:
        read_settings({}, path)
    assert str(caught.value).startswith(f"{path} can be written by others")
    assert shlex.split(str(caught.value).partition("run: ")[2]) == ["chmod", "go-w", str(path)]


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o644, 0o755])
def test_a_file_that_others_can_read_holds_no_secret(tmp_path: Path, mode: int) -> None:
    """Secrets are in files of their own."""
    path = dotenv(tmp_path, "PROXMOX_REALM=a", mode=mode)
    assert read_settings({}, path).proxmox.realm == "a"


@ONLY_ROOT
def test_a_file_of_another_user_is_refused_with_the_mend(tmp_path: Path) -> None:
    """That user could change it at any time."""
    path = dotenv(tmp_path, "PROXMOX_REALM=a")
    os.chown(path, ANOTHER_USER, -1)
    with pytest.raises(SourceForbidden) as caught:
        read_settings({}, path)
    assert str(ANOTHER_USER) in str(caught.value)
    assert shlex.split(str(caught.value).partition("run: ")[2]) == ["chown", "0", str(path)]


def test_the_mend_can_be_pasted_into_a_shell_whatever_the_folder_is_called(tmp_path: Path) -> None:
    """An apostrophe does not end the name."""
    folder = tmp_path / "it's"
    folder.mkdir()
    path = dotenv(folder, "PROXMOX_REALM=a", mode=0o666)
    with pytest.raises(SourceForbidden) as caught:
        read_settings({}, path)
    assert shlex.split(str(caught.value).partition("run: ")[2]) == ["chmod", "go-w", str(path)]


def test_a_file_that_is_foreign_is_refused_even_where_it_says_nothing(tmp_path: Path) -> None:
    """It may say something tomorrow."""
    with pytest.raises(SourceForbidden):
        read_settings({}, dotenv(tmp_path, "", mode=0o666))


def test_a_folder_of_that_name_can_not_be_read(tmp_path: Path) -> None:
    """It is not taken for a file that is not there."""
    with pytest.raises(UsageError, match="can't be read"):
        read_settings({}, tmp_path)


def test_a_file_that_is_no_text_can_not_be_read(tmp_path: Path) -> None:
    """The file is named."""
    path = dotenv(tmp_path, b"PROXMOX_REALM=\xff\n")
    with pytest.raises(UsageError) as caught:
        read_settings({}, path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there_gives_nothing(tmp_path: Path) -> None:
    """Most calls have none."""
    assert read_settings({}, tmp_path / ".env") == read_settings({}, tmp_path / "other")
