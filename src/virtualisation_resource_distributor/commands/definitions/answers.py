"""List, export, delete and compare the definitions that are kept."""

from pathlib import Path
from typing import Literal, NamedTuple

from ...errors import UsageError
from ...judge.inventory.definitions import differences
from ...reports.definition_text import shown_definition
from ...reports.differences import Comparison, comparison_document, comparison_text
from ...reports.listing import Row, list_document, list_text
from ...settings import Settings
from ...store.definitions import delete_definitions, read_definitions, read_versions
from ..outcome import Outcome
from ..replace import write_atomically
from .kept import kept_newest, kept_version, newest_among
from .seen import look

_COLUMNS = ("name", "id", "version", "created_at", "author", "origin")
_FOR_PEOPLE = ("name", "version", "created_at", "author", "origin")


class ListOptions(NamedTuple):
    """Whose history is asked for, all newest versions without a name; and how the caller wants to see it."""

    name: str | None = None
    format: Literal["text", "json"] = "text"
    width: int | None = None


class ExportOptions(NamedTuple):
    """Which version, the newest where none is given, and where it goes."""

    name: str
    version: int | None = None
    output: Path | None = None
    with_secrets: bool = False


class DiffOptions(NamedTuple):
    """What is compared: a version with another one, or with what nodes have."""

    name: str
    version: int | None = None
    to: int | None = None
    node: str | None = None
    format: Literal["text", "json"] = "text"


def list_definitions(settings: Settings, options: ListOptions) -> Outcome:
    """List the newest version of each definition, or all versions of one, oldest first."""
    path = settings.database_path
    kept = read_definitions(path)
    if options.name is not None:
        kept = read_versions(path, newest_among(kept, options.name).uuid)
    rows: list[Row] = [
        {
            "name": one.name,
            "id": one.uuid,
            "version": one.version,
            "created_at": one.created_at,
            "author": one.author,
            "origin": one.origin,
        }
        for one in kept
    ]
    if options.format == "json":
        return Outcome(text=list_document("definitions", rows))
    return Outcome(text=list_text(_COLUMNS if options.width is None else _FOR_PEOPLE, rows, options.width))


def export_definition(settings: Settings, options: ExportOptions) -> Outcome:
    """Write a definition to a file, or as the answer, its secrets hidden unless they are asked for.

    Raises UsageError, AnswerUnwritable where the file can't be written, and what the store raises.
    """
    if options.with_secrets and options.output is None:
        raise UsageError("--with-secrets goes with --output FILE: passwords are never written to standard output")
    kept = kept_version(settings.database_path, options.name, options.version)
    if options.with_secrets and options.output is not None:
        if options.output.exists() and not options.output.is_file():
            raise UsageError(f"{options.output} is no regular file; --with-secrets writes to one that is yours alone")
        write_atomically(options.output, kept.xml.encode(), mode=0o600)
        return Outcome()
    shown = shown_definition(kept.xml)
    mend = "--output FILE --with-secrets writes them into a file that is yours alone"
    lines = (f"passwords in it are hidden; {mend}",) if shown.hidden else ()
    if options.output is None:
        return Outcome(text=shown.xml if shown.xml.endswith("\n") else f"{shown.xml}\n", lines=lines)
    write_atomically(options.output, shown.xml.encode())
    return Outcome(lines=lines)


def delete_definition(settings: Settings, name: str) -> Outcome:
    """Forget all versions of a definition; raises UsageError where there is none, and what the store raises."""
    newest = kept_newest(settings.database_path, name)
    count = delete_definitions(settings.database_path, newest.uuid)
    return Outcome(text=f"deleted {count} version{'' if count == 1 else 's'} of '{newest.name}'\n")


def diff_definition(settings: Settings, options: DiffOptions) -> Outcome:
    """Tell in what a version differs from another one, or from what the nodes have; that alone is no alarm.

    Raises UsageError where a version or node is not there, and what source and store raise.
    """
    if options.to is not None and (options.version is None or options.node is not None):
        raise UsageError("--to goes with --version, and compares two versions that are kept: without --node")
    kept = kept_version(settings.database_path, options.name, options.version)
    here = f"version {kept.version}"
    lines: tuple[str, ...] = ()
    if options.to is not None:
        other = kept_version(settings.database_path, options.name, options.to)
        found = [Comparison(here, f"version {other.version}", differences(kept.xml, other.xml))]
        outcome = Outcome()
    else:
        seen = look(settings, "diff-definition", () if options.node is None else (options.node,))
        placed = seen.named(kept.uuid)
        found = [Comparison(here, f"node {one.node}", differences(kept.xml, one.domain.definition)) for one in placed]
        lines, troubles = seen.troubles(kept.uuid)
        outcome = Outcome(lines=lines, troubles=troubles)
    document = comparison_document if options.format == "json" else comparison_text
    return outcome._replace(text=document(kept, found))
