"""A model as a document is that model again, and a document that is none is refused with its line."""

import time
from itertools import pairwise
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.models import models

from virtualisation_resource_distributor.cluster import Model, ModelNode, ModelPool, NodeName, PoolName, Zone, ZoneName
from virtualisation_resource_distributor.commands.model.document import model_of
from virtualisation_resource_distributor.commands.model.yaml_tree import parse_yaml
from virtualisation_resource_distributor.errors import InvalidData
from virtualisation_resource_distributor.reports.yaml_document import in_yaml, model_document

LOADERS: tuple[Any, ...] = (yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
SURPRISES = (
    *(
        "no",
        "No",
        "yes",
        "on",
        "off",
        "y",
        "N",
        "true",
        "FALSE",
        "null",
        "Null",
        "~",
        "1",
        "0o17",
        "017",
        "0x1f",
        "1e3",
    ),
    *("1:30", "2001-01-01", ".inf", "-", "?", ":", "a:", "a: b", "a #b", "#", "*", "*a", "&a", "!a", "!!str", "%a"),
    *(
        "@a",
        "`a",
        "|",
        ">",
        "{",
        "[a]",
        "<<",
        "=",
        "a,b",
        "'",
        '"',
        "\\",
        "\\n",
        "a\\",
        " a",
        "a ",
        "---",
        "...",
        "- a",
    ),
    *("\u2028", "\ufeff", "\u202e", "\xa0", "\ufffe", "\U0010ffff", "😀", "é", "dns*", "a/b", "qemu+ssh://a@b:1/c?d=e"),
)


def _read(text: str) -> Model:
    return model_of(parse_yaml(text))


@given(models())
@settings(deadline=None)
def test_a_model_survives_the_way_out_and_in(model: Model) -> None:
    """Equal models give equal bytes, whatever came before."""
    document = model_document(model)
    assert _read(document) == model
    assert model_document(_read(document)) == document


@settings(deadline=None)
@given(st.sampled_from(SURPRISES) | st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1))
def test_any_name_is_text_to_every_reader(name: str) -> None:
    """To those of YAML 1.1 which PyYAML has, and in characters that can be seen; quotes tell 1.2's and others' too."""
    written = in_yaml(name)
    assert written.isprintable()
    for loader in LOADERS:
        assert yaml.load(f"- name: {written}\n", Loader=loader) == [{"name": name}]
        assert yaml.load(f"- {written}\n- x\n", Loader=loader) == [name, "x"]


def test_a_name_has_quotes_where_any_reader_could_take_it_for_something_else() -> None:
    """A plain one has none, so that documents are pleasant to read."""
    plain = {"dns*", "a/b"}
    for name in SURPRISES:
        assert in_yaml(name).startswith('"') == (name not in plain), name
    for name in ("pve1", "ams-rack1", "svc/dns", "qemu+ssh://pve2.example/system", "a.b_c", "web-?"):
        assert in_yaml(name) == name


def test_the_document_leaves_out_what_is_so_by_default_and_has_one_value_a_line() -> None:
    """Zones stand in the zones that they lie in, all is sorted by name."""
    ams, r1 = ZoneName("ams"), ZoneName("r1")
    model = Model(
        zones=(Zone(name=ams), Zone(name=r1, parent=ams), Zone(name=ZoneName("r2"), parent=ams)),
        nodes=(
            ModelNode(name=NodeName("a"), zone=r1, uri="qemu:///system", maintenance=True),
            ModelNode(name=NodeName("no"), zone=None),
        ),
        pools=(ModelPool(name=PoolName("dns"), policy="even", members=("a*", "b")), ModelPool(name=PoolName("web"))),
    )
    assert model_document(Model()) == "schema: 1\n"
    assert model_document(model) == (
        "schema: 1\n"
        "zones:\n"
        "  - name: ams\n"
        "    zones:\n"
        "      - name: r1\n"
        "      - name: r2\n"
        "nodes:\n"
        "  - name: a\n"
        "    zone: r1\n"
        "    uri: qemu:///system\n"
        "    maintenance: true\n"
        '  - name: "no"\n'
        "    zone: null\n"
        "pools:\n"
        "  - name: dns\n"
        "    policy: even\n"
        "    members:\n"
        "      - a*\n"
        "      - b\n"
        "  - name: web\n"
    )


def test_a_document_that_was_written_by_hand_means_the_same() -> None:
    """Order, comments, quotes and flow style are free."""
    text = """%YAML 1.1
---
# what fails together
pools: [{members: [b, 'a*'], name: dns}]
nodes:
- {zone: "r1", name: pve2, maintenance: False}
- name: >-
    pve1
  zone: ~
zones:
- zones: [{name: r1, zones: []}]
  name: ams
schema: 1
"""
    assert _read(text) == Model(
        zones=(Zone(name=ZoneName("ams")), Zone(name=ZoneName("r1"), parent=ZoneName("ams"))),
        nodes=(
            ModelNode(name=NodeName("pve1"), zone=None),
            ModelNode(name=NodeName("pve2"), zone=ZoneName("r1")),
        ),
        pools=(ModelPool(name=PoolName("dns"), members=("a*", "b")),),
    )


UNQUOTED = {
    "no": "true or false",
    "On": "true or false",
    "null": "nothing",
    "~": "nothing",
    "1": "a number",
    "017": "a number",
    "1.5": "a number",
    "1:30": "a number",
    "2001-01-01": "a date",
    "<<": "something else",
}


@pytest.mark.parametrize("name", UNQUOTED)
@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("schema: 1\nzones:\n- name: {}\n", "line 3, zones[0].name"),
        ("schema: 1\nnodes:\n- zone: null\n  name: {}\n", "line 4, nodes[0].name"),
        ("schema: 1\npools:\n- name: a\n- name: {}\n", "line 4, pools[1].name"),
        ("schema: 1\npools:\n- name: a\n  members:\n  - x\n  - {}\n", "line 6, pools[0].members[1]"),
        ("schema: 1\npools:\n- name: a\n  policy: {}\n", "line 4, pools[0].policy"),
        ("schema: 1\nnodes:\n- name: a\n  zone: null\n  uri: {}\n", "line 5, nodes[0].uri"),
    ],
)
def test_a_text_that_yaml_reads_as_something_else_is_refused_with_its_quotes(name: str, text: str, where: str) -> None:
    """With them it is taken."""
    with pytest.raises(InvalidData) as caught:
        _read(text.format(name))
    assert caught.value.where == where
    assert caught.value.problem.startswith(
        f"found {name} without quotes, which YAML reads as {UNQUOTED[name]}; expected"
    )
    assert caught.value.problem.endswith(f'; quote it: "{name}"')
    if "policy" not in where:
        _read(text.format(f'"{name}"'))


REFUSED = {
    "": "document: is empty; expected a model, as export-model writes it",
    "- a": "line 1, document: found a list, expected schema with values",
    "zones: []": "line 1, document: schema is missing, and required",
    "schema: 2": "line 1, schema: is 2, made by a newer version of this program, which reads 1; upgrade it",
    "schema: 0": "line 1, schema: found 0, expected 1",
    "schema: '1'": "line 1, schema: found the text '1', expected 1",
    "schema: 1.0": "line 1, schema: found 1.0, expected 1",
    "schema: 1\nschema: 1": "line 2: the key 'schema' stands in line 1 already",
    "schema: 1\nzonse: []": "line 2, document: there is no key 'zonse'; near it: 'zones'; "
    "expected schema, zones, nodes, pools",
    "schema: 1\nzones:": "line 2, zones: found nothing, expected a list; if it has nothing in it, leave it out",
    "schema: 1\nzones: {}": "line 2, zones: found keys with values, expected a list; if it has nothing in it, leave it "
    "out",
    "schema: 1\nzones: [a]": "line 2, zones[0]: found the text 'a', expected name with values",
    "schema: 1\nzones: [{}]": "line 2, zones[0]: name is missing, and required",
    "schema: 1\nzones: [{name: }]": "line 2, zones[0].name: found nothing, expected the name of a zone",
    'schema: 1\nzones: [{name: "a\\nb"}]': r"line 2, zones[0].name: 'a\nb' has a control character",
    "schema: 1\nzones: [{name: a}, {name: a}]": "line 2, zones[1].name: zone 'a' stands in line 2 too; each may stand "
    "once",
    "schema: 1\nzones:\n- name: a\n  zones:\n  - name: b\n    zones: [{name: a}]": "line 6, "
    "zones[0].zones[0].zones[0].name: zone 'a' stands in line 3 too; each may stand once",
    "schema: 1\nzones: [{name: a, parent: b}]": "line 2, zones[0]: there is no key 'parent'; expected name, zones",
    "schema: 1\nnodes: [{name: a}]": "line 2, nodes[0]: zone is missing, and required",
    "schema: 1\nnodes: [{name: a, zone: }]": "line 2, nodes[0].zone: found nothing, expected the name of a zone, or "
    "null where the node is in none",
    "schema: 1\nzones: [{name: ams}]\nnodes:\n- name: a\n  zone: asm": "line 5, nodes[0].zone: there is no zone 'asm'; "
    "near it: 'ams'; expected a zone of this document",
    "schema: 1\nnodes: [{name: a, zone: null}, {name: a, zone: null}]": "line 2, nodes[1].name: node 'a' stands in "
    "line 2 too; each may stand once",
    "schema: 1\nnodes: [{name: a, zone: null, uri: 'qemu+tcp://{node}/system'}]": "line 2, nodes[0].uri: "
    "'qemu+tcp://{node}/system' has {node} in it, which LIBVIRT_URI alone fills in; write the node's name there",
    "schema: 1\nnodes: [{name: a, zone: null, uri: ''}]": "line 2, nodes[0].uri: found the text '', expected a URI; "
    "leave uri out where there is none",
    "schema: 1\nnodes: [{name: a, zone: null, maintenance: yes}]": "line 2, nodes[0].maintenance: found yes, expected "
    "true or false",
    "schema: 1\nnodes: [{name: a, zone: null, maintenance: 'true'}]": "line 2, nodes[0].maintenance: found the text "
    "'true', expected true or false",
    "schema: 1\npools: [{name: a, policy: evn}]": "line 2, pools[0].policy: found 'evn', expected one of distinct, "
    "even",
    "schema: 1\npools: [{name: a, policy: [even]}]": "line 2, pools[0].policy: found a list, expected one of distinct, "
    "even",
    "schema: 1\npools: [{name: a, members: a}]": "line 2, pools[0].members: found the text 'a', expected a list; if it "
    "has nothing in it, leave it out",
    "schema: 1\npools: [{name: a, members: [b, b]}]": "line 2, pools[0].members[1]: pattern 'b' stands in line 2 too; "
    "each may stand once",
    "schema: 1\npools: [{name: a, members: [{b: c}]}]": "line 2, pools[0].members[0]: found keys with values, expected "
    "a pattern of guests' names",
    "schema: 1\npools: [{name: a}, {name: a}]": "line 2, pools[1].name: pool 'a' stands in line 2 too; each may stand "
    "once",
    "? [a]\n: b": "line 1: a list or mapping stands where a key is expected",
    "a: 1\n---\nb: 2": "line 2: a second document begins; put all into one",
    "pools: &a []": "line 1: found an alias or its anchor (* or &); write it out, or quote it if it is a name",
    "pools: [*a]": "line 1: found an alias or its anchor (* or &); write it out, or quote it if it is a name",
    "pools: !!python/object:os.system []": "line 1: found the tag tag:yaml.org,2002:python/object:os.system; leave it "
    "out, or quote it if it is a name",
    "name: !a b": "line 1: found the tag !a; leave it out, or quote it if it is a name",
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_document_that_is_no_model_is_refused_with_its_line(text: str) -> None:
    """Nothing in it is passed over."""
    with pytest.raises(InvalidData) as caught:
        _read(text)
    assert str(caught.value) == REFUSED[text]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 'b", "line 1"),
        ("schema: 1\n\tzones: []", "line 2"),
        ("a: b: c", "line 1"),
        ("members:\n- *", "line 2"),
        ("# éé\nb: \x07\n\n", "line 2: is not YAML (the character '\\x07' may not stand there)"),
        ("a: b\x00c", "line 1: is not YAML (the character '\\x00' may not stand there)"),
    ],
)
def test_what_is_not_yaml_is_told_with_its_line(text: str, line: str) -> None:
    """In words of the library, which differ, and with what it mostly is."""
    with pytest.raises(InvalidData, match="is not YAML") as caught:
        _read(text)
    assert str(caught.value).startswith(line)


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * 100_000, "zones: [{" * 100_000])
def test_what_is_nested_for_ever_is_refused_at_once(text: str) -> None:
    """It takes no recursion, and not the time that reading it would take."""
    began = time.monotonic()
    with pytest.raises(InvalidData):
        _read(text)
    assert time.monotonic() - began < 2


def test_zones_may_lie_in_each_other_as_deep_as_anybody_builds() -> None:
    """99 deep; one more is refused and not a crash."""
    names = [f"z{number:03}" for number in range(100)]
    zones = [Zone(name=ZoneName(name), parent=ZoneName(above)) for above, name in pairwise(names)]
    model = Model(zones=(Zone(name=ZoneName(names[0])), *zones[:98]))
    assert _read(model_document(model)) == model
    with pytest.raises(InvalidData, match="is nested too deeply; at most 200 levels are read"):
        _read(model_document(Model(zones=(Zone(name=ZoneName(names[0])), *zones))))
