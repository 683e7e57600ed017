"""The reference pages name all there is, and nothing else."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.docs.generate import commands
from tests.transcripts import ROOT

from virtualisation_resource_distributor.judge.checkup.check import NAMES
from virtualisation_resource_distributor.settings import TABLE

_SOURCE = ROOT / "src" / "virtualisation_resource_distributor"
_KEBAB = re.compile(r"[a-z]+(-[a-z]+)+")
_ONE_WORD_CODES = {"contradiction"}
_NO_CODES = {
    "virtualisation-resource-distributor",
    *("local-disk", "io-error", "amd-sev", "intel-tdx", "post-copy", "virtio-serial"),  # of guests
    *("node-affinity", "resource-affinity"),  # of HA
    *("crm-command", "ha-manager"),  # commands of Proxmox VE
}


def _trees() -> Iterator[ast.Module]:
    for file in sorted(_SOURCE.rglob("*.py")):
        yield ast.parse(file.read_text(encoding="utf-8"))


def _constants() -> set[str]:
    nodes = (node for tree in _trees() for node in ast.walk(tree))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def _table(page: Path) -> dict[str, str]:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (?:`(.*?)`)? ?\|", page.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(rows)


def test_every_finding_code_has_its_section() -> None:
    """And no section is of a code that nothing finds; what looks like a code and is none is named above."""
    constants = _constants()
    kebab = {text for text in constants if _KEBAB.fullmatch(text)} - _NO_CODES - set(commands()) - set(NAMES)
    codes = kebab | (constants & _ONE_WORD_CODES)
    page = (ROOT / "docs" / "codes.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## (.+)$", page, re.MULTILINE)
    assert sorted(sections) == sorted(codes)
    assert len(sections) == len(set(sections))


def test_every_setting_is_told_with_its_default() -> None:
    """By docs/settings.md and `.env.example` alike."""
    read = {setting.name: setting.default for setting in TABLE}
    assert "DATABASE_PATH" in read
    assert list(_table(ROOT / "docs" / "settings.md").items()) == list(read.items())
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert dict(re.findall(r"^#([A-Z_]+)=(.*)$", example, re.MULTILINE)) == read


def test_every_check_of_the_doctor_is_told() -> None:
    """By docs/doctor.md, in the order in which they are made."""
    page = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE) == list(NAMES)


def test_every_exit_status_is_told() -> None:
    """docs/statuses.md has a row for each number that exits.py knows, and for no other."""
    tree = ast.parse((_SOURCE / "exits.py").read_text(encoding="utf-8"))
    assigned = [node.value for node in tree.body if isinstance(node, ast.Assign)]
    numbers = {value.value for value in assigned if isinstance(value, ast.Constant) and isinstance(value.value, int)}
    page = (ROOT / "docs" / "statuses.md").read_text(encoding="utf-8")
    assert {int(row) for row in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)} == numbers
