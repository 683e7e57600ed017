"""What is no valid snapshot is refused, and the refusal names the place."""

from typing import Any

import pytest
from tests.documents import ABSENT, WHOLE, encoded, with_value

from virtualisation_resource_distributor.cluster.snapshot import loads
from virtualisation_resource_distributor.errors import InvalidData

Values = tuple[Any, ...]
NULL: Values = (None,)
NO_TEXTS: Values = (
    True,
    False,
    5,
    1.5,
    [],
    {},
    "a\nb",
    "\x00",
    "\x1b[2J",
    "\x7f",
    "\x85",
    "\ud800",
    "a\udfff",
)
NO_NAMES: Values = (*NO_TEXTS, "")
NO_FLAGS: Values = (*NULL, 0, 1, 1.0, "", "true", "false", [], {})
NO_INTEGERS: Values = (True, False, 4.0, 1.5, "4", "", [], {})
NO_SIZES: Values = (*NO_INTEGERS, -1, -(10**30))
NO_WORDS: Values = (*NULL, True, 5, "", " ", "Running", "ONLINE", "Distinct", "nothing known", [], {})
NO_LISTS: Values = (*NULL, True, 5, 0, "", "abc", {}, {"0": "pve1"})
NO_OBJECTS: Values = (True, False, 5, "", "x", [], [["name", "a"]])
NO_MOMENTS: Values = (
    *NULL,
    *NO_TEXTS,
    *("", "yesterday", "2026-11-21", "08:00:00Z", "2026-11-21T08:00:00", "2026-11-21T08:00:00+01:00"),
    *("2026-13-21T08:00:00Z", "2026-11-31T08:00:00Z", "2026-11-21T25:00:00Z", "2026-11-21T08:00:00Zz"),
    *("2026-11-21T08:00:00-05:00", "21.11.2026T08:00:00Z"),
)
NO_SUBJECTS: Values = (
    *NULL,
    *NO_NAMES,
    *("node", "node ", "guest ", "host pve1", "Cluster", "cluster x", " node a", "pool\ta", "dns"),
)

REFUSED: dict[str, Values] = {
    "schema": (*NULL, *NO_INTEGERS, 0, -1, 2, 10**30),
    "cluster": (*NULL, *NO_TEXTS),
    "source": (*NULL, *NO_TEXTS),
    "taken_at": NO_MOMENTS,
    **dict.fromkeys(("zones", "nodes", "guests", "rules", "pools", "troubles"), NO_LISTS),
    **dict.fromkeys(("zones[0]", "nodes[1]", "guests[1]", "rules[0]", "pools[0]", "troubles[0]"), (*NULL, *NO_OBJECTS)),
    "zones[1].name": (*NULL, *NO_NAMES, "ams"),
    "zones[1].parent": (*NO_NAMES, "nowhere"),
    "nodes[1].name": (*NULL, *NO_NAMES, "pve1"),
    "nodes[0].zone": (*NO_NAMES, "nowhere"),
    "nodes[0].status": (*NO_WORDS, "maintenance"),
    "nodes[0].maintenance": NO_FLAGS,
    "nodes[0].uri": NO_TEXTS,
    "nodes[0].memory_bytes": NO_SIZES,
    "nodes[0].vcpus": NO_SIZES,
    "guests[0].id": (*NULL, *NO_NAMES),
    "guests[0].name": (*NULL, *NO_NAMES),
    "guests[0].kind": (*NO_WORDS, "kvm"),
    "guests[0].node": (*NULL, *NO_NAMES, "pve9"),
    "guests[0].status": (*NO_WORDS, "prelaunch"),
    "guests[0].pool": NO_NAMES,
    "guests[0].memory_bytes": NO_SIZES,
    "guests[0].vcpus": NO_SIZES,
    "guests[0].template": NO_FLAGS,
    "guests[0].tags": NO_LISTS,
    "guests[0].tags[1]": (*NULL, *NO_TEXTS),
    "guests[0].ha": NO_OBJECTS,
    "guests[0].ha.managed": NO_FLAGS,
    "guests[0].ha.state": NO_TEXTS,
    "guests[0].priority": (*NULL, *NO_INTEGERS),
    "guests[0].locked": NO_FLAGS,
    "guests[0].pinned": NO_OBJECTS,
    "guests[0].pinned.code": (*NO_WORDS, "cdrom"),
    "guests[0].pinned.message": (*NULL, *NO_TEXTS),
    "guests[0].allowed_nodes": (True, 5, "", "abc", {}, ["pve1", "pve9"]),
    "guests[0].allowed_nodes[1]": (*NULL, *NO_NAMES),
    "rules[0].name": (*NULL, *NO_TEXTS),
    "rules[0].kind": (*NO_WORDS, "affinity"),
    "rules[0].guests": NO_LISTS,
    "rules[0].guests[1]": (*NULL, *NO_NAMES),
    "pools[0].name": (*NULL, *NO_NAMES),
    "pools[0].policy": (*NO_WORDS, "spread"),
    "troubles[0].kind": (*NO_WORDS, "warning"),
    "troubles[0].subject": NO_SUBJECTS,
    "troubles[0].message": (*NULL, *NO_TEXTS),
}
"""What each place may not hold."""

REQUIRED = (
    *("zones[0].name", "nodes[0].name", "guests[0].id", "guests[0].node"),
    *("guests[0].ha.managed", "guests[0].pinned.code", "guests[0].pinned.message"),
    *("rules[0].name", "rules[0].kind", "rules[0].guests", "pools[0].name"),
    *("troubles[0].kind", "troubles[0].subject", "troubles[0].message"),
)


def refusal(document: bytes) -> InvalidData:
    """Return what is told of a document that is refused."""
    with pytest.raises(InvalidData) as caught:
        loads(document)
    assert caught.value.problem
    assert str(caught.value) == f"{caught.value.where}: {caught.value.problem}"
    return caught.value


def test_the_tables_here_name_every_field_that_the_whole_document_has() -> None:
    """A field that is added is missed here."""
    tables = ("zones", "nodes", "guests", "rules", "pools", "troubles")
    fields = {key for table in tables for row in WHOLE[table] for key in (f"{table}.{field}" for field in row)}
    named = {place.replace("[0]", "").replace("[1]", "") for place in REFUSED}
    assert named >= fields | set(WHOLE) - {"remarks", "contested"}


@pytest.mark.parametrize("place", REFUSED)
def test_a_value_that_can_not_be_there_is_refused_with_its_place(place: str) -> None:
    """Wrong types, words that are not in the list, unknown references, duplicates."""
    for value in REFUSED[place]:
        assert refusal(encoded(with_value(WHOLE, place, value))).where == place, value


@pytest.mark.parametrize("place", REQUIRED)
def test_a_required_field_that_is_absent_is_refused_with_its_place(place: str) -> None:
    """Every other field is there."""
    error = refusal(encoded(with_value(WHOLE, place, ABSENT)))
    assert error.where == place
    assert "missing" in error.problem


@pytest.mark.parametrize(
    ("place", "first"),
    [
        *[("zones[0]", "name"), ("nodes[0]", "name"), ("guests[0]", "id"), ("guests[0].ha", "managed")],
        *[("guests[0].pinned", "code"), ("rules[0]", "name"), ("pools[0]", "name"), ("troubles[0]", "kind")],
    ],
)
def test_of_several_fields_that_are_absent_the_first_of_the_schema_is_named(place: str, first: str) -> None:
    """The words do not change from one call to the next."""
    assert refusal(encoded(with_value(WHOLE, place, {}))).where == f"{place}.{first}"


@pytest.mark.parametrize("value", [None, True, 5, "text", [], [WHOLE]])
def test_a_document_that_is_no_object_is_refused(value: object) -> None:
    """A list of snapshots is none."""
    assert refusal(encoded(value)).where == "document"


def test_a_higher_schema_is_refused_with_its_number_and_the_mend() -> None:
    """Whatever else the document holds."""
    error = refusal(encoded({"schema": 7}))
    assert "7" in error.problem
    assert "upgrade" in error.problem


@pytest.mark.parametrize(("value", "found"), [(True, "true"), (4.0, "4.0"), (None, "null"), ("1", "the string '1'")])
def test_a_refusal_says_what_was_found(value: object, found: str) -> None:
    """In JSON's words, not in Python's."""
    assert f"found {found}, " in refusal(encoded({"schema": value})).problem.replace("the number ", "")


def test_a_refusal_of_a_word_lists_the_words_that_may_be_there() -> None:
    """Nobody has to look them up."""
    error = refusal(encoded(with_value(WHOLE, "nodes[0].status", "up")))
    assert error.problem == "found the string 'up', expected one of online, offline, absent"


def test_a_second_row_with_the_same_guest_and_node_is_refused() -> None:
    """One of them must be wrong."""
    document = with_value(with_value(WHOLE, "guests[1].id", "100"), "guests[1].node", "pve1")
    assert refusal(encoded(document)).where == "guests[1].id"


def test_a_second_row_of_one_pool_is_refused() -> None:
    """The two may differ in policy."""
    assert refusal(encoded(with_value(WHOLE, "pools", [{"name": "a"}, {"name": "a"}]))).where == "pools[1].name"


def test_an_unknown_node_is_named_with_what_to_do() -> None:
    """The whole line is what an operator reads."""
    error = refusal(encoded(with_value(WHOLE, "guests[1].node", "pve9")))
    assert str(error) == "guests[1].node: 'pve9' is not among the nodes; is the document whole?"


@pytest.mark.parametrize(
    ("parents", "place"),
    [
        ({"a": "a"}, "zones[0].parent"),
        ({"a": None, "b": "b"}, "zones[1].parent"),
        ({"a": "b", "b": "a"}, "zones[0].parent"),
        ({"x": None, "a": "b", "b": "c", "c": "a"}, "zones[1].parent"),
    ],
)
def test_a_zone_that_is_its_own_ancestor_is_refused(parents: dict[str, str | None], place: str) -> None:
    """Directly or by way of others; the first of the circle is named."""
    rows = [{"name": name, "parent": parent} for name, parent in parents.items()]
    assert refusal(encoded({"schema": 1, "zones": rows, "nodes": [], "guests": []})).where == place


def test_a_zone_that_only_lies_in_a_circle_of_others_is_not_the_one_that_is_blamed() -> None:
    """Zone a does not lie in itself; b does."""
    rows = [{"name": "a", "parent": "b"}, {"name": "b", "parent": "b"}]
    error = refusal(encoded({"schema": 1, "zones": rows, "nodes": [], "guests": []}))
    assert error.where == "zones[1].parent"
    assert "zone 'a'" not in error.problem


@pytest.mark.parametrize(
    "moment",
    [
        *("20261121T080000Z", "2026-W47-6T08:00:00Z", "2026-11-21T08Z", "2026-11-21T08:00Z", "2026-11-21T08:00:00 Z"),
        *("2026-11-21T08:00:00,5Z", "2026-11-21T08:00:00+00", "2026-11-21T08:00:00+00:00:00"),
    ],
)
def test_a_time_that_only_other_standards_write_so_is_refused(moment: str) -> None:
    """RFC 3339 has neither week dates nor the basic format, and minutes and seconds always stand there."""
    assert refusal(encoded({**WHOLE, "taken_at": moment})).where == "taken_at"
