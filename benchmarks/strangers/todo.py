"""The todo application of LoopBack: JavaScript; its document is made by the framework."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.strangers.server import Copy, Server, Things, fetched

# Without arguments it would listen where it likes.
START = """require({module}).main({{rest: {{port: {port}, host: '127.0.0.1'}}}})"""


def _command(installed: Path, fresh: Path, port: int) -> list[str]:
    module = json.dumps(str(installed / "node_modules" / "@loopback" / "example-todo"))
    (fresh / "data").mkdir()
    (fresh / "start.js").write_text(START.format(module=module, port=port))
    return ["node", "start.js"]


def _seed(copy: Copy) -> None:
    for title in ("buy milk", "call home", "write it down"):
        copy.send("POST", "/todos", {"title": title, "isComplete": False})


def _things(copy: Copy) -> Things:
    todos = copy.get("/todos").json()
    # One that was changed is not what it was.
    return {("todo", json.dumps(todo, sort_keys=True)) for todo in todos}


SERVER = Server(
    name="todo",
    registry="npm",
    packages=("@loopback/example-todo@6.0.0",),
    made_of="JavaScript, LoopBack 4; document by the framework (OpenAPI 3.0)",
    root="",
    ready="/todos",
    command=_command,
    document=fetched("/openapi.json"),
    seed=_seed,
    things=_things,
)
