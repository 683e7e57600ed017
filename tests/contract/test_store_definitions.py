"""What is kept of domains is read as it was written: definitions in versions, what is to stay down, and locks."""

import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import strategies
from tests.databases import execute, program_environment, public_directory

from virtualisation_resource_distributor.cluster.definition import Definition, WantedDown
from virtualisation_resource_distributor.cluster.names import GuestId
from virtualisation_resource_distributor.errors import (
    Busy,
    DistributorError,
    FileMissing,
    InvalidData,
    SourceForbidden,
)
from virtualisation_resource_distributor.store.changes import create_database
from virtualisation_resource_distributor.store.definitions import (
    add_definitions,
    delete_definitions,
    read_definitions,
    read_versions,
)
from virtualisation_resource_distributor.store.locks import author, locked, read_locks, release
from virtualisation_resource_distributor.store.private import check_private
from virtualisation_resource_distributor.store.wanted import read_wanted_down, want_down, want_up

NOW = "2026-11-21T08:00:00Z"
UUIDS = st.uuids().map(lambda uuid: GuestId(str(uuid)))
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Make an empty database."""
    path = tmp_path / "model.sqlite3"
    assert create_database(path)
    return path


def _definition(uuid: str = "a", name: str = "dns0", xml: str = "<a/>") -> Definition:
    return Definition(uuid=GuestId(uuid), name=name, version=0, created_at=NOW, author="me", origin="node n1", xml=xml)


@st.composite
def _definitions(draw: st.DrawFn) -> Definition:
    text = draw(TEXTS)
    return _definition(draw(UUIDS), draw(strategies.names()), text)._replace(author=draw(TEXTS), origin=draw(TEXTS))


@given(st.lists(_definitions(), max_size=5, unique_by=lambda one: one.uuid))
@settings(max_examples=40, deadline=None)
def test_any_definition_is_read_as_it_was_brought_in(brought: list[Definition]) -> None:
    """With the number 1, and sorted by name."""
    with public_directory() as directory:
        path = directory / "model.sqlite3"
        create_database(path)
        kept = add_definitions(path, brought)
        expected = [one._replace(version=1) for one in brought]
        assert [one.newest for one in kept] == expected
        assert all(one.is_new and one.before is None for one in kept)
        assert read_definitions(path) == tuple(sorted(expected, key=lambda one: (one.name, one.uuid)))
        assert [read_versions(path, one.uuid) for one in expected] == [(one,) for one in expected]


def test_versions_count_up_for_each_domain_and_the_newest_is_the_one_that_is_listed(path: Path) -> None:
    """A name that changes is a new version too."""
    brought = [_definition(), _definition(xml="<b/>"), _definition(uuid="z"), _definition(xml="<b/>", name="dns1")]
    kept = add_definitions(path, brought)
    assert [one.newest.version for one in kept] == [1, 2, 1, 3]
    assert kept[1].before == kept[0].newest
    assert [(one.name, one.uuid, one.version) for one in read_definitions(path)] == [("dns0", "z", 1), ("dns1", "a", 3)]
    assert [one.xml for one in read_versions(path, GuestId("a"))] == ["<a/>", "<b/>", "<b/>"]


def test_what_is_the_same_as_the_newest_is_not_kept_again(path: Path) -> None:
    """By the text, or by what the caller calls the same; what is as an older version is new."""
    first = add_definitions(path, [_definition()])[0].newest
    (again,) = add_definitions(path, [_definition()._replace(author="you")])
    assert again == (first, False, None)
    (alike,) = add_definitions(path, [_definition(xml="<other/>")], lambda newest, brought: newest.name == brought.name)
    assert alike == (first, False, None)
    assert add_definitions(path, [_definition(xml="<b/>")])[0].is_new
    assert add_definitions(path, [_definition()])[0].newest.version == 3


def test_all_are_kept_or_none(path: Path) -> None:
    """Where one can't be, the others are not either."""

    def fail_at_second(newest: Definition, brought: Definition) -> bool:
        raise DistributorError("no")

    with suppress(DistributorError):
        add_definitions(path, [_definition(), _definition()], fail_at_second)
    assert read_definitions(path) == ()


def test_a_definition_is_forgotten_with_all_its_versions_and_no_other_is(path: Path) -> None:
    """Its number begins at 1 again."""
    add_definitions(path, [_definition(), _definition(xml="<b/>"), _definition(uuid="z")])
    assert delete_definitions(path, GuestId("a")) == 2
    assert delete_definitions(path, GuestId("a")) == 0
    assert [one.uuid for one in read_definitions(path)] == ["z"]
    assert add_definitions(path, [_definition()])[0].newest.version == 1


def test_a_definition_is_never_shown_with_what_is_in_it() -> None:
    """Where a traceback shows its values too."""
    assert "geheim" not in repr(_definition(xml="<graphics passwd='geheim'/>"))


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o601])
def test_a_database_that_others_can_read_takes_in_no_secret(path: Path, mode: int) -> None:
    """Through a link too."""
    path.chmod(mode)
    link = path.with_name("link")
    link.symlink_to(path)
    with pytest.raises(SourceForbidden, match=r"chmod 600 .*/link"):
        check_private(link, "a password")
    path.chmod(0o600)
    check_private(link, "a password")
    with pytest.raises(FileMissing):
        check_private(path.with_name("none"), "a password")


@given(st.lists(st.builds(WantedDown, UUIDS, strategies.names(), st.just(NOW), TEXTS, st.booleans()), max_size=5))
@settings(max_examples=25, deadline=None)
def test_what_is_to_stay_down_is_known_until_it_is_wanted_up(wanted: list[WantedDown]) -> None:
    """Once for each domain: what was said last counts."""
    with public_directory() as directory:
        path = directory / "model.sqlite3"
        create_database(path)
        for one in (*wanted, *wanted):
            want_down(path, one._replace(author="before"))
            want_down(path, one)
        expected = {one.uuid: one for one in wanted}
        assert set(read_wanted_down(path)) == set(expected.values())
        for uuid in expected:
            want_up(path, uuid)
            want_up(path, uuid)
        assert read_wanted_down(path) == ()


def test_what_one_locks_no_other_does_until_it_is_done(path: Path) -> None:
    """Whoever comes meanwhile is told who has it; other names are free."""
    with locked(path, "scan", "scan"):
        (lock,) = read_locks(path)
        assert (lock.name, lock.purpose, lock.author, lock.process) == ("scan", "scan", author(), os.getpid())
        assert lock.host == socket.gethostname()
        assert not lock.is_stale
        with (
            pytest.raises(Busy, match=r"'scan' is locked by .* for: scan; .*release-lock scan"),
            locked(path, "scan", "b"),
        ):
            raise AssertionError("it was locked twice")
        with locked(path, "guest a", "start"):
            assert [one.name for one in read_locks(path)] == ["guest a", "scan"]
    assert read_locks(path) == ()


def test_a_lock_is_given_back_where_what_was_done_under_it_fails(path: Path) -> None:
    """What is raised gets out as it is."""
    with pytest.raises(ZeroDivisionError), locked(path, "scan", "scan"):
        raise ZeroDivisionError
    assert read_locks(path) == ()


def test_a_lock_of_a_process_that_was_killed_is_taken_over(path: Path) -> None:
    """Here it is known to be gone; of one on another machine it is not."""
    script = """
import os, signal, sys
from pathlib import Path
from virtualisation_resource_distributor.store.locks import locked
with locked(Path(sys.argv[1]), "scan", "scan"):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run(
        [sys.executable, "-c", script, path], env=program_environment(path), check=False, timeout=60
    )
    assert killed.returncode == -9
    (left,) = read_locks(path)
    assert left.is_stale
    with locked(path, "scan", "scan"):
        assert [one.process for one in read_locks(path)] == [os.getpid()]
    with locked(path, "scan", "scan"):
        execute(path, "UPDATE locks SET host = 'elsewhere', process = 1, started = '0'")
        with pytest.raises(Busy, match="on elsewhere"), locked(path, "scan", "scan"):
            raise AssertionError("it was taken from another machine")
    assert [one.host for one in read_locks(path)] == ["elsewhere"], "only its own lock is given back"
    freed = release(path, "scan")
    assert freed is not None
    assert freed.host == "elsewhere"
    assert release(path, "scan") is None


def test_a_lock_of_a_process_that_has_ended_is_taken_over_though_nobody_asked_how_it_ended(path: Path) -> None:
    """What started it may do so late, or never; it does nothing any more."""
    script = """
import os, sys
from pathlib import Path
from virtualisation_resource_distributor.store.locks import locked
with locked(Path(sys.argv[1]), "scan", "scan"):
    os._exit(0)
"""
    with subprocess.Popen([sys.executable, "-c", script, path], env=program_environment(path)) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and stays a zombie until `wait`
        (left,) = read_locks(path)
        assert left.process == process.pid
        assert left.is_stale


@pytest.mark.parametrize("fault", ["locked", "gone", "replaced"])
def test_what_was_done_under_a_lock_is_returned_though_the_lock_can_not_be_given_back(path: Path, fault: str) -> None:
    """The database fails meanwhile; the lock is stale as soon as its process has ended."""
    done = []
    with ExitStack() as stack, locked(path, "guest a", "start"):
        if fault == "locked":
            other = stack.enter_context(closing(sqlite3.connect(path, isolation_level=None)))
            other.execute("BEGIN EXCLUSIVE")
        elif fault == "gone":
            path.unlink()
        else:
            path.write_text("no database", encoding="utf-8")
        done.append("told")
    assert done == ["told"]


def test_a_lock_that_could_not_be_given_back_is_no_bar_to_its_own_process(path: Path) -> None:
    """A drain takes the same locks again and again; while it holds one it is a bar to itself too."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        with locked(path, "guest a", "start"):
            other.execute("BEGIN EXCLUSIVE")
        other.execute("ROLLBACK")
    assert [lock.name for lock in read_locks(path)] == ["guest a"]
    with locked(path, "guest a", "start"), pytest.raises(Busy), locked(path, "guest a", "start"):
        raise AssertionError("it was locked twice")
    assert read_locks(path) == ()


@pytest.mark.parametrize("column", ["xml", "name", "author"])
def test_a_definition_that_is_no_text_is_told_as_wrong_data(path: Path, column: str) -> None:
    """Another program may have put bytes there."""
    add_definitions(path, [_definition()])
    execute(path, f"UPDATE definitions SET {column} = x'ff00ff'")
    with pytest.raises(InvalidData, match="decode"):
        read_definitions(path)
