"""Recorded exchanges, judged: what is found, and what is never taken for a finding."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from clausewise.errors import UsageError
from clausewise.judging import judge_files
from clausewise.pack import find_pack

from ..conftest import REPOSITORY
from . import made_up
from .lamps import (
    EXAMPLE,
    JSON_TYPE,
    LAMP,
    URL,
    census,
    dimmed,
    findings,
    judge,
    lines,
    shown,
    told,
)

MAXIMUM = "dim_lamp:request#/brightness:maximum"


def test_one_broken_field_among_ten_thousand_exchanges(tmp_path: Path) -> None:
    """One value of one reply is wrong: that clause is violated, by that exchange, and no other."""
    exchanges = [shown(number) for number in range(1, 10_001)]
    exchanges[6_543] = shown(6_544, {**LAMP, "brightness": 101})
    report = judge(tmp_path, lines(exchanges))
    assert findings(report) == {"show_lamp:200#/brightness:maximum": "violated"}
    [found] = report.findings
    [proof] = found.evidence
    [exchange] = [one for one in report.exchanges if one.id == proof.exchange]
    assert (exchange.request.url, proof.value) == (f"{URL}6544", 101)
    assert "traffic.jsonl:6544" in exchange.case
    assert report.verdicts["show_lamp:200#/brightness:minimum"] == "upheld"
    assert report.run.exit_code == 1


def test_lenient_needs_two_distinct_exchanges(tmp_path: Path) -> None:
    """Accepted once proves nothing, nor does the same exchange recorded twice; two exchanges do."""
    once = dimmed(1, {"brightness": 101})
    assert judge(tmp_path, lines([once])).verdicts[MAXIMUM] == "inconclusive"
    assert judge(tmp_path, lines([once, once, once])).verdicts[MAXIMUM] == "inconclusive"
    report = judge(tmp_path, lines([once, dimmed(2, {"brightness": 101})]))
    assert findings(report) == {MAXIMUM: "lenient"}


def test_what_was_refused_as_well_is_not_lenient(tmp_path: Path) -> None:
    """Where the same breach was refused too, the recording contradicts itself: inconclusive."""
    broken = [dimmed(number, {"brightness": 101}) for number in (1, 2, 3)]
    report = judge(tmp_path, lines([*broken, dimmed(4, {"brightness": 102}, 422)]))
    assert report.verdicts[MAXIMUM] == "inconclusive"
    assert "accepted 3 times and refused 1 times" in _message(report, MAXIMUM)
    assert findings(report) == {}


def test_several_breaches_in_one_request_prove_nothing_of_each(tmp_path: Path) -> None:
    """A request that breaks two clauses and is accepted makes both inconclusive, by name."""
    url = f"{URL}0"
    both = [dimmed(n, {"brightness": 101}, url=url, started=f"2026-01-0{n}") for n in (1, 2)]
    report = judge(tmp_path, lines(both))
    clauses = (MAXIMUM, "dim_lamp:path#/id:minimum")
    assert [report.verdicts[clause] for clause in clauses] == ["inconclusive"] * 2
    assert all(clause in _message(report, MAXIMUM) for clause in clauses)


def test_a_refused_breach_is_upheld_beside_a_lawful_request(tmp_path: Path) -> None:
    """Refused when broken means something only where a lawful request was accepted."""
    refused = dimmed(1, {"brightness": 101}, 422)
    assert judge(tmp_path, lines([refused])).verdicts[MAXIMUM] == "inconclusive"
    report = judge(tmp_path, lines([refused, dimmed(2, {"brightness": 100})]))
    assert report.verdicts[MAXIMUM] == "upheld"


def test_strict_is_never_said_of_a_recording(tmp_path: Path) -> None:
    """Lawful requests that were refused are counted, and no finding."""
    refused = [dimmed(number, {"brightness": 50}, 422) for number in range(1, 9)]
    report = judge(tmp_path, lines(refused))
    assert findings(report) == {}
    assert census(report, "lawful request refused") == {"dim_lamp 422": 8}


HEADERLESS = {"headers": None, "body": {"unknown": True}}
REDACTED = {"id": "***", "state": "[REDACTED]", "brightness": "•••"}
CUT = {"text": '{"id": 7, "sta', "cut": True}
UNKNOWN: dict[str, Any] = {
    "headers that were not logged": shown(response={"status": 200, "headers": None,
                                                    "body": {"text": json.dumps(LAMP)}}),
    "a body that is no JSON, of an unknown type": shown(
        response={"status": 200, "headers": None, "body": {"text": "<p>"}}
    ),
    "a body that was not logged": shown(response={"status": 200, "headers": [JSON_TYPE],
                                                  "body": {"unknown": True}}),
    "no part of the request": dimmed(1, {}, request=HEADERLESS),
    "a request with nothing but its line": {"method": "PATCH", "url": f"{URL}1",
                                            "response": {"status": 200}},
    "a cut reply": shown(response={"status": 200, "headers": [JSON_TYPE], "body": CUT}),
    "a cut request": dimmed(1, {}, request={"headers": [JSON_TYPE], "body": CUT}),
    "a redacted reply": shown(1, REDACTED),
    "a redacted request": dimmed(1, {"brightness": "[FILTERED]"}),
    "a redacted parameter": shown(url=f"{URL}%2A%2A%2A"),
    "a masked reply that says so": shown(
        response={"status": 200, "headers": [JSON_TYPE],
                  "body": {"text": '{"id": "", "state": ""}', "masked": ["/id", "/state"]}},
    ),
    "a masked body as a whole": shown(
        response={"status": 200, "headers": [JSON_TYPE], "body": {"text": '""', "masked": [""]}},
    ),
    "a path of no operation": shown(url="https://api.example.net/v1/tables/3"),
    "no reply": shown(response=None),
    "a gateway that failed": shown(response={"status": 502, "headers": [], "body": {}}),
    "a limiter": shown(response={"status": 429, "headers": [], "body": {"text": "slow down"}}),
    "an undocumented member": shown(1, {**LAMP, "colour": "red"}),
}  # fmt: skip


@pytest.mark.parametrize("what", UNKNOWN)
def test_what_is_not_known_is_never_missing(tmp_path: Path, what: str) -> None:
    """What a recording does not hold, however often, is no finding of any clause."""
    again = [{**UNKNOWN[what], "started": f"2026-03-0{day}T00:00:00Z"} for day in range(1, 5)]
    report = judge(tmp_path, lines([shown(1), *again, *again]))
    assert findings(report) == {}
    assert report.verdicts["show_lamp:200#/id:type"] == "upheld"


def test_masked_values_are_unjudged_and_counted(tmp_path: Path) -> None:
    """What only masked replies could show is inconclusive, with that reason."""
    report = judge(tmp_path, lines([UNKNOWN["a masked reply that says so"]]))
    assert report.verdicts["show_lamp:200#/id:type"] == "inconclusive"
    assert "masked" in _message(report, "show_lamp:200#/id:type")
    assert report.verdicts["show_lamp:200#/id:required"] == "upheld"
    assert census(report, "exchange with masked values") == {"show_lamp": 1}


def test_a_value_beside_a_masked_one_is_judged(tmp_path: Path) -> None:
    """Redaction hides the values that it replaced, and nothing else."""
    report = judge(tmp_path, lines([shown(1, {**REDACTED, "brightness": 101})]))
    assert findings(report) == {"show_lamp:200#/brightness:maximum": "violated"}


def test_a_masked_value_within_a_schema_that_leads_back_is_unjudged(tmp_path: Path) -> None:
    """A value that was replaced breaks nothing of a schema within itself, however deep it lies."""
    node = {
        "type": "object",
        "properties": {
            "secret": {"type": "string", "minLength": 3},
            "child": {"$ref": "#/components/schemas/Node"},
        },
    }
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Node"}}}
    show = {"operationId": "show", "responses": {"200": {"description": "", "content": content}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Nodes", "version": "1"},
        "paths": {"/node": {"get": show}},
        "components": {"schemas": {"Node": node}},
    }
    (tmp_path / "openapi.json").write_text(json.dumps(document), "utf-8")

    def verdict(masked: list[str]) -> str:
        body = {"text": json.dumps({"child": {"child": {"secret": ""}}}), "masked": masked}
        response = {"status": 200, "headers": [JSON_TYPE], "body": body}
        recorded = shown(url="https://api.example.net/node", response=response)
        (tmp_path / "traffic.jsonl").write_bytes(lines([recorded]))
        pack = find_pack(str(tmp_path / "openapi.json"))
        report = judge_files(pack, [tmp_path / "traffic.jsonl"])
        return report.verdicts["show:200#/child:$ref"]

    assert verdict(["/child/child/secret"]) == "inconclusive"
    assert verdict([]) == "violated"


def test_what_was_known_before_a_long_request_counts_while_it_waits(tmp_path: Path) -> None:
    """An exchange that is under way, and shows nothing new, hides nothing that was known before."""
    looks = list(made_up.Maker(0).exchanges(9))[1:]
    by_status = {
        json.loads(one["response"]["body"]["text"])["data"]["status"]: one for one in looks
    }
    uploaded, running = by_status["UPLOADED"], by_status["RECORDING"]
    exchanges = [
        {**uploaded, "started": "2026-03-01T00:00:00Z"},
        {**uploaded, "started": "2026-03-01T00:01:00Z", "seconds": 10.0},
        {**running, "started": "2026-03-01T00:01:05Z"},
    ]
    (tmp_path / "traffic.jsonl").write_bytes(lines(exchanges))
    report = judge_files(find_pack(str(REPOSITORY)), [tmp_path / "traffic.jsonl"])
    assert findings(report) == {"get_one_recording:rule:R29": "violated"}


def test_a_rule_that_minds_no_order_knows_of_what_was_under_way(tmp_path: Path) -> None:
    """A secret must not come back, least of all while the request that sends it is under way."""
    start, look = list(made_up.Maker(0).exchanges(2))
    sent = json.loads(start["request"]["body"]["text"])
    storage = {"type": "aws", "bucket": "b", "access_key": "a-key", "secret": "geheim-0123-geheim"}
    start["request"]["body"] = {"text": json.dumps({**sent, "storage_config": storage})}
    reply = json.loads(look["response"]["body"]["text"])
    reply["data"]["note"] = "geheim-0123-geheim"
    look["response"]["body"] = {"text": json.dumps(reply)}
    exchanges = [
        {**start, "started": "2026-03-01T00:01:00Z", "seconds": 10.0},
        {**look, "started": "2026-03-01T00:01:05Z"},
    ]
    (tmp_path / "traffic.jsonl").write_bytes(lines(exchanges))
    report = judge_files(find_pack(str(REPOSITORY)), [tmp_path / "traffic.jsonl"])
    assert findings(report)["get_one_recording:rule:R7"] == "violated"


def test_poisoned_lines_are_counted_named_and_skipped(tmp_path: Path) -> None:
    """A line that is no exchange is told with its number, and the others are judged."""
    poison = [b"{", b"[]", b'{"method": "GET"}', b"\xff\xfe", b"{}", b"", b'{"a": ' + b"[" * 9000]
    report = judge(tmp_path, lines([shown(1), *poison, shown(2, {**LAMP, "state": "dim"})]))
    assert findings(report) == {"show_lamp:200#/state:enum": "violated"}
    named = census(report, "poisoned")
    assert sum(named.values()) == 6
    assert sorted(int(where.split(":")[1]) for where in named) == [2, 3, 4, 5, 6, 8]
    assert report.traffic["exchanges"] == 2


def test_the_census_counts_what_no_document_says(tmp_path: Path) -> None:
    """Unknown paths without their values, undocumented members and statuses, by how often."""
    unknown = [shown(n, url=f"https://api.example.net/v1/tables/{n}") for n in range(3)]
    strange = shown(1, {**LAMP, "colour": "red"})
    odd = shown(response={"status": 302, "headers": [], "body": {"absent": True}})
    report = judge(tmp_path, lines([*unknown, strange, strange, odd]))
    assert census(report, "path of no operation") == {"GET /v1/tables/{}": 3}
    assert census(report, "undocumented member") == {"show_lamp 200#/colour": 2}
    assert census(report, "undocumented status") == {"show_lamp 302": 1}
    assert [(one.pointer, one.seen) for one in report.undocumented] == [("/colour", 2)]


def test_credentials_of_a_recording_are_not_shown(tmp_path: Path) -> None:
    """What headers and write-only places hold stands in no report, wherever it comes back."""
    sent = "abcdefgh-1234-geheim"
    headers = [["Authorization", f"Bearer {sent}"], ["Cookie", "sid=quite-a-secret-9"]]
    reply = {**LAMP, "brightness": f"{sent} quite-a-secret-9"}
    exchange = shown(1, reply, request={"headers": headers, "body": {"absent": True}})
    report = judge(tmp_path, lines([exchange]))
    assert findings(report) == {"show_lamp:200#/brightness:type": "violated"}
    folder = tmp_path / "reports"
    for path in report.write(folder):
        assert sent not in path.read_text("utf-8"), path
        assert "quite-a-secret" not in path.read_text("utf-8"), path


def test_a_file_that_is_no_recording_is_told(tmp_path: Path) -> None:
    """What is of no known form ends with its name and the forms that are known."""
    with pytest.raises(UsageError, match=r"traffic\.bin is no traffic of a known form"):
        judge(tmp_path, b"GIF89a", "traffic.bin")
    assert told(judge(tmp_path, lines([b"{}"]))) == {}


@pytest.mark.parametrize("content", [b"", b" \n\n", b"[]"])
def test_a_recording_of_nothing_says_nothing(tmp_path: Path, content: bytes) -> None:
    """A log that nobody has written to yet stops nothing, alone or beside others."""
    report = judge(tmp_path, content)
    assert (report.traffic["exchanges"], told(report)) == (0, {})
    (tmp_path / "more.jsonl").write_bytes(lines([shown(2, {**LAMP, "state": "dim"})]))
    paths = [tmp_path / "traffic.jsonl", tmp_path / "more.jsonl"]
    report = judge_files(find_pack(str(EXAMPLE)), paths)
    assert findings(report) == {"show_lamp:200#/state:enum": "violated"}


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    """A pipe can be read once only: its name stands there, and what to do."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="pipe is no file that can be read twice"):
        judge_files(find_pack(str(EXAMPLE)), [tmp_path / "pipe"])


def _message(report: Any, clause: str) -> str:
    return str(next(one.message for one in report.clauses if one.id == clause))
