"""`$ref`: what it reaches, what it must not reach, and schemas that contain themselves."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausewise.contract import Contract, ask
from clausewise.contract.documents import Documents
from clausewise.errors import ContractError
from clausewise.pack import find_pack

from .making import document, load, missed, write

THING = "type: object\nproperties:\n  size:\n    type: integer\n    maximum: 9\n"

UP = "../../thing.yaml"


def _maximum(contract: Contract) -> str:
    return str(contract.clauses["send:request#/size:maximum"].source)


@pytest.mark.parametrize(
    ("ref", "files", "source"),
    [
        ("thing.yaml", {"thing.yaml": THING}, "thing.yaml:5"),
        ("./sub/thing.yaml", {"sub/thing.yaml": THING}, "sub/thing.yaml:5"),
        ("sub/a.yaml", {"sub/a.yaml": "$ref: b.yaml", "sub/b.yaml": THING}, "sub/b.yaml:5"),
        ("sub/up.yaml", {"sub/up.yaml": "$ref: ../it.yaml", "it.yaml": THING}, "it.yaml:5"),
        ("a%20b.yaml", {"a b.yaml": THING}, "a b.yaml:5"),
        (
            "all.yaml#/$defs/a~1b",
            {"all.yaml": "$defs:\n  a/b:\n    properties:\n      size: {maximum: 9}\n"},
            "all.yaml:4",
        ),
        (
            "all.yaml#thing",
            {"all.yaml": "$defs:\n  a:\n    $anchor: thing\n    properties: {size: {maximum: 9}}"},
            "all.yaml:4",
        ),
        (
            "all.yaml#/list/1",
            {"all.yaml": "list:\n- {}\n- properties:\n    size: {maximum: 9}\n"},
            "all.yaml:4",
        ),
        ("id.yaml", {"id.yaml": f"$id: https://example.com/id.yaml\n{THING}"}, "id.yaml:6"),
        ("thing.yaml#/", {"thing.yaml": THING}, "thing.yaml:5"),
        ("thing.yaml#/", {"thing.yaml": f"type: object\n'':\n  {THING[:12]}"}, None),
        ("/sub/thing.yaml", {"sub/thing.yaml": THING}, "sub/thing.yaml:5"),
    ],
)
def test_what_a_reference_reaches(
    tmp_path: Path, ref: str, files: dict[str, Any], source: str | None
) -> None:
    """A `$ref` leads to files, pointers and anchors of the pack; clauses name the place there."""
    contract = load(tmp_path, {"openapi.yaml": document({"$ref": ref}), **files})
    maximum = contract.clauses.get("send:request#/size:maximum")
    assert (maximum and str(maximum.source)) == source


@pytest.mark.parametrize(("repository", "source"), [("api", None), (".", "../../thing.yaml:5")])
def test_a_document_alone_reaches_its_repository(
    tmp_path: Path, repository: str, source: str | None
) -> None:
    """What lies beside its folder is read where one repository has both, and nothing outside."""
    main = write(tmp_path / "api" / "v1", {"openapi.json": json.dumps(document({"$ref": UP}))})
    write(tmp_path, {"thing.yaml": THING})
    (tmp_path / repository / ".git").mkdir()
    contract = find_pack(str(main / "openapi.json")).contract
    maximum = contract.clauses.get("send:request#/size:maximum")
    assert (maximum and str(maximum.source)) == source


@pytest.mark.parametrize(
    "odd",
    [
        {"properties": {"a": "text"}},
        {"properties": 5},
        {"allOf": "text"},
        {"oneOf": ["text", None]},
        {"additionalProperties": "text"},
        {"items": [{}, "text"]},
        {"$defs": {"x": 5}},
        {"$id": 5},
        {"not": [5]},
    ],
)
def test_what_is_no_schema_costs_no_reference_of_its_file(tmp_path: Path, odd: Any) -> None:
    """References of a file go where they go, whatever else is wrong in it, and how deep."""
    files = {
        "openapi.yaml": document({"$ref": "all.json"}),
        "all.json": {**odd, "allOf": [{"$ref": "thing.yaml"}, {"properties": {"odd": odd}}]},
        "thing.yaml": THING,
    }
    assert _maximum(load(tmp_path, files)).startswith("thing.yaml:")


@pytest.mark.parametrize("ref", ["members.yaml", "members.yaml#/inner", "#/x-members"])
@pytest.mark.parametrize("beside", [{}, {"note": {"type": "string", "maxLength": 3}}])
def test_members_that_are_all_a_reference(tmp_path: Path, ref: str, beside: Any) -> None:
    """`properties` may be a reference to the members, beside others; each has its own base."""
    members = {"size": {"$ref": "size.yaml"}, "secret": {"readOnly": True, "type": "string"}}
    here = {"size": {"$ref": "deep/size.yaml"}, "secret": {"readOnly": True, "type": "string"}}
    ref = f"deep/{ref}" if ref.startswith("m") else ref
    schema = {"required": ["size", "secret"], "properties": {"$ref": ref, **beside}}
    main = document(schema)
    main["x-members"] = here
    files = {
        "openapi.yaml": main,
        "deep/members.yaml": {**members, "inner": members}
        if "#/" not in ref
        else {"inner": members},
        "deep/size.yaml": "maximum: 9\n",
    }
    contract = load(tmp_path, files)
    assert _maximum(contract) == "deep/size.yaml:1"
    texts = [c.value for c in contract.clauses.values() if c.keyword == "maxLength"]
    assert texts == ([3] if beside else [])
    assert not contract.not_judged


def test_members_that_are_a_reference_to_nowhere(tmp_path: Path) -> None:
    """It is told once, with its line, and costs these members alone."""
    schema = {"properties": {"$ref": "gone.yaml"}, "minProperties": 1}
    contract = load(tmp_path, {"openapi.yaml": document(schema)})
    (problem,) = missed(contract)
    assert "gone.yaml: cannot be read" in problem
    assert any(c.keyword == "minProperties" for c in contract.clauses.values())


@pytest.mark.parametrize(
    ("names", "ref", "size"),
    [
        (("Pick.%22a%22",), "#/components/schemas/Pick.%22a%22", 1),
        (('Pick."a"',), "#/components/schemas/Pick.%22a%22", 1),
        (('Pick."a"', "Pick.%22a%22"), "#/components/schemas/Pick.%22a%22", 1),
        (("Pick.%22a%22", 'Pick."a"'), "#/components/schemas/Pick.%22a%22", 2),
        (("Pick.%22a%22",), "#/components/schemas/Pick.%2522a%2522", 1),
        (("a~%41",), "#/components/schemas/a~0%41", 1),
    ],
)
def test_a_name_that_is_percent_encoded_itself(
    tmp_path: Path, names: tuple[str, ...], ref: str, size: int
) -> None:
    """A pointer is percent-encoded; where nothing has that name, it stands for itself."""
    main = document({"$ref": ref})
    schemas = {name: {"maxLength": at} for at, name in enumerate(names, 1)}
    main["components"] = {"schemas": schemas}
    clauses = load(tmp_path, {"openapi.yaml": main}).clauses.values()
    assert [c.value for c in clauses if c.keyword == "maxLength"] == [size]


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("gone.yaml", "gone.yaml: cannot be read: No such file or directory"),
        ("#/components/schemas/Gone", "leads nowhere"),
        ("#/components/schemas/Gone%22", "leads nowhere"),
        ("thing.yaml#/properties/depth", "leads nowhere"),
        ("thing.yaml#gone", "leads nowhere"),
        ("thing.yaml#/type/deeper", "leads nowhere"),
        ("list.yaml#/here", "leads nowhere"),
        ("list.yaml#/7", "leads nowhere"),
        ("broken.yaml", "broken.yaml:1: is not YAML"),
        ("../outside.yaml", "lies outside of the pack"),
        ("/etc/hostname", "lies outside of the pack"),
        ("file:///etc/hostname", "lies outside of the pack"),
        ("link.yaml", "lies outside of the pack"),
        ("http://127.0.0.1:9/x.yaml", "remote documents are not fetched; keep a copy in the pack"),
        ("https://example.com/x.yaml#/a", "remote documents are not fetched"),
        ("//example.com/x.yaml", "leads nowhere"),
        ("http://[broken", "leads nowhere"),
        ("nul%00.yaml", "leads nowhere"),
    ],
)
def test_a_reference_to_nowhere_says_why(tmp_path: Path, ref: str, said: str) -> None:
    """A dangling `$ref` is told with the line it stands on, what it says, and why."""
    write(tmp_path, {"outside.yaml": THING})
    pack = write(tmp_path / "pack", {"thing.yaml": THING, "list.yaml": "- {}", "broken.yaml": "]"})
    (pack / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    text = {
        "openapi.yaml": "openapi: 3.1.0\npaths:\n  /things:\n    get:\n      responses:\n"
        f"        '200':\n          content:\n            application/json:\n"
        f"              schema:\n                $ref: {ref!r}\n"
    }
    (problem,) = missed(load(pack, text))
    assert problem.startswith("openapi.yaml:10: ")
    assert said in problem
    assert repr(ref) in problem


def test_a_reference_to_what_no_file_can_be_called(tmp_path: Path) -> None:
    """A path from the root may be meant from the folder of the documents: no file is there."""
    body = {"content": {"application/json": {"schema": {"$ref": f"/{'long' * 80}.yaml"}}}}
    replies = {"responses": {"200": {"description": "", **body}}}
    document = {"openapi": "3.1.0", "paths": {"/things": {"get": replies}}}
    (problem,) = missed(load(tmp_path, {"openapi.yaml": json.dumps(document)}))
    assert problem.startswith("openapi.yaml:1: `$ref` '/long")


@pytest.mark.parametrize("ref", [5, None, ["a"], {"$ref": "x"}])
def test_a_reference_is_a_string(tmp_path: Path, ref: Any) -> None:
    """A `$ref` of another kind is told as what it is, once."""
    (problem,) = missed(load(tmp_path, {"openapi.yaml": document({}, {"$ref": ref})}))
    assert re.match(r"openapi\.yaml:\d+: `\$ref` is a string", problem)


def test_nothing_is_asked_of_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Remote references are left unread without a connection, in schemas and in remarks."""

    def connect(*_: Any) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", connect)
    remote = {"$ref": "http://127.0.0.1:9/x.json"}
    for schema in (remote, {"allOf": [remote]}, {"x-contested": remote}):
        (problem,) = missed(load(tmp_path, {"openapi.yaml": document({}, schema)}))
        assert "not fetched" in problem


def test_what_stands_beside_a_reference_counts(tmp_path: Path) -> None:
    """Keywords beside a `$ref` are clauses too, with lines, and see what the `$ref` brings."""
    schema = {"$ref": "thing.yaml", "required": ["size"], "unevaluatedProperties": False}
    contract = load(tmp_path, {"openapi.yaml": document(schema), "thing.yaml": THING})
    body = contract.operations["send"].body
    assert body is not None
    for value, lawful in [({"size": 3}, True), ({}, False), ({"size": 3, "x": 1}, False)]:
        assert body.accepts(value) is lawful
        assert all(answer.kept for answer in ask(body.place, value)) is lawful
    assert str(contract.clauses["send:request#/size:required"].source).startswith("openapi.yaml:")
    assert contract.clauses["send:request#:unevaluatedProperties"].source is not None


def test_remarks_beside_a_reference_win(tmp_path: Path) -> None:
    """A description or a default beside a `$ref` replaces the one that it leads to."""
    thing = {"type": "integer", "default": 1, "description": "There."}
    schema = {"properties": {"a": {"$ref": "t.json", "default": 2}, "b": {"$ref": "t.json"}}}
    contract = load(tmp_path, {"openapi.yaml": document(schema), "t.json": thing})
    body = contract.operations["send"].body
    assert body is not None
    notes = {name: place.notes for name, place in body.place.members.items()}
    assert notes["a"] == {"default": 2, "description": "There."}
    assert notes["b"] == {"default": 1, "description": "There."}


TREE = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "children": {"type": "array", "items": {"$ref": "tree.json"}},
    },
}


@pytest.mark.parametrize(
    ("value", "lawful"),
    [
        ({"name": "a"}, True),
        ({"name": "a", "children": [{"name": "b", "children": []}]}, True),
        ({"children": []}, False),
        ({"name": "a", "children": [{}]}, False),
        ({"name": "a", "children": [{"name": "b", "children": [{"name": 5}]}]}, False),
    ],
)
def test_a_schema_may_contain_itself(tmp_path: Path, value: Any, lawful: bool) -> None:
    """A tree is judged to any depth; what breaks below the first level breaks one clause."""
    contract = load(tmp_path, {"openapi.yaml": document({"$ref": "tree.json"}), "tree.json": TREE})
    body = contract.operations["send"].body
    assert body is not None
    assert body.accepts(value) is lawful
    answers = list(ask(body.place, value))
    assert all(answer.kept for answer in answers) is lawful
    broken = {answer.promise.key for answer in answers if not answer.kept}
    assert broken <= {("/name", "required"), ("/children/*", "$ref")}


def test_circles_of_several_schemas(tmp_path: Path) -> None:
    """Schemas that contain each other in more than one circle are told apart."""
    files = {
        "openapi.yaml": document({"$ref": "a.json"}),
        "a.json": {
            "properties": {
                "b": {"$ref": "b.json"},
                "more": {"properties": {"c": {"$ref": "c.json"}}},
                "name": {"type": "string"},
            }
        },
        "b.json": {
            "properties": {"a": {"$ref": "a.json"}, "self": {"$ref": "b.json"}, "n": {"maximum": 1}}
        },
        "c.json": {"properties": {"self": {"$ref": "c.json"}, "n": {"maximum": 2}}},
    }
    body = load(tmp_path, files).operations["send"].body
    assert body is not None
    for value, lawful in [
        ({"b": {"self": {"n": 1}}}, True),
        ({"b": {"self": {"n": 2}}}, False),
        ({"more": {"c": {"self": {"n": 2}}}}, True),
        ({"more": {"c": {"self": {"n": 3}}}}, False),
        ({"b": {"self": {"a": {"name": 5}}}}, False),
        ({"b": {"a": {"more": {"c": {"self": {"self": {"n": 3}}}}}}}, False),
    ]:
        assert body.accepts(value) is lawful
        assert all(answer.kept for answer in ask(body.place, value)) is lawful


def test_a_reference_to_nothing_but_itself(tmp_path: Path) -> None:
    """A `$ref` that only leads back to itself is told of, not followed for ever."""
    files = {
        "openapi.yaml": document({}, {"$ref": "#/components/schemas/A"})
        | {"components": {"schemas": {"A": {"$ref": "#/components/schemas/A"}}}}
    }
    (problem,) = missed(load(tmp_path, files))
    assert "itself" in problem


def test_references_that_multiply_are_bounded(tmp_path: Path) -> None:
    """Schemas that name each other many times over end in clauses, not in a full memory."""
    schemas: dict[str, Any] = {
        f"S{i}": {"properties": {n: {"$ref": f"#/components/schemas/S{i + 1}"} for n in "abc"}}
        for i in range(30)
    }
    schemas["S30"] = {}
    main = document({}, {"$ref": "#/components/schemas/S0"}) | {"components": {"schemas": schemas}}
    contract = load(tmp_path, {"openapi.yaml": main})
    assert missed(contract) == []
    assert len(contract.clauses) < 1_000
    assert any(name.endswith(":$ref") for name in contract.clauses)


def test_dynamic_references_to_nowhere(tmp_path: Path) -> None:
    """A `$dynamicRef` that leads nowhere costs itself, as any reference does."""
    schema = {"items": {"$dynamicRef": "#node"}}
    (problem,) = missed(load(tmp_path, {"openapi.yaml": document({}, schema)}))
    assert re.match(r"openapi\.yaml:\d+: `\$dynamicRef` '#node' leads nowhere", problem)


def test_a_circle_of_references_alone_is_told_with_its_line(tmp_path: Path) -> None:
    """It asks nothing of a value, so its clause is untestable, and says where that stands."""
    made = document({"$ref": "#/components/schemas/A"})
    made["components"] = {
        "schemas": {
            "A": {"$ref": "#/components/schemas/B"},
            "B": {"$ref": "#/components/schemas/A"},
        }
    }
    contract = load(tmp_path, {"openapi.yaml": made})
    clause = contract.clauses["send:request#:$ref"]
    lines = (tmp_path / "openapi.yaml").read_text("utf-8").splitlines()

    assert clause.untestable == "`$ref` leads in a circle, back to itself"
    assert clause.source is not None
    assert "#/components/schemas/" in lines[clause.source.line - 1]


@pytest.mark.parametrize(
    ("schema", "line"),
    [
        ({"properties": {"b": 5}}, '"b": 5'),
        ({"allOf": [5]}, '"allOf": ['),
        ({"properties": {"type": "string"}}, '"type": "string"'),
    ],
)
def test_what_is_no_schema_is_told_where_it_stands(
    tmp_path: Path, schema: dict[str, Any], line: str
) -> None:
    """It is read as anything, and not in silence."""
    contract = load(tmp_path, {"openapi.yaml": document(schema)})
    lines = (tmp_path / "openapi.yaml").read_text("utf-8").splitlines()
    (miss,) = contract.not_judged

    assert "no schema" in miss.reason
    assert miss.source is not None
    assert lines[miss.source.line - 1].strip() == line


NAMED = """
openapi: 3.2.0
$self: https://example.net/apis/openapi.yaml
info: {title: T, version: "1"}
paths:
  /things:
    post:
      operationId: send
      requestBody: {required: true, content: {application/json: {schema: {$ref: "REF"}}}}
      responses: {"200": {description: Done.}}
components:
  schemas:
    Thing: {properties: {size: {$ref: "#/$defs/size"}}, $defs: {size: {maximum: 9}}, $id: /thing}
    Size: {$id: "https://example.net/size", $defs: {s: {maximum: 9, $anchor: small}}}
    Around: {$id: sub/around, properties: {size: {$ref: "../../size#small"}}}
    Back: {$id: back, properties: {size: {$ref: "#/components/schemas/Plain"}}}
    Plain: {maximum: 9}
    Beside: {properties: {size: {$ref: beside.yaml}}}
    Example: {example: {$id: "https://example.net/nothing"}}
"""


@pytest.mark.parametrize(
    ("ref", "source"),
    [
        ("https://example.net/thing", "openapi.yaml:13"),
        ("#/components/schemas/Thing", "openapi.yaml:13"),
        ("https://example.net/apis/openapi.yaml#/components/schemas/Thing", "openapi.yaml:13"),
        ("https://example.net/apis/sub/around", "openapi.yaml:14"),
        ("#/components/schemas/Around", "openapi.yaml:14"),
        ("#/components/schemas/Back", "openapi.yaml:17"),
        ("#/components/schemas/Beside", "beside.yaml:1"),
        ("openapi.yaml#/components/schemas/Beside", "beside.yaml:1"),
    ],
)
def test_what_a_document_calls_itself_and_its_schemas(
    tmp_path: Path, ref: str, source: str
) -> None:
    """`$self` and `$id` are names that references may use, wherever in a document they stand."""
    files = {"openapi.yaml": NAMED.replace("REF", ref), "beside.yaml": "maximum: 9\n"}
    assert _maximum(load(tmp_path, files)) == source


def test_an_id_in_an_example_names_nothing(tmp_path: Path) -> None:
    """What stands in a value is no schema, whatever it looks like."""
    files = {"openapi.yaml": NAMED.replace("REF", "https://example.net/nothing")}
    assert any("leads nowhere" in told for told in missed(load(tmp_path, files)))


_STEPS = st.sampled_from(
    ["a", "a/b", "a~1b", "a%7E1b", "b c", "b%20c", "0", "1", "01", "2", "-1", "²", "", "#", "~0"]
)
_FILES = st.sampled_from(["", "it.yaml", "./it.yaml", "sub/../it.yaml", "sub/in.yaml", "no.yaml"])
_DATA: dict[str, Any] = {"a": [{"": 1, "0": [2]}, "text"], "a/b": {"b c": {"~": {}}}, "0": None}


@given(file=_FILES, steps=st.none() | st.lists(_STEPS, max_size=4), rooted=st.booleans())
def test_names_in_a_document_change_no_plain_reference(
    file: str, steps: list[str] | None, rooted: bool
) -> None:
    """A reference leads to the same, or nowhere, whether or not its documents have names."""
    fragment = "" if steps is None else "#" + "/" * rooted + "/".join(steps)
    reached: list[Any] = []
    for comment in ("", "# $id\n"):  # `referencing` is asked where a document may have names
        with TemporaryDirectory() as folder:
            root = Path(folder)
            for name in ("openapi.yaml", "it.yaml", "sub/in.yaml"):
                write(root, {name: comment + json.dumps({**_DATA, "name": name})})
            documents = Documents(root)
            mapping = {"$ref": file + fragment}
            try:
                contents, base = documents.follow(
                    documents.resolver(root / "openapi.yaml"), mapping
                )
                inner, _ = documents.follow(base, {"$ref": "#/name"})
            except ContractError as error:
                reached.append(error.problem.replace(folder, ""))
            else:
                reached.append((contents, inner))
    assert reached[0] == reached[1]
