"""Check a report model against its published schema."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .findings import tally

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

    from .findings import Model

_SCHEMA = Path(__file__).with_name("conformance.schema.json")


def validate_model(model: Model) -> list[str]:
    """Return what is wrong with a report model: a line per problem, with its place in the model.

    Besides the schema this checks what no schema can say: ids are unique, the summary counts the
    clauses, and every exchange that is named as evidence is there.
    """
    errors = sorted(_validator().iter_errors(model), key=lambda error: list(map(str, error.path)))
    if errors:
        return [f"{error.json_path}: {error.message}" for error in errors]
    problems = []
    if model["summary"] != tally(model["clauses"]):
        problems.append("$.summary: does not count the clauses by verdict")
    for members in ("clauses", "exchanges"):
        ids = [member["id"] for member in model[members]]
        if len(ids) != len(set(ids)):
            problems.append(f"$.{members}: an id is there twice")
    recorded = {exchange["id"] for exchange in model["exchanges"]}
    for number, clause in enumerate(model["clauses"]):
        for item in clause["evidence"]:
            if item["exchange"] not in recorded:
                place = f"$.clauses[{number}].evidence"
                problems.append(f"{place}: exchange {item['exchange']} is not on record")
    return problems


def read_schema() -> dict[str, Any]:
    """Return the published schema of the model."""
    schema: dict[str, Any] = json.loads(_SCHEMA.read_text(encoding="utf-8"))
    return schema


@functools.cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(read_schema())
