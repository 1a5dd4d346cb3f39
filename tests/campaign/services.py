"""Services over loopback in a function each, and whole runs of their documents."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs

from clausewise.campaign.campaign import Campaign
from clausewise.mock import running
from clausewise.pack.resolving import resolve
from clausewise.plan.plan import make_plan
from clausewise.record.ledger import Entry
from clausewise.record.verdicts import Ruling
from clausewise.transport.http import HttpTarget

from .odd import hard, operation, pack_of

OK = {"ok": True}
TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
JSON = "application/json"


class Asked(NamedTuple):
    """One request as a service gets it; names of headers are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    content: bytes


Answer = tuple[int, Any]
# The same with further headers.
Full = tuple[int, Any, dict[str, str]]
Service = Callable[[Asked], Answer | Full]
# A refusal, and what is said of a thing that is not there.
NO: Answer = (422, {"error": "no"})
GONE: Answer = (404, {"error": "no"})


async def content_of(receive: Any) -> bytes:
    """The whole body of the request that an ASGI application is asked."""
    content, more = b"", True
    while more:
        event = await receive()
        content += event.get("body", b"")
        more = event.get("more_body", False)
    return content


class Served:
    """A service as an ASGI application that speaks JSON, unless it answers with bytes."""

    def __init__(self, service: Service) -> None:
        self.service = service

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        content = await content_of(receive)
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        query = scope["query_string"].decode()
        asked = Asked(scope["method"], scope["path"], query, headers, content)
        status, body, *more = self.service(asked)
        headers = {"content-type": "application/json", **(more[0] if more else {})}
        told = [(name.encode(), text.encode()) for name, text in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": told})
        await send({"type": "http.response.body", "body": _written(body)})


def _written(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def campaign_of(
    root: Path,
    paths: Mapping[str, Any],
    service: Service,
    destructive: bool = False,
    environment: Mapping[str, str] | None = None,
    examples: int = 0,
    kind: type[HttpTarget] = HttpTarget,
    record: Callable[[Campaign, Entry], None] | None = None,
    max_requests: int | None = None,
    operations: Iterable[str] | None = None,
    path_values: tuple[str, ...] = (),
    concurrency: int | None = None,
    settle_seconds: float | None = None,
    **more: Any,
) -> Campaign:
    """A whole run over loopback that is over; `kind` is how its requests are sent.

    `record` is told of each exchange while it goes on.
    """
    pack = pack_of(root, paths, **more)
    with running(Served(service)) as url:
        known = environment or {}
        settings = resolve(
            pack,
            base_url=url,
            environment=known,
            destructive=destructive,
            max_requests=max_requests,
            path_values=path_values,
            concurrency=concurrency,
            settle_seconds=settle_seconds,
        )
        plan = make_plan(pack, operations=operations, examples=examples)
        campaign = Campaign(pack, plan, settings, kind(settings), record=record)
        campaign.run()
    return campaign


def findings(root: Path, paths: Mapping[str, Any], service: Service, **more: Any) -> dict[str, str]:
    """The hard findings of a whole run over loopback, by clause."""
    return hard(campaign_of(root, paths, service, **more).rulings())


def lawful_body(asked: Asked, schema: Any) -> Any:
    """The JSON body of a request that keeps a schema; None for another one."""
    if not asked.headers.get("content-type", "").startswith("application/json"):
        return None
    try:
        body = json.loads(asked.content)
    except ValueError:
        return None
    return body if keeps(schema, body) else None


def keeps(schema: Any, value: Any) -> bool:
    """Whether a value keeps a schema."""
    return bool(jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid(value))


def taking(kind: str, is_right: Callable[[bytes], Any]) -> Service:
    """A service that takes bodies of one media type for which a function gives something true."""

    def service(asked: Asked) -> Answer:
        if asked.headers.get("content-type", "").partition(";")[0] != kind:
            return 415, {"error": "no"}
        try:
            return (200, OK) if is_right(asked.content) else NO
        except (ValueError, KeyError):
            return NO

    return service


def keeping(schema: Any, bare: bool = False) -> Service:
    """A service that takes JSON bodies that keep a schema; with `bare`, 60.0 is no integer."""

    def is_kept(content: bytes) -> bool:
        return not (bare and b".0" in content) and keeps(schema, json.loads(content))

    return taking(JSON, is_kept)


def sending(name: str, kind: str, schema: Any, **more: Any) -> dict[str, Any]:
    """The paths of an operation that takes a body of this kind."""
    content = {kind: {"schema": schema, **more}}
    body = {"required": True, "content": content}
    return {"/it": {"post": operation(name, requestBody=body)}}


def members(required: list[str], **properties: Any) -> dict[str, Any]:
    """The schema of an object."""
    return {"type": "object", "required": required, "properties": properties}


def placed(name: str, schema: Any, place: str = "path") -> dict[str, Any]:
    """A required parameter."""
    return {"name": name, "in": place, "required": True, "schema": schema}


def showing(node: dict[str, Any], **properties: Any) -> dict[str, Any]:
    """An operation whose reply has these members."""
    said = {"application/json": {"schema": members(list(properties), **properties)}}
    for reply in node["responses"].values():
        if "content" in reply:
            reply["content"] = said
    return node


def ruled(campaign: Campaign) -> tuple[Mapping[str, str], Mapping[str, Ruling]]:
    """The hard findings of a run, and all rulings; what it made has to be undone."""
    assert campaign.sender.created.left_over == []
    rulings = campaign.rulings()
    return hard(rulings), rulings
