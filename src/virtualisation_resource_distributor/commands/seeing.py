"""See all that there is on libvirt nodes and around them, for the commands that compare the nodes with each other."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from ..cluster.assemble import assemble
from ..cluster.definition import Definition
from ..cluster.moment import FORMAT
from ..cluster.names import NodeName
from ..cluster.surroundings import LockFacts
from ..cluster.trouble import Trouble
from ..judge.findings import Finding, findings_of, troubles_of
from ..judge.inventory.seen import Seen
from ..reports.lines import trouble_lines
from ..settings import Settings
from ..sources.choose import choose_libvirt, look_around
from ..sources.libvirt.inventory import parse_stored
from ..store.definitions import read_definitions
from ..store.locks import Lock, read_locks
from ..store.queries import read_model

if TYPE_CHECKING:
    from ..sources.libvirt.over_ssh import SshPlace


class Sight(NamedTuple):
    """What was seen; `nodes` told all, `silent` nothing or not all, and `errors` are the troubles with their codes.

    `kept` are the newest definitions in the database.
    """

    seen: Seen
    kept: tuple[Definition, ...]
    nodes: tuple[NodeName, ...]
    silent: tuple[NodeName, ...]
    errors: tuple[Finding, ...]
    lines: tuple[str, ...]
    places: Mapping[NodeName, "SshPlace"]

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """Return the errors as what makes a status."""
        return troubles_of(self.errors)


def see_nodes(settings: Settings, command: str, now: datetime) -> Sight:
    """Ask all nodes through libvirt, and over ssh where that is how they are reached.

    Raises UsageError where SOURCE is not libvirt, what the source raises where no node can be read, and what the store
    raises.
    """
    model = read_model(settings.database_path)
    source = choose_libvirt(settings, model, command)
    look = source.look_at_any()
    around = look_around(source, look.inventory.nodes.keys())
    lost = {trouble.subject.removeprefix("node ") for trouble in around.troubles}
    nodes = tuple(sorted(look.inventory.nodes.keys() - lost))
    kept = read_definitions(settings.database_path)
    cluster = assemble(look.placement._replace(troubles=(*look.placement.troubles, *around.troubles)), model)
    # A guest that runs twice is a finding of the nodes' comparison, and told as such.
    found = findings_of(cluster, ())
    errors = tuple(one for one in found if one.severity == "error" and one.code != "seen-twice")
    return Sight(
        seen=Seen(
            inventory=look.inventory,
            surroundings=around.surroundings,
            stored=tuple(parse_stored(one.uuid, one.name, one.xml) for one in kept),
            locks=tuple(_lock(lock, now) for lock in read_locks(settings.database_path)),
        ),
        kept=kept,
        nodes=nodes,
        silent=tuple(sorted(node.name for node in model.nodes if node.name not in nodes)),
        errors=errors,
        lines=trouble_lines(cluster, errors),
        places=around.places,
    )


def _lock(lock: Lock, now: datetime) -> LockFacts:
    taken_at = datetime.strptime(lock.created_at, FORMAT)
    return LockFacts(
        name=lock.name,
        holder=lock.holder,
        is_stale=lock.is_stale,
        is_foreign=lock.is_foreign,
        age_seconds=(now - taken_at).total_seconds(),
    )
