"""One world, told by each kind of source as that one tells it."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from tests.fake_proxmox import FakeCluster, FakeGuest, FakeNode, FakePool, FakeProxmox
from tests.libvirt_nodes import State, TestDomain, write_node

from virtualisation_resource_distributor.cluster import (
    Cluster,
    Model,
    ModelNode,
    ModelPool,
    NodeName,
    PoolName,
    Zone,
    ZoneName,
    assemble,
)
from virtualisation_resource_distributor.settings import read_settings
from virtualisation_resource_distributor.sources.choose import choose_source

MIB = 2**20
SECONDS = "1"

Status = Literal["running", "paused", "stopped"]
Fault = Literal["unreadable", "silent"]
_STATE: Mapping[Status, State] = {"running": "running", "paused": "paused", "stopped": "shut off"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldGuest:
    """A guest; sizes are in MiB and processors."""

    name: str
    node: str
    status: Status = "running"
    pool: str | None = None
    memory_mib: int = 1024
    vcpus: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What there really is: nodes in zones of their own, each with its memory in MiB, and guests."""

    nodes: Mapping[str, int] = field(default_factory=lambda: {"n1": 65536, "n2": 32768, "n3": 32768})
    guests: tuple[WorldGuest, ...] = ()
    maintenance: frozenset[str] = frozenset()


class Teller(Protocol):
    """Tells a world as one kind of source does; faults are of nodes, `all` of whatever is asked first."""

    def read(self, world: World, faults: Mapping[str, Fault] | None = None) -> Cluster:
        """Return the cluster as the program reads it."""
        ...

    def read_nothing(self, fault: Fault) -> Cluster:
        """Read where nothing at all answers as it should."""
        ...


def _model(world: World, uris: Mapping[str, str]) -> Model:
    return Model(
        zones=tuple(Zone(name=ZoneName(f"z-{name}")) for name in sorted(world.nodes)),
        nodes=tuple(
            ModelNode(
                name=NodeName(name),
                zone=ZoneName(f"z-{name}"),
                uri=uris.get(name),
                maintenance=name in world.maintenance,
            )
            for name in sorted(world.nodes)
        ),
        pools=(ModelPool(name=PoolName("even"), policy="even"),),
    )


def _read(environment: dict[str, str], model: Model) -> Cluster:
    source = choose_source(read_settings(environment, Path("/nonexistent/.env")), model)
    return assemble(source.read(), model)


class ProxmoxTeller:
    """A fake Proxmox VE cluster over HTTPS."""

    def __init__(self, fake: FakeProxmox, folder: Path) -> None:
        self._fake = fake
        self._folder = folder

    def read(self, world: World, faults: Mapping[str, Fault] | None = None) -> Cluster:
        """Let the status daemon of nodes with a fault hang."""
        nodes = (
            FakeNode(name=name, maxmem=mib * MIB, status="unknown" if name in (faults or {}) else "online")
            for name, mib in world.nodes.items()
        )
        guests = (
            FakeGuest(
                vmid=100 + number,
                node=guest.node,
                name=guest.name,
                status=guest.status,
                pool=guest.pool,
                maxmem=guest.memory_mib * MIB,
                maxcpu=guest.vcpus,
            )
            for number, guest in enumerate(world.guests)
        )
        pools = {guest.pool for guest in world.guests if guest.pool is not None}
        cluster = FakeCluster(
            nodes=tuple(nodes), guests=tuple(guests), pools=tuple(FakePool(name=pool) for pool in sorted(pools))
        )
        self._fake.reset(cluster)
        return _read(self._fake.environment(self._folder), _model(world, {}))

    def read_nothing(self, fault: Fault) -> Cluster:
        """Ask a port where nobody listens, or one that accepts and never answers."""
        self._fake.reset(FakeCluster(nodes=(FakeNode(name="n1"),)))
        environment = self._fake.environment(self._folder)
        if fault == "silent":
            self._fake.accept_only(on=True)
            return _read(environment | {"PROXMOX_TIMEOUT": SECONDS}, _model(World(), {}))
        return _read(environment | {"PROXMOX_HOST": "127.0.0.1:1"}, _model(World(), {}))


class LibvirtTeller:
    """The library's own test driver, a node for each file; one that can't be read is at a port of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, world: World, faults: Mapping[str, Fault] | None = None) -> Cluster:
        """Give nodes with a fault a port where nobody listens, or one that accepts and never answers."""
        uris = {}
        for number, (name, mib) in enumerate(world.nodes.items()):
            domains = [
                TestDomain(
                    name=guest.name,
                    state=_STATE[guest.status],
                    memory_kib=guest.memory_mib * 1024,
                    vcpus=guest.vcpus,
                    pools=() if guest.pool is None else (guest.pool,),
                )
                for guest in world.guests
                if guest.node == name
            ]
            uris[name] = write_node(self._folder / f"{number}.xml", domains, memory_kib=mib * 1024)
        with _silent_port() as silent:
            for name, fault in (faults or {}).items():
                uris[name] = f"qemu+tcp://127.0.0.1:{silent if fault == 'silent' else 1}/system"
            return self._read(world, uris)

    def read_nothing(self, fault: Fault) -> Cluster:
        """Give all nodes that fault."""
        return self.read(World(), dict.fromkeys(World().nodes, fault))

    def _read(self, world: World, uris: Mapping[str, str]) -> Cluster:
        return _read({"SOURCE": "libvirt", "LIBVIRT_TIMEOUT": SECONDS}, _model(world, uris))


@contextmanager
def _silent_port() -> Iterator[int]:
    """Give a port that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])
