"""Which disks, network cards and displays has a domain, and where do the volumes of a storage pool lie?"""

from xml.etree import ElementTree as ET

from ...cluster.inventory import DiskFacts, GraphicsFacts, InterfaceFacts, StoragePlace

_PATHS = ("file", "dev", "dir")


def parse_disks(domain: ET.Element) -> tuple[DiskFacts, ...]:
    """Return the disks and drives of a definition, in its order."""
    return tuple(_disk(disk) for disk in domain.iterfind("devices/disk"))


def parse_interfaces(domain: ET.Element) -> tuple[InterfaceFacts, ...]:
    """Return the network cards of a definition, in its order."""
    return tuple(_interface(interface) for interface in domain.iterfind("devices/interface"))


def parse_graphics(domain: ET.Element) -> tuple[GraphicsFacts, ...]:
    """Return the displays of a definition, in its order."""
    return tuple(_graphics(graphics) for graphics in domain.iterfind("devices/graphics"))


def parse_storage_place(xml: str) -> StoragePlace:
    """Return what the definition of a storage pool tells.

    Shape: `<pool type='netfs'><name>images</name><source><host name='nfs1'/><dir path='/export'/></source>
    <target><path>/srv/images</path></target></pool>`
    """
    pool = ET.fromstring(xml)  # noqa: S314 -- libvirt writes it itself, without entities
    kind, source = pool.get("type", ""), pool.find("source")
    return StoragePlace(
        name=pool.findtext("name") or "",
        kind=kind,
        target=pool.findtext("target/path") or None,
        source=None if source is None else _source_of_pool(kind, source),
    )


def _source_of_pool(kind: str, source: ET.Element) -> str | None:
    match kind:
        case "netfs":
            parts = (_attribute(source.find("host"), "name"), _attribute(source.find("dir"), "path"))
            return ":".join(part for part in parts if part) if all(parts) else None
        case "iscsi":
            return _attribute(source.find("device"), "path")
        case "rbd":
            return source.findtext("name") or None
        case _:
            return None


def _disk(disk: ET.Element) -> DiskFacts:
    return DiskFacts(
        target=_attribute(disk.find("target"), "dev") or "?",
        device=disk.get("device", "disk"),
        kind=disk.get("type", "file"),
        source=_source(disk.find("source")),
        readonly=disk.find("readonly") is not None,
        shareable=disk.find("shareable") is not None,
    )


def _source(source: ET.Element | None) -> str | None:
    """Return where a disk's data are, on this node or beyond."""
    if source is None:
        return None
    if protocol := source.get("protocol"):
        host = source.find("host")
        where = _attribute(host, "name") or _attribute(host, "socket") or ""
        port = _attribute(host, "port")
        return f"{protocol}://{where}{f':{port}' if port else ''}/{source.get('name') or ''}"
    if pool := source.get("pool"):
        return f"{pool}/{source.get('volume') or ''}"
    return next((path for key in _PATHS if (path := source.get(key)) is not None), None)


def _interface(interface: ET.Element) -> InterfaceFacts:
    source = interface.find("source")
    return InterfaceFacts(
        kind=interface.get("type", ""),
        mac=_attribute(interface.find("mac"), "address"),
        link=_attribute(source, "network") or _attribute(source, "bridge") or _attribute(source, "dev"),
    )


def _graphics(graphics: ET.Element) -> GraphicsFacts:
    port = (graphics.get("port") or "").strip()
    known = port.isascii() and port.isdecimal() and len(port) < 6
    return GraphicsFacts(
        kind=graphics.get("type", ""),
        port=int(port) or None if known else None,
        address=_attribute(graphics.find("listen"), "address") or graphics.get("listen"),
    )


def _attribute(element: ET.Element | None, key: str) -> str | None:
    return None if element is None else element.get(key)
