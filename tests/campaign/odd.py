"""Small endpoints that answer oddly, and whole runs against them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import yaml

from clausewise.campaign.campaign import Campaign
from clausewise.campaign.clock import Clock
from clausewise.exchange import Request, Response
from clausewise.pack import Pack, load_pack
from clausewise.pack.resolving import resolve
from clausewise.plan.plan import make_plan
from clausewise.record.verdicts import Ruling
from clausewise.transport.target import Failed

RED = ("violated", "lenient", "strict")
OBJECT = {"type": "object"}


@dataclass(frozen=True)
class Call:
    """One request as an endpoint sees it: `number` counts from 1, `body` is None but for JSON."""

    number: int
    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)


# A status and what is said in JSON; a Failed is raised.
Answer = tuple[int, Any] | Failed
Handler = Callable[[Call], Answer]


@dataclass
class Endpoint:
    """A target in this process that keeps what it was asked."""

    handler: Handler
    kind: str = "in-process"
    log: list[tuple[Call, int | None]] = field(default_factory=list)

    def send(self, request: Request) -> Response:
        """Answer one request. Raises Failed where the handler says so."""
        parts = urlsplit(request.url)
        content = request.content or b""
        try:
            known = {n.lower(): v for n, v in request.headers}.get("content-type", "")
            body = json.loads(content) if known.startswith("application/json") else None
        except ValueError:
            body = None
        call = Call(
            len(self.log) + 1,
            request.method,
            unquote(parts.path),
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            body,
            content.decode("utf-8", "replace"),
            {name.lower(): value for name, value in request.headers},
        )
        answer = self.handler(call)
        self.log.append((call, None if isinstance(answer, Failed) else answer[0]))
        if isinstance(answer, Failed):
            raise answer
        status, said = answer
        headers = (("Content-Type", "application/json"),)
        return Response(status, headers, json.dumps(said).encode(), 0.0)

    def close(self) -> None:
        """Nothing is held."""


def pack_of(
    root: Path,
    paths: Mapping[str, Any],
    schemas: Mapping[str, Any] | None = None,
    security: Mapping[str, Any] | None = None,
    version: str = "3.1.0",
    **settings: Any,
) -> Pack:
    """A pack of these paths alone, and of the named schemas that they refer to.

    Each operation asks for what is in `security`, the schemes by name.
    """
    document: dict[str, Any] = {
        "openapi": version,
        "info": {"title": "odd", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas or {}, "securitySchemes": security or {}},
        "security": [{name: []} for name in security or {}],
    }
    root.mkdir(parents=True, exist_ok=True)
    (root / "openapi.json").write_text(json.dumps(document), "utf-8")
    told = {"name": "odd", "contract": "openapi.json", **settings}
    (root / "clausewise.yaml").write_text(yaml.safe_dump(told, sort_keys=False), "utf-8")
    return load_pack(root)


def operation(name: str, body: Any = None, status: str = "200", **more: Any) -> dict[str, Any]:
    """One operation: what it takes, if anything, and one success with a body that has `ok`."""
    reply = {"type": "object", "required": ["ok"], "properties": {"ok": {"type": "boolean"}}}
    node: dict[str, Any] = {
        "operationId": name,
        "responses": {status: _said(reply), "422": {"description": "No."}},
        **more,
    }
    if body is not None:
        content = {"application/json": {"schema": body}}
        node["requestBody"] = {"required": True, "content": content}
    return node


def _said(schema: Any) -> dict[str, Any]:
    return {"description": "Done.", "content": {"application/json": {"schema": schema}}}


def hard(rulings: Mapping[str, Ruling]) -> dict[str, str]:
    """The clauses that fail a run, each with its verdict."""
    return {n: r.verdict for n, r in rulings.items() if r.verdict in RED and not r.soft}


@dataclass(frozen=True)
class Run:
    """What a run found."""

    campaign: Campaign
    rulings: Mapping[str, Ruling]
    endpoint: Endpoint

    @property
    def findings(self) -> dict[str, str]:
        """The clauses that fail the run, each with its verdict."""
        return hard(self.rulings)

    @property
    def warnings(self) -> dict[str, str]:
        """The clauses that deviate and only warn."""
        return {
            name: ruling.verdict
            for name, ruling in self.rulings.items()
            if ruling.verdict in RED and ruling.soft
        }


def carried_out(
    pack: Pack, handler: Handler, examples: int = 0, clock: Clock | None = None, **settings: Any
) -> Run:
    """A whole run. Raises TargetError."""
    endpoint = Endpoint(handler)
    plan = make_plan(pack, examples=examples)
    settled = resolve(pack, environment={}, **settings)
    campaign = Campaign(pack, plan, settled, endpoint, clock=clock)
    campaign.run()
    return Run(campaign, campaign.rulings(), endpoint)
