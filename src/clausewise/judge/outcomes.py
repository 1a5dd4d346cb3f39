"""Outcomes: what came of a request. The one reader of statuses, for all rooms.

A reply accepts a request, refuses it, or is *not about the request*: it says something of the
credential, of the state of things, of the server or of the way there, and nothing of what was sent.
"""

from __future__ import annotations

import re
from typing import Any, Literal, Protocol

from clausewise.contract import Operation
from clausewise.exchange import Exchange, Response

Outcome = Literal[
    "accepted", "refused", "conflict", "unauthorized", "crashed", "redirected", "put off",
    "no reply", "odd",
]  # fmt: skip
# What a request may be sent to find out, beside whether its values are taken.
About = Literal["request", "credential", "state"]

# RFC 9110, sections 15.5.2 and 15.5.4.
CREDENTIAL = (401, 403)
# Conflict; Precondition Failed and Range Not Satisfiable, where what a conditional header names is
# not what is there; Locked and Failed Dependency (RFC 4918), Precondition Required (RFC 6585).
STATE = (409, 412, 416, 423, 424, 428)
# What may be said of a thing that is being made, or taken away: Conflict, Locked, Too Early.
TOO_SOON = (409, 423, 425)
# Too Many Requests (RFC 6585) and Service Unavailable: the target asks for patience.
PATIENCE = (429, 503)
# Request Timeout, Misdirected Request, Too Early (RFC 8470): the way there, or the moment.
LATER = (408, 421, 425)
# Bad Gateway, Service Unavailable, Gateway Timeout; a network that wants a log-in (RFC 6585,
# section 6); what Cloudflare says where it got no reply of the server behind it.
ON_THE_WAY = (502, 503, 504, 511, *range(520, 531))
# Proxy Authentication Required (RFC 9110, section 15.5.8): the proxy's, not the target's.
OF_A_PROXY = 407
# RFC 9110, sections 15.5.5 and 15.5.11: what was there is gone.
GONE = (404, 410)

# The answers to several requests in one (RFC 4918, section 11.1), and where each has its status.
MULTI_STATUS = 207
_STATUS = ("status", "status_code", "statusCode", "code", "httpStatus")
_DEEP = 4
# What some say with 403 in place of 429, and how much of an answer is searched for it.
_SLOWER = re.compile(r"rate.?limit|too many requests|slow down|throttl", re.IGNORECASE)
_MOST_READ = 2000

# Outcomes that speak about the request itself.
ABOUT_THE_REQUEST = frozenset[Outcome]({"accepted", "refused"})
# Outcomes that any other request would have had as well.
CLOSED = frozenset[Outcome]({"no reply", "unauthorized", "redirected", "put off"})

_SAID: dict[Outcome, str] = {
    "crashed": "it crashed ({status}): neither accepted nor refused",
    "unauthorized": "the answer was {status}: about the credential, not about the request",
    "conflict": "the answer was {status}: about the state of things, not about the request",
    "put off": "the answer was {status}: the target asked for patience",
    "redirected": "the answer was a redirect ({status}), which is not followed",
    "odd": "the answer was {status}, which means nothing that is known",
}


class Refusal(Protocol):
    """A schema of bodies that refuse, whatever their status is."""

    def is_valid(self, instance: Any, /) -> bool:
        """Whether a body is one."""
        ...


def outcome_of(
    operation: Operation,
    response: Response | None,
    about: About = "request",
    refusal: Refusal | None = None,
) -> Outcome:
    """What came of a request to an operation; `response` is None where there was no reply.

    `about` says what the request was sent to find out: for the credential, 401 and 403 refuse; for
    the state of things, those of `STATE` do. `refusal` holds for bodies of successes.
    """
    if response is None:
        return "no reply"
    status = response.status
    if is_success(status):
        refusing = refused_parts(response.json_or_none) if status == MULTI_STATUS else set()
        if refusing:
            return "conflict" if about != "state" and refusing <= {*STATE} else "refused"
        said = refusal is not None and response.not_json is None and refusal.is_valid(response.json)
        return "refused" if said else "accepted"
    if 300 <= status < 400:
        return "accepted" if _is_documented_success(operation, status, about) else "redirected"
    if status in PATIENCE or status in LATER:
        return "put off"
    if 500 <= status < 600:
        return "crashed"
    if status in CREDENTIAL:
        return "refused" if about == "credential" else "unauthorized"
    if status == OF_A_PROXY:
        return "unauthorized"
    if status in STATE:
        return "refused" if about == "state" else "conflict"
    return "refused" if 400 <= status < 500 else "odd"


def about_of(kind: str, credential: str) -> About:
    """What a case is about, by its kind and the credential that it is sent with."""
    if credential != "ours":
        return "credential"
    return "state" if kind == "rule" else "request"


def refused_parts(body: Any, depth: int = 0) -> set[int]:
    """The statuses of several answers in a body (RFC 4918, section 13) that are 400 or above."""
    if depth > _DEEP or not isinstance(body, list | dict):
        return set()
    told = [body.get(name) for name in _STATUS] if isinstance(body, dict) else []
    statuses = {int(one) for one in told if isinstance(one, int | str) and _is_status(one)}
    inner = body.values() if isinstance(body, dict) else body
    refusing = {one for one in statuses if 400 <= one < 600}
    return refusing.union(*(refused_parts(one, depth + 1) for one in inner))


def _is_status(value: int | str) -> bool:
    text = str(value)
    return len(text) == 3 and text.isascii() and text.isdigit()


def asks_for_patience(response: Response) -> bool:
    """Whether a target asks to come back later: by its status, or by 403 and in words."""
    if response.status != 403:
        return response.status in PATIENCE
    if response.header("retry-after") is not None:
        return True
    return bool(_SLOWER.search(response.text(_MOST_READ)))


def is_success(status: int) -> bool:
    """Whether a status is 2xx (RFC 9110, section 15.3)."""
    return 200 <= status < 300


def is_documented(operation: Operation, status: int) -> bool:
    """Whether a status is documented by its number or its range; `default` names none."""
    return bool({str(status), f"{status // 100}XX"} & operation.replies.keys())


def is_left_open(operation: Operation, status: int) -> bool:
    """Whether nothing is promised of an undocumented status.

    Which 4xx a server picks is its own affair; and so is the success of a lawful request, where a
    document lists refusals only, or no reply at all (OpenAPI 3.1.1, section 4.8.16: not all codes
    are expected to be covered).
    """
    if operation.documents(status):
        return False
    return 400 <= status < 500 or (200 <= status < 400 and not operation.documents_success)


def is_passing(operation: Operation, exchange: Exchange) -> bool:
    """Whether a failure is of the kind that happens once on the way to any server.

    A status of `ON_THE_WAY` that is not documented, and a connection that came about and gave no
    reply. A 500 and a 501 are the server's own.
    """
    status = exchange.status
    if status is None:
        return not exchange.unreachable
    return status in ON_THE_WAY and not is_documented(operation, status)


def took_back(method: str, response: Response) -> bool:
    """Whether what a request was to take back is not there any more.

    A conflict says so of an action (what runs no more cannot be stopped), not of a DELETE: what
    others need is still there.
    """
    gone = response.status in GONE or (method != "DELETE" and response.status == 409)
    return is_success(response.status) or gone


def in_words(outcome: Outcome, response: Response | None, failure: str | None = None) -> str:
    """Why an outcome says nothing of the request. Text for outcomes that are not about it."""
    if response is None:
        return f"there was no reply: {failure}"
    return _SAID.get(outcome, "the answer was {status}").format(status=response.status)


def answered(response: Response | None, failure: str | None = None) -> str:
    """What was answered, as the end of a sentence: `answered 404`, `gave no reply`."""
    if response is None:
        return f"gave no reply ({failure})" if failure else "gave no reply"
    return f"answered {response.status}"


def _is_documented_success(operation: Operation, status: int, about: About) -> bool:
    """Whether a redirect is what the operation promises to whoever asks it rightly.

    Without a credential it is the way to a log-in rather.
    """
    parts = operation.replies.keys()
    successes = any(part.startswith("2") for part in parts)
    return about != "credential" and not successes and is_documented(operation, status)
