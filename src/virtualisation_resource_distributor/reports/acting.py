"""The commands that do by hand what an acting command does."""

from collections.abc import Iterable, Mapping, Sequence
from shlex import quote

from ..cluster.cluster import Cluster
from ..cluster.inventory import DomainFacts
from ..cluster.names import GuestId, NodeName, listed
from .migration import uri_word, uris_of


def command_line(cluster: Cluster, node: NodeName, template: str, *words: str) -> str:
    """Return a virsh command on a node as a line for a shell; raises InvalidData where it can't be written safely."""
    uri = uri_word(node, uris_of(cluster, template))
    return " ".join(map(quote, ("virsh", "--connect", uri, *words)))


def define_line(uuid: GuestId, cluster: Cluster, node: NodeName, template: str) -> str:
    """Return the line that defines a domain from the store, secrets included."""
    export = f"vrd export-definition --name {quote(uuid)} --with-secrets --output domain.xml"
    return f"{export} && {command_line(cluster, node, template, 'define', 'domain.xml')}"


def only_shown(lines: Iterable[str]) -> str:
    """Return what would be done as text, and that it was not."""
    return "".join(f"{line}\n" for line in (*lines, "Nothing was done; with --yes it is."))


def where_it_runs(active: Mapping[NodeName, DomainFacts], unseen: Sequence[NodeName]) -> str:
    """Return where a guest is active after an act and how, in words, and which nodes could not be asked."""
    blind = f"; {listed(unseen)} can't be asked" if unseen else ""
    parts = []
    for how, statuses in (("runs", None), ("is paused", "paused"), ("has crashed, and is kept,", "crashed")):
        there = [name for name, domain in sorted(active.items()) if _how(domain) == statuses]
        if there:
            parts.append(f"it {how} on {listed(there)} now")
    nowhere = "it runs on no node that answers" if unseen else "it runs nowhere"
    return f"{', and '.join(parts) or nowhere}{blind}"


def _how(domain: DomainFacts) -> str | None:
    return domain.status if domain.status in {"paused", "crashed"} else None
