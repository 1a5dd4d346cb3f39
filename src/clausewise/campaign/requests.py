"""Cases to requests: the URL, the headers, the credential, and the leased resource."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID, uuid4, uuid5

from clausewise import __version__
from clausewise.contract import Operation
from clausewise.contract.parameters import Parameter, query_string, read_query
from clausewise.errors import UsageError
from clausewise.exchange import Request
from clausewise.pack.settings import Settings
from clausewise.plan.cases import Case, encode
from clausewise.plan.fresh import keeps_place, renewed
from clausewise.plan.planning import WRONG_TOKEN
from clausewise.pointer import ABSENT, look, put

ACCEPT = "application/json"
# OpenAPI 3.1, section 4.8.12.2.1: header parameters of these names mean nothing.
_NO_PARAMETERS = frozenset({"accept", "content-type", "authorization"})


class MissingValueError(UsageError):
    """A request cannot be made, since a parameter has no value; `str()` says which."""


class Wire:
    """Makes the requests of one run.

    Planned ids of resources are always the same; what goes over the wire is fresh in every run,
    or one of the ids that the profile lists. The same planned id becomes the same real one.
    """

    def __init__(self, settings: Settings, leased: dict[str, str], resource: str | None) -> None:
        """`leased` maps an operation to the pointer of its body where the resource's id stands."""
        self.settings = settings
        self.leased = leased
        self._ids = settings.leases.get(resource or "", ())
        self._run = uuid4() if settings.base_url is not None else UUID(int=0)
        self._turns: dict[Any, str] = {}
        self._lock = threading.Lock()
        self._base = settings.origin

    def request(
        self, operation: Operation, case: Case, supplied: Mapping[str, str] | None = None
    ) -> Request:
        """The request of a case; `supplied` are path parameters that were made for it.

        Raises MissingValueError when a parameter that every request must have has no value.
        """
        path = {**self._path(operation, supplied or {}), **case.path}
        url = self._base + operation.fill(path)
        content, value, query = case.content, case.value, case.query
        if case.part == "query":
            text = (content or b"").decode("ascii")
            content, value = None, ABSENT
            query = read_query(operation.parameters, text)
        else:
            text = query_string(operation.parameters, query) or ""
            content, value = self._with_real_id(operation, case)
        return Request(
            method=operation.method,
            url=f"{url}?{text}" if text else url,
            headers=tuple(self._headers(operation, case, content)),
            content=content,
            path=path,
            query=query,
            body=None if value is ABSENT else value,
        )

    def _with_real_id(self, operation: Operation, case: Case) -> tuple[bytes | None, Any]:
        """The body with the planned id of its resource replaced by the one of this run."""
        at = self.leased.get(operation.id)
        content, value = case.content, case.value
        if at is None or content is None or case.kind == "scenario":
            return content, value
        planned = look(value, at)
        if isinstance(planned, str | int) and (case.change is None or case.change.at != at):
            value = put(value, at, self.real_id(planned, keeps_place(operation.body, at)))
            content = encode(value)
        return content, value

    def real_id(self, planned: Any, lawful: Callable[[Any], bool] = lambda value: True) -> Any:
        """The id that a planned one stands for in this run, of the schema of its place."""
        if not self._ids:
            ours: Any = str(UUID(bytes=uuid5(self._run, str(planned)).bytes, version=4))
            if lawful(ours):
                return ours
            ours = renewed(planned, (self._run, planned), lawful)
            return planned if ours is None else ours
        with self._lock:
            if planned not in self._turns:
                self._turns[planned] = self._ids[len(self._turns) % len(self._ids)]
            return self._turns[planned]

    def _path(self, operation: Operation, supplied: Mapping[str, str]) -> dict[str, str]:
        values = {**self.settings.path_of(operation.id), **supplied}
        for parameter in operation.parameters:
            if parameter.location != "path" or parameter.name in values:
                continue
            if parameter.example is None:
                raise MissingValueError(
                    f"{operation.id} needs a value of the path parameter {parameter.name}: give it "
                    f"one with --set {parameter.name}=…, under `path` in clausewise.yaml, or as an "
                    "example in the contract"
                )
            values[parameter.name] = str(parameter.example)
        return values

    def _headers(
        self, operation: Operation, case: Case, content: bytes | None
    ) -> list[tuple[str, str]]:
        headers = [("Accept", ACCEPT), ("User-Agent", f"clausewise/{__version__}")]
        if content is not None and case.media_type is not None:
            headers.append(("Content-Type", case.media_type))
        given = {name.lower() for name, _ in self.settings.headers}
        own = list(_given_headers(operation, self.settings))
        headers += own
        headers += _required_headers(operation, given | {name.lower() for name, _ in own})
        # What the user says replaces what we would say.
        headers = [header for header in headers if header[0].lower() not in given]
        for name, value in self.settings.headers:
            if name.lower() != "authorization" or case.credential == "ours":
                headers.append((name, value))
        if case.credential == "ours" and "authorization" in given:
            return headers
        token = {"ours": self.settings.token, "none": None, "wrong": WRONG_TOKEN}[case.credential]
        if token is not None:
            headers.append(("Authorization", f"Bearer {token}"))
        return headers


def _given_headers(operation: Operation, settings: Settings) -> Iterator[tuple[str, str]]:
    """What the user gave for header and cookie parameters (RFC 6265, section 4.2)."""
    by_place = {(p.location, p.name): p for p in operation.parameters}
    cookies = []
    for one in settings.values:
        parameter = by_place.get((one.part, one.name))
        if parameter is None or not one.is_for(operation.id):
            continue
        text = ",".join(parameter.written(one.value) or [str(one.value)])
        if one.part == "header":
            yield one.name, text
        elif one.part == "cookie":
            cookies.append(f"{one.name}={text}")
    if cookies:
        yield "Cookie", "; ".join(cookies)


def _required_headers(operation: Operation, given: set[str]) -> Iterator[tuple[str, str]]:
    """Header parameters that every request must have and the user says nothing of."""
    for parameter in operation.parameters:
        name = parameter.name.lower()
        if parameter.location != "header" or not parameter.message.required or name in given:
            continue
        if name in _NO_PARAMETERS:
            continue
        texts = next(filter(None, map(parameter.written, _documented(parameter))), None)
        if texts is None:
            raise MissingValueError(
                f"{operation.id} needs a value of the header {parameter.name}: give it one with "
                f"--header '{parameter.name}: …', or as an example in the contract"
            )
        yield parameter.name, texts[0]


def _documented(parameter: Parameter) -> Iterator[Any]:
    """The values of a parameter that the contract itself writes down."""
    schema = parameter.message.schema.document
    if parameter.example is not None:
        yield parameter.example
    for keyword in ("default", "const"):
        if keyword in schema:
            yield schema[keyword]
    yield from schema.get("enum") or ()


def credentials(settings: Settings) -> tuple[tuple[str, str], ...]:
    """The headers of a request that stands in no plan: the user's own, and the credential."""
    headers = [("Accept", ACCEPT), ("User-Agent", f"clausewise/{__version__}"), *settings.headers]
    given = {name.lower() for name, _ in settings.headers}
    if settings.token is not None and "authorization" not in given:
        headers.append(("Authorization", f"Bearer {settings.token}"))
    return tuple(headers)
