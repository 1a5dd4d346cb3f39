"""The parts of replies: contents by media range, streams, texts, XML, and headers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clausewise.contract import Contract, load_contract
from clausewise.contract.codecs import LinesCodec
from clausewise.exchange import Exchange, Request, Response
from clausewise.judge.replies import ReplyJudge, ReplyJudgement

TEXT: dict[str, Any] = {"type": "string"}
WHOLE: dict[str, Any] = {"type": "integer"}
THING = {"type": "object", "required": ["a"], "properties": {"a": WHOLE}}
HEADERS = {
    "X-Count": {"required": True, "schema": {**WHOLE, "minimum": 1}},
    "X-Id": {"schema": {**TEXT, "format": "uuid"}},
    "X-Flags": {"schema": {"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": 2}},
    "X-Meta": {"content": {"application/json": {"schema": THING}}},
    "Content-Type": {"required": True, "schema": {"const": "never judged"}},
}
Pairs = tuple[tuple[str, str], ...]


def contract_of(
    root: Path, reply: dict[str, Any], method: str = "get", status: str = "200"
) -> Contract:
    """A contract of one operation, `look`, with one reply."""
    node = {"operationId": "look", "responses": {status: {"description": "Done.", **reply}}}
    document = {"openapi": "3.1.0", "paths": {"/a": {method: node}}}
    (root / "openapi.json").write_text(json.dumps(document), "utf-8")
    return load_contract(root, root / "openapi.json")


def judged(
    contract: Contract,
    content: bytes = b"",
    kind: str | None = None,
    headers: Pairs = (),
    status: int = 200,
    cut: str | None = None,
    limited: bool = False,
) -> ReplyJudgement:
    """What one reply answers."""
    operation = contract.operations["look"]
    own = (("content-type", kind),) if kind is not None else ()
    response = Response(status, (*own, *headers), content, 0.0, cut, limited)
    exchange = Exchange("look", Request(operation.method, "http://127.0.0.1/a"), response)
    judgement = ReplyJudge(contract, operation, {}).judge(exchange)
    answered = {*judgement.kept, *(breach.clause for breach in judgement.broken)}
    assert answered <= contract.clauses.keys()
    return judgement


def kept(judgement: ReplyJudgement) -> set[str]:
    """The clauses that a reply keeps, without the status."""
    broken = {breach.clause for breach in judgement.broken}
    return {name.removeprefix("look:") for name in judgement.kept if name not in broken} - {
        "status"
    }


def broken(judgement: ReplyJudgement) -> set[str]:
    """The clauses that a reply breaks."""
    return {breach.clause.removeprefix("look:") for breach in judgement.broken}


def contents(**schemas: Any) -> dict[str, Any]:
    """A reply of these contents."""
    return {"content": {kind: {"schema": schema} for kind, schema in schemas.items()}}


JSON_ALONE = contents(**{"application/json": THING})


@pytest.mark.parametrize(
    ("method", "status"), [("head", "200"), ("get", "204"), ("get", "205"), ("get", "304")]
)
def test_replies_that_have_no_body(tmp_path: Path, method: str, status: str) -> None:
    """RFC 9110: nothing is asked of a body that cannot be there, whatever is documented of it."""
    contract = contract_of(tmp_path, JSON_ALONE, method, status)
    assert list(contract.clauses) == ["look:served", "look:status"]
    judgement = judged(contract, status=int(status))
    assert (kept(judgement), broken(judgement)) == (set(), set())


def test_a_range_of_statuses_with_and_without_a_body(tmp_path: Path) -> None:
    """Of a 2XX reply, a 204 is asked for no body, and a 200 is."""
    contract = contract_of(tmp_path, JSON_ALONE, status="2XX")
    assert broken(judged(contract, status=204)) == set()
    assert broken(judged(contract, status=200)) == {"2XX:media-type", "2XX:json"}


SEVERAL = contents(
    **{
        "application/json": THING,
        "application/vnd.a+json": WHOLE,
        "text/*": {**TEXT, "maxLength": 3},
        "application/xml": THING,
    }
)


@pytest.mark.parametrize(
    ("kind", "content", "keeps", "breaks"),
    [
        ("application/json", b'{"a":1}', {"200:json", "200#/a:type"}, set()),
        ("application/json", b'{"a":"x"}', {"200:json"}, {"200#/a:type"}),
        ("Application/JSON; charset=UTF-8", b'{"a":1}', {"200:json", "200#/a:type"}, set()),
        ("application/vnd.a+json", b"7", {"200(application/vnd.a+json):json"}, set()),
        (
            "application/vnd.a+json",
            b'{"a":1}',
            {"200(application/vnd.a+json):json"},
            {"200(application/vnd.a+json)#:type"},
        ),
        ("text/csv", b"a,b", {"200(text/*)#:maxLength"}, set()),
        ("text/plain; charset=utf-8", "ääää".encode(), set(), {"200(text/*)#:maxLength"}),
        ("application/xml", b"<a/>", {"200(application/xml):well-formed"}, set()),
        ("application/xml", b"<a>", set(), {"200(application/xml):well-formed"}),
    ],
)
def test_which_content_a_reply_is(
    tmp_path: Path, kind: str, content: bytes, keeps: set[str], breaks: set[str]
) -> None:
    """Each is judged by its own schema, and by nobody else's."""
    judgement = judged(contract_of(tmp_path, SEVERAL), content, kind)
    assert kept(judgement) >= keeps | {"200:media-type"}
    assert broken(judgement) == breaks
    spoken_of = {name.partition("#")[0].partition(":")[0] for name in kept(judgement) | breaks}
    assert len(spoken_of - {"200"}) <= 1


@pytest.mark.parametrize(
    ("encoding", "content", "says"),
    [
        ("Shift_JIS", "<a>犬</a>".encode("shift_jis"), "kept"),
        ("utf8", "<a>犬</a>".encode(), "kept"),
        ("UTF-8", "<a>犬</a>".encode("shift_jis"), "broken"),
        ("GBK", "<a>犬".encode("gbk"), "broken"),
        ("x-none", b"<a/>", "unjudged"),
    ],
)
def test_xml_in_the_encoding_that_it_declares(
    tmp_path: Path, encoding: str, content: bytes, says: str
) -> None:
    """What the parser of ours knows no encoding of is XML all the same, or else left open."""
    contract = contract_of(tmp_path, contents(**{"text/xml": {}}))
    declared = f'<?xml version="1.0" encoding="{encoding}"?>'.encode()
    judgement = judged(contract, declared + content, "text/xml")
    said = {
        "kept": "200:well-formed" in kept(judgement),
        "broken": "200:well-formed" in broken(judgement),
        "unjudged": [name for name, _ in judgement.unjudged] == ["look:200:well-formed"],
    }
    assert [name for name, is_so in said.items() if is_so] == [says]


@pytest.mark.parametrize(
    ("lines", "keeps"),
    [
        (("application/json", "application/json"), True),
        (("application/json, application/json",), True),
        (("application/json", "Application/JSON"), True),
        (("application/json; charset=utf-8, application/json; charset=utf-8",), True),
        (("application/json, text/html",), False),
        (("application/json", "text/html"), False),
    ],
)
def test_what_a_proxy_says_twice(tmp_path: Path, lines: tuple[str, ...], keeps: bool) -> None:
    """Equal values of Content-Type are one, in a line or in several; different ones are not."""
    contract = contract_of(tmp_path, contents(**{"application/json": THING}))
    headers = tuple(("Content-Type", line) for line in lines)
    judgement = judged(contract, b'{"a":1}', headers=headers)
    assert ("200:media-type" in kept(judgement)) is keeps
    assert ("200:media-type" in broken(judgement)) is not keeps


@pytest.mark.parametrize("kind", ["image/png", "application/problem+json", None])
def test_a_content_that_nobody_documents(tmp_path: Path, kind: str | None) -> None:
    """The media type is broken; what is JSON all the same is judged as the JSON that was meant."""
    contract = contract_of(tmp_path, SEVERAL)
    judgement = judged(contract, b'{"a":"x"}', kind)
    assert broken(judgement) == {"200:media-type", "200#/a:type"}
    (said,) = [one.message for one in judgement.broken if one.clause == "look:200:media-type"]
    assert said.startswith(f"it was {kind}" if kind else "there was no Content-Type")


@pytest.mark.parametrize(
    ("kind", "content", "breaks"),
    [
        ("text/html", b"<html>", set()),
        ("text/plain", b"ok", set()),
        ("text/plain", b"7", set()),
        ("text/plain", b"", set()),
        ("text/plain", b'{"a":"x"}', {"200#/a:type"}),
        ("text/plain", b"[]", {"200#:type"}),
        ("application/problem+json", b"{", {"200:json"}),
        ("application/problem+json", b"7", {"200#:type"}),
        (None, b"<html>", {"200:json"}),
    ],
)
def test_what_says_that_it_is_no_json(
    tmp_path: Path, kind: str | None, content: bytes, breaks: set[str]
) -> None:
    """Its media type is the finding, and nothing else is, unless it is an object or a list."""
    judgement = judged(contract_of(tmp_path, JSON_ALONE), content, kind)
    assert broken(judgement) == breaks | {"200:media-type"}
    why = [why for clause, why in judgement.unjudged if clause == "look:200:json"]
    assert why == ([] if breaks else [f"the reply says that it is {kind}"])


def test_anything_that_is_json(tmp_path: Path) -> None:
    """A range of everything has its schema asked of JSON, and of nothing else."""
    contract = contract_of(tmp_path, contents(**{"*/*": THING}))
    assert broken(judged(contract, b'{"a":"x"}', "application/json")) == {"200#/a:type"}
    assert broken(judged(contract, b"[]", "application/json")) == {"200#:type"}
    assert broken(judged(contract, b"{", "application/a+json")) == {"200:json"}
    assert broken(judged(contract, b"GIF89a", "image/gif")) == set()
    promise = contract.clauses["look:200:json"].promise
    assert promise == "a 200 reply that says it is JSON is JSON"


def test_bytes_are_nobodys_business(tmp_path: Path) -> None:
    """A picture of the documented type keeps its media type, whatever is in it."""
    contract = contract_of(tmp_path, contents(**{"image/png": {**TEXT, "format": "binary"}}))
    judgement = judged(contract, b"\x89PNG", "image/png")
    assert (kept(judgement), broken(judgement)) == ({"200:media-type"}, set())


@pytest.mark.parametrize(
    ("schema", "kind", "content", "breaks"),
    [
        ({**TEXT, "maxLength": 1}, "text/plain; charset=iso-8859-1", b"\xe9", set()),
        ({**TEXT, "maxLength": 1}, "text/plain; charset=ISO-8859-1", b"\xe9a", {"200#:maxLength"}),
        ({**TEXT, "maxLength": 2}, "text/plain;charset=utf-16", "ab".encode("utf-16"), set()),
        ({**TEXT, "const": "a"}, "text/plain; charset=utf-16", b"\xff\xfeb\0", {"200#:const"}),
        ({**TEXT, "maxLength": 1}, "text/plain; charset=martian", b"abc", set()),
        ({**TEXT, "maxLength": 1}, "text/plain", b"\xe9\xe9\xe9", set()),
        ({**WHOLE, "minimum": 5}, "text/plain", b"7", set()),
        ({**WHOLE, "minimum": 5}, "text/plain", b"3", {"200#:minimum"}),
        (WHOLE, "text/plain", b"seven", {"200#:type"}),
        ({"type": "boolean"}, "text/plain", b"true", set()),
        ({"type": "boolean"}, "text/plain", b"yes", {"200#:type"}),
        ({"type": ["integer", "string"]}, "text/plain", b"seven", set()),
        ({"type": "array", "items": WHOLE}, "text/plain", b"1,2", set()),
    ],
)
def test_texts(tmp_path: Path, schema: Any, kind: str, content: bytes, breaks: set[str]) -> None:
    """Read in their charset, and as the number or boolean that is documented; else left alone."""
    contract = contract_of(tmp_path, contents(**{"text/plain": schema}))
    assert broken(judged(contract, content, kind)) == breaks


ANSWER = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {**TEXT, "minLength": 2},
        "count": {**WHOLE, "minimum": 1},
        "flags": {"type": "array", "items": {"enum": ["a", "b"]}},
        "thing": THING,
        "file": {**TEXT, "format": "binary"},
    },
}
FORM = "application/x-www-form-urlencoded"


def parts(**fields: str) -> bytes:
    """A form in parts, with an empty line between what is said of a part and its text."""
    begin = '--q\r\nContent-Disposition: form-data; name="'
    texts = (f'{begin}{name}"\r\n\r\n{text}\r\n' for name, text in fields.items())
    return "".join((*texts, "--q--\r\n")).encode()


@pytest.mark.parametrize(
    ("kind", "content", "breaks"),
    [
        (FORM, b"name=ab%20c&count=3&flags=a&flags=b&more=1", set()),
        (FORM, b"name=a&count=0", {"200#/name:minLength", "200#/count:minimum"}),
        (FORM, b"count=three", {"200#/name:required", "200#/count:type"}),
        (FORM, b"name=ab&flags=c", {"200#/flags/*:enum"}),
        (FORM, b"name=\xff\xff", set()),
        ("multipart/form-data", parts(name="ab", count="3", thing='{"a":1}'), set()),
        ("multipart/form-data", parts(name="ab", thing='{"a":"1"}'), {"200#/thing/a:type"}),
        ("multipart/form-data", parts(file="ab"), {"200#/name:required"}),
        ("multipart/form-data", b"before it\r\n" + parts(file="ab"), set()),
    ],
)
def test_forms(tmp_path: Path, kind: str, content: bytes, breaks: set[str]) -> None:
    """A form is read as a server reads one; what cannot be read proves nothing."""
    contract = contract_of(tmp_path, contents(**{kind: ANSWER}))
    sent = f"{kind}; boundary=q" if kind.startswith("multipart") else kind
    judgement = judged(contract, content, sent)
    assert broken(judgement) == breaks
    # A text in a form is one whatever it says.
    assert "look:200#/name:type" not in contract.clauses


def test_a_codec_of_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a codec reads as a list is asked what is promised of one; a text is not."""
    contract = contract_of(tmp_path, contents(**{"text/x-lines": {"type": "array", "maxItems": 1}}))
    assert broken(judged(contract, b"{}\n{}\n", "text/x-lines")) == set()
    monkeypatch.setattr("clausewise.judge.contents.codec_for", lambda content: LinesCodec(b""))
    assert broken(judged(contract, b"{}\n{}\n", "text/x-lines")) == {"200#:maxItems"}


@pytest.mark.parametrize(
    ("schema", "content", "breaks"),
    [
        ({**TEXT, "format": "binary", "minLength": 2}, b"\xff\x00", set()),
        ({**TEXT, "format": "binary", "minLength": 3}, b"\xff\x00", {"200#:minLength"}),
        ({"maxLength": 1}, b"\xff\x00", {"200#:maxLength"}),
        ({**TEXT, "pattern": "^x"}, b"ab", set()),
        ({"type": "object", "required": ["a"]}, b"ab", set()),
    ],
)
def test_bytes(tmp_path: Path, schema: Any, content: bytes, breaks: set[str]) -> None:
    """Of bytes nothing is asked but how many they are."""
    contract = contract_of(tmp_path, contents(**{"application/octet-stream": schema}))
    assert broken(judged(contract, content, "application/octet-stream")) == breaks


LONG_SERIAL = {**TEXT, "format": "isbn", "minLength": 3}
EITHER = {"oneOf": [LONG_SERIAL, {**TEXT, "pattern": "^"}, {"type": "null"}]}
NO_SERIAL = {"type": ["string", "null"], "not": LONG_SERIAL}


@pytest.mark.parametrize("is_member", [False, True])
@pytest.mark.parametrize(("schema", "keyword"), [(EITHER, "oneOf"), (NO_SERIAL, "not")])
def test_of_what_nobody_can_tell_nothing_is_said(
    tmp_path: Path, schema: Any, keyword: str, is_member: bool
) -> None:
    """What hangs on a format that nobody knows is judged where a value decides, each time anew."""
    whole = {"type": "object", "properties": {"a": schema}} if is_member else schema
    contract = contract_of(tmp_path, contents(**{"application/json": whole}))
    judge = ReplyJudge(contract, contract.operations["look"], {})
    clause = next(name for name in contract.clauses if name.endswith(f":{keyword}"))

    def said(value: Any) -> tuple[bool, bool, list[str]]:
        content = json.dumps({"a": value} if is_member else value).encode()
        response = Response(200, (("content-type", "application/json"),), content, 0.0)
        got = judge.judge(Exchange("look", Request("GET", "http://127.0.0.1/a"), response))
        unjudged = [why for name, why in got.unjudged if name == clause]
        return clause in got.kept, bool(got.broken), unjudged

    why = "it hangs on what nobody can tell: `format` is isbn, which nobody checks"
    for _ in range(2):
        assert said(None) == (True, False, [])
        assert said("ab") == (True, False, [])
        assert said("abc") == (False, False, [why])
    assert said(7)[1]


LINES = {"content": {"application/jsonl": {"itemSchema": THING}}}
LISTED = contents(**{"application/jsonl": {"type": "array", "items": THING, "maxItems": 2}})
EVENTS = {"content": {"text/event-stream": {"itemSchema": THING}}}
EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["event"],
    "properties": {"event": {"enum": ["x", "y"]}, "data": TEXT, "retry": WHOLE},
}
HELD = {**TEXT, "contentMediaType": "application/json", "contentSchema": THING}
HOLDING = {**EVENT, "properties": {**EVENT["properties"], "data": {"allOf": [HELD]}}}
EITHER = {
    "oneOf": [
        {**EVENT, "properties": {"event": {"const": "x"}, "data": HELD}},
        {**EVENT, "properties": {"event": {"const": "y"}, "data": TEXT}},
    ]
}
DATA_EVENTS = {"content": {"text/event-stream": {"itemSchema": HOLDING}}}
EITHER_EVENTS = {"content": {"text/event-stream": {"itemSchema": EITHER}}}
WHOLE_EVENTS = {"content": {"text/event-stream": {"itemSchema": EVENT}}}


@pytest.mark.parametrize(
    ("reply", "kind", "content", "breaks"),
    [
        (LINES, "application/jsonl", b'{"a":1}\n{"a":2}\n', set()),
        (LINES, "application/jsonl", b'{"a":1}\n\n{"a":2}', set()),
        (LINES, "application/jsonl", b"", set()),
        (LINES, "application/jsonl", b'{"a":1}\n{"a":"x"}\n', {"200#/a:type"}),
        (LINES, "application/jsonl", b'{"a":1}\n{\n', {"200:well-formed"}),
        (LINES, "application/jsonl", b'{"a":1}\n{}\n{', {"200:well-formed", "200#/a:required"}),
        (EVENTS, "text/event-stream", b'data: {"a":1}\n\ndata:{"a":2}\n\n', set()),
        (EVENTS, "text/event-stream", b': hello\n\nevent: x\r\ndata: {"a":1}\r\n\r\n', set()),
        (EVENTS, "text/event-stream", b'data: {\ndata: "a":1}\n\n', set()),
        (EVENTS, "text/event-stream", b'data: {"a":"x"}\n\n', {"200#/a:type"}),
        (EVENTS, "text/event-stream", b'data: {"a":1}\n\ndata: {"a":', set()),
        (EVENTS, "text/event-stream", b"data: done\n\n", {"200#:type"}),
        (EVENTS, "text/event-stream", b"data: \xff\n\n", {"200:well-formed"}),
        (LISTED, "application/jsonl", b'{"a":1}\n{"a":2}\n', set()),
        (LISTED, "application/jsonl", b'{"a":1}\n{"a":"x"}\n', {"200#/*/a:type"}),
        (LISTED, "application/jsonl", b'{"a":1}\n{"a":2}\n{"a":3}\n', {"200#:maxItems"}),
        (LISTED, "application/jsonl", b'[{"a":1}]\n[{}]\n', {"200#/*/a:required"}),
        (DATA_EVENTS, "text/event-stream", b'event: x\ndata: {"a":1}\n\n', set()),
        (DATA_EVENTS, "text/event-stream", b'event: x\ndata: {"a":"x"}\n\n', {"200#/data/a:type"}),
        (DATA_EVENTS, "text/event-stream", b"event: x\ndata: {}\n\n", {"200#/data/a:required"}),
        (DATA_EVENTS, "text/event-stream", b"event: x\ndata: bye\n\n", {"200#/data:type"}),
        (EITHER_EVENTS, "text/event-stream", b'event: y\ndata: {"a":"x"}\n\n', set()),
        (EITHER_EVENTS, "text/event-stream", b'event: x\ndata: {"a":1}\n\n', set()),
        (
            EITHER_EVENTS, "text/event-stream", b'event: x\ndata: {"a":"x"}\n\n',
            {"200#/data/a:type"},
        ),
        (WHOLE_EVENTS, "text/event-stream", b": hi\n\nevent: x\ndata: 1\ndata: 2\n\n", set()),
        (WHOLE_EVENTS, "text/event-stream", b"event:y\nretry: 7\nid: a\ndata\n\n", set()),
        # Of a block without data, no client is told (WHATWG HTML, section 9.2.6).
        (WHOLE_EVENTS, "text/event-stream", b"retry: 7\n\nevent: x\ndata: 1\n\n", set()),
        (WHOLE_EVENTS, "text/event-stream", b"id: 7\n\nevent: z\n\n", None),
        (WHOLE_EVENTS, "text/event-stream", b"event: z\ndata: 1\n\n", {"200#/event:enum"}),
        (WHOLE_EVENTS, "text/event-stream", b"data: 1\n\n", {"200#/event:required"}),
    ],
)  # fmt: skip
def test_items_one_after_another(
    tmp_path: Path, reply: Any, kind: str, content: bytes, breaks: set[str] | None
) -> None:
    """Each item of a stream keeps the item's schema; an event that is not over is none yet."""
    contract = contract_of(tmp_path, reply)
    judgement = judged(contract, content, kind)
    assert broken(judgement) == (breaks or set())
    has_items = content != b"" and breaks is not None  # None: there is no item in it
    assert ("200:well-formed" in kept(judgement)) is (
        has_items and "200:well-formed" not in broken(judgement)
    )


def test_where_the_clauses_of_held_data_are_written(tmp_path: Path) -> None:
    """What is said of the value in a text is found by its line, as all else is."""
    contract = contract_of(tmp_path, DATA_EVENTS)
    for name in ("look:200#/data/a:type", "look:200#/event:required"):
        assert contract.clauses[name].source is not None


def test_a_stream_that_was_left(tmp_path: Path) -> None:
    """What was cut off is no broken item, and what came before it is judged."""
    contract = contract_of(tmp_path, LINES)
    whole, cut = b'{"a":1}\n{"a":', b'{"a":"x"}\n{"a":'
    assert broken(judged(contract, whole, "application/jsonl", cut="it was left")) == set()
    assert broken(judged(contract, cut, "application/jsonl", cut="it was left")) == {"200#/a:type"}


def test_a_body_that_is_too_long_to_judge(tmp_path: Path) -> None:
    """A limit of ours breaks no promise of theirs; a body that ends early does."""
    for kind, reply, clause in (
        ("application/json", JSON_ALONE, "look:200:json"),
        ("text/xml", contents(**{"text/xml": {}}), "look:200:well-formed"),
    ):
        contract = contract_of(tmp_path, reply)
        ours = judged(contract, b"<a", kind, cut="longer than is read", limited=True)
        theirs = judged(contract, b"<a", kind, cut="closed early")
        assert [name for name, _ in ours.unjudged] == [clause]
        assert ours.broken == ()
        assert [breach.clause for breach in theirs.broken] == [clause]


@pytest.mark.parametrize(
    ("sent", "breaks"),
    [
        ({"X-Count": "1"}, set()),
        ({"x-COUNT": "7"}, set()),
        ({}, {"/X-Count:required"}),
        ({"X-Count": "0"}, {"/X-Count:minimum"}),
        ({"X-Count": "one"}, {"/X-Count:type"}),
        ({"X-Count": "1.5"}, {"/X-Count:type"}),
        ({"X-Count": "1", "X-Id": "97440c6a-140b-40a9-9499-b23fd7a3868f"}, set()),
        ({"X-Count": "1", "X-Id": "97440c6a"}, {"/X-Id:format"}),
        ({"X-Count": "1", "X-Flags": "a"}, set()),
        ({"X-Count": "1", "X-Flags": "a, b"}, set()),
        ({"X-Count": "1", "X-Flags": "a ,c"}, {"/X-Flags/*:enum"}),
        ({"X-Count": "1", "X-Flags": "a,b,a"}, {"/X-Flags:maxItems"}),
        ({"X-Count": "1", "X-Flags": ""}, set()),
        ({"X-Count": "1", "X-Flags": "a,, b,"}, set()),
        ({"X-Count": "1", "X-Meta": '{"a": 1}'}, set()),
        ({"X-Count": "1", "X-Meta": "{}"}, {"/X-Meta/a:required"}),
        ({"X-Count": "1", "X-Meta": "7"}, {"/X-Meta:type"}),
        ({"X-Count": "1", "X-Meta": "{"}, {"/X-Meta:type"}),
    ],
)
def test_headers(tmp_path: Path, sent: dict[str, str], breaks: set[str]) -> None:
    """Read by their schema, with names in any case; what is not required may be missing."""
    contract = contract_of(tmp_path, {"headers": HEADERS})
    judgement = judged(contract, headers=tuple(sent.items()))
    assert broken(judgement) == {f"200:header#{name}" for name in breaks}
    if "X-Count" in sent and not breaks:
        assert "200:header#/X-Count:required" in kept(judgement)
    assert not [name for name in contract.clauses if "Content-Type" in name]


def test_a_list_on_several_lines(tmp_path: Path) -> None:
    """RFC 9110, section 5.3: lines of one name are one list."""
    contract = contract_of(tmp_path, {"headers": HEADERS})
    lines = (("X-Count", "1"), ("X-Flags", "a"), ("x-flags", "b"))
    assert broken(judged(contract, headers=lines)) == set()
    assert broken(judged(contract, headers=(*lines, ("X-Flags", "c")))) == {
        "200:header#/X-Flags/*:enum",
        "200:header#/X-Flags:maxItems",
    }


@pytest.mark.parametrize(
    ("sent", "breaks"),
    [
        ({"X-Page": '{"a": 1, "b": "x"}', "X-Flags": '["a"]'}, set()),
        ({"X-Page": "a,1", "X-Flags": "a, b"}, set()),
        ({"X-Page": '{"b": 1}'}, {"200:header#/X-Page/a:required"}),
        ({"X-Page": '{"a": "x"}'}, {"200:header#/X-Page/a:type"}),
        ({"X-Page": "{a,1"}, {"200:header#/X-Page/a:required"}),
        ({"X-Flags": '["c"]'}, {"200:header#/X-Flags/*:enum"}),
    ],
)
def test_headers_that_are_json(tmp_path: Path, sent: dict[str, str], breaks: set[str]) -> None:
    """An object or a list in a header is read as JSON where it is written so, else by its style."""
    headers = {"X-Page": {"schema": THING}, "X-Flags": HEADERS["X-Flags"]}
    contract = contract_of(tmp_path, {"headers": headers})
    assert broken(judged(contract, headers=tuple(sent.items()))) == breaks


def test_headers_of_a_reply_without_a_body(tmp_path: Path) -> None:
    """A 204 may have headers that are promised."""
    contract = contract_of(tmp_path, {"headers": HEADERS}, status="204")
    assert broken(judged(contract, status=204)) == {"204:header#/X-Count:required"}


def test_a_member_of_a_wrong_type_is_there_all_the_same(tmp_path: Path) -> None:
    """It keeps `required`; what speaks of its type alone is not asked of it."""
    schema = {**THING, "required": ["a", "c"]}
    contract = contract_of(tmp_path, contents(**{"application/json": schema}))
    judgement = judged(contract, b'{"a": null}', "application/json")
    assert broken(judgement) == {"200#/a:type", "200#/c:required"}
    assert "200#/a:required" in kept(judgement)
