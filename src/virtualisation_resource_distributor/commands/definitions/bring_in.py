"""Keep definitions: those that nodes have, or one in a file."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from ...cluster.definition import Definition
from ...cluster.domain_xml import EXPECTED, DomainXml, parse_domain_xml
from ...cluster.hidden import has_hidden
from ...cluster.moment import written
from ...cluster.names import NodeName, listed, near
from ...cluster.trouble import Trouble
from ...errors import FileMissing, InvalidData, UsageError
from ...exits import status_of
from ...judge.inventory.definitions import differences, some_in_words
from ...judge.inventory.whereabouts import active_twice
from ...reports.definition_text import shown_definition
from ...settings import Settings
from ...store.definitions import Kept, add_definitions, word_for_word
from ...store.locks import author
from ...store.private import check_private
from ..outcome import Outcome
from .seen import Placed, Seen, look

_COMMAND = "import-definition"
_MOST_BYTES = 4 * 2**20
_STANDARD_INPUT = "-"


class ImportOptions(NamedTuple):
    """What to keep: a domain of the nodes, on one of them where it is named, or a file, or all that runs."""

    name: str | None = None
    node: str | None = None
    file: str | None = None
    running: bool = False


def import_definition(settings: Settings, options: ImportOptions, now: datetime) -> Outcome:
    """Keep what was asked for as a new version where it means something new, and tell what was done.

    Raises UsageError, InvalidData, FileMissing, SourceForbidden where a password would come into a database that others
    can read, and what source and store raise.
    """
    if sum((options.name is not None, options.file is not None, options.running)) != 1:
        raise UsageError("give one of --name GUEST, --file FILE and --all")
    if options.node is not None and options.file is not None:
        raise UsageError("--node goes with --name and --all: a file is on no node")
    if options.file is not None:
        return _from_file(settings, options.file, now)
    nodes = () if options.node is None else (options.node,)
    seen = look(settings, _COMMAND, nodes)
    if options.name is None:
        return _all_that_runs(settings, seen, now)
    return _from_node(settings, seen, options.name, options.node, now)


def keep_from(settings: Settings, xml: str, node: NodeName, now: datetime) -> int:
    """Keep the definition of a domain that a node has, and return the number of its newest version.

    Raises SourceForbidden where a password would come into a database that others can read, and what the store raises.
    """
    brought = (parse_domain_xml(xml, f"node '{node}'"), xml, f"node {node}")
    (kept,) = _keep(settings, [brought], now, _means_the_same_with_secrets)
    return kept.newest.version


def _from_file(settings: Settings, file: str, now: datetime) -> Outcome:
    where = "standard input" if file == _STANDARD_INPUT else file
    xml = _read(file, where)
    parsed = parse_domain_xml(xml, where)
    if has_hidden(parsed.root):
        mend = "export it with --output FILE --with-secrets, or put them in again"
        raise InvalidData(where, f"its passwords are hidden, as export-definition writes it; {mend}")
    origin = "standard input" if file == _STANDARD_INPUT else f"file {Path(file).name}"
    (kept,) = _keep(settings, [(parsed, xml, origin)], now, word_for_word)
    return Outcome(text=_told(kept))


def _read(file: str, where: str) -> str:
    """Return the text of a file; of one that goes on without end no more than a definition can have."""
    try:
        with open(0 if file == _STANDARD_INPUT else file, "rb", closefd=file != _STANDARD_INPUT) as stream:
            content = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        raise FileMissing(f"{where}: can't be read: {error.strerror}; {EXPECTED}") from error
    if len(content) > _MOST_BYTES:
        raise InvalidData(where, f"is larger than {_MOST_BYTES >> 20} MiB, as no definition is; {EXPECTED}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidData(where, f"is no text in UTF-8; {EXPECTED}") from None


def _from_node(settings: Settings, seen: Seen, name: str, node: str | None, now: datetime) -> Outcome:
    placed = seen.named(name)
    if not placed:
        lines, troubles = seen.troubles()
        if status_of(alarm=False, troubles=troubles):
            return Outcome(lines=(*lines, f"'{name}' is on no node that answered"), troubles=troubles)
        where = "" if node is None else f" on node '{node}'"
        raise UsageError(f"there is no domain '{name}'{where}{near(name, seen.names())}; list-guests --live lists all")
    first, *others = placed
    for other in others:
        if found := differences(first.domain.definition, other.domain.definition):
            where = listed([one.node for one in placed])
            problem = f"'{name}' is on {where}, and its definitions differ: {some_in_words(found)}"
            raise UsageError(f"{problem}; say with --node which is meant")
    (kept,) = _keep(settings, [_of_node(first)], now, _means_the_same)
    lines, troubles = seen.troubles(first.domain.uuid)
    return Outcome(text=_told(kept), lines=(*_lost_secrets([kept]), *lines), troubles=troubles)


def _all_that_runs(settings: Settings, seen: Seen, now: datetime) -> Outcome:
    """Keep what runs, but for what is on the move or runs twice: nobody can tell which definition counts."""
    inventory = seen.inventory
    skipped = {*inventory.moving, *inventory.unsettled, *active_twice(inventory)}
    runs = [placed for placed in seen.active() if placed.domain.uuid not in skipped]
    kept = _keep(settings, [_of_node(placed) for placed in runs], now, _means_the_same)
    new = [one for one in kept if one.is_new]
    text = "".join(_told(one) for one in new)
    lines, troubles = seen.troubles()
    moving = tuple(_moving(seen))
    told = (f"{trouble.subject}: {trouble.message}" for trouble in moving)
    return Outcome(
        text=f"{text}{len(new)} new, {len(kept) - len(new)} kept already\n",
        lines=(*_lost_secrets(new), *told, *lines),
        troubles=(*moving, *troubles),
    )


def _moving(seen: Seen) -> Iterator[Trouble]:
    names = {placed.domain.uuid: placed.domain.name for placed in seen.active()}
    for uuid in sorted({*seen.inventory.moving, *seen.inventory.unsettled}):
        message = f"'{names.get(uuid, uuid)}' is being migrated, and was left out; run {_COMMAND} again later"
        yield Trouble(kind="unreadable", subject=f"guest {uuid}", message=message)


def _of_node(placed: Placed) -> tuple[DomainXml, str, str]:
    xml = placed.domain.definition
    return parse_domain_xml(xml, f"'{placed.domain.name}' on node '{placed.node}'"), xml, f"node {placed.node}"


def _keep(
    settings: Settings,
    brought: list[tuple[DomainXml, str, str]],
    now: datetime,
    is_same: Callable[[Definition, Definition], bool],
) -> tuple[Kept, ...]:
    """Keep definitions in one transaction, but for those that are the same as the newest version."""
    path = settings.database_path
    with_secrets = [parsed.name for parsed, xml, _ in brought if has_secrets(xml)]
    if with_secrets:
        check_private(path, f"the definition of {listed(with_secrets)}, which seems to hold a password,")
    definitions = [
        Definition(
            uuid=parsed.uuid,
            name=parsed.name,
            version=0,
            created_at=written(now),
            author=author(),
            origin=origin,
            xml=xml,
        )
        for parsed, xml, origin in brought
    ]
    return add_definitions(path, definitions, is_same)


def _means_the_same(newest: Definition, brought: Definition) -> bool:
    return not differences(newest.xml, brought.xml)


def _means_the_same_with_secrets(newest: Definition, brought: Definition) -> bool:
    """Tell so also of passwords, where they are told: a reader is told none."""
    return _means_the_same(newest, brought) and has_secrets(newest.xml) == has_secrets(brought.xml)


def _told(kept: Kept) -> str:
    newest = kept.newest
    if kept.is_new:
        return f"kept version {newest.version} of '{newest.name}', from {newest.origin}\n"
    return f"version {newest.version} of '{newest.name}' is kept already\n"


def _lost_secrets(kept: list[Kept]) -> Iterator[str]:
    """Tell where a version without passwords comes after one that has some: no reader is told them."""
    for one in kept:
        if one.before is not None and has_secrets(one.before.xml) and not has_secrets(one.newest.xml):
            name, before = one.newest.name, one.before.version
            mend = f"on the node run: virsh dumpxml --security-info --inactive {quote(name)}, and import that file"
            yield f"version {one.newest.version} of '{name}' lacks the passwords that version {before} has; {mend}"


def has_secrets(xml: str) -> bool:
    """Tell whether a definition seems to hold a password."""
    return shown_definition(xml).hidden
