"""Libvirt nodes out of files: the driver `test:///FILE` is real API with nodes and domains of a document."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from virtualisation_resource_distributor.sources.libvirt.parse import NAMESPACE

State = Literal["running", "paused", "shut off", "crashed"]
_RUNSTATE: Mapping[State, int] = {"running": 1, "paused": 3, "shut off": 5, "crashed": 6}
_SPACE = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")


@dataclass(frozen=True, slots=True, kw_only=True)
class TestDomain:
    """A domain; its UUID comes from `key`, so that one of the same name and key is the same domain on any node.

    `pools` are those that its metadata names, `devices` is XML.
    """

    __test__ = False

    name: str
    state: State = "running"
    memory_kib: int = 1048576
    vcpus: int = 1
    pools: tuple[str, ...] = ()
    devices: str = ""
    key: str = ""

    @property
    def uuid(self) -> str:
        """Return what libvirt knows it by."""
        return str(uuid.uuid5(_SPACE, f"{self.name}/{self.key}"))

    def xml(self) -> str:
        """Return its definition."""
        named = "".join(f"<v:pool>{escape(pool)}</v:pool>" for pool in self.pools)
        metadata = f"<metadata><v:guest xmlns:v={quoteattr(NAMESPACE)}>{named}</v:guest></metadata>" if named else ""
        return (
            "<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>"
            f"<name>{escape(self.name)}</name><uuid>{self.uuid}</uuid>{metadata}"
            f"<memory unit='KiB'>{self.memory_kib}</memory><vcpu>{self.vcpus}</vcpu>"
            f"<os><type>hvm</type></os><devices>{self.devices}</devices>"
            f"<test:runstate>{_RUNSTATE[self.state]}</test:runstate></domain>"
        )


def write_node(path: Path, domains: Iterable[TestDomain] = (), *, memory_kib: int = 67108864, cpus: int = 16) -> str:
    """Write a node into a file, and return its URI."""
    counts = f"<nodes>1</nodes><sockets>1</sockets><cores>{cpus}</cores><threads>1</threads>"
    cpu = f"<cpu><active>{cpus}</active>{counts}</cpu>"
    text = "".join(domain.xml() for domain in domains)
    path.write_text(f"<node>{text}{cpu}<memory>{memory_kib}</memory></node>", encoding="utf-8")
    return f"test://{path.absolute()}"
