"""Read a cluster: from a snapshot file, or live."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ..cluster import snapshot
from ..cluster.assemble import assemble
from ..cluster.cluster import Cluster, Guest
from ..cluster.holds import LookedUp
from ..errors import FileMissing, InvalidData
from ..settings import Settings

STANDARD_INPUT = "-"


LookUp = Callable[[Sequence[Guest]], LookedUp]


class Reading(NamedTuple):
    """A cluster, and how to find out what forbids a live migration of some of its guests; a file has no more to say."""

    cluster: Cluster
    look_up: LookUp = lambda _guests: LookedUp()


def read_cluster(settings: Settings, from_file: str | None) -> Cluster:
    """Return the cluster alone, as `read` reads it."""
    return read(settings, from_file).cluster


def read(settings: Settings, from_file: str | None) -> Reading:
    """Return the cluster that the file holds (`-` is standard input), or without a file what is live and modelled.

    Raises InvalidData with the file's name, FileMissing, and what the source and the store raise.
    """
    if from_file is None:
        return _read_live(settings)
    document = read_file(from_file, "a snapshot, as the command snapshot writes it")
    with in_file(from_file):
        return Reading(snapshot.loads(document))


def _read_live(settings: Settings) -> Reading:
    from ..sources.choose import choose_source
    from ..store.queries import read_model

    # The model first: it is near, and without it there is nothing to ask a source for.
    model = read_model(settings.database_path)
    if settings.source == "libvirt":
        from .clashing import read_with_clashes

        return Reading(assemble(read_with_clashes(settings, model), model))
    source = choose_source(settings, model)
    return Reading(assemble(source.read(), model), source.look_up)


def read_file(name: str, expected: str) -> bytes:
    """Return what a file holds (`-` is standard input); raises FileMissing, with what was expected in it."""
    try:
        return sys.stdin.buffer.read() if name == STANDARD_INPUT else Path(name).read_bytes()
    except (OSError, AttributeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "standard input is closed"
        raise FileMissing(f"{name}: can't be read: {reason}; expected {expected}") from error


@contextmanager
def in_file(name: str) -> Iterator[None]:
    """Put the file's name before the place of what is wrong in it."""
    try:
        yield
    except InvalidData as error:
        shown = "standard input" if name == STANDARD_INPUT else name
        raise InvalidData(f"{shown}: {error.where}", error.problem) from error
