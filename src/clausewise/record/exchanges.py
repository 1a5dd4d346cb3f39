"""One entry of a ledger as a record keeps it: masked, with a `curl` line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from msgspec import UNSET

from clausewise.exchange import Response
from clausewise.judge.breaches import Answers
from clausewise.judge.contents import PartsJudge
from clausewise.record.bodies import LONGEST_BODY, recorded_body
from clausewise.record.curl import curl_for
from clausewise.record.ledger import Entry
from clausewise.record.record import Header, RecordedExchange, RecordedRequest, RecordedResponse
from clausewise.secrets.masking import Mask


def recorded(
    entry: Entry, entries: Sequence[Entry], variables: Mapping[str, str | None], mask: Mask
) -> RecordedExchange:
    """One exchange of a run, everything masked.

    `entries` are all of the run, `variables` what stands for the run's own secrets, as
    `shown_in_curl` gives it.
    """
    request, failure = entry.exchange.request, entry.exchange.failure
    started = entry.exchange.started
    return RecordedExchange(
        id=entry.id,
        operation=entry.case.operation,
        case=mask.text(f"{entry.case.id}: {entry.case.label}"),
        expect=entry.case.expect,
        after=tuple(entry.after),
        outcome=entry.outcome,
        request=RecordedRequest(
            request.method,
            mask.text(request.url),
            _headers(request.headers, mask),
            # Not cut: whoever sends it again needs all of it.
            recorded_body(request.content, mask) if request.content else None,
        ),
        response=_response(entry.exchange.response, mask),
        failure=mask.text(failure) if failure is not None else None,
        curl=curl_for(entry, entries, variables, mask),
        started=started.isoformat(timespec="milliseconds") if started else None,
        credential=UNSET if entry.case.credential == "ours" else entry.case.credential,
    )


def answers_of(shown: RecordedExchange, judge: PartsJudge) -> Answers:
    """What the reply of a recorded exchange keeps and breaks; nothing where it was cut."""
    response, answers = recorded_response(shown), Answers()
    if response is not None:
        judge.ask(judge.operation.reply_for(response.status), response, answers)
    return answers


def recorded_response(shown: RecordedExchange) -> Response | None:
    """The reply of a recorded exchange as it came; None where there is none, or not all of it."""
    reply = shown.response
    if reply is None or reply.status is None or (reply.body is not None and reply.body.cut):
        return None
    content = reply.body.content if reply.body is not None else b""
    return Response(reply.status, reply.headers, content, reply.seconds)


def _response(response: Response | None, mask: Mask) -> RecordedResponse | None:
    if response is None:
        return None
    return RecordedResponse(
        status=response.status,
        reason=_reason(response.status),
        headers=_headers(response.headers, mask),
        body=recorded_body(response.content, mask, LONGEST_BODY, response.size),
        bytes=response.size,
        truncated=response.cut is not None,
        seconds=round(response.seconds, 4),
    )


def _headers(headers: Sequence[tuple[str, str]], mask: Mask) -> tuple[Header, ...]:
    return tuple((name, value) for name, value in mask.headers(headers))


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
