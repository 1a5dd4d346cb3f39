"""Parameters in URLs: what stands for a value, and what has no form that means it alone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clausewise.contract import Contract, Parameter
from clausewise.contract.message import MessagePart
from clausewise.contract.parameter_pairs import query_text, read_query
from clausewise.mock import Application, Call, Reply
from clausewise.pointer import ABSENT

from ..drawn import plain, values
from .making import load, same, schema_of

# RFC 3986, section 3.4: what a query is made of.
QUERY = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-F]{2})*")
STYLES = [
    ("form", True),
    ("form", False),
    ("spaceDelimited", False),
    ("pipeDelimited", False),
]
TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
TEXTS = {"type": "array", "items": TEXT}
WHOLES = {"type": "array", "items": WHOLE}


def made(
    schema: Any,
    style: str = "form",
    explode: bool = True,
    location: str = "query",
    name: str = "p",
) -> Parameter:
    """A parameter of this schema."""
    message = MessagePart(location, schema_of(schema))
    return Parameter(name, location, message, style, explode)


def written(parameter: Parameter, value: Any) -> str | None:
    """The query that says this value of a parameter."""
    return query_text([parameter], {parameter.name: value})


def document(*parameters: Any, path: str = "/things", **more: Any) -> dict[str, Any]:
    """An OpenAPI document of one operation, `find`, with these parameters."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Made for a test", "version": "1"},
        "paths": {
            path: {
                "get": {
                    "operationId": "find",
                    "parameters": list(parameters),
                    "responses": {"200": {"description": "Done."}},
                    **more,
                }
            }
        },
    }


def loaded(root: Path, *parameters: Any, **more: Any) -> Contract:
    """The contract of such a document."""
    return load(root, {"openapi.yaml": document(*parameters, **more)})


@pytest.mark.parametrize(
    ("style", "explode", "expected"),
    [
        ("form", True, "p=1&p=2&p=3"),
        ("form", False, "p=1,2,3"),
        ("spaceDelimited", False, "p=1%202%203"),
        ("pipeDelimited", False, "p=1%7C2%7C3"),
        ("spaceDelimited", True, "p=1&p=2&p=3"),
        ("pipeDelimited", True, "p=1&p=2&p=3"),
    ],
)
def test_an_array_as_its_style_writes_it(style: str, explode: bool, expected: str) -> None:
    """OpenAPI 3.1, section 4.8.12.4; one that is not exploded is given once."""
    parameter = made(WHOLES, style, explode)
    assert written(parameter, [1, 2, 3]) == expected
    assert read_query([parameter], expected) == {"p": [1, 2, 3]}


def test_an_array_in_a_path_is_never_repeated() -> None:
    """`simple` parts by commas whatever `explode` says: a segment has no name to repeat."""
    for explode in (False, True):
        parameter = made(WHOLES, "simple", explode, "path")
        assert parameter.written([1, 2]) == [("p", "1,2")]
        assert parameter.read([("p", "1,2")]) == [1, 2]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("string", "a", "a"),
        ("string", "", ""),
        ("string", "7", "7"),
        ("string", "true", "true"),
        ("string", "null", "null"),
        ("integer", 7, "7"),
        ("integer", -7, "-7"),
        ("number", 0.5, "0.5"),
        ("number", 7, "7"),
        ("number", 7.0, "7.0"),
        ("number", 1e30, "1e%2B30"),
        ("boolean", True, "true"),
        ("boolean", False, "false"),
    ],
)
def test_scalars_as_text(kind: str, value: Any, expected: str) -> None:
    """Numbers and booleans as JSON has them; what is written is read as the same value."""
    parameter = made({"type": kind})
    assert written(parameter, value) == f"p={expected}"
    assert same(read_query([parameter], f"p={expected}"), {"p": value})


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (WHOLE, None),
        (WHOLE, "7"),
        (WHOLE, float("inf")),
        ({"type": "boolean"}, "true"),
        (TEXT, 7),
        (TEXT, True),
        (TEXT, {"a": 1}),
        (TEXT, "\ud83c"),
        ({"type": ["integer", "null"]}, None),
        ({}, 7),
        (WHOLES, []),
        (WHOLES, 7),
        (WHOLES, [[7]]),
        (WHOLES, [7, None]),
        (WHOLES, ["7"]),
        (TEXTS, ["a", ""]),
        (TEXTS, "a"),
        ({"type": ["array", "string"], "items": TEXT}, ["a", "b"]),
        ({"type": "array"}, [1, 2]),
    ],
)
@pytest.mark.parametrize(("style", "explode"), STYLES)
def test_what_would_be_read_as_something_else_has_no_form(
    schema: Any, value: Any, style: str, explode: bool
) -> None:
    """Null, objects, empty arrays, empty items, and values of a type that is read otherwise."""
    parameter = made(schema, style, explode)
    assert parameter.written(value) is None
    assert written(parameter, value) is None


@pytest.mark.parametrize(
    ("style", "delimiter"),
    [("form", ","), ("simple", ","), ("spaceDelimited", " "), ("pipeDelimited", "|")],
)
def test_an_item_with_the_delimiter_in_it_has_no_form(style: str, delimiter: str) -> None:
    """A server would read two items; where the name is repeated, it is no delimiter."""
    items = ["a", f"b{delimiter}c"]
    location = "path" if style == "simple" else "query"
    assert made(TEXTS, style, False, location).written(items) is None
    assert made(TEXTS, style, False, location).written(["a", "b;c"]) is not None
    if location == "query":
        assert made(TEXTS, style, True).written(items) == [("p", item) for item in items]


def test_other_delimiters_inside_of_an_item_are_encoded() -> None:
    """A comma parts items of style `form` alone; elsewhere it is a part of one."""
    parameter = made(TEXTS, "pipeDelimited", False)
    assert written(parameter, ["a,b", "c d"]) == "p=a%2Cb%7Cc%20d"
    assert written(made(TEXTS), ["a,b"]) == "p=a%2Cb"
    assert written(made(TEXTS, "form", False), ["a|b", "c d"]) == "p=a%7Cb,c%20d"


def test_names_and_values_are_percent_encoded() -> None:
    """RFC 3986: reserved characters, spaces and everything beyond ASCII, in names as well."""
    parameter = made(TEXT, name="filter[é]")
    text = written(parameter, "a b&c=d+e%2F/会議#?")
    assert text == "filter%5B%C3%A9%5D=a%20b%26c%3Dd%2Be%252F%2F%E4%BC%9A%E8%AD%B0%23%3F"
    assert read_query([parameter], text) == {"filter[é]": "a b&c=d+e%2F/会議#?"}


COLOURS: dict[str, Any] = {
    "text": "blue",
    "list": ["blue", "black", "brown"],
    "object": {"R": 100, "G": 200, "B": 150},
}
SCHEMAS: dict[str, Any] = {
    "text": TEXT,
    "list": TEXTS,
    "object": {"type": "object", "properties": dict.fromkeys("RGB", WHOLE)},
}
# OpenAPI 3.1, section 4.8.12.6, with the percent-encoding that RFC 6570 asks for.
TABLE = [
    ("path", "matrix", False, ";color=blue", ";color=blue,black,brown", ";color=R,100,G,200,B,150"),
    (
        "path",
        "matrix",
        True,
        ";color=blue",
        ";color=blue;color=black;color=brown",
        ";R=100;G=200;B=150",
    ),
    ("path", "label", False, ".blue", ".blue,black,brown", ".R,100,G,200,B,150"),
    ("path", "label", True, ".blue", ".blue.black.brown", ".R=100.G=200.B=150"),
    ("path", "simple", False, "blue", "blue,black,brown", "R,100,G,200,B,150"),
    ("path", "simple", True, "blue", "blue,black,brown", "R=100,G=200,B=150"),
    ("header", "simple", False, "blue", "blue,black,brown", "R,100,G,200,B,150"),
    ("header", "simple", True, "blue", "blue,black,brown", "R=100,G=200,B=150"),
    ("query", "form", False, "color=blue", "color=blue,black,brown", "color=R,100,G,200,B,150"),
    (
        "query",
        "form",
        True,
        "color=blue",
        "color=blue&color=black&color=brown",
        "R=100&G=200&B=150",
    ),
    (
        "query",
        "spaceDelimited",
        False,
        None,
        "color=blue%20black%20brown",
        "color=R%20100%20G%20200%20B%20150",
    ),
    (
        "query",
        "pipeDelimited",
        False,
        None,
        "color=blue%7Cblack%7Cbrown",
        "color=R%7C100%7CG%7C200%7CB%7C150",
    ),
    ("query", "deepObject", True, None, None, "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
]


def _said(parameter: Parameter, value: Any) -> str | None:
    """What the request has for a value, where the parameter stands."""
    if parameter.location == "query":
        return written(parameter, value)
    if parameter.location == "path":
        return parameter.encoded(value)
    pairs = parameter.written(value)
    return None if pairs is None else "&".join(f"{name}={text}" for name, text in pairs)


@pytest.mark.parametrize("kind", COLOURS)
@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]}-{row[1]}-{row[2]}")
def test_the_table_of_styles(row: tuple[Any, ...], kind: str) -> None:
    """OpenAPI 3.1, section 4.8.12.6: each style in each place; what is written is read back."""
    location, style, explode = row[:3]
    expected = row[3 + list(COLOURS).index(kind)]
    parameter = made(SCHEMAS[kind], style, explode, location, "color")
    if expected is None:
        return
    said = f"color={expected}" if location == "header" else expected
    assert _said(parameter, COLOURS[kind]) == said
    pairs = parameter.written(COLOURS[kind])
    assert pairs is not None
    assert same(parameter.read(pairs), COLOURS[kind])


def test_nothing_in_a_path() -> None:
    """RFC 6570, 3.2.7: an empty text is the bare name of a matrix, and no segment elsewhere."""
    matrix = made(TEXT, "matrix", False, "path", "color")
    assert matrix.written("") == [("color", ";color")]
    assert matrix.read([("color", ";color")]) == ""
    assert matrix.read([("color", ";color=color")]) == "color"
    assert made(TEXT, "label", False, "path").written("") is None
    assert made(TEXT, "simple", False, "path").written("") is None


def test_what_a_style_has_no_word_for() -> None:
    """A deep object is an object: no other value has a form in it."""
    assert made(TEXT, "deepObject").written("blue") is None
    assert made(TEXTS, "deepObject").written(["blue"]) is None


def test_an_exploded_cookie_of_members() -> None:
    """Cookies of an exploded object stand beside each other, a list is one cookie."""
    parameter = made(SCHEMAS["object"], "form", True, "cookie", "color")
    assert parameter.written(COLOURS["object"]) == [("R", "100"), ("G", "200"), ("B", "150")]
    lists = made(WHOLES, "cookie", False, "cookie", "color")
    # RFC 6265 has no comma in a cookie's value, OpenAPI has, and servers read it.
    assert lists.written([1, 2]) == [("color", "1,2")]


def test_an_exploded_list_in_cookies() -> None:
    """By `cookie` it is its name over and over; by `form` only one item has a form in cookies."""
    named = made(WHOLES, "cookie", True, "cookie", "color")
    assert named.written([1, 2]) == [("color", "1"), ("color", "2")]
    assert named.read([("color", "1"), ("color", "2")]) == [1, 2]
    joined = made(WHOLES, "form", True, "cookie", "color")
    assert joined.written([1]) == [("color", "1")]
    assert joined.written([1, 2]) is None


@pytest.mark.parametrize("location", ["query", "header", "cookie", "path"])
def test_a_parameter_of_a_media_type_is_json(location: str) -> None:
    """With `content` a value is one text of JSON, where that text can stand."""
    parameter = made(SCHEMAS["object"], "content", False, location)
    for value in ({"R": 1, "G": 2}, [1, None], 7, None):
        pairs = parameter.written(value)
        if location == "cookie" and not isinstance(value, int | None):
            assert pairs is None  # a comma, a quote
            continue
        assert pairs == [("p", json.dumps(value, separators=(",", ":")))]
        assert same(parameter.read(pairs), value)
    assert parameter.read([("p", "{")]) == "{"


def test_the_members_of_an_object_have_their_own_types() -> None:
    """A member is read by its schema; what is no member of it belongs to somebody else."""
    schema = {"type": "object", "properties": {"n": WHOLE, "s": TEXT, "f": {"type": "boolean"}}}
    for style, query in (
        ("form", "n=7&s=7&f=true&other=1"),
        ("deepObject", "p%5Bn%5D=7&p%5Bs%5D=7&p%5Bf%5D=true&n=8"),
    ):
        parameter = made(schema, style, True)
        assert read_query([parameter], query)["p"] == {"n": 7, "s": "7", "f": True}
        assert written(parameter, {"n": "7"}) is None
        assert written(parameter, {"n": [7]}) is None
        assert written(parameter, {}) is None
    assert written(made(schema, "form", True), {"other": "1"}) is None
    open_object = made({"type": "object"}, "deepObject")
    assert written(open_object, {"other": "1"}) == "p%5Bother%5D=1"


@pytest.mark.parametrize(
    ("location", "text", "carried"),
    [
        ("header", "a b", True),
        ("header", " a", False),
        ("header", "a ", False),
        ("header", "a\tb", False),
        ("header", "é", False),
        ("header", "", False),
        ("header", 'a"b,c;d', True),
        ("cookie", "a", True),
        ("cookie", "a b", False),
        ("cookie", "a;b", False),
        ("cookie", "a,b", False),
        ("cookie", 'a"b', False),
        ("cookie", "a\\b", False),
        ("cookie", "a=b", True),
        ("cookie", "100%", True),
        ("cookie", "a%20b", False),
        ("cookie", "", False),
        ("path", "a b/é", True),
        ("path", "", False),
        ("path", ".", False),
        ("path", "..", False),
        ("path", "...", True),
        ("query", "", True),
        ("query", "é ", True),
    ],
)
def test_what_a_place_can_carry(location: str, text: str, carried: bool) -> None:
    """Headers visible ASCII (RFC 9110, 5.5), cookies cookie-octets (RFC 6265), a path a segment."""
    parameter = made(TEXT, "form" if location in ("query", "cookie") else "simple", False, location)
    assert (parameter.written(text) is not None) is carried


def test_header_names_have_no_case() -> None:
    """RFC 9110, section 5.1; those of cookies and of queries have one."""
    for location, value in (("header", 7), ("cookie", ABSENT), ("query", ABSENT)):
        assert made(WHOLE, "simple", False, location, "X-No").read([("x-NO", "7")]) == value


def test_reading_is_by_the_parameters_own_types() -> None:
    """The same text is a number, a boolean, a list or itself; what fits no type stays a text."""
    parameters = [
        made(schema, name=name)
        for name, schema in {
            "text": TEXT,
            "whole": WHOLE,
            "flag": {"type": "boolean"},
            "list": WHOLES,
            "open": {},
        }.items()
    ]
    for text, expected in {
        "7": ("7", 7, "7", [7], "7"),
        "true": ("true", "true", True, ["true"], "true"),
        "": ("", "", "", [""], ""),
        "007": ("007", "007", "007", ["007"], "007"),
        "null": ("null", "null", "null", ["null"], "null"),
    }.items():
        query = "&".join(f"{parameter.name}={text}" for parameter in parameters)
        assert tuple(read_query(parameters, query).values()) == expected


def test_what_nobody_documents_is_read_as_text() -> None:
    """An unknown name is no error; of a scalar given twice the first one counts."""
    assert read_query([made(WHOLE)], "p=1&q=2&p=3") == {"p": 1, "q": "2"}
    assert read_query([], "") == {}


FREE = {"type": "object", "additionalProperties": WHOLE}


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("a=1&b=2", {"f": {"a": 1, "b": 2}}),
        ("n=1&a=2", {"n": 1, "f": {"a": 2}}),
        ("n=1", {"n": 1}),
        ("a=x&known=y", {"f": {"a": "x"}, "g": {"known": "y"}}),
    ],
)
def test_an_object_takes_every_name_that_is_no_others(query: str, values: dict[str, Any]) -> None:
    """Free keys stand beside the parameters; what one of them or its members claims is its own."""
    known = {"type": "object", "properties": {"known": TEXT}}
    parameters = [made(FREE, name="f"), made(WHOLE, name="n"), made(known, name="g")]
    assert read_query(parameters, query) == values


def test_cookies_of_others_are_no_members() -> None:
    """A cookie that no schema names was set by somebody else."""
    parameter = made(FREE, location="cookie", name="f")
    assert parameter.read([("session", "1")]) is ABSENT


def test_an_unknown_name_cannot_be_written() -> None:
    """Nobody knows its style."""
    assert query_text([made(WHOLE)], {"q": 7}) is None
    assert query_text([made(WHOLE)], {}) == ""


def _lists() -> Any:
    return st.builds(lambda items: {"type": "array", "items": items}, plain())


ANYWHERE = [
    *(("query", style, explode) for style, explode in STYLES),
    *(("path", s, explode) for s in ("simple", "label", "matrix") for explode in (False, True)),
    *(("header", "simple", explode) for explode in (False, True)),
    *(("cookie", "form", explode) for explode in (False, True)),
    *((place, "content", False) for place in ("query", "path", "header", "cookie")),
    ("query", "deepObject", True),
]


def _objects() -> Any:
    members = st.dictionaries(st.sampled_from(["a", "b=", "c,d", "é"]), plain(), max_size=3)
    return st.builds(lambda inner: {"type": "object", "properties": inner}, members)


@settings(max_examples=600)
@given(
    schema=st.one_of(plain(), _lists(), _objects(), st.just({})),
    how=st.sampled_from(ANYWHERE),
    drawn=st.lists(
        st.one_of(
            values(),
            st.text(),
            st.lists(st.text(), max_size=3),
            st.dictionaries(st.sampled_from(["a", "b=", "c,d", "é"]), values(), max_size=3),
        ),
        max_size=5,
    ),
)
def test_what_is_written_anywhere_is_read_as_the_same_value(
    schema: Any, how: tuple[str, str, bool], drawn: list[Any]
) -> None:
    """In every place and style: what has a form is read back as it was, of the same JSON type."""
    location, style, explode = how
    parameter = made(schema, style, explode, location)
    for value in drawn:
        pairs = parameter.written(value)
        if pairs is not None:
            assert len(pairs) == 1 or location in ("query", "cookie")
            assert same(parameter.read(pairs), value), (schema, pairs)
        if pairs is not None and location == "path":
            text = parameter.encoded(value)
            assert text is not None
            assert re.fullmatch(r"(?:[A-Za-z0-9\-._~,;=]|%[0-9A-F]{2})+", text), text
            assert same(parameter.read([("p", unquote(text))]), value), (schema, text)


@settings(max_examples=400)
@given(
    schema=st.one_of(plain(), _lists(), st.just({})),
    how=st.sampled_from(STYLES),
    drawn=st.lists(st.one_of(values(), st.text(), st.lists(st.text(), max_size=3)), max_size=5),
)
def test_what_is_written_is_read_as_the_same_value(
    schema: Any, how: tuple[str, bool], drawn: list[Any]
) -> None:
    """Whatever has a form is read back as it was, of the same JSON type, from a lawful query."""
    parameter = made(schema, *how)
    for value in drawn:
        text = written(parameter, value)
        if text is not None:
            assert QUERY.fullmatch(text), text
            assert same(read_query([parameter], text), {"p": value}), (schema, text)


@settings(max_examples=200)
@given(
    how=st.sampled_from(STYLES),
    words=st.lists(st.text("ab ,|&=+%é/", min_size=1), min_size=1, max_size=3),
    number=st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)),
    flag=st.booleans(),
)
def test_several_parameters_together(
    how: tuple[str, bool], words: list[str], number: float, flag: bool
) -> None:
    """Scalars of their types always have a form, and nobody's value runs into another's."""
    parameters = [
        made(TEXTS, *how, name="a&b"),
        made({"type": "number"}, name="n"),
        made({"type": "boolean"}, name="f"),
        made(TEXT, name="s"),
    ]
    said = {"n": number, "f": flag, "s": words[0]}
    if parameters[0].written(words) is not None:
        said["a&b"] = words
    text = query_text(parameters, said)
    assert text is not None
    assert same(read_query(parameters, text), said)


LISTENED: dict[str, dict[str, Any]] = {
    "n": {"type": "integer"},
    "x": {"type": "number"},
    "f": {"type": "boolean"},
    "s": {"type": "string"},
    "e": {"type": "string", "enum": ["a b", "c,d", "é"]},
}


@pytest.fixture(scope="module")
def listening(tmp_path_factory: pytest.TempPathFactory) -> tuple[Application, list[Call], Contract]:
    """A mock with a parameter of every kind, and the calls that it got."""
    nodes: list[dict[str, Any]] = [
        {"name": name, "in": "query", "schema": schema} for name, schema in LISTENED.items()
    ]
    for index, (style, explode) in enumerate(STYLES):
        how = {"style": style, "explode": explode, "schema": (WHOLES, TEXTS)[index % 2]}
        nodes.append({"name": f"{style}-{index}", "in": "query", **how})
    contract = loaded(tmp_path_factory.mktemp("pack"), *nodes)
    calls: list[Call] = []

    def find(call: Call) -> Reply:
        calls.append(call)
        return Reply(200)

    return Application(contract, {"find": find}, refuse=lambda *_: {}), calls, contract


@settings(max_examples=150)
@given(data=st.data())
def test_a_server_reads_what_was_written(
    listening: tuple[Application, list[Call], Contract], data: st.DataObject
) -> None:
    """The package's mocks, which read by their own code, are handed the very values."""
    application, calls, contract = listening
    parameters = contract.operations["find"].parameters
    drawn: dict[str, Any] = {
        "n": st.integers(),
        "x": st.floats(allow_nan=False, allow_infinity=False),
        "f": st.booleans(),
        "s": st.text(),
        "e": st.sampled_from(LISTENED["e"]["enum"]),
    }
    for parameter in parameters[len(drawn) :]:
        whole = parameter.message.schema.document["items"] == WHOLE
        items = st.integers() if whole else st.text()
        drawn[parameter.name] = st.lists(items, min_size=1, max_size=3)
    said = data.draw(st.fixed_dictionaries({}, optional=drawn))
    said = {
        p.name: said[p.name]
        for p in parameters
        if p.name in said and p.written(said[p.name]) is not None
    }
    text = query_text(parameters, said)
    assert text is not None
    calls.clear()
    assert application.answer("GET", "/things", text, {}, b"").status == 200
    assert same(dict(calls[0].query), said)


def test_parameters_as_parts_of_one_request(tmp_path: Path) -> None:
    """An object with a member for each; what is required, and where that was written, is kept."""
    contract = loaded(
        tmp_path,
        {"name": "page/no", "in": "query", "required": True, "schema": {"type": "integer"}},
        {"name": "status", "in": "query", "schema": {"enum": ["A", "B"]}},
        {"name": "X-Trace", "in": "header", "required": True, "schema": {"type": "integer"}},
        {"name": "sid", "in": "cookie", "schema": {"type": "string", "maxLength": 8}},
        {"name": "Accept", "in": "header", "required": True, "schema": {"const": "never sent"}},
    )
    operation = contract.operations["find"]
    assert operation.request.schema.document == {
        "type": "object",
        "required": ["query", "header", "cookie"],
        "properties": {
            "query": {
                "type": "object",
                "required": ["page/no"],
                "properties": {"page/no": {"type": "integer"}, "status": {"enum": ["A", "B"]}},
            },
            "header": {
                "type": "object",
                "required": ["X-Trace"],
                "properties": {"X-Trace": {"type": "integer"}},
            },
            "cookie": {
                "type": "object",
                "properties": {"sid": {"type": "string", "maxLength": 8}},
            },
        },
    }
    clauses = {name: clause for name, clause in operation.clauses.items() if "#" in name}
    assert list(clauses) == [
        "find:header#/X-Trace:required",
        "find:header#/X-Trace:type",
        "find:cookie#/sid:optional",
        "find:cookie#/sid:maxLength",
        "find:query#/page~1no:required",
        "find:query#/page~1no:type",
        "find:query#/status:optional",
        "find:query#/status:enum",
    ]
    assert clauses["find:query#/page~1no:required"].promise == "page/no is required"
    assert clauses["find:query#/page~1no:required"].at == "/query/page~1no"
    assert all(clause.source for clause in clauses.values())
    assert {clause.group for clause in clauses.values()} == {"request"}


def test_the_type_of_what_is_text_anyway_is_no_promise(tmp_path: Path) -> None:
    """A string or an array is written alike whatever it is; a number is not."""
    contract = loaded(
        tmp_path,
        {"name": "s", "in": "query", "schema": TEXT},
        {"name": "a", "in": "query", "schema": WHOLES},
        {"name": "n", "in": "query", "schema": {"type": "number"}},
        {"name": "id", "in": "path", "required": True, "schema": TEXT},
        {"name": "no", "in": "path", "required": True, "schema": WHOLE},
        path="/things/{id}/{no}",
    )
    types = {c.id for c in contract.clauses.values() if c.keyword == "type"}
    assert types == {"find:query#/a/*:type", "find:query#/n:type", "find:path#/no:type"}


def test_a_parameter_that_may_be_empty_promises_it(tmp_path: Path) -> None:
    """`allowEmptyValue` is a clause of its own, in queries alone."""
    contract = loaded(
        tmp_path,
        {"name": "flag", "in": "query", "allowEmptyValue": True, "schema": {"type": "boolean"}},
        {"name": "s", "in": "query", "allowEmptyValue": True, "required": True, "schema": TEXT},
        {"name": "no", "in": "query", "allowEmptyValue": False, "schema": TEXT},
        {"name": "X-H", "in": "header", "allowEmptyValue": True, "schema": TEXT},
    )
    empty = [c for c in contract.clauses.values() if c.keyword == "allowEmptyValue"]
    assert [clause.id for clause in empty] == [
        "find:query#/flag:allowEmptyValue",
        "find:query#/s:allowEmptyValue",
    ]
    assert [clause.promise for clause in empty] == [
        "flag may be sent without a value",
        "s may be sent without a value",
    ]


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"schema": WHOLE, "example": 7}, 7),
        ({"schema": WHOLE, "examples": {"usual": {"value": 8}, "odd": {"value": 9}}}, 8),
        ({"schema": WHOLE, "examples": {"far": {"externalValue": "x"}, "n": {"value": 9}}}, 9),
        ({"schema": {"type": "integer", "examples": [10]}}, 10),
        ({"schema": WHOLE, "example": "x", "examples": {"a": {"value": 9}}}, 9),
        ({"schema": WHOLE}, ABSENT),
        ({"content": {"application/json": {"schema": WHOLE, "example": 7}}}, 7),
    ],
)
def test_the_documented_value_of_a_parameter(tmp_path: Path, node: Any, expected: Any) -> None:
    """`example`, else the first of `examples`, else the schema's own, that keeps the schema."""
    contract = loaded(tmp_path, {"name": "n", "in": "query", **node})
    assert contract.operations["find"].parameters[0].example == expected


@pytest.mark.parametrize("location", ["query", "header", "cookie", "path"])
@pytest.mark.parametrize("kind", ["text/plain", "text/csv; header=absent"])
def test_a_parameter_that_is_a_text(tmp_path: Path, location: str, kind: str) -> None:
    """One written as a text stands there as it is, wherever it stands: no quotes around it."""
    node = {"in": location, "content": {kind: {"schema": {"type": "string", "maxLength": 5}}}}
    contract = loaded(tmp_path, {"name": "id", "required": True, **node}, path="/things/{id}")
    (parameter,) = (p for p in contract.operations["find"].parameters if p.location == location)
    assert parameter.written("a=b") == [("id", "a=b")]
    assert parameter.read([("id", "7")]) == "7"
    assert f"find:{location}#/id:maxLength" in contract.clauses


def test_a_text_that_is_a_number_or_a_list(tmp_path: Path) -> None:
    """Written as a text, a number is read as one; how a list would be written is not known."""
    contract = loaded(
        tmp_path,
        {"name": "n", "in": "query", "content": {"text/plain": {"schema": WHOLE}}},
        {"name": "l", "in": "query", "content": {"text/plain": {"schema": TEXTS}}},
    )
    (number,) = contract.operations["find"].parameters
    assert number.written(7) == [("n", "7")]
    assert number.read([("n", "7")]) == 7
    reasons = [miss.reason for miss in contract.not_judged]
    assert reasons == ["a parameter written as text/plain is not sent"]


def test_a_parameter_that_no_text_is_known_for(tmp_path: Path) -> None:
    """One of another media type, or of a style that its place has not, costs itself."""
    xml = {"application/xml": {"schema": {"type": "object"}}}
    contract = loaded(
        tmp_path,
        {"name": "filter", "in": "query", "content": xml},
        {"name": "tags", "in": "query", "style": "matrix", "schema": TEXTS},
        {"name": "q", "in": "querystring", "content": xml},
        {"name": "n", "in": "query", "schema": WHOLE},
    )
    assert [p.name for p in contract.operations["find"].parameters] == ["n"]
    assert [miss.reason for miss in contract.not_judged] == [
        "a parameter written as application/xml is not sent",
        "no style in a query: 'matrix'",
        "a parameter written as application/xml is not sent",
    ]
    assert contract.operations["find"].unasked is None


def test_a_form_that_is_the_whole_query(tmp_path: Path) -> None:
    """OpenAPI 3.2, `in: querystring`: a pair for each member, beside other parameters."""
    schema = {"type": "object", "required": ["a"], "properties": {"a": WHOLE, "b c": TEXT}}
    form = {"application/x-www-form-urlencoded": {"schema": schema}}
    contract = loaded(
        tmp_path,
        {"name": "q", "in": "querystring", "required": True, "content": form},
        {"name": "X-N", "in": "header", "schema": WHOLE},
    )
    codec = contract.operations["find"].codec
    value = {"query": {"q": {"a": 7, "b c": "é&"}}, "header": {"X-N": 1}}
    wire = codec.written(value)
    assert wire is not None
    assert wire.query == "a=7&b%20c=%C3%A9%26"
    assert codec.read(wire) == value
    assert "find:query#/q/a:required" in contract.clauses


def test_values_in_a_path_are_percent_encoded(tmp_path: Path) -> None:
    """RFC 6570, simple: a slash inside of a value is no slash of the path; commas part items."""
    contract = loaded(
        tmp_path,
        {"name": "id", "in": "path", "required": True, "schema": TEXT},
        {"name": "ids", "in": "path", "required": True, "schema": WHOLES},
        path="/things/{id}/of/{ids}",
    )
    codec = contract.operations["find"].codec
    value = {"path": {"id": "a/b,{ids} é?", "ids": [1, 2]}}
    wire = codec.written(value)
    assert wire is not None
    assert wire.path == "/things/a%2Fb%2C%7Bids%7D%20%C3%A9%3F/of/1,2"
    assert codec.read(wire) == value


@pytest.mark.parametrize(
    ("style", "explode", "expected"),
    [
        ("simple", False, "a%2Fb,c%3Bd%20%C3%A9"),
        ("label", True, ".a%2Fb.c%3Bd%20%C3%A9"),
        ("matrix", False, ";p=a%2Fb,c%3Bd%20%C3%A9"),
    ],
)
def test_what_is_inside_of_an_item_of_a_path(style: str, explode: bool, expected: str) -> None:
    """What the style puts between items stays as it is; inside of one all signs are encoded."""
    parameter = made(TEXTS, style, explode, "path")
    assert parameter.encoded(["a/b", "c;d é"]) == expected
    assert parameter.read([("p", unquote(expected))]) == ["a/b", "c;d é"]


def test_items_between_tabs() -> None:
    """What Swagger calls `tsv`: a tab is encoded, and an item has none in it."""
    parameter = made(WHOLES, "tabDelimited", False)
    assert written(parameter, [1, 2]) == "p=1%092"
    assert read_query([parameter], "p=1%092") == {"p": [1, 2]}
    assert written(made(TEXTS, "tabDelimited", False), ["a\tb"]) is None


@pytest.mark.parametrize("is_list", [False, True])
@pytest.mark.parametrize("is_named", [False, True])
def test_numbers_that_are_listed_as_texts_are_sent_as_those(
    tmp_path: Path, is_list: bool, is_named: bool
) -> None:
    """No value is a number and one of these texts; on the wire a number is a text."""
    schema: Any = {"type": "integer", "enum": ["01", "02"]}
    if is_named:
        schema = {"$ref": "#/components/schemas/Month"}
    if is_list:
        schema = {"type": "array", "items": schema}
    months = {"schemas": {"Month": {"type": "integer", "enum": ["01", "02"]}}}
    main = document({"name": "m", "in": "query", "schema": schema}) | {"components": months}
    contract = load(tmp_path, {"openapi.yaml": main})
    (parameter,) = contract.operations["find"].parameters
    assert written(parameter, ["02"] if is_list else "02") == "m=02"
    assert parameter.message.accepts(["02"] if is_list else "02")
    assert not parameter.message.accepts(["2"] if is_list else "2")
    (told,) = contract.not_judged
    assert told.reason == "`type` is integer, and its enum lists texts: those are sent"
    assert told.source is not None


def test_a_list_of_lists_of_its_kind(tmp_path: Path) -> None:
    """A parameter that leads back to itself is read, and so is all beside it."""
    lists = {"type": "array", "items": {"$ref": "#/components/schemas/Lists"}}
    main = document({"name": "p", "in": "query", "schema": lists})
    contract = load(
        tmp_path, {"openapi.yaml": main | {"components": {"schemas": {"Lists": lists}}}}
    )
    assert "find:query#/p:optional" in contract.clauses
