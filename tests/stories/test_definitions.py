"""An operator keeps definitions of domains, and never sees a password again."""

import json
import re
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.databases import program
from tests.libvirt_nodes import TestDomain, write_node
from tests.live import PROGRAM

pytest.importorskip("libvirt", reason="NOT TESTED: Python's libvirt is not installed")

SECRET = "Kirschbaum"
VNC = f"<graphics type='vnc' port='5901' passwd='{SECRET}'/>"
DISK = "<disk type='file'><source file='{}'/><target dev='vda'/></disk>"
NOBODYS = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
BOMB = f"""<!DOCTYPE domain [<!ENTITY a "{SECRET}"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<domain><name>&b;</name><uuid>{NOBODYS}</uuid></domain>"""
OUTER = f"""<!DOCTYPE domain [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<domain><name>&a;</name><uuid>{NOBODYS}</uuid></domain>"""

Vrd = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def vrd(tmp_path: Path) -> Vrd:
    """Make two nodes in the model, both empty, and give what runs the program on it."""
    database = tmp_path / "model.sqlite3"

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        done = program(database, *arguments, environment={"SOURCE": "libvirt"}, cwd=tmp_path)
        assert SECRET not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert all(line.startswith(f"{PROGRAM}: ") for line in done.stderr.splitlines())
        return done

    for command in ("init-database", "create-zone --name a"):
        assert run(*command.split()).returncode == 0
    database.chmod(0o600)
    for node in ("kvm1", "kvm2"):
        _write(tmp_path, node)
        assert (
            run("create-node", "--name", node, "--zone-name", "a", "--uri", f"test://{tmp_path}/{node}.xml").returncode
            == 0
        )
    return run


def _write(folder: Path, node: str, *domains: TestDomain) -> None:
    write_node(folder / f"{node}.xml", domains)


def _file(folder: Path, text: str) -> str:
    """Write a file, without what only the test driver needs to know."""
    path = folder / "given.xml"
    path.write_text(re.sub("<test:runstate>.*</test:runstate>", "", text), "utf-8")
    return str(path)


def _said(done: "subprocess.CompletedProcess[str]") -> tuple[int, str, list[str]]:
    return done.returncode, done.stdout, [line.removeprefix(f"{PROGRAM}: ") for line in done.stderr.splitlines()]


def test_a_definition_is_a_new_version_where_it_means_something_new(vrd: Vrd, tmp_path: Path) -> None:
    """Its history tells who brought each in, when and from where."""
    _write(tmp_path, "kvm1", TestDomain(name="dns0"))
    assert _said(vrd("import-definition", "--name", "dns0")) == (0, "kept version 1 of 'dns0', from node kvm1\n", [])
    assert _said(vrd("import-definition", "--name", "dns0")) == (0, "version 1 of 'dns0' is kept already\n", [])
    _write(tmp_path, "kvm2", TestDomain(name="dns0", vcpus=2))
    _write(tmp_path, "kvm1")
    uuid = TestDomain(name="dns0").uuid
    assert _said(vrd("import-definition", "--name", uuid)) == (0, "kept version 2 of 'dns0', from node kvm2\n", [])
    listed = vrd("list-definitions").stdout.rstrip("\n").split("\t")
    assert (listed[:3], listed[5:]) == (["dns0", uuid, "2"], ["node kvm2"])
    history = json.loads(vrd("list-definitions", "--name", "dns0", "--format", "json").stdout)
    assert history["schema"] == 1
    assert [(one["version"], one["origin"]) for one in history["definitions"]] == [(1, "node kvm1"), (2, "node kvm2")]
    assert all(one["author"] and one["created_at"].endswith("Z") for one in history["definitions"])
    assert "<vcpu placement='static'>1</vcpu>" in vrd("export-definition", "--name", "dns0", "--version", "1").stdout
    assert _said(vrd("delete-definition", "--name", "dns0")) == (0, "deleted 2 versions of 'dns0'\n", [])
    assert _said(vrd("list-definitions")) == (0, "", [])


def test_a_definition_on_two_nodes_is_taken_where_they_agree_or_one_is_named(vrd: Vrd, tmp_path: Path) -> None:
    """Else the nodes are named, with what differs."""
    _write(tmp_path, "kvm1", TestDomain(name="web0", state="shut off"), TestDomain(name="dns0", state="shut off"))
    _write(tmp_path, "kvm2", TestDomain(name="web0"), TestDomain(name="dns0", vcpus=2))
    assert vrd("import-definition", "--name", "web0").stdout == "kept version 1 of 'web0', from node kvm2\n"
    status, _, (line,) = _said(vrd("import-definition", "--name", "dns0"))
    assert status == 64
    assert line.startswith("'dns0' is on 'kvm2', 'kvm1', and its definitions differ: vcpu: '2' → '1'; ")
    assert vrd("import-definition", "--name", "dns0", "--node", "kvm1").returncode == 0
    _write(tmp_path, "kvm1", TestDomain(name="dns1"))
    status, _, (line,) = _said(vrd("import-definition", "--name", "dns0", "--node", "kvm1"))
    assert status == 64
    assert line == "there is no domain 'dns0' on node 'kvm1'; near it: 'dns1'; list-guests --live lists all"


def test_what_runs_is_kept_but_for_what_runs_twice(vrd: Vrd, tmp_path: Path) -> None:
    """Nobody can tell which of its definitions counts; all else is kept all the same."""
    twice = TestDomain(name="web0")
    _write(tmp_path, "kvm1", twice, TestDomain(name="dns0"), TestDomain(name="off", state="shut off"))
    _write(tmp_path, "kvm2", twice, TestDomain(name="dns1"))
    status, text, (line,) = _said(vrd("import-definition", "--all"))
    assert (status, text) == (
        65,
        "kept version 1 of 'dns0', from node kvm1\nkept version 1 of 'dns1', from node kvm2\n2 new, 0 kept already\n",
    )
    assert "'web0' runs on 'kvm1', 'kvm2' at once" in line


def test_a_node_that_gives_no_answer_is_told_and_the_rest_kept(vrd: Vrd, tmp_path: Path) -> None:
    """A domain that no other node has may be there."""
    _write(tmp_path, "kvm1", TestDomain(name="dns0"))
    vrd("set-node", "--name", "kvm2", "--uri", "qemu+tcp://127.0.0.1:1/system")
    status, text, (line,) = _said(vrd("import-definition", "--name", "dns0"))
    assert (status, text) == (69, "kept version 1 of 'dns0', from node kvm1\n")
    assert line.startswith("partial-view: node kvm2: ")
    status, text, lines = _said(vrd("import-definition", "--name", "web0"))
    assert (status, text, lines[1:]) == (69, "", ["'web0' is on no node that answered"])
    status, text, _ = _said(vrd("diff-definition", "--name", "dns0"))
    assert (status, text) == (69, "dns0: version 1 and node kvm1 do not differ\n")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (BOMB, "declares a document type"),
        (OUTER, "declares a document type"),
        (f"<domain><name>a</name><title>{SECRET}</domain>", "is no XML: mismatched tag"),
        ("", "is no XML: no element found"),
        ("<network/>", "is XML of something else than a domain"),
        ("<domain><name>dns0</name></domain>", "has no <uuid>"),
        (f"<domain><uuid>{NOBODYS}</uuid></domain>", "has no <name>"),
        (f"<domain><name>a&#10;b</name><uuid>{NOBODYS}</uuid></domain>", "has no <name> that can be used"),
    ],
)
def test_a_file_that_is_no_definition_is_refused_in_one_line(
    vrd: Vrd, tmp_path: Path, content: str, fault: str
) -> None:
    """Nothing of it is shown, and nothing is kept."""
    status, text, (line,) = _said(vrd("import-definition", "--file", _file(tmp_path, content)))
    assert (status, text) == (65, "")
    assert f"given.xml: {fault}" in line
    assert vrd("list-definitions").stdout == ""


def test_bytes_that_are_no_text_or_never_end_are_refused(vrd: Vrd, tmp_path: Path) -> None:
    """A folder and a file that is not there, too."""
    (tmp_path / "binary").write_bytes(b"\x7fELF\xff\xfe" * 100)
    for file, status, fault in (
        ("binary", 65, "is no text in UTF-8"),
        ("/dev/zero", 65, "is larger than 4 MiB"),
        (".", 66, "can't be read: Is a directory"),
        ("nowhere.xml", 66, "can't be read: No such file"),
    ):
        done = vrd("import-definition", "--file", file)
        assert done.returncode == status
        assert fault in done.stderr


def test_passwords_come_in_from_a_file_and_never_out_but_into_a_file_that_is_ones_own(vrd: Vrd, tmp_path: Path) -> None:
    """What is exported without them is not taken for the definition."""
    file = _file(tmp_path, TestDomain(name="dns0", devices=VNC).xml())
    database = tmp_path / "model.sqlite3"
    database.chmod(0o640)
    status, _, (line,) = _said(vrd("import-definition", "--file", file))
    assert status == 77
    assert "chmod 600" in line
    assert SECRET.encode() not in database.read_bytes()
    database.chmod(0o600)
    assert vrd("import-definition", "--file", file).stdout == "kept version 1 of 'dns0', from file given.xml\n"
    done = vrd("export-definition", "--name", "dns0")
    assert 'passwd="(hidden)"' in done.stdout
    assert "passwords in it are hidden" in done.stderr
    assert vrd("export-definition", "--name", "dns0", "--with-secrets").returncode == 64
    hidden, whole = tmp_path / "hidden.xml", tmp_path / "whole.xml"
    whole.write_text("older", "utf-8")
    whole.chmod(0o644)
    assert vrd("export-definition", "--name", "dns0", "--output", str(hidden)).returncode == 0
    assert SECRET not in hidden.read_text("utf-8")
    status, _, (line,) = _said(vrd("import-definition", "--file", str(hidden)))
    assert status == 65
    assert "its passwords are hidden" in line
    assert _said(vrd("export-definition", "--name", "dns0", "--output", str(whole), "--with-secrets")) == (0, "", [])
    assert whole.read_text("utf-8") == Path(file).read_text("utf-8")
    assert stat.S_IMODE(whole.stat().st_mode) == 0o600


def test_a_node_that_tells_no_passwords_takes_none_away(vrd: Vrd, tmp_path: Path) -> None:
    """Where something else is new, it is told that the new version has none."""
    vrd("import-definition", "--file", _file(tmp_path, TestDomain(name="dns0", devices=VNC).xml()))
    _write(tmp_path, "kvm1", TestDomain(name="dns0", devices=VNC))
    assert vrd("import-definition", "--all").stdout == "0 new, 1 kept already\n"
    assert vrd("diff-definition", "--name", "dns0").stdout == "dns0: version 1 and node kvm1 do not differ\n"
    _write(tmp_path, "kvm1", TestDomain(name="dns0", vcpus=2, devices=VNC))
    status, _, (line,) = _said(vrd("import-definition", "--name", "dns0"))
    assert status == 0
    assert line.startswith("version 2 of 'dns0' lacks the passwords that version 1 has; ")
    other = TestDomain(name="dns0", vcpus=2, devices=VNC.replace(SECRET, "other")).xml()
    vrd("import-definition", "--file", _file(tmp_path, other))
    text = vrd("diff-definition", "--name", "dns0", "--version", "1", "--to", "3").stdout
    assert "  devices/graphics[vnc]@passwd: (hidden) → (hidden)\n" in text


def test_run_tells_what_clashes_and_what_was_changed_as_warnings_alone(vrd: Vrd, tmp_path: Path) -> None:
    """Without --verbose and in its status it says nothing of them; a snapshot carries them along."""
    card = "<interface type='network'><mac address='52:54:00:00:00:0{}'/><source network='default'/></interface>"
    one = TestDomain(name="dns0", devices=DISK.format("/srv/a") + card.format("a") + VNC)
    other = TestDomain(name="dns1", devices=DISK.format("/srv/./a") + card.format("A") + VNC)
    _write(tmp_path, "kvm1", one, other)
    _write(tmp_path, "kvm2", TestDomain(name="dns0", devices=DISK.format("/srv/b"), state="shut off"))
    kept = TestDomain(name="dns1", vcpus=3, devices=other.devices).xml()
    vrd("import-definition", "--file", _file(tmp_path, kept))
    assert _said(vrd("run")) == (0, "", [])
    document = json.loads(vrd("run", "--format", "json").stdout)
    told = {finding["code"]: finding for finding in document["findings"]}
    assert told.keys() == {
        *("disk-shared", "mac-twice", "display-port-twice", "definition-differs", "definition-changed"),
    }
    assert {finding["severity"] for finding in told.values()} == {"warning"}
    assert told["definition-changed"]["subject"] == other.uuid
    assert "vcpu: '3' → '1'" in told["definition-changed"]["message"]
    assert "devices/disk[vda]/source@file: '/srv/a' → '/srv/b'" in told["definition-differs"]["message"]
    snapshot = tmp_path / "snapshot.json"
    vrd("snapshot", "--output", str(snapshot))
    again = json.loads(vrd("run", "--from", str(snapshot), "--format", "json").stdout)
    assert again["findings"] == document["findings"]


@pytest.mark.parametrize(
    ("arguments", "status", "fault"),
    [
        ("import-definition", 64, "give one of --name GUEST, --file FILE and --all"),
        ("import-definition --name a --all", 64, "give one of"),
        ("import-definition --file a.xml --node kvm1", 64, "--node goes with"),
        ("import-definition --name dns --node kvm9", 64, "there is no node 'kvm9'; near it: "),
        ("import-definition --name dns", 64, "there is no domain 'dns'; near it: 'dns0'"),
        ("export-definition --name dns", 64, "no definition of 'dns' is kept; near it: 'dns0'"),
        ("export-definition --name dns0 --version 7", 64, "there is no version 7 of 'dns0'; there is 1 alone"),
        ("export-definition --name dns0 --version 0", 64, "0 is not in the range"),
        ("export-definition --name dns0 --output /dev/full --with-secrets", 64, "is no regular file"),
        ("diff-definition --name dns0 --to 1", 64, "--to goes with --version"),
        ("delete-definition --name dns", 64, "near it: 'dns0'"),
        ("list-definitions --name dns", 64, "near it: 'dns0'"),
        (f"diff-definition --name {NOBODYS}", 64, "is kept; list-definitions lists all"),
    ],
)
def test_a_call_that_can_not_be_meant_is_answered_with_what_is_there(
    vrd: Vrd, tmp_path: Path, arguments: str, status: int, fault: str
) -> None:
    """Names that are near, and options that go together."""
    _write(tmp_path, "kvm1", TestDomain(name="dns0"))
    vrd("import-definition", "--name", "dns0")
    done = vrd(*arguments.split())
    assert (done.returncode, done.stdout) == (status, "")
    assert fault in done.stderr


def test_two_domains_of_one_name_are_told_apart_by_their_uuids(vrd: Vrd, tmp_path: Path) -> None:
    """On nodes, and among what is kept."""
    one, other = TestDomain(name="dns0", key="a"), TestDomain(name="dns0", key="b")
    _write(tmp_path, "kvm1", one)
    _write(tmp_path, "kvm2", other)
    done = vrd("import-definition", "--name", "dns0")
    assert done.returncode == 64
    assert f"{one.uuid} on 'kvm1', {other.uuid} on 'kvm2'" in done.stderr
    for domain in (one, other):
        assert vrd("import-definition", "--name", domain.uuid.upper()).returncode == 0
    done = vrd("delete-definition", "--name", "dns0")
    assert done.returncode == 64
    assert "definitions of 2 domains 'dns0' are kept" in done.stderr
    assert vrd("delete-definition", "--name", one.uuid).returncode == 0
    assert vrd("list-definitions").stdout.split("\t")[1] == other.uuid
