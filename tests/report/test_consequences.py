"""What tests on a target get wrong: a few sentences, worst first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

import clausewise
from clausewise.report import Report
from clausewise.report.consequences import KINDS, MOST, consequences

from .tasks import Answer, Service, judged


def _of(report: Report, kind: str) -> list[tuple[str, ...]]:
    return [one.clauses for one in consequences(report) if one.kind == kind]


def _wrong(operation: str, answer: Answer, sent: Any) -> Answer:
    """One member has another form, and what is lawful is refused."""
    status, body = answer
    if operation == "add_task" and isinstance(sent, dict) and sent.get("priority") == "high":
        return 400, {"code": 400, "message": "high is not for you"}
    return (
        (status, body | {"made": "today"}) if operation == "get_task" and status == 200 else answer
    )


def test_each_kind_has_its_sentence(tmp_path: Path) -> None:
    """Leniency passes wrongly, strictness fails wrongly, breaches are built on what never comes."""
    report = judged(tmp_path, Service("title", after=_wrong))
    told = consequences(report)

    assert ("add_task:request#/title:maxLength",) in [c[:1] for c in _of(report, "pass wrongly")]
    assert ("add_task:request#/priority:enum",) in _of(report, "fail wrongly")
    assert ("get_task:200#/made:format",) in _of(report, "built on what never comes")
    assert [list(KINDS).index(one.kind) for one in told] == sorted(
        list(KINDS).index(one.kind) for one in told
    )
    exchanges = {exchange.id for exchange in report.exchanges}
    assert all(one.exchange in exchanges for one in told)
    assert all(one.sentence.endswith(".") for one in told)


def _empty(operation: str, answer: Answer, sent: Any) -> Answer:
    return (200, {"items": []}) if operation == "list_tasks" else answer


def test_blind_spots_and_errors(tmp_path: Path) -> None:
    """Of a stub: members and refusals that never came, each once for all that lack the same."""
    report = judged(tmp_path, Service("canned", after=_empty))
    told = consequences(report)

    assert 0 < len(told) <= MOST
    untested = [one.sentence for one in told if one.kind == "error branch untested"]
    everywhere = "add_task, list_tasks, get_task never answered 400, 401, 404"
    assert [one.partition(":")[0] for one in untested] == [everywhere]
    blind = [one.sentence for one in told if one.kind == "blind spot"]
    assert any(one.startswith("no reply of list_tasks had /items/*, /items/*/id") for one in blind)


def test_a_service_that_keeps_all(tmp_path: Path) -> None:
    """Nothing passes or fails wrongly where the contract is kept."""
    report = judged(tmp_path, Service())

    kinds = {one.kind for one in consequences(report)}
    assert kinds <= {"blind spot", "error branch untested"}


CARD = {"type": "object", "required": ["kind", "number"]} | {
    "properties": {"kind": {"const": "card"}, "number": {"type": "string"}}
}
CASH = {"type": "object", "required": ["kind", "till"]} | {
    "properties": {"kind": {"const": "cash"}, "till": {"type": "string"}}
}


@pytest.mark.parametrize("is_list", [False, True])
def test_what_fits_no_alternative_is_there(tmp_path: Path, is_list: bool) -> None:
    """A member that came is no blind spot, though no alternative is known to be meant."""
    payment = {"anyOf": [CARD, CASH]}
    schema = {"properties": {"paid": {"type": "array", "items": payment} if is_list else payment}}
    reply = {"description": "yes", "content": {"application/json": {"schema": schema}}}
    document = {"openapi": "3.1.0", "info": {"title": "Till", "version": "1"}} | {
        "paths": {"/till": {"get": {"operationId": "look", "responses": {"200": reply}}}}
    }
    (tmp_path / "till.json").write_text(json.dumps(document))
    came = {"kind": "", "number": "4242"}
    body = {"paid": [came] if is_list else came}
    exchange = (
        httpx.Request("GET", "http://till.test/till"),
        httpx.Response(200, json=body),
    )
    report = clausewise.judge_traffic(tmp_path / "till.json", [exchange])

    at = "/paid/*" if is_list else "/paid"
    [found] = report.findings
    assert (found.id, found.message) == (f"look:200#{at}/kind:enum", '"" is not one of "card"')
    [spot] = [one.sentence for one in consequences(report) if one.kind == "blind spot"]
    assert spot == f"no reply of look had {at}/till: code that reads this is not tested."
