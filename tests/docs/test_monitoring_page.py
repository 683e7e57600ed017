"""The scripts on docs/monitoring.md do what the page says of them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests import plugin_line
from tests.databases import program_environment
from tests.transcripts import ROOT

from virtualisation_resource_distributor import monitor_exits

_PAGE = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
_SCRIPTS = re.findall(r"^```sh\n(#!/bin/sh\n.*?)^```$", _PAGE, re.MULTILINE | re.DOTALL)
_PLUGIN = "/usr/local/lib/nagios/plugins/check_vrd"
_SETTINGS = "/etc/virtualisation-resource-distributor"
_COMMAND = "/opt/vrd/bin/virtualisation-resource-distributor"


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """Write the first script down, with the paths of this machine."""
    text = _SCRIPTS[0].replace(_SETTINGS, str(ROOT / "examples"))
    return _written(
        tmp_path / "check_vrd", text.replace(_COMMAND, f"{sys.executable} -m virtualisation_resource_distributor")
    )


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def _run(script: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(script), *arguments],
        env=program_environment(Path("/nowhere/model.sqlite3")),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=40,
    )


def test_the_script_is_a_plugin(plugin: Path) -> None:
    """It hands on its arguments and the state."""
    for arguments, state in (("--from bunched.json", 2), ("--from mended.json --pool dns", 0), ("", 3)):
        done = _run(plugin, *arguments.split())
        assert (done.returncode, plugin_line.read(done.stdout).state, done.stderr) == (state, state, "")


def test_the_script_is_unknown_where_its_directory_is_gone(tmp_path: Path) -> None:
    """A shell's own status of that is 2 or 1, a verdict."""
    done = _run(_written(tmp_path / "check_vrd", _SCRIPTS[0].replace(_SETTINGS, "/nowhere")))
    assert (done.returncode, plugin_line.read(done.stdout).state) == (3, 3)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            "--from bunched.json",
            r'2 "spread of pools" migrate=1;;0;0;2\|blocked=0;;0;0;2\|unknown=0;;;0;2\|spread=1;;;0;2'
            r"\|empty=0;;;0;2\|excluded=0;;;0;2\|time=0\.\d{3};;;0 VRD CRITICAL - 2 pools: 1 to migrate, 1 spread; "
            r"Pool 'dns' has members to migrate\n",
        ),
        ("--bogus", r'3 "spread of pools" - VRD UNKNOWN - there is no option .*\n'),
    ],
)
def test_the_local_check_says_it_in_checkmks_form(tmp_path: Path, plugin: Path, arguments: str, expected: str) -> None:
    """State, quoted name, metrics without quotes or units, text."""
    called = _written(tmp_path / "called", f'#!/bin/sh\nexec {plugin} {arguments} "$@"\n')
    done = _run(_written(tmp_path / "local", _SCRIPTS[1].replace(_PLUGIN, str(called))))
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(expected, done.stdout), done.stdout


def test_the_page_tells_each_state_and_no_other() -> None:
    """Beside the statuses of all other commands, which stand on another page."""
    rows = re.findall(r"^\| (\d) \| ([A-Z]+) \|", _PAGE, re.MULTILINE)
    assert {(name, int(number)) for number, name in rows} == {
        (name, value) for name, value in vars(monitor_exits).items() if isinstance(value, int)
    }
