"""An operator keeps the model in a file, sees what the file would change, and gets all of it or nothing."""

import contextlib
import os
import pty
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from tests.databases import dump, make_first_edition, program, program_environment, public_directory
from tests.live import PROGRAM
from tests.models import models

from virtualisation_resource_distributor.cluster import Model
from virtualisation_resource_distributor.store.changes import change_model, create_database
from virtualisation_resource_distributor.store.queries import read_model

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "model.yaml"
SMALL = "schema: 1\nzones:\n  - name: ams\nnodes:\n  - name: pve1\n    zone: ams\n"
OTHER = "schema: 1\nzones:\n  - name: ams\n  - name: rtm\n"
DIFFERENCE = "+ zone 'rtm'\n- node 'pve1'\n1 to create, 0 to change, 1 to delete\n"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Make a database with the small model, imported as an operator would."""
    path = tmp_path / "model.sqlite3"
    create_database(path)
    done = _import(path, SMALL, "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    return path


def _import(database: Path, text: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    file = database.with_name("given.yaml")
    file.write_text(text, encoding="utf-8")
    return program(database, "import-model", str(file), *arguments)


def _export(database: Path) -> str:
    done = program(database, "export-model")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@given(models(), models())
@settings(max_examples=5, deadline=None)
def test_what_is_exported_makes_another_database_equal(model: Model, other: Model) -> None:
    """Through a pipe, whatever was in the other one before; then there is no difference."""
    with public_directory() as directory:
        first, second = directory / "first.sqlite3", directory / "second.sqlite3"
        for path, content in ((first, model), (second, other)):
            create_database(path)
            change_model(path, lambda _, content=content: content)  # type: ignore[misc]
        vrd = f"{shlex.quote(sys.executable)} -m virtualisation_resource_distributor"
        line = f"{vrd} export-model | DATABASE_PATH={second} {vrd} import-model - --yes"
        for _ in range(2):
            done = subprocess.run(
                ["sh", "-c", line],
                env=program_environment(first),
                capture_output=True,
                encoding="utf-8",
                check=False,
                timeout=60,
            )
            assert (done.returncode, done.stderr) == (0, "")
            assert read_model(second) == model
        assert done.stdout == "no difference: the database has this model already\n"


def test_the_example_is_as_it_would_be_exported(database: Path, tmp_path: Path) -> None:
    """To a file too, which is replaced as a whole."""
    assert _import(database, EXAMPLE.read_text("utf-8"), "--yes").returncode == 0
    assert _export(database) == EXAMPLE.read_text("utf-8")
    (tmp_path / "out.yaml").write_text("old")
    done = program(database, "export-model", "--output", str(tmp_path / "out.yaml"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "out.yaml").read_text("utf-8") == EXAMPLE.read_text("utf-8")
    done = program(database, "export-model", "--output", str(tmp_path / "none" / "out.yaml"))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (74, "", 1)


def test_an_export_in_a_poor_locale_is_the_same_model(database: Path) -> None:
    """What the locale lacks is written as an escape, which is YAML's too."""
    name = "Zürich 東京 😀"
    assert program(database, "create-zone", "--name", name).returncode == 0
    poor = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = program(database, "export-model", environment=poor)
    assert done.stdout.isascii()
    assert _import(database, done.stdout).stdout == "no difference: the database has this model already\n"
    assert name in _export(database)


def test_the_difference_is_shown_and_applied(database: Path) -> None:
    """What the file leaves out is deleted."""
    done = _import(database, OTHER, "--yes")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{DIFFERENCE}applied\n", "")
    assert _export(database) == OTHER
    before = database.read_bytes()
    done = _import(database, OTHER, "--yes")
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "no difference: the database has this model already\n",
        "",
    )
    assert database.read_bytes() == before


def test_without_a_terminal_nothing_is_applied_unless_told_so(database: Path) -> None:
    """The difference is shown all the same; where there is none, there is nothing to ask."""
    before = database.read_bytes()
    done = _import(database, OTHER)
    assert (done.returncode, done.stdout) == (64, DIFFERENCE)
    assert done.stderr == (
        f"{PROGRAM}: nothing was changed: there is no terminal to ask on; give --yes to apply the difference\n"
    )
    assert database.read_bytes() == before
    assert _import(database, SMALL).returncode == 0


@pytest.mark.parametrize("streams", [">/dev/full", ">&-"])
def test_a_difference_that_can_not_be_shown_is_not_applied(database: Path, streams: str) -> None:
    """Even if it was to be applied without a question."""
    before = database.read_bytes()
    database.with_name("other.yaml").write_text(OTHER)
    vrd = f"{shlex.quote(sys.executable)} -m virtualisation_resource_distributor"
    done = subprocess.run(
        ["sh", "-c", f"{vrd} import-model other.yaml --yes {streams}"],
        cwd=database.parent,
        env=program_environment(database),
        check=False,
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr.count(b"\n")) == (74, 1)
    assert database.read_bytes() == before


def _on_a_terminal(
    database: Path, text: str, answer: bytes, meanwhile: Callable[[], object] | None = None
) -> tuple[int, str]:
    """Import on a terminal; after the question do something else, then answer. Return the status and what is shown."""
    file = database.with_name("given.yaml")
    file.write_text(text, encoding="utf-8")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "virtualisation_resource_distributor", "import-model", str(file)]
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=program_environment(database), start_new_session=True
    ) as process:
        os.close(theirs)
        shown = b""
        while b"[y/N]" not in shown:
            shown += os.read(ours, 65536)
        if meanwhile is not None:
            meanwhile()
        os.write(ours, answer)
        process.wait(timeout=20)
        # A terminal keeps what was written to it, and says with an error that its other side is closed.
        with contextlib.suppress(OSError):
            while more := os.read(ours, 65536):
                shown += more
    os.close(ours)
    return process.returncode, shown.decode().replace("\r\n", "\n")


def test_on_a_terminal_it_is_applied_after_a_yes(database: Path) -> None:
    """The question comes after the difference."""
    status, shown = _on_a_terminal(database, OTHER, b"y\n")
    assert status == 0
    assert shown.startswith(f"{DIFFERENCE}Apply this? [y/N]: ")
    assert shown.endswith("applied\n")
    assert _export(database) == OTHER


@pytest.mark.parametrize("answer", [b"n\n", b"\n", b"\x04"])
def test_on_a_terminal_anything_but_a_yes_changes_nothing(database: Path, answer: bytes) -> None:
    """Ctrl-D neither; the status tells a script on that terminal."""
    before = database.read_bytes()
    status, _ = _on_a_terminal(database, OTHER, answer)
    assert status == 130
    assert database.read_bytes() == before


def test_a_model_that_changed_after_it_was_shown_is_not_overwritten(database: Path) -> None:
    """Whoever said yes has not seen that; the other's change stays."""

    def change() -> None:
        assert program(database, "create-zone", "--name", "new").returncode == 0

    status, shown = _on_a_terminal(database, OTHER, b"y\n", change)
    assert status == 75
    assert "another program has changed the model since it was compared; nothing was changed; run import-model" in shown
    assert _export(database) == SMALL.replace("  - name: ams\n", "  - name: ams\n  - name: new\n")


def test_an_older_database_is_upgraded_by_a_difference_and_only_then(tmp_path: Path) -> None:
    """A copy is kept beside it, and a node that is in no zone afterwards is told, as by every command that changes."""
    path = tmp_path / "first.sqlite3"
    make_first_edition(path)
    before, content = path.read_bytes(), dump(path)
    document = _export(path)
    assert "  - name: pve3\n    zone: null\n" in document
    assert _import(path, document, "--yes").returncode == 0
    assert path.read_bytes() == before
    done = _import(path, f"{document}pools:\n  - name: dns\n", "--yes")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "applied")
    assert "node 'pve3' is in no zone" in done.stderr
    assert dump(tmp_path / "first.sqlite3.before-upgrade-1-to-3") == content
    assert _export(path) == f"{document}pools:\n  - name: dns\n"


REFUSED = {
    "a file that is not there": (("none.yaml",), 66, "none.yaml: can't be read: No such file or directory; expected a"),
    "a directory": (("/",), 66, "/: can't be read: Is a directory; expected a model, as export-model writes it"),
    "a snapshot": ((str(EXAMPLE.with_name("mended.json")),), 65, "there is no key 'cluster'"),
    "nothing": (("/dev/null",), 65, "/dev/null: document: is empty"),
    "no text": ((sys.executable,), 65, "is not UTF-8; is this a model?"),
    "standard input": (("-",), 65, "standard input: document: is empty"),
    "no file": ((), 64, f"Missing argument 'FILE'; see {PROGRAM} import-model --help"),
    "a mistyped option": (("x", "--yse"), 64, "there is no option '--yse'; near it: '--yes'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_model_is_refused_in_one_line(database: Path, case: str) -> None:
    """It names the file, and nothing is changed."""
    arguments, status, message = REFUSED[case]
    before = database.read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "virtualisation_resource_distributor", "import-model", *arguments],
        env=program_environment(database),
        cwd=database.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (status, "", 1)
    assert message in done.stderr
    assert database.read_bytes() == before


def test_without_a_database_both_say_how_to_make_one(tmp_path: Path) -> None:
    """As other commands do; none of them is made on the way."""
    path = tmp_path / "none.sqlite3"
    for arguments in (("export-model",), ("import-model", str(EXAMPLE), "--yes")):
        done = program(path, *arguments)
        assert (done.returncode, done.stdout) == (66, "")
        assert done.stderr.endswith("is not there; create it with init-database, or set DATABASE_PATH\n")
        assert not path.exists()


def test_without_pyyaml_import_says_how_to_install_it_and_export_works(database: Path, tmp_path: Path) -> None:
    """It is an extra: who keeps no file needs none."""
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "yaml.py").write_text("raise ModuleNotFoundError('No module named yaml', name='yaml')\n")
    path = os.pathsep.join([str(tmp_path / "without"), program_environment(database)["PYTHONPATH"]])
    done = program(database, "import-model", str(EXAMPLE), "--yes", environment={"PYTHONPATH": path})
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr == (
        f"{PROGRAM}: reading a model takes PyYAML, the extra [yaml], which is not installed; "
        f"run: {sys.executable} -m pip install PyYAML\n"
    )
    done = program(database, "export-model", environment={"PYTHONPATH": path})
    assert (done.returncode, done.stdout, done.stderr) == (0, SMALL, "")
