"""Where ssh goes is of a strict form: neither a shell nor ssh takes a part of it for more than it is."""

import shlex

import pytest

from virtualisation_resource_distributor.sources.libvirt.over_ssh import SshPlace, place_of

PLACES = {
    "qemu+ssh://kvm1/system": SshPlace("kvm1"),
    "qemu+ssh://kvm1/system?no_tty=1": SshPlace("kvm1"),
    "qemu+ssh://vrd@kvm1.example.org:2222/system": SshPlace("kvm1.example.org", "vrd", "2222"),
    "qemu+ssh://root@[fd00::5]/system": SshPlace("fd00::5", "root"),
    "qemu+ssh://kvm1/system?keyfile=/root/.ssh/vrd&no_tty=1": SshPlace("kvm1", keyfile="/root/.ssh/vrd"),
}
NOWHERE = (
    "qemu+tcp://kvm1/system",
    "qemu:///system",
    "test:///tmp/kvm1.xml",
    "qemu+ssh:///system",
    "qemu+ssh://-oProxyCommand=touch%20x/system",
    "qemu+ssh://%2DoProxyCommand=x/system",
    "qemu+ssh://kvm1%20x/system",
    "qemu+ssh://-l@kvm1/system",
    "qemu+ssh://a;b@kvm1/system",
    "qemu+ssh://kvm1%3Btouch/system",
    "qemu+ssh://$(touch)/system",
    "qemu+ssh://kvm1:0/system",
)


@pytest.mark.parametrize(("uri", "place"), PLACES.items())
def test_a_uri_of_ssh_tells_host_user_and_port(uri: str, place: SshPlace) -> None:
    """And the file with the key."""
    assert place_of(uri) == place


@pytest.mark.parametrize("uri", NOWHERE)
def test_other_ways_and_what_is_no_host_lead_nowhere(uri: str) -> None:
    """They are told as not checked."""
    assert place_of(uri) is None


def test_a_command_asks_nobody_and_is_quoted_for_the_shell_there() -> None:
    """The host stands behind all options."""
    words = ("iscsiadm", "-T", "iqn.x:y; touch z", "$HOME", "")
    command = SshPlace("kvm1", "vrd", "2222", "/k").command(4.9, *words)
    assert command[:5] == ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=4"]
    assert command[command.index("--") + 1] == "kvm1"
    assert shlex.split(command[-1]) == list(words)
    assert command[8:14] == ["-l", "vrd", "-p", "2222", "-i", "/k"]
