"""Write what is live, the model's zones included, as one document."""

import contextlib
import os
import tempfile
from pathlib import Path

from ..cluster import snapshot as documents
from ..errors import AnswerUnwritable
from ..judge.findings import findings_of, troubles_read
from ..reports.lines import trouble_lines
from ..settings import Settings
from .outcome import Outcome
from .reading import read_cluster


def snapshot(settings: Settings, from_file: str | None, output: Path | None) -> Outcome:
    """Write the cluster to a file, or as the answer; a partial view is trouble here as it is in the document.

    Raises AnswerUnwritable where the file can't be written; then an older one is as it was.
    """
    cluster = read_cluster(settings, from_file)
    document = documents.dumps(cluster)
    if output is not None:
        _write_atomically(output, document)
    return Outcome(
        text="" if output is not None else document.decode("ascii"),
        lines=trouble_lines(cluster, findings_of(cluster, ())),
        troubles=troubles_read(cluster),
    )


def _write_atomically(path: Path, content: bytes) -> None:
    try:
        if path.exists() and not path.is_file():  # /dev/stdout, a pipe: nothing that could be replaced
            path.write_bytes(content)
            return
        _replace(_place_of(path), content)
    except OSError as error:
        raise AnswerUnwritable(f"{path}: can't be written: {error.strerror}") from error


def _place_of(path: Path) -> Path:
    """Return where a path leads, through links."""
    place = Path(os.path.realpath(path))
    if place.is_symlink():
        raise AnswerUnwritable(f"{path}: can't be written: it is a link to itself")
    return place


def _replace(path: Path, content: bytes) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fchmod(stream.fileno(), path.stat().st_mode & 0o777 if path.exists() else 0o644 & ~_umask())
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
