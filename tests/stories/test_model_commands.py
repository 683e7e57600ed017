"""An operator writes down zones, nodes and pools, and reads them back."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.databases import dump, execute, make_first_edition, on_a_terminal, program, program_environment, rows

COMMANDS = (
    "init-database",
    *("create-zone", "delete-zone", "list-zones"),
    *("create-node", "set-node", "delete-node", "list-nodes", "set-maintenance", "clear-maintenance"),
    *("create-pool", "delete-pool", "list-pools"),
)
WRITTEN = """
create-zone --name ams
create-zone --name ams-r1 --parent ams
create-zone --name ams-r2 --parent ams
create-node --name pve1 --zone-name ams-r1
create-node --name pve2 --zone-name ams-r2 --uri qemu+ssh://pve2.example/system
create-pool --name web
create-pool --name dns --policy even --member ns? --member dns* --member ns?
"""


def _quiet(database: Path, *arguments: str) -> None:
    done = program(database, *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def _answer(database: Path, *arguments: str) -> str:
    done = program(database, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def _refusal(database: Path, *arguments: str) -> str:
    """Return the one line that a wrong call is refused with, without the program's name."""
    done = program(database, *arguments)
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr.count("\n") == 1
    return done.stderr.removeprefix("virtualisation-resource-distributor: ").rstrip("\n")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Make an empty database."""
    path = tmp_path / "model.sqlite3"
    _answer(path, "init-database")
    return path


@pytest.fixture(scope="module")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Make a database with a small model in it once, command by command."""
    path = tmp_path_factory.mktemp("written") / "model.sqlite3"
    _answer(path, "init-database")
    for line in WRITTEN.split("\n")[1:-1]:
        _quiet(path, *line.split(" "))
    return path.read_bytes()


@pytest.fixture
def written(tmp_path: Path, small_model: bytes) -> Path:
    """Give each test a copy of it."""
    path = tmp_path / "model.sqlite3"
    path.write_bytes(small_model)
    return path


def test_init_database_creates_and_then_has_nothing_to_do(tmp_path: Path) -> None:
    """It says in one line what it did."""
    path = tmp_path / "model.sqlite3"
    assert _answer(path, "init-database") == f"created {path}, a database of version 3\n"
    before = path.read_bytes()
    assert _answer(path, "init-database") == f"nothing to do: {path} is a database of version 3, the newest\n"
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_database_path_may_come_from_the_env_file_and_may_be_relative(tmp_path: Path) -> None:
    """An empty variable counts as not set."""
    (tmp_path / ".env").write_text("DATABASE_PATH=here.sqlite3\n")
    done = program(Path(), "init-database", environment={"DATABASE_PATH": ""}, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "here.sqlite3").exists()


def test_what_was_written_is_listed_by_name(written: Path) -> None:
    """Text has a line each, with tabs between; a pool's patterns come last, as many as there are."""
    assert _answer(written, "list-zones") == "ams\t\t0\nams-r1\tams\t1\nams-r2\tams\t1\n"
    assert _answer(written, "list-nodes") == "pve1\tams-r1\t\tno\npve2\tams-r2\tqemu+ssh://pve2.example/system\tno\n"
    assert _answer(written, "list-pools") == "dns\teven\tdns*\tns?\nweb\tdistinct\n"


def test_the_lists_are_documents_too(written: Path) -> None:
    """In ASCII whatever the names, with null for what is not there."""
    _quiet(written, "create-zone", "--name", "Zürich")
    zones = _answer(written, "list-zones", "--format", "json")
    assert zones.isascii()
    assert json.loads(zones) == {
        "schema": 1,
        "zones": [
            {"name": "Zürich", "parent": None, "nodes": 0},
            {"name": "ams", "parent": None, "nodes": 0},
            {"name": "ams-r1", "parent": "ams", "nodes": 1},
            {"name": "ams-r2", "parent": "ams", "nodes": 1},
        ],
    }
    assert json.loads(_answer(written, "list-nodes", "--format", "json"))["nodes"] == [
        {"name": "pve1", "zone": "ams-r1", "uri": None, "maintenance": False},
        {"name": "pve2", "zone": "ams-r2", "uri": "qemu+ssh://pve2.example/system", "maintenance": False},
    ]
    assert json.loads(_answer(written, "list-pools", "--format", "json"))["pools"] == [
        {"name": "dns", "policy": "even", "members": ["dns*", "ns?"]},
        {"name": "web", "policy": "distinct", "members": []},
    ]


def test_an_empty_model_lists_nothing(database: Path) -> None:
    """Nothing as text is an empty answer, as a document an empty list."""
    assert _answer(database, "list-zones") == ""
    assert json.loads(_answer(database, "list-pools", "--format", "json")) == {"schema": 1, "pools": []}


def test_a_node_is_moved_gets_an_address_and_loses_it(written: Path) -> None:
    """What is not named stays as it is."""
    _quiet(written, "set-node", "--name", "pve1", "--zone-name", "ams-r2")
    _quiet(written, "set-node", "--name", "pve1", "--uri", "qemu:///system")
    assert _answer(written, "list-nodes").startswith("pve1\tams-r2\tqemu:///system\tno\n")
    _quiet(written, "set-node", "--name", "pve1", "--zone-name", "ams", "--uri", "")
    assert _answer(written, "list-nodes").startswith("pve1\tams\t\tno\n")


def test_maintenance_is_set_and_cleared_and_setting_it_twice_is_no_error(written: Path) -> None:
    """Who asks for what is so already has what they want."""
    for _ in range(2):
        _quiet(written, "set-maintenance", "--name", "pve1")
        assert _answer(written, "list-nodes").startswith("pve1\tams-r1\t\tyes\n")
    for _ in range(2):
        _quiet(written, "clear-maintenance", "--name", "pve1")
        assert _answer(written, "list-nodes").startswith("pve1\tams-r1\t\tno\n")


def test_what_is_deleted_is_gone_and_may_be_created_again(written: Path) -> None:
    """A pool's patterns go with it, and zones once they hold nothing."""
    for arguments in ("node pve1", "node pve2", "zone ams-r1", "zone ams-r2", "zone ams", "pool dns", "pool web"):
        kind, name = arguments.split(" ")
        _quiet(written, f"delete-{kind}", "--name", name)
    for kind in ("zones", "nodes", "pools"):
        assert _answer(written, f"list-{kind}") == ""
    assert rows(written, "SELECT * FROM pool_members") == []
    _quiet(written, "create-pool", "--name", "dns")
    assert _answer(written, "list-pools") == "dns\tdistinct\n"


REFUSED = {
    "create-zone --name ams": "zone 'ams' is there already; list-zones lists all",
    "create-zone --name new --parent asm": "there is no zone 'asm'; near it: 'ams'; list-zones lists all",
    "create-zone --name new --parent new": "there is no zone 'new'; list-zones lists all",
    "delete-zone --name elsewhere": "there is no zone 'elsewhere'; list-zones lists all",
    "delete-zone --name ams-r1": "zone 'ams-r1' still holds node 'pve1'; move nodes with set-node, or delete what it "
    "holds first",
    "delete-zone --name ams": "zone 'ams' still holds zone 'ams-r1', 'ams-r2'; move nodes with set-node, or delete "
    "what it holds first",
    "create-node --name pve1 --zone-name ams": "node 'pve1' is there already; set-node changes it",
    "create-node --name pve3 --zone-name ams-r": "there is no zone 'ams-r'; near it: 'ams-r2', 'ams-r1', 'ams'; "
    "list-zones lists all",
    "create-node --name pve3 --zone-name ams --uri qemu+tcp://{node}/system": "--uri is no URI: "
    "'qemu+tcp://{node}/system' has {node} in it, which LIBVIRT_URI alone fills in; write the node's name there",
    "set-node --name pve1 --uri test:///{node}.xml": "--uri is no URI: 'test:///{node}.xml' has {node} in it, which "
    "LIBVIRT_URI alone fills in; write the node's name there",
    "create-node --name pve3": "Missing option '--zone-name'",
    "set-node --name pve1": "set-node has nothing to set; give --zone-name, --uri or both",
    "set-node --name pve9 --zone-name ams": "there is no node 'pve9'; near it: 'pve2', 'pve1'; list-nodes lists all",
    "delete-node --name pve": "there is no node 'pve'; near it: 'pve2', 'pve1'; list-nodes lists all",
    "set-maintenance --name x": "there is no node 'x'; list-nodes lists all",
    "clear-maintenance --name x": "there is no node 'x'; list-nodes lists all",
    "create-pool --name dns": "pool 'dns' is there already; list-pools lists all",
    "create-pool --name p --policy odd": "Invalid value for '--policy': 'odd' is not one of 'distinct', 'even'",
    "delete-pool --name dsn": "there is no pool 'dsn'; near it: 'dns'; list-pools lists all",
}


@pytest.mark.parametrize("call", REFUSED)
def test_a_wrong_call_is_refused_with_what_to_do(written: Path, call: str) -> None:
    """A name that is not there comes with those that are like it; nothing is changed."""
    before = written.read_bytes()
    assert _refusal(written, *call.split(" ")).split("; see ")[0] == REFUSED[call]
    assert written.read_bytes() == before


def test_in_an_empty_model_the_advice_is_to_create(database: Path) -> None:
    """There is nothing that list-zones could tell."""
    message = "there is no zone 'ams'; there are none yet, create-zone creates one"
    assert _refusal(database, "create-node", "--name", "pve1", "--zone-name", "ams") == message


@pytest.mark.parametrize("name", ["", "a\nb", b"\xff\xfe".decode(errors="surrogateescape")])
def test_what_could_forge_a_line_or_can_not_be_written_is_no_name(written: Path, name: str) -> None:
    """Nor is it a pattern or a URI, but that an empty URI is none."""
    calls = [
        ("create-zone", "--name", name),
        ("create-node", "--zone-name", "ams", "--name", name),
        ("create-pool", "--name", name),
        ("create-pool", "--name", "p", "--member", name),
    ]
    if name:
        calls.append(("set-node", "--name", "pve1", "--uri", name))
    for call in calls:
        line = _refusal(written, *call)
        assert line.isprintable()
        assert "is no" in line


@pytest.mark.parametrize("name", [" room1", "room1 ", " ", "\u00a0room1"])
def test_a_new_name_has_no_blank_at_an_end(written: Path, name: str) -> None:
    """Nobody would see it, or find the name again; a row that has one is read all the same."""
    for kind in ("zone", "node", "pool"):
        more = ("--zone-name", "ams") if kind == "node" else ()
        line = _refusal(written, f"create-{kind}", "--name", name, *more)
        assert line == f"--name is no name for a {kind}: {name!a} begins or ends with a blank; leave that out"
    execute(written, f"UPDATE zones SET name = '{name}' WHERE name = 'ams-r1'")
    assert name in _answer(written, "list-zones").replace("\\xa0", "\u00a0")
    _quiet(written, "set-node", "--name", "pve2", "--zone-name", name)


def test_any_other_text_is_a_name(database: Path) -> None:
    """Lists escape what a terminal would obey or hide; documents keep it as it is."""
    names = ["'; DROP TABLE zones; --", "-x", "[red]", "a b", "a\\tb", "x" * 300, "é", "\u202eevil", "数据"]
    for name in names:
        _quiet(database, "create-zone", f"--name={name}")
    zones = json.loads(_answer(database, "list-zones", "--format", "json"))["zones"]
    assert [zone["name"] for zone in zones] == names
    assert _answer(database, "list-zones").splitlines()[7] == "\\u202eevil\t\t0"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(tmp_path: Path, command: str) -> None:
    """Help needs no database."""
    text = _answer(tmp_path / "none", command, "--help")
    assert "Example:\n" in text
    assert f"virtualisation-resource-distributor {command}" in text


def test_a_terminal_gets_a_table_with_headings(written: Path) -> None:
    """It has every character of every name, in colour unless NO_COLOR is set."""
    for environment, bold in (({}, True), ({"TERM": "dumb"}, False)):
        text = on_a_terminal(written, "list-pools", environment=environment, width=60)
        assert ("\x1b[1m" in text) == bold
        for word in ("name", "policy", "members", "dns", "even", "dns*", "ns?", "web", "distinct"):
            assert word in text


def test_the_first_editions_database_is_read_then_upgraded_by_the_first_change(tmp_path: Path) -> None:
    """Nodes whose zone was deleted under them are told, with the command that mends each."""
    path = tmp_path / "first.sqlite3"
    make_first_edition(path)
    before = dump(path)
    assert _answer(path, "list-nodes") == "pve1\tams\t\tno\npve2\trtm\t\tno\npve3\t\t\tno\n"
    assert dump(path) == before
    done = program(path, "create-zone", "--name", "new")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == (
        "virtualisation-resource-distributor: node 'pve3' is in no zone, since its zone was deleted; "
        "run: vrd set-node --name pve3 --zone-name ZONE\n"
    )
    assert dump(tmp_path / "first.sqlite3.before-upgrade-1-to-3") == before
    _quiet(path, "set-node", "--name", "pve3", "--zone-name", "new")
    assert _answer(path, "list-zones") == "ams\t\t1\nnew\t\t1\nrtm\t\t1\n"
    assert rows(path, "SELECT created_at FROM nodes WHERE name = 'pve3'") == [("2021-05-06 07:08:12",)]


def test_init_database_upgrades_an_old_database_and_names_the_copy(tmp_path: Path) -> None:
    """The orphan is told on standard error, here too."""
    path = tmp_path / "first.sqlite3"
    make_first_edition(path)
    done = program(path, "init-database")
    copy = f"{path}.before-upgrade-1-to-3"
    assert done.returncode == 0
    assert done.stdout == f"upgraded {path} from version 1 to 3; as it was, it is kept as {copy}\n"
    assert done.stderr.count("\n") == 1
    assert _answer(path, "init-database").startswith("nothing to do: ")


def test_two_shells_that_create_nodes_at_once_lose_none(written: Path) -> None:
    """As two operators would, with the command itself."""
    command = '"$0" -m virtualisation_resource_distributor create-node --name $1$n --zone-name ams'
    script = f"for n in 1 2 3 4 5 6; do {command}; done"
    shells = [
        subprocess.Popen(["sh", "-ec", script, sys.executable, prefix], env=program_environment(written))
        for prefix in "ab"
    ]
    assert [shell.wait(timeout=120) for shell in shells] == [0, 0]
    names = {line.split("\t")[0] for line in _answer(written, "list-nodes").splitlines()}
    assert names == {"pve1", "pve2", *(f"{prefix}{number}" for prefix in "ab" for number in range(1, 7))}
