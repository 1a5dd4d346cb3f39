"""The HTTP archive, as other tools read it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from clausewise.report import har_of, validate_model, write_reports

from .sample import ROOT, as_report, sample, text_body

SCHEMA = json.loads(Path(__file__).with_name("har.schema.json").read_text("utf-8"))
HOSTILE = '\x00\x1b[31m\x7f\x9b2J\u2028\ud800 </script> "\\ 😀'


def _entries(model: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """The entries of a valid archive, by the number of their exchange."""
    archive = har_of(as_report(model))
    Draft202012Validator.check_schema(SCHEMA)
    assert [e.message for e in Draft202012Validator(SCHEMA).iter_errors(archive)] == []
    return {entry["_clausewise"]["exchange"]: entry for entry in archive["log"]["entries"]}


def test_every_exchange_is_an_entry() -> None:
    """An archive is valid HAR 1.2, names its maker, and has every exchange of the model."""
    model = sample()

    assert _entries(model).keys() == {exchange["id"] for exchange in model["exchanges"]}
    assert har_of(as_report(model))["log"]["creator"] == {"name": "clausewise", "version": "0.1.0"}


def test_request_and_reply() -> None:
    """What was sent and what came back stand where a reader of archives looks for them."""
    entry = _entries(sample())[18]
    request, response = entry["request"], entry["response"]

    assert (request["method"], request["url"]) == ("POST", ROOT)
    assert request["headers"][0] == {"name": "Authorization", "value": "Bearer [masked]"}
    assert request["postData"]["mimeType"] == "application/json"
    assert json.loads(request["postData"]["text"])["video_config"]["height"] == 1921
    assert request["bodySize"] == len(request["postData"]["text"])
    assert (response["status"], response["statusText"]) == (200, "OK")
    assert response["content"]["mimeType"] == "application/json; charset=utf-8"
    assert json.loads(response["content"]["text"])["success"] is True
    assert response["content"]["size"] == response["bodySize"] > 0
    assert entry["time"] == entry["timings"]["wait"] == 41.2


def test_the_query_stands_decoded_beside_the_url() -> None:
    """The query stands decoded beside the URL; a GET without a body has none."""
    model = sample()
    model["exchanges"][6]["request"]["url"] = f"{ROOT}?a=%C3%A4+b%2C&empty=&a=%FF"

    request = _entries(model)[51]["request"]

    assert request["queryString"] == [
        {"name": "a", "value": "ä b,"},
        {"name": "empty", "value": ""},
        {"name": "a", "value": "\\xff"},
    ]
    assert "postData" not in request
    assert request["bodySize"] == 0


def test_case_and_clauses() -> None:
    """A comment says what an exchange was for and what it decided, deviations first."""
    entry = _entries(sample())[17]

    assert entry["comment"] == (
        "minimal (expected: accepted, was: accepted); decides "
        "start_recording:200#/data/status:enum violated, "
        "start_recording:200#/data/session_id:required violated, "
        "start_recording:rule:R12 violated"
    )
    assert entry["_clausewise"]["decides"][0] == {
        "clause": "start_recording:200#/data/status:enum",
        "verdict": "violated",
    }
    assert entry["_clausewise"]["curl"].startswith("curl -X POST")


def test_of_many_clauses_the_first_are_named() -> None:
    """One exchange that decides many clauses names the first of them, and counts the rest."""
    model = sample()
    for clause in model["clauses"]:
        clause["evidence"] = [{"exchange": 17}]

    entry = _entries(model)[17]

    assert entry["comment"].endswith(" and 9 more")
    assert len(entry["_clausewise"]["decides"]) == 14
    first = [decided["verdict"] for decided in entry["_clausewise"]["decides"][:6]]
    assert set(first) == {"violated", "lenient", "strict"}


def test_an_exchange_without_a_reply_has_status_0() -> None:
    """An exchange without a reply has status 0, and says why."""
    response = _entries(sample())[52]["response"]

    assert (response["status"], response["comment"]) == (0, "no reply within 10 s")


def test_order_of_sending() -> None:
    """Entries are sorted by when they were sent; where that is unknown, by the run's start."""
    model = sample()
    model["run"]["started"] = "2026-10-03T08:12:01+00:00"
    for second, exchange in zip((9, 8, 7), model["exchanges"], strict=False):
        exchange["started"] = f"2026-10-03T08:12:0{second}.250+00:00"
    assert validate_model(model) == []

    entries = _entries(model)

    assert list(entries) == [21, 22, 40, 51, 52, 18, 17, 3]
    assert entries[3]["startedDateTime"] == "2026-10-03T08:12:09.250+00:00"
    assert entries[52]["startedDateTime"] == model["run"]["started"]


def test_what_is_not_known() -> None:
    """Sizes that masking and content codings hide are unknown, not wrong; a cut body is told."""
    model = sample()
    exchange = model["exchanges"][1]
    exchange["request"]["body"] = {"text": '{"secret": "•••"}', "cut": None, "masked": ["/secret"]}
    exchange["response"]["headers"] += [["Content-Encoding", "gzip"], ["Location", "/elsewhere"]]
    exchange["response"].update(truncated=True)

    entry = _entries(model)[17]

    assert entry["request"]["bodySize"] == entry["response"]["bodySize"] == -1
    assert entry["response"]["content"]["comment"] == "the body did not arrive whole"
    assert entry["response"]["redirectURL"] == "/elsewhere"


def test_whatever_is_sent_the_file_is_ascii(tmp_path: Path) -> None:
    """Whatever the target sends, the file is ASCII and JSON for any parser, and keeps the text."""
    model = sample()
    for exchange in model["exchanges"]:
        exchange["case"] = HOSTILE
        exchange["failure"] = HOSTILE
        if exchange["response"]:
            exchange["response"].update(body=text_body(HOSTILE), reason=HOSTILE)

    write_reports(as_report(model), tmp_path)

    raw = (tmp_path / "conformance.har").read_bytes()
    assert {byte for byte in raw if not 0x20 <= byte < 0x7F} == {0x0A}
    archive = json.loads(raw, parse_constant=pytest.fail)
    content = archive["log"]["entries"][0]["response"]["content"]
    assert content["text"] == HOSTILE.replace("\ud800", r"\ud800")
    json.dumps(archive, ensure_ascii=False).encode("utf-8")
