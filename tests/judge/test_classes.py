"""What a judge has seen before changes nothing of what it says."""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from clausewise.campaign.campaign import Campaign
from clausewise.exchange import Exchange, Request, Response
from clausewise.judge import classes, replies
from clausewise.judge.replies import ReplyJudge
from clausewise.pack import Pack, find_pack
from clausewise.pack.resolving import resolve
from clausewise.plan.plan import make_plan
from clausewise.transport.in_process import InProcessTarget


def _otherwise(value: Any) -> Iterator[Any]:
    """A value with one of its members left out, null, of another type, or unknown."""
    if isinstance(value, dict):
        yield {**value, "made-up": 1}
        for name, inner in value.items():
            yield {other: kept for other, kept in value.items() if other != name}
            yield {**value, name: None}
            yield {**value, name: 7.5 if isinstance(inner, str) else "seven"}
            for changed in _otherwise(inner):
                yield {**value, name: changed}
    elif isinstance(value, list):
        yield []
        for changed in _otherwise(value[0]) if value else ():
            yield [changed, *value[1:]]


def _variants(exchange: Exchange) -> Iterator[Exchange]:
    """An exchange, and others with another reply, or another request; itself last."""
    response = exchange.response
    assert response is not None
    for body in _otherwise(response.json_or_none):
        changed = replace(response, content=json.dumps(body).encode())
        yield replace(exchange, response=changed)
    for kind in ("application/json; charset=utf-8", "text/html"):
        yield replace(exchange, response=replace(response, headers=(("content-type", kind),)))
    yield replace(exchange, response=replace(response, status=299))
    request = exchange.request
    for asked in (
        replace(request, content=None, body=None),
        replace(request, content=b"[]", body=[]),
        replace(request, path={}),
        replace(request, query={"made-up": "1"}),
    ):
        yield replace(exchange, request=asked)
    yield exchange


def test_an_exchange_is_judged_alike_first_and_last(pack: Pack) -> None:
    """One judge says of each of many exchanges, in either order, what a new one says of it."""
    settings = resolve(pack, base_url=None)
    campaign = Campaign(pack, make_plan(pack, examples=0), settings, InProcessTarget(pack.mock()))
    campaign.run()
    judges = {
        name: ReplyJudge(pack.contract, operation, pack.checks)
        for name, operation in pack.contract.operations.items()
    }
    # One exchange of each operation and status, in all its variants.
    chosen = {
        (e.case.operation, e.exchange.status): e.exchange
        for e in campaign.ledger.entries
        if e.exchange.response is not None
    }
    variants = [one for exchange in chosen.values() for one in _variants(exchange)]
    others = [e.exchange for e in campaign.ledger.entries if e.exchange.response is not None]
    seen = [*variants, *others[::-1], *variants]
    assert len(variants) > 500
    known: dict[int, Any] = {}
    for exchange in seen:
        said = judges[exchange.operation].judge(exchange)
        if id(exchange) not in known:
            operation = pack.contract.operations[exchange.operation]
            known[id(exchange)] = ReplyJudge(pack.contract, operation, pack.checks).judge(exchange)
        alone = known[id(exchange)]
        assert set(said.kept) == set(alone.kept), exchange
        assert said[1:] == alone[1:], exchange


_OPEN = """\
openapi: 3.1.0
info: {title: Open, version: "1"}
servers: [{url: "http://127.0.0.1"}]
paths:
  /a:
    get:
      operationId: look
      responses: {"200": {description: ok, content: {application/json: {schema: {}}}}}
"""


@pytest.mark.parametrize("status", [200, 299], ids=["documented", "undocumented"])
@pytest.mark.parametrize("inside", [False, True], ids=["one object", "many objects"])
def test_what_is_remembered_of_replies_has_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, inside: bool
) -> None:
    """Replies that name something new each time leave little behind, however many come."""
    monkeypatch.setattr(classes, "MOST_OF_NAMES", 100_000)
    monkeypatch.setattr(replies, "MOST_HELD", 50_000)
    (tmp_path / "openapi.yaml").write_text(_OPEN, "utf-8")
    contract = find_pack(str(tmp_path / "openapi.yaml")).contract
    judge = ReplyJudge(contract, contract.operations["look"], {})

    def answer(number: int) -> None:
        names = [f"a made-up name {status} {inside} {number} {at}" for at in range(1_000)]
        body = [{name: at} for at, name in enumerate(names)] if inside else dict.fromkeys(names, 0)
        headers = (("Content-Type", "application/json"),)
        reply = Response(status, headers, json.dumps(body).encode(), 0.1)
        judge.judge(Exchange("look", Request("GET", "http://127.0.0.1/a"), reply))

    answer(0)
    gc.collect()
    tracemalloc.start()
    for number in range(1, 31):
        answer(number)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 1_000_000
