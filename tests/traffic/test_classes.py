"""Judging by class: quick, and never otherwise than each exchange by itself."""

from __future__ import annotations

import json
import re
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from clausewise.judge.classes import Look, Unclear, class_of
from clausewise.judge.replies import ReplyJudge
from clausewise.pack import find_pack
from clausewise.record.tally import Tally
from clausewise.traffic.exchange import Item
from clausewise.traffic.work import Segment, Worker

from ..conftest import REPOSITORY
from . import made_up
from .lamps import EXAMPLE, JSON_TYPE, LAMP, dimmed, lines, shown

_OURS = find_pack(str(REPOSITORY))
_LAMPS = find_pack(str(EXAMPLE))
_LAMP_IDS = st.sampled_from([7, 8])
_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 101), st.floats(-1, 101),
    st.sampled_from(["on", "off", "", "INVOKED", "UPLOADED", "ERRORED", "***", "x\\y", "ü"]),
)  # fmt: skip


def _tally(pack: Any, content: bytes, quickly: bool) -> bytes:
    worker = Worker(pack, quickly)
    items = [Item(number, line) for number, line in enumerate(content.splitlines(), 1)]
    segments: list[Segment] = []
    tally = worker.judge_items(items, "x", segments.append)
    tally.merge(worker.fold(segments))
    return tally.to_bytes()


@settings(max_examples=25, phases=(Phase.explicit, Phase.generate))
@given(st.data())
def test_classes_change_no_tally(data: st.DataObject) -> None:
    """Exchanges of our contract, with other values and members now and then: by class and alone."""
    exchanges = list(made_up.Maker(data.draw(st.integers(0, 5))).exchanges(14))
    for exchange in exchanges:
        for side in ("request", "response"):
            if data.draw(st.integers(0, 3)) == 0:
                exchange[side] = data.draw(_changed(exchange[side]))
    content = lines([*exchanges, *exchanges, *exchanges])
    assert _tally(_OURS, content, True) == _tally(_OURS, content, False)


@st.composite
def _changed(draw: st.DrawFn, side: dict[str, Any]) -> dict[str, Any]:
    text = side["body"].get("text")
    what = draw(st.sampled_from(["value", "member", "body", "headers", "status"]))
    if what == "headers":
        return {**side, "headers": draw(st.sampled_from([None, [], [JSON_TYPE, JSON_TYPE]]))}
    if what == "status" and "status" in side:
        return {**side, "status": draw(st.sampled_from([200, 201, 301, 400, 404, 409, 500, 502]))}
    if what == "body" or text is None:
        bodies: list[Any] = [
            {"absent": True}, {"unknown": True}, {"text": "{"}, {"text": "null"}, {"text": "[]"},
            {"text": '{"a":1,"a":2}'}, {"text": "{}", "masked": [""]}, {"text": "{", "cut": True},
            {"base64": "e30="},
        ]  # fmt: skip
        return {**side, "body": draw(st.sampled_from(bodies))}
    body = json.loads(text)
    where = body
    while isinstance(where, dict) and where and draw(st.integers(0, 3)):
        name = draw(st.sampled_from(sorted(where)))
        if isinstance(where[name], dict | list) and where[name] and draw(st.booleans()):
            where = where[name] if isinstance(where[name], dict) else where[name][0]
        elif what == "value":
            where[name] = draw(_SCALARS)
            break
        else:
            del where[name]
            break
    return {**side, "body": {"text": json.dumps(body)}}


@settings(max_examples=30)
@given(
    st.lists(
        st.fixed_dictionaries(
            {}, optional={"id": _SCALARS, "state": _SCALARS, "brightness": _SCALARS, "x": _SCALARS}
        ),
        max_size=6,
    )
)
def test_classes_of_a_contract_without_rules(bodies: list[dict[str, Any]]) -> None:
    """Whatever lamps are shown, once and again: the same tally by class and alone."""
    content = lines([shown(n, body) for n, body in enumerate([*bodies, *bodies, *bodies], 1)])
    assert _tally(_LAMPS, content, True) == _tally(_LAMPS, content, False)


@pytest.mark.parametrize("at", [0, 3])
def test_a_name_that_stands_twice_is_no_json_whatever_others_of_its_class_are(at: int) -> None:
    """The first of its kind or not: such a reply breaks `json`, and those around it are lawful."""
    exchanges = [shown(number) for number in range(1, 7)]
    text = exchanges[at]["response"]["body"]["text"]
    assert '"state": "on"' in text
    twice = text.replace('"state": "on"', '"state": "on", "state": "on"')
    exchanges[at]["response"]["body"] = {"text": twice}
    content = lines(exchanges)
    told = _tally(_LAMPS, content, True)
    assert told == _tally(_LAMPS, content, False)
    clause = Tally.from_bytes(told).clauses["show_lamp:200:json"]
    assert (clause.kept, clause.broken.count) == (5, 1)


@pytest.mark.parametrize(
    "changed",
    [
        {"brightness": 60.0}, {"brightness": 60.5}, {"brightness": True}, {"brightness": 101},
        {"state": "off"}, {"state": "no"}, {"state": 60}, {"extra": 1}, {"id": None},
    ],
)  # fmt: skip
def test_what_only_looks_like_its_class_is_told_apart(changed: dict[str, Any]) -> None:
    """After many of one class, one with as many quotes: it is judged as by itself."""
    known, other = [shown(number) for number in range(1, 6)], LAMP | {"id": 6} | changed
    content = lines([*known, shown(6, other), shown(7, other), *known])
    assert _tally(_LAMPS, content, True) == _tally(_LAMPS, content, False)


@pytest.mark.parametrize("other", ['"status":"UPLOADING"', '"type":"USER"'])
def test_what_a_rule_looks_at_is_told_apart(other: str) -> None:
    """After many replies of one class, one with another status, or another kind of caller."""
    exchanges = list(made_up.Maker(0).exchanges(400))
    known = [one for one in exchanges if '"RECORDING"' in one["response"]["body"]["text"]][:9]
    name = other.partition(":")[0]
    for one in known[5:]:
        body = one["response"]["body"]
        body["text"] = re.sub(rf'{name}:"(RECORDING|ORGANIZATION)"', other, body["text"])
        assert other in body["text"]
    assert _tally(_OURS, lines(known), True) == _tally(_OURS, lines(known), False)


_ROOMS = {
    "openapi": "3.1.0",
    "info": {"title": "Rooms", "version": "1"},
    "paths": {
        "/rooms/{number}": {
            "get": {
                "operationId": "show_room",
                "parameters": [
                    {"name": "number", "in": "path", "required": True,
                     "schema": {"type": "integer", "minimum": 1}},
                    {"name": "X-Floor", "in": "header", "required": True,
                     "schema": {"enum": ["1", "2"]}},
                    {"name": "sid", "in": "cookie", "required": True,
                     "schema": {"type": "string", "maxLength": 3}},
                ],
                "responses": {
                    "200": {
                        "description": "The room.",
                        "content": {"application/json": {"schema": {
                            "type": "object", "required": ["name"],
                            "properties": {"name": {"type": "string", "maxLength": 6}}}}},
                    },
                    "4XX": {"description": "No."},
                },
            }
        }
    },
}  # fmt: skip
_FLOORS = st.sampled_from([["X-Floor", "1"], ["x-floor", "3"], ["X-Floor", "***"], ["Via", "x"]])
_COOKIES = st.sampled_from([["Cookie", "sid=abc"], ["cookie", "sid=abcd"], ["Cookie", "a=b"]])
_NAMES = st.sampled_from(["red", 'a "b"', "blue\nsky", "grün", "\ud800"])


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A contract with a number in its path, and parameters in headers."""
    path = tmp_path_factory.mktemp("rooms") / "openapi.json"
    path.write_text(json.dumps(_ROOMS), "utf-8")
    return find_pack(str(path))


def _room(number: Any, headers: list[list[str]] | None, name: Any) -> dict[str, Any]:
    url = f"http://rooms.example/rooms/{number}"
    return {**shown(7, {"name": name}), "url": url, "request": {"headers": headers}}


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([7, 8, 0, "x"]),
            st.one_of(st.none(), st.lists(st.one_of(_FLOORS, _COOKIES), max_size=3)),
            _NAMES,
        ),
        max_size=5,
    )
)
def test_classes_of_numbers_in_paths_headers_and_escapes(rooms: Any, seen: list[Any]) -> None:
    """Lawful ones and others, once and again: the same tally by class and alone."""
    content = lines([_room(*one) for one in [*seen, *seen]])
    assert _tally(rooms, content, True) == _tally(rooms, content, False)


@pytest.mark.parametrize("name", ["red", 'a "b"'])
def test_what_one_of_a_class_keeps_is_not_asked_of_the_others(
    rooms: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers in paths, parameters in headers and escapes in bodies keep nobody out of a class."""
    asked: list[int] = []
    judge = ReplyJudge.judge

    def watched(*arguments: Any, **options: Any) -> Any:
        asked.append(1)
        return judge(*arguments, **options)

    monkeypatch.setattr(ReplyJudge, "judge", watched)
    headers = [["X-Floor", "1"], ["Cookie", "sid=abc"]]
    _tally(rooms, lines(_room(number, headers, name) for number in range(1, 40)), True)
    assert len(asked) == 1


RULES = """
ups:
  statement: What was off is off until it is dimmed.
  operations: [show_lamp]
  when: {anyOf: [
    {properties: {response: {properties: {body: {properties: {state: {const: "off"}}}}}}},
    {properties: {request: {required: [body]}}}]}
  fold: counted
  by: /request/path/id
"""
COUNTED = '''
import clausewise

@clausewise.fold
def counted(known, message, at):
    """It is asked of what was off, or dimmed, and of nothing else."""
    shown = message.response_body
    is_off = isinstance(shown, dict) and shown.get("state") == "off"
    if not is_off and message.request_body is None:
        return known, clausewise.Broken("it is asked of what does not concern it")
    return min((known or 0) + 1, 2), clausewise.Kept() if known else None
'''


@settings(max_examples=20)
@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from(["on", "off", None]), _LAMP_IDS), max_size=8)
)
def test_a_fold_is_asked_by_class_of_what_concerns_it(
    pack_with_a_fold: Any, seen: list[tuple[bool, Any, int]]
) -> None:
    """Looks whose `state` it is not about, and lamps that are dimmed: as each by itself."""
    body: dict[str, Any]
    exchanges = []
    for number, (is_look, state, lamp) in enumerate([*seen, *seen]):
        body = {**LAMP, "id": lamp, "state": state}
        one = shown(lamp, body) if is_look else dimmed(lamp, {"brightness": 9})
        exchanges.append({**one, "started": 1_772_000_000.0 + number})
    quickly = _tally(pack_with_a_fold, lines(exchanges), True)
    assert quickly == _tally(pack_with_a_fold, lines(exchanges), False)
    assert b"does not concern it" not in quickly
    is_off = any(is_look and state == "off" for is_look, state, _ in seen)
    assert (b"show_lamp:rule:ups" in quickly) is is_off


@pytest.fixture(scope="module")
def pack_with_a_fold(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The lamps with a rule about some exchanges of each."""
    root = tmp_path_factory.mktemp("pack")
    copyfile(EXAMPLE, root / "openapi.yaml")
    (root / "clausewise.yaml").write_text(
        "contract: openapi.yaml\nrules: rules/rules.yaml\n", "utf-8"
    )
    (root / "rules").mkdir()
    (root / "rules" / "rules.yaml").write_text(RULES, "utf-8")
    (root / "rules" / "counted.py").write_text(COUNTED, "utf-8")
    return find_pack(str(root))


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": {"const": 1}}, "required": ["b"]},
        {"if": {"properties": {"a": {"minimum": 50}}}, "then": {"required": ["b"]}},
        {"not": {"properties": {"a": {"pattern": "^o"}}}},
        {"anyOf": [{"type": "object"}, {"$ref": "#/$defs/list"}], "$defs": {"list": {
            "contains": {"enum": ["on", None]}, "minItems": 2}}},
        {"items": {"type": "integer"}, "minProperties": 2},
    ],
)  # fmt: skip
@settings(max_examples=200)
@given(
    st.one_of(
        st.dictionaries(st.sampled_from("abc"), _SCALARS), st.lists(_SCALARS, max_size=3), _SCALARS
    ),
    st.one_of(
        st.dictionaries(st.sampled_from("abc"), _SCALARS), st.lists(_SCALARS, max_size=3), _SCALARS
    ),
)
def test_a_schema_answers_all_of_a_class_alike(schema: Any, one: Any, other: Any) -> None:
    """Where two values have one class, a schema that it was made for accepts both, or neither."""
    from clausewise.contract.compiled import compiled

    look = Look()
    look.add(schema)
    look.done()
    if class_of(one, look) == class_of(other, look):
        validator = compiled(schema)
        assert validator.is_valid(one) == validator.is_valid(other)


def test_a_schema_that_asks_for_more_is_told() -> None:
    """What classes do not tell apart makes none."""
    schemas: list[Any] = [
        {"uniqueItems": True}, {"const": []}, {"$ref": "#/$defs/x"}, {"prefixItems": []},
    ]  # fmt: skip
    for schema in schemas:
        with pytest.raises(Unclear):
            Look().add(schema)


@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ('{"a":', "}")])
def test_a_reply_of_any_depth_is_judged(opens: str, closes: str) -> None:
    """A reply that is deeper than anybody walks ends no judging, by class or alone."""
    exchange = shown()
    deep = f'{{"id": 1, "state": "on", "brightness": 40, "more": {opens * 900}1{closes * 900}}}'
    exchange["response"]["body"]["text"] = deep
    content = lines([exchange, shown()])
    assert _tally(_LAMPS, content, True) == _tally(_LAMPS, content, False)


def test_most_exchanges_have_a_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of lawful traffic with fresh ids hardly one goes to the judges by itself."""
    path = tmp_path / "traffic.jsonl"
    made_up.write(path, 600)
    worker, alone = Worker(_OURS), 0
    judge = worker.judge._judge

    def counted(*what: Any) -> Any:
        nonlocal alone
        alone += 1
        return judge(*what)

    monkeypatch.setattr(worker.judge, "_judge", counted)
    items = [Item(n, line) for n, line in enumerate(path.read_bytes().splitlines(), 1)]
    worker.judge_items(items, "x", lambda _: None)
    assert alone < 6
