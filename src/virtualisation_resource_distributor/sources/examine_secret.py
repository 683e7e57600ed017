"""What is there in the place of a secret, and who can get at it?"""

import os
from pathlib import Path

from ..cluster.facts import SecretFacts
from ..errors import FileMissing, InvalidData, SourceForbidden
from .secrets import place_of, read_file


def examine_secret(name: str, secrets_directory: Path, credentials_directory: Path | None) -> SecretFacts:
    """Return what there is of a secret, read as `read_secret` does; nothing is raised."""
    path, forbidden = place_of(name, secrets_directory, credentials_directory)
    where = str(path.absolute())
    owner = _owner(path)
    try:
        secret = read_file(path, forbidden=forbidden)
    except SourceForbidden as error:
        return SecretFacts(path=where, state="open", message=_problem(error), owner=owner)
    except InvalidData as error:
        return SecretFacts(path=where, state="unusable", message=error.problem, owner=owner)
    except FileMissing as error:
        problem = _problem(error).removeprefix(f"{where}: ")
        closed = isinstance(error.__cause__, PermissionError)
        return SecretFacts(path=where, state="closed" if closed else "missing", message=problem, owner=owner)
    if owner not in {0, os.geteuid()}:
        message = f"belongs to another user (uid {owner}), who can read and change it"
        return SecretFacts(path=where, state="foreign", message=message, owner=owner, secret=secret)
    return SecretFacts(path=where, state="fine", owner=owner, secret=secret)


def _owner(path: Path) -> int | None:
    try:
        return path.stat().st_uid
    except OSError:
        return None


def _problem(error: Exception) -> str:
    """Return what is wrong, without the advice that follows it."""
    return str(error).partition("; ")[0]
