"""Every exit status has one meaning, and everything that ends the program has one."""

import importlib
import pkgutil
from collections.abc import Iterator
from itertools import permutations

import pytest

import virtualisation_resource_distributor
from virtualisation_resource_distributor import exits
from virtualisation_resource_distributor.cluster import Trouble
from virtualisation_resource_distributor.cluster.trouble import TroubleKind
from virtualisation_resource_distributor.errors import (
    AnswerUnwritable,
    Busy,
    DistributorError,
    FileMissing,
    InvalidData,
    SourceForbidden,
    SourceUnavailable,
    UsageError,
)


def _subclasses(of: type[DistributorError]) -> Iterator[type[DistributorError]]:
    for subclass in of.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


def test_every_error_of_every_module_has_a_status() -> None:
    """A new class without a number is found here."""
    package = virtualisation_resource_distributor
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.endswith(".__main__"):
            try:
                importlib.import_module(module.name)
            except ModuleNotFoundError as error:
                assert error.name == "libvirt"  # noqa: PT017 -- an extra, which the rest is tested without
    assert set(_subclasses(DistributorError)) == set(exits.OF_ERROR)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UsageError, 64),
        (InvalidData, 65),
        (FileMissing, 66),
        (SourceUnavailable, 69),
        (AnswerUnwritable, 74),
        (Busy, 75),
        (SourceForbidden, 77),
    ],
)
def test_an_error_has_the_status_that_is_documented(error: type[DistributorError], status: int) -> None:
    """Other programs rely on the numbers."""
    assert exits.OF_ERROR[error] == status


def test_the_other_statuses_are_those_that_are_documented() -> None:
    """Other programs rely on the numbers."""
    assert (exits.OK, exits.BUG, exits.ALARM, exits.INTERRUPTED) == (0, 70, 78, 130)


def _troubles(*kinds: TroubleKind) -> tuple[Trouble, ...]:
    return tuple(Trouble(kind=kind, subject="cluster", message="x") for kind in kinds)


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        ((), 0),
        (("contradiction",), 65),
        (("unreadable",), 69),
        (("forbidden",), 77),
        (("contradiction", "unreadable"), 69),
        (("contradiction", "forbidden"), 77),
        (("unreadable", "forbidden"), 77),
        (("contradiction", "unreadable", "forbidden"), 77),
    ],
)
def test_the_gravest_trouble_is_the_status_in_whatever_order(kinds: tuple[TroubleKind, ...], status: int) -> None:
    """An alarm outranks them all."""
    for order in permutations(kinds):
        assert exits.status_of(alarm=False, troubles=_troubles(*order)) == status
        assert exits.status_of(alarm=True, troubles=_troubles(*order)) == 78
