"""The self-test of documents that leave something open: no alarm, and what is promised is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clausewise.pack import find_pack
from clausewise.plan.plan import make_plan
from clausewise.selftest.running import Trial

from .documents import in_path, in_query, replying, states, trial_of, with_body


@pytest.mark.parametrize(
    "replies", [{}, {"405": {"description": "No."}}, {"4XX": {"description": "No."}}]
)
def test_a_document_that_tells_of_no_success(tmp_path: Path, replies: dict[str, Any]) -> None:
    """Its success is no finding, its crash is."""
    query = [in_query("page", type="integer")]
    trial = trial_of(tmp_path, list=("GET /things", {"parameters": query, "responses": replies}))
    assert trial.run([])[1] == {}
    names = [fault.name for fault in trial.faults]
    assert not any(name.startswith("list answers 20") for name in names)
    crashes = [fault for fault in trial.faults if fault.kind == "crash"]
    assert {trial.outcome(fault).state for fault in crashes} == {"named"}


@pytest.mark.parametrize("kind", ["integer", "number", "string", "uuid"])
@pytest.mark.parametrize("route", ["POST /things/{thing}/parts", "PATCH /things/{thing}"])
def test_a_name_that_nobody_has(tmp_path: Path, kind: str, route: str) -> None:
    """What a run names where it knows of nothing is not what is to be refused as unknown."""
    thing = in_path("thing", "string" if kind == "uuid" else kind)
    thing["schema"] |= {"format": kind} if kind == "uuid" else {}
    trial = trial_of(tmp_path, change=(route, {"parameters": [thing]}))
    assert trial.run([])[1] == {}


@pytest.mark.parametrize(
    ("media_type", "schema"),
    [
        ("application/x-www-form-urlencoded", {"type": "string"}),
        ("multipart/form-data", {"type": "string", "format": "binary"}),
        ("application/json", {}),
    ],
)
def test_a_value_that_no_keyword_is_about(tmp_path: Path, media_type: str, schema: Any) -> None:
    """Its refusal is put down to `served`, whether the body or the member is refused."""
    body = {"type": "object", "properties": {"note": schema, "size": {"type": "integer"}}}
    trial = trial_of(tmp_path, send=("POST /notes", with_body(media_type, body)))
    for place in ("/body present", "/body/note"):
        found = states(trial, "refuses send", place)
        assert set(found.values()) == {"named"}, found


@pytest.mark.parametrize("name", ["orderId", "user_id", "key"])
def test_what_names_a_thing_may_be_refused(tmp_path: Path, name: str) -> None:
    """There may be no such thing: no fault says otherwise. Of a member beside it one does."""
    body = {
        "type": "object",
        "properties": {name: {"type": "integer"}, "size": {"type": "integer"}},
    }
    trial = trial_of(tmp_path, send=("POST /notes", with_body("application/json", body)))
    names = [fault.name for fault in trial.faults if fault.kind == "strict"]
    values = [one for one in names if f"/body/{name} " in one]
    assert values == [f"refuses send /body/{name} left out"]
    assert set(states(trial, "refuses send", "/body/size").values()) == {"named"}


@pytest.mark.parametrize("unknown", [{"format": "snowflake"}, {"contentMediaType": "video/mp4"}])
def test_what_nobody_can_make_may_be_refused(tmp_path: Path, unknown: Any) -> None:
    """A value made up for what nobody can check proves nothing when it is refused."""
    schema = {"type": "string", **unknown}
    body = {"type": "object", "properties": {"made": schema, "size": {"type": "integer"}}}
    trial = trial_of(tmp_path, send=("POST /notes", with_body("application/json", body)))
    names = [fault.name for fault in trial.faults if fault.kind == "strict"]
    assert [one for one in names if "/body/made " in one] == ["refuses send /body/made left out"]


@pytest.mark.parametrize("documented", ["404", "410", "409"])
def test_a_refusal_that_speaks_of_things_alone(tmp_path: Path, documented: str) -> None:
    """The faults' endpoint refuses a lawful value as such, whatever a document has for things."""
    asked = [in_path("volume", "string"), in_query("page", type="integer")]
    node: dict[str, Any] = {"parameters": asked}
    node["responses"] = {code: {"description": "."} for code in ("200", documented)}
    trial = trial_of(tmp_path, read=("GET /sets/{volume}/records", node))
    found = states(trial, "refuses read /query/page")
    assert set(found.values()) == {"named"}, found


@pytest.mark.parametrize("place", ["query", "header", "cookie"])
def test_where_a_credential_stands(tmp_path: Path, place: str) -> None:
    """A parameter that is a credential too is no planned value's, so no fault waits for one."""
    key = {"name": "api-key", "in": place, "schema": {"type": "string"}}
    schemes = {"key": {"type": "apiKey", "in": place, "name": "api-key"}}
    node = {"parameters": [key, in_query("page", type="integer")], "security": [{"key": []}]}
    trial = trial_of(tmp_path, schemes, read=("GET /records", node))
    assert not [f.name for f in trial.faults if f.kind == "crash" and "api-key" in f.name]
    assert set(states(trial, "crashes on read").values()) == {"named"}


@pytest.mark.parametrize(
    ("keyword", "schema"),
    [
        ("format", {"type": "integer", "format": "int32"}),
        ("format", {"type": "number", "format": "float"}),
        ("maxLength", {"type": "string", "maxLength": 3000}),
        ("maxItems", {"type": "array", "items": {"type": "integer"}, "maxItems": 20}),
        ("pattern", {"type": "string", "pattern": "^[\\s\\S]{2,}$"}),
    ],
)
def test_replies_are_broken_as_requests_are(tmp_path: Path, keyword: str, schema: Any) -> None:
    """By what the planner knows of a keyword, where nothing plainer breaks it."""
    body = {"type": "object", "required": ["it"], "properties": {"it": schema}}
    trial = trial_of(tmp_path, read=("GET /it", replying(body)))
    assert set(states(trial, f"#/it:{keyword} is broken").values()) == {"named"}


def test_every_documented_success_is_shown(tmp_path: Path) -> None:
    """Documented successes take turns, and a refusal by `default` is among the refusals."""
    content = {"application/json": {"schema": {"type": "object"}}}
    replies = {code: {"description": ".", "content": content} for code in ("200", "201", "202")}
    refusals = {code: {"description": ".", "content": content} for code in ("400", "default")}
    query = [in_query(name, type="integer") for name in ("a", "bb", "ccc")]
    node = {"parameters": query, "responses": {**replies, **refusals}}
    trial = trial_of(tmp_path, read=("GET /it", node))
    assert trial.run([])[1] == {}
    found = {p: states(trial, f"read {p} has no media type") for p in (*replies, *refusals)}
    assert {state for told in found.values() for state in told.values()} == {"named"}, found


@pytest.mark.parametrize("name", ["Idempotency-Key", "X-Idempotency-Token", "idempotency-key"])
def test_a_key_of_one_request(tmp_path: Path, name: str) -> None:
    """It is another one in every request, so no fault waits for a planned value of it."""
    key = {"name": name, "in": "header", "schema": {"type": "string", "example": "KEY"}}
    size = {"name": "X-Size", "in": "header", "schema": {"type": "string"}}
    body = with_body("application/json", {"type": "object"})
    trial = trial_of(tmp_path, send=("POST /files", {"parameters": [key, size], **body}))
    about = [fault for fault in trial.faults if f"/header/{name} " in fault.name]
    assert [f.name for f in about if "left out" not in f.name] == []
    assert {trial.outcome(fault).state for fault in about} == {"named"}
    assert set(states(trial, "on send", "/header/X-Size").values()) == {"named"}


@pytest.mark.parametrize("schema", [{"type": "integer"}, {"type": "number"}, {"type": "string"}])
def test_a_body_of_one_value(tmp_path: Path, schema: Any) -> None:
    """What is left of a number that is cut short may be one: it is spoilt in another way."""
    node = {**with_body("application/json", schema, required=True), **replying(schema)}
    trial = trial_of(tmp_path, send=("POST /level", node))
    assert trial.run([])[1] == {}
    found = states(trial, "send 200 is cut") | states(trial, "send:request:json")
    assert set(found.values()) == {"named"}, found


@pytest.mark.parametrize(
    "node",
    [
        {"parameters": [{"$ref": "elsewhere.yaml#/thing"}]},
        {"requestBody": {"$ref": "#/components/requestBodies/nothing"}},
    ],
)
def test_an_operation_that_cannot_be_asked(tmp_path: Path, node: Any) -> None:
    """That nothing shows its faults is what a run itself says, and why; another one is judged."""
    query = {"parameters": [in_query("page", type="integer")]}
    trial = trial_of(tmp_path, lost=("GET /lost", node), found=("GET /found", query))
    (lost,) = [fault for fault in trial.faults if fault.name == "refuses every lost"]
    outcome = trial.outcome(lost)
    assert outcome.state == "equivalent"
    assert outcome.reason
    assert set(states(trial, "does not enforce found").values()) == {"named"}


@pytest.mark.parametrize("name", ["slug", "user_id", "key"])
def test_a_thing_that_nobody_named(tmp_path: Path, name: str) -> None:
    """An operation that refuses every request for its data is told so, with the line to paste."""
    node = {"parameters": [in_path(name, "string"), in_query("page", type="integer")]}
    others = {"parameters": [in_query("page", type="integer")]}
    trial = trial_of(
        tmp_path, read=(f"GET /sets/{{{name}}}/records", node), list=("GET /x", others)
    )
    (refusing,) = [fault for fault in trial.faults if fault.name == "refuses every read"]
    outcome = trial.outcome(refusing)
    assert outcome.state == "equivalent"
    assert "--set" in (outcome.reason or "")


@pytest.mark.parametrize("kind", ["crashes on read", "refuses read"])
def test_an_operation_that_accepts_nothing_any_more(tmp_path: Path, kind: str) -> None:
    """A value that every first request has: where others are accepted, its finding is named."""
    level = {"type": "string", "enum": ["low", "high"], "default": "low"}
    query = {"name": "level", "in": "query", "required": True, "schema": level}
    other = {"parameters": [in_query("page", type="integer")]}
    trial = trial_of(
        tmp_path, read=("GET /records", {"parameters": [query]}), list=("GET /x", other)
    )
    assert set(states(trial, kind, "/query/level").values()) == {"named"}


@pytest.mark.parametrize("limit", [{"format": "uuid"}, {"pattern": "^[A-F]{4}$"}, {"maxLength": 2}])
def test_an_id_that_does_not_fit_is_not_sent(tmp_path: Path, limit: Any) -> None:
    """Beside a breach it would be a second one: then nobody could tell which was refused."""
    thing = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    make = {**with_body("application/json", {"type": "object"}), **replying(thing)}
    use = {"thingId": {"type": "string", **limit}, "status": {"type": "string", "enum": ["on"]}}
    body = {"type": "object", "required": ["thingId"], "properties": use}
    trial = trial_of(
        tmp_path,
        make=("POST /things", make),
        list=("GET /things", replying({"type": "array", "minItems": 1, "items": thing})),
        use=("POST /uses", with_body("application/json", body, required=True)),
    )
    assert set(states(trial, "does not enforce use:request#/status").values()) == {"named"}


@pytest.mark.parametrize("items", [{"type": "string"}, {"type": "string", "format": "uuid"}])
def test_lists_of_ids_are_what_others_gave(tmp_path: Path, items: Any) -> None:
    """So no fault waits for a planned list of them; of a list beside it one does."""
    thing = {"type": "object", "required": ["id"], "properties": {"id": items}}
    make = {**with_body("application/json", {"type": "object"}), **replying(thing)}
    lists = {name: {"type": "array", "items": items} for name in ("thing_ids", "labels")}
    use = with_body("application/json", {"type": "object", "properties": lists})
    trial = trial_of(tmp_path, make=("POST /things", make), use=("POST /uses", use))
    names = [fault.name for fault in trial.faults if fault.kind == "crash"]
    assert not any("thing_ids" in name for name in names)
    assert any("labels" in name for name in names)


@pytest.mark.parametrize("code", ["302", "303", "3XX"])
def test_a_redirect_that_is_what_was_asked_for(tmp_path: Path, code: str) -> None:
    """Where a document has no other success, that is what a broken request is answered with."""
    replies = {name: {"description": "."} for name in (code, "default")}
    node = {"security": [{"key": []}], "responses": replies}
    schemes = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
    query = [{**in_query("page", type="integer"), "required": True}]
    trial = trial_of(tmp_path, schemes, go=("GET /away", {**node, "parameters": query}))
    assert set(states(trial, "does not enforce go").values()) == {"named"}
    assert not any(fault.name == "does not enforce go:auth" for fault in trial.faults)


@pytest.mark.parametrize(
    "kind", ["text/json", "application/merge-patch+json", "application/*+json"]
)
def test_a_further_content_of_the_same_schema(tmp_path: Path, kind: str) -> None:
    """One breach tells whether it is held against anything, and none which promise it is not."""
    body = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}
    content = {name: {"schema": body} for name in ("application/json", kind)}
    trial = trial_of(tmp_path, send=("POST /notes", {"requestBody": {"content": content}}))
    assert trial.run([])[1] == {}
    assert set(states(trial, "enforces nothing of send").values()) == {"named"}
    found = states(trial, f"does not enforce send:request({kind})#")
    assert set(found.values()) == {"named", "equivalent"}, found


@pytest.mark.parametrize("other", ["text", "count"])
def test_a_value_that_one_form_alone_has(tmp_path: Path, other: str) -> None:
    """What comes with its form is not to blame beside it: the value is named."""
    text = {"type": "string"}
    mail = {"kind": {"enum": ["mail"]}, "from": text, "to": text}
    call = {"kind": {"enum": ["call"]}, "id": {"type": "integer"} if other == "count" else text}
    forms = [
        {
            "type": "object",
            "properties": members,
            "required": [name for name in members if name != "to"],
            "additionalProperties": False,
        }
        for members in (call, mail)
    ]
    node = with_body("application/json", {"oneOf": forms}, required=True)
    trial = trial_of(tmp_path, send=("POST /notes", node))
    found = states(trial, "refuses send /body/from ") | states(trial, "refuses send /body/to ")
    values = {name: state for name, state in found.items() if "left out" not in name}
    assert set(values.values()) == {"named"}, found


@pytest.mark.parametrize("keyword", ["type", "enum"])
def test_a_promise_that_nothing_breaks_alone(tmp_path: Path, keyword: str) -> None:
    """Of forms that overlap, the choice around it is what is named."""
    size = {"type": "integer", "enum": [1, 2]} if keyword == "enum" else {"type": "integer"}
    forms = [
        {"type": "object", "properties": {"size": size, "name": {"type": "string"}}},
        {"type": "object", "properties": {"name": {"type": "integer"}}},
    ]
    body = {"type": "object", "properties": {"it": {"oneOf": forms}}}
    trial = trial_of(tmp_path, send=("POST /notes", with_body("application/json", body)))
    found = states(trial, f"does not enforce send:request#/it/size:{keyword}")
    assert set(found.values()) <= {"named", "equivalent"}, found


@pytest.mark.parametrize("kind", ["apiKey", "basic", "none"])
def test_a_credential_that_one_operation_does_not_take(tmp_path: Path, kind: str) -> None:
    """Another operation that asks for another one, or for none, is judged all the same."""
    schemes: dict[str, Any] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "basic": {"type": "http", "scheme": "basic"},
        "apiKey": {"type": "apiKey", "in": "header", "name": "X-Key"},
    }
    both: dict[str, Any] = {"security": [{"bearer": [], "basic": []}]}  # no one header carries both
    query = {"parameters": [in_query("page", type="integer")]}
    other = {**query, "security": [] if kind == "none" else [{kind: []}]}
    if kind == "basic":
        both = {"security": [{"bearer": [], "apiKey": [], "other": []}]}
        schemes["other"] = {"type": "http", "scheme": "digest"}
    trial = trial_of(tmp_path, schemes, one=("GET /one", both), other=("GET /other", other))
    assert trial.run([])[1] == {}
    assert set(states(trial, "crashes on other").values()) == {"named"}


def _replying_as(kind: str, schema: Any) -> dict[str, Any]:
    content = {kind: {"schema": schema}}
    return {"responses": {"200": {"description": "Done.", "content": content}}}


@pytest.mark.parametrize("kind", ["application/jsonl", "application/json-seq", "text/event-stream"])
@pytest.mark.parametrize("listed", [False, True])
def test_a_reply_that_is_a_stream(tmp_path: Path, kind: str, listed: bool) -> None:
    """The echo streams an item that keeps its schema, or those of a list."""
    item = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
    schema = {"type": "array", "minItems": 2, "items": item} if listed else item
    trial = trial_of(tmp_path, watch=("GET /events", _replying_as(kind, schema)))
    faulty, found, _ = trial.run([])
    assert found == {}
    sent = faulty.answer("GET", "/events", "", {}, b"")[2]
    assert sent.count(b'"n":') == (2 if listed else 1)


def test_events_whose_data_holds_json(tmp_path: Path) -> None:
    """The echo writes the value that the text of an event's data holds."""
    inner = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": inner}
    event = {"type": "object", "required": ["data"], "properties": {"data": data}}
    content = {"text/event-stream": {"itemSchema": event}}
    replies = {"responses": {"200": {"description": "Done.", "content": content}}}
    faulty, found, _ = trial_of(tmp_path, watch=("GET /events", replies)).run([])
    assert found == {}
    assert b'data: {"n":' in faulty.answer("GET", "/events", "", {}, b"")[2]


def test_forms_that_a_discriminator_tells_apart(tmp_path: Path) -> None:
    """A reply that several forms take is lawful where the discriminator says which is meant."""
    form = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}}
    choice: dict[str, Any] = {
        "oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("Cat", "Dog")],
        "discriminator": {"propertyName": "kind"},
    }
    document = tmp_path / "openapi.json"
    node = {"operationId": "read", **_replying_as("application/json", choice)}
    parts = {"schemas": {"Cat": form, "Dog": form}}
    about = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}}
    document.write_text(
        json.dumps({**about, "paths": {"/pets": {"get": node}}, "components": parts}), "utf-8"
    )
    pack = find_pack(str(document))
    trial = Trial(pack, make_plan(pack, examples=0))
    faulty, found, _ = trial.run([])
    assert found == {}
    assert json.loads(faulty.answer("GET", "/pets", "", {}, b"")[2])["kind"] in ("Cat", "Dog")


@pytest.mark.parametrize("around", [False, True])
def test_a_reply_that_nobody_can_give(tmp_path: Path, around: bool) -> None:
    """Where the document lets no reply keep it, that is no alarm; other promises are counted."""
    form = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
    twice: dict[str, Any] = {"oneOf": [form, dict(form)]}
    schema = (
        {"type": "object", "required": ["it"], "properties": {"it": twice}} if around else twice
    )
    query = {"parameters": [in_query("limit", type="integer", maximum=5)]}
    trial = trial_of(
        tmp_path, read=("GET /x", {**query, **_replying_as("application/json", schema)})
    )
    assert trial.run([])[1] == {}
    assert set(states(trial, "does not enforce read:query#/limit:maximum").values()) == {"named"}


@pytest.mark.parametrize("words", ["no valid credentials", "no good"])
def test_a_refusal_that_has_words_about_data_alone(tmp_path: Path, words: str) -> None:
    """A document that knows one refusal, of a credential, says nothing of a value: so the run."""
    refusal = {"content": {"application/json": {"schema": {"const": words}}}}
    schema = {"type": "object", "properties": {"note": {"type": "string"}}}
    node = with_body("application/json", schema)
    node["responses"] = {"200": {"description": "Done."}, "400": {"description": "No.", **refusal}}
    trial = trial_of(tmp_path, send=("POST /notes", node))
    found = states(trial, "refuses send /body/note an empty string")
    assert set(found.values()) == {"equivalent" if "credentials" in words else "named"}


def test_a_promise_that_nobody_can_check(tmp_path: Path) -> None:
    """A format that nobody checks is no hole: nothing of a run could tell."""
    document = {"type": "object", "properties": {"at": {"type": "string", "format": "star-date"}}}
    node = with_body("application/json", document)
    trial = trial_of(tmp_path, send=("POST /logs", node))
    found = states(trial, "does not enforce send:request#/at:format")
    assert set(found.values()) == {"equivalent"}


@pytest.mark.parametrize("member", ["name", "other"])
def test_a_body_that_says_again_which_thing_is_meant(tmp_path: Path, member: str) -> None:
    """The refusal of another name than that in the path breaks nothing; a crash on it does."""
    schema = {"type": "object", "required": [member], "properties": {member: {"type": "string"}}}
    node = {**with_body("application/json", schema), "parameters": [in_path("name", "string")]}
    trial = trial_of(tmp_path, change=("PATCH /cakes/{name}", node))
    names = [fault.name for fault in trial.faults if f"/body/{member}" in fault.name]
    assert any(name.startswith("crashes on") for name in names)
    assert any(name.startswith("refuses") for name in names) is (member == "other")


@pytest.mark.parametrize("schema", [{"type": "number", "format": "double"}, {"type": "boolean"}])
def test_a_promise_that_nothing_is_known_to_break(tmp_path: Path, schema: Any) -> None:
    """Of an operation without a body, too, it is a hole with the reason of the plan."""
    keyword = "format" if "format" in schema else "type"
    trial = trial_of(tmp_path, read=("GET /x", {"parameters": [in_query("it", **schema)]}))
    found = states(trial, f"does not enforce read:query#/it:{keyword}")
    assert set(found.values()) == {"hole" if keyword == "format" else "named"}


@pytest.mark.parametrize("other", ["http", "oauth2", "openIdConnect"])
def test_two_names_of_one_credential(tmp_path: Path, other: str) -> None:
    """What an alternative takes that is sent alike is no breach of another alternative."""
    token: dict[str, Any] = {"type": other}
    token |= {"scheme": "bearer"} if other == "http" else {}
    token |= {"flows": {}} if other == "oauth2" else {}
    token |= {"openIdConnectUrl": "https://x.example/"} if other == "openIdConnect" else {}
    schemes = {
        "token": {"type": "http", "scheme": "bearer"},
        "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "other": token,
    }
    security: list[Any] = [{"token": [], "key": []}, {"other": []}]
    trial = trial_of(tmp_path, schemes, read=("GET /x", {"security": security}))
    assert trial.run([])[1] == {}
    assert set(states(trial, "does not enforce read:auth").values()) == {"named"}


def test_a_refusal_among_crashes_is_not_called_kept(tmp_path: Path) -> None:
    """Where every body crashes, what is refused beside it is told, with the exchanges."""
    body = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}
    trial = trial_of(tmp_path, send=("POST /notes", with_body("application/json", body)))
    refusing, crashing = (
        next(fault for fault in trial.faults if fault.name == name)
        for name in (
            "refuses send /body/a 256 characters, non-ASCII",
            "crashes on send /body present",
        )
    )
    _, record = trial.record([refusing, crashing], ["send"])
    said = {clause.id: clause for clause in record.clauses}
    assert said["send:status"].verdict == "violated"
    assert said["send:served"].verdict == "inconclusive"
    assert "makes others crash" in said["send:served"].message


def test_faults_of_one_reply_at_once(tmp_path: Path) -> None:
    """Members that are wrong each are named each, whether or not the endpoint shows them."""
    members = {name: {"type": "string"} for name in ("a", "b", "c")}
    shown = replying({"type": "object", "properties": members})
    trial = trial_of(tmp_path, look=("GET /notes", shown))
    wrong = [
        f for f in trial.faults if f.name.endswith(":type is of another type") and "#/" in f.name
    ]
    assert len(wrong) == 3
    assert {fault.clauses[0] for fault in wrong} <= trial.run(wrong)[1].keys()
    whole = next(f for f in trial.faults if f.name == "look:200#:type is null")
    faulty, found, _ = trial.run([whole, *wrong])
    assert found.keys() == set(whole.clauses)
    assert all(faulty.applied[fault.name] == 0 for fault in wrong)


def test_a_member_that_no_lawful_body_has_is_not_left_out_on_purpose(tmp_path: Path) -> None:
    """To refuse the bodies without it is to refuse every body, and that is a fault of its own."""
    forms = [{"type": "object", "properties": {n: {"type": "string"}}} for n in ("a", "b")]
    body = {"type": "object", "properties": {"it": {"oneOf": forms}, "n": {"type": "integer"}}}
    trial = trial_of(tmp_path, send=("POST /notes", with_body("application/json", body)))
    names = {fault.name for fault in trial.faults}
    assert "refuses send /body/n left out" in names
    assert "refuses send /body/it left out" not in names


@pytest.mark.parametrize("second", ["/notes/{name}", "/notes/{id}#all", "/notes/{name}#all"])
def test_a_reply_that_may_be_another_operation_of_its_url(tmp_path: Path, second: str) -> None:
    """It keeps the contract of one of them, so it breaks none; what keeps neither does."""
    one, many = replying({"type": "object"}), replying({"type": "array"})
    name = second[second.index("{") + 1 : second.index("}")]
    trial = trial_of(
        tmp_path,
        look=("GET /notes/{id}", {"parameters": [in_path("id", "string")], **one}),
        all_of=(f"GET {second}", {"parameters": [in_path(name, "string")], **many}),
    )
    assert trial.run([])[1] == {}
    fault = next(one for one in trial.faults if one.name == "look 200 is HTML")
    assert trial.run([fault])[1].keys() & {"look:200:media-type", "all_of:200:media-type"}


def test_a_promise_of_one_of_two_operations_that_one_url_asks(tmp_path: Path) -> None:
    """What neither takes shows what one does not enforce; what the other takes shows nothing."""
    number, word = in_path("number", "integer"), in_path("word", "string")
    word["schema"]["pattern"] = "^[a-z]{2,5}$"
    sizes = (in_query("size", type="integer", maximum=limit) for limit in (9, 20))
    refusing = {"responses": {"200": {"description": "Done."}, "400": {"description": "No."}}}
    trial = trial_of(
        tmp_path,
        by_number=("GET /things/{number}", {"parameters": [number, next(sizes)], **refusing}),
        by_word=("GET /things/{word}", {"parameters": [word, next(sizes)], **refusing}),
    )
    found = states(trial, "does not enforce")
    assert len(found) == 6
    assert set(found.values()) == {"named"}, found


def test_an_object_that_has_no_form_without_members(tmp_path: Path) -> None:
    """Refused with each of its members, it is what is refused; nobody sends it empty."""
    members = {"color": {"enum": ["red", "blue"]}, "size": {"type": "integer"}}
    filtered = {
        "name": "filter",
        "in": "query",
        "style": "deepObject",
        "schema": {"type": "object", "properties": members, "additionalProperties": False},
    }
    replies = {"responses": {"200": {"description": "Done."}, "400": {"description": "No."}}}
    trial = trial_of(tmp_path, sort=("PUT /things", {"parameters": [filtered], **replies}))
    assert trial.run([])[1] == {}
    assert states(trial, "refuses sort", "filter present") == {
        "refuses sort /query/filter present": "named"
    }
