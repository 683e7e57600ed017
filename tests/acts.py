"""What stories of acts on guests share: a guest that is kept and down, and where guests run."""

from datetime import UTC, datetime
from pathlib import Path

from tests.libvirt_lab import Lab
from tests.live import Ran, assert_clear

from virtualisation_resource_distributor.cluster.definition import Definition
from virtualisation_resource_distributor.cluster.names import GuestId
from virtualisation_resource_distributor.store.definitions import add_definitions


def run_kept(nodes: Lab, database: Path, name: str, node: int, *, disk: str = "none") -> str:
    """Define and start a guest, store its definition, and return its UUID."""
    nodes.do("define", name, str(node), "64", disk)
    uuid = nodes.virsh(node, "domuuid", name).strip()
    xml = nodes.virsh(node, "dumpxml", "--inactive", name)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    add_definitions(database, [Definition(GuestId(uuid), name, 0, now, "root", f"node node{node}", xml)])
    return uuid


def keep(nodes: Lab, database: Path, name: str, node: int, *, disk: str = "none", then: str = "undefine") -> str:
    """Store a guest's definition, end it and take it from the node, and return its UUID."""
    uuid = run_kept(nodes, database, name, node, disk=disk)
    nodes.virsh(node, "destroy", name)
    if then == "undefine":
        nodes.virsh(node, "undefine", name)
    return uuid


def places(nodes: Lab, name: str, *, among: tuple[int, ...] = (1, 2, 3, 4)) -> list[int]:
    """Return the nodes on which a guest runs."""
    return [node for node in among if name in nodes.virsh(node, "list", "--name").split()]


def told(ran: Ran, status: int, *parts: str) -> None:
    """Assert a call's status, and that it told all of this."""
    assert_clear(ran)
    assert ran.status == status, ran
    text = ran.stdout + ran.stderr
    for part in parts:
        assert part in text, text
