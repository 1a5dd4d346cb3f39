"""Small documents for the self-test of a document alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from clausewise.pack import find_pack
from clausewise.plan.plan import make_plan
from clausewise.selftest.running import Trial


def trial_of(folder: Path, **operations: tuple[str, dict[str, Any]]) -> Trial:
    """A trial of a document with these operations: by name, `METHOD /path` and the node."""
    items: dict[str, Any] = {}
    for name, (route, node) in operations.items():
        method, path = route.split(" ")
        answers = {"responses": {"200": {"description": "Done."}}}
        items.setdefault(path, {})[method.lower()] = {"operationId": name, **answers, **node}
    about = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}}
    document = folder / "openapi.json"
    document.write_text(json.dumps({**about, "paths": items}), "utf-8")
    pack = find_pack(str(document))
    return Trial(pack, make_plan(pack, examples=0))


def in_path(name: str, kind: str) -> dict[str, Any]:
    """A parameter of the path."""
    return {"name": name, "in": "path", "required": True, "schema": {"type": kind}}


def in_query(name: str, **schema: Any) -> dict[str, Any]:
    """A parameter of the query."""
    return {"name": name, "in": "query", "schema": schema}
