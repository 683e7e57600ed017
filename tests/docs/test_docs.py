"""What the pages say is what the program does."""

import re
from pathlib import Path

import pytest
from tests.docs.generate import PAGE, commands
from tests.transcripts import ROOT, commands_in, differences, pages, passages

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_NAMES = [str(page.relative_to(ROOT)) for page in pages()]


def _prose(page: Path) -> str:
    return _CODE.sub("", page.read_text(encoding="utf-8"))


def _anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", _prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", _NAMES)
def test_the_program_answers_as_the_page_shows(name: str) -> None:
    """`python -m tests.transcripts --accept` writes down what it answers now."""
    if "libvirt" in name or "definitions" in name:
        pytest.importorskip("libvirt", reason="NOT TESTED: Python's libvirt is not installed")
    if any(passage.kind == "transcript" for passage in passages(ROOT / name)):
        found = differences(ROOT / name)
        assert not found, found


@pytest.mark.parametrize("name", _NAMES)
def test_links_lead_somewhere(name: str) -> None:
    """Each names a file that is there, and a heading in it."""
    page = ROOT / name
    for link in _LINK.findall(_prose(page)):
        if "://" not in link:
            file, _, anchor = link.partition("#")
            target = (page.parent / file).resolve() if file else page
            assert target.is_file(), link
            assert not anchor or anchor in _anchors(target), link


def test_every_page_is_linked_from_the_readme() -> None:
    """Nobody finds a page that nothing leads to."""
    linked = {(ROOT / link.partition("#")[0]).resolve() for link in _LINK.findall(_prose(ROOT / "README.md"))}
    assert {page.resolve() for page in pages()} - linked == {(ROOT / "README.md").resolve()}


def test_every_command_has_its_section() -> None:
    """And no section is of a command that is not there."""
    sections = re.findall(r"^## (.+)$", _prose(PAGE), re.MULTILINE)
    assert sections == sorted(commands())
    assert {"run", "snapshot"} <= set(sections)


def test_the_readme_is_short() -> None:
    """Its first screen shows the program at work."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150
    assert "```console" in "\n".join(text.splitlines()[:12])


def test_a_command_that_is_shown_without_its_answer_is_replayed_too() -> None:
    """Nothing after `$ ` is overlooked."""
    transcript = "$ one\n$ two \\\n> more\nanswer\n> no command\n[78]\n"
    assert commands_in(transcript) == ["$ one", "$ two \\\n> more"]
    with pytest.raises(ValueError, match="begins with a command"):
        commands_in("an answer\n")
