"""Bodies by media type: what is written is read as the same value, by other readers too."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_multipart import parse_form
from starlette.datastructures import UploadFile
from starlette.requests import Request

from clausewise.contract.codecs import (
    BOUNDARY,
    BytesCodec,
    Codec,
    JsonCodec,
    TextCodec,
    Unreadable,
    codec_for,
    is_stream,
    says_text,
)
from clausewise.contract.message import Content, Encoding, MessagePart
from clausewise.contract.requests import RequestCodec
from clausewise.contract.samples import SAMPLES

from ..drawn import values
from .making import same, schema_of

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
TEXT: dict[str, Any] = {"type": "string"}
WHOLE = {"type": "integer"}
FIELDS = {
    "type": "object",
    "properties": {
        "s": TEXT,
        "n": WHOLE,
        "x": {"type": "number"},
        "f": {"type": "boolean"},
        "ids": {"type": "array", "items": WHOLE},
        "tags": {"type": "array", "items": TEXT},
        "o": {"type": "object", "properties": {"a": WHOLE, "b": TEXT}},
    },
}


def content_of(kind: str, schema: Any, **encoding: Encoding) -> Content:
    """A content of this media type and schema."""
    return Content(kind, MessagePart("request", schema_of(schema)), encoding=encoding)


def codec(kind: str, schema: Any = None, **encoding: Encoding) -> Codec:
    """The codec of such a content."""
    found = codec_for(content_of(kind, schema or {}, **encoding))
    assert found is not None
    return found


@given(value=st.lists(values(), min_size=1), kind=st.sampled_from(["jsonl", "json-seq"]))
def test_json_lines(value: list[Any], kind: str) -> None:
    """A list has one JSON text a line, behind its mark in a sequence; nothing else has a form."""
    lines = codec(f"application/{kind}")
    written = lines.encode(value)
    assert written is not None
    assert same(lines.decode(written), value)
    mark = "\x1e" if kind == "json-seq" else ""
    texts = written.decode("utf-8", "surrogatepass").split("\n")
    assert texts.pop() == ""
    assert all(text.startswith(mark) for text in texts)
    assert same([json.loads(text.removeprefix(mark)) for text in texts], value)
    assert lines.encode({"a": value}) is None
    with pytest.raises(Unreadable):
        lines.decode(b'{"a":\n')


@given(value=values())
def test_json(value: Any) -> None:
    """Every value has a form, and Python's own reader reads it too."""
    written = JsonCodec().encode(value)
    assert written is not None
    assert same(JsonCodec().decode(written), value)
    assert same(json.loads(written), value)


@given(text=st.text(), data=st.binary())
def test_text_and_bytes(text: str, data: bytes) -> None:
    """A text is UTF-8; bytes are characters of Latin-1."""
    assert TextCodec().encode(text) == text.encode()
    assert TextCodec().decode(text.encode()) == text
    assert BytesCodec().encode(BytesCodec().decode(data)) == data


@pytest.mark.parametrize("value", [None, 7, True, [], {}, "\ud83c"])
def test_what_is_no_text(value: Any) -> None:
    """Only texts have a form as a text."""
    assert TextCodec().encode(value) is None
    if not isinstance(value, str):
        assert BytesCodec().encode(value) is None


_SCALARS: dict[str, Any] = {
    "s": st.text(),
    "n": st.integers(),
    "x": st.floats(allow_nan=False, allow_infinity=False),
    "f": st.booleans(),
    "ids": st.lists(st.integers(), max_size=3),
    "tags": st.lists(st.text(), max_size=3),
    "o": st.fixed_dictionaries({}, optional={"a": st.integers(), "b": st.text()}),
}
_FORMS = st.fixed_dictionaries({}, optional=_SCALARS)


@settings(max_examples=200)
@given(value=_FORMS)
def test_a_form(value: dict[str, Any]) -> None:
    """What has a form is read back; urllib reads the same names, and the same texts."""
    made = codec(FORM, FIELDS)
    written = made.encode(value)
    if written is None:  # an empty array is not told from none at all
        assert [] in value.values() or any("" in v for v in value.values() if isinstance(v, list))
        return
    assert same(made.decode(written), value)
    read = parse_qs(written.decode("ascii"), keep_blank_values=True, strict_parsing=bool(value))
    assert read.keys() == value.keys()
    for name, inner in value.items():
        if name in ("s", "tags"):
            assert read[name] == (inner if isinstance(inner, list) else [inner])
        else:
            texts = [json.loads(text) for text in read[name]]
            assert same(texts, inner if isinstance(inner, list) else [inner])


@settings(max_examples=200)
@given(value=_FORMS)
def test_a_multipart_form(value: dict[str, Any]) -> None:
    """What has a form is read back; python-multipart and Starlette read the same fields."""
    made = codec(MULTIPART, FIELDS)
    written = made.encode(value)
    if written is None:
        assert [] in value.values()
        return
    assert same(made.decode(written), value)
    fields = _by_python_multipart(written)
    assert list(dict.fromkeys(name for name, _ in fields)) == list(value)
    assert fields == _by_starlette(written)
    for name, inner in value.items():
        texts = [text for field, text in fields if field == name]
        items = inner if isinstance(inner, list) else [inner]
        told = [item if isinstance(item, str) else json.dumps(item) for item in items]
        if name != "o":
            assert texts == told
        else:
            assert [json.loads(text) for text in texts] == items


def _by_python_multipart(content: bytes) -> list[tuple[str, str]]:
    """The fields of a multipart body, with its own parser of forms."""
    found: list[tuple[str, str]] = []

    def field(field: Any) -> None:
        found.append((field.field_name.decode(), (field.value or b"").decode()))

    def file(file: Any) -> None:
        file.file_object.seek(0)
        found.append((file.field_name.decode(), file.file_object.read().decode("latin-1")))

    headers: Any = {
        "Content-Type": f"{MULTIPART}; boundary={BOUNDARY}".encode(),
        "Content-Length": str(len(content)).encode(),
    }
    parse_form(headers, io.BytesIO(content), field, file)
    return found


def _by_starlette(content: bytes, kind: str = f"{MULTIPART}; boundary={BOUNDARY}") -> list[Any]:
    """The fields of a form as an application of Starlette's gets them."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    async def read() -> list[Any]:
        headers = [(b"content-type", kind.encode())]
        async with Request({"type": "http", "headers": headers}, receive).form() as form:
            return [
                (name, (await v.read()).decode("latin-1") if isinstance(v, UploadFile) else v)
                for name, v in form.multi_items()
            ]

    return asyncio.run(read())


def test_a_form_is_read_by_starlette() -> None:
    """Blanks are plus signs, an array is its name over and over."""
    made = codec(FORM, FIELDS).encode({"s": "a b&c=d+e%é", "ids": [1, 2], "f": True})
    assert made == b"s=a+b%26c%3Dd%2Be%25%C3%A9&ids=1&ids=2&f=true"
    assert _by_starlette(made, FORM) == [
        ("s", "a b&c=d+e%é"),
        ("ids", "1"),
        ("ids", "2"),
        ("f", "true"),
    ]


@pytest.mark.parametrize(
    ("name", "value", "how", "expected"),
    [
        ("ids", [1, 2], Encoding(explode=False), b"ids=1,2"),
        ("ids", [1, 2], Encoding(style="pipeDelimited", explode=False), b"ids=1%7C2"),
        ("o", {"a": 1}, Encoding(style="deepObject"), b"o%5Ba%5D=1"),
        ("o", {"a": 1, "b": "x"}, Encoding(explode=False), b"o=a,1,b,x"),
        ("o", {"a": 1}, None, b"o=%7B%22a%22%3A1%7D"),
    ],
)
def test_how_a_property_of_a_form_is_written(
    name: str, value: Any, how: Encoding | None, expected: bytes
) -> None:
    """OpenAPI 3.1, section 4.8.15: by `style` and `explode`; an object without them is JSON."""
    made = codec(FORM, FIELDS, **({name: how} if how else {}))
    assert made.encode({name: value}) == expected
    assert same(made.decode(expected), {name: value})


def test_parts_of_a_multipart_form() -> None:
    """OpenAPI 3.1, section 4.8.14.4: files have a name, objects are JSON, `encoding` holds."""
    schema = {
        "type": "object",
        "properties": {
            "file": {"type": "string", "format": "binary"},
            "meta": {"type": "object"},
            "csv": TEXT,
            "note": TEXT,
        },
    }
    made = codec(MULTIPART, schema, csv=Encoding("text/csv"))
    value = {"file": "\x89PNG\r\n\xff", "meta": {"a": [1]}, "csv": "a,b", "note": "é"}
    written = made.encode(value)
    assert written is not None
    assert same(made.decode(written), value)
    parts = dict(
        part.partition(b"\r\n\r\n")[::2] for part in written.split(f"--{BOUNDARY}".encode())
    )
    heads = [
        head.decode().strip().split("\r\n") for head in parts if head.strip() not in (b"", b"--")
    ]
    assert heads == [
        ['Content-Disposition: form-data; name="file"; filename="upload.bin"',
         "Content-Type: application/octet-stream"],
        ['Content-Disposition: form-data; name="meta"', "Content-Type: application/json"],
        ['Content-Disposition: form-data; name="csv"', "Content-Type: text/csv"],
        ['Content-Disposition: form-data; name="note"'],
    ]  # fmt: skip
    assert _by_starlette(written) == [
        ("file", "\x89PNG\r\n\xff"),
        ("meta", '{"a":[1]}'),
        ("csv", "a,b"),
        ("note", "é"),
    ]


def _media(kind: str) -> dict[str, Any]:
    return {"type": "string", "contentMediaType": kind}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (_media("application/octet-stream"), ("upload.bin", "application/octet-stream")),
        (_media("image/png"), ("upload.bin", "image/png")),
        (
            {"anyOf": [_media("image/png"), {"type": "null"}]},
            ("upload.bin", "image/png"),
        ),
        (
            {"anyOf": [{"type": "string", "format": "binary"}, {"type": "null"}]},
            ("upload.bin", "application/octet-stream"),
        ),
        (_media("text/csv"), (None, "text/csv")),
        (_media("application/json"), (None, None)),
        (TEXT, (None, None)),
    ],
)
def test_a_schema_tells_files(schema: Any, expected: tuple[str | None, str | None]) -> None:
    """OpenAPI 3.1, 4.8.15.1: `contentMediaType` is the part's; what is no text is a file."""
    made = codec(MULTIPART, {"type": "object", "properties": {"f": schema}})
    written = made.encode({"f": "a"})
    assert written is not None
    head = written.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    file_name, kind = expected
    named = f'; filename="{file_name}"' if file_name else ""
    typed = [f"Content-Type: {kind}"] if kind else []
    assert head == [f'Content-Disposition: form-data; name="f"{named}', *typed]
    assert same(made.decode(written), {"f": "a"})


def test_a_list_of_files_that_may_be_null() -> None:
    """Each part of an optional list of files has a name."""
    items = _media("application/octet-stream")
    schema = {"anyOf": [{"type": "array", "items": items}, {"type": "null"}]}
    made = codec(MULTIPART, {"type": "object", "properties": {"f": schema}})
    written = made.encode({"f": ["a", "b"]})
    assert written is not None
    assert written.count(b'filename="upload.bin"') == 2


@pytest.mark.parametrize("kind", [FORM, MULTIPART])
@pytest.mark.parametrize(
    "value", [None, "a", 7, [{"s": "a"}], {"s": None}, {"n": "7"}, {"ids": []}]
)
def test_what_has_no_form(kind: str, value: Any) -> None:
    """No object, null, an empty array, and what would be read as another value."""
    assert codec(kind, FIELDS).encode(value) is None


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("application/json", b"{"),
        ("application/json", b""),
        ("application/problem+json", b"[1,]"),
        ("text/plain", b"\xff\xfe"),
        (FORM, b"a=\xff"),
        (MULTIPART, b"a=b"),
        (MULTIPART, b"--x\r\nno header\r\n\r\n1\r\n--y--"),
    ],
)
def test_what_is_unreadable(kind: str, content: bytes) -> None:
    """A body that is not what its media type says is told from one that says something else."""
    with pytest.raises(Unreadable):
        codec(kind, FIELDS).decode(content)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("application/json", "JsonCodec"),
        ("application/json; charset=utf-8", "JsonCodec"),
        ("application/vnd.x+json", "JsonCodec"),
        ("*/*", "JsonCodec"),
        (FORM, "FormCodec"),
        (MULTIPART, "MultipartCodec"),
        ("text/csv", "TextCodec"),
        ("application/yaml", "TextCodec"),
        ("image/png", "BytesCodec"),
        ("application/octet-stream", "BytesCodec"),
        ("application/xml", None),
        ("image/svg+xml", None),
        ("multipart/mixed", None),
    ],
)
def test_which_codec(kind: str, expected: str | None) -> None:
    """By the media type alone; of some only an example can be sent."""
    found = codec_for(content_of(kind, {}))
    assert (type(found).__name__ if found is not None else None) == expected
    assert says_text(kind) is (expected in ("TextCodec", "BytesCodec"))


def test_what_is_a_stream() -> None:
    """Items one after another, by name."""
    streams = [
        "text/event-stream",
        "application/x-ndjson",
        "application/jsonl",
        "application/json-seq",
    ]
    assert all(map(is_stream, streams))
    assert not any(map(is_stream, ["application/json", "text/plain", "application/stream+json"]))


@pytest.mark.parametrize(("kind", "start"), [
    ("image/png", b"\x89PNG\r\n"), ("image/gif", b"GIF89a"), ("application/pdf", b"%PDF-"),
    ("application/zip", b"PK\x05\x06"),
])  # fmt: skip
def test_the_smallest_of_its_kind(kind: str, start: bytes) -> None:
    """A sample goes over the wire as the bytes that it stands for."""
    written = RequestCodec("/x", (), content_of(kind, {})).written({"body": SAMPLES[kind]})
    assert written is not None
    assert written.content is not None
    assert written.content.startswith(start)
    assert written.content_type == kind


def test_the_smallest_archive_is_one() -> None:
    """Python reads the sample as an archive without files."""
    import zipfile

    data = BytesCodec().encode(SAMPLES["application/zip"])
    assert zipfile.ZipFile(io.BytesIO(data or b"")).namelist() == []
