"""Small packs and models for the tests of this room."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clausewise.contract import Clause, MessagePart
from clausewise.contract.clauses import ClausePlace, message_clauses
from clausewise.contract.documents import Documents
from clausewise.contract.schemas import read_schema
from clausewise.pack import Pack, load_pack
from clausewise.plan.cases import encoded_case
from clausewise.plan.plan import OperationPlan, make_plan
from clausewise.pointer import ABSENT
from clausewise.values.bodies import BodyModel
from clausewise.values.isolation import Isolation
from clausewise.values.values import Level


@dataclass
class Small:
    """One request schema, laid out for planning."""

    schema: Any
    model: BodyModel
    isolation: Isolation
    clauses: dict[str, Clause]

    @property
    def least(self) -> dict[str, Level] | None:
        """The levels of its smallest lawful body."""
        return self.model.completed({}, self.isolation.lawful)


def object_of(*required: str, **members: Any) -> dict[str, Any]:
    """The schema of an object."""
    return {"type": "object", "required": list(required), "properties": members}


def small(schema: Any, example: Any = ABSENT) -> Small:
    """Lay out a schema without `$ref`; its clauses are named by pointer and keyword."""
    schema = json.loads(json.dumps(schema))
    read = read_schema(Documents(Path()), None, schema, "request")
    message = MessagePart("request", read)

    def address(at: str, keyword: str) -> ClausePlace:
        return ClausePlace("request", at, at)

    clauses = message_clauses("send", message, address)
    return Small(
        schema,
        BodyModel(message.place, example),
        Isolation(message, []),
        {clause.id.removeprefix("send:request#"): clause for clause in clauses},
    )


def small_pack(
    root: Path,
    schema: Any,
    *,
    examples: dict[str, Any] | None = None,
    rules: str | None = None,
    settings: str = "",
    operation: dict[str, Any] | None = None,
    path: str = "/things",
) -> Pack:
    """A pack of one operation, `send`, with this request schema."""
    media: dict[str, Any] = {"schema": schema}
    if examples:
        media["examples"] = {name: {"value": value} for name, value in examples.items()}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Small", "version": "1"},
        "paths": {
            path: {
                "post": {
                    "operationId": "send",
                    "requestBody": {"required": True, "content": {"application/json": media}},
                    "responses": {"200": {"description": "Done."}},
                    **(operation or {}),
                }
            }
        },
    }
    root.mkdir(parents=True, exist_ok=True)
    (root / "openapi.json").write_text(json.dumps(document), "utf-8")
    if rules is not None:
        (root / "rules.yaml").write_text(rules, "utf-8")
        settings += "rules: rules.yaml\n"
    (root / "clausewise.yaml").write_text(f"contract: openapi.json\n{settings}", "utf-8")
    return load_pack(root)


def limit_work(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Let planning an operation cost no more than this."""
    for family in ("ground", "lawful", "broken"):
        monkeypatch.setattr(f"clausewise.plan.{family}.MOST_WORK", most)


def sent_bodies(plan: OperationPlan) -> list[bytes]:
    """The body of every request as it goes over the wire."""
    return [encoded_case(plan.operation, case).content or b"" for case in plan.cases]


def plan_of(pack: Pack, examples: int = 0, seed: int = 0) -> OperationPlan:
    """The plan of a small pack's one operation, made."""
    plan = make_plan(pack, examples=examples, seed=seed).operations["send"]
    assert plan.planned is not None
    return plan
