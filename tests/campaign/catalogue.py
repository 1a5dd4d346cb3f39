"""All faults of a kind: one for every clause or value class that the plan knows of."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

from clausewise.contract import Clause
from clausewise.exchange import Response
from clausewise.pointer import ABSENT, look, put
from clausewise.values.values import LEFT_OUT, Level

from .faults import (
    NAME,
    Asked,
    Fault,
    lenient,
    on_refusal,
    on_success,
    strict,
    the_operation,
    the_operation_plan,
)


@cache
def lenient_faults() -> dict[str, Fault]:
    """By clause, for every clause of the body that the plan breaks on purpose."""
    plan = the_operation_plan()
    broken = {name for case in plan.cases if case.kind == "negative" for name in case.probes}
    known = plan.operation.clauses.values()
    clauses = [clause for clause in known if clause.id in broken and clause.part == "request"]
    return {clause.short_id: lenient(clause) for clause in clauses}


def value_classes() -> Iterator[tuple[str, Level]]:
    """Every value class of every member of the body, and every member left out."""
    model = the_operation_plan().model
    assert model is not None
    for at, factor in model.factors.items():
        if at == the_operation_plan().leased or not at.startswith("/body/"):
            continue
        inside = at.removeprefix("/body")
        yield from ((inside, level) for level in factor.levels)
        if factor.optional:
            yield inside, LEFT_OUT


@cache
def strict_faults() -> dict[str, Fault]:
    """By value class: refuse whatever has it."""
    return {f"{at} {level.label}": strict(at, level) for at, level in value_classes()}


# What each place of a reply is broken with, by keyword.
MALFORMED = {"uuid": "not-a-uuid", "date-time": "yesterday", "uri": "no uri at all"}
RICH_TIMES = ("2026-03-01T12:00:00Z", "2026-03-01T12:00:05.5Z", "2026-03-01T12:10:00+00:00")


def lawfully_enriched(asked: Asked, body: dict[str, Any]) -> None:
    """Fill in a success whatever may lawfully be there, so that each clause has a value to break.

    What only soft rules forbid in a first reply (R14, R15) is there as well.
    """
    data = body["data"]
    reason = {"reason": "API_CALL", "caller": deepcopy(data["start_reason"]["caller"])}
    data |= dict(zip(("invoked_time", "started_time", "stopped_time"), RICH_TIMES, strict=True))
    data |= {"stop_reason": reason, "file_size": 12.5, "recording_duration": 600}
    data["session_id"] = "5f0c7b1e-94d3-4c7a-8a55-2f6be1d0c9a4"
    if look(asked.body, "/realtimekit_bucket_config/enabled") is not False:
        data["download_url"] = "https://files.example.net/a.mp4"
        data["audio_download_url"] = "https://files.example.net/a.mp3"
        data["download_url_expiry"] = "2026-03-08T12:00:00Z"


def _by_gateway(asked: Asked, body: dict[str, Any]) -> Any:
    """Refuse in the gateway's envelope every other time."""
    return deepcopy(GATEWAY) if asked.number % 2 else body


def _rich(asked: Asked, response: Response) -> Response:
    return on_refusal(_by_gateway)(asked, on_success(lawfully_enriched)(asked, response))


GATEWAY = {
    "success": False,
    "errors": [
        {
            "code": 7003,
            "message": "no",
            "documentation_url": "https://docs.example.net/7003",
            "source": {"pointer": "/meeting_id"},
        }
    ],
    "messages": [],
    "result": None,
}
# No fault: lawful replies in which every clause of a reply has a value to break.
RICH = Fault("rich replies", after=_rich)


def _wrong_type(value: Any) -> Any:
    return "12" if isinstance(value, int | float | dict | list) else 12


def _broken_value(clause: Clause, value: Any) -> Any:
    if clause.keyword == "required":
        return ABSENT
    if clause.keyword == "type":
        return _wrong_type(value)
    if clause.keyword == "enum":
        return "STARTED"
    if clause.keyword == "minLength":
        return ""
    if clause.keyword == "minimum":
        return 999
    assert clause.keyword == "format"
    content = the_operation().replies[clause.part].json_content
    assert content is not None
    member = content.message.place
    for step in (clause.pointer or "").split("/")[1:]:
        member = member.members[step]
    form = next(p.value for p in member.assertions if p.keyword == "format")
    return MALFORMED[form]


def _broken(clause: Clause, body: Any) -> Any:
    """A body with the clause broken where its place is there, in the first item of any array."""
    at = (clause.pointer or "").replace("*", "0")
    if at and look(body, at.rpartition("/")[0]) is ABSENT:
        return body
    value = look(body, at)
    wrong = _broken_value(clause, value)
    if value is ABSENT or (value is None and clause.keyword != "required" and at != "/result"):
        return body
    return put(body, at, wrong)


def reply_fault(clause: Clause) -> Fault:
    """Breaks one clause of a reply wherever its place is there; works best on RICH ones."""

    def change(asked: Asked, body: dict[str, Any]) -> Any:
        return _broken(clause, body)

    after = on_success(change) if clause.part.startswith("2") else on_refusal(change)
    return Fault(f"reply: {clause.short_id}", {clause.id: "violated"}, after=after)


@cache
def reply_faults() -> dict[str, Fault]:
    """By clause, for every clause about the body of a reply."""
    return {
        clause.short_id: reply_fault(clause)
        for clause in the_operation().clauses.values()
        if clause.part in the_operation().replies
        and clause.pointer is not None
        and clause.keyword != "writeOnly"
    }


def of(short_id: str) -> str:
    """The id of a clause of the operation."""
    return f"{NAME}:{short_id}"
