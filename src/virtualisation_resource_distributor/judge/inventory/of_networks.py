"""Do the nodes have the networks and bridges that guests are put into?"""

from collections.abc import Iterator, Mapping
from shlex import quote

from ...cluster.inventory import DomainFacts
from ...cluster.names import NodeName, listed
from ...cluster.surroundings import NetworkFacts
from .finding import Finding, unchecked
from .presence import judge_presence, severity_for
from .seen import Seen, Users, by_name, by_value, users_by

_Networks = Mapping[NodeName, NetworkFacts]


def judge_networks(seen: Seen) -> Iterator[Finding]:
    """Yield each network that a node lacks, has not started, or has in another way than the others."""
    told = {name: node.networks for name, node in seen.surroundings.nodes.items() if node.networks is not None}
    if silent := sorted(seen.surroundings.nodes.keys() - told.keys()):
        yield unchecked("networks", "libvirt does not tell them there", silent)
    there = by_name(told)
    users = _users(seen, "network")
    for link in sorted(there.keys() | users.keys()):
        yield from _judge(link, there.get(link, {}), frozenset(told), users.get(link, Users()))


def _judge(link: str, there: _Networks, asked: frozenset[NodeName], users: Users) -> Iterator[Finding]:
    yield from judge_presence("network", link, there, asked, users)
    severity, where, name = severity_for(users), f"network {link}", quote(link)
    mend = f"make them alike with: virsh net-edit {name}"
    for what, values in (
        ("its forward mode is", {node: network.forward for node, network in there.items()}),
        ("its virtual port is", {node: network.switch or "none" for node, network in there.items()}),
    ):
        if len(set(values.values())) > 1:
            message = f"{what} {by_value(values.items())}; {users.words}"
            yield Finding(severity, "network-differs", where, message, mend, tuple(sorted(values)))
    bridges = {node: network.bridge or "none" for node, network in there.items() if network.forward == "bridge"}
    if len(set(bridges.values())) > 1:
        message = f"its bridge is {by_value(bridges.items())}; make sure that these are one network; {users.words}"
        yield Finding("warning", "network-differs", where, message, mend, tuple(sorted(bridges)))


def judge_bridges(seen: Seen) -> Iterator[Finding]:
    """Yield each bridge that guests are put into by its name, and that a node lacks."""
    links = {name: found for name in seen.inventory.nodes if (found := _links(seen, name)) is not None}
    users = _users(seen, "bridge")
    if users and (silent := tuple(sorted(seen.inventory.nodes.keys() - links.keys()))):
        yield unchecked("bridges", "neither libvirt nor ssh tells them there", silent)
    for bridge, needed_by in sorted(users.items()):
        if missing := tuple(sorted(name for name, found in links.items() if bridge not in found)):
            mend = "make it there as on the other nodes, or put guests into a network of libvirt's of mode bridge"
            message = f"not on {listed(missing)}; {needed_by.words}"
            yield Finding(severity_for(needed_by), "bridge-missing", f"bridge {bridge}", message, mend, missing)


def _links(seen: Seen, name: NodeName) -> frozenset[str] | None:
    """Return a node's network devices by all that tell them; None where nobody does."""
    node, shell = seen.surroundings.nodes.get(name), seen.surroundings.shells.get(name)
    told = [one.links for one in (node, shell) if one is not None and one.links is not None]
    return frozenset().union(*told) if told else None


def _users(seen: Seen, kind: str) -> Mapping[str, Users]:
    """Return by its name each network or bridge that guests have cards in, with the guests."""

    def links(domain: DomainFacts) -> Iterator[str]:
        return (card.link for card in domain.interfaces if card.kind == kind and card.link is not None)

    return users_by(seen, links)
