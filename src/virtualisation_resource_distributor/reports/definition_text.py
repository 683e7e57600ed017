"""A domain's definition as text in which nothing is that may be a secret."""

from typing import NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from ..cluster.hidden import masked, masked_attribute, masked_text


class Shown(NamedTuple):
    """A definition as it may be shown; `hidden` tells whether anything in it is hidden."""

    xml: str
    hidden: bool


def shown_definition(xml: str) -> Shown:
    """Return a definition with its secrets hidden, and otherwise as it was written, but for how it was escaped."""
    writer = _Writer()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = writer.start
    parser.EndElementHandler = writer.end
    parser.CharacterDataHandler = writer.text
    parser.CommentHandler = writer.comment
    parser.ProcessingInstructionHandler = writer.instruction
    parser.Parse(xml, True)
    return Shown(xml=f"{''.join(writer.parts)}\n" if writer.hidden else xml, hidden=writer.hidden)


class _Writer:
    """Write what a parser reads; an element that turns out to be empty is closed where it began."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.hidden = False
        self._open: list[str] = [""]
        self._is_begun = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._close_tag()
        told = {name: self._told(text, masked_attribute(tag, name, attributes)) for name, text in attributes.items()}
        self.parts.append(f"<{tag}{''.join(f' {name}={quoteattr(text)}' for name, text in told.items())}")
        self._open.append(tag)
        self._is_begun = True

    def end(self, tag: str) -> None:
        self.parts.append("/>" if self._is_begun else f"</{tag}>")
        self._is_begun = False
        self._open.pop()

    def text(self, text: str) -> None:
        self._close_tag()
        parent, tag = (["", *self._open])[-2:]
        self.parts.append(escape(self._told(text, masked_text(parent, tag, text))))

    def comment(self, text: str) -> None:
        """Write a comment, which may hold an element that was put out of use, with its password."""
        self._close_tag()
        self.parts.append(f"<!--{self._told(text, masked(text))}-->")

    def instruction(self, target: str, text: str) -> None:
        self._close_tag()
        self.parts.append(f"<?{target} {self._told(text, masked(text))}?>")

    def _close_tag(self) -> None:
        self.parts.append(">" if self._is_begun else "")
        self._is_begun = False

    def _told(self, text: str, shown: str) -> str:
        self.hidden |= text != shown
        return shown
