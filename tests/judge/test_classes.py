"""What a judge has seen before changes nothing of what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from clausewise.campaign.campaign import Campaign
from clausewise.exchange import Exchange
from clausewise.judge.replies import ReplyJudge
from clausewise.pack import Pack
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
