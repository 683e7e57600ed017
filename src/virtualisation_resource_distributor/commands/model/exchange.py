"""The whole model as a file: how does it get out, and what would a file change?"""

import sys
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from ...cluster.model import Model
from ...errors import Busy, InvalidData, UsageError
from ...reports.difference import Difference, difference
from ...reports.yaml_document import model_document
from ...settings import Settings
from ...store.queries import read_model
from ..outcome import Outcome
from ..reading import in_file, read_file
from ..replace import write_atomically
from .change import change


class Proposal(NamedTuple):
    """What a file would make of the model that was in the database when it was compared."""

    old: Model
    new: Model
    difference: Difference


def export_model(settings: Settings, output: Path | None) -> Outcome:
    """Write the model to a file, or as the answer.

    Raises what reading the database raises, and AnswerUnwritable; then an older file is as it was.
    """
    document = model_document(read_model(settings.database_path))
    if output is None:
        return Outcome(text=document)
    write_atomically(output, document.encode())
    return Outcome()


def propose(settings: Settings, file: str) -> Proposal:
    """Compare a file with the database; nothing is changed.

    Raises UsageError where PyYAML is missing, FileMissing, InvalidData, and what reading the database raises.
    """
    new = _read(file)
    old = read_model(settings.database_path)
    return Proposal(old=old, new=new, difference=difference(old, new))


def apply(settings: Settings, proposal: Proposal) -> Outcome:
    """Write a proposal into the database, all of it or nothing.

    Raises Busy where the model is no more the one that was compared, and what `change` raises.
    """

    def edit(model: Model) -> Model:
        if model != proposal.old:
            mend = "nothing was changed; run import-model again, to see the difference as it is now"
            raise Busy(f"another program has changed the model since it was compared; {mend}")
        return proposal.new

    return change(settings, edit)._replace(text="applied\n")


def _read(file: str) -> Model:
    try:
        from .yaml_tree import parse_yaml
    except ModuleNotFoundError as error:
        if error.name != "yaml":
            raise
        mend = f"run: {quote(sys.executable)} -m pip install PyYAML"
        raise UsageError(f"reading a model takes PyYAML, the extra [yaml], which is not installed; {mend}") from error
    from .document import model_of

    content = read_file(file, "a model, as export-model writes it")
    with in_file(file):
        return model_of(parse_yaml(_decoded(content)))


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidData(f"line {line}", "is not UTF-8; is this a model?") from error
