"""How names and sizes look in text for people."""


def printable(text: str) -> str:
    r"""Return text with everything escaped that a terminal could obey or hide (`\x1b`, `\u202e`)."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def size_in_words(size_bytes: int) -> str:
    """Return a size as people read it: `4.0 GiB`, rounded down, in integers, since a file may hold any number."""
    for unit, name in ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if size_bytes >= unit:
            whole, rest = divmod(size_bytes, unit)
            return f"{whole}.{rest * 10 // unit} {name}"
    return f"{size_bytes} bytes"


def size_at_least(size_bytes: int) -> str:
    """Return a size as people read it, rounded up: what is called enough has to be."""
    for unit, name in ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if size_bytes >= unit:
            whole, rest = divmod(-(-size_bytes * 10 // unit), 10)
            return f"{whole}.{rest} {name}"
    return f"{size_bytes} bytes"


def moment_in_words(moment: str) -> str:
    """Return a time as people read it: `2026-01-02T03:04:05Z` is `2026-01-02 03:04Z`; what is none stays as it is."""
    day, _, time = moment.partition("T")
    return f"{day} {time[:5]}Z" if time.endswith("Z") else moment
