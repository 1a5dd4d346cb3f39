"""Lawful ways to write a document that few use: a service that keeps one has no finding.

Its twin breaks one promise, and that is found under its own name.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest

from .odd import operation
from .services import (
    JSON,
    NO,
    OK,
    TEXT,
    WHOLE,
    Answer,
    Asked,
    Service,
    campaign_of,
    findings,
    keeping,
    keeps,
    members,
    placed,
    sending,
    taking,
)

TEXTS = {"type": "array", "items": TEXT}


def asking(name: str, *parameters: Any) -> dict[str, Any]:
    """An operation that is asked with these parameters."""
    return {"get": operation(name, parameters=list(parameters))}


@pytest.mark.parametrize("broken", ["", "by_name", "by_id"])
@pytest.mark.parametrize("mark", ["#byName/#byId", "?by=name/?by=id", "?x=1#byName/?x=1#byId"])
def test_operations_of_one_path(tmp_path: Path, mark: str, broken: str) -> None:
    """A fragment is not sent, a query in a path is: both only tell operations apart."""
    first, second = mark.split("/")
    paths = {
        f"/search{first}": asking("by_name", placed("name", {**TEXT, "minLength": 3}, "query")),
        f"/search{second}": asking("by_id", placed("id", {**WHOLE, "minimum": 1}, "query")),
    }
    fixed = {**parse_qs(first.partition("#")[0][1:]), **parse_qs(second.partition("#")[0][1:])}

    def service(asked: Asked) -> Answer:
        told = parse_qs(asked.query, keep_blank_values=True)
        if asked.path != "/search" or not fixed.keys() <= told.keys():
            return 404, {"error": "no"}
        if "name" in told:
            long = len(told["name"][0]) >= (1 if broken == "by_name" else 3)
            return (200, OK) if long else NO
        number = told.get("id", ["x"])[0].removesuffix(".0")
        least = -999 if broken == "by_id" else 1
        right = re.fullmatch("-?[0-9]+", number) is not None and int(number) >= least
        return (200, OK) if right else NO

    clause = {"by_name": "by_name:query#/name:minLength", "by_id": "by_id:query#/id:minimum"}
    found = findings(tmp_path, paths, service)
    assert found == ({clause[broken]: "lenient"} if broken else {})


def reading(text: Any, checked: Any) -> Service:
    """A service that reads one text of a request, and checks it as a function says."""

    def service(asked: Asked) -> Answer:
        try:
            return (200, OK) if checked(text(asked)) else NO
        except (ValueError, KeyError):
            return NO

    return service


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("place", ["query", "header"])
@pytest.mark.parametrize("kind", ["text/plain", "application/jwt"])
def test_a_parameter_of_plain_text(tmp_path: Path, place: str, kind: str, broken: bool) -> None:
    """What a media type of texts describes is written as it is, without quotes."""
    content = {kind: {"schema": {**TEXT, "pattern": "^[a-z]+$"}}}
    told = {"name": "key", "in": place, "required": True, "content": content}
    service = reading(
        lambda asked: parse_qs(asked.query)["key"][0] if place == "query" else asked.headers["key"],
        lambda text: re.fullmatch("..*" if broken else "[a-z]+", text),
    )
    found = findings(tmp_path, {"/it": asking("find", told)}, service)
    assert found == ({f"find:{place}#/key:pattern": "lenient"} if broken else {})


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("required", [False, True])
def test_a_parameter_of_json_that_is_none(tmp_path: Path, required: bool, broken: bool) -> None:
    """JSON that is cut short is no value: a service that goes on without it is noticed."""
    schema = members(["a"], a=WHOLE)
    told = {
        "name": "a b",
        "in": "query",
        "required": required,
        "content": {JSON: {"schema": schema}},
    }
    other = {"name": "n", "in": "query", "required": True, "schema": WHOLE}

    def service(asked: Asked) -> Answer:
        sent = {name: texts[0] for name, texts in parse_qs(asked.query).items()}
        try:
            value = json.loads(sent["a b"]) if "a b" in sent else None if required else {"a": 1}
        except ValueError:
            value = {"a": 1} if broken else None
        number = re.fullmatch("-?[0-9]+([.]0)?", sent.get("n", ""))
        return (200, OK) if number and keeps(schema, value) else NO

    found = findings(tmp_path, {"/it": asking("find", told, other)}, service)
    assert found == ({"find:query#/a b:type": "lenient"} if broken else {})


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(
    ("kind", "schema", "less", "clause"),
    [
        (
            JSON,
            members(["a"], a={**WHOLE, "maximum": 9}),
            members(["a"], a=WHOLE),
            "/a:maximum",
        ),
        (JSON, {**TEXTS, "minItems": 1}, TEXTS, ":minItems"),
        ("application/jsonpath", {**TEXT, "pattern": "^[$][.]"}, TEXT, ":pattern"),
    ],
)  # fmt: skip
def test_a_parameter_that_is_the_whole_query(
    tmp_path: Path, kind: str, schema: Any, less: Any, clause: str, broken: bool
) -> None:
    """OpenAPI 3.2, `in: querystring`: a value without a name, JSON or a text, encoded once."""
    told = {"name": "all", "in": "querystring", "required": True}
    told["content"] = {kind: {"schema": schema}}
    checked = less if broken else schema

    def right(text: str) -> bool:
        return bool(text) and keeps(checked, json.loads(text) if kind == JSON else text)

    service = reading(lambda asked: unquote(asked.query), right)
    found = findings(tmp_path, {"/it": asking("find", told)}, service)
    assert found == ({f"find:query#/all{clause}": "lenient"} if broken else {})


@pytest.mark.parametrize("broken", ["", "number", "word"])
@pytest.mark.parametrize(
    ("word", "is_word"),
    [
        ({"enum": ["first", "last"]}, "first|last"),
        ({**TEXT, "pattern": "^[a-z]+$"}, "[a-z]+"),
        ({"const": "all"}, "all"),
    ],
)
def test_a_number_beside_words_in_a_query(
    tmp_path: Path, word: Any, is_word: str, broken: str
) -> None:
    """A text that is none of the words is the number that it looks like, and its bounds count."""
    schema = {"oneOf": [{**WHOLE, "minimum": 1}, word]}

    def right(text: str) -> bool:
        if re.fullmatch(r"-?[0-9]+(\.0+)?", text):
            return float(text) >= (-999 if broken == "number" else 1)
        return broken == "word" or re.fullmatch(is_word, text) is not None

    service = reading(lambda asked: parse_qs(asked.query, True)["page"][0], right)
    found = findings(tmp_path, {"/it": asking("find", placed("page", schema, "query"))}, service)
    if broken == "word":
        keyword = next(key for key in ("enum", "pattern", "const") if key in word)
        assert found
        assert found.keys() <= {
            f"find:query#/page:{one}" for one in (keyword, "oneOf", "type", "minimum")
        }
    else:
        assert found == ({"find:query#/page:minimum": "lenient"} if broken else {})


ODD_FORMATS = [
    "iri", "iri-reference", "uri-template", "idn-email", "idn-hostname", "relative-json-pointer",
]  # fmt: skip


@pytest.mark.parametrize("format_", ODD_FORMATS)
@pytest.mark.parametrize("broken", [False, True])
def test_formats_that_few_know(tmp_path: Path, format_: str, broken: bool) -> None:
    """A text that is none of a format is known for each format of JSON Schema."""
    schema = members(["it"], it={**TEXT, "format": format_})
    checked = members(["it"], it=TEXT) if broken else schema
    service = keeping(checked)
    campaign = campaign_of(tmp_path, sending("send", JSON, schema), service)
    ruling = campaign.rulings()["send:request#/it:format"]
    assert ruling.verdict == ("lenient" if broken else "upheld")


@pytest.mark.parametrize("never", [False, {"not": {}}])
def test_that_what_may_never_be_there_may_be_left_out_is_no_promise(
    tmp_path: Path, never: Any
) -> None:
    """Nothing that is sent could say anything of it; what bars the member is a promise."""
    schema = members(["a"], a=WHOLE, b=WHOLE, old=never)
    service = keeping(schema)
    rulings = campaign_of(tmp_path, sending("send", JSON, schema), service).rulings()
    assert "send:request#/old:optional" not in rulings
    assert rulings["send:request#/old:not"].verdict == "upheld"
    assert rulings["send:request#/b:optional"].verdict == "upheld"


@pytest.mark.parametrize("wanted", ["id", "stamp", "nothing that helps"])
@pytest.mark.parametrize("method", ["post", "put"])
def test_what_is_read_only_and_asked_for_all_the_same(
    tmp_path: Path, method: str, wanted: str
) -> None:
    """A member that no request need have is named, where all are refused that lack it."""
    schema = members(
        ["id", "name"],
        id={**WHOLE, "readOnly": True},
        stamp={**TEXT, "format": "date", "readOnly": True},
        name=TEXT,
    )
    node = sending("store", JSON, schema)["/it"]["post"]

    def service(asked: Asked) -> Answer:
        if asked.method == "GET":
            return 200, OK
        body = json.loads(asked.content or b"0")
        return (200, OK) if isinstance(body, dict) and wanted in body else NO

    paths = {"/it": {method: node, "get": operation("look")}}
    ruling = campaign_of(tmp_path, paths, service).rulings()["store:served"]
    assert ruling.verdict == "strict"
    named = re.search("the server wants ([a-z]+), which is `readOnly`", ruling.message)
    assert (named[1] if named else "nothing that helps") == wanted


@pytest.mark.parametrize("broken", ["", "second", "more"])
def test_items_as_older_drafts_list_them(tmp_path: Path, broken: str) -> None:
    """A list in `items` says what each item is, and `additionalItems` what comes behind."""
    pair = {"type": "array", "items": [TEXT, WHOLE], "additionalItems": False}
    meant = {"type": "array", "prefixItems": [TEXT, WHOLE], "items": False}
    kept = {
        "": meant,
        "second": {**meant, "prefixItems": [TEXT, {}]},
        "more": {**meant, "items": True},
    }
    checked = members(["pair"], pair=kept[broken])
    service = keeping(checked)
    found = findings(tmp_path, sending("send", JSON, members(["pair"], pair=pair)), service)
    clause = {"second": "send:request#/pair/1:type", "more": "send:request#/pair:items"}
    assert found == ({clause[broken]: "lenient"} if broken else {})


@pytest.mark.parametrize("listed", [["a", None], [1, None], [None, True, "a"]])
@pytest.mark.parametrize("broken", [False, True])
def test_a_null_that_an_enum_lists(tmp_path: Path, listed: list[Any], broken: bool) -> None:
    """Refused, it is put down to the list that allows it."""
    schema = members(["it"], it={"enum": listed})
    service = taking(
        JSON,
        lambda content: (
            b".0" not in content
            and keeps(schema, body := json.loads(content))
            and not (broken and body["it"] is None)
        ),
    )
    found = findings(tmp_path, sending("send", JSON, schema), service)
    assert found == ({"send:request#/it:enum": "strict"} if broken else {})


NULLS = {"type": ["string", "null"], "enum": ["a", "b"]}


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(
    ("version", "schema", "clause"),
    [
        ("3.0.3", members(["it"], it={**TEXT, "nullable": True, "enum": ["a", "b"]}), "/it"),
        ("3.1.0", members(["it"], it=NULLS), "/it"),
        ("3.1.0", members(["it"], it={"allOf": [{"type": ["string", "null"]}, NULLS]}), "/it"),
        ("3.1.0", members(["it"], it={"type": ["integer", "null"], "const": 7}), "/it"),
        ("3.1.0", {"type": "array", "items": NULLS}, "/*"),
    ],
)
def test_a_null_that_a_type_allows_and_no_enum(
    tmp_path: Path, version: str, schema: Any, clause: str, broken: bool
) -> None:
    """It is no value of the list; a service that takes it by its type alone is noticed."""

    def is_kept(content: bytes) -> bool:
        body = json.loads(content)
        inner = list(body.values()) if isinstance(body, dict) else body
        taken = isinstance(inner, list) and None in inner
        return b".0" not in content and (keeps(schema, body) or (broken and taken))

    paths = sending("send", JSON, schema)
    if version == "3.0.3":  # what is kept is said in the words of JSON Schema
        schema = members(["it"], it=NULLS)
    found = findings(tmp_path, paths, taking(JSON, is_kept), version=version)
    keyword = "const" if "const" in json.dumps(schema) else "enum"
    assert found == ({f"send:request#{clause}:{keyword}": "lenient"} if broken else {})


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "deepObject", "query"])
def test_the_one_member_of_a_form_is_left_out(tmp_path: Path, kind: str, broken: bool) -> None:
    """A form without members is none at all: another member stands beside the one that is gone."""
    schema, clause = members(["a"], a=WHOLE), "send:request#/a:required"
    paths, name = sending("send", kind, schema), "a"
    if kind == "deepObject":
        told = {"name": "o", "in": "query", "style": "deepObject", "schema": schema}
        paths, name, clause = {"/it": asking("send", told)}, "o[a]", "send:query#/o/a:required"
    elif kind == "query":
        told = {"name": "o", "in": "query", "content": {JSON: {"schema": schema}}}
        paths, name, clause = {"/it": asking("send", told)}, "o", "send:query#/o/a:required"

    def service(asked: Asked) -> Answer:
        if kind.startswith("app") and asked.headers.get("content-type") != kind:
            return 415, {"error": "no"}
        form = parse_qs(asked.query or asked.content.decode(), keep_blank_values=True)
        if not form:
            return (200, OK) if asked.method == "GET" else NO
        text = form.get(name, [None])[0]
        if text is not None and kind == "query":
            try:
                read = json.loads(text)
            except ValueError:
                return NO
            text = str(read["a"]) if isinstance(read, dict) and "a" in read else None
            if text is None and not isinstance(read, dict):
                return NO
        if text is None:
            return (200, OK) if broken else NO
        return (200, OK) if re.fullmatch(r"-?[0-9]+(\.0)?", text) else NO

    found = findings(tmp_path, paths, service)
    assert found == ({clause: "lenient"} if broken else {})


XML = "application/xml"


@pytest.mark.parametrize("kinds", [[XML, JSON], [XML, "text/csv", JSON], [JSON, XML]])
def test_what_can_be_judged_is_asked_for_first(tmp_path: Path, kinds: list[str]) -> None:
    """A server that answers in the first type that is named answers in one that is judged."""
    asked_for: list[str] = []

    def service(asked: Asked) -> Any:
        first = asked.headers["accept"].partition(",")[0]
        asked_for.append(first)
        return 200, {"ok": 1}, {"content-type": first}

    said = {kind: {"schema": members(["ok"], ok={"type": "boolean"})} for kind in kinds}
    node = {"operationId": "look", "responses": {"200": {"description": "", "content": said}}}
    campaign_of(tmp_path, {"/it": {"get": node}}, service)
    assert XML not in asked_for


A_CAT = members(["kind", "lives"], kind={"const": "cat"}, lives={**WHOLE, "maximum": 9})
A_DOG = members(["kind", "bark"], kind={"const": "dog"}, bark={"type": "boolean"})
A_FISH = members(["kind", "fins"], kind={"const": "fish"}, fins={**TEXT, "minLength": 2})


@pytest.mark.parametrize(
    ("lesser", "clause"),
    [
        (None, ""),
        ((A_CAT, members(["kind"], **A_DOG["properties"]), A_FISH), "bark:required"),
        ((A_CAT, A_DOG, members(["kind", "fins"], kind=A_FISH["properties"]["kind"])), "fins"),
    ],
)
@pytest.mark.parametrize("choice", ["oneOf", "anyOf"])
def test_every_form_of_an_item(tmp_path: Path, choice: str, lesser: Any, clause: str) -> None:
    """What only one form of the items of a list says is broken in an item of that form."""
    forms = (A_CAT, A_DOG, A_FISH)
    schema = members(["pets"], pets={"type": "array", "minItems": 1, "items": {choice: [*forms]}})
    kept = {choice: [*(lesser or forms)]}
    checked = members(["pets"], pets={"type": "array", "minItems": 1, "items": kept})
    service = keeping(checked, bare=True)
    found = findings(tmp_path, sending("send", JSON, schema), service)
    if not clause:
        assert found == {}
    else:
        assert set(found.values()) == {"lenient"}
        assert all(name.startswith(f"send:request#/pets/*/{clause}") for name in found)


NAMES = {"type": "object", "propertyNames": {"pattern": "^[a-z]{2}$"}, "additionalProperties": TEXT}
LISTED = {"type": "object", "properties": {"a": WHOLE, "b": TEXT, "c": WHOLE}}


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("schema", [NAMES, {**LISTED, "additionalProperties": False}])
def test_too_many_members_of_the_right_names(tmp_path: Path, schema: Any, broken: bool) -> None:
    """More members than there may be have names that are allowed, where not all are."""
    whole = {**schema, "maxProperties": 2}
    checked = schema if broken else whole
    service = keeping(checked, bare=True)
    found = findings(tmp_path, sending("send", JSON, whole), service)
    assert found == ({"send:request#:maxProperties": "lenient"} if broken else {})
