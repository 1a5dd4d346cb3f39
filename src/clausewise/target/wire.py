"""Cases to requests: the URL, the headers, the credential, and the leased resource."""

from __future__ import annotations

import threading
from uuid import UUID, uuid4, uuid5

from clausewise import __version__
from clausewise.contract import Operation
from clausewise.errors import UsageError
from clausewise.exchange import Request
from clausewise.plan.bodies import look, put
from clausewise.plan.cases import Case, encode
from clausewise.plan.plan import WRONG_TOKEN
from clausewise.plan.values import ABSENT
from clausewise.target.settings import Settings

ACCEPT = "application/json"


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
        self._turns: dict[str, str] = {}
        self._places: dict[str, tuple[dict[str, str], str]] = {}
        self._lock = threading.Lock()
        self._base = settings.origin

    def request(self, operation: Operation, case: Case) -> Request:
        """The request of a case. Raises UsageError when a path parameter has no value."""
        path, url = self._where(operation, case)
        content = case.content
        body = None if case.body is ABSENT else case.body
        at = self.leased.get(operation.id)
        if at is not None and content is not None:
            planned = look(case.body, at)
            if isinstance(planned, str) and (case.change is None or case.change.at != at):
                body = put(case.body, at, self.real_id(planned))
                content = encode(body)
        return Request(
            method=operation.method,
            url=url,
            headers=tuple(self._headers(case, content)),
            content=content,
            path=path,
            body=body,
        )

    def _where(self, operation: Operation, case: Case) -> tuple[dict[str, str], str]:
        """The path values and the URL; most cases of an operation share them."""
        if not case.path and operation.id in self._places:
            return self._places[operation.id]
        path = {**self._path(operation), **case.path}
        place = path, self._base + operation.fill(path)
        if not case.path:
            self._places[operation.id] = place
        return place

    def real_id(self, planned: str) -> str:
        """The id that a planned one stands for in this run."""
        if not self._ids:
            return str(UUID(bytes=uuid5(self._run, planned).bytes, version=4))
        with self._lock:
            if planned not in self._turns:
                self._turns[planned] = self._ids[len(self._turns) % len(self._ids)]
            return self._turns[planned]

    def _path(self, operation: Operation) -> dict[str, str]:
        values = dict(self.settings.path)
        for parameter in operation.parameters:
            if parameter.location != "path" or parameter.name in values:
                continue
            if parameter.example is None:
                raise UsageError(
                    f"{operation.id} needs a value of the path parameter {parameter.name}: "
                    "give it one under `path` in clausewise.yaml, or an example in the contract"
                )
            values[parameter.name] = str(parameter.example)
        return values

    def _headers(self, case: Case, content: bytes | None) -> list[tuple[str, str]]:
        headers = [("Accept", ACCEPT), ("User-Agent", f"clausewise/{__version__}")]
        if content is not None and case.media_type is not None:
            headers.append(("Content-Type", case.media_type))
        given = {name.lower() for name, _ in self.settings.headers}
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
