"""Request objects: their wire form, and what a server reads from that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clausewise.contract import Operation
from clausewise.contract.requests import Encoded, RequestCodec

from .making import load

TEXT: dict[str, Any] = {"type": "string"}
WHOLE: dict[str, Any] = {"type": "integer"}
LISTED = [
    ("path", "id", TEXT, True),
    ("path", "no", WHOLE, True),
    ("query", "q", TEXT, False),
    ("query", "ids", {"type": "array", "items": WHOLE}, False),
    ("header", "X-Name", TEXT, False),
    ("header", "X-Ids", {"type": "array", "items": WHOLE}, False),
    ("cookie", "sid", TEXT, False),
    ("cookie", "n", WHOLE, False),
]


@pytest.fixture(scope="module")
def operation(tmp_path_factory: pytest.TempPathFactory) -> Operation:
    """An operation with parameters in all places and an optional body."""
    return _operation(tmp_path_factory.mktemp("pack"))


def _operation(root: Path) -> Operation:
    parameters = [
        {"in": place, "name": name, "schema": schema, "required": required}
        for place, name, schema, required in LISTED
    ]
    node = {
        "operationId": "send",
        "parameters": parameters,
        "requestBody": {"content": {"application/json": {"schema": {}}}},
        "responses": {"200": {"description": "Done."}},
    }
    document = {"openapi": "3.1.0", "paths": {"/a/{id}/b-{no}.json": {"post": node}}}
    return load(root, {"openapi.yaml": document}).operations["send"]


def test_what_python_takes_for_equal_is_told_apart(operation: Operation) -> None:
    """What was written for 1 is not what is written for true or 1.0, whichever came first."""
    values = [1, True, 1.0, 1]
    wire = [operation.codec.written({"path": {"id": "a", "no": number}}) for number in values]
    assert wire[0] is not None
    assert wire[0].path == "/a/a/b-1.json"
    assert wire[1] is None
    assert wire[2] is None or wire[2].path == "/a/a/b-1.0.json"
    assert wire[3] == wire[0]


def test_where_everything_stands(operation: Operation) -> None:
    """Each part has its place on the wire, percent-encoded where it is in the URL."""
    value = {
        "path": {"id": "ä/b", "no": 7},
        "query": {"q": "a b", "ids": [1, 2]},
        "header": {"X-Name": "n m", "X-Ids": [1, 2]},
        "cookie": {"sid": "s", "n": 1},
        "body": None,
    }
    assert operation.codec.written(value) == Encoded(
        "/a/%C3%A4%2Fb/b-7.json",
        "q=a%20b&ids=1&ids=2",
        (("X-Name", "n m"), ("X-Ids", "1,2")),
        "sid=s; n=1",
        b"null",
        "application/json",
    )


_PARTS = {
    "path": st.fixed_dictionaries({"id": st.text(), "no": st.integers()}),
    "query": st.fixed_dictionaries(
        {}, optional={"q": st.text(), "ids": st.lists(st.integers(), max_size=3)}
    ),
    "header": st.fixed_dictionaries(
        {}, optional={"X-Name": st.text(), "X-Ids": st.lists(st.integers(), max_size=3)}
    ),
    "cookie": st.fixed_dictionaries({}, optional={"sid": st.text(), "n": st.integers()}),
}


@settings(max_examples=300)
@given(value=st.fixed_dictionaries(_PARTS, optional={"body": st.lists(st.text(), max_size=2)}))
def test_what_is_written_is_read(operation: Operation, value: dict[str, Any]) -> None:
    """A request that has a wire form is the same request to whoever reads it."""
    codec = operation.codec
    wire = codec.written(value)
    if wire is None:
        return
    read = codec.read(wire)
    assert json.dumps(read, sort_keys=True) == json.dumps(value, sort_keys=True)
    assert wire.path.isascii()
    assert wire.path.count("/") == 3
    assert wire.query.isascii()


@pytest.mark.parametrize(
    "value",
    [
        [],
        {"path": {"id": "", "no": 1}},
        {"path": {"id": "..", "no": 1}},
        {"path": {"id": "a", "no": "x", "more": 1}},
        {"query": {"unknown": 1}},
        {"query": {"q": None}},
        {"header": {"X-Name": "é"}},
        {"header": {"X-Name": "a\r\nX-Evil: 1"}},
        {"cookie": {"sid": "a; b"}},
        {"header": {"X-Other": "a"}},
    ],
)
def test_what_has_no_wire_form(operation: Operation, value: Any) -> None:
    """What no place can carry, and what no parameter says, is never sent as something else."""
    assert operation.codec.written(value) is None


def test_a_body_that_is_unreadable_is_its_text(operation: Operation) -> None:
    """The other parts are read all the same."""
    read = operation.codec.read(Encoded("/a/x/b-1.json", "q=1", content=b"{", content_type="x/y"))
    assert read["body"] == "{"
    assert read["path"] == {"id": "x", "no": 1}
    assert read["query"] == {"q": "1"}


def test_a_path_of_another_operation_has_no_values(operation: Operation) -> None:
    """What does not fit the template gives no path value at all."""
    assert operation.codec.read(Encoded("/elsewhere"))["path"] == {}


def test_a_request_without_parameters() -> None:
    """Nothing but its path."""
    assert RequestCodec("/x", (), None).written({}) == Encoded("/x")
    assert RequestCodec("/x", (), None).written({"body": 1}) is None


def test_the_schema_of_a_whole_request(operation: Operation) -> None:
    """Parts with a required parameter have to be there; the rest may be missing or empty."""
    lawful = {"path": {"id": "a", "no": 1}, "query": {}, "header": {}, "cookie": {}}
    assert operation.request.accepts(lawful)
    assert operation.request.accepts({**lawful, "body": {"anything": 1}})
    assert not operation.request.accepts({**lawful, "path": {"id": "a"}})
    assert not operation.request.accepts({**lawful, "query": {"ids": ["x"]}})
