"""Measure `plan` on clusters of several sizes, a tenth of the pools badly spread, and hbal beside it on small ones.

Usage: python -m benchmarks.planning [--make-room] [NODES/GUESTS …]

With --make-room clusters are measured whose nodes are nearly full, a fifth of the guests in no pool, both without that
option and with it.

hbal is of the Debian package ganeti-htools; it is told the pools as exclusion tags and the zones as location tags, and
given up on after five minutes.
"""

import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

GIB = 2**30
PLAN = [sys.executable, "-m", "virtualisation_resource_distributor", "plan", "--format", "json"]
RUN = [sys.executable, "-m", "virtualisation_resource_distributor", "run", "--from"]
HBAL_SECONDS = 300


class Size(NamedTuple):
    """How large a cluster is, and what zones it has: root zones, and how many are in each of them, level by level."""

    nodes: int
    guests: int
    members: int
    zones: tuple[int, ...]
    even: float = 0

    @property
    def name(self) -> str:
        """The size in words."""
        kind = ", half of the pools even" if self.even else ""
        return (
            f"{self.nodes:,}/{self.guests:,}, {self.guests // self.members:,} pools, zones {len(self.zones)} deep{kind}"
        )


MAKE_ROOM = "--make-room"
FULL = {"16/320": 0.95, "100/2000": 0.95, "64/20000": 0.98}
"""How full each node is where room is to be made."""
IN_NO_POOL = 0.2

SIZES = (
    Size(16, 320, 5, (4,)),
    Size(40, 750, 5, (4,)),
    Size(40, 750, 5, (4,), even=0.5),
    Size(100, 2_000, 5, (5,)),
    Size(100, 2_000, 5, (5,), even=0.5),
    Size(64, 20_000, 10, (4,)),
    Size(64, 20_000, 10, (4,), even=0.5),
    Size(5_000, 30_000, 10, (5, 5, 10)),
    Size(5_000, 30_000, 10, (5, 5, 10), even=0.5),
)
FOR_HBAL = 750
"""The most guests of a cluster that hbal is given."""


def main() -> None:
    """Print a row for each size."""
    asked = set(sys.argv[1:]) - {MAKE_ROOM}
    sizes = [size for size in SIZES if not asked or f"{size.nodes}/{size.guests}" in asked]
    if MAKE_ROOM in sys.argv:
        _measure_making_room(sizes)
        return
    print("| cluster | bad pools | memory full | plan | moves | proven needed | left bad | hbal | moves | left bad |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            print(_row(size, snapshot(size), Path(folder)), flush=True)


def _measure_making_room(sizes: list[Size]) -> None:
    print("| cluster | memory full | plan | moves | left bad | plan --make-room | moves | left bad |")
    print("|---|---|---|---|---|---|---|---|")
    for size in sizes:
        full = FULL.get(f"{size.nodes}/{size.guests}")
        if full is not None:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "snapshot.json"
                file.write_text(json.dumps(_filled(snapshot(size), full)), encoding="utf-8")
                cells = [*_planned(file), *_planned(file, MAKE_ROOM)]
            print(f"| {size.name} | {full:.0%} | {' | '.join(cells)} |", flush=True)


def _filled(document: dict[str, Any], full: float) -> dict[str, Any]:
    """Return the snapshot with nodes so full, and some guests in no pool."""
    chance = random.Random(3)
    load = dict.fromkeys((node["name"] for node in document["nodes"]), 0)
    for guest in document["guests"]:
        load[guest["node"]] += guest["memory_bytes"]
    guests = [guest | ({"pool": None} if chance.random() < IN_NO_POOL else {}) for guest in document["guests"]]
    nodes = [node | {"memory_bytes": int(load[node["name"]] / full)} for node in document["nodes"]]
    return {**document, "nodes": nodes, "guests": guests}


def _planned(file: Path, *options: str) -> tuple[str, str, str]:
    """Return time, moves, and the pools that stay badly spread."""
    begun = time.perf_counter()
    answer = subprocess.run([*PLAN, *options, "--from", str(file)], stdout=subprocess.PIPE, check=False).stdout
    plan = json.loads(answer)
    return f"{time.perf_counter() - begun:.1f} s", str(len(plan["moves"])), str(len(plan["unresolved"]))


def snapshot(size: Size) -> dict[str, Any]:
    """Return a snapshot document; the same size gives the same document."""
    chance = random.Random(1)
    zones, leaves = _zones(size)
    pools = size.guests // size.members
    sizes = [chance.choice((2, 4, 8, 16)) for _ in range(size.guests)]
    places = {}
    for pool in range(pools):
        badly = chance.random() < 0.1
        first = chance.randrange(size.nodes)
        for member in range(size.members):
            places[pool * size.members + member] = (
                chance.choice((first, (first + len(leaves)) % size.nodes, chance.randrange(size.nodes)))
                if badly
                else (first + member) % size.nodes
            )
    load = [0] * size.nodes
    for guest, node in places.items():
        load[node] += sizes[guest]
    # All nodes are of one size, and two thirds full together; a node that chance has filled beyond that is larger.
    usual = sum(sizes) * 3 // (2 * size.nodes)
    return {
        "schema": 1,
        "zones": zones,
        "nodes": [
            {"name": f"pve{node}", "zone": leaves[node % len(leaves)], "memory_bytes": max(usual, load[node]) * GIB}
            for node in range(size.nodes)
        ],
        "guests": [
            {
                "id": str(100 + guest),
                "node": f"pve{node}",
                "pool": f"pool{guest // size.members}",
                "memory_bytes": sizes[guest] * GIB,
            }
            for guest, node in places.items()
        ],
        "pools": [{"name": f"pool{pool}", "policy": "even"} for pool in range(pools) if chance.random() < size.even],
    }


def _zones(size: Size) -> tuple[list[dict[str, str | None]], list[str]]:
    """Return the zones and the names of the innermost, in an order in which neighbours are far apart."""
    zones: list[dict[str, str | None]] = []
    above: list[str] = [""]
    for number in size.zones:
        names = [f"{parent}z{child}." for child in range(number) for parent in above]
        zones += [{"name": name, "parent": name.rpartition("z")[0] or None} for name in names]
        above = names
    return zones, above


def _row(size: Size, document: dict[str, Any], folder: Path) -> str:
    file = folder / "snapshot.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    begun = time.perf_counter()
    plan = json.loads(subprocess.run([*PLAN, "--from", str(file)], stdout=subprocess.PIPE, check=False).stdout)
    seconds = time.perf_counter() - begun
    total = sum(node["memory_bytes"] for node in document["nodes"])
    full = sum(guest["memory_bytes"] for guest in document["guests"]) / total
    ask_hbal = size.guests <= FOR_HBAL and not size.even and shutil.which("hbal") is not None
    cells = (
        size.name,
        str(len(plan["pools"])),
        f"{full:.0%}",
        f"{seconds:.1f} s",
        str(len(plan["moves"])),
        "all" if plan["optimal"] else str(plan["lower_bound"]),
        str(len(plan["unresolved"])),
        *(_hbal(document, folder) if ask_hbal else ("", "", "")),
    )
    return f"| {' | '.join(cells)} |"


def _hbal(document: dict[str, Any], folder: Path) -> tuple[str, str, str]:
    """Return time, moves, and the pools that `run` still calls badly spread."""
    data = folder / "cluster.data"
    data.write_text(_as_ganeti(document), encoding="utf-8")
    begun = time.perf_counter()
    command = ["hbal", "-t", str(data), "-C", "-S", str(folder / "after")]
    try:
        answer = subprocess.run(command, capture_output=True, check=False, timeout=HBAL_SECONDS, text=True).stdout
    except subprocess.TimeoutExpired:
        return f"> {HBAL_SECONDS} s", "", ""
    seconds = time.perf_counter() - begun
    length = next(line for line in answer.splitlines() if line.startswith("Solution length"))
    after = folder / "after.json"
    after.write_text(json.dumps(_moved(document, folder / "after.balanced")), encoding="utf-8")
    bad = subprocess.run([*RUN, str(after)], stdout=subprocess.PIPE, check=False).stdout
    return f"{seconds:.1f} s", length.rpartition("=")[2], str(len(bad.splitlines()))


def _moved(document: dict[str, Any], balanced: Path) -> dict[str, Any]:
    lines = balanced.read_text(encoding="utf-8").split("\n\n")[2].splitlines()
    node_of = {fields[0]: fields[6] for fields in (line.split("|") for line in lines)}
    return {**document, "guests": [{**guest, "node": node_of[guest["id"]]} for guest in document["guests"]]}


def _as_ganeti(document: dict[str, Any]) -> str:
    """Return the cluster as hbal's text file: sizes in MiB, network disks, pools and zones as tags."""
    taken = dict.fromkeys((node["name"] for node in document["nodes"]), 0)
    for guest in document["guests"]:
        taken[guest["node"]] += guest["memory_bytes"] // 2**20
    nodes = [
        f"{node['name']}|{(size := node['memory_bytes'] // 2**20)}|0|{size - taken[node['name']]}"
        f"|1|1|1000|N|uuid|1|zone:{node['zone']}"
        for node in document["nodes"]
    ]
    guests = [
        f"{guest['id']}|{guest['memory_bytes'] // 2**20}|0|1|running|Y|{guest['node']}||ext|pool:{guest['pool']}|1"
        for guest in document["guests"]
    ]
    policy = "128,1,0,0,0,0|0,0,0,0,0,0;1048576,99,99999999,99,99,99|ext,diskless,drbd,plain,file|64.0|64.0"
    tags = ["htools:iextags:pool", "htools:nlocation:zone"]
    parts = (["all|uuid|preferred||"], nodes, guests, tags, [f"|{policy}", f"all|{policy}"])
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


if __name__ == "__main__":
    main()
