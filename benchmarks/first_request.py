"""How long it takes from the start of `clausewise run` to its first request on a large document.

`python -m benchmarks.first_request [DOCUMENT] [--rounds N] [--operations N] [--keep FILE]`

Without a document one is made: resources with bodies of nested objects, lists, enums and formats,
six operations each, 180 in all. A server in this process takes the time of the first request and
ends the run. The *first run* has no kept plans. Then all plans are made and kept
(`clausewise plan --counts`), and the *second run* starts on those.

With `--max-requests` (400, `--most N`) and no kept plans, a conforming server answers: *silence* is
the longest time between two requests, and *whole run* is all of it, the reports too.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise, zip_longest
from pathlib import Path
from threading import Thread
from typing import Any

from clausewise.pack import find_pack
from clausewise.selftest.echo import Echo

OPERATIONS = 180
FIRST, SECOND = 2.0, 1.0
# So long a start may take before it is given up.
PATIENCE = 120.0
NOUNS = (
    "account", "address", "alert", "asset", "badge", "branch", "budget", "carrier", "case",
    "channel", "comment", "contract", "coupon", "customer", "device", "dispute", "event", "invoice",
    "label", "member", "message", "order", "payment", "plan", "product", "project", "quote",
    "refund", "shipment", "ticket",
)  # fmt: skip


def document(operations: int) -> dict[str, Any]:
    """An OpenAPI document of so many operations, six for each kind of thing."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Error": _object(code=_text(1, 40), message=_text(0, 500))}
    for number in range(-(-operations // 6)):
        noun = f"{NOUNS[number % len(NOUNS)]}{number // len(NOUNS) or ''}"
        schemas[f"{noun}_input"] = _input(number)
        schemas[noun] = {
            "allOf": [
                {"$ref": f"#/components/schemas/{noun}_input"},
                _object(id={"type": "string", "format": "uuid"}, created_at=_moment()),
            ]
        }
        paths |= _paths(noun)
    made = {
        "openapi": "3.1.0",
        "info": {"title": f"{operations} operations", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }
    count = sum(len(item) for item in paths.values())
    for item in reversed(list(paths.values())):
        while count > operations and item:
            item.popitem()
            count -= 1
    return made


def _object(**members: Any) -> dict[str, Any]:
    return {"type": "object", "properties": members, "required": list(members)[:1]}


def _text(least: int, most: int) -> dict[str, Any]:
    return {"type": "string", "minLength": least, "maxLength": most}


def _moment() -> dict[str, Any]:
    return {"type": "string", "format": "date-time"}


def _input(number: int) -> dict[str, Any]:
    """What is sent to make a thing; of each kind something else is asked."""
    kinds = [f"kind_{index}" for index in range(3 + number % 5)]
    schema = _object(
        name=_text(1, 20 + number),
        kind={"type": "string", "enum": kinds},
        email={"type": "string", "format": "email"},
        amount={"type": "integer", "minimum": 0, "maximum": 1000 + number},
        rate={"type": "number", "exclusiveMinimum": 0},
        active={"type": "boolean"},
        starts_at=_moment(),
        note={"type": ["string", "null"], "maxLength": 200},
        tags={"type": "array", "items": _text(1, 30), "maxItems": 5 + number},
        address=_object(
            street=_text(1, 100),
            city=_text(1, 60),
            country={"type": "string", "pattern": "^[A-Z]{2}$"},
        ),
        lines={
            "type": "array",
            "items": _object(sku=_text(1, 20 + number), quantity={"type": "integer", "minimum": 1}),
        },
    )
    return {**schema, "required": ["name", "kind", "amount"]}


def _paths(noun: str) -> dict[str, Any]:
    thing = {"$ref": f"#/components/schemas/{noun}"}
    body = {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{noun}_input"}}},
    }
    page = [
        {
            "name": "page",
            "in": "query",
            "schema": {"type": "integer", "minimum": 1, "maximum": 1000},
        },
        {"name": "sort", "in": "query", "schema": {"type": "string", "enum": ["asc", "desc"]}},
    ]
    one = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
    listed = _object(items={"type": "array", "items": thing}, total={"type": "integer"})

    def operation(verb: str, status: str, schema: Any, **more: Any) -> dict[str, Any]:
        refused = {"$ref": "#/components/schemas/Error"}
        return {
            "operationId": f"{verb}_{noun}",
            **more,
            "responses": {status: _reply(schema), "400": _reply(refused), "404": _reply(refused)},
        }

    return {
        f"/{noun}s": {
            "get": operation("list", "200", listed, parameters=page),
            "post": operation("create", "201", thing, requestBody=body),
        },
        f"/{noun}s/{{id}}": {
            "get": operation("get", "200", thing, parameters=one),
            "put": operation("replace", "200", thing, parameters=one, requestBody=body),
            "patch": operation("update", "200", thing, parameters=one, requestBody=body),
            "delete": operation("delete", "200", thing, parameters=one),
        },
    }


def _reply(schema: Any) -> dict[str, Any]:
    return {"description": "ok", "content": {"application/json": {"schema": schema}}}


def until_first(path: Path, environment: dict[str, str], folder: str) -> tuple[float, float]:
    """Wall and CPU seconds from the start of a run to its first request, which ends the run."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        command, before = _command(path, url, folder), _cpu_of_children()
        begun = time.monotonic()
        with open(f"{folder}/said", "w+b") as said:
            run = subprocess.Popen(command, env=environment, stdout=said, stderr=said, cwd=folder)
            try:
                connection, _ = server.accept()
                with connection:
                    connection.recv(1)
                    wall = time.monotonic() - begun
            except TimeoutError:
                said.seek(0)
                raise SystemExit(f"no request: {said.read()[-2000:].decode()}") from None
            finally:
                run.kill()
                run.wait()
    return wall, _cpu_of_children() - before


def _command(path: Path, url: str, folder: str) -> list[str]:
    command = [sys.executable, "-m", "clausewise", "run", "--pack", str(path)]
    return [*command, "--base-url", url, "--report-dir", f"{folder}/reports"]


def _cpu_of_children() -> float:
    """CPU seconds of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def with_budget(
    path: Path, environment: dict[str, str], folder: str, most: int
) -> dict[str, tuple[float, float]]:
    """Wall and CPU seconds of a run of so many requests: its longest silence, and all of it."""
    echo = Echo(find_pack(str(path)).contract, {})
    moments: list[tuple[float, float]] = []

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _answer(self) -> None:
            url, _, query = self.path.partition("?")
            moments.append((time.monotonic(), _cpu_of(run.pid)))
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            sent = echo.answer(self.command, url, query, headers, content)
            self.send_response(sent.status)
            for name, value in sent.headers:
                self.send_header(name.decode(), value.decode("latin-1"))
            self.send_header("content-length", str(len(sent.content)))
            self.end_headers()
            self.wfile.write(sent.content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815  # names of http.server

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        command = _command(path, f"http://127.0.0.1:{server.server_port}", folder)
        command += ["--max-requests", str(most)]
        before = _cpu_of_children()
        begun = time.monotonic()
        run = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, cwd=folder)
        run.wait()
        wall = time.monotonic() - begun
        server.shutdown()
    cpu = _cpu_of_children() - before
    silence = max(
        (later - at, cpu_later - cpu_at) for (at, cpu_at), (later, cpu_later) in pairwise(moments)
    )
    return {"silence": silence, "whole run": (wall, cpu)}


def _cpu_of(process: int) -> float:
    """CPU seconds of a process so far (Linux, proc(5))."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("document", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--operations", type=int, default=OPERATIONS)
    parser.add_argument("--most", type=int, default=400, help="--max-requests of the last two rows")
    parser.add_argument("--keep", type=Path, help="write the document that is made there as well")
    options = parser.parse_args()
    taken: dict[str, list[tuple[float, float]]] = {"first run": [], "second run": []}
    with tempfile.TemporaryDirectory() as folder:
        path = options.document
        if path is None:
            path = Path(folder) / "openapi.json"
            path.write_text(json.dumps(document(options.operations)), "utf-8")
            if options.keep is not None:
                options.keep.write_text(path.read_text("utf-8"), "utf-8")
        path = path.resolve()
        environment = {**os.environ, "NO_COLOR": "1"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment.setdefault("PYTHONPYCACHEPREFIX", f"{folder}/bytecode")
        kept = {**environment, "CLAUSEWISE_CACHE_DIR": f"{folder}/kept"}
        planning = [sys.executable, "-m", "clausewise", "plan", "--counts", "--pack", str(path)]
        counts = subprocess.run(planning, env=kept, capture_output=True, text=True, check=True)
        print(f"{path.name}: {counts.stdout.splitlines()[0]}")
        for number in range(options.rounds):
            fresh = {**environment, "CLAUSEWISE_CACHE_DIR": f"{folder}/fresh-{number}"}
            taken["first run"].append(until_first(path, fresh, folder))
            taken["second run"].append(until_first(path, kept, folder))
            anew = {**environment, "CLAUSEWISE_CACHE_DIR": f"{folder}/anew-{number}"}
            for name, once in with_budget(path, anew, folder, options.most).items():
                taken.setdefault(f"--max-requests {options.most}: {name}", []).append(once)
    print("seconds to the first request, medians     wall      CPU     goal (wall, quiet machine)")
    for (name, times), goal in zip_longest(taken.items(), (f"{FIRST:9.1f}", f"{SECOND:9.1f}")):
        wall, cpu = (statistics.median(column) for column in zip(*times, strict=True))
        print(f"{name:40}{wall:8.2f} {cpu:8.2f}{goal or ''}")


if __name__ == "__main__":
    main()
