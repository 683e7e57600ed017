"""Each node is asked at its own URI, or at the settings' one."""

import pytest

from virtualisation_resource_distributor.cluster import NodeName

connect = pytest.importorskip("virtualisation_resource_distributor.sources.libvirt.connect", exc_type=ImportError)


@pytest.mark.parametrize(
    ("template", "node", "own", "uri"),
    [
        ("qemu+ssh://{node}/system", "node1", None, "qemu+ssh://node1/system?no_tty=1"),
        ("qemu+ssh://{node}/system?keyfile=/k", "node1", None, "qemu+ssh://node1/system?keyfile=/k&no_tty=1"),
        ("qemu+ssh://{node}/system?no_tty=0", "node1", None, "qemu+ssh://node1/system?no_tty=0"),
        ("qemu+tcp://{node}/system", "a/b?c#d e", None, "qemu+tcp://a%2Fb%3Fc%23d%20e/system"),
        ("qemu+ssh://{node}/system", "node1", "qemu:///system", "qemu:///system"),
        ("qemu+ssh://{node}/system", "node1", "qemu+ssh://other/system", "qemu+ssh://other/system?no_tty=1"),
        ("qemu+ssh://{node}/system#x", "node1", None, "qemu+ssh://node1/system?no_tty=1#x"),
        ("test:///default", "node1", None, "test:///default"),
    ],
)
def test_a_uri_is_the_nodes_own_or_has_its_name_in_it(template: str, node: str, own: str | None, uri: str) -> None:
    """A name can't lead elsewhere, and ssh asks nobody for a password."""
    assert connect.uri_of(template, NodeName(node), own) == uri
