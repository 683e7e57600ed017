"""Measure `scan` of libvirt nodes that are daemons of their own, all there and with one that hangs.

Usage: python -m benchmarks.libvirt_scan [NODES DOMAINS_PER_NODE]; needs root and libvirtd.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from tests.libvirt_daemons import daemons
from tests.libvirt_nodes import write_node

from virtualisation_resource_distributor.cluster.cluster import Zone
from virtualisation_resource_distributor.cluster.model import Model, ModelNode
from virtualisation_resource_distributor.cluster.names import NodeName, ZoneName
from virtualisation_resource_distributor.store.changes import change_model, create_database

from .libvirt_nodes import ZONES, placed_domains
from .measure import cost_of

SCAN = [sys.executable, "-m", "virtualisation_resource_distributor", "scan"]
TIMEOUT_SECONDS = 2


def main() -> None:
    """Print a row with all nodes there, a row again, and one with one that hangs."""
    nodes, domains = (int(argument) for argument in sys.argv[1:3]) if len(sys.argv) > 2 else (20, 50)
    print(f"{nodes} nodes with {domains} domains each\n")
    print("| hanging nodes | time-out | wall clock | CPU | peak memory | status |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="vrd-", dir="/run") as name:
        folder = Path(name)
        names = [f"kvm{number:03}" for number in range(nodes)]
        with daemons(folder, names) as started:
            uris = {}
            for node, placed in zip(names, placed_domains(nodes, domains), strict=True):
                write_node(folder / f"{node}.xml", placed)
                uris[node] = started[node].uri(folder / f"{node}.xml")
            database = _database(folder, uris)
            settings = {"SOURCE": "libvirt", "DATABASE_PATH": database, "LIBVIRT_TIMEOUT": str(TIMEOUT_SECONDS)}
            _measure(0, settings)
            _measure(0, settings)
            started[names[0]].hang()
            _measure(1, settings)


def _measure(hanging: int, settings: dict[str, str]) -> None:
    began = time.monotonic()
    cost = cost_of(SCAN, os.environ | settings)
    took = time.monotonic() - began
    peak = cost.peak_bytes / 2**20
    cells = (
        hanging,
        f"{TIMEOUT_SECONDS} s",
        f"{took:.2f} s",
        f"{cost.cpu_seconds:.2f} s",
        f"{peak:.0f} MiB",
        cost.status,
    )
    print(f"| {' | '.join(map(str, cells))} |")


def _database(folder: Path, uris: dict[str, str]) -> str:
    path = folder / "model.sqlite3"
    create_database(path)
    model = Model(
        zones=tuple(Zone(name=ZoneName(f"zone{number}")) for number in range(ZONES)),
        nodes=tuple(
            ModelNode(name=NodeName(name), zone=ZoneName(f"zone{number % ZONES}"), uri=uri)
            for number, (name, uri) in enumerate(uris.items())
        ),
    )
    change_model(path, lambda _: model)
    return str(path)


if __name__ == "__main__":
    main()
