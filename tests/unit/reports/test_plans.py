"""How plans are told: as text, as a document, and as the command that makes each move."""

import json
import shlex

import pytest
from tests.by_hand import guest, in_separate_zones, node, zones

from virtualisation_resource_distributor.cluster import Cluster, Guest, HaState, NodeName
from virtualisation_resource_distributor.errors import InvalidData
from virtualisation_resource_distributor.judge.plan import Move
from virtualisation_resource_distributor.judge.planning.balance import plan_balancing
from virtualisation_resource_distributor.judge.planning.mending import Request, plan_mending
from virtualisation_resource_distributor.reports.migration import command_of, uris_of
from virtualisation_resource_distributor.reports.plan_document import plan_document
from virtualisation_resource_distributor.reports.plan_text import plan_lines, total_line

MANAGED = HaState(managed=True, state="started")
IGNORED = HaState(managed=False, state="ignored")


@pytest.mark.parametrize(
    ("one", "command"),
    [
        (guest("100", "a"), "qm migrate 100 b --online"),
        (guest("100", "a")._replace(ha=IGNORED), "qm migrate 100 b --online"),
        (guest("100", "a")._replace(ha=MANAGED), "ha-manager crm-command migrate vm:100 b"),
        (guest("100", "a")._replace(kind="lxc"), "pct migrate 100 b --restart"),
        (guest("100", "a")._replace(kind="lxc", ha=MANAGED), "ha-manager crm-command migrate ct:100 b"),
        (
            guest("uuid", "a")._replace(kind="domain", name="it's $(x)"),
            "virsh --connect qemu+ssh://a/system migrate --live --persistent 'it'\"'\"'s $(x)' test:///b",
        ),
    ],
)
def test_each_kind_of_guest_is_moved_by_its_own_command(one: Guest, command: str) -> None:
    """And names are quoted for a shell."""
    cluster = Cluster(zones=zones({"z": None}), nodes=(node("a", "z"), node("b", "z", uri="test:///b")), guests=(one,))
    move = Move(guest=one, from_node=NodeName("a"), to_node=NodeName("b"))
    assert command_of(move, uris_of(cluster, "qemu+ssh://{node}/system")).in_shell() == command
    assert shlex.split(command)[0] in {"qm", "pct", "ha-manager", "virsh"}


def told(*guests: Guest) -> str:
    """Return the text of the plan for members on nodes a, b and c in zones of their own."""
    return plan_lines(plan_mending(in_separate_zones("a", "b", "c", guests=guests)), "Now")


def test_the_total_says_what_is_moved_and_what_is_proven() -> None:
    """As the last line, also where there is nothing to do."""
    assert told(guest("1", "a"), guest("2", "b")) == "Nothing to move.\n"
    assert told(guest("1", "a", locked=True), guest("2", "a", locked=True)).endswith(
        "\n\nNothing can be moved that helps.\n"
    )
    assert told(guest("1", "a", gib=3), guest("2", "a", gib=2)).endswith(
        "\n\n1 move, 2.0 GiB of memory. Fewer are proven not to be enough.\n"
    )
    assert told(guest("1", "a"), guest("2", "a")).endswith(
        "\n\n1 move, 0 bytes of memory and 1 of unknown size. Fewer are proven not to be enough.\n"
    )


def test_the_total_does_not_call_impossible_what_was_not_asked_for() -> None:
    """With no moves, or with fewer than help; where all is well there is nothing to move."""

    def total(most: int, *guests: Guest, make_room: bool = False) -> str:
        cluster = in_separate_zones("a", "b", "c", guests=guests)
        return total_line(plan_mending(cluster, Request(max_moves=most, make_room=make_room)))

    bad = (guest("1", "a"), guest("2", "a"))
    assert total(0, *bad) == "No moves were asked for."
    assert total(0, guest("1", "a"), guest("2", "b")) == "Nothing to move."
    held = tuple(one._replace(locked=True) for one in bad)
    assert total(2, *held) == "Nothing can be moved that helps."
    assert total(2, *held, make_room=True) == "Nothing can be moved that helps."
    full = Cluster(
        zones=zones({"z1": None, "z2": None}),
        nodes=tuple(node(name, zone, gib=10) for name, zone in (("a", "z1"), ("b", "z2"), ("c", "z1"))),
        guests=(
            guest("1", "a", gib=5, allowed=("a", "b")),
            guest("2", "a", gib=5, allowed=("a", "b")),
            guest("3", "b", pool="q", gib=10),
        ),
    )
    plans = [plan_mending(full, Request(max_moves=most, make_room=True)) for most in (1, 2)]
    assert total_line(plans[0]) == "Nothing was found that helps within 1 move."
    assert total_line(plans[1]).startswith("2 moves, ")
    assert total(1, *bad).startswith("1 move, ")
    cluster = in_separate_zones("a", "b", guests=bad)
    assert total_line(plan_balancing(cluster, Request(max_moves=0))) == "No moves were asked for."
    assert total_line(plan_balancing(cluster, Request(max_moves=1))) == "Nothing to move."


def test_the_blocks_come_in_order_and_only_those_with_something_to_say() -> None:
    """What rests on unknown sizes is told last."""
    text = told(guest("1", "a", locked=True), guest("2", "a"), guest("3", "a", locked=True))
    titles = [line for line in text.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert titles == [
        *("Now:", "What to change:", "How it will be after:"),
        *("What stays unresolved:", "What this rests on:"),
    ]
    assert "  p: guest 1 would have to go to 'c', but it is locked\n" in text


def test_the_document_has_every_part_and_says_null_for_an_unknown_size() -> None:
    """In ASCII."""
    cluster = in_separate_zones("a", "b", guests=[guest("1", "a")._replace(name="Zürich"), guest("2", "a")])
    text = plan_document(plan_mending(cluster), uris_of(cluster, "qemu+ssh://{node}/system"), 78)
    assert text.isascii()
    document = json.loads(text)
    assert list(document) == [
        *("schema", "status", "optimal", "lower_bound", "moves", "unresolved", "pools", "notes"),
    ]
    (move,) = document["moves"]
    assert (move["step"], move["guest"], move["name"], move["pool"]) == (1, "1", "Zürich", "p")
    assert (move["from"], move["to"], move["memory_bytes"]) == ("a", "b", None)
    assert move["command"] == "qm migrate 1 b --online"
    assert document["pools"][0]["before"][0] == {"level": "zone:0", "used": 1, "possible": 2}
    assert document["pools"][0]["after"][0] == {"level": "zone:0", "used": 2, "possible": 2}


@pytest.mark.parametrize("name", ["h/system?command=touch#", "-oProxyCommand=x", "a b", "u@h", "h?x"])
def test_a_node_whose_name_is_no_hosts_goes_into_no_uri(name: str) -> None:
    """What it says could name a program to start; a URI of its own is the operator's word, and is taken."""
    move = Move(
        guest=guest("uuid", "a")._replace(kind="domain", name="dns0"), from_node=NodeName("a"), to_node=NodeName(name)
    )
    cluster = Cluster(zones=zones({"z": None}), nodes=(node("a", "z"), node(name, "z")))
    with pytest.raises(InvalidData, match="no command can reach it"):
        command_of(move, uris_of(cluster, "qemu+ssh://{node}/system"))
    own = Cluster(zones=zones({"z": None}), nodes=(node("a", "z"), node(name, "z", uri="qemu+ssh://b/system")))
    assert command_of(move, uris_of(own, "qemu+ssh://{node}/system")).words[-1] == "qemu+ssh://b/system"
