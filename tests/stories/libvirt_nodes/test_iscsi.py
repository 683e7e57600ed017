"""An operator has the nodes logged in to the iSCSI targets that their guests need.

The kernel of a lab can't log in (it lacks iscsi_tcp), so `iscsiadm` is a stand-in on each node that answers as the real
one was recorded to, reached over real ssh.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.databases import program
from tests.libvirt_lab import Lab
from tests.live import assert_clear

OVER_SSH = {"LIBVIRT_URI": "qemu+ssh://root@{node}/system", "LIBVIRT_TIMEOUT": "30"}
IQN = "iqn.2004-04.com.example:disk1"
OTHER = "iqn.2004-04.com.example:disk2"
PORTAL = "10.0.0.5:3260"
# What the real program prints and ends with; what it was told is kept beside its sessions.
ISCSIADM = """
sessions=STATE/$(hostname).sessions
echo "$*" >>STATE/$(hostname).told
case "$*" in
"-m session")
  [ -s "$sessions" ] || { echo "iscsiadm: No active sessions." >&2; exit 21; }
  cat "$sessions" ;;
"-m discovery -t sendtargets -p 10.0.0.5:3260") echo "10.0.0.5:3260,1 iqn.2004-04.com.example:disk1" ;;
"-m node -T iqn.2004-04.com.example:disk1 -p 10.0.0.5:3260 --login")
  if [ -e "STATE/$(hostname).refuses" ]; then
    echo "iscsiadm: Could not login to [iface: default, target: $4, portal: 10.0.0.5,3260]." >&2
    echo "iscsiadm: initiator reported error (24 - iSCSI login failed due to authorization failure)" >&2
    exit 24
  fi
  echo "Logging in to [iface: default, target: iqn.2004-04.com.example:disk1, portal: 10.0.0.5,3260] (multiple)"
  echo "Login to [iface: default, target: iqn.2004-04.com.example:disk1, portal: 10.0.0.5,3260] successful."
  echo "tcp: [1] 10.0.0.5:3260,1 iqn.2004-04.com.example:disk1 (non-flash)" >>"$sessions" ;;
*) echo "iscsiadm: unrecognized option" >&2; exit 7 ;;
esac
"""


@pytest.fixture
def with_iscsiadm(nodes: Lab, tmp_path: Path) -> Iterator[Path]:
    """Put the stand-in on the path of all nodes; where it keeps its state is returned."""
    state = tmp_path / "iscsi"
    (state / "bin").mkdir(parents=True)
    file = state / "bin" / "iscsiadm"
    file.write_text(f"#!/bin/sh{ISCSIADM.replace('STATE', str(state))}", "utf-8")
    file.chmod(0o755)
    for node in (1, 2, 3, 4):
        nodes.do("exec", f"node{node}", "mount", "--bind", str(state / "bin"), "/usr/local/sbin")
    yield state
    for node in (1, 2, 3, 4):
        nodes.do("exec", f"node{node}", "umount", "/usr/local/sbin")


def _define(nodes: Lab, name: str, node: int, portal: str, iqn: str) -> None:
    xml = nodes.state / "shared" / f"{name}.xml"
    xml.write_text(
        f"<domain type='qemu'><name>{name}</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>"
        "<os><type arch='x86_64' machine='pc'>hvm</type></os><devices><disk type='block' device='disk'>"
        f"<source dev='/dev/disk/by-path/ip-{portal}-iscsi-{iqn}-lun-1'/><target dev='vda' bus='virtio'/></disk>"
        "</devices></domain>",
        "utf-8",
    )
    nodes.virsh(node, "define", str(xml))


def _session(state: Path, node: int, iqn: str) -> None:
    (state / f"node{node}.sessions").write_text(f"tcp: [7] {PORTAL},1 {iqn} (non-flash)\n", "utf-8")


def _told(state: Path) -> set[str]:
    """Return what iscsiadm was told on any node, beside being asked."""
    lines = [line for file in state.glob("*.told") for line in file.read_text("utf-8").splitlines()]
    return {line for line in lines if line != "-m session"}


def test_missing_logins_are_printed_first_and_made_on_request(nodes: Lab, database: Path, with_iscsiadm: Path) -> None:
    """A session that nothing needs is told and stays."""
    _define(nodes, "db0", 1, PORTAL, IQN)
    for node in (1, 2, 3):
        _session(with_iscsiadm, node, IQN)
    with (with_iscsiadm / "node2.sessions").open("a") as sessions:
        sessions.write(f"tcp: [8] {PORTAL},1 {OTHER} (non-flash)\n")
    ran = nodes.run(database, "scan-iscsi", **OVER_SSH)
    assert_clear(ran)
    lines = [
        f"not logged in: node4: {IQN} at {PORTAL}: the definition of 'db0' has it",
        f"  ssh root@node4 iscsiadm -m discovery -t sendtargets -p {PORTAL}",
        f"  ssh root@node4 iscsiadm -m node -T {IQN} -p {PORTAL} --login",
    ]
    assert (ran.status, ran.stderr, ran.stdout.splitlines()[:-1]) == (78, "", lines)
    unneeded = f"not needed: node2: {OTHER} at {PORTAL}: nothing that is known here needs it; it is left alone, "
    assert ran.stdout.splitlines()[-1].startswith(unneeded)
    assert "warning: iscsi-not-logged-in: iSCSI target" in nodes.run(database, "validate", **OVER_SSH).stdout
    assert _told(with_iscsiadm) == set(), "nothing was done yet"
    ran = nodes.run(database, "scan-iscsi", "--yes", **OVER_SSH)
    assert_clear(ran)
    assert (ran.status, ran.stderr) == (0, "")
    assert ran.stdout.splitlines()[0] == f"logged in: node4: {IQN} at {PORTAL}: the definition of 'db0' has it"
    assert ran.stdout.splitlines()[1].startswith(unneeded)
    assert _told(with_iscsiadm) == {
        f"-m discovery -t sendtargets -p {PORTAL}",
        f"-m node -T {IQN} -p {PORTAL} --login",
    }
    ran = nodes.run(database, "scan-iscsi", "--format", "json", **OVER_SSH)
    answer = json.loads(ran.stdout)
    assert (ran.status, answer["schema"], answer["status"], answer["logins"]) == (0, 1, 0, [])
    assert answer["unneeded"] == [{"node": "node2", "iqn": OTHER, "portal": PORTAL}]


def test_a_login_that_fails_keeps_the_others_from_nothing(nodes: Lab, database: Path, with_iscsiadm: Path) -> None:
    """It is told in iscsiadm's words."""
    _define(nodes, "db0", 1, PORTAL, IQN)
    (with_iscsiadm / "node2.refuses").touch()
    ran = nodes.run(database, "scan-iscsi", "--yes", **OVER_SSH)
    assert (ran.status, ran.stderr) == (78, "")
    assert [line.partition(":")[0] for line in ran.stdout.splitlines()] == [
        "logged in",
        "failed",
        "logged in",
        "logged in",
    ]
    assert "iscsiadm -m node ended with 24 and says: iscsiadm: initiator reported error (24 - iSCSI" in ran.stdout
    ran = nodes.run(database, "scan-iscsi", "--format", "json", **OVER_SSH)
    assert [login["node"] for login in json.loads(ran.stdout)["logins"]] == ["node2"]


def test_a_name_that_a_shell_could_take_for_more_gets_no_command(
    nodes: Lab, database: Path, with_iscsiadm: Path
) -> None:
    """It is refused, for whoever may define a domain may not run commands as root for it."""
    _define(nodes, "db0", 1, PORTAL, f"iqn.2004-04.com.example:x;touch {with_iscsiadm.name}")
    ran = nodes.run(database, "scan-iscsi", "--yes", **OVER_SSH)
    assert (ran.status, ran.stderr) == (78, "")
    assert {line.partition(":")[0] for line in ran.stdout.splitlines()} == {"refused"}
    assert _told(with_iscsiadm) == set()


def test_nodes_that_are_not_reached_by_ssh_are_told_where_they_need_a_target(
    nodes: Lab, database: Path, with_iscsiadm: Path
) -> None:
    """Where nothing is needed there is nothing to say."""
    ran = nodes.run(database, "scan-iscsi")
    assert (ran.status, ran.stdout, ran.stderr) == (0, "", "")
    _define(nodes, "db0", 1, PORTAL, IQN)
    assert program(database, "set-node", "--name", "node1", "--uri", "qemu+ssh://node1/system").returncode == 0
    _session(with_iscsiadm, 1, IQN)
    ran = nodes.run(database, "scan-iscsi", LIBVIRT_TIMEOUT="30")
    assert (ran.status, ran.stdout, len(ran.lines)) == (69, "", 3)
    assert "partial-view: node node2: its iSCSI sessions are not known: not reached over ssh" in ran.lines[0]
