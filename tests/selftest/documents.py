"""Small documents for the self-test of a document alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from clausewise.pack import find_pack
from clausewise.plan.plan import make_plan
from clausewise.selftest.running import Trial


def trial_of(folder: Path, schemes: Any = None, **operations: tuple[str, dict[str, Any]]) -> Trial:
    """A trial of a document with these operations: by name, `METHOD /path` and the node.

    `schemes` are its security schemes.
    """
    items: dict[str, Any] = {}
    for name, (route, node) in operations.items():
        method, path = route.split(" ")
        answers = {"responses": {"200": {"description": "Done."}}}
        items.setdefault(path, {})[method.lower()] = {"operationId": name, **answers, **node}
    about = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}}
    document = folder / "openapi.json"
    parts = {"components": {"securitySchemes": schemes or {}}}
    document.write_text(json.dumps({**about, **parts, "paths": items}), "utf-8")
    pack = find_pack(str(document))
    return Trial(pack, make_plan(pack, examples=0))


def in_path(name: str, kind: str) -> dict[str, Any]:
    """A parameter of the path."""
    return {"name": name, "in": "path", "required": True, "schema": {"type": kind}}


def in_query(name: str, **schema: Any) -> dict[str, Any]:
    """A parameter of the query."""
    return {"name": name, "in": "query", "schema": schema}


def with_body(media_type: str, schema: Any, *, required: bool = False) -> dict[str, Any]:
    """The node of an operation that takes a body."""
    return {"requestBody": {"required": required, "content": {media_type: {"schema": schema}}}}


def replying(schema: Any, **others: str) -> dict[str, Any]:
    """The node of an operation whose success has a body; `others` are further replies."""
    content = {"application/json": {"schema": schema}}
    replies = {"200": {"description": "Done.", "content": content}}
    return {
        "responses": {**replies, **{k.strip("_"): {"description": v} for k, v in others.items()}}
    }


def states(trial: Trial, *words: str) -> dict[str, str]:
    """What a run makes of the faults with all of these words in their names."""
    chosen = [fault for fault in trial.faults if all(word in fault.name for word in words)]
    assert chosen, f"no fault has {words}"
    return {fault.name: trial.outcome(fault).state for fault in chosen}
