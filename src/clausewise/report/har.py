"""The exchanges of a run as an HTTP archive (HAR 1.2), for browsers' and proxies' own tools.

http://www.softwareishard.com/blog/har-12-spec/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from msgspec import UNSET

from clausewise.record.policy import DEVIATIONS

from . import findings as counts
from .showing import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clausewise.record.bodies import RecordedBody
    from clausewise.record.record import (
        JudgedClause,
        RecordedExchange,
        RecordedRequest,
        RecordedResponse,
    )

    from .report import Report

# What the target is spoken to in, also in this process; no reply says anything else.
_HTTP = "HTTP/1.1"
_UNKNOWN = -1
_MOST_NAMED = 5
_LONGEST_TEXT = 400


def har_of(report: Report) -> dict[str, Any]:
    """Return a report as the document of an archive.

    Entries are in the order of sending. An exchange without a reply has status 0, and the reason
    as a comment. What the format has no place for is in the member ``_clausewise``.
    """
    decided = _decided(report)
    entries = [
        _entry(exchange, decided.get(exchange.id, ()), report.run.started)
        for exchange in report.exchanges
    ]
    entries.sort(key=lambda entry: str(entry["startedDateTime"]))
    contract = report.contract
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": report.tool.name, "version": report.tool.version},
            # Before the entries: whoever judges them needs it first, and reads one at a time.
            "_clausewise": {"base_url": report.target.base_url},
            "entries": entries,
            "comment": one_line(
                f"{contract.name} {contract.version}: {counts.headline(report)} "
                "Credentials are masked."
            ),
        }
    }


def _decided(report: Report) -> dict[int, list[JudgedClause]]:
    """By exchange, the clauses that it decided: those that deviate first."""
    exchanges = counts.exchanges_by_id(report)
    decided: dict[int, list[JudgedClause]] = {}
    for clause in report.clauses:
        exchange = counts.deciding(clause, exchanges)
        if exchange is not None:
            decided.setdefault(exchange.id, []).append(clause)
    for clauses in decided.values():
        clauses.sort(key=lambda clause: clause.verdict not in DEVIATIONS)
    return decided


def _entry(
    exchange: RecordedExchange, decided: Sequence[JudgedClause], run_started: str
) -> dict[str, Any]:
    reply = exchange.response
    wait = round(reply.seconds * 1000, 1) if reply is not None else 0
    return {
        "startedDateTime": exchange.started or run_started,
        "time": wait,
        "request": _request(exchange.request),
        "response": _response(reply, exchange.failure),
        "cache": {},
        "timings": {
            "send": 0,
            "wait": wait,
            "receive": 0,
            "comment": "wait is all of it: its parts were not measured",
        },
        "comment": _comment(exchange, decided),
        "_clausewise": {
            "exchange": exchange.id,
            "operation": exchange.operation,
            "case": exchange.case,
            "expect": exchange.expect,
            "outcome": exchange.outcome,
            "after": list(exchange.after),
            "decides": [{"clause": c.id, "verdict": c.verdict} for c in decided],
            "curl": exchange.curl,
        },
    }


def _comment(exchange: RecordedExchange, decided: Sequence[JudgedClause]) -> str:
    case = one_line(exchange.case, _LONGEST_TEXT)
    text = f"{case} (expected: {exchange.expect}, was: {exchange.outcome})"
    if not decided:
        return text
    named = ", ".join(f"{one_line(c.id)} {c.verdict}" for c in decided[:_MOST_NAMED])
    more = f" and {len(decided) - _MOST_NAMED} more" if len(decided) > _MOST_NAMED else ""
    return f"{text}; decides {named}{more}"


def _request(request: RecordedRequest) -> dict[str, Any]:
    _, _, query = request.url.partition("?")
    body = request.body
    sent: dict[str, Any] = {
        "method": request.method,
        "url": request.url,
        "httpVersion": _HTTP,
        # Those that there were stand masked in their header.
        "cookies": [],
        "headers": _headers(request.headers),
        "queryString": [
            {"name": name, "value": value}
            for name, value in parse_qsl(query, keep_blank_values=True, errors="backslashreplace")
        ]
        if query
        else [],
        "headersSize": _UNKNOWN,
        "bodySize": 0,
    }
    if body is not None:
        sent["postData"] = {"mimeType": _header(request, "content-type"), **_text(body)}
        # With something masked in it, nobody can say how long it was.
        sent["bodySize"] = _UNKNOWN if body.masked else len(body.content)
    return sent


def _response(reply: RecordedResponse | None, failure: str | None) -> dict[str, Any]:
    if reply is None:
        return {
            "status": 0,
            "statusText": "",
            "httpVersion": "",
            "cookies": [],
            "headers": [],
            "content": {"size": 0, "mimeType": ""},
            "redirectURL": "",
            "headersSize": _UNKNOWN,
            "bodySize": _UNKNOWN,
            "comment": one_line(failure or "there is no reply", _LONGEST_TEXT),
        }
    content: dict[str, Any] = {"size": reply.bytes, "mimeType": _header(reply, "content-type")}
    if reply.body is not None:
        content |= _text(reply.body)
    if reply.truncated:
        content["comment"] = "the body did not arrive whole"
    return {
        "status": reply.status or 0,
        "statusText": reply.reason,
        "httpVersion": _HTTP,
        "cookies": [],
        "headers": _headers(reply.headers),
        "content": content,
        "redirectURL": _header(reply, "location"),
        "headersSize": _UNKNOWN,
        # The report counts what is left after content decoding.
        "bodySize": _UNKNOWN if _header(reply, "content-encoding") else reply.bytes,
    }


def _text(body: RecordedBody) -> dict[str, Any]:
    """A body as an archive has it, and beside it what was cut or masked."""
    shown: dict[str, Any] = {"text": body.text}
    if body.base64 is not UNSET:
        shown = {"text": body.base64, "encoding": "base64"}
    cut = {"kept": body.cut.kept, "bytes": body.cut.bytes} if body.cut is not None else None
    return {**shown, "_clausewise": {"masked": list(body.masked), "cut": cut}}


def _headers(headers: Sequence[Sequence[str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _header(message: RecordedRequest | RecordedResponse, wanted: str) -> str:
    return next((value for name, value in message.headers if name.lower() == wanted), "")
