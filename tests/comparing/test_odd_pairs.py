"""Lawful but odd pairs, asked for real: nothing that the contract leaves open is a difference."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

import clausewise
from clausewise.exchange import Response
from clausewise.mock import running
from clausewise.selftest import Fault, Faulty
from clausewise.selftest.fault import After, Asked, with_body, with_header, with_status

from ..campaign.faults import the_pack
from ..conftest import REPOSITORY

pytestmark = pytest.mark.slow


def _on_success(change: Callable[[Any], Any]) -> After:
    def after(asked: Asked, response: Response) -> Response:
        body = response.json_or_none
        if response.status != 200 or not isinstance(body, dict):
            return response
        return with_body(response, change(body))

    return after


def _lists_backwards(asked: Asked, response: Response) -> Response:
    """An order that nobody asked for."""
    body = response.json_or_none
    listed = isinstance(body, dict) and isinstance(body.get("data"), list)
    if not listed or response.status != 200 or {"sort_by", "sort_order"} & asked.query.keys():
        return response
    return with_body(response, body | {"data": body["data"][::-1]})


def _strangers_inside(body: Any) -> Any:
    return body | {"x_trace": {"region": "weur", "hops": [1, 2]}}


def _slowly(asked: Asked, response: Response) -> Response:
    time.sleep(0.02)
    return response


def _other_refusals(asked: Asked, response: Response) -> Response:
    """The body says the status as well (R37)."""
    body = response.json_or_none
    if response.status != 400 or not isinstance(body, dict) or "error" not in body:
        return response
    told = body | {"error": body["error"] | {"code": 422}}
    return with_body(with_status(response, 422), told)


def _of_another_server(asked: Asked, response: Response) -> Response:
    return with_header(response, "content-type", "application/json; charset=utf-8")


def _busy() -> After:
    turns = count(1)

    def after(asked: Asked, response: Response) -> Response:
        if next(turns) % 40:
            return response
        return with_header(with_status(response, 429), "Retry-After", "0")

    return after


# What one side does that the other does not.
ODD: dict[str, After] = {
    "lists the other way round": _lists_backwards,
    "members that nobody documented": _on_success(_strangers_inside),
    "slow": _slowly,
    "422 in place of 400": _other_refusals,
    "a charset": _of_another_server,
    "asks for patience now and then": _busy(),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_side_does_not_differ(name: str) -> None:
    """Whatever is lawful on one side alone: no difference, and nearly all is compared."""
    pack = the_pack()
    odd = Faulty(pack.mock(), pack.contract, [Fault(name, "reply", "", (), after=ODD[name])])
    with running(odd) as url:
        comparison = clausewise.compare(url, "mock", REPOSITORY, examples=0)

    assert [one.id for one in comparison.differences if one.matters] == []
    assert comparison.cases.differing == ()
    assert comparison.exit_code == 0
    assert comparison.compared > 700


def test_a_side_with_a_past_does_not_differ() -> None:
    """What an earlier run left behind on one side, and other ids, are no difference."""
    pack = the_pack()
    with running(pack.mock()) as url:
        clausewise.run(REPOSITORY, url, examples=0)
        comparison = clausewise.compare(url, "mock", REPOSITORY, examples=0)

    assert [one.id for one in comparison.differences if one.matters] == []
    assert comparison.exit_code == 0
