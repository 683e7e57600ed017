"""What a node's shell printed, as recorded, becomes facts; what breaks off or is not understood becomes none."""

import pytest

from virtualisation_resource_distributor.cluster.names import NodeName
from virtualisation_resource_distributor.cluster.surroundings import IscsiTarget
from virtualisation_resource_distributor.sources.libvirt.shell_answers import ShellAnswer, parse_sessions, parse_shell

# As the lab's node1 answered (Debian 12, OpenSSH 9.2); its key may log in everywhere.
KEY = "SHA256:Akjo2HremD19HSE9rqG31Jz90CBJjPkdXwJ42NIf2rA"
HOST_KEY = "SHA256:aYORKHlsjmtOFfqcD7+iOv4aQxN0Lc4aG9XFAMOlcsk"
TEXT = f"""1795840685.950042048
@account
root
0
@links
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000\\    link/lo
2: eth0@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default qlen 1000
@sessions
status missing
@initiator
@server
known
none
none
@authorized
256 {KEY} vrd-lab (ED25519)
@hosts
256 {HOST_KEY} vrd-lab (ED25519)
@to node2
user root
key 256 {KEY} vrd-lab (ED25519)
known node2 ED25519 {HOST_KEY}
@to node4
user reader
authority
@end
"""
OTHERS = (NodeName("kvm2"), NodeName("kvm4"))

# iscsiadm 2.0-870 to 2.1.3, as in libvirt's own tests and in what people published of their machines.
SESSIONS = (
    (
        "tcp: [1] 10.20.30.40:3260,1 iqn.2004-06.example:example1:iscsi.test",
        IscsiTarget("10.20.30.40:3260", "iqn.2004-06.example:example1:iscsi.test"),
    ),
    (
        "tcp: [1] 10.0.1.210:3260,1 iqn.2000-01.com.synology:DS1621-210.Target-Proxmox.0258a2daacd (non-flash)",
        IscsiTarget("10.0.1.210:3260", "iqn.2000-01.com.synology:DS1621-210.Target-Proxmox.0258a2daacd"),
    ),
    (
        "tcp: [4] 10.210.251.14:3260,2 iqn.1992-08.com.netapp:2806.6d039ea000b1146a00000000654d1636 (non-flash)",
        IscsiTarget("10.210.251.14:3260", "iqn.1992-08.com.netapp:2806.6d039ea000b1146a00000000654d1636"),
    ),
    (
        "tcp: [2] [fd00:dead::5]:3260,1 iqn.2018-11.com:BEAN (non-flash)",
        IscsiTarget("[fd00:dead::5]:3260", "iqn.2018-11.com:BEAN"),
    ),
)


def _answer(text: str = TEXT) -> ShellAnswer:
    return ShellAnswer(text=text, asked_at=1795840685.9, told_at=1795840686.1, others=OTHERS)


def test_a_whole_answer_tells_all() -> None:
    """The other nodes are those that the script was given, in its order."""
    facts = parse_shell(_answer())
    assert facts is not None
    assert (facts.account, facts.uid) == ("root", 0)
    assert facts.links == frozenset({"lo", "eth0"})
    assert facts.sessions == frozenset(), "a node without open-iscsi has no sessions"
    assert facts.authorized == frozenset({KEY})
    assert facts.host_keys == {HOST_KEY}
    assert facts.ways.keys() == {"kvm2", "kvm4"}
    assert facts.ways[OTHERS[0]] == ("root", frozenset({KEY}), frozenset({HOST_KEY}), False)
    assert facts.ways[OTHERS[1]] == ("reader", frozenset(), frozenset(), True)


def test_the_clock_is_known_as_well_as_the_answer_was_quick() -> None:
    """It was read between the two times here."""
    facts = parse_shell(_answer())
    assert facts is not None
    assert facts.ahead_seconds == pytest.approx(-0.05, abs=0.001)
    assert facts.within_seconds == pytest.approx(0.1, abs=0.001)
    whole = parse_shell(_answer(TEXT.replace("1795840685.950042048", "1795840685")))
    assert whole is not None
    assert whole.within_seconds == pytest.approx(0.6, abs=0.001), "a clock of whole seconds may be one ahead"
    none = parse_shell(_answer(TEXT.replace("1795840685.950042048", "date: not found")))
    assert none is not None
    assert none.ahead_seconds is None


@pytest.mark.parametrize("length", [0, 40, 400, len(TEXT) - 6])
def test_an_answer_that_breaks_off_tells_nothing(length: int) -> None:
    """Half of the keys would be called all of them."""
    assert parse_shell(_answer(TEXT[:length])) is None


@pytest.mark.parametrize(
    ("told", "instead"),
    [
        ("known\nnone\nnone\n", ""),
        ("none\n@auth", "/etc/ssh/ca.pub\n@auth"),
        ("none\n@auth", "/usr/bin/sss_ssh\n@auth"),
    ],
)
def test_who_may_log_in_is_not_known_where_more_than_files_decide(told: str, instead: str) -> None:
    """Or where sshd does not tell, as it does to root alone."""
    facts = parse_shell(_answer(TEXT.replace(told, instead)))
    assert facts is not None
    assert facts.authorized is None


@pytest.mark.parametrize(("line", "target"), SESSIONS)
def test_a_session_is_read_as_iscsiadm_tells_it(line: str, target: IscsiTarget) -> None:
    """Portal without the group's tag, IQN without what is behind it."""
    assert parse_sessions([line, "status 0"]) == frozenset({target})


def test_no_session_is_not_an_unknown_one() -> None:
    """It ends with 21 then; what it ends with otherwise, or what is not understood, tells nothing."""
    assert parse_sessions(["iscsiadm: No active sessions.", "status 21"]) == frozenset()
    assert parse_sessions(["iscsiadm: could not read session targetname: 5", "status 5"]) is None
    assert parse_sessions([SESSIONS[0][0], "tcp: [x", "status 0"]) is None
    assert parse_sessions([]) is None
