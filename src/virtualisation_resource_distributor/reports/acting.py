"""The commands that do by hand what an acting command does."""

from collections.abc import Iterable, Mapping
from shlex import quote

from ..cluster.cluster import Cluster
from ..cluster.inventory import DomainFacts
from ..cluster.names import NodeName, listed
from .migration import uri_word, uris_of


def command_line(cluster: Cluster, node: NodeName, template: str, *words: str) -> str:
    """Return a virsh command on a node as a line for a shell; raises InvalidData where it can't be written safely."""
    uri = uri_word(node, uris_of(cluster, template))
    return " ".join(map(quote, ("virsh", "--connect", uri, *words)))


def define_line(name: str, cluster: Cluster, node: NodeName, template: str) -> str:
    """Return the line that defines a domain from the store, secrets included."""
    export = f"vrd export-definition --name {quote(name)} --with-secrets --output domain.xml"
    return f"{export} && {command_line(cluster, node, template, 'define', 'domain.xml')}"


def only_shown(lines: Iterable[str]) -> str:
    """Return what would be done as text, and that it was not."""
    return "".join(f"{line}\n" for line in (*lines, "Nothing was done; with --yes it is."))


def where_it_runs(active: Mapping[NodeName, DomainFacts]) -> str:
    """Return where a guest runs after an act, in words."""
    crashed = sorted(name for name, domain in active.items() if domain.status == "crashed")
    runs = sorted(active.keys() - crashed)
    parts = [f"it runs on {listed(runs)} now"] if runs else []
    if crashed:
        parts.append(f"it has crashed, and is kept on {listed(crashed)}")
    return ", and ".join(parts) or "it runs on no node that answers"
