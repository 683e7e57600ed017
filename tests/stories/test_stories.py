"""Each story comes out as it is told."""

import pytest
from tests.transcripts import differences, stories

_STORIES = {path.parent.name: path for path in stories()}


@pytest.mark.parametrize("name", _STORIES)
def test_the_story_comes_out_as_told(name: str) -> None:
    """`python -m tests.transcripts --accept` writes down how it comes out now."""
    found = differences(_STORIES[name])
    assert not found, found


@pytest.mark.parametrize("name", _STORIES)
def test_the_story_says_why_it_is_told(name: str) -> None:
    """Its README does, for a stranger."""
    assert (_STORIES[name].parent / "README.md").read_text(encoding="utf-8").startswith("# ")
