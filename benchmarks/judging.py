"""Measure reading and judging one large snapshot: zones three deep, every tenth pool badly spread.

Usage: python -m benchmarks.judging [NODES GUESTS POOLS]
"""

import json
import random
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from .measure import cost_of

GIB = 2**30
SITES, ROWS, RACKS = 5, 25, 250
RUN = [sys.executable, "-m", "virtualisation_resource_distributor", "run", "--from"]


class Kind(NamedTuple):
    """A kind of cluster; shares are between 0 and 1."""

    name: str
    even: float = 0
    locked: float = 0
    bunched: float = 0.1
    memory_gib: int = 256


KINDS = (
    Kind("every tenth pool badly spread"),
    Kind("the same, half of the pools even", even=0.5),
    Kind("the same, every guest locked", locked=1),
    Kind("the same, nodes nearly full", memory_gib=72),
    Kind("guests anywhere", bunched=1),
    Kind("guests anywhere, half of the pools even", bunched=1, even=0.5),
    Kind("guests anywhere, every guest locked", bunched=1, locked=1),
)


def main() -> None:
    """Print a row for each kind of cluster."""
    nodes, guests, pools = map(int, sys.argv[1:4]) if len(sys.argv) > 1 else (5_000, 30_000, 3_000)
    print(f"{nodes:,} nodes, {guests:,} guests, {pools:,} pools, zones three deep\n")
    print("| cluster | CPU of the whole run | peak memory | status |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            file = Path(folder, "snapshot.json")
            file.write_text(json.dumps(snapshot(nodes, guests, pools, kind)), encoding="utf-8")
            cost = cost_of([*RUN, str(file)], {"PATH": "/usr/bin:/bin"})
            print(f"| {kind.name} | {cost.cpu_seconds:.2f} s | {cost.peak_bytes / 2**20:.0f} MiB | {cost.status} |")


def snapshot(nodes: int, guests: int, pools: int, kind: Kind) -> dict[str, Any]:
    """Return a snapshot document; the same arguments give the same document."""
    chance = random.Random(1)
    zones = [{"name": f"site{number}", "parent": None} for number in range(SITES)]
    zones += [{"name": f"row{number}", "parent": f"site{number % SITES}"} for number in range(ROWS)]
    zones += [{"name": f"rack{number}", "parent": f"row{number % ROWS}"} for number in range(RACKS)]
    badly = {pool for pool in range(pools) if chance.random() < kind.bunched}

    def node_of(number: int) -> int:
        pool, member = number % pools, number // pools
        return chance.randrange(nodes) if pool in badly else (pool * 7 + member) % nodes

    return {
        "schema": 1,
        "zones": zones,
        "nodes": [
            {"name": f"pve{number}", "zone": f"rack{number % RACKS}", "memory_bytes": kind.memory_gib * GIB}
            for number in range(nodes)
        ],
        "guests": [
            {
                "id": str(100 + number),
                "node": f"pve{node_of(number)}",
                "pool": f"pool{number % pools}",
                "memory_bytes": chance.choice([2, 4, 8, 16]) * GIB,
                "locked": chance.random() < kind.locked,
            }
            for number in range(guests)
        ],
        "pools": [
            {"name": f"pool{number}", "policy": "even"} for number in range(pools) if chance.random() < kind.even
        ],
    }


if __name__ == "__main__":
    main()
