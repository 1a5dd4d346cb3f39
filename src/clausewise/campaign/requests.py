"""Cases to requests: the URL, the headers, the credential, and the ids of this run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from hashlib import sha1
from typing import Any
from urllib.parse import quote, unquote_plus, urlencode
from uuid import UUID, uuid4

from msgspec.structs import replace

from clausewise.campaign.credentials import Carried, carried, without
from clausewise.campaign.slashes import with_other_slash
from clausewise.contract import Contract, Operation
from clausewise.contract.codecs import encode_json, is_xml
from clausewise.contract.parameter_pairs import read_query
from clausewise.contract.parameters import Parameter
from clausewise.contract.requests import BODY, Encoded
from clausewise.contract.servers import moved, own_path
from clausewise.exchange import USER_AGENT, Request
from clausewise.pack.settings import Settings
from clausewise.plan.cases import Case, MissingValueError, encoded_case
from clausewise.pointer import ABSENT, escape, look, put
from clausewise.record.made import ToUndo
from clausewise.values.fresh import keeps_place, renewed

# So many headers, and values of texts in paths, are remembered.
_MOST_READ = 1_000


class Wire:
    """Makes the requests of one run.

    Planned ids of resources are always the same; what goes over the wire is fresh in every run,
    or one of the ids that the profile lists. The same planned id becomes the same real one.
    """

    def __init__(
        self,
        settings: Settings,
        leased: dict[str, str],
        resource: str | None,
        servers: tuple[str, ...] = (),
    ) -> None:
        """`leased` maps an operation to the pointer of its body where the resource's id stands.

        `servers` are those of the document.
        """
        self.servers = servers
        self.settings = settings
        self.leased = leased
        self._ids = settings.leases.get(resource or "", ())
        self._run = uuid4() if settings.base_url is not None else UUID(int=0)
        self._named = self._run.bytes
        self._turns: dict[Any, str] = {}
        # What requests have again and again: by operation what is carried, and headers of that;
        # the values of texts in paths.
        self._carried: dict[tuple[Any, ...], Carried] = {}
        self._made: dict[tuple[Any, ...], tuple[tuple[str, str], ...]] = {}
        self._read: dict[tuple[str, str, str], Any] = {}
        # By operation, its path parameters with the text that the user gave for each.
        self._in_path: dict[str, list[tuple[Parameter, str | None]]] = {}
        self._lock = threading.Lock()
        self._base = settings.origin
        # Operations whose path is served with another slash at its end than it is documented.
        self.slashed: set[str] = set()

    def request(
        self, operation: Operation, case: Case, supplied: Mapping[str, str] | None = None
    ) -> Request:
        """The request of a case; `supplied` are path parameters that were made for it.

        Raises MissingValueError where a value has no form that could be sent.
        """
        credential = self._credential(operation, case)
        value = self._filled(operation, case, supplied or {})
        taken = {"query": credential.query_names, "cookie": credential.cookie_names}
        for location, names in taken.items():  # what the user says is said once
            if names and location in value:
                own = value[location].items()
                value[location] = {n: inner for n, inner in own if n not in names}
        try:
            wire = encoded_case(operation, case, value)
        except ValueError as problem:
            raise MissingValueError(str(problem)) from None
        query = wire.query
        if credential.query:
            query = "&".join(filter(None, [query, urlencode(credential.query, quote_via=quote)]))
        path = with_other_slash(wire.path) if operation.id in self.slashed else wire.path
        return Request(
            method=operation.method,
            url=f"{self._base_of(operation)}{path}{'?' if query else ''}{query}",
            headers=self._headers(operation, wire, credential),
            content=wire.content,
            path={name: _text(inner) for name, inner in (value.get("path") or {}).items()},
            query=self._query_of(operation, case, value),
            body=body_in(value),
        )

    def _credential(self, operation: Operation, case: Case) -> Carried:
        """What a request carries, but for what it breaks."""
        known = self.settings.credentials
        key = (operation.id, case.credential, *known.items())  # tokens are fetched anew
        if key not in self._carried:
            self._carried[key] = carried(operation, case.credential, self.settings)
        broken = _broken_in(operation, case) if case.about else ()
        return without(self._carried[key], broken) if broken else self._carried[key]

    def _query_of(
        self, operation: Operation, case: Case, value: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """What the query says: that of the case's own text, where it has one in place of values."""
        if case.query is not None:
            return read_query(operation.parameters, case.query)
        return value.get("query") or {}

    def _base_of(self, operation: Operation) -> str:
        """The base URL, with the path of the operation's own server where it has one."""
        if not operation.servers:
            return self._base
        return moved(self._base, self.servers, own_path(operation.servers, self.servers))

    def _filled(
        self, operation: Operation, case: Case, supplied: Mapping[str, str]
    ) -> dict[str, Any]:
        """The case's value with the ids of this run in place of planned ones."""
        value = dict(case.value)
        pointer = self.leased.get(operation.id)
        at = f"/{BODY}{pointer}" if pointer is not None else None
        if at is not None and case.kind != "scenario" and not case.is_pinned(at):
            planned = look(value, at)
            if isinstance(planned, str | int):
                ours = self.real_id(planned, keeps_place(operation.request, at))
                value = put(value, at, ours)
        path = dict(case.part("path"))
        known = self._in_path.get(operation.id)
        if known is None:
            located, texts = operation.located("path"), self.settings.path_of(operation.id)
            known = self._in_path[operation.id] = [(one, texts.get(one.name)) for one in located]
        for parameter, given in known:
            text = supplied.get(parameter.name, given)
            if text is not None and not case.is_pinned(f"/path/{escape(parameter.name)}"):
                path[parameter.name] = self._read_in_path(operation, parameter, text)
        return {**value, "path": path} if path else value

    def _read_in_path(self, operation: Operation, parameter: Parameter, text: str) -> Any:
        key = operation.id, parameter.name, text
        if key not in self._read:
            if len(self._read) >= _MOST_READ:
                self._read.clear()
            self._read[key] = parameter.read([(parameter.name, text)])
        return self._read[key]

    def real_id(self, planned: Any, lawful: Callable[[Any], bool] = lambda value: True) -> Any:
        """The id that a planned one stands for in this run, of the schema of its place."""
        if not self._ids:
            # A UUID of a name (RFC 9562, section 5.5), which says that it is a random one (5.4).
            one = sha1(self._named + str(planned).encode(), usedforsecurity=False).hexdigest()
            variant = "89ab"[int(one[16], 16) & 3]
            ours: Any = f"{one[:8]}-{one[8:12]}-4{one[13:16]}-{variant}{one[17:20]}-{one[20:32]}"
            if lawful(ours):
                return ours
            ours = renewed(planned, (self._run, planned), lawful)
            return planned if ours is None else ours
        with self._lock:
            if planned not in self._turns:
                self._turns[planned] = self._ids[len(self._turns) % len(self._ids)]
            return self._turns[planned]

    def _headers(
        self, operation: Operation, wire: Encoded, credential: Carried
    ) -> tuple[tuple[str, str], ...]:
        kind = wire.content_type if wire.content is not None else None
        key = operation.id, kind, wire.headers, wire.cookies, credential
        if key not in self._made:
            if len(self._made) >= _MOST_READ:
                self._made.clear()
            headers = [("Accept", accept_of(operation))]
            # Where the contract speaks of it, it is sent as planned, or not at all.
            if not any(p.name.lower() == "user-agent" for p in operation.located("header")):
                headers.append(("User-Agent", USER_AGENT))
            if kind is not None:
                headers.append(("Content-Type", kind))
            self._made[key] = with_credential([*headers, *wire.headers], wire.cookies, credential)
        return self._made[key]


def _broken_in(operation: Operation, case: Case) -> set[tuple[str, str]]:
    """Location and name of the parameters that a case is about.

    Neither a credential nor a header of the user's own may mend what is broken there.
    """
    return {
        (parameter.location, parameter.name)
        for parameter in operation.parameters
        if case.is_pinned(f"/{parameter.location}/{escape(parameter.name)}")
    }


def taking_back(thing: ToUndo, contract: Contract, settings: Settings) -> Request:
    """The request that takes back what a run has made, with our own credential.

    What no operation of the contract is asked with gets the pack's token, if there is one.
    """
    match = contract.match(thing.method, thing.url)
    operation = match.operation if match is not None else Operation("", thing.method, "", "")
    credential = carried(operation, "ours", settings)
    headers = [("Accept", "*/*"), ("User-Agent", USER_AGENT), *thing.headers]
    request = thing.request(with_credential(headers, "", credential))
    if not credential.query:
        return request
    # What was sent before, and is sent again, has the credential in it already.
    address, _, query = request.url.partition("?")
    named = [(unquote_plus(pair.partition("=")[0]), pair) for pair in query.split("&") if pair]
    kept = [pair for name, pair in named if name not in credential.query_names]
    query = "&".join([*kept, urlencode(credential.query, quote_via=quote)])
    return replace(request, url=f"{address}?{query}")


def with_credential(
    headers: list[tuple[str, str]], cookies: str, credential: Carried
) -> tuple[tuple[str, str], ...]:
    """Headers and cookies of ours with those of a credential; what the user says goes before."""
    pairs = [f"{name}={text}" for name, text in credential.cookies]
    cookies = "; ".join(filter(None, [cookies, *pairs]))
    given = {name.lower() for name, _ in credential.headers}
    if cookies:
        for name, text in credential.headers:
            if name.lower() == "cookie":
                cookies = f"{cookies}; {text}"
        headers = [*headers, ("Cookie", cookies)]
        given.discard("cookie")
    kept = [header for header in headers if header[0].lower() not in given]
    own = [(n, v) for n, v in credential.headers if not (cookies and n.lower() == "cookie")]
    return (*kept, *own)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else encode_json(value).decode()


def accept_of(operation: Operation) -> str:
    """The Accept header: what replies are documented to be, and at last anything."""
    # What is judged as more than well-formed comes first: many servers take the first they can.
    ranges = sorted(operation.media_ranges or operation.produces, key=is_xml)
    if not ranges:
        return "*/*"
    return ", ".join([*(kind for kind in ranges if kind != "*/*"), "*/*;q=0.1"])


def given_by_user(operation: Operation, settings: Settings) -> set[str]:
    """Where the parameters stand that the user gives in every request, whatever is planned."""
    headers = {name.lower() for name, _ in settings.headers}
    schemes = {(scheme.place, scheme.parameter.lower()) for scheme in operation.schemes}
    return {
        f"/{parameter.location}/{escape(parameter.name)}"
        for parameter in operation.parameters
        if (parameter.location == "header" and parameter.name.lower() in headers)
        or (parameter.location, parameter.name.lower()) in schemes
    }


def read_path(operation: Operation, texts: Mapping[str, str]) -> dict[str, Any]:
    """Path values by name, read as a server would, of their texts."""
    by_name = {parameter.name: parameter for parameter in operation.located("path")}
    return {
        name: by_name[name].read([(name, text)]) for name, text in texts.items() if name in by_name
    }


def body_in(value: Mapping[str, Any]) -> Any:
    """The body of a request object, or None."""
    body = value.get(BODY, ABSENT)
    return None if body is ABSENT else body
