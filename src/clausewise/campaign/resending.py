"""Sending a recorded exchange again: with new ids, behind what it rests on, and taken back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit
from uuid import UUID, uuid4

from msgspec import Struct
from msgspec.structs import replace

from clausewise.campaign.credentials import carried
from clausewise.campaign.pacing import Pace, Stopped
from clausewise.campaign.requests import taking_back, with_credential
from clausewise.contract import Operation
from clausewise.contract.parameter_pairs import read_query
from clausewise.contract.security import MADE_UP
from clausewise.exchange import Exchange, Request, Response
from clausewise.judge.history import History
from clausewise.judge.outcomes import answered, is_success, took_back
from clausewise.judge.replies import ReplyJudge
from clausewise.pack import Pack
from clausewise.pack.settings import Settings
from clausewise.plan.cases import ALONE, Credential
from clausewise.pointer import ABSENT, look
from clausewise.record.bodies import RecordedBody
from clausewise.record.exchanges import recorded_response
from clausewise.record.made import ToUndo
from clausewise.record.record import RecordedExchange
from clausewise.secrets.masking import MASK
from clausewise.strict_json import NotJSON, parse
from clausewise.transport.target import Failed, Target

# What URLs of a run in this process begin with.
_IN_PROCESS = Settings(None, {}).origin
# What carries a credential where the document names no scheme.
_BEARER = "authorization"


class Unrepeatable(Exception):  # noqa: N818  # an outcome: nothing can be said
    """An exchange that cannot be sent again; `str()` says why."""


class Resent(Struct, frozen=True):
    """What came of an exchange that was sent again, and what was seen before it on the way."""

    exchange: Exchange
    history: History


class Resender:
    """Sends exchanges of a report again, at the pace of the settings.

    `exchanges` are the report's, `base_url` that of its target (None: in process).
    """

    def __init__(
        self,
        pack: Pack,
        settings: Settings,
        target: Target,
        exchanges: Iterable[RecordedExchange],
        base_url: str | None,
    ) -> None:
        self.pack = pack
        self.settings = settings
        self.target = target
        self.exchanges = {e.id: unmasked(e, pack, settings) for e in exchanges}
        self._recorded_at = base_url or _IN_PROCESS
        self._resource = pack.leased
        self._pace = Pace(settings)
        # What was made and could not be taken back, in words.
        self.left_over: list[str] = []

    def send(self, number: int) -> Resent:
        """Send one exchange again, after those that it rests on, and take back what they made.

        Raises Unrepeatable.
        """
        shown = self.exchanges.get(number)
        if shown is None:
            raise Unrepeatable("the report does not hold its exchange")
        steps = self._steps(shown)
        if any(one.request.body is not None and one.request.body.masked for one in (*steps, shown)):
            raise Unrepeatable("a secret in the body of its request is not in the report")
        # Another resource than the first run's, which may still be in use.
        known: dict[str, str] = {}
        history = History()
        made: list[ToUndo] = []
        try:
            for step in steps:
                exchange = self._send(step, known)
                response = exchange.response
                if step.outcome == "accepted" and not (response and is_success(response.status)):
                    why = f"{answered(response, exchange.failure)}"
                    raise Unrepeatable(f"what it rests on, {step.operation}, {why}")
                known |= _new_ids(step, exchange, shown.request.url)
                made += self._to_undo(exchange)
                self.judge(step.operation).judge(exchange, history)
            exchange = self._send(shown, known)
            made += self._to_undo(exchange)
        except Stopped as why_not:
            raise Unrepeatable(str(why_not)) from None
        finally:
            for thing in reversed(made):
                self._take_back(thing)
        return Resent(exchange, history)

    def shows(self, number: int, clause: str) -> bool:
        """Whether an exchange breaks a clause with nothing before it but what it rests on.

        A rule of several exchanges may have been broken by one that stands elsewhere in the run.
        """
        shown, history = self.exchanges[number], History()
        broken: set[str] = set()
        for step in (*self._steps(shown), shown):
            exchange = self._as_recorded(step)
            judgement = self.judge(step.operation).judge(exchange, history)
            broken = {breach.clause for breach in judgement.broken}
        return clause in broken

    def _steps(self, shown: RecordedExchange) -> list[RecordedExchange]:
        return [self.exchanges[n] for n in shown.after if n in self.exchanges]

    def _as_recorded(self, shown: RecordedExchange) -> Exchange:
        """A recorded exchange as it was; without its reply where that was not kept whole."""
        request = shown.request
        content = request.body.content if request.body is not None else None
        sent = self._request(shown, request.url, request.headers, content)
        started = datetime.fromisoformat(shown.started) if shown.started else None
        return Exchange(shown.operation, sent, recorded_response(shown), started=started)

    def _request(
        self,
        shown: RecordedExchange,
        url: str,
        headers: Iterable[tuple[str, str]],
        content: bytes | None,
    ) -> Request:
        """A request like a recorded one, with its path and query read."""
        operation = self.pack.contract.operations[shown.operation]
        match = self.pack.contract.match(shown.request.method, url)
        return Request(
            shown.request.method,
            url,
            tuple(headers),
            content,
            match.path if match is not None and match.operation is operation else {},
            read_query(operation.parameters, url.partition("?")[2]),
        )

    def judge(self, operation: str) -> ReplyJudge:
        """Who judges the replies of an operation."""
        contract, settle = self.pack.contract, self.settings.settle_seconds
        return ReplyJudge(contract, contract.operations[operation], self.pack.checks, settle)

    def _to_undo(self, exchange: Exchange) -> list[ToUndo]:
        """The DELETE of the contract that takes back what an accepted POST has made, if any."""
        response, request = exchange.response, exchange.request
        if request.method != "POST" or response is None or not is_success(response.status):
            return []
        name = _name_of(request, response)
        url = f"{request.url.partition('?')[0]}/{quote(name, safe='')}"
        known = name not in ("", ".", "..") and self.pack.contract.match("DELETE", url)
        return [ToUndo("DELETE", url, None)] if known else []

    def _take_back(self, thing: ToUndo) -> None:
        try:
            request = taking_back(thing, self.pack.contract, self.settings)
            response = self._pace.undo(self.target, request)
        except Failed as failure:
            self.left_over.append(f"{thing.url}: {failure.reason}")
            return
        if not took_back(thing.method, response):
            self.left_over.append(f"{thing.url}: DELETE {answered(response)}")

    def _leased(self, operation: str) -> str | None:
        return self._resource.members.get(operation) if self._resource else None

    def _send(self, shown: RecordedExchange, known: dict[str, str]) -> Exchange:
        """Send a recorded request again; `known` has what stands for the ids of the first run.

        It gets a new one for the resource that the request is about.
        """
        request = shown.request
        body = request.body
        at = self._leased(shown.operation)
        if at is not None and _is_uuid(leased := look(_body(shown), at)):
            known.setdefault(leased, str(uuid4()))
        url = self._url(shown)
        for old, new in known.items():
            if _is_uuid(old):
                url = url.replace(old, new)
                body = _replaced(body, old, new)
            else:
                url = _with_segment(url, self.settings.origin, old, new)
        content = body.content if body is not None else None
        operation = self.pack.contract.operations[shown.operation]
        url, headers = self._let_in(operation, shown, url)
        sent = self._request(shown, url, headers, content)
        return self._pace.exchange(self.target, shown.operation, sent)

    def _let_in(
        self, operation: Operation, shown: RecordedExchange, url: str
    ) -> tuple[str, tuple[tuple[str, str], ...]]:
        """The URL and the headers, with what this replay has for a credential in their places.

        Raises Unrepeatable where another secret stood in them.
        """
        named: dict[str, set[str]] = {"header": set(), "query": set(), "cookie": set()}
        for scheme in operation.schemes:
            named.get(scheme.place, set()).add(scheme.parameter)
        headers = {name.lower() for name in named["header"]} if operation.schemes else {_BEARER}
        base, _, query = url.partition("?")
        pairs = [pair for pair in query.split("&") if pair]
        recorded = list(shown.request.headers)
        cookies = [p.strip() for n, v in recorded if n.lower() == "cookie" for p in v.split(";")]
        if cookies == [MASK] and not operation.located("cookie"):
            cookies = [f"{name}={MASK}" for name in named["cookie"]]  # there was no other one
        there = (
            headers & {name.lower() for name, _ in recorded}
            or named["query"] & {_name(pair) for pair in pairs}
            or named["cookie"] & {_name(pair) for pair in cookies}
        )
        credential: Credential = "ours" if there else "none"
        if MADE_UP in shown.curl:
            credential = "wrong"
        elif shown.credential in ALONE:
            credential = shown.credential
        ours = carried(operation, credential, self.settings)
        pairs = [pair for pair in pairs if _name(pair) not in named["query"]]
        cookies = [pair for pair in cookies if _name(pair) not in named["cookie"]]
        if any(MASK in unquote(pair) for pair in (*pairs, *cookies)):
            raise Unrepeatable("a secret in its query or its cookies is not in the report")
        query = "&".join([*pairs, *filter(None, [urlencode(ours.query, quote_via=quote)])])
        kept = [pair for pair in recorded if pair[0].lower() not in {*headers, "cookie"}]
        all_headers = with_credential(kept, "; ".join(cookies), ours)
        return f"{base}?{query}" if query else base, all_headers

    def _url(self, shown: RecordedExchange) -> str:
        """The recorded URL at the base URL of this replay."""
        return self.settings.origin + shown.request.url.removeprefix(self._recorded_at)


def _name(pair: str) -> str:
    """The name of `name=value` in a query or a cookie."""
    return unquote(pair.partition("=")[0])


def _body(shown: RecordedExchange) -> Any:
    body = shown.request.body
    try:
        return parse(body.content) if body is not None else ABSENT
    except NotJSON:
        return ABSENT


def _new_ids(shown: RecordedExchange, exchange: Exchange, url: str) -> dict[str, str]:
    """What a new reply has in the places of a recorded one's ids.

    An id is a UUID, or what `url`, which is asked afterwards, has as a segment of its path.
    """
    response = exchange.response
    before = shown.response
    if before is None or response is None:
        return {}
    segments = {unquote(segment) for segment in urlsplit(url).path.split("/")}
    pairs = list(_paired(_location(before.headers), _location(response.headers)))
    if before.body is not None and response.not_json is None:
        with suppress(NotJSON):
            pairs += _paired(parse(before.body.content), response.json)
    return {old: new for old, new in pairs if _is_uuid(old) or old in segments}


def _name_of(request: Request, response: Response) -> str:
    """The id of what a POST made: below its own path in `Location`, else its reply's `id`."""
    *above, name = _location(response.headers)
    if [unquote(segment) for segment in urlsplit(request.url).path.split("/")] == above:
        return name
    body = response.json_or_none
    identity = body.get("id") if isinstance(body, dict) else None
    known = isinstance(identity, str | int) and not isinstance(identity, bool)
    return str(identity) if known else ""


def _location(headers: Iterable[tuple[str, str]]) -> list[str]:
    """The segments of the path of a `Location` header."""
    found = next((value for name, value in headers if name.lower() == "location"), "")
    return [unquote(segment) for segment in urlsplit(found).path.split("/")]


def _paired(old: Any, new: Any) -> Iterator[tuple[str, str]]:
    """The scalars that stand in the same place of two values, where they differ, as texts."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in old.keys() & new.keys():
            yield from _paired(old[name], new[name])
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for one, other in zip(old, new, strict=True):
            yield from _paired(one, other)
    elif type(old) is type(new) and type(old) in (str, int) and old != new:
        yield str(old), str(new)


def _with_segment(url: str, origin: str, old: str, new: str) -> str:
    """A URL with another id in its path, behind the base URL."""
    path, question, query = url.removeprefix(origin).partition("?")
    segments = [
        quote(new, safe="") if unquote(segment) == old else segment for segment in path.split("/")
    ]
    return origin + "/".join(segments) + question + query


def _is_uuid(value: Any) -> bool:
    try:
        UUID(value)
    except (ValueError, AttributeError, TypeError):
        return False
    return True


def _replaced(body: RecordedBody | None, old: str, new: str) -> RecordedBody | None:
    return (
        RecordedBody(text=body.text.replace(old, new)) if body is not None and body.text else body
    )


def unmasked(exchange: RecordedExchange, pack: Pack, settings: Settings) -> RecordedExchange:
    """A recorded exchange whose request has the user's headers and path parameters again."""
    request = exchange.request
    operation = pack.contract.operations.get(exchange.operation)
    ours = {name.lower(): value for name, value in settings.headers}
    schemes = operation.schemes if operation is not None else ()
    # Each replay puts its own in their place.
    replaced = {_BEARER, *(s.parameter.lower() for s in schemes if s.place == "header")}
    headers = tuple(
        (name, ours.get(name.lower(), value) if MASK in value else value)
        for name, value in request.headers
        # Where nobody says what it was, it cannot be sent: no header may have a mask in it.
        if MASK not in value or name.lower() in ours or name.lower() in {*replaced, "cookie"}
    )
    url = request.url
    if operation is not None and MASK in url:
        url = _filled(url, operation.path, settings.path)
    return replace(exchange, request=replace(request, url=url, headers=headers))


def _filled(url: str, template: str, path: Mapping[str, str]) -> str:
    """A URL with the path parameters of this run where it has masks."""
    before, question, query = url.partition("?")
    names = template.split("/")
    steps = before.split("/")
    for back in range(1, min(len(names), len(steps) + 1)):
        name = names[-back].strip("{}")
        if steps[-back] == MASK and name in path:
            steps[-back] = quote(path[name], safe="")
    return "/".join(steps) + question + query
