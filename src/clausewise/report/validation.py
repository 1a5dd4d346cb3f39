"""Check a report model against its published schema."""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs

from clausewise.cutting import brief
from clausewise.record.verdicts import VERDICTS

_SCHEMA = Path(__file__).with_name("conformance.schema.json")


def validate_model(model: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a report model: a line per problem, with its place in the model.

    Besides the schema this checks what no schema can say: ids are unique, the summary counts the
    clauses, and every exchange that is named as evidence is there.
    """
    errors = sorted(
        _validator().iter_errors(model), key=lambda error: list(map(str, error.instance_path))
    )
    if errors:
        return [f"{_path(error.instance_path)}: {brief(error.message)}" for error in errors]
    problems = []
    verdicts = Counter(clause["verdict"] for clause in model["clauses"])
    if model["summary"] != {name: verdicts[name] for name in VERDICTS}:
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
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(read_schema())


def _path(steps: Iterable[str | int]) -> str:
    return "$" + "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps)
