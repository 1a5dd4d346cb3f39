"""Members that stand for themselves: what breaks them is found once, and is right in every body."""

from __future__ import annotations

import json
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest

from clausewise.contract import Clause
from clausewise.pack import Pack, load_pack
from clausewise.plan.cases import Case
from clausewise.plan.plan import make_plan
from clausewise.values.isolation import Isolation, Proof

from .judging import accepted, relaxed
from .making import object_of, plan_of, sent_bodies, small_pack

ADDRESS = object_of(
    "street",
    street={"type": "string", "maxLength": 40},
    rooms={"type": "array", "items": object_of(size={"type": "integer", "minimum": 3})},
)


@pytest.fixture(autouse=True)
def _nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clausewise.plan.apart._members", OrderedDict())


def _two(folder: Path) -> Pack:
    """A POST and a PATCH that have a member in common, beside others."""
    post = object_of("name", "address", name={"type": "string"}, address=ADDRESS)
    patch = object_of(address=ADDRESS, note={"type": "string", "minLength": 2})
    kept = {"requestBody": {"content": {"application/json": {"schema": post}}, "required": True}}
    other = {"requestBody": {"content": {"application/json": {"schema": patch}}}}
    replies = {"responses": {"200": {"description": "Done."}}}
    paths = {"/things": {"post": {"operationId": "make", **kept, **replies}}}
    paths["/things"]["patch"] = {"operationId": "change", **other, **replies}
    return _pack(folder, paths)


def _pack(folder: Path, paths: dict[str, Any]) -> Pack:
    info = {"openapi": "3.1.0", "info": {"title": "Two", "version": "1"}, "paths": paths}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "openapi.json").write_text(json.dumps(info), "utf-8")
    (folder / "clausewise.yaml").write_text("contract: openapi.json\n", "utf-8")
    return load_pack(folder)


def _negatives(cases: list[Case]) -> list[Case]:
    return [one for one in cases if one.kind == "negative" and ":request#" in one.probes[0]]


def test_what_breaks_a_member_is_proved_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second body with a member has its negatives, each in that body, without a proof."""
    proved: list[str] = []
    proves = Isolation.proves

    def told(self: Isolation, clause: Clause, value: Any) -> Proof:
        proved.append(clause.pointer or "")
        return proves(self, clause, value)

    monkeypatch.setattr(Isolation, "proves", told)
    plan = make_plan(_two(tmp_path), examples=0)
    first = [one.label for one in _negatives(plan.operations["make"].cases)]
    assert any(pointer.startswith("/body/address/rooms") for pointer in proved)
    proved.clear()
    second = _negatives(plan.operations["change"].cases)
    assert not [pointer for pointer in proved if pointer.startswith("/body/address/")]
    inner = [one for one in second if one.probes[0].startswith("change:request#/address/")]
    assert [one.label for one in inner] == [one for one in first if one.startswith("/address/")]
    assert all("name" not in one.body for one in inner)


def test_a_plan_is_the_same_whatever_was_planned_before(tmp_path: Path) -> None:
    """What is known of a member changes no request, and no budget."""
    both = make_plan(_two(tmp_path / "both"), examples=0)
    assert both.operations["make"].cases
    after = both.operations["change"]
    alone = make_plan(_two(tmp_path / "alone"), operations=["change"], examples=0)
    assert sent_bodies(after) == sent_bodies(alone.operations["change"])
    assert after.unplanned == alone.operations["change"].unplanned


SHORT = {"type": "string", "minLength": 1, "maxLength": 5}


@pytest.mark.parametrize(
    "beside",
    [
        {"patternProperties": {"^a": {"maxLength": 3}}},
        {"allOf": [{"properties": {"a": {"maxLength": 3}}}]},
        {"not": {"properties": {"a": {"minLength": 6}}}},
        {"if": {"properties": {"a": {"minLength": 4}}}, "then": {"required": ["b"]}},
        {"oneOf": [{"properties": {"a": {"maxLength": 5}}}, {"required": ["b"]}]},
        {"dependentSchemas": {"a": {"properties": {"a": {"maxLength": 2}}}}},
        {"minProperties": 2},
        {"unevaluatedProperties": False},
        {"additionalProperties": False},
        {"enum": [{"a": "x", "b": 1}, {"a": "y", "b": 2}]},
    ],
)
def test_what_looks_at_members_together_is_asked(tmp_path: Path, beside: dict[str, Any]) -> None:
    """A negative of a member breaks its clause and no other, whatever the object around it says."""
    inner = {**object_of("a", a=SHORT, b={"type": "integer"}), **beside}
    schema = object_of("inner", inner=inner, other={"type": "boolean"})
    plan = plan_of(small_pack(tmp_path, schema))
    for case in _negatives(plan.cases):
        pointer, _, keyword = case.probes[0].partition("#")[2].rpartition(":")
        if keyword in ("additionalProperties", "oneOf"):
            continue
        assert not accepted(schema, case.body), case
        assert accepted(relaxed(schema, pointer, keyword), case.body), case


def test_what_a_form_has_as_json_is_broken_as_it_is_in_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below an object of a form, and an item of a list of these, nothing is proved once more."""
    proved: list[tuple[str, str]] = []
    proves = Isolation.proves

    def told(self: Isolation, clause: Clause, value: Any) -> Proof:
        proved.append((clause.part, clause.pointer or ""))
        return proves(self, clause, value)

    monkeypatch.setattr(Isolation, "proves", told)
    tags = {"type": "array", "items": {"type": "string", "minLength": 2}}
    thing = object_of(address=ADDRESS, rows={"type": "array", "items": ADDRESS}, tags=tags)
    file = object_of(file={"type": "string", "format": "binary"})
    contents = {
        "application/json": {"schema": thing},
        "multipart/form-data": {"schema": {"allOf": [thing, file]}},
    }
    post = {"operationId": "make", "responses": {"200": {"description": "Done."}}}
    post["requestBody"] = {"content": contents, "required": True}
    plan = make_plan(_pack(tmp_path, {"/things": {"post": post}}), examples=0).operations["make"]
    changed = [(one.probes, one.change) for one in _negatives(plan.cases)]
    again = {pointer for part, pointer in proved if part != "request"}
    assert "/body/tags/*" in again
    assert "/body/rows/*" in again
    assert not {one for one in again if one.startswith(("/body/address/", "/body/rows/*/"))}
    form = "(multipart/form-data)"
    of_form = [one for one in plan.cases if one.kind == "negative" and form in one.probes[0]]
    below = [one for one in of_form if "#/rows/*/" in one.probes[0]]
    assert {":required", ":maxLength", ":minimum", ":type"} <= {
        one.probes[0][one.probes[0].rindex(":") :] for one in below
    }
    for case in below:
        assert ((case.probes[0].replace(form, ""),), case.change) in changed
        assert not plan.operation.contents[1].message.accepts(case.body)
