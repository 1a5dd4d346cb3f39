"""Exchanges of operations that one URL asks: each belongs to the one whose contract it keeps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

import clausewise

from .lamps import findings

URL = "http://talks.test/talks/7"


def _reply(kind: str, schema: Any) -> dict[str, Any]:
    return {"200": {"description": "Done.", "content": {kind: {"schema": schema}}}}


def _node(name: str, stream: bool, replies: dict[str, Any]) -> dict[str, Any]:
    members = {"a": {"type": "string"}, "stream": {"type": "boolean", "enum": [stream]}}
    schema = {"type": "object", "required": ["a"], "properties": members}
    return {
        "post": {
            "operationId": name,
            "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
            "responses": replies,
        }
    }


@pytest.fixture
def contract(tmp_path: Path) -> clausewise.Contract:
    """Two operations of `POST /talks/…`: one answers at once, and one in a stream."""
    paths = {
        "/talks/{id}": _node("talk", False, _reply("application/json", {"type": "object"})),
        "/talks/{name}#stream": _node(
            "stream", True, _reply("text/event-stream", {"type": "string"})
        ),
    }
    for path, item in paths.items():
        name = path[path.index("{") + 1 : path.index("}")]
        parameter = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        item["post"]["parameters"] = [parameter]
    about = {"openapi": "3.1.0", "info": {"title": "Talks", "version": "1"}}
    (tmp_path / "talks.json").write_text(json.dumps({**about, "paths": paths}))
    return clausewise.load(tmp_path / "talks.json")


def _exchange(sent: Any, streamed: bool) -> tuple[httpx.Request, httpx.Response]:
    event = httpx.Response(200, text="data: x\n\n", headers={"content-type": "text/event-stream"})
    return httpx.Request("POST", URL, json=sent), event if streamed else httpx.Response(
        200, json={"id": "1"}
    )


KEPT: list[tuple[Any, bool, str]] = [
    ({"a": "x", "stream": True}, True, "stream"),
    ({"a": "x", "stream": False}, False, "talk"),
    ({"a": "x"}, True, "stream"),
    ({"a": "x"}, False, "talk"),
]


@pytest.mark.parametrize(("sent", "streamed", "operation"), KEPT)
def test_an_exchange_that_one_of_them_allows(
    contract: clausewise.Contract, sent: Any, streamed: bool, operation: str
) -> None:
    """It is that operation's, by its request and then by its reply, and breaks nothing."""
    exchange = _exchange(sent, streamed)
    judged = contract.judge(*exchange)
    assert (judged.operation, judged.broken) == (operation, ())
    report = clausewise.judge_traffic(contract, [exchange, exchange])
    assert findings(report) == {}
    assert report.verdicts[f"{operation}:200:media-type"] == "upheld"


@pytest.mark.parametrize(("stream", "operation"), [(True, "stream"), (False, "talk")])
def test_a_reply_of_the_other_one_is_a_breach(
    contract: clausewise.Contract, stream: bool, operation: str
) -> None:
    """Where the request says which is meant, a reply in the other form is held against it."""
    exchange = _exchange({"a": "x", "stream": stream}, not stream)
    [broken] = contract.judge(*exchange).broken
    assert broken.clause.id == f"{operation}:200:media-type"
    report = clausewise.judge_traffic(contract, [exchange])
    assert findings(report) == {broken.clause.id: "violated"}
