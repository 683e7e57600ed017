"""Measure `run` on libvirt nodes of the library's own test driver, all there and with some that never answer.

Usage: python -m benchmarks.libvirt_nodes [NODES DOMAINS_PER_NODE]
"""

import os
import socket
import sys
import tempfile
import time
from pathlib import Path

from tests.libvirt_nodes import TestDomain, write_node

from virtualisation_resource_distributor.cluster.cluster import Zone
from virtualisation_resource_distributor.cluster.model import Model, ModelNode
from virtualisation_resource_distributor.cluster.names import NodeName, ZoneName
from virtualisation_resource_distributor.store.changes import change_model, create_database

from .measure import cost_of

ZONES = 4
RUN = [sys.executable, "-m", "virtualisation_resource_distributor", "run"]


def main() -> None:
    """Print a row for each number of nodes that accept a connection and never answer."""
    nodes, domains = (int(argument) for argument in sys.argv[1:3]) if len(sys.argv) > 2 else (20, 50)
    print(f"{nodes} nodes with {domains} domains each\n")
    print("| silent nodes | time-out | wall clock | CPU | peak memory | status |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as server:
        silent_uri = f"qemu+tcp://127.0.0.1:{server.getsockname()[1]}/system"
        for silent, seconds in ((0, 10), (1, 2), (nodes // 2, 2)):
            database = _model(Path(folder), nodes, domains, dict.fromkeys(range(silent), silent_uri))
            settings = {"SOURCE": "libvirt", "DATABASE_PATH": database, "LIBVIRT_TIMEOUT": str(seconds)}
            began = time.monotonic()
            cost = cost_of(RUN, os.environ | settings)
            took = time.monotonic() - began
            peak = cost.peak_bytes / 2**20
            print(
                f"| {silent} | {seconds} s | {took:.2f} s | {cost.cpu_seconds:.2f} s | {peak:.0f} MiB | {cost.status} |"
            )


def _model(folder: Path, nodes: int, domains: int, silent: dict[int, str]) -> str:
    """Write nodes and a database."""
    uris = [
        silent.get(number) or write_node(folder / f"{number}.xml", placed)
        for number, placed in enumerate(placed_domains(nodes, domains))
    ]
    path = folder / f"{len(silent)}.sqlite3"
    create_database(path)
    model = Model(
        zones=tuple(Zone(name=ZoneName(f"zone{number}")) for number in range(ZONES)),
        nodes=tuple(
            ModelNode(name=NodeName(f"kvm{number:03}"), zone=ZoneName(f"zone{number % ZONES}"), uri=uri)
            for number, uri in enumerate(uris)
        ),
    )
    change_model(path, lambda _: model)
    return str(path)


def placed_domains(nodes: int, domains: int) -> list[list[TestDomain]]:
    """Return the domains on each node: pools of three on three nodes in a row, but every tenth has two on one."""
    placed: list[list[TestDomain]] = [[] for _ in range(nodes)]
    for pool in range(nodes * domains // 3):
        for member in range(3):
            further = 0 if pool % 10 == 0 and member == 1 else member
            domain = TestDomain(name=f"p{pool}-{member}", pools=(f"pool{pool}",))
            placed[(pool + further) % nodes].append(domain)
    return placed


if __name__ == "__main__":
    main()
