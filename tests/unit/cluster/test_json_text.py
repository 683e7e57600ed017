"""Bytes that are no document of ours are refused in our own words, whoever reads them."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.documents import WHOLE, encoded

from virtualisation_resource_distributor.cluster.json_text import check_schema, parse
from virtualisation_resource_distributor.errors import InvalidData

OURS = re.compile(
    r"is not JSON \((it is empty|it ends too early|it ends within a text|it goes on after its end|"
    r"there is a control character in a text|a backslash in a text begins nothing that JSON knows|"
    r"'.+' can't stand there|\"'\" can't stand there)\); is the plan whole\?"
    r"|is not UTF-8; is this a plan\?"
    r"|is nested too deeply to be a plan"
    r"|has a number of so many digits that it can't be read"
    r"|found \S+, which is not a finite number"
    r"|stands twice in one object, and only one of them can be meant"
)


def refusal(document: bytes) -> str:
    """Return what is told of a plan that can't be read."""
    with pytest.raises(InvalidData) as caught:
        parse(document, "plan")
    return str(caught.value)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (b"", "line 1, column 1: is not JSON (it is empty); is the plan whole?"),
        (b" \n", "line 2, column 1: is not JSON (it is empty); is the plan whole?"),
        (b'{"a": 1', "line 1, column 8: is not JSON (it ends too early); is the plan whole?"),
        (b'{"a": ', "line 1, column 7: is not JSON (it ends too early); is the plan whole?"),
        (b'{"a": "b', "line 1, column 7: is not JSON (it ends within a text); is the plan whole?"),
        (b'{"a": 1} {', "line 1, column 10: is not JSON (it goes on after its end); is the plan whole?"),
        (b"#!/bin/sh\n", "line 1, column 1: is not JSON ('#' can't stand there); is the plan whole?"),
        (b"{'a': 1}", "line 1, column 2: is not JSON (\"'\" can't stand there); is the plan whole?"),
        (b'{"a": "\n"}', "line 1, column 8: is not JSON (there is a control character in a text); is the plan whole?"),
        (b"\x7fELF\x02", "line 1, column 1: is not JSON ('\\x7f' can't stand there); is the plan whole?"),
        (b"\x1f\x8b\x08", "byte 1: is not UTF-8; is this a plan?"),
        (b'{"a": 1, "a": 2}', "'a': stands twice in one object, and only one of them can be meant"),
        (b"[" * 100_000, "document: is nested too deeply to be a plan"),
        (b"1" * 5000, "document: has a number of so many digits that it can't be read"),
    ],
)
def test_each_fault_is_told_with_its_place(document: bytes, told: str) -> None:
    """In one line."""
    assert refusal(document) == told


@given(st.integers(0, len(encoded(WHOLE)) - 1))
def test_a_document_that_was_cut_off_is_refused_wherever_it_ends(end: int) -> None:
    """And nothing of it is taken."""
    assert OURS.search(refusal(encoded(WHOLE)[:end]))


@given(st.one_of(st.binary(max_size=30), st.text("{}[]\",:\\ \n1eE.-'tnu", max_size=12).map(str.encode)))
def test_whatever_the_bytes_are_they_are_json_or_refused_in_our_words(document: bytes) -> None:
    """No words of the library are among them."""
    try:
        value = parse(document, "plan")
    except InvalidData as error:
        problem = error.problem
    else:
        assert value == json.loads(document)
        return
    assert OURS.fullmatch(problem), problem


def test_a_newer_schema_says_what_to_do() -> None:
    """And one of ours passes."""
    check_schema(1, 1)
    for schema, told in ((2, "schema: is 2, made by a newer version"), (0, "schema: is 0; this program reads 1")):
        with pytest.raises(InvalidData, match=re.escape(told)):
            check_schema(schema, 1)
