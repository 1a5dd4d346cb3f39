"""Cases as requests: the URL, the headers, the credential and the leased ids."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from clausewise import UsageError
from clausewise.campaign.requests import Wire
from clausewise.contract import Operation
from clausewise.contract.security import MADE_UP
from clausewise.exchange import Request
from clausewise.pack import Pack
from clausewise.pack.settings import Settings
from clausewise.plan.cases import Case, Change
from clausewise.pointer import ABSENT

LEASED = {"start_recording": "/meeting_id"}
PATH = {"account_id": "023e105f4ecef8ad9ca31a8372d0c353", "app_id": "an-app"}
PLANNED = "3add8d2b-fc1a-4864-a9cb-11cc11386b32"
HTTP = Settings(base_url="http://127.0.0.1:1", path={"account_id": "a", "app_id": "b"}, token="t")  # noqa: S106  # made up for the tests


@pytest.fixture(scope="module")
def operation(pack: Pack) -> Operation:
    """The pack's operation."""
    return pack.contract.operations["start_recording"]


def _case(body: Any = ABSENT, path: dict[str, Any] = PATH, **parts: Any) -> Case:
    value = {"path": path} if body is ABSENT else {"path": path, "body": body}
    made = Case("x/000", "start_recording", "example", "accepted", "x", value=value)
    return replace(made, **parts)


def _wire(settings: Settings = HTTP) -> Wire:
    return Wire(settings, LEASED, "meeting")


def _meeting(request: Request) -> Any:
    return json.loads(request.content or b"null")["meeting_id"]


def test_the_parts_of_a_request(operation: Operation) -> None:
    """Method, URL, path values, headers and body come from the case and the settings."""
    request = _wire().request(operation, _case({"meeting_id": PLANNED, "name": "é"}))
    assert request.method == "POST"
    assert request.url == "http://127.0.0.1:1/accounts/a/realtime/kit/b/recordings"
    assert request.path == {"account_id": "a", "app_id": "b"}
    headers = dict(request.headers)
    assert headers["Accept"] == "application/json, */*;q=0.1"
    assert headers["Content-Type"] == "application/json"
    assert headers["User-Agent"].startswith("clausewise/")
    assert headers["Authorization"] == "Bearer t"
    assert request.content is not None
    assert '"name":"é"'.encode() in request.content
    assert json.loads(request.content) == request.body


def test_a_case_may_have_its_own_path_values(operation: Operation) -> None:
    """A case about the path replaces a value, percent-encoded, and leaves the next case alone."""
    wire = _wire()
    odd = _case({}, {**PATH, "account_id": "a/b?c é"}, pinned=frozenset({"/path/account_id"}))
    assert "/accounts/a%2Fb%3Fc%20%C3%A9/realtime" in wire.request(operation, odd).url
    assert "/accounts/a/realtime" in wire.request(operation, _case({})).url


def test_path_values_of_the_case(operation: Operation) -> None:
    """Without a value of the profile, that of the case stands in the path."""
    request = _wire(replace(HTTP, path={})).request(operation, _case({}))
    assert "/accounts/023e105f4ecef8ad9ca31a8372d0c353/" in request.url


@pytest.mark.parametrize("value", ["", ".", "..", None])
def test_a_path_value_that_cannot_be_sent(operation: Operation, value: Any) -> None:
    """What no segment of a path can say is named, and nothing is sent."""
    wire = _wire(replace(HTTP, path={"app_id": "b"}))
    with pytest.raises(UsageError, match="x/000 has a value that cannot be written"):
        wire.request(operation, _case({}, {**PATH, "account_id": value}))


def test_one_run_keeps_its_ids(operation: Operation) -> None:
    """The same planned id becomes the same real one in a run, and another one in the next."""
    first, second = _wire(), _wire()
    ids = [_meeting(first.request(operation, _case({"meeting_id": PLANNED}))) for _ in range(2)]
    assert ids[0] == ids[1] != PLANNED
    assert UUID(ids[0]).version == 4
    assert first.real_id("other") != ids[0]
    assert second.real_id(PLANNED) != first.real_id(PLANNED)


def test_in_this_process_every_run_is_the_same() -> None:
    """A mock in this process starts afresh, so its ids need not change."""
    here = replace(HTTP, base_url=None)
    assert _wire(here).real_id(PLANNED) == _wire(here).real_id(PLANNED)


def test_listed_ids_are_leased_in_turn() -> None:
    """Ids that a profile lists are taken in turns, each planned id keeping its own."""
    wire = _wire(replace(HTTP, leases={"meeting": ("m1", "m2")}))
    assert [wire.real_id(name) for name in ("a", "b", "a", "c", "b")] == [
        "m1",
        "m2",
        "m1",
        "m1",
        "m2",
    ]


def test_only_the_leased_member_is_replaced(operation: Operation) -> None:
    """An id is replaced where it stands, not where a case breaks it, and nowhere else."""
    wire = _wire()
    broken = _case({"meeting_id": "no"}, change=Change("/body/meeting_id", "no"))
    assert _meeting(wire.request(operation, broken)) == "no"
    number = _case({"meeting_id": 5}, change=Change("/body/meeting_id", 5))
    assert _meeting(wire.request(operation, number)) == 5
    elsewhere = wire.request(operation, _case({"meeting_id": PLANNED, "url": PLANNED}))
    assert json.loads(elsewhere.content or b"")["url"] == PLANNED
    plain = Wire(HTTP, {}, None).request(operation, _case({"meeting_id": PLANNED}))
    assert _meeting(plain) == PLANNED


def test_bytes_that_are_no_json_stay_as_they_are(operation: Operation) -> None:
    """Half a body, and no body, are sent as the case has them."""
    request = _wire().request(operation, _case(content=b'{"meeting_id":"x"'))
    assert request.content == b'{"meeting_id":"x"'
    assert request.body is None
    empty = _wire().request(operation, _case())
    assert empty.content is None
    assert "Content-Type" not in dict(empty.headers)


@pytest.mark.parametrize(
    ("credential", "expected"),
    [("ours", "Bearer t"), ("wrong", f"Bearer {MADE_UP}"), ("none", None)],
)
def test_whose_credential(operation: Operation, credential: Any, expected: str | None) -> None:
    """A case has our token, a made-up one, or none."""
    request = _wire().request(operation, _case({}, credential=credential))
    assert dict(request.headers).get("Authorization") == expected


@pytest.mark.parametrize(
    ("credential", "expected"),
    [("ours", "Basic abc"), ("wrong", f"Bearer {MADE_UP}"), ("none", None)],
)
def test_a_given_authorization(operation: Operation, credential: Any, expected: str | None) -> None:
    """An Authorization of the command line is sent as it is, but for the cases about it."""
    settings = replace(HTTP, token="abc", headers=(("authorization", "Basic abc"),))  # noqa: S106  # made up for the tests
    headers = _wire(settings).request(operation, _case({}, credential=credential)).headers
    assert [v for n, v in headers if n.lower() == "authorization"] == [expected] * bool(expected)


def test_given_headers_replace_ours(operation: Operation) -> None:
    """A header of the command line replaces the one of the same name, and is sent once."""
    settings = replace(HTTP, headers=(("user-agent", "mine"), ("X-One", "1")))
    headers = _wire(settings).request(operation, _case({})).headers
    assert [v for n, v in headers if n.lower() == "user-agent"] == ["mine"]
    assert ("X-One", "1") in headers


def test_no_token_no_header(operation: Operation) -> None:
    """Without a credential there is no Authorization at all."""
    request = _wire(replace(HTTP, token=None)).request(operation, _case({}))
    assert "Authorization" not in dict(request.headers)


def test_a_text_in_place_of_the_query_is_what_it_says(pack: Pack) -> None:
    """Rules judge a reply by the query that was sent, not by the values that stood there before."""
    lists = pack.contract.operations["get_all_recordings"]
    value = {"path": PATH, "query": {"meeting_id": PLANNED, "page_no": 3}}
    case = Case("x/000", lists.id, "transport", "accepted", "x", value=value, query="page_no=2")
    request = _wire().request(lists, case)

    assert request.url.endswith("?page_no=2")
    assert request.query == {"page_no": 2}
