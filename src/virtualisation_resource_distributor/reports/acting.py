"""The commands that do by hand what an acting command does."""

from collections.abc import Iterable, Sequence
from shlex import quote

from ..cluster.cluster import Cluster
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


def where_it_runs(places: Sequence[NodeName]) -> str:
    """Return where a guest runs after an act, in words."""
    return f"it runs on {listed(places)} now" if places else "it runs on no node that answers"
