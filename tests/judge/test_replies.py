"""Judging single replies, the reference page's own sample first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

import clausewise
from clausewise.exchange import Exchange, Request, Response
from clausewise.judge.replies import ReplyJudge, ReplyJudgement
from clausewise.pack import find_pack

from ..conftest import REPOSITORY

SEED = json.loads((REPOSITORY / "tests" / "pack" / "seed_example.json").read_text("utf-8"))
PACK = find_pack(str(REPOSITORY))
START = PACK.contract.operations["start_recording"]
# What the sample breaks although nothing is wrong with it: it is a filled skeleton (X17).
SOFT_IN_SEED = {f"start_recording:rule:{rule}" for rule in ("R14", "R15", "R18")}


def judge(
    content: bytes,
    status: int = 200,
    media_type: str | None = "application/json",
    cut: str | None = None,
    sent: Any = None,
) -> ReplyJudgement:
    """Judge one reply to one request."""
    body = sent if sent is not None else {"meeting_id": SEED["request"]["meeting_id"]}
    headers = (("Content-Type", media_type),) if media_type is not None else ()
    exchange = Exchange(
        START.id,
        Request("POST", "http://127.0.0.1/", content=json.dumps(body).encode()),
        Response(status, headers, content, 0.01, cut),
    )
    return ReplyJudge(PACK.contract, START, PACK.checks).judge(exchange)


def broken(judgement: ReplyJudgement) -> set[str]:
    """The ids of the clauses that a reply breaks."""
    return {breach.clause for breach in judgement.broken}


def seed_reply() -> dict[str, Any]:
    """A copy of the sample reply."""
    reply: dict[str, Any] = json.loads(json.dumps(SEED["response"]["body"]))
    return reply


def test_the_sample_request_is_lawful() -> None:
    """The reference page's request keeps the schema and the rules on bodies."""
    assert START.body is not None
    assert START.body.accepts(SEED["request"])


def test_the_sample_reply_breaks_the_secrets_rule_and_soft_rules_alone() -> None:
    """Three secrets came back: R7, once; apart from that only soft rules warn."""
    judgement = judge(json.dumps(SEED["response"]["body"]).encode())

    assert broken(judgement) == {"start_recording:rule:R7"} | SOFT_IN_SEED
    assert all(PACK.contract.clauses[name].soft for name in SOFT_IN_SEED)


def test_the_sample_reply_without_its_secrets_breaks_no_hard_clause() -> None:
    """Without write-only members the sample is a lawful reply."""
    reply = seed_reply()
    for name in ("secret", "password", "private_key"):
        del reply["data"]["storage_config"][name]

    assert broken(judge(json.dumps(reply).encode())) == SOFT_IN_SEED


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"{", "not JSON"),
        (b"<html>", "not JSON"),
        (b'{"success": NaN}', "NaN"),
        (b'{"success": Infinity}', "Infinity"),
        (b'{"success": true, "success": false}', "twice"),
        (b'{"success": "\xff"}', "UTF-8"),
        (b'{"success": "\\ud800"}', "surrogate"),
        (b"[" * 100_000, "nested"),
    ],
)
def test_what_is_not_json_breaks_the_json_clause_and_says_why(content: bytes, told: str) -> None:
    """Nothing else is asked of a body that cannot be read."""
    judgement = judge(content)

    assert broken(judgement) == {"start_recording:200:json"}
    assert told in judgement.broken[0].message


def test_a_cut_body_is_not_judged_as_json() -> None:
    """Even where the part that came happens to be JSON."""
    judgement = judge(b'{"success": true}', cut="the rest did not come in time")

    assert broken(judgement) == {"start_recording:200:json"}
    assert "did not come in time" in judgement.broken[0].message


@pytest.mark.parametrize("media_type", ["text/html", "application/problem+json", None, "nonsense"])
def test_another_media_type_is_named_and_the_body_judged_all_the_same(
    media_type: str | None,
) -> None:
    """A wrong Content-Type hides no other breach."""
    judgement = judge(b'{"success": "yes"}', media_type=media_type)

    assert "start_recording:200:media-type" in broken(judgement)
    assert "start_recording:200#/success:type" in broken(judgement)


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "Application/JSON;Charset=UTF-8", "application/json; charset=utf-8"],
)
def test_parameters_and_case_of_the_media_type_do_not_matter(media_type: str) -> None:
    """RFC 9110, section 8.3.1."""
    judgement = judge(b'{"success": true}', media_type=media_type)
    assert "start_recording:200:media-type" in judgement.kept


@pytest.mark.parametrize(("status", "named"), [(201, True), (204, True), (302, True), (500, True)])
def test_an_undocumented_status_breaks_the_status_clause(status: int, named: bool) -> None:
    """2xx, 3xx and 5xx that no document mentions."""
    assert ("start_recording:status" in broken(judge(b'{"success": true}', status))) is named


@pytest.mark.parametrize("status", [429, 503])
def test_a_request_for_patience_says_nothing(status: int) -> None:
    """Neither kept nor broken: the target may be as it should be."""
    assert judge(b"<html>", status, "text/html") == ReplyJudgement()


@pytest.mark.parametrize("status", [400, 401, 404, 409, 422])
def test_which_4xx_is_the_servers_own_affair(status: int) -> None:
    """Either envelope, any 4xx: no finding."""
    own = {"success": False, "error": {"code": status, "message": "no"}}
    gateway = {
        "success": False,
        "errors": [{"code": 7003, "message": "no"}],
        "messages": [],
        "result": None,
    }
    for envelope in (own, gateway):
        assert broken(judge(json.dumps(envelope).encode(), status)) == set()


def test_undocumented_members_are_reported_and_break_nothing() -> None:
    """They are listed by pointer, at any depth."""
    reply = seed_reply()
    for name in ("secret", "password", "private_key"):
        del reply["data"]["storage_config"][name]
    reply["data"]["x_region"] = "weur"
    reply["data"]["storage_config"]["x_tier"] = 1
    reply["x_trace"] = "1"
    judgement = judge(json.dumps(reply).encode())

    assert broken(judgement) == SOFT_IN_SEED
    assert {pointer for _, pointer in judgement.undocumented} == {
        "/x_trace", "/data/x_region", "/data/storage_config/x_tier",
    }  # fmt: skip


def test_a_sent_secret_is_found_however_json_spells_it() -> None:
    """R7 looks at values, not at bytes."""
    secret = "geheim-ünïcode-0123"  # noqa: S105  # made up
    sent = {
        "meeting_id": SEED["request"]["meeting_id"],
        "storage_config": {"type": "gcs", "bucket": "b", "secret": secret},
    }
    content = json.dumps({"success": True, "note": f"used {secret}"}).encode()

    assert b"\\u00fc" in content
    assert "start_recording:rule:R7" in broken(judge(content, sent=sent))


def test_a_secret_that_another_member_shares_may_come_back() -> None:
    """An honest echo of the bucket is no disclosure of an equal password."""
    sent = {
        "meeting_id": SEED["request"]["meeting_id"],
        "storage_config": {"type": "gcs", "bucket": "same-word", "password": "same-word"},
    }
    content = b'{"success": true, "note": "same-word"}'

    assert "start_recording:rule:R7" not in broken(judge(content, sent=sent))


@pytest.mark.parametrize(
    ("body", "clause", "said"),
    [
        ({"code": "x"}, "200#/code:pattern", '"x" does not match this pattern'),
        ({"next": {"code": "1a", "next": {"code": "1a", "next": {}}}}, "200#/next/next:$ref",
         '/next/next/next: "code" is a required property'),
        ({"next": {"code": "1a", "next": {"code": 7}}}, "200#/next/next:$ref",
         '/next/next/code: 7 is not of type "string"'),
    ],
)  # fmt: skip
def test_a_breach_is_told_in_words_of_the_document(
    tmp_path: Path, body: Any, clause: str, said: str
) -> None:
    """No pattern of an engine; of a schema within itself, its place, and what is wrong where."""
    node = {
        "type": "object",
        "properties": {
            "code": {"type": "string", "pattern": r"^\d+.$"},
            "next": {"$ref": "#/components/schemas/Node"},
        },
    }
    inner = {**node, "required": ["code"]}
    reply = {"description": "", "content": {"application/json": {"schema": {**node}}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/n": {"get": {"operationId": "n", "responses": {"200": reply}}}},
        "components": {"schemas": {"Node": inner}},
    }
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(document, indent=1), "utf-8")
    contract = clausewise.load(path)
    judgement = contract.judge(
        httpx.Request("GET", "http://127.0.0.1/n"), httpx.Response(200, json=body)
    )
    (found,) = judgement.broken
    assert (found.clause.id, found.message) == (f"n:{clause}", said)
    assert found.clause.source is not None
