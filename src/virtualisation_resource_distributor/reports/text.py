"""How names and sizes look in text for people."""


def printable(text: str) -> str:
    r"""Return text with everything escaped that a terminal could obey or hide (`\x1b`, `\u202e`)."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)
