"""A plan of yesterday is checked: by a file that may be anything, and against what is live now."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.fake_proxmox import FakeCluster, FakeGuest, FakeProxmox
from tests.live import PROGRAM, Ran, assert_clear, badly_spread, make_database, run

BUNCHED = Path(__file__).parents[2] / "examples" / "bunched.json"
NO_PROOF = "is missing; a plan is verified by the document that `plan --certificate FILE` writes"
WRITTEN = "a plan, as plan --certificate FILE writes it"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a database, a snapshot and the plan that was made for it."""
    here = tmp_path_factory.mktemp("verify")
    make_database(here / "model.sqlite3")
    shutil.copy(BUNCHED, here / "before.json")
    assert called(here, "plan", "--from", "before.json", "--certificate", "plan.json").status == 78
    return here


def called(folder: Path, *arguments: str) -> Ran:
    """Run the program beside these files; nothing is live."""
    return run(folder / "model.sqlite3", {}, *arguments)


def test_a_file_that_is_no_plan_is_refused_in_one_clear_line(folder: Path) -> None:
    """Whichever bytes it holds; none of the words are Python's."""
    plan = (folder / "plan.json").read_bytes()
    changed = {**json.loads(plan)}
    files: dict[str, tuple[bytes, str]] = {
        "empty": (b"", "line 1, column 1: is not JSON (it is empty); is the plan whole?"),
        "binary": (b"\x7fELF\x02\x01\x00\xff", "byte 7: is not UTF-8; is this a plan?"),
        "script": (
            b"#!/bin/sh\nset -eu\n",
            "line 1, column 1: is not JSON ('#' can't stand there); is the plan whole?",
        ),
        "list": (b"[]", "document: found a list, expected an object: a plan with its certificate"),
        "strange": (b'{"a": 1}', f"schema: {NO_PROOF}"),
        "snapshot": (BUNCHED.read_bytes(), f"settings: {NO_PROOF}"),
        "twice": (b'{"schema": 1, "schema": 1}', "'schema': stands twice in one object, and only one of them can be"),
        "newer": (
            json.dumps(changed | {"schema": 2}).encode(),
            "schema: is 2, made by a newer version of this program",
        ),
        "older": (json.dumps(changed | {"schema": 0}).encode(), "schema: is 0; this program reads 1"),
        "half": (plan[: plan.index(b'"moves"') + 9], ": is not JSON (it ends too early); is the plan whole?"),
        "deep": (b"[" * 50_000, "document: is nested too deeply to be a plan"),
        "moves": (json.dumps(changed | {"moves": [{}]}).encode(), "moves[0].step: is missing, and required"),
        "words": (json.dumps(changed | {"moves": "none"}).encode(), "moves: found the string 'none', expected a list"),
    }
    for name, (content, told) in files.items():
        (folder / name).write_bytes(content)
        ran = called(folder, "verify", name, "before.json")
        assert (ran.status, ran.stdout, len(ran.lines)) == (65, "", 1), (name, ran)
        assert ran.lines[0].startswith(f"{name}: "), ran
        assert told in ran.lines[0], (name, ran)
        assert_clear(ran)


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (("none.json", "before.json"), 66, f"none.json: can't be read: No such file or directory; expected {WRITTEN}"),
        (("/", "before.json"), 66, f"/: can't be read: Is a directory; expected {WRITTEN}"),
        (("-", "before.json"), 65, "standard input: line 1, column 1: is not JSON (it is empty); is the plan whole?"),
        (("plan.json", "-"), 65, "standard input: line 1, column 1: is not JSON (it is empty); is the snapshot whole?"),
        (("-", "-"), 64, "PLAN and SNAPSHOT can't both come from standard input; give one of them as a file"),
    ],
)
def test_what_is_not_there_is_told_as_every_other_command_tells_it(
    folder: Path, arguments: tuple[str, str], status: int, told: str
) -> None:
    """Standard input is empty here."""
    ran = called(folder, "verify", *arguments)
    assert (ran.status, ran.stdout, ran.stderr) == (status, "", f"{PROGRAM}: {told}\n")


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeProxmox]:
    """Start a server whose pool dns is badly spread."""
    with FakeProxmox(badly_spread()) as server:
        yield server


def moved(cluster: FakeCluster, vmid: int, to_node: str) -> FakeCluster:
    """Return the cluster after somebody has moved a guest."""

    def at_home(guest: FakeGuest) -> FakeGuest:
        return replace(guest, node=to_node) if guest.vmid == vmid else guest

    return replace(cluster, guests=tuple(map(at_home, cluster.guests)))


def test_a_plan_is_checked_against_what_is_live(fake: FakeProxmox, tmp_path: Path) -> None:
    """It fits; then a guest has moved, then others have taken what it needs; then the source is down."""
    database, settings = make_database(tmp_path / "model.sqlite3"), fake.environment(tmp_path)
    assert run(database, settings, "plan", "--certificate", "plan.json").status == 78
    (step,) = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))["moves"]
    guest, from_node, to_node = step["guest"], step["from"], step["to"]

    def verified(*arguments: str) -> Ran:
        ran = run(database, settings, "verify", "plan.json", *arguments)
        assert_clear(ran)
        return ran

    fits = verified()
    assert (fits.status, fits.stderr) == (0, "")
    assert fits.stdout.startswith("Verified: 1 move, each permitted when its turn comes, and it fits what is live now.")

    fake.change(moved(badly_spread(), int(guest), to_node))
    gone = verified()
    told = f"step 1 takes guest {guest} from '{from_node}' to '{to_node}', but it runs on '{to_node}'"
    assert (gone.status, gone.stdout, gone.stderr) == (78, f"Refused: {told}.\n", "")
    assert json.loads(verified("--format", "json").stdout)["reason"] == told

    other = next(vmid for vmid in (100, 101) if str(vmid) != guest)
    fake.change(moved(badly_spread(), other, to_node))
    told = "Refused: pool 'dns' does not begin as the plan says: it uses 2 of 2 at zone:0, and not 1 of 2.\n"
    assert (verified().status, verified().stdout) == (78, told)

    fake.set_fault("/cluster/resources", "503")
    down = verified()
    assert (down.status, down.stdout) == (69, "")
    assert len(down.lines) == 1
