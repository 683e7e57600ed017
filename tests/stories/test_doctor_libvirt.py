"""The doctor finds what is wrong with a set-up of libvirt nodes, and what it says to do makes that line go away."""

import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.doctoring import Looked, Place
from tests.libvirt_nodes import TestDomain, write_node
from tests.live import selected

pytest.importorskip("libvirt", reason="NOT TESTED: Python's libvirt is not installed")

AT_ONCE = 3
PASTED = "ba5ed000-4222"


COMMANDS = (
    "init-database",
    "create-zone --name ams",
    "create-zone --name rtm",
    "create-node --name node1 --zone-name ams",
    "create-node --name node2 --zone-name rtm",
    "create-pool --name dns --policy even --member dns[0-9]",
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the model once."""
    place = _place(tmp_path_factory.mktemp("model"))
    for command in COMMANDS:
        _vrd(place, command)
    return place.database


@pytest.fixture
def place(database: Path, tmp_path: Path) -> Place:
    """Make everything as it should be: two nodes out of files, and pools by pattern and by metadata."""
    return _furnished(tmp_path / "place", database)


def _furnished(folder: Path, database: Path) -> Place:
    folder.mkdir()
    place = _place(folder)
    shutil.copy(database, place.database)
    write_node(folder / "node1.xml", (TestDomain(name="dns0"), TestDomain(name="web0", pools=("web",))))
    write_node(folder / "node2.xml", (TestDomain(name="dns1"), TestDomain(name="web1", pools=("web",))))
    return place


def _place(folder: Path) -> Place:
    place = Place(folder=folder)
    uri = f"test://{folder}/{{node}}.xml"
    place.write({"SOURCE": "libvirt", "DATABASE_PATH": str(place.database), "LIBVIRT_URI": uri, "LIBVIRT_TIMEOUT": "5"})
    return place


def _vrd(place: Place, command: str) -> None:
    done: subprocess.CompletedProcess[str] = place.vrd(*command.split())
    assert done.returncode == 0, done.stderr


def _runs(**command: str) -> Callable[[Place], None]:
    return lambda place: _vrd(place, command["command"])


def _two_pools_for_one_domain(place: Place) -> None:
    write_node(place.folder / "node2.xml", (TestDomain(name="dns1"), TestDomain(name="dnsx"), TestDomain(name="it's")))
    _vrd(place, "create-pool --name resolvers --member dns* --member it*")


def _two_pools_for_one_that_is_off(place: Place) -> None:
    write_node(place.folder / "node2.xml", (TestDomain(name="dns1"), TestDomain(name="dns9", state="shut off")))
    _vrd(place, "create-pool --name nine --member *9")


def _one_uri_for_two(place: Place) -> None:
    _vrd(place, f"set-node --name node2 --uri test://{place.folder}/node1.xml")


def _no_pool(place: Place) -> None:
    _vrd(place, "delete-pool --name dns")
    for node in ("node1", "node2"):
        write_node(place.folder / f"{node}.xml", (TestDomain(name="dns0", key=node),))


def _no_nodes(place: Place) -> None:
    for node in ("node1", "node2"):
        _vrd(place, f"delete-node --name {node}")


CASES: dict[str, tuple[str, str, Callable[[Place], object]]] = {
    "a-uri-without-the-nodes-name": ("same-machine", "fault", lambda place: place.set(LIBVIRT_URI="test:///default")),
    "one-uri-for-two": ("same-machine", "fault", _one_uri_for_two),
    "a-uri-that-is-none": ("setting", "fault", lambda place: place.set(LIBVIRT_URI=f"x:{PASTED}@{{node}}")),
    "a-pattern-for-nothing": ("member-patterns", "warning", _runs(command="create-pool --name mail --member mx*")),
    "two-patterns-for-one": ("pattern-overlap", "fault", _two_pools_for_one_domain),
    "two-patterns-for-one-that-is-off": ("pattern-overlap", "warning", _two_pools_for_one_that_is_off),
    "no-pools": ("pools", "fault", _no_pool),
    "no-nodes": ("connection", "fault", _no_nodes),
}


def test_a_set_up_without_a_fault_is_told_so(place: Place) -> None:
    """Every line is ok, and the status 0."""
    looked = place.look()
    assert [one for one in looked.checks if one["severity"] != "ok"] == []
    assert (looked.status, looked.stderr) == (0, "")
    (node1, node2) = [one["message"] for one in looked.checks if one["check"] == "connection"]
    assert "is opened read-only: libvirt " in node1
    assert node2.startswith(f"test://{place.folder}/node2.xml ")


@pytest.fixture(scope="module")
def told(
    request: pytest.FixtureRequest, database: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Looked, list[str], Looked]]:
    """Break, look, mend and look again, a few set-ups at a time."""
    folder = tmp_path_factory.mktemp("doctor")

    def one(case: str) -> tuple[str, tuple[Looked, list[str], Looked]]:
        check, _, break_ = CASES[case]
        place = _furnished(folder / case, database)
        break_(place)
        before = place.look()
        failures = [failure for wrong in before.wrong(check) if (failure := place.mend(wrong["mend"]))]
        return case, (before, failures, place.look())

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return dict(threads.map(one, sorted(CASES.keys() & selected(request))))


@pytest.mark.parametrize("case", CASES)
def test_what_the_doctor_says_to_do_makes_the_line_go_away(
    told: dict[str, tuple[Looked, list[str], Looked]], case: str
) -> None:
    """Each mend is run by a shell, or written into the file."""
    check, severity, _ = CASES[case]
    before, failures, after = told[case]
    found = before.wrong(check)
    assert {one["severity"] for one in found} == {severity}, before.stdout
    assert before.status == (78 if before.faults else 0)
    assert PASTED not in before.stdout
    assert failures == []
    lines = {(one["subject"], one["message"]) for one in found}
    assert not lines & {(one["subject"], one["message"]) for one in after.wrong(check)}


def test_patterns_that_are_mended_keep_the_members_that_nobody_contests(place: Place) -> None:
    """A pattern gives way to the names that it alone matches."""
    _two_pools_for_one_domain(place)
    for wrong in place.look().wrong("pattern-overlap"):
        assert place.mend(wrong["mend"]) == ""
    assert place.vrd("list-pools").stdout == "dns\teven\tdns[0-9]\nresolvers\tdistinct\tdnsx\tit*\n"


def test_a_node_that_can_not_be_read_is_a_fault_unless_it_is_in_maintenance(place: Place) -> None:
    """And it hides no other check but those that need all domains."""
    (place.folder / "node2.xml").unlink()
    before = place.look()
    (wrong,) = before.wrong("connection")
    assert (wrong["subject"], wrong["severity"], before.status) == ("node2", "fault", 78)
    assert wrong["mend"].startswith("look at: virsh --readonly")
    assert "delete-node" not in before.stdout
    assert "node-zone" in {one["check"] for one in before.checks if one["severity"] == "ok"}
    _vrd(place, "set-maintenance --name node2")
    after = place.look()
    assert [one["severity"] for one in after.wrong("connection")] == ["warning"]
    assert after.status == 0


def test_patterns_are_not_called_idle_while_a_node_is_not_seen(place: Place) -> None:
    """Their domains may be there."""
    write_node(place.folder / "node1.xml")
    (place.folder / "node2.xml").unlink()
    looked = place.look()
    assert looked.wrong("member-patterns") == []
    assert "not checked: domains may be on 'node2'" in looked.stdout


def test_a_library_that_is_missing_is_told_with_the_command_that_installs_it(place: Place) -> None:
    """Other checks go on."""
    (place.folder / "libvirt.py").write_text("raise ImportError('No module named libvirt')\n", encoding="utf-8")
    place.environment["PYTHONPATH"] = f"{place.folder}:{place.python_path}"
    looked = place.look()
    (wrong,) = looked.wrong("connection")
    assert wrong["mend"].endswith("-m pip install libvirt-python")
    assert looked.status == 78
    assert "database" in {one["check"] for one in looked.checks if one["severity"] == "ok"}


def test_nothing_is_opened_where_others_can_write_dotenv(place: Place) -> None:
    """A URI can name a command to run."""
    proof = place.folder / "proof"
    place.set(LIBVIRT_URI=f"qemu+ext:///system?command=/usr/bin/touch&socket={proof}")
    place.dotenv.chmod(0o666)
    looked = place.look()
    assert looked.wrong("connection") == []
    assert "not checked: others can change .env" in looked.stdout
    assert not proof.exists()
