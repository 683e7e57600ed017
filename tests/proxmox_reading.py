"""The Proxmox source, read in this process from the fake server."""

from dataclasses import replace
from pathlib import Path

from tests.fake_proxmox import FakeCluster, FakeNode, FakeProxmox

from virtualisation_resource_distributor.cluster.cluster import Guest, Node
from virtualisation_resource_distributor.cluster.placement import Placement
from virtualisation_resource_distributor.settings import read_settings
from virtualisation_resource_distributor.sources.proxmox.source import ProxmoxSource

VERSIONS = ("7.4-17", "8.2.4", "8.4.1", "9.0.3")
NODES = (FakeNode(name="pve1"), FakeNode(name="pve2"), FakeNode(name="pve3"))


def read(fake: FakeProxmox, folder: Path, cluster: FakeCluster | None = None, **settings: str) -> Placement:
    """Return what the source makes of the cluster; settings go on top of those with which the server is reached."""
    if cluster is not None:
        fake.change(cluster)
    return read_with(fake.environment(folder) | settings, folder)


def read_with(environment: dict[str, str], folder: Path) -> Placement:
    """Return what the source makes of what these settings lead to."""
    return ProxmoxSource.from_settings(read_settings(environment, folder / "no.env")).read()


def with_nodes(version: str = "8.4.1", **parts: object) -> FakeCluster:
    """Return a cluster of three nodes with these parts."""
    return replace(FakeCluster(version=version, nodes=NODES), **parts)  # type: ignore[arg-type]


def guest(placement: Placement, guest_id: str) -> Guest:
    """Return the one guest of this number."""
    (found,) = (guest for guest in placement.guests if guest.id == guest_id)
    return found


def node(placement: Placement, name: str) -> Node:
    """Return the one node of this name."""
    (found,) = (node for node in placement.nodes if node.name == name)
    return found


def told(placement: Placement) -> list[tuple[str, str]]:
    """Return kind and subject of each trouble, sorted."""
    return sorted((trouble.kind, trouble.subject) for trouble in placement.troubles)
