"""A plan's script does what the plan says, whatever things are called, and stops where all is not as planned."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.stand_ins import calls, make_stand_ins, run_script, without_questions
from tests.strategies import ODD_NAMES

from virtualisation_resource_distributor.cluster import Cluster, Guest, GuestId, HaState, Node, NodeName, PoolName
from virtualisation_resource_distributor.cluster.cluster import GuestKind
from virtualisation_resource_distributor.errors import InvalidData
from virtualisation_resource_distributor.judge.plan import MakesWay, Move, Plan, Step, Unresolved
from virtualisation_resource_distributor.reports.migration import uris_of
from virtualisation_resource_distributor.reports.script import script_of

UUID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
NODES = ("pve1", "pve-2.example")
TWO = tuple(Node(name=NodeName(name)) for name in NODES)
MANAGED = HaState(managed=True, state="started")
FUZZ = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

HOSTILE = st.one_of(
    st.sampled_from(
        (
            *ODD_NAMES,
            "a\nreboot",
            "a'\nreboot #",
            "\x1b[2J",
            "x\0y",
            "$(touch x)",
            "`id`",
            "';reboot;'",
            "\\",
            "-",
            "12",
            "~",
        )
    ),
    st.text(st.sampled_from("ab -'\"`$(){};&|<>*?!#~=%\\\n\t"), min_size=1, max_size=12),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=6),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make the stand-ins, before a cluster of two nodes of which the first is at hand."""
    make_stand_ins(tmp_path)
    rows = [
        {"type": "node", "name": name, "online": 1, "local": int(name == "pve1"), "ip": f"192.0.2.{number}"}
        for number, name in enumerate(NODES)
    ]
    (tmp_path / "nodes.json").write_text(json.dumps([{"type": "cluster", "name": "lab"}, *rows]), encoding="utf-8")
    return tmp_path


def _plan(*moves: Move, unresolved: tuple[Unresolved, ...] = ()) -> Plan:
    steps = tuple(Step(move=move, pool=move.guest.pool, why=MakesWay(), makes_own_pool_worse=False) for move in moves)
    return Plan(steps=steps, bounds=(), optimal=False, unresolved=unresolved, pools=())


def _script(plan: Plan, nodes: tuple[Node, ...] = (), name: str = "lab") -> str:
    cluster = Cluster(name=name, nodes=nodes)
    return script_of(cluster, plan, uris_of(cluster, "qemu+ssh://{node}/system"))


def _move(guest: Guest, to_node: str = "pve-2.example") -> Move:
    return Move(guest=guest, from_node=guest.node, to_node=NodeName(to_node))


def _guest(
    guest_id: str = "101",
    node: str = "pve1",
    name: str | None = None,
    kind: GuestKind = "qemu",
    ha: HaState | None = None,
) -> Guest:
    return Guest(id=GuestId(guest_id), node=NodeName(node), name=guest_id if name is None else name, kind=kind, ha=ha)


def _shellcheck(script: str) -> str:
    if shutil.which("shellcheck") is None and not os.environ.get("CI"):
        pytest.skip("NOT TESTED: shellcheck is missing; scripts/install-lab brings it")
    done = subprocess.run(
        ["shellcheck", "--norc", "--severity=style", "-"],
        input=script,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done.stdout


def _answering(folder: Path, tool: str, text: str) -> None:
    path = folder / tool
    path.write_text(f'#!/bin/sh\nprintf \'%s\\0\' "$#" "${{0##*/}}" "$@" >>"${{0%/*}}/log"\n{text}\n', encoding="utf-8")


@FUZZ
@given(name=HOSTILE, uris=st.tuples(HOSTILE, HOSTILE), cluster=HOSTILE, reason=HOSTILE)
def test_a_domain_is_moved_by_exactly_its_name_or_refused(
    folder: Path, name: str, uris: tuple[str, str], cluster: str, reason: str
) -> None:
    """Whatever it and the connections of its nodes are called; what a script can't say safely it doesn't say at all."""
    nodes = tuple(Node(name=NodeName(f"n {uri}"), uri=uri) for uri in dict.fromkeys(uris))
    guest = _guest("d", node=f"n {uris[0]}", name=name, kind="domain")
    plan = _plan(_move(guest, f"n {uris[1]}"), unresolved=(Unresolved(PoolName(name), None, reason),))
    words = (name, *uris)
    unsafe = any(
        word.startswith("-") or any(ord(char) < 32 or 127 <= ord(char) < 160 for char in word) for word in words
    )
    if unsafe or (name.isascii() and name.isdecimal()):
        with pytest.raises(InvalidData, match="no command can"):
            _script(plan, nodes, cluster)
        return
    done = run_script(_script(plan, nodes, cluster), folder)
    assert done.returncode == 0, done.stderr
    assert calls(folder) == [
        ("virsh", "--connect", uris[0], "hostname"),
        ("virsh", "--connect", uris[1], "hostname"),
        ("virsh", "--connect", uris[0], "domstate", name),
        ("virsh", "--connect", uris[0], "migrate", "--live", "--persistent", name, uris[1]),
        ("virsh", "--connect", uris[1], "domstate", name),
        ("virsh", "--connect", uris[0], "dominfo", name),
        ("virsh", "--connect", uris[0], "autostart", "--disable", name),
        ("virsh", "--connect", uris[1], "autostart", name),
    ]


@pytest.mark.parametrize(("domain", "carried"), [("enable", 2), ("disable", 0), ("", 0)])
def test_a_domain_starts_with_its_new_node_only_where_it_did_with_the_old_one(
    folder: Path, domain: str, carried: int
) -> None:
    """One whose definition was not left behind says nothing."""
    say = f"printf 'Autostart:      {domain}\n'" if domain else "exit 1"
    _answering(folder, "virsh", f"case $3 in domstate) echo running ;; dominfo) {say} ;; esac")
    done = run_script(_script(_plan(_move(_guest(UUID, kind="domain"))), TWO), folder)
    assert done.returncode == 0, done.stderr
    assert len([call for call in calls(folder) if call[3] == "autostart"]) == carried


@pytest.mark.parametrize("node", NODES)
def test_a_node_that_this_account_can_not_ask_is_told_as_that(folder: Path, node: str) -> None:
    """And not as one where the guest does not run: nobody can tell."""
    uri = f"qemu+ssh://{node}/system"
    refused = "echo 'error: authentication unavailable' >&2; exit 1"
    _answering(folder, "virsh", f"[ $2 != {uri} ] || {{ {refused}; }}\n[ $3 != domstate ] || echo running")
    done = run_script(_script(_plan(_move(_guest(UUID, kind="domain"))), TWO), folder)
    assert done.returncode == 1
    told = f"stopped at step 1 of 1: {node} can't be asked by this account with virsh --connect {uri}. Nothing is"
    assert told in done.stderr.decode()
    assert {call[3] for call in calls(folder)} == {"hostname"}


def test_a_domain_that_would_start_twice_stops_the_script(folder: Path) -> None:
    """What to do is told."""
    _answering(
        folder, "virsh", "case $3 in domstate) echo running ;; dominfo) echo 'Autostart: enable' ;; auto*) false; esac"
    )
    done = run_script(_script(_plan(_move(_guest(UUID, kind="domain"))), TWO), folder)
    assert done.returncode == 1
    assert b"runs on pve-2.example; let it start with that node, and no more with pve1" in done.stderr


@FUZZ
@given(name=HOSTILE, cluster=HOSTILE, reason=HOSTILE)
def test_what_a_guest_of_proxmox_is_called_runs_nothing(folder: Path, name: str, cluster: str, reason: str) -> None:
    """It is only told; the number is what moves."""
    plan = _plan(_move(_guest(name=name)), unresolved=(Unresolved(PoolName(name), _guest(name=name), reason),))
    done = run_script(_script(plan, name=cluster), folder)
    assert done.returncode == 0, done.stderr
    assert calls(folder) == [
        ("pvesh", "get", "/nodes/pve1/qemu/101/status/current", "--output-format", "json"),
        ("pvesh", "get", "/cluster/status", "--output-format", "json"),
        ("pvesh", "get", "/cluster/status", "--output-format", "json"),
        ("qm", "migrate", "101", "pve-2.example", "--online"),
        ("pvesh", "get", "/nodes/pve-2.example/qemu/101/status/current", "--output-format", "json"),
    ]


@given(name=HOSTILE, where=st.sampled_from(("id", "from", "to")))
@settings(max_examples=100, deadline=None)
def test_ids_and_nodes_that_proxmox_never_gives_are_refused(name: str, where: str) -> None:
    """They would stand in paths, and in the shells of other nodes."""
    plain = name.isascii() and (name.isdecimal() if where == "id" else name.replace("-", "").replace(".", "").isalnum())
    guest = _guest(name if where == "id" else "101", name if where == "from" else "pve1")
    plan = _plan(_move(guest, name if where == "to" else "pve-2.example"))
    if plain and not name.startswith(("-", ".")):
        assert name in _script(plan)
    else:
        with pytest.raises(InvalidData, match="no command can name it"):
            _script(plan)


def test_each_kind_of_guest_is_moved_by_its_own_tool(folder: Path) -> None:
    """On the node where it is: through ssh, or at once where that is the node at hand; HA is only asked."""
    far = "pve-2.example"
    plan = _plan(
        _move(_guest("100")),
        _move(_guest("101", far), "pve1"),
        _move(_guest("102", far, kind="lxc"), "pve1"),
        _move(_guest("103", ha=MANAGED)),
        _move(_guest("104", kind="lxc", ha=MANAGED)),
        _move(_guest("105", ha=HaState(managed=False, state="ignored"))),
    )
    script = _script(plan)
    assert run_script(script, folder).returncode == 0
    known = "UserKnownHostsFile=/etc/ssh/ssh_known_hosts"
    ssh = ("ssh", "-o", "BatchMode=yes", "-o", f"HostKeyAlias={far}", "-o", known, "root@192.0.2.1")
    assert without_questions(calls(folder)) == [
        ("qm", "migrate", "100", far, "--online"),
        (*ssh, "qm", "migrate", "101", "pve1", "--online"),
        ("qm", "migrate", "101", "pve1", "--online"),
        (*ssh, "pct", "migrate", "102", "pve1", "--restart"),
        ("pct", "migrate", "102", "pve1", "--restart"),
        ("ha-manager", "crm-command", "migrate", "vm:103", far),
        ("ha-manager", "crm-command", "migrate", "ct:104", far),
        ("qm", "migrate", "105", far, "--online"),
    ]
    assert script.count("# This is a restart: containers can't be moved live.") == 2


def test_a_uuid_names_a_domain_before_its_name(folder: Path) -> None:
    """Names are looked for last by virsh, and two domains may take each other's."""
    guest = _guest(UUID, "n1", name="-odd name", kind="domain")
    nodes = (Node(name=NodeName("n1")), Node(name=NodeName("n2"), uri="qemu:///system"))
    assert run_script(_script(_plan(_move(guest, "n2")), nodes), folder).returncode == 0
    migrate = ("migrate", "--live", "--persistent", UUID, "qemu:///system")
    assert ("virsh", "--connect", "qemu+ssh://n1/system", *migrate) in calls(folder)


@pytest.mark.parametrize(
    ("tool", "answer", "told"),
    [
        ("pvesh", "exit 2", "guest 101 does not run on pve1, where the plan saw it"),
        ("pvesh", 'printf \'{"status":"stopped","qmpstatus":"running"}\'', "does not run on pve1"),
        (
            "pvesh",
            'case $2 in /cluster*) echo "[]" ;; *) echo \'{"status": "running"}\' ;; esac',
            "pve-2.example, where",
        ),
        ("qm", "exit 255", "the command that moves guest 101 failed"),
    ],
)
def test_a_step_that_is_not_as_planned_stops_the_script(folder: Path, tool: str, answer: str, told: str) -> None:
    """With a message and another status than 0, and nothing is moved from then on."""
    _answering(folder, tool, answer)
    done = run_script(_script(_plan(_move(_guest()), _move(_guest("102")))), folder)
    assert done.returncode == 1
    assert done.stderr.decode().startswith("stopped at step 1 of 2: ")
    assert told in done.stderr.decode()
    assert without_questions(calls(folder)) == (
        [("qm", "migrate", "101", "pve-2.example", "--online")] if tool == "qm" else []
    )


def test_a_guest_that_does_not_arrive_is_waited_for_and_then_stops_the_script(folder: Path) -> None:
    """For a minute after Proxmox VE called it done, and for an hour where HA was asked."""
    _answering(
        folder,
        "pvesh",
        """case $2 in
/cluster/status) cat "${0%/*}/nodes.json" ;;
/nodes/pve1/*) echo '{"status":"running"}' ;;
*) exit 2 ;;
esac""",
    )
    done = run_script(_script(_plan(_move(_guest()))), folder)
    assert done.returncode == 1
    assert b"does not run on pve-2.example after its move" in done.stderr
    assert calls(folder).count(("sleep", "5")) == 12
    assert "arrives qemu 101 pve-2.example 3600 ||" in _script(_plan(_move(_guest(ha=MANAGED))))


def test_without_its_tools_a_script_stops_before_it_begins(folder: Path) -> None:
    """And says which is missing."""
    (folder / "pvesh").unlink()
    done = run_script(_script(_plan(_move(_guest()))), folder)
    assert (done.returncode, done.stderr) == (
        1,
        b"stopped at the start: pvesh is missing here. Nothing is undone; plan again.\n",
    )


def test_a_script_of_which_only_a_part_arrives_does_nothing(folder: Path) -> None:
    """However much of it: the steps begin with the last line."""
    script = _script(_plan(_move(_guest()), _move(_guest("102"))))
    for end in range(0, len(script) - len("main </dev/null\n"), 97):
        run_script(script[:end], folder)
    assert calls(folder) == []


def test_an_empty_plan_is_a_script_that_does_nothing_and_says_so(folder: Path) -> None:
    """What stays unresolved is said too."""
    assert run_script(_script(_plan()), folder).stdout == b"Nothing to move.\n"
    left = _plan(unresolved=(Unresolved(PoolName("it's"), None, "no room"),))
    done = run_script(_script(left), folder)
    assert done.stdout == b"Nothing can be moved that helps.\nStays unresolved: pool 'it's': no room\n"
    assert (done.returncode, calls(folder)) == (0, [])
    assert _shellcheck(_script(left)) == ""


def test_shellcheck_finds_nothing() -> None:
    """In scripts of every kind of step, alone and together, whatever things are called."""
    kinds = (_guest("100"), _guest("101", kind="lxc"), _guest("102", ha=MANAGED), _guest(UUID, kind="domain"))
    nodes = (Node(name=NodeName("pve1")), Node(name=NodeName("pve-2.example"), uri="qemu:///system?a=$b&c='d'"))
    odd = [name for name in (*ODD_NAMES, "$x", "`id`", "{a,b}", "a\nreboot", "# shellcheck") if not name.isdecimal()]
    domains = [_guest(f"d{name}", kind="domain", name=name) for name in odd if name.isprintable() and name[0] != "-"]
    told = tuple(Unresolved(PoolName(name), None, name) for name in odd)
    plans = [
        *(_plan(_move(guest)) for guest in kinds),
        _plan(*map(_move, (*kinds, *domains, *(_guest(name=name) for name in odd))), unresolved=told),
        _plan(unresolved=told),
    ]
    for plan in plans:
        assert _shellcheck(_script(plan, nodes, "# shellcheck\u2028x")) == ""
