"""One lab for all stories of libvirt nodes, whole and empty for each of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.databases import program
from tests.libvirt_lab import ZONES, Lab, lab
from tests.live import make_database


@pytest.fixture(scope="session")
def running_lab() -> Iterator[Lab]:
    """Start four nodes for all tests."""
    with lab() as started:
        yield started


@pytest.fixture
def nodes(running_lab: Lab) -> Iterator[Lab]:
    """Leave the nodes whole and empty for the next test."""
    yield running_lab
    running_lab.do("clear")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Make a model of the four nodes; web's members are found by their names."""
    path = make_database(tmp_path / "model.sqlite3", ZONES)
    assert program(path, "create-pool", "--name", "web", "--member", "web*").returncode == 0
    return path
