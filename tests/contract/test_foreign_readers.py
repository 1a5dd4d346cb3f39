"""What is written is read as the same value by code that nobody here wrote, and the other way.

RFC 6570 by `uritemplate`; queries and cookies by Starlette and `http.cookies`, and by qs and
cookie, which Express uses; forms by qs. What python-multipart reads is in `test_codecs.py`.
"""

from __future__ import annotations

import json
import os
import subprocess
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import uritemplate
from starlette.datastructures import Headers, QueryParams
from starlette.requests import cookie_parser

from clausewise.contract import Parameter
from clausewise.contract.codecs import FORM, codec_for
from clausewise.contract.message import Content, Encoding, MessagePart
from clausewise.contract.parameter_pairs import query_text

from .making import schema_of

MODULES = Path(os.environ.get("CLAUSEWISE_NODE_MODULES", "node_modules"))
by_node = pytest.mark.skipif(
    not (MODULES / "qs").is_dir() or not (MODULES / "cookie").is_dir(),
    reason="no qs in CLAUSEWISE_NODE_MODULES; `tox -e third-party` installs it",
)
TEXT = {"type": "string"}
SCHEMAS: dict[str, Any] = {
    "text": TEXT,
    "list": {"type": "array", "items": TEXT},
    "object": {"type": "object", "properties": {"G": TEXT, "R": TEXT, "k v": TEXT}},
}
ODD = "a b/é&=?#%+"
VALUES: dict[str, list[Any]] = {
    "text": ["blue", "a b/é&=?#%+;,.|", "0", ""],
    "list": [["blue", "black"], ["x"], ["a b", ODD], ["a,b"], ["a;b"], ["a.b"], ["a|b"],
             ["a", ""], [""], []],
    "object": [{"G": "2", "R": "1"}, {"k v": ODD}, {"R": "a,b"}, {"R": "a;b"}, {"R": "a.b"},
               {"R": ""}, {}],
}  # fmt: skip
# What has no form, as JSON: nothing at all, an empty item, and an item with the delimiter in it.
NOTHING = {"[]", "{}", '[""]', '["a", ""]'}
# Place, style and explode, the template of RFC 6570, and what beside that has no form in it.
TABLE: list[tuple[str, str, bool, str, set[str]]] = [
    ("path", "simple", False, "{p}", {'""', '["a,b"]', '{"R": "a,b"}', '{"R": ""}'}),
    ("path", "simple", True, "{p*}", {'""', '["a,b"]', '{"R": "a,b"}'}),
    ("path", "label", False, "{.p}", {'""', '["a,b"]', '{"R": "a,b"}', '{"R": ""}'}),
    ("path", "label", True, "{.p*}", {'""', '["a.b"]', '{"R": "a.b"}'}),
    ("path", "matrix", False, "{;p}", {'["a,b"]', '{"R": "a,b"}', '{"R": ""}'}),
    ("path", "matrix", True, "{;p*}", {'["a;b"]', '{"R": "a;b"}'}),
    ("query", "form", False, "{?p}", {'["a,b"]', '{"R": "a,b"}', '{"R": ""}'}),
    ("query", "form", True, "{?p*}", set()),
]


def made(kind: str, style: str, explode: bool, place: str) -> Parameter:
    """A parameter `p` of a text, a list of texts or an object of texts."""
    return Parameter("p", place, MessagePart(place, schema_of(SCHEMAS[kind])), style, explode)


def query(kind: str, style: str, explode: bool, value: Any) -> str | None:
    """The query that says this value."""
    return query_text([made(kind, style, explode, "query")], {"p": value})


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]}-{row[1]}-{row[2]}")
def test_urls_as_rfc_6570_has_them(row: tuple[str, str, bool, str, set[str]], kind: str) -> None:
    """Every style of a template, for each type: the same text as another writer's, or none."""
    place, style, explode, template, formless = row
    for value in VALUES[kind]:
        if place == "query":
            said = query(kind, style, explode, value)
        else:
            said = made(kind, style, explode, place).encoded(value)
        expected = uritemplate.expand(template, p=value).removeprefix("?")
        none = json.dumps(value) in NOTHING | formless
        assert said == (None if none else expected), value


@pytest.mark.parametrize("value", VALUES["text"] + VALUES["list"] + VALUES["object"])
def test_queries_read_by_starlette(value: Any) -> None:
    """`form`, exploded and not: the same names, texts and order; commas part what is together."""
    kind = "text" if isinstance(value, str) else "list" if isinstance(value, list) else "object"
    for explode in (True, False):
        said = query(kind, "form", explode, value)
        if said is None:
            continue
        read = QueryParams(said).multi_items()
        assert read == [(n, t) for n, ts in parse_qs(said, True).items() for t in ts]
        if kind == "object" and explode:
            assert dict(read) == value
        elif kind == "object":
            assert read == [("p", ",".join(part for pair in value.items() for part in pair))]
        elif kind == "list":
            assert read == ([("p", t) for t in value] if explode else [("p", ",".join(value))])
        else:
            assert read == [("p", value)]


COOKIES = ["a", "0", "a=b", "!#$&'()*+-./:<>?@[]^_`{|}~", "100%", "%zz", "a+b"]
NO_COOKIES = ["", "a b", "a;b", "a,b", 'a"b', "a\\b", "é", "a%20b", "%41"]


@pytest.mark.parametrize("style", ["form", "cookie"])
def test_cookies_read_by_python(style: str) -> None:
    """By Starlette and by `http.cookies`, which decode quotes but no percent signs."""
    parameter = made("text", style, True, "cookie")
    for text in COOKIES:
        pairs = parameter.written(text)
        assert pairs == [("p", text)]
        sent = f"other=1; p={text}; z=2"
        assert cookie_parser(sent) == {"other": "1", "p": text, "z": "2"}
        if "[" not in text:  # which Python has in no cookie
            assert SimpleCookie(sent)["p"].value == text
    assert not [text for text in NO_COOKIES if parameter.written(text) is not None]
    held: dict[str, Any] = {"list": ["blue", "black"], "object": {"R": "100", "G": "200"}}
    for kind, said in (("list", "blue,black"), ("object", "R,100,G,200")):
        assert made(kind, style, False, "cookie").written(held[kind]) == [("p", said)]
        assert SimpleCookie(f"p={said}")["p"].value == said
    assert made("list", style, False, "cookie").written(["a,b", "c"]) is None


@pytest.mark.parametrize("explode", [True, False])
def test_headers_read_by_starlette(explode: bool) -> None:
    """A list is one line, its items apart by commas, around which blanks mean nothing."""
    for value in (["blue", "black"], ["x"], ["a b", "c;d"]):
        (pair,) = made("list", "simple", explode, "header").written(value) or []
        read = Headers(raw=[(pair[0].lower().encode(), pair[1].encode("latin-1"))])
        assert [item.strip() for item in read["P"].split(",")] == value
    for value in (["a ", "b"], ["a", " b"], ["a,b"], [""], ["é"], [ODD]):
        assert made("list", "simple", explode, "header").written(value) is None


def _by_node(script: str, given: Any) -> Any:
    """What a script of Node gives to `done` for what is `given`; `load` loads a module."""
    head = (
        "const load = require('node:module').createRequire(process.argv[1] + '/index.js');"
        "const given = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));"
        "const done = (x) => process.stdout.write(JSON.stringify(x));"
    )
    command = ["node", "-e", head + script, str(MODULES.resolve())]
    ended = subprocess.run(  # noqa: S603  # both are ours
        command, input=json.dumps(given), capture_output=True, text=True, check=True
    )
    return json.loads(ended.stdout)


@by_node
def test_queries_read_by_qs() -> None:
    """Lists over and over and with commas, exploded and deep objects: the values that were said."""
    sent: list[tuple[str | None, Any]] = []
    for value in VALUES["text"]:
        sent.append((query("text", "form", True, value), {"p": value}))
    for value in VALUES["list"]:
        alone = value[0] if len(value) == 1 else value
        sent.append((query("list", "form", True, value), {"p": alone}))
        sent.append((query("list", "form", False, value), {"p": alone}))
        for style, sign in (("spaceDelimited", " "), ("pipeDelimited", "|")):
            sent.append((query("list", style, False, value), {"p": sign.join(value)}))
    for value in VALUES["object"]:
        sent.append((query("object", "form", True, value), value))
        sent.append((query("object", "deepObject", True, value), {"p": value}))
    known = [(text, expected) for text, expected in sent if text is not None]
    assert len(known) > 40
    # With `comma`, what stands between commas that are not encoded is an item of its own.
    script = "const qs = load('qs'); done(given.map((text) => qs.parse(text, { comma: true })));"
    read = _by_node(script, [text for text, _ in known])
    assert [(text, one) for (text, _), one in zip(known, read, strict=True)] == known


@by_node
def test_cookies_read_by_express() -> None:
    """`cookie` decodes percent signs: what it would read as another text is not written."""
    parameter = made("text", "form", True, "cookie")
    texts = [text for text in COOKIES + NO_COOKIES if parameter.written(text) is not None]
    script = "const c = load('cookie'); done(given.map((t) => (c.parseCookie ?? c.parse)(t).p));"
    assert _by_node(script, [f"a=1; p={text}" for text in texts]) == texts == COOKIES


FIELDS = {"type": "object", "properties": {"s": TEXT, **{n: SCHEMAS[n] for n in SCHEMAS}}}
FORMS: list[tuple[Any, dict[str, Encoding], Any]] = [
    ({"s": ODD, "text": ""}, {}, None),
    ({"list": ["a b", ODD]}, {}, None),
    ({"list": ["a,b", "c"]}, {"list": Encoding(explode=False)}, "no form"),
    ({"list": ["a", "c d"]}, {"list": Encoding(explode=False)}, None),
    ({"object": {"R": "1", "k v": ODD}}, {"object": Encoding(style="deepObject")}, None),
    ({"object": {"R": "1"}}, {"object": Encoding()}, {"R": "1"}),
    ({"object": {"R": "é"}}, {}, {"object": '{"R":"é"}'}),
]


@by_node
@pytest.mark.parametrize(("value", "encoding", "expected"), FORMS)
def test_forms_read_by_qs(value: Any, encoding: dict[str, Encoding], expected: Any) -> None:
    """As Express reads them: blanks are plus signs, `encoding` says how a member is written."""
    content = Content(FORM, MessagePart("request", schema_of(FIELDS)), encoding=encoding)
    codec = codec_for(content)
    assert codec is not None
    written = codec.encode(value)
    if expected == "no form":
        assert written is None
        return
    assert written is not None
    script = "const qs = load('qs'); done(qs.parse(given, { comma: true }));"
    assert _by_node(script, written.decode("ascii")) == (expected or value)
