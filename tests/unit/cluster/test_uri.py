"""Which texts may be the URI of a libvirt connection."""

import pytest

from virtualisation_resource_distributor.cluster.uri import fault_of_uri


@pytest.mark.parametrize(
    "uri",
    [
        *(
            "qemu:///system",
            "qemu+ssh://kvm1/system",
            "qemu+ssh://vrd@kvm1.example.org:2222/system?keyfile=/k&no_tty=1",
        ),
        *("qemu+tcp://[2001:db8::1]:16509/system", "qemu+tcp://[fe80::1%eth0]/system", "qemu+tls://192.0.2.1/system"),
        *("test:///default", "test:///tmp/a b/node.xml", "qemu+unix:///system?socket=/run/x#y", "lxc:///"),
        "esx://root@esx1/?no_verify=1",
    ],
)
def test_libvirts_uris_are_taken(uri: str) -> None:
    """Of every driver and transport."""
    assert fault_of_uri(uri) is None


@pytest.mark.parametrize(
    ("uri", "fault"),
    [
        *((uri, "a URI is like qemu+ssh://kvm1/system") for uri in ("kvm1", "://kvm1/system", "qemu+ssh:kvm1/system")),
        *(
            (uri, "can't be read")
            for uri in ("qemu+ssh://[fe80::1/system", "qemu+tcp://[::1/system", "qemu+ssh://kvm1")
        ),
        *(
            (uri, "can't be read")
            for uri in ("qemu+tcp://a℀b/system", "qemu+ssh://k v/system", "qemu+ssh://kvm1:x/system")
        ),
        *((uri, "which LIBVIRT_URI alone fills in") for uri in ("qemu+tcp://{node}/system", "test:///tmp/{node}.xml")),
        ("qemu+ssh://vrd:secret@kvm1/system", "password"),
        ("qemu+ssh://kvm1/sys\ttem", "control character"),
        ("qemu+ssh://kvm1/\udcff", "Unicode"),
    ],
)
def test_what_can_be_none_is_told(uri: str, fault: str) -> None:
    """A password in it is not repeated."""
    told = fault_of_uri(uri) or ""
    assert fault in told
    assert "secret" not in told
