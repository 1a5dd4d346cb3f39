"""A small contract with a service of its own, and whole runs against it."""

from __future__ import annotations

import inspect
import json
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid5

import yaml
from msgspec.structs import replace

from clausewise.campaign.campaign import Campaign
from clausewise.exchange import Request, Response
from clausewise.mock import Application, Call, Refused
from clausewise.mock import Reply as Answer
from clausewise.pack import Pack, load_pack
from clausewise.pack.resolving import resolve
from clausewise.pack.settings import Settings
from clausewise.plan.plan import Plan, make_plan
from clausewise.transport.target import Failed, Target

from .faults import Run

JSON = "application/json"
ACTIONS = ("pause", "resume", "stop")


def _replies(schema: Any, status: str = "200") -> dict[str, Any]:
    refusal = {
        "type": "object",
        "required": ["error"],
        "properties": {"error": {"type": "string"}},
    }
    return {
        status: {"description": "Done.", "content": {JSON: {"schema": schema}}},
        "4XX": {"description": "No.", "content": {JSON: {"schema": refusal}}},
    }


def _takes(schema: Any) -> dict[str, Any]:
    return {"required": True, "content": {JSON: {"schema": schema}}}


def _named(name: str, schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema}


TEXT = {"type": "string"}
UUID_ = {"type": "string", "format": "uuid"}
THING = {
    "type": "object",
    "required": ["id", "state"],
    "properties": {"id": TEXT, "state": {"enum": ["NEW", "RUNNING", "PAUSED", "STOPPED"]}},
}
NOTE = {"type": "object", "required": ["id"], "properties": {"id": TEXT, "text": TEXT}}
# Operations by id: method, path, and the rest.
OPERATIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "make": (
        "post",
        "/things",
        {
            "requestBody": _takes(
                {
                    "type": "object",
                    "required": ["slot"],
                    "properties": {"slot": UUID_, "size": {"type": "integer", "maximum": 9}},
                }
            ),
            "responses": _replies(THING, "201"),
        },
    ),
    "look": (
        "get",
        "/things/{thing_id}",
        {
            "parameters": [
                _named("thing_id", UUID_),
                {"name": "deep", "in": "query", "schema": {"type": "boolean"}},
            ],
            "responses": _replies(THING),
        },
    ),
    "act": (
        "put",
        "/things/{thing_id}",
        {
            "parameters": [_named("thing_id", UUID_)],
            "requestBody": _takes(
                {
                    "type": "object",
                    "required": ["action"],
                    "properties": {
                        "action": {"type": "string", "enum": list(ACTIONS)},
                        "note": {"type": "string", "maxLength": 20},
                    },
                }
            ),
            "responses": _replies(THING),
        },
    ),
    "list": (
        "get",
        "/things",
        {
            "parameters": [
                {
                    "name": "per_page",
                    "in": "query",
                    "schema": {"type": "integer", "minimum": 1, "maximum": 50},
                }
            ],
            "responses": _replies({"type": "array", "items": THING}),
        },
    ),
    "write": (
        "post",
        "/things/{thing_id}/notes",
        {
            "parameters": [_named("thing_id", UUID_)],
            "requestBody": _takes({"type": "object", "properties": {"text": TEXT}}),
            "responses": _replies(NOTE, "201"),
        },
    ),
    "read": (
        "get",
        "/notes/{note_id}",
        {"parameters": [_named("note_id", {"type": "integer"})], "responses": _replies(NOTE)},
    ),
    "ping": ("get", "/ping", {"responses": _replies({"type": "object", "required": ["ok"]})}),
}
SUPPLIES: dict[str, Any] = {
    "thing": {
        "operation": "make",
        "gives": {"thing_id": "/response/id"},
        "states": {
            "running": [
                {
                    "operation": "look",
                    "until": {"properties": {"state": {"const": "RUNNING"}}},
                }
            ],
            "paused": [{"state": "running"}, {"operation": "act", "body": {"action": "pause"}}],
        },
        "needed_by": {
            "look": {},
            "act": {
                "state": "running",
                "states": [
                    {
                        "when": {
                            "type": "object",
                            "required": ["action"],
                            "properties": {"action": {"const": "resume"}},
                        },
                        "state": "paused",
                    }
                ],
            },
            "write": {},
        },
    },
    "note": {
        "operation": "write",
        "gives": {"note_id": "/response/id"},
        "needed_by": {"read": {}},
    },
}
# What lets pytest take the options of a pack's tests by the names that `clausewise run` has.
SHORT_NAMES = "from clausewise.pytest_plugin import add_short_names as pytest_addoption\n"
SLOTS = {
    "slot": {
        "members": {"make": "/slot"},
        "undo": {
            "make": {
                "method": "PUT",
                "path": "/things/{id}",
                "id": "/id",
                "body": {"action": "stop"},
            }
        },
    }
}


def pack_of(
    root: Path,
    *names: str,
    rules: str | None = None,
    tests: Mapping[str, str] | None = None,
    mock: str | None = None,
    **settings: Any,
) -> Pack:
    """A pack of these operations, or of all; `settings` change those of clausewise.yaml."""
    paths: dict[str, dict[str, Any]] = {}
    for name in names or OPERATIONS:
        method, path, node = OPERATIONS[name]
        paths.setdefault(path, {})[method] = {"operationId": name, **node}
    document = {"openapi": "3.1.0", "info": {"title": "Things", "version": "1"}, "paths": paths}
    root.mkdir(parents=True, exist_ok=True)
    (root / "openapi.json").write_text(json.dumps(document, indent=1), "utf-8")
    told: dict[str, Any] = {
        "name": "things",
        "contract": "openapi.json",
        "resources": SLOTS,
        "supplies": SUPPLIES,
        **settings,
    }
    if rules is not None:
        (root / "rules.yaml").write_text(rules, "utf-8")
        told["rules"] = "rules.yaml"
    for file, text in {"conftest.py": SHORT_NAMES, **tests}.items() if tests else ():
        (root / "contract_tests").mkdir(exist_ok=True)
        (root / "contract_tests" / file).write_text(text, "utf-8")
    if mock is not None:
        (root / "app.py").write_text(mock, "utf-8")
        told["mock"] = "app.py"
    (root / "clausewise.yaml").write_text(yaml.safe_dump(told, sort_keys=False), "utf-8")
    return load_pack(root)


def refuse(status: int, message: str) -> dict[str, Any]:
    """A refusal's body."""
    return {"error": message}


class Things:
    """What the service remembers, and how it answers. Safe to use from several threads.

    A thing runs once it was looked at, unless things do not `wake`.
    """

    def __init__(self) -> None:
        self.wake = True
        self.states: dict[str, str] = {}
        self.notes: dict[int, str] = {}
        self._lock = threading.RLock()

    def application(self, pack: Pack) -> Application:
        """The service as the pack's contract has it."""
        played = {
            "make": self._make, "look": self._look, "act": self._act, "list": self._list,
            "write": self._write, "read": self._read, "ping": self._ping,
        }  # fmt: skip
        handlers = {name: played[name] for name in pack.contract.operations}
        return Application(pack.contract, handlers, refuse=refuse)

    def _make(self, call: Call) -> Answer:
        with self._lock:
            name = str(uuid5(UUID(int=1), str(len(self.states))))
            self.states[name] = "NEW"
            return self._shown(name, 201)

    def _look(self, call: Call) -> Answer:
        with self._lock:
            name = self._known(call)
            if self.states[name] == "NEW" and self.wake:
                self.states[name] = "RUNNING"
            return self._shown(name)

    def _act(self, call: Call) -> Answer:
        with self._lock:
            name = self._known(call)
            action, state = call.body["action"], self.states[name]
            fits = {
                "pause": ["RUNNING"],
                "resume": ["PAUSED"],
                "stop": ["NEW", "RUNNING", "PAUSED"],
            }
            if state not in fits[action]:
                raise Refused(409, f"it is {state}")
            after = {"pause": "PAUSED", "resume": "RUNNING", "stop": "STOPPED"}
            self.states[name] = after[action]
            return self._shown(name)

    def _list(self, call: Call) -> Answer:
        with self._lock:
            return Answer(200, [{"id": name, "state": s} for name, s in self.states.items()])

    def _write(self, call: Call) -> Answer:
        with self._lock:
            name = self._known(call)
            number = len(self.notes) + 1
            self.notes[number] = name
            return Answer(201, {"id": str(number)})

    def _read(self, call: Call) -> Answer:
        with self._lock:
            number = call.path["note_id"]
            if number not in self.notes or self.states[self.notes[number]] == "STOPPED":
                raise Refused(404, "no such note")
            return Answer(200, {"id": str(number)})

    def _ping(self, call: Call) -> Answer:
        return Answer(200, {"ok": True})

    def _known(self, call: Call) -> str:
        name = str(call.path["thing_id"])
        if name not in self.states:
            raise Refused(404, "no such thing")
        return name

    def _shown(self, name: str, status: int = 200) -> Answer:
        return Answer(status, {"id": name, "state": self.states[name]})


@dataclass(frozen=True)
class Asked:
    """One request as the service saw it; `body` is None where it is no JSON."""

    operation: str
    url: str
    body: Any
    status: int

    @property
    def accepted(self) -> bool:
        """Whether it was a success."""
        return 200 <= self.status < 300

    @property
    def thing(self) -> str:
        """The thing of the path."""
        return self.url.split("/")[2].partition("?")[0]


# What stands in for the service: a status, a body, a failure; or None where it answers itself.
Instead = Callable[[str, Any], Any]


@dataclass
class Service:
    """A target that writes down what it is asked; `instead` answers in its place, by operation."""

    pack: Pack
    instead: Mapping[str, Instead] = field(default_factory=dict)
    kind: str = "in-process"

    def __post_init__(self) -> None:
        self.things = Things()
        self.application = self.things.application(self.pack)
        self.log: list[Asked] = []
        self.closed = False

    def send(self, request: Request) -> Response:
        """Answer one request. Raises Failed where the service is told to."""
        parts = urlsplit(request.url)
        operation = self._operation(request.method, parts.path)
        try:
            body = json.loads(request.content or b"null")
        except ValueError:
            body = None
        instead = self.instead.get(operation)
        told = instead(parts.path, body) if instead is not None else None
        if isinstance(told, Failed):
            raise told
        if told is None:
            headers = {name.lower(): value for name, value in request.headers}
            sent = self.application.answer(
                request.method, parts.path, parts.query, headers, request.content or b""
            )
            said = tuple((name.decode(), value.decode()) for name, value in sent.headers)
            response = Response(sent.status, said, sent.content, 0.0)
        else:
            status, answer = told
            response = Response(status, (("content-type", JSON),), json.dumps(answer).encode(), 0.0)
        url = f"{parts.path}?{parts.query}" if parts.query else parts.path
        self.log.append(Asked(operation, url, body, response.status))
        return response

    def close(self) -> None:
        """Note that the run is over."""
        self.closed = True

    def asked(self, *operations: str) -> list[Asked]:
        """The requests of some operations, or all."""
        return [one for one in self.log if not operations or one.operation in operations]

    def _operation(self, method: str, path: str) -> str:
        for operation in self.pack.contract.operations.values():
            pattern = re.sub(r"\{\w+\}", "[^/]+", operation.path)
            if operation.method == method and re.fullmatch(pattern, path):
                return operation.id
        return "none"


def always(status: int, body: Any = None) -> Instead:
    """Answer each request of an operation alike."""
    return lambda path, asked: (status, body if body is not None else {"error": "no"})


def carried_out(
    pack: Pack,
    target: Target,
    operations: Iterable[str] | None = None,
    plan: Plan | None = None,
    **settings: Any,
) -> Run:
    """A run of the plan of these operations, or of all. Raises TargetError."""
    campaign = campaign_of(pack, target, operations, plan, **settings)
    campaign.run()
    return Run(campaign, campaign.rulings())


def campaign_of(
    pack: Pack,
    target: Target,
    operations: Iterable[str] | None = None,
    plan: Plan | None = None,
    **settings: Any,
) -> Campaign:
    """The campaign of such a run, not begun."""
    plan = plan or make_plan(pack, operations=operations, examples=0)
    return Campaign(pack, plan, settings_of(pack, **settings), target)


def settings_of(pack: Pack, **settings: Any) -> Settings:
    """The settings of a run in this process, but for some."""
    return replace(resolve(pack, environment={}), **settings)


def of_operation(found: Run, operation: str) -> dict[str, str]:
    """Verdicts on an operation's clauses, by what follows its name."""
    return {
        ruling.clause.short_id: ruling.verdict
        for ruling in found.rulings.values()
        if ruling.clause.operation == operation
    }


def reasons(found: Run, operation: str, verdict: str = "inconclusive") -> set[str]:
    """What is said of an operation's clauses of one verdict."""
    return {
        ruling.message
        for ruling in found.rulings.values()
        if ruling.clause.operation == operation and ruling.verdict == verdict
    }


# The same service as a pack's own file has it.
MOCK = f'''"""A service that remembers things."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID, uuid5

from clausewise.mock import Application, Call, Refused
from clausewise.mock import Reply as Answer


{inspect.getsource(refuse)}

{inspect.getsource(Things)}

def create_app(pack):
    """Build it."""
    return Things().application(pack)
'''
