"""The library: what is public, contracts as values, and exchanges of any client judged alike."""

from __future__ import annotations

import asyncio
import json
import pickle
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
import requests
from starlette.requests import Request as StarletteRequest
from starlette.responses import JSONResponse, StreamingResponse

import clausewise
from clausewise.exchange import Request, Response
from clausewise.mock import running

EXAMPLE = Path(__file__).parents[1] / "docs" / "examples" / "openapi.yaml"
URL = "http://127.0.0.1:8080/lamps/7"
LAMP = {"id": 7, "state": "on", "brightness": 40}

JSON_TYPE = {"Content-Type": "application/json"}

# What is promised to users. A name more is a promise more: it belongs into docs/python.md as well.
PUBLIC = {
    # The library.
    "Clause", "Comparison", "Contract", "Judgement", "Match", "Observation", "Report", "compare",
    "load", "run", "Recorder", "judge_traffic",
    # What packs are written with.
    "Broken", "Judged", "Kept", "Message", "Reply", "Scenario", "SecretSet", "check", "clauses",
    "fold", "rule", "scenario", "strategy",
    # What goes wrong.
    "ClausewiseError", "ContractError", "TargetError", "UsageError",
}  # fmt: skip


@pytest.fixture(scope="module")
def contract() -> clausewise.Contract:
    """The contract of the examples."""
    return clausewise.load(EXAMPLE)


def test_nothing_else_is_public() -> None:
    """The package offers these names and no others; its rooms are nobody's to import from."""
    assert set(clausewise.__all__) == PUBLIC
    assert set(dir(clausewise)) == PUBLIC | {"__version__"}
    named = {name for name, value in vars(clausewise).items() if not isinstance(value, ModuleType)}
    own = {name for name in named if not name.startswith("_")}
    assert own - {"TYPE_CHECKING", "Any"} <= PUBLIC
    for name in PUBLIC:
        assert getattr(clausewise, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'judge_all'"):
        clausewise.judge_all  # noqa: B018  # asking is the point


def _set(contract: clausewise.Contract, name: str, value: Any) -> None:
    contract.clauses[name] = value  # type: ignore[index]  # that it cannot be is the point


@pytest.mark.parametrize("value", ["contract", "clauses", "judgement", "observation", "clause"])
def test_values_do_not_change(contract: clausewise.Contract, value: str) -> None:
    """Nothing that the library hands out can be written to."""
    judgement = contract.judge(httpx.Request("GET", URL), httpx.Response(200, json=LAMP))
    values: dict[str, Any] = {
        "contract": contract,
        "clauses": contract.clauses,
        "judgement": judgement,
        "observation": judgement.response[0],
        "clause": judgement.response[0].clause,
    }
    change = partial(setattr, values[value]) if value != "clauses" else partial(_set, contract)
    with pytest.raises((AttributeError, TypeError)):
        change("operation", "x")


def _requests_pair(content: bytes, headers: dict[str, str]) -> tuple[Any, Any]:
    request = requests.Request("PATCH", URL, headers=headers, data=content).prepare()
    response = requests.Response()
    response.status_code = 200
    response.headers["Content-Type"] = "application/json"
    response._content = json.dumps(LAMP).encode()
    response.request = request
    return request, response


def _starlette_pair(content: bytes, headers: dict[str, str]) -> tuple[Any, Any]:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content}

    scope = {
        "type": "http", "method": "PATCH", "path": "/lamps/7", "raw_path": b"/lamps/7",
        "query_string": b"", "scheme": "http", "server": ("127.0.0.1", 8080),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    request = StarletteRequest(scope, receive)
    asyncio.run(request.body())
    return request, JSONResponse(LAMP)


def _har_pair(content: bytes, headers: dict[str, str]) -> tuple[Any, Any]:
    listed = [{"name": name, "value": value} for name, value in headers.items()]
    request = {
        "method": "PATCH", "url": URL, "headers": listed,
        "postData": {"mimeType": "application/json", "text": content.decode()},
    }  # fmt: skip
    text = {"mimeType": "application/json", "text": json.dumps(LAMP)}
    return request, {"status": 200, "headers": [], "content": text}


CLIENTS: dict[str, Callable[[bytes, dict[str, str]], tuple[Any, Any]]] = {
    "httpx": lambda content, headers: (
        httpx.Request("PATCH", URL, content=content, headers=headers),
        httpx.Response(200, json=LAMP),
    ),
    "requests": _requests_pair,
    "Starlette": _starlette_pair,
    "HAR": _har_pair,
    "ours": lambda content, headers: (
        Request("PATCH", URL, tuple(headers.items()), content),
        Response(200, (("Content-Type", "application/json"),), json.dumps(LAMP).encode(), 0.0),
    ),
}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    ("content", "kind", "broken"),
    [
        (b'{"brightness": 40}', "application/json", []),
        (b'{"brightness": 400}', "application/json", ["request#/brightness:maximum"]),
        (b"{}", "application/json", ["request#/brightness:required"]),
        (b'{"brightness": ', "application/json", ["request:json"]),
    ],
)
def test_every_client_is_read_alike(
    contract: clausewise.Contract, client: str, content: bytes, kind: str, broken: list[str]
) -> None:
    """The same exchange gives the same judgement, whoever sent it."""
    request, response = CLIENTS[client](content, {"Content-Type": kind})
    judgement = contract.judge(request, response)
    assert [one.clause.short_id for one in judgement.lenient] == broken
    expected = contract.judge(*CLIENTS["ours"](content, {"Content-Type": kind}))
    assert judgement == expected
    assert str(judgement) == str(expected)


def test_an_encoded_slash_is_part_of_a_value(contract: clausewise.Contract) -> None:
    """Starlette decodes paths: the one that was sent counts."""
    scope = {
        "type": "http", "method": "GET", "path": "/lamps/7/8", "raw_path": b"/lamps/7%2F8",
        "query_string": b"a=b", "scheme": "http", "server": ("x", 80), "headers": [],
    }  # fmt: skip
    request = StarletteRequest(scope, _nothing)
    asyncio.run(request.body())
    judgement = contract.judge(request, JSONResponse(LAMP))
    assert [one.clause.short_id for one in judgement.lenient] == ["path#/id:type"]


async def _nothing() -> dict[str, Any]:
    return {"type": "http.request"}


def test_an_unlawful_request_that_was_refused_breaks_nothing(
    contract: clausewise.Contract,
) -> None:
    """That is what was promised: the judgement tells that the request was not lawful."""
    request = httpx.Request("PATCH", URL, json={"brightness": -1})
    judgement = contract.judge(request, httpx.Response(422))
    assert judgement.kept
    assert (judgement.lawful, judgement.accepted, judgement.broken) == (False, False, ())


def test_both_sides_are_told_apart(contract: clausewise.Contract) -> None:
    """A breach of the reply, and a request that should have been refused, in one exchange."""
    request = httpx.Request("PATCH", URL, json={"brightness": "dim"})
    judgement = contract.judge(request, httpx.Response(200, json={**LAMP, "state": "dim"}))
    assert [one.clause.short_id for one in judgement.violated] == ["200#/state:enum"]
    assert [one.clause.short_id for one in judgement.lenient] == ["request#/brightness:type"]
    assert judgement.broken == judgement.violated + judgement.lenient
    text = str(judgement)
    assert "violated: dim_lamp:200#/state:enum" in text
    assert "lenient: dim_lamp:request#/brightness:type" in text
    assert '"dim" is not one of "on" or "off"' in text


def test_a_crash_is_no_acceptance(contract: clausewise.Contract) -> None:
    """An undocumented 500 breaks the status, and says nothing of the request."""
    request = httpx.Request("PATCH", URL, json={"brightness": 400})
    judgement = contract.judge(request, httpx.Response(500))
    assert [one.clause.short_id for one in judgement.broken] == ["status"]


SECRETS = """
openapi: 3.1.0
info: {title: Keys, version: "1"}
paths:
  /keys:
    post:
      operationId: keep
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                key: {type: string, writeOnly: true, maxLength: 4}
                pin: {type: string, format: password, maxLength: 4}
                inner: {type: object, maxProperties: 0, properties: {token: {x-sensitive: true}}}
                name: {type: string, maxLength: 4}
      responses: {"204": {description: Kept.}}
"""


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    """What never comes back does not come out of a judgement, neither as a text nor as a value."""
    (tmp_path / "keys.yaml").write_text(SECRETS, "utf-8")
    body = {
        "key": "canary-1", "pin": "canary-2", "inner": {"token": "canary-3"}, "name": "a long one",
    }  # fmt: skip
    request = httpx.Request("POST", "http://x/keys?token=canary-4", json=body)
    judgement = clausewise.load(tmp_path / "keys.yaml").judge(request, httpx.Response(204))
    assert len(judgement.lenient) == 4
    assert "a long one" in str(judgement)
    assert "canary" not in str(judgement) + repr(judgement)


def test_soft_clauses_only_warn() -> None:
    """What a pack calls soft is told, and leaves the contract kept."""
    contract = clausewise.load(Path(__file__).parents[1])
    url = "http://x/accounts/a/realtime/kit/b/recordings"
    request = httpx.Request(
        "POST", url, json={"meeting_id": "0d9c5c1e-52f6-4f7e-8f0d-6f3e4c1b2a90"}
    )
    judgement = contract.judge(request, httpx.Response(200, json={"success": True}))
    assert [one.clause.id for one in judgement.broken] == ["start_recording:rule:X10"]
    assert judgement.kept
    assert "violated, soft: start_recording:rule:X10" in str(judgement)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (
            httpx.Request("GET", "http://x/bulbs"),
            "has no GET /bulbs; it has: GET /lamps/{id}, ",
        ),
        (httpx.Request("PUT", URL), "/lamps/7 takes GET, PATCH, not PUT"),
        ("GET /lamps/7", "builtins.str is no request"),
        ({"url": URL}, "a HAR request has a method and a url"),
        (requests.Request("PATCH", URL, data=iter([b"{}"])).prepare(), "is a stream"),
    ],
)
def test_what_cannot_be_judged(contract: clausewise.Contract, request_: Any, said: str) -> None:
    """It is said what is wrong and what there is."""
    with pytest.raises(clausewise.UsageError) as caught:
        contract.judge(request_, httpx.Response(200, json=LAMP))
    assert said in str(caught.value)


def test_streams_have_to_be_read_first(contract: clausewise.Contract) -> None:
    """A body that is not there yet is no empty body."""

    async def parts() -> AsyncIterator[bytes]:
        yield b"{}"

    def pieces() -> Iterator[bytes]:
        yield b"{}"

    fine = httpx.Request("GET", URL)
    for request, response in [
        (httpx.Request("PATCH", URL, content=parts()), httpx.Response(200, json=LAMP)),
        (fine, httpx.Response(200, content=pieces())),
        (fine, StreamingResponse(pieces())),
    ]:
        with pytest.raises(clausewise.UsageError, match="stream"):
            contract.judge(request, response)


def test_a_body_that_har_leaves_out_breaks_nothing(contract: clausewise.Contract) -> None:
    """Browsers often keep a size only: of what is not there nothing is said."""
    response = {"status": 200, "content": {"size": 40, "mimeType": "application/json"}}
    judgement = contract.judge({"method": "GET", "url": URL}, response)
    assert judgement.broken == ()


def test_what_is_no_contract(tmp_path: Path) -> None:
    """A path that is not there, and a file that is no OpenAPI document, are the user's mistakes."""
    with pytest.raises(clausewise.UsageError, match=r"there is no file or folder .*nowhere\.yaml"):
        clausewise.load(tmp_path / "nowhere.yaml")
    (tmp_path / "x.yaml").write_text("- 1\n", "utf-8")
    with pytest.raises(clausewise.ContractError):
        clausewise.load(tmp_path / "x.yaml")


def _judged(contract: clausewise.Contract) -> clausewise.Judgement:
    return contract.judge(*CLIENTS["ours"](b'{"brightness": 400}', JSON_TYPE))


def test_judging_goes_on_elsewhere(contract: clausewise.Contract) -> None:
    """In threads and in other processes, where the contract is read again."""
    expected = _judged(contract)
    assert pickle.loads(pickle.dumps(expected)) == expected  # noqa: S301  # our own
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(_judged, [contract] * 40)) == {expected}
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes:
        # This module has no name there: the method goes along with its contract.
        exchange = CLIENTS["ours"](b'{"brightness": 400}', JSON_TYPE)
        assert processes.submit(contract.judge, *exchange).result() == expected


class _Lamps:
    """Serves the lamps of the examples; `broken` leaves a required member out."""

    def __init__(self, broken: bool) -> None:
        self.lamp = {key: value for key, value in LAMP.items() if not broken or key != "state"}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        known = scope["path"] == "/lamps/7" and scope["method"] == "GET"
        reply = JSONResponse(self.lamp if known else {"title": "no"}, 200 if known else 404)
        await reply(scope, receive, send)


@pytest.mark.parametrize("broken", [False, True])
def test_a_run_as_a_function(tmp_path: Path, broken: bool) -> None:
    """A run gives a report, which can be written and read again; a breach has its clause."""
    with running(_Lamps(broken)) as url:
        report = clausewise.run(EXAMPLE, url, values={"id": "7"}, examples=0, min_judged=1)

    missing = report.verdicts["show_lamp:200#/state:required"]
    assert missing == ("violated" if broken else "upheld")
    report.write(tmp_path)
    again = clausewise.Report.load(tmp_path / "conformance.json")
    assert again.verdicts.keys() == report.verdicts.keys()
    assert [one.id for one in again.findings] == [one.id for one in report.findings]


def test_a_run_of_the_packs_own_mock() -> None:
    """Without a URL the mock of the pack is judged in this process, scenarios included."""
    report = clausewise.run(Path(__file__).parents[1], examples=0)

    assert report.run.exit_code == 0
    assert not report.findings
    assert report.verdicts["start_recording:rule:R2"] == "upheld"
