"""What libvirt's errors are said to mean. The texts are libvirt's own, as they came from it."""

import pytest

from virtualisation_resource_distributor.sources.libvirt.words import fault_of, no_answer, shown

URI = "qemu+ssh://node3/system"


@pytest.mark.parametrize(
    ("code", "text", "kind", "words"),
    [
        (38, "unable to connect to server at 'node3:16509': No route to host", "unreadable", "switched off or cut off"),
        (
            38,
            "Cannot recv data: ssh: connect to host node3 port 22: No route to host: Connection reset by peer",
            "unreadable",
            "switched off or cut off",
        ),
        (
            38,
            "Cannot recv data: ssh: connect to host node3 port 22: Connection refused: Connection reset by peer",
            "unreadable",
            "systemctl status ssh",
        ),
        (38, "unable to connect to server at 'node3:16509': Connection timed out", "unreadable", "a firewall drops"),
        (
            38,
            "unable to connect to server at 'node3:16509': Connection refused",
            "unreadable",
            "systemctl status libvirtd",
        ),
        (
            38,
            "End of file while reading data: virt-ssh-helper: cannot connect to '/var/run/libvirt/libvirt-sock': "
            "Failed to connect socket to '/var/run/libvirt/libvirt-sock': Connection refused: Input/output error",
            "unreadable",
            "its libvirt does not run",
        ),
        (
            38,
            "Failed to connect socket to '/var/run/libvirt/libvirt-sock-ro': No such file or directory",
            "unreadable",
            "its libvirt does not run",
        ),
        (
            38,
            "Failed to connect socket to '/var/run/libvirt/libvirt-sock-ro': Permission denied",
            "forbidden",
            "read-only socket",
        ),
        (
            38,
            "Cannot recv data: vrd@node3: Permission denied (publickey,password).: Connection reset by peer",
            "forbidden",
            "authorized_keys",
        ),
        (
            38,
            "Cannot recv data: Host key verification failed.: Connection reset by peer",
            "unreadable",
            "log in once with ssh",
        ),
        (
            38,
            "Cannot recv data: ssh: Could not resolve hostname node3: Name or service not known: Connection reset",
            "unreadable",
            "does not resolve",
        ),
        (
            38,
            "Unable to resolve address 'node3' service '16509': Name or service not known",
            "unreadable",
            "not resolve",
        ),
        (
            39,
            "packet 1416128879 bytes received from server too large, want 33554432",
            "unreadable",
            "login shell of that account prints text",
        ),
        (
            38,
            "Cannot recv data: libvirt: error : cannot execute binary ssh: No such file or directory",
            "unreadable",
            "install openssh-client",
        ),
        (38, "Cannot read CA certificate '/etc/pki/CA/cacert.pem': No such file or directory", "unreadable", "TLS"),
        (1, "internal error: client socket is closed", "unreadable", "the connection broke"),
        (1, "internal error: Unable to parse URI bad uri", "unreadable", "set-node --uri"),
        (45, "authentication failed: authentication failed", "forbidden", "the right to read"),
        (88, "access denied: denied by policy", "forbidden", "the right to read"),
        (1, "something new", "unreadable", "virsh --readonly --connect qemu+ssh://node3/system list"),
    ],
)
def test_an_error_is_told_with_what_to_do(code: int, text: str, kind: str, words: str) -> None:
    """What libvirt said stands in it too."""
    fault = fault_of(code, text, URI)
    assert fault.kind == kind
    assert words in fault.message
    assert text[:60] in fault.message
    assert "\n" not in fault.message


def test_a_long_error_is_cut_and_stays_one_line() -> None:
    """The line is for a mail."""
    fault = fault_of(1, "a\nb " * 500, URI)
    assert "\n" not in fault.message
    assert len(fault.message) < 400


def test_what_a_terminal_could_obey_is_not_told() -> None:
    """A node's shell may say anything."""
    message = fault_of(38, "\x1b[31mno\x1b[0m\udcff way\x07", URI).message
    assert message.isprintable()
    assert "no" in message


def test_a_password_is_not_told_by_what_ssh_says_either() -> None:
    """It takes it for a part of the user's name."""
    uri = "qemu+ssh://vrd:s3cret@node1/system?no_tty=1"
    message = fault_of(38, "Cannot recv data: vrd:s3cret@node1: Permission denied (publickey)", uri).message
    assert "s3cret" not in message
    assert "vrd@node1: Permission denied" in message


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("qemu+ssh://root:secret@node3:22/system?no_tty=1", "qemu+ssh://root@node3:22/system"),
        ("qemu+ssh://node3/system?keyfile=x&no_tty=1", "qemu+ssh://node3/system?keyfile=x"),
        ("qemu:///system", "qemu:///system"),
        ("test:///tmp/node.xml", "test:///tmp/node.xml"),
    ],
)
def test_a_uri_is_told_without_its_password(uri: str, told: str) -> None:
    """And without what the program adds to it."""
    assert shown(uri) == told
    assert told in no_answer(uri, 10).message
