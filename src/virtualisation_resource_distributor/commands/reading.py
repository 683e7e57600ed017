"""Read a cluster: from a snapshot file, or live."""

import sys
from pathlib import Path

from ..cluster import snapshot
from ..cluster.assemble import assemble
from ..cluster.cluster import Cluster
from ..errors import FileMissing, InvalidData
from ..settings import Settings

STANDARD_INPUT = "-"


def read_cluster(settings: Settings, from_file: str | None) -> Cluster:
    """Return the cluster that the file holds (`-` is standard input), or without a file what is live and modelled.

    Raises InvalidData with the file's name, FileMissing, and what the source and the store raise.
    """
    if from_file is None:
        return _read_live(settings)
    document = _read_file(from_file)
    try:
        return snapshot.loads(document)
    except InvalidData as error:
        name = "standard input" if from_file == STANDARD_INPUT else from_file
        raise InvalidData(f"{name}: {error.where}", error.problem) from error


def _read_live(settings: Settings) -> Cluster:
    from ..sources.choose import choose_source
    from ..store.queries import read_model

    # The model first: it is near, and without it there is nothing to ask a source for.
    model = read_model(settings.database_path)
    return assemble(choose_source(settings, model).read(), model)


def _read_file(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == STANDARD_INPUT else Path(name).read_bytes()
    except (OSError, AttributeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "standard input is closed"
        raise FileMissing(
            f"{name}: can't be read: {reason}; expected a snapshot, as the command snapshot writes it"
        ) from error
