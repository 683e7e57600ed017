"""Whatever the bytes are, they are a snapshot or are refused with a place; nothing else happens."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.documents import ABSENT, WHOLE, encoded, with_value

from virtualisation_resource_distributor.cluster import Cluster
from virtualisation_resource_distributor.cluster.snapshot import dumps, loads
from virtualisation_resource_distributor.errors import InvalidData

NON_FINITE = ("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1.0E+400")


def places(value: Any, above: str = "") -> list[str]:
    """Return every place of a document (`guests[3].node`)."""
    match value:
        case dict():
            inner = [(f"{above}.{key}" if above else key, item) for key, item in value.items()]
        case list():
            inner = [(f"{above}[{index}]", item) for index, item in enumerate(value)]
        case _:
            return []
    return [found for place, item in inner for found in (place, *places(item, place))]


PLACES = places(WHOLE)
WORDS = st.sampled_from(
    ["", "ams", "ams-r1", "pve1", "100", "dns", "running", "node pve1", "cluster", "a\nb", "\ud800"]
)
LEAVES = st.none() | st.booleans() | st.integers(-2, 3) | st.integers() | st.floats() | WORDS | st.text(max_size=5)
KEYS = st.sampled_from(["name", "id", "node", "parent", "zone", "kind", "subject"]) | st.text(max_size=3)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)
EDITS = st.lists(st.tuples(st.sampled_from(PLACES), VALUES | st.just(ABSENT)), min_size=1, max_size=3)


def read(document: bytes) -> Cluster | InvalidData:
    """Return the cluster or the refusal; any other exception is a bug."""
    try:
        return loads(document)
    except InvalidData as error:
        refusal = error
    assert refusal.where
    assert refusal.problem
    return refusal


def edited(edits: list[tuple[str, object]]) -> dict[str, Any]:
    """Return the whole document with these values put into it, as far as their places are still there."""
    document = WHOLE
    for place, value in edits:
        try:
            document = with_value(document, place, value)
        except (KeyError, IndexError, TypeError):
            continue
    return document


@settings(max_examples=700, deadline=None)
@given(EDITS)
def test_a_document_with_anything_anywhere_is_read_or_refused(edits: list[tuple[str, object]]) -> None:
    """What is read can be written and read again."""
    cluster = read(encoded(edited(edits)))
    if isinstance(cluster, Cluster):
        assert loads(dumps(cluster)) == cluster


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=50) | VALUES.map(encoded))
def test_bytes_that_know_nothing_of_the_schema_are_refused(document: bytes) -> None:
    """By one kind of error alone."""
    assert isinstance(read(document), InvalidData)


@settings(max_examples=500, deadline=None)
@given(st.integers(0, len(encoded(WHOLE))), st.integers(0, 20), st.binary(max_size=4))
def test_a_document_with_some_other_bytes_inside_is_read_or_refused(start: int, length: int, other: bytes) -> None:
    """By one kind of error alone."""
    document = encoded(WHOLE)
    read(document[:start] + other + document[start + length :])


def test_a_document_that_ends_too_early_is_refused_wherever_it_ends() -> None:
    """After every single byte, with line and column."""
    document = dumps(loads(encoded(WHOLE)))
    for end in range(len(document.rstrip())):
        error = read(document[:end])
        assert isinstance(error, InvalidData)
        assert error.where.startswith("line "), end


def test_an_invalid_utf_8_byte_is_refused_with_its_position() -> None:
    """Counted from 0."""
    error = read(encoded(WHOLE).replace(b"lab", b"l\xffb"))
    assert isinstance(error, InvalidData)
    assert error.where == f"byte {encoded(WHOLE).index(b'lab') + 1}"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_another_encoding_is_refused(encoding: str) -> None:
    """A byte order mark too."""
    assert isinstance(read(json.dumps(WHOLE).encode(encoding)), InvalidData)


@pytest.mark.parametrize("number", NON_FINITE)
@pytest.mark.parametrize("place", [*PLACES, "newer", "guests[0].newer"])
def test_a_number_that_is_not_finite_is_refused_with_its_place_even_in_unknown_fields(place: str, number: str) -> None:
    """JSON has no such number, whoever writes it."""
    document = encoded(with_value(WHOLE, place, "the place")).replace(b'"the place"', number.encode())
    error = read(document)
    assert isinstance(error, InvalidData)
    assert (error.where, "finite" in error.problem) == (place, True)


def test_a_number_that_is_not_finite_is_found_deep_inside() -> None:
    """The place leads through lists and objects."""
    error = read(encoded({**WHOLE, "newer": [{"a": [1.0, {"b": [float("nan")]}]}]}))
    assert isinstance(error, InvalidData)
    assert error.where == "newer[0].a[1].b[0]"


@pytest.mark.parametrize("document", ["NaN", "[Infinity]", '{"a": NaN, "a": 1}', "1e999"])
def test_a_number_that_is_not_finite_is_refused_in_any_document(document: str) -> None:
    """Also where its field is given twice, and the other one wins."""
    assert isinstance(read(document.encode()), InvalidData)


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_deep_nesting_is_refused(opening: str, depth: int) -> None:
    """It does not end the program."""
    assert isinstance(read((opening * depth).encode()), InvalidData)
    assert isinstance(read(('{"schema": 1, "newer": ' + opening * depth).encode()), InvalidData)


@pytest.mark.parametrize("place", ["schema", "guests[0].priority", "nodes[0].memory_bytes", "newer"])
def test_a_number_of_more_digits_than_can_be_read_is_refused(place: str) -> None:
    """Python reads a few thousand digits at most."""
    document = encoded(with_value(WHOLE, place, "the place")).replace(b'"the place"', b"9" * 5_000)
    assert isinstance(read(document), InvalidData)


@pytest.mark.parametrize("document", ["", " ", "null", "{}", "[]", "{'schema': 1}", '{"schema": 1}', "schema: 1"])
def test_what_is_no_snapshot_at_all_is_refused(document: str) -> None:
    """An empty file is none either."""
    assert isinstance(read(document.encode()), InvalidData)


def test_a_raw_control_character_is_refused() -> None:
    """Those that JSON itself forbids, and those that it does not."""
    assert isinstance(read(encoded(WHOLE).replace(b"lab", b"l\nb")), InvalidData)
    assert isinstance(read(encoded(WHOLE).replace(b"lab", b"l\x00b")), InvalidData)
    assert isinstance(read(encoded(WHOLE).replace(b"lab", "l\x85b".encode())), InvalidData)


def test_something_after_the_document_is_refused() -> None:
    """Blank lines are nothing."""
    assert isinstance(read(encoded(WHOLE) + b"{}"), InvalidData)
    assert isinstance(read(encoded(WHOLE) + b"\n \n"), Cluster)
