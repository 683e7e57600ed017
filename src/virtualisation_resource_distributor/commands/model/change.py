"""The commands that change the model: which of their words reach the operator?"""

from collections.abc import Callable
from shlex import quote

from ...cluster.model import Model
from ...reports.text import printable
from ...settings import Settings
from ...store.changes import Upgraded, change_model, create_database, upgrade_database
from ...store.upgrade import VERSION
from ..outcome import Outcome


def change(settings: Settings, edit: Callable[[Model], Model]) -> Outcome:
    """Write what `edit` makes of the model; silent, unless an older database was upgraded and left nodes in no zone.

    Raises what `edit` raises, FileMissing, InvalidData, Busy and AnswerUnwritable; then nothing was changed.
    """
    return Outcome(lines=_unplaced(change_model(settings.database_path, edit)))


def init_database(settings: Settings) -> Outcome:
    """Create the database, or upgrade an older one, or say that there is nothing to do.

    Raises FileMissing where its directory is not there, InvalidData where something else has its name, Busy and
    AnswerUnwritable.
    """
    path = settings.database_path
    if create_database(path):
        return _answer(f"created {path}, a database of version {VERSION}")
    upgraded = upgrade_database(path)
    if upgraded is None:
        return _answer(f"nothing to do: {path} is a database of version {VERSION}, the newest")
    done = f"upgraded {path} from version {upgraded.from_version} to {upgraded.to_version}"
    return _answer(f"{done}; as it was, it is kept as {upgraded.copy}", _unplaced(upgraded))


def _answer(sentence: str, lines: tuple[str, ...] = ()) -> Outcome:
    return Outcome(text=f"{printable(sentence)}\n", lines=lines)


def _unplaced(upgraded: Upgraded | None) -> tuple[str, ...]:
    """Return a line for each node whose zone the first edition deleted under it."""
    problem = "is in no zone, since its zone was deleted"
    return tuple(
        f"node '{name}' {problem}; run: vrd set-node --name {quote(name)} --zone-name ZONE"
        for name in (upgraded.unplaced if upgraded is not None else ())
    )
