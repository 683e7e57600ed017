"""Can the secret and the database be read, by whom, and what are they?"""

from collections.abc import Iterator
from shlex import quote
from typing import assert_never

from ...cluster.facts import DatabaseFacts, SecretFacts
from ...settings import Given
from ...settings.table import DATABASE_PATH
from .check import Check, fault, fine, in_shell, warning
from .of_settings import write


def judge_secret(facts: SecretFacts, uid: int) -> Check:
    """Judge the file of the secret that this source needs; `uid` is whom the check runs as."""
    path = quote(facts.path)
    match facts.state:
        case "fine":
            return fine("secret", facts.path, "is there, and only its owner can read it")
        case "foreign":
            return warning("secret", facts.path, facts.message, in_shell(f"chown {uid} {path}", uid=uid))
        case "closed":
            return fault("secret", facts.path, facts.message, in_shell(f"chown {uid} {path}", uid=uid))
        case "open":
            mend = in_shell(f"chmod 600 {path}", uid=uid, owner=facts.owner)
            return fault("secret", facts.path, facts.message, mend)
        case "missing" | "unusable":
            return fault("secret", facts.path, facts.message, new_secret(facts.path))
        case _:
            assert_never(facts.state)


def new_secret(path: str) -> str:
    """Return the command that takes a secret as one line on standard input, and keeps it."""
    return f"run: install -D -m 600 /dev/stdin {quote(path)}"


def judge_database(facts: DatabaseFacts, given: Given) -> Iterator[Check]:
    """Yield what the database is; one of an older version serves as it is."""
    path = quote(facts.path)
    match facts.state:
        case "fine":
            yield fine("database", facts.path, _version(facts))
        case "nowhere" | "missing":
            directory = f"mkdir -p {quote(facts.path.rpartition('/')[0] or '/')} && " * (facts.state == "nowhere")
            yield fault("database", facts.path, facts.message, f"run: {directory}vrd init-database")
        case "empty":
            yield fault("database", facts.path, facts.message, f"run: rm {path} && vrd init-database")
        case "wal" | "torn":
            yield fault("database", facts.path, facts.message, "run: vrd init-database")
        case "alien":
            yield fault("database", facts.path, facts.message, _elsewhere(facts, given))
        case "busy":
            yield fault("database", facts.path, facts.message, f"run: fuser -v {path}")
        case "broken":
            yield fault("database", facts.path, facts.message, facts.advice)
        case _:
            assert_never(facts.state)


def _version(facts: DatabaseFacts) -> str:
    if facts.version == facts.newest:
        return f"is of version {facts.version}, the newest"
    return f"is of version {facts.version}, and read as one of {facts.newest}; vrd init-database upgrades it for good"


def _elsewhere(facts: DatabaseFacts, given: Given) -> str:
    """Return a place of its own for the database: what is there belongs to somebody."""
    own = DATABASE_PATH.default if facts.path != DATABASE_PATH.default else f"{DATABASE_PATH.default}.new"
    return write(given, DATABASE_PATH, own)
