"""Building blocks of mocks: which operation a URL asks, and how one is served."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from clausewise.contract import Contract, load_contract
from clausewise.errors import UsageError
from clausewise.mock import Application, Call, Reply, running, serve

from ..guards import FOR_EVER
from .shop import AWKWARD, GOOD, ORDERS, TOKEN, build, fine, refuse, send


@pytest.mark.parametrize("prefix", ["", "/api/v2"])
def test_serves_below_the_server_path_and_without(app: Application, prefix: str) -> None:
    """An operation answers both at its own path and below the documented server's."""
    reply = send(app, "POST", prefix + ORDERS, json={"item": "x"}, headers=GOOD)

    assert (reply.status_code, reply.json()) == (200, {"id": 1})
    assert reply.headers["content-type"] == "application/json"


def test_it_is_mounted_below_another_application(app: Application, calls: list[Call]) -> None:
    """It can be mounted in a Starlette application, below a path of its own."""
    outer = Starlette(routes=[Mount("/mock", app)])
    reply = send(outer, "POST", "/mock/shops/a%2Fb/orders", json={"item": "x"}, headers=GOOD)

    assert (reply.status_code, calls[0].path) == (200, {"shop": "a/b"})


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/v2/", "/orders", "/shops//orders", ORDERS + "/"]
)
def test_a_path_that_no_template_fits_is_refused(app: Application, path: str) -> None:
    """A path that no template fits is refused with 404, whatever the credential."""
    reply = send(app, "POST", path, json={"item": "x"})

    assert (reply.status_code, reply.json()) == (404, {"title": "404: no such path"})


def test_a_method_that_a_path_does_not_take_is_refused(app: Application) -> None:
    """A method that a path does not take is refused with 405, and Allow names those it takes."""
    reply = send(app, "PUT", ORDERS, json={})

    assert reply.status_code == 405
    assert set(reply.headers["allow"].split(", ")) == {"GET", "POST"}


def test_a_method_of_each_template_that_fits_is_taken(app: Application) -> None:
    """Where several templates fit a path, a method of each is taken, and Allow names them all."""
    title = send(app, "DELETE", f"{ORDERS}/last").json()["title"]

    assert title == "400: the path parameter order is wrong: order is an integer"
    assert send(app, "PUT", f"{ORDERS}/last").headers["allow"] == "DELETE, GET, PATCH"


def test_head_is_taken_where_the_contract_has_it(app: Application) -> None:
    """HEAD is a method like any other: it is taken where the contract has it."""
    reply = send(app, "HEAD", f"{ORDERS}/7")

    assert (reply.status_code, reply.headers["allow"]) == (405, "DELETE, GET, PATCH")


def test_a_path_without_parameters_goes_before_a_template(contract: Contract) -> None:
    """A path without parameters goes before a template, as OpenAPI has it."""
    app = build(contract, last=lambda _: Reply(200, {"last": True}), show=lambda _: Reply(200, {}))

    assert send(app, "GET", f"{ORDERS}/last").json() == {"last": True}
    assert send(app, "GET", f"{ORDERS}/7").json() == {}


def test_path_values_are_decoded(app: Application, calls: list[Call]) -> None:
    """A percent-encoded slash belongs to a path parameter's value."""
    send(app, "POST", "/shops/%C3%A4%2Fb/orders", json={"item": "x"}, headers=GOOD)

    assert calls[0].path == {"shop": "ä/b"}


@pytest.mark.parametrize("shop", ["%252F", "a%0A", "%7Bp0%7D", "b:c", "%F0%9F%8D%8E"])
def test_a_path_value_is_decoded_once(app: Application, calls: list[Call], shop: str) -> None:
    """A path value is decoded once, whatever it holds, and a path's other part in any spelling."""
    send(app, "POST", f"/%73hops/{shop}/orders", json={"item": "x"}, headers=GOOD)

    assert calls[0].path == {"shop": unquote(shop)}


def test_a_parameter_name_need_not_be_an_identifier(tmp_path: Path) -> None:
    """A parameter's name need not be an identifier, nor a path plain ASCII."""
    (tmp_path / "shop.yaml").write_text(AWKWARD, "utf-8")
    calls: list[Call] = []

    def show(call: Call) -> Reply:
        calls.append(call)
        return Reply(200)

    contract = load_contract(tmp_path, tmp_path / "shop.yaml")
    app = Application(contract, {"show": show}, refuse=refuse)
    for prefix in ("", "/v1"):
        status = send(app, "GET", f"{prefix}/läden/1:open/x.y-2").status_code
        assert status == 200

    assert [call.path for call in calls] == [
        {"shop-id": "1", "order.id": "x.y", "n": "2"},
        {"shop-id": "1", "order.id": "x.y", "n": "2"},
    ]


def test_a_parameter_may_be_a_part_of_a_segment(app: Application) -> None:
    """A parameter may be a part of a path segment; a body of bytes is sent as it is."""
    reply = send(app, "GET", f"{ORDERS}/7.txt")

    assert (reply.text, reply.headers["content-type"]) == ("an order", "text/plain")


def test_a_server_may_give_no_raw_path(app: Application) -> None:
    """Where a server gives no raw path, the decoded one serves."""

    async def without(scope: dict[str, Any], receive: Any, send: Any) -> None:
        del scope["raw_path"]
        await app(scope, receive, send)

    assert send(without, "GET", f"{ORDERS}/7").status_code == 200


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"handlers": {"ordr": fine}}, "'ordr'"),
        ({"tokens": []}, "order asks for a credential"),
        ({"tokens": [""]}, "order asks for a credential"),
    ],
)
def test_handlers_and_tokens_that_do_not_fit_are_told(
    contract: Contract, changed: dict[str, Any], problem: str
) -> None:
    """Handlers and tokens that do not fit are told while building."""
    with pytest.raises(UsageError, match=problem):
        Application(contract, **{"handlers": {}, "refuse": refuse, "tokens": [TOKEN], **changed})


def test_driven_without_a_loop(app: Application) -> None:
    """The application awaits nothing but its server: one step of the coroutine answers."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(event: Any) -> None:
        sent.append(event)

    scope = {
        "type": "http",
        "method": "GET",
        "path": f"{ORDERS}/7",
        "query_string": b"",
        "headers": [],
    }
    with pytest.raises(StopIteration):
        app(scope, receive, send).send(None)

    assert [event["type"] for event in sent] == ["http.response.start", "http.response.body"]


def test_a_request_that_is_broken_off_is_not_answered(app: Application) -> None:
    """A request that is broken off is not answered."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(event: Any) -> None:
        raise AssertionError(event)

    scope = {
        "type": "http",
        "method": "GET",
        "path": f"{ORDERS}/7",
        "query_string": b"",
        "headers": [],
    }
    asyncio.run(app(scope, receive, send))


def test_a_server_that_announces_its_life_is_agreed_with(app: Application) -> None:
    """A server that announces its start and end is agreed with; a web socket is turned away."""
    events = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return next(events)

    async def send(event: Any) -> None:
        sent.append(event["type"])

    asyncio.run(app({"type": "lifespan"}, receive, send))
    asyncio.run(app({"type": "websocket", "path": f"{ORDERS}/7"}, receive, send))

    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete", "websocket.close"]


def test_a_free_port_is_taken_and_told(app: Application) -> None:
    """A free port is taken and told; connections are kept alive; it ends with the block."""
    with running(app) as base_url, httpx.Client(base_url=base_url, trust_env=False) as client:
        replies = [
            client.post(f"/api/v2{ORDERS}", json={"item": "x"}, headers=GOOD) for _ in range(3)
        ]

    assert [reply.status_code for reply in replies] == [200] * 3
    with pytest.raises(httpx.ConnectError):
        httpx.get(base_url, trust_env=False)


@pytest.mark.parametrize("port", [None, 99_999])
def test_a_port_that_cannot_be_had_is_told(app: Application, port: int | None) -> None:
    """A port that is taken, or is none, is the user's to change."""
    with running(app) as base_url:
        taken = int(base_url.rpartition(":")[2])
        with pytest.raises(UsageError, match="port 0 takes a free one"):
            serve(app, port=port or taken)


_SERVING = """
from clausewise.mock import serve

async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})

serve(app, port=0, ready=lambda url: print(url, flush=True))
"""


def test_serve_ends_with_ctrl_c() -> None:
    """`serve` tells its URL once requests are taken, prints nothing itself, ends in peace."""
    command = [sys.executable, "-W", "error", "-c", _SERVING]
    with subprocess.Popen(  # noqa: S603  # our own lines
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            base_url = process.stdout.readline().strip()
            status = httpx.get(base_url, trust_env=False).status_code
            process.send_signal(signal.SIGINT)
            rest = process.communicate(timeout=FOR_EVER)
        finally:
            process.kill()

    assert (status, process.returncode, rest) == (204, 0, ("", ""))
