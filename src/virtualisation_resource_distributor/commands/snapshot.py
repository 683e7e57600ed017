"""Write what is live, the model's zones included, as one document."""

from pathlib import Path

from ..cluster import snapshot as documents
from ..judge.findings import findings_of, troubles_read
from ..reports.lines import trouble_lines
from ..settings import Settings
from .outcome import Outcome
from .reading import read_cluster
from .replace import write_atomically


def snapshot(settings: Settings, from_file: str | None, output: Path | None) -> Outcome:
    """Write the cluster to a file, or as the answer; a partial view is trouble here as it is in the document.

    Raises AnswerUnwritable where the file can't be written; then an older one is as it was.
    """
    cluster = read_cluster(settings, from_file)
    document = documents.dumps(cluster)
    if output is not None:
        write_atomically(output, document)
    return Outcome(
        text="" if output is not None else document.decode("ascii"),
        lines=trouble_lines(cluster, findings_of(cluster, ())),
        troubles=troubles_read(cluster),
    )
