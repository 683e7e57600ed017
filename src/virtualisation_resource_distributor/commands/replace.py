"""How does a file get its new content: whole, or not at all?"""

import contextlib
import os
import tempfile
from pathlib import Path

from ..errors import AnswerUnwritable


def write_atomically(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """Replace a file in one step; what is no regular file, such as a pipe, is written to.

    `mode` is the file's; None leaves an older one its own, and lets the umask decide about a new one. Raises
    AnswerUnwritable where the file can't be written; then an older one is as it was.
    """
    try:
        if path.exists() and not path.is_file():  # /dev/stdout, a pipe: nothing that could be replaced
            path.write_bytes(content)
            return
        _replace(_place_of(path), content, mode)
    except OSError as error:
        mend = "look at its directory and the permissions there, and at the room on the disk"
        raise AnswerUnwritable(f"{path}: can't be written: {error.strerror}; {mend}") from error


def _place_of(path: Path) -> Path:
    """Return where a path leads, through links."""
    place = Path(os.path.realpath(path))
    if place.is_symlink():
        raise AnswerUnwritable(f"{path}: can't be written: it is a link to itself")
    return place


def _replace(path: Path, content: bytes, mode: int | None) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fchmod(stream.fileno(), _mode_of(path) if mode is None else mode)
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def _mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777 if path.exists() else 0o644 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
