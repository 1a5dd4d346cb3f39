"""Operations that one URL asks: what is sent to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clausewise.pack import Pack, find_pack
from clausewise.plan.plan import make_plan

TEXT = {"type": "string"}


def _node(name: str, parameter: str, **body: Any) -> dict[str, Any]:
    members = {"a": TEXT, **body}
    schema = {"type": "object", "required": ["a"], "properties": members}
    return {
        "post": {
            "operationId": name,
            "parameters": [{"name": parameter, "in": "path", "required": True, "schema": TEXT}],
            "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
            "responses": {"200": {"description": "Done."}},
        }
    }


def _pack(folder: Path, paths: dict[str, Any]) -> Pack:
    about = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}}
    document = folder / "openapi.json"
    document.write_text(json.dumps({**about, "paths": paths}), "utf-8")
    return find_pack(str(document))


@pytest.mark.parametrize("second", ["/talks/{talk}#stream", "/talks/{id}#stream", "/talks/{talk}"])
def test_requests_are_told_apart(tmp_path: Path, second: str) -> None:
    """Each operation of a URL gets what the other does not take, though it need not say so."""
    parameter = second[second.index("{") + 1 : second.index("}")]
    flags = [{"type": "boolean", "enum": [value]} for value in (False, True)]
    plain = _node("talk", "id", stream=flags[0])
    plan = make_plan(
        _pack(
            tmp_path, {"/talks/{id}": plain, second: _node("stream", parameter, stream=flags[1])}
        ),
        examples=0,
    )
    for name, value in (("talk", False), ("stream", True)):
        one = plan.operations[name]
        lawful = [case for case in one.cases if case.expect == "accepted"]
        assert lawful
        assert all(case.body["stream"] is value for case in lawful), name
        # What is broken otherwise, the other one does not take either.
        assert any(f"{name}:request#/a:type" in case.probes for case in one.cases)
        assert "is that of" in one.unplanned[f"{name}:request#/stream:enum"]


def test_what_nothing_tells_apart_is_asked_all_the_same(tmp_path: Path) -> None:
    """Paths that differ in names alone, with equal requests: both get lawful ones."""
    paths = {"/talks/{id}": _node("talk", "id"), "/talks/{name}": _node("by_name", "name")}
    plan = make_plan(_pack(tmp_path, paths), examples=0)
    assert all(one.cases and one.lack is None for one in plan.operations.values())


def test_a_body_that_only_one_of_them_needs_is_not_left_out(tmp_path: Path) -> None:
    """The other operation may take a request without it, so nobody is asked to refuse that."""
    other = _node("by_name", "name")
    other["post"]["requestBody"]["required"] = False
    paths = {"/talks/{id}": _node("talk", "id"), "/talks/{name}": other}
    plan = make_plan(_pack(tmp_path, paths), examples=0).operations["talk"]
    assert not any(case.probes == ("talk:request:required",) for case in plan.cases)
    assert "is that of by_name" in plan.unplanned["talk:request:required"]
