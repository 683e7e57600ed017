"""Which domains do the nodes have, and what could not be seen?"""

from collections.abc import Sequence
from typing import NamedTuple

from ...cluster.assemble import assemble
from ...cluster.cluster import Cluster
from ...cluster.domain_xml import uuid_of
from ...cluster.inventory import DomainFacts, Inventory
from ...cluster.names import NodeName
from ...cluster.trouble import Trouble
from ...errors import UsageError
from ...judge.findings import findings_of, troubles_of
from ...reports.lines import trouble_lines
from ...settings import Settings
from ...sources.choose import choose_libvirt
from ...store.queries import read_model
from ..asked import known_model_nodes


class Placed(NamedTuple):
    """A domain as one node has it, its definition known."""

    node: NodeName
    domain: DomainFacts


class Seen(NamedTuple):
    """All that the nodes tell that were asked."""

    inventory: Inventory
    cluster: Cluster

    def named(self, name: str) -> list[Placed]:
        """Return where a domain of this name or UUID is, first where it runs.

        Raises UsageError where two domains have that name.
        """
        uuid = uuid_of(name)
        placed = [one for one in self._all() if name == one.domain.name or one.domain.uuid == uuid]
        if len({one.domain.uuid for one in placed}) > 1:
            told = ", ".join(f"{one.domain.uuid} on '{one.node}'" for one in placed)
            raise UsageError(f"several domains are named '{name}'; give one's UUID as --name: {told}")
        return sorted(placed, key=lambda one: (not one.domain.active, one.node))

    def active(self) -> list[Placed]:
        """Return what runs, on whichever nodes, sorted by name."""
        active = [one for one in self._all() if one.domain.active]
        return sorted(active, key=lambda one: (one.domain.name, one.domain.uuid, one.node))

    def names(self) -> list[str]:
        """Return the names of all domains."""
        return sorted({one.domain.name for one in self._all()})

    def troubles(self, uuid: str | None = None) -> tuple[tuple[str, ...], tuple[Trouble, ...]]:
        """Return what could not be seen or contradicts itself, as lines and as troubles.

        With a domain's UUID it is what concerns that one: nodes that gave no answer, and where it runs twice.
        """
        findings = tuple(
            finding
            for finding in findings_of(self.cluster, ())
            if uuid is None or finding.subject in {uuid, f"guest {uuid}"} or finding.subject.startswith("node ")
        )
        return trouble_lines(self.cluster, findings), troubles_of(findings)

    def _all(self) -> list[Placed]:
        return [
            Placed(name, domain)
            for name, node in sorted(self.inventory.nodes.items())
            for domain in node.domains
            if domain.definition
        ]


def look(settings: Settings, command: str, nodes: Sequence[str]) -> Seen:
    """Ask these nodes, or all where none is named.

    Raises UsageError where one is not in the model or SOURCE is not libvirt, and what source and store raise.
    """
    model = read_model(settings.database_path)
    source = choose_libvirt(settings, model, command).only(known_model_nodes(model, nodes))
    seen = source.look()
    return Seen(inventory=seen.inventory, cluster=assemble(seen.placement, model))
