"""How large requests get: no longer than servers take, and no document is lost for being long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clausewise.plan.cases import encoded_case
from clausewise.values.bounds import MOST_CONTENT, MOST_IN_URL, most_length

from .making import plan_of, sent_bodies, small_pack

PLAIN = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}


@pytest.mark.parametrize("location", ["query", "header", "path"])
@pytest.mark.parametrize("most", [100, 7_000, 9_000, 400_000])
def test_parameters_are_no_longer_than_servers_take(
    tmp_path: Path, location: str, most: int
) -> None:
    """A documented length beyond what fits into a URL or header is not sent, and that is told."""
    name = {"name": "p", "in": location, "schema": {"type": "string", "maxLength": most}}
    pack = small_pack(
        tmp_path,
        PLAIN,
        operation={"parameters": [{**name, "required": location == "path"}]},
        path="/things/{p}" if location == "path" else "/things",
    )
    plan = plan_of(pack)
    clause = f"send:{location}#/p:maxLength"

    lawful = [
        encoded_case(plan.operation, case) for case in plan.cases if case.expect == "accepted"
    ]
    assert lawful
    assert all(len(wire.path) + len(wire.query) <= MOST_IN_URL for wire in lawful)
    assert all(len(text) <= MOST_IN_URL for wire in lawful for _, text in wire.headers)
    probed = any(clause in case.probes for case in plan.cases)
    assert probed is (most < MOST_IN_URL)
    if not probed:
        assert (
            plan.unplanned[clause] == "its limit lies beyond the largest request that is ever sent"
        )


def test_many_long_arrays_do_not_make_a_long_url(tmp_path: Path) -> None:
    """Values that fit into a URL one by one are not put into one together."""
    items = {"type": "array", "items": {"type": "string"}, "maxItems": 300}
    parameters = [{"name": f"p{n}", "in": "query", "schema": items} for n in range(6)]
    plan = plan_of(small_pack(tmp_path, PLAIN, operation={"parameters": parameters}))

    longest = max(
        len(encoded_case(plan.operation, case).query)
        for case in plan.cases
        if case.expect == "accepted"
    )
    assert MOST_IN_URL // 4 < longest <= MOST_IN_URL


def test_many_long_texts_are_planned(tmp_path: Path) -> None:
    """Where all texts of a body may be long, some are, and everything else is planned as usual."""
    long = {"type": "string", "maxLength": 150_000}
    members: dict[str, Any] = {f"m{n}": long for n in range(40)}
    whole = {"type": "object", "properties": {**members, "n": {"type": "integer", "maximum": 5}}}
    plan = plan_of(small_pack(tmp_path, whole))

    assert plan.lack is None
    bodies = sent_bodies(plan)
    assert max(map(len, bodies)) > 150_000
    assert sum(map(len, bodies)) < MOST_CONTENT
    probed = {clause for case in plan.cases for clause in case.probes}
    assert "send:request#/n:maximum" in probed
    assert all(f"send:request#/m{n}:maxLength" in probed for n in range(40))


def test_bodies_are_not_bound_by_what_a_url_takes() -> None:
    """A member of a body may be as long as any; what stands before the body may not."""
    assert most_length("/body/query/p") > MOST_IN_URL
    assert {most_length(f"/{part}/p") for part in ("path", "query", "header", "cookie")} == {
        MOST_IN_URL
    }


def test_each_content_of_one_schema_is_sent_once(tmp_path: Path) -> None:
    """Contents that share a schema are each taken once; what breaks it is sent as the first one."""
    form = {"type": "object", "properties": {"a": {"type": "string", "minLength": 2}}}
    form["required"] = ["a"]
    kinds = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
    taken = {"required": True, "content": {kind: {"schema": form} for kind in kinds}}
    plan = plan_of(small_pack(tmp_path, PLAIN, operation={"requestBody": taken}))

    others = [case for case in plan.cases if case.media_range in kinds[1:]]
    assert [(case.media_range, case.expect) for case in others] == [
        (kind, "accepted") for kind in kinds[1:]
    ]
    sent = [encoded_case(plan.operation, case) for case in others]
    assert [(wire.content_type or "").partition(";")[0] for wire in sent] == list(kinds[1:])
    assert all(wire.content for wire in sent)
    broken = [c for c in plan.cases if "send:request#/a:minLength" in c.probes]
    assert broken
    assert all(case.media_range is None for case in broken)
