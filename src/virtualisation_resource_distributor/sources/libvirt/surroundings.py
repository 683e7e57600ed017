"""Turn what libvirt tells of networks, storage and CPUs into what a node offers."""

from collections.abc import Iterator, Mapping
from xml.etree import ElementTree as ET

from ...cluster.names import GuestId
from ...cluster.surroundings import IscsiTarget, NetworkFacts, NodeSurroundings, RunningFacts, StoragePoolFacts
from .answers import RawSurroundings

_ISCSI_PORT = "3260"


def parse_surroundings(raw: RawSurroundings) -> NodeSurroundings:
    """Return what one node offers."""
    return NodeSurroundings(
        networks=None if raw.networks is None else tuple(_network(_root(xml), on) for xml, on in raw.networks),
        storage_pools=None if raw.pools is None else tuple(_pool(_root(xml), on) for xml, on in raw.pools),
        links=None if raw.links is None else frozenset(raw.links),
        machines=parse_machines(raw.capabilities),
        cpu=parse_host_cpu(raw.capabilities),
        running=parse_running(raw.running or ()),
        lacking=raw.lacking,
    )


def parse_host_cpu(capabilities: str) -> str | None:
    """Return the definition of the host's CPU, as CPUs are compared; None where libvirt names no model.

    Its frequency and microcode differ between nodes that are alike and between boots, and are left out.
    """
    cpu = _root(capabilities).find("host/cpu")
    if cpu is None or cpu.find("model") is None:
        return None
    for name in ("microcode", "signature", "counter", "topology", "pages", "maxphysaddr"):
        for part in cpu.findall(name):
            cpu.remove(part)
    return _text(cpu)


def parse_machines(capabilities: str) -> frozenset[str]:
    """Return all machine types with their architecture: `x86_64/pc-i440fx-7.2`, and what else they are called."""
    return frozenset(_machines(_root(capabilities)))


def parse_running(definitions: tuple[str, ...]) -> Mapping[GuestId, RunningFacts]:
    """Return what running domains take from their node."""
    running = {}
    for xml in definitions:
        domain = _root(xml)
        kind, uuid, cpu = domain.find("os/type"), domain.findtext("uuid"), domain.find("cpu")
        if uuid is not None:
            running[GuestId(uuid)] = RunningFacts(
                machine=None
                if kind is None or "machine" not in kind.attrib
                else f"{kind.get('arch')}/{kind.get('machine')}",
                cpu=None if cpu is None or domain.get("type") != "kvm" else _text(cpu),
            )
    return running


def _root(xml: str) -> ET.Element:
    """Return a document's root; an empty one for what is no XML, as a name with a control character makes it."""
    try:
        return ET.fromstring(xml)  # noqa: S314 -- libvirt writes it itself, without entities
    except ET.ParseError:
        return ET.Element("nothing")


def _machines(capabilities: ET.Element) -> Iterator[str]:
    for arch in capabilities.iterfind("guest/arch"):
        for machine in arch.iter("machine"):
            yield f"{arch.get('name')}/{machine.text}"


def _network(network: ET.Element, active: bool) -> NetworkFacts:
    """Shape: `<network><name>lan</name><forward mode='bridge'/><bridge name='br0'/></network>`."""
    forward, bridge, port = network.find("forward"), network.find("bridge"), network.find("virtualport")
    return NetworkFacts(
        name=network.findtext("name") or "",
        active=active,
        forward="isolated" if forward is None else forward.get("mode", "nat"),
        bridge=None if bridge is None else bridge.get("name"),
        switch=None if port is None else port.get("type"),
    )


def _pool(pool: ET.Element, active: bool) -> StoragePoolFacts:
    """Shape: `<pool type='netfs'><name>images</name><source><host name='nfs1'/><dir path='/export'/></source>…`."""
    source = pool.find("source")
    kind = pool.get("type", "")
    return StoragePoolFacts(
        name=pool.findtext("name") or "",
        kind=kind,
        active=active,
        target=pool.findtext("target/path") or "",
        source="" if source is None else _source(source),
        iscsi=None if source is None or kind != "iscsi" else _iscsi(source),
    )


def _source(source: ET.Element) -> str:
    hosts = [_host(host) for host in source.findall("host")]
    parts = [
        source.findtext("name"),
        *(part.get("path") for name in ("dir", "device") for part in source.findall(name)),
    ]
    adapter = source.find("adapter")
    told = [part for part in (*parts, None if adapter is None else adapter.get("name")) if part]
    return ":".join(part for part in (",".join(hosts), ",".join(told)) if part)


def _iscsi(source: ET.Element) -> IscsiTarget | None:
    host, device = source.find("host"), source.find("device")
    name, iqn = (None if host is None else host.get("name")), (None if device is None else device.get("path"))
    if host is None or not name or not iqn:
        return None
    bare = f"[{name}]" if ":" in name and not name.startswith("[") else name
    return IscsiTarget(portal=f"{bare}:{host.get('port', _ISCSI_PORT)}", iqn=iqn)


def _host(host: ET.Element) -> str:
    name, port = host.get("name", ""), host.get("port")
    return f"{name}:{port}" if port else name


def _text(element: ET.Element) -> str:
    """Return an element as text that is the same for the same content."""
    element.tail = None
    for part in element.iter():
        part.text = (part.text or "").strip() or None
        part.tail = None
    return ET.tostring(element, encoding="unicode")
