"""Whatever the program is started among, it answers or says in one line why it can't."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAM = (sys.executable, "-m", "virtualisation_resource_distributor")
SPREAD: dict[str, Any] = {"schema": 1, "zones": [], "nodes": [], "guests": []}


def _run(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=folder,
        env=os.environ | settings,
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=20,
        check=False,
    )


@pytest.fixture
def snapshot(tmp_path: Path) -> str:
    """Write a snapshot of nothing."""
    (tmp_path / "snapshot.json").write_text(json.dumps(SPREAD), encoding="utf-8")
    return "snapshot.json"


def test_a_pipe_in_the_place_of_dotenv_is_refused_and_not_waited_for(tmp_path: Path, snapshot: str) -> None:
    """Anybody may make one where anybody may write."""
    os.mkfifo(tmp_path / ".env", 0o600)
    ran = _run(tmp_path, "run", "--from", snapshot)
    assert (ran.returncode, ran.stdout) == (64, "")
    assert "no regular file" in ran.stderr


def test_a_pipe_in_the_place_of_a_secret_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    """The model is read first, and the secret then."""
    os.mkfifo(tmp_path / "proxmox_password", 0o600)
    database = {"DATABASE_PATH": str(tmp_path / "model.sqlite3"), "SECRETS_DIRECTORY": str(tmp_path)}
    assert _run(tmp_path, "init-database", **database).returncode == 0
    ran = _run(tmp_path, "run", **database)
    assert (ran.returncode, ran.stdout) == (66, "")
    assert "no regular file" in ran.stderr


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("run", "--help")])
def test_a_help_page_that_nobody_reads_or_that_fits_nowhere_is_no_bug(arguments: tuple[str, ...]) -> None:
    """A closed pipe keeps the status, a full disk is 74."""
    closed = '"$@" | true; exit "${PIPESTATUS[0]}"'
    assert subprocess.run(["bash", "-c", closed, "-", *PROGRAM, *arguments], check=False).returncode == 0
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ran = subprocess.run([*PROGRAM, *arguments], stdout=full, stderr=subprocess.PIPE, check=False)
    assert ran.returncode == 74


def test_a_variable_of_shell_completion_never_hides_an_answer(tmp_path: Path, snapshot: str) -> None:
    """The name is the one that click would heed."""
    ran = _run(tmp_path, "run", "--from", snapshot, _VIRTUALISATION_RESOURCE_DISTRIBUTOR_COMPLETE="x")
    assert (ran.returncode, ran.stderr) == (0, "")
    ran = _run(tmp_path, "run", "--from", "none.json", _VIRTUALISATION_RESOURCE_DISTRIBUTOR_COMPLETE="x")
    assert ran.returncode == 66


@pytest.mark.parametrize("command", [("list-zones",), ("run",), ("run", "--from", "snapshot.json")])
def test_a_database_that_is_named_by_a_url_is_not_quietly_replaced_by_a_file(
    tmp_path: Path, snapshot: str, command: tuple[str, ...]
) -> None:
    """Who sets it means another model."""
    ran = _run(tmp_path, *command, DATABASE_URL="postgresql://model")
    assert (ran.returncode, ran.stdout) == (64, "")
    assert "DATABASE_URL" in ran.stderr


def test_a_nul_byte_in_dotenv_is_refused(tmp_path: Path) -> None:
    """No path has one."""
    (tmp_path / ".env").write_bytes(b"DATABASE_PATH=a\0b\n")
    (tmp_path / ".env").chmod(0o600)
    ran = _run(tmp_path, "list-zones")
    assert (ran.returncode, ran.stdout) == (64, "")
    assert "DATABASE_PATH" in ran.stderr


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """A file that was merged by hand would be judged in part."""
    text = '{"schema": 1, "zones": [], "nodes": [], "guests": [{"id": "1", "node": "n"}], "guests": []}'
    (tmp_path / "merged.json").write_text(text, encoding="utf-8")
    ran = _run(tmp_path, "run", "--from", "merged.json")
    assert (ran.returncode, ran.stdout) == (65, "")
    assert "'guests'" in ran.stderr


def test_an_even_pool_that_two_moves_mend_is_not_called_hopeless_for_its_size(tmp_path: Path) -> None:
    """Guest x, alone in zone b, may go to c, and then y to b; ten others of unlike sizes offer endless moves in a."""
    nodes = [{"name": f"a{number}", "zone": "a"} for number in range(20)]
    nodes += [{"name": "b0", "zone": "b"}, {"name": "c0", "zone": "c"}]
    inside = [node["name"] for node in nodes if node["zone"] == "a"]
    guests = [
        {"id": str(number), "node": f"a{number}", "pool": "p", "memory_bytes": number + 1, "allowed_nodes": inside}
        for number in range(10)
    ]
    guests.append({"id": "x", "node": "b0", "pool": "p", "allowed_nodes": ["b0", "c0"]})
    guests.append({"id": "y", "node": "a10", "pool": "p", "allowed_nodes": ["a10", "b0"]})
    document = SPREAD | {
        "zones": [{"name": name} for name in "abc"],
        "nodes": nodes,
        "guests": guests,
        "pools": [{"name": "p", "policy": "even"}],
    }
    (tmp_path / "chain.json").write_text(json.dumps(document), encoding="utf-8")
    ran = _run(tmp_path, "run", "--from", "chain.json")
    assert (ran.returncode, ran.stdout) == (78, "Pool 'p' has members to migrate\n")
