"""What does `.env` say, and can it be believed?"""

import os
import re
import stat
from io import TextIOWrapper
from pathlib import Path
from shlex import quote
from typing import Any, Literal, NamedTuple

from ..errors import DistributorError, SourceForbidden, UsageError
from .files import open_regular

DOTENV = Path(".env")


class DotenvLine(NamedTuple):
    """A line that gives something; its value is never shown where it may be a secret."""

    number: int
    name: str
    value: str


class DotenvFault(NamedTuple):
    """What is wrong with `.env`, and the command that mends it; it is `foreign` where others can change the file.

    `name` is the setting that a broken line seems to be about, `owner` is who may do what mends it (None: only root).
    """

    kind: Literal["foreign", "unreadable", "broken"]
    message: str
    mend: str
    owner: int | None = None
    name: str = ""

    def error(self) -> DistributorError:
        """Return what stops a command that needs its settings."""
        if self.kind == "foreign":
            return SourceForbidden(f"{self.message}; run: {self.mend}")
        expected = "expected a file of lines NAME=value, which this user may read, or none of that name"
        return UsageError(f"{self.message}; {expected}" if self.kind == "unreadable" else self.message)


class Dotenv(NamedTuple):
    """The file as it was read: lines in their order, faults the gravest first; it is fine where there is none."""

    path: Path
    is_there: bool = False
    lines: tuple[DotenvLine, ...] = ()
    faults: tuple[DotenvFault, ...] = ()

    @property
    def is_foreign(self) -> bool:
        """Tell whether others can change it."""
        return any(fault.kind == "foreign" for fault in self.faults)

    @property
    def is_readable(self) -> bool:
        """Tell whether it is known what it says."""
        return all(fault.kind != "unreadable" for fault in self.faults)


def read_dotenv(path: Path) -> Dotenv:
    """Return what `.env` gives, taken literally, with all that is wrong with it."""
    where = _absolute(path)
    foreign: list[DotenvFault] = []
    try:
        with open_regular(path) as binary, TextIOWrapper(binary, encoding="utf-8") as stream:
            foreign = _foreign(where, os.fstat(stream.fileno()))
            from dotenv.parser import parse_stream  # noqa: PLC0415 -- start-up: most calls have no `.env`

            bindings = list(parse_stream(stream))
    except FileNotFoundError:
        return Dotenv(path=where)
    except (OSError, UnicodeDecodeError) as error:
        return Dotenv(path=where, is_there=True, faults=(*foreign, _unreadable(where, error)))
    broken = [_broken(where, binding) for binding in bindings if _is_broken(binding)]
    lines = [
        DotenvLine(number=_line_of(binding), name=binding.key, value=binding.value)
        for binding in bindings
        if binding.key and binding.value
    ]
    return Dotenv(path=where, is_there=True, lines=tuple(lines), faults=(*foreign, *broken))


def _absolute(path: Path) -> Path:
    try:
        return path.absolute()
    except OSError:  # the working directory is gone, and so is a file in it
        return path


def _foreign(where: Path, status: os.stat_result) -> list[DotenvFault]:
    faults = []
    if status.st_uid not in {0, os.geteuid()}:
        problem = f"{where} belongs to another user (uid {status.st_uid}), who could change what is checked"
        mend = f"chown {os.geteuid()} {quote(str(where))}"
        faults.append(DotenvFault(kind="foreign", message=problem, mend=mend))
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        problem = f"{where} can be written by others, who could change what is checked"
        mend = f"chmod go-w {quote(str(where))}"
        faults.append(DotenvFault(kind="foreign", message=problem, mend=mend, owner=status.st_uid))
    return faults


def _unreadable(where: Path, error: OSError | UnicodeDecodeError) -> DotenvFault:
    reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
    message = f"{where} can't be read: {reason}"
    if isinstance(error, PermissionError):
        mend = f"chown {os.geteuid()} {quote(str(where))}"
        return DotenvFault(kind="unreadable", message=message, mend=mend)
    mend = f"mv {quote(str(where))} {quote(f'{where}.unreadable')}"
    return DotenvFault(kind="unreadable", message=message, mend=mend, owner=os.geteuid())


def _is_broken(binding: Any) -> bool:
    return bool(binding.error or (binding.key and binding.value is None))


def _broken(where: Path, binding: Any) -> DotenvFault:
    line = _line_of(binding)
    seen = re.match(r"\W*(?:export\s+)?(?P<name>\w*)(?P<colon>\s*:)?", binding.original.string)
    # Lines keep their numbers, which other messages name.
    change = "s/ *: */=/" if seen and seen["colon"] else "s/^/#/"
    return DotenvFault(
        kind="broken",
        message=f"{where}, line {line}: expected NAME=value",
        mend=f"sed -i '{line}{change}' {quote(str(where))}",
        owner=os.geteuid(),
        name=seen["name"] if seen else "",
    )


def _line_of(binding: Any) -> int:
    text = binding.original.string
    line: int = binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")
    return line
