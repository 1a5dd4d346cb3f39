"""Reports in the words of others, held to the schemas that these publish themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import FormatChecker
from jsonschema.validators import validator_for

from clausewise.report import write_reports

from ..report.pages import with_causes
from ..report.sample import as_report, hostile, many, sample

MODELS: dict[str, Callable[[], dict[str, Any]]] = {
    "sample": sample,
    "causes": lambda: with_causes(sample()),
    "many": lambda: many(130),
    "hostile": lambda: hostile("\x1b[31m\ud800 <b>\u202e"),
}


def _problems(schema: Path, document: Any) -> list[str]:
    if not schema.is_file():
        pytest.skip(f"there is no {schema.name} here")
    published = json.loads(schema.read_text("utf-8"))
    validator = validator_for(published)
    validator.check_schema(published)
    checking = validator(published, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in checking.iter_errors(document)]


def _written(model: str, name: str, folder: Path) -> Any:
    write_reports(as_report(MODELS[model]()), folder, [name])
    return json.loads((folder / f"conformance.{name}").read_text("utf-8"))


@pytest.mark.parametrize("model", MODELS)
def test_ctrf(model: str, node_modules: Path, tmp_path: Path) -> None:
    """A CTRF file keeps the schema of CTRF's own package, which admits no other members."""
    document = _written(model, "ctrf.json", tmp_path)

    assert _problems(node_modules / "ctrf" / "dist" / "ctrf-schema-0.0.json", document) == []
    assert document["results"]["tests"]


@pytest.mark.parametrize("model", MODELS)
def test_sarif(model: str, node_modules: Path, tmp_path: Path) -> None:
    """A SARIF file keeps the schema of SARIF 2.1.0, as Microsoft's package has it."""
    document = _written(model, "sarif", tmp_path)
    schemas = node_modules / "@microsoft" / "jest-sarif" / "lib" / "schemas"

    assert _problems(schemas / "sarif-2.1.0-rtm.5.json", document) == []
    assert document["runs"][0]["results"]
