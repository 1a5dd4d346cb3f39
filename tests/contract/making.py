"""Small contracts for the tests of this room."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from clausewise.contract import Contract, Place, load_contract
from clausewise.contract.documents import Documents
from clausewise.contract.message import MessagePart
from clausewise.contract.places import read_places
from clausewise.contract.schemas import Direction, Schema, read_schema


def ref(name: Any) -> dict[str, str]:
    """A reference to a schema of the document, by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def same(one: Any, other: Any) -> bool:
    """Equality that tells true from 1, and 1 from 1.0."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def write(root: Path, files: dict[str, str]) -> Path:
    """A folder with these files in it."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def document(schema: Any, reply: Any = None, version: str = "3.1.0") -> dict[str, Any]:
    """An OpenAPI document of one operation, `send`, with this request and this 200 reply."""
    return {
        "openapi": version,
        "info": {"title": "Made for a test", "version": "1"},
        "paths": {
            "/things": {
                "post": {
                    "operationId": "send",
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": schema}},
                    },
                    "responses": {
                        "200": {
                            "description": "Done.",
                            "content": {"application/json": {"schema": reply or {}}},
                        }
                    },
                }
            }
        },
    }


def load(root: Path, files: dict[str, Any], main: str = "openapi.yaml") -> Contract:
    """The contract of a folder with these files; what is no text is written as JSON."""
    texts = {
        name: content if isinstance(content, str) else json.dumps(content, indent=1)
        for name, content in files.items()
    }
    return load_contract(write(root, texts), root / main)


def missed(contract: Contract) -> list[str]:
    """What of a contract is not judged: `FILE:LINE: reason`, as an error would say it."""
    untestable = [f"{c.source}: {c.untestable}" for c in contract.clauses.values() if c.untestable]
    return [*(f"{miss.source}: {miss.reason}" for miss in contract.not_judged), *untestable]


def json_reply(contract: Contract, status: str = "200", operation: str = "send") -> MessagePart:
    """The message of an operation's JSON reply."""
    content = contract.operations[operation].replies[status].json_content
    assert content is not None
    return content.message


def schema_of(schema: Any, direction: Direction = "request") -> Schema:
    """A schema without `$ref` as one message has it."""
    return read_schema(Documents(Path()), None, schema, direction)


def place_of(schema: Any, direction: Direction = "request") -> Place:
    """The root place of a schema without `$ref`."""
    return read_places(schema_of(schema, direction), direction)
