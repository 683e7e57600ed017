"""Measure `run` beside the floor, interleaved in one run: CPU, peak memory and requests at four sizes.

Usage: python -m benchmarks.beside_floor [ROUNDS]
"""

import os
import statistics
import sys
import tempfile
from pathlib import Path

from tests.fake_proxmox import FakeProxmox
from tests.fake_proxmox.state import GIB, FakeCluster, FakeGuest, FakeNode

from virtualisation_resource_distributor.cluster.cluster import Zone
from virtualisation_resource_distributor.cluster.model import Model, ModelNode
from virtualisation_resource_distributor.cluster.names import NodeName, ZoneName
from virtualisation_resource_distributor.store.changes import change_model, create_database

from .measure import Cost, cost_of

SIZES = ((3, 60, 10), (16, 1_000, 100), (32, 5_000, 500), (64, 20_000, 2_000))
ZONES = 3
RUN = [sys.executable, "-m", "virtualisation_resource_distributor", "run"]
FLOOR = [sys.executable, str(Path(__file__).with_name("floor.py"))]


def main() -> None:
    """Print a row for each size: medians, and the ratios of run to floor."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    print("| nodes/guests/pools | floor CPU | run CPU | ratio | floor peak | run peak | ratio | GETs | status |")
    print("|---|---|---|---|---|---|---|---|---|")
    for nodes, guests, pools in SIZES:
        with tempfile.TemporaryDirectory() as folder, FakeProxmox(_cluster(nodes, guests, pools)) as fake:
            environment = {**os.environ, **fake.environment(Path(folder)), "DATABASE_PATH": _model(folder, nodes)}
            fake.prepare("/cluster/resources")
            cost_of(FLOOR, environment)
            fake.forget_requests()
            cost_of(RUN, environment)
            requests = sum(request.startswith("GET ") for request in fake.requests())
            costs = [(cost_of(FLOOR, environment), cost_of(RUN, environment)) for _ in range(rounds)]
        print(_row(f"{nodes}/{guests:,}/{pools:,}", costs, requests))


def _cluster(nodes: int, guests: int, pools: int) -> FakeCluster:
    """Return a cluster in which every tenth pool is badly spread: all its members on one node."""

    def node_of(number: int) -> int:
        pool, member = number % pools, number // pools
        return (pool + (0 if pool % 10 == 0 else member)) % nodes

    return FakeCluster(
        version="8.4.1",
        nodes=tuple(FakeNode(name=f"pve{number}", maxmem=2048 * GIB, maxcpu=256) for number in range(nodes)),
        guests=tuple(
            FakeGuest(
                vmid=100 + number,
                node=f"pve{node_of(number)}",
                name=f"guest{number}.example.org",
                pool=f"pool{number % pools}",
                tags="prod;customer",
            )
            for number in range(guests)
        ),
    )


def _model(folder: str, nodes: int) -> str:
    """Write a model with all nodes, dealt out over a few zones; return its path."""
    path = Path(folder, "model.sqlite3")
    zones = tuple(Zone(name=ZoneName(f"zone{number}")) for number in range(ZONES))
    placed = tuple(ModelNode(name=NodeName(f"pve{number}"), zone=zones[number % ZONES].name) for number in range(nodes))
    create_database(path)
    change_model(path, lambda _: Model(zones=zones, nodes=placed))
    return str(path)


def _row(size: str, costs: list[tuple[Cost, Cost]], requests: int) -> str:
    floor_cpu, run_cpu = (statistics.median(pair[side].cpu_seconds for pair in costs) for side in (0, 1))
    floor_peak, run_peak = (statistics.median(pair[side].peak_bytes for pair in costs) / 2**20 for side in (0, 1))
    cells = (
        size,
        f"{floor_cpu:.2f} s",
        f"{run_cpu:.2f} s",
        f"{run_cpu / floor_cpu:.2f}",
        f"{floor_peak:.0f} MiB",
        f"{run_peak:.0f} MiB",
        f"{run_peak / floor_peak:.2f}",
        str(requests),
        str(costs[0][1].status),
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
