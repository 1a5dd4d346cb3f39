"""A service with things within things, and its document as a stranger would have it.

Nothing says where ids come from; what destroys stands first. The service remembers every request.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from uuid import UUID, uuid4

from clausewise.campaign.campaign import Campaign
from clausewise.campaign.session import Scope, Session, clauses_of
from clausewise.pack.loading import load_document
from clausewise.pack.pack import Pack
from clausewise.pack.resolving import resolve

from .faults import Run

JSON = "application/json"
TEXT = {"type": "string"}


def _object(required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required.split(), "properties": properties}


def _ok(status: str = "200", schema: Any = None, *others: str) -> dict[str, Any]:
    content = {} if schema is None else {"content": {JSON: {"schema": schema}}}
    refusals = {other: {"description": "No."} for other in ("400", "404", "409", *others)}
    return {status: {"description": "Done.", **content}, **refusals}


def _takes(schema: Any) -> dict[str, Any]:
    return {"required": True, "content": {JSON: {"schema": schema}}}


MAIL = re.compile(r"[^\s@]+@[^\s@]+")
OWNER = _object("email name", email={"type": "string", "format": "email"}, name=TEXT)
PATHS: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {
    "/owners/{owner_id}": {
        "delete": ("drop_owner", {"responses": _ok("204")}),
        "get": ("get_owner", {"responses": _ok("200", _object("uuid", uuid=TEXT))}),
    },
    "/owners": {
        "get": ("list_owners", {"responses": _ok()}),
        "post": ("add_owner", {"requestBody": _takes(OWNER), "responses": _ok("201")}),
    },
    "/shutdown": {"post": ("stop_it", {"responses": _ok()})},
    "/session/log-out": {"post": ("bye", {"responses": _ok()})},
    "/invoices/{id}": {"get": ("get_invoice", {"responses": _ok()})},
    "/invoices": {
        "post": (
            "add_invoice",
            {
                "requestBody": _takes(_object("ownerId", ownerId=TEXT, total={"type": "integer"})),
                "responses": _ok("201"),
            },
        )
    },
    "/owners/{owner_id}/pets/{pet}/visits/{number}": {
        "get": ("get_visit", {"responses": _ok()}),
    },
    "/owners/{owner_id}/pets/{pet}/visits": {
        "post": (
            "add_visit",
            {"requestBody": _takes(_object("why", why=TEXT)), "responses": _ok("201")},
        )
    },
    "/owners/{owner_id}/pets/{pet}": {
        "get": ("get_pet", {"responses": _ok()}),
        "patch": (
            "change_pet",
            {"requestBody": _takes(_object("", name=TEXT)), "responses": _ok()},
        ),
        "delete": ("drop_pet", {"responses": _ok("204")}),
    },
    "/owners/{owner_id}/pets": {
        "post": (
            "add_pet",
            {"requestBody": _takes(_object("name", name=TEXT)), "responses": _ok("201")},
        )
    },
    "/vets/{slug}": {
        "get": ("get_vet", {"responses": _ok()}),
        "put": ("change_vet", {"requestBody": _takes(_object("", name=TEXT)), "responses": _ok()}),
        "delete": ("drop_vet", {"responses": _ok("204")}),
    },
    "/vets": {"get": ("list_vets", {"responses": _ok()})},
    "/echo/{word}": {"get": ("echo", {"responses": _ok()})},
}


def document() -> dict[str, Any]:
    """The OpenAPI document."""
    paths: dict[str, Any] = {}
    for path, methods in PATHS.items():
        for method, (name, node) in methods.items():
            parameters = [
                {"name": one, "in": "path", "required": True, "schema": _schema(path, one)}
                for one in re.findall(r"\{(\w+)\}", path)
            ]
            operation = {"operationId": name, "parameters": parameters, **node}
            paths.setdefault(path, {})[method] = operation
    return {"openapi": "3.1.0", "info": {"title": "Clinic", "version": "1"}, "paths": paths}


def _schema(path: str, name: str) -> dict[str, Any]:
    return {"type": "integer"} if name in ("number", "id") else TEXT


@dataclass(frozen=True)
class Asked:
    """One request as the service saw it, and its answer."""

    method: str
    path: str
    body: Any
    status: int


@dataclass
class Clinic:
    """What the service remembers. `owners` and what is within them, invoices, and its vets."""

    owners: dict[str, dict[str, Any]] = field(default_factory=dict)
    pets: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    visits: dict[tuple[str, str, int], dict[str, Any]] = field(default_factory=dict)
    invoices: dict[int, str] = field(default_factory=dict)
    vets: dict[str, str] = field(default_factory=lambda: {"dr-a": "A", "dr-b": "B"})
    log: list[Asked] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def asked(self, method: str, pattern: str) -> list[Asked]:
        """The requests of a method whose whole path matches."""
        return [a for a in self.log if a.method == method and re.fullmatch(pattern, a.path)]

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any, dict[str, str]]:
        """Status, body and headers of an answer."""
        steps = [unquote(step) for step in path.strip("/").split("/")]
        match method, steps:
            case "POST", ["owners"]:
                return self._add_owner(body)
            case "GET", ["owners"]:
                return 200, {"data": {"owners": list(self.owners.values())}}, {}
            case _, ["owners", owner, *rest] if owner in self.owners:
                return self._of_owner(method, owner, rest, body)
            case "POST", ["invoices"]:
                if not _has(body, ownerId=str) or type(body.get("total", 0)) is not int:
                    return 400, None, {}
                if body["ownerId"] not in self.owners:
                    return 404, None, {}
                self.invoices[len(self.invoices) + 1] = body["ownerId"]
                return 201, {"invoice": {"id": len(self.invoices), "owner": {"id": 99}}}, {}
            case "GET", ["invoices", number] if number.isdigit() and int(number) in self.invoices:
                return 200, {}, {}
            case "GET", ["vets"]:
                return 200, [{"name": n, "slug": s} for s, n in self.vets.items()], {}
            case _, ["vets", slug] if slug in self.vets:
                if method == "DELETE":
                    del self.vets[slug]
                return 200, {"slug": slug}, {}
            case "GET", ["echo", word]:
                return 200, {"word": word}, {}
        return 404, None, {}

    def _add_owner(self, body: Any) -> tuple[int, Any, dict[str, str]]:
        if not _has(body, email=str, name=str) or not MAIL.fullmatch(body["email"]):
            return 400, None, {}
        if any(one["email"] == body["email"] for one in self.owners.values()):
            return 400, {"message": "email has already been taken"}, {}
        made = {"uuid": str(uuid4()), "email": body["email"]}
        self.owners[made["uuid"]] = made
        return 201, {"success": True, "data": {"owner": made}}, {}

    def _of_owner(
        self, method: str, owner: str, rest: list[str], body: Any
    ) -> tuple[int, Any, dict[str, str]]:
        match method, rest:
            case "GET", []:
                return 200, self.owners[owner], {}
            case "DELETE", []:
                if any(key[0] == owner for key in self.pets):
                    return 409, None, {}
                del self.owners[owner]
                return 204, None, {}
            case "POST", ["pets"]:
                if not _has(body, name=str):
                    return 400, None, {}
                name = f"p{len(self.log)}"
                self.pets[owner, name] = body
                return 201, None, {"Location": f"/owners/{owner}/pets/{name}"}
            case _, ["pets", pet, *inner] if (owner, pet) in self.pets:
                return self._of_pet(method, owner, pet, inner, body)
        return 404, None, {}

    def _of_pet(
        self, method: str, owner: str, pet: str, rest: list[str], body: Any
    ) -> tuple[int, Any, dict[str, str]]:
        match method, rest:
            case "GET", []:
                return 200, {}, {}
            case "PATCH", []:
                good = isinstance(body, dict) and isinstance(body.get("name", ""), str)
                return (200 if good else 400), None, {}
            case "DELETE", []:
                del self.pets[owner, pet]
                return 204, None, {}
            case "POST", ["visits"]:
                if not _has(body, why=str):
                    return 400, None, {}
                number = len(self.visits) + 1
                self.visits[owner, pet, number] = body
                return 201, {"number": number}, {}
            case "GET", ["visits", number] if number.isdigit():
                there = (owner, pet, int(number)) in self.visits
                return (200 if there else 404), {} if there else None, {}
        return 404, None, {}


def _has(body: Any, **members: type) -> bool:
    return isinstance(body, dict) and all(
        isinstance(body.get(name), kind) for name, kind in members.items()
    )


Answers = Callable[[str, str, Any], tuple[int, Any, dict[str, str]]]


@contextmanager
def served(clinic: Clinic, answer: Answers | None = None) -> Iterator[str]:
    """The service on a port of this machine; gives its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version, disable_nagle_algorithm, wbufsize = "HTTP/1.1", True, -1

        def log_message(self, *words: Any) -> None:
            pass

        def do_GET(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            typed = self.headers.get_content_type() == JSON
            try:
                body = json.loads(raw) if raw and typed else None
            except ValueError:
                body = None
            path = self.path.partition("?")[0]
            with clinic.lock:
                status, said, headers = (answer or clinic.answer)(self.command, path, body)
                clinic.log.append(Asked(self.command, path, body, status))
            content = b"" if said is None else json.dumps(said).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if content:
                self.send_header("Content-Type", JSON)
            if status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815  # names of http.server

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def pack_of(root: Path, *names: str) -> Pack:
    """The bare document, or only some of its operations."""
    whole = document()
    if names:
        whole["paths"] = {
            path: kept
            for path, item in whole["paths"].items()
            if (kept := {m: node for m, node in item.items() if node["operationId"] in names})
        }
    path = root / f"clinic-{UUID(int=len(names)).hex}.json"
    path.write_text(json.dumps(whole, indent=1), "utf-8")
    return load_document(path)


def pack_in(root: Path, name: str, paths: dict[str, Any]) -> Pack:
    """A bare document of these paths."""
    whole = {"openapi": "3.1.0", "info": {"title": name, "version": "1"}, "paths": paths}
    path = root / f"{name}.json"
    path.write_text(json.dumps(whole, indent=1), "utf-8")
    return load_document(path)


def judged(pack: Pack, url: str, **settings: Any) -> Run:
    """A whole run against a URL, as `clausewise run` has it but for the random search."""
    settled = resolve(pack, base_url=url, environment={}, **settings)
    campaign: Campaign = Session(pack, settled, Scope(clauses_of(pack), 0)).campaign
    campaign.join()
    return Run(campaign, campaign.rulings())
