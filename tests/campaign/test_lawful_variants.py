"""What the contract leaves open is left alone: no lawful variant of an endpoint is a finding."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from clausewise.exchange import Response
from clausewise.pointer import look

from .catalogue import GATEWAY, RICH, lawfully_enriched
from .faults import (
    After,
    Asked,
    Fault,
    on_refusal,
    on_success,
    proper,
    refusal,
    reply,
    run,
    the_operation_plan,
    the_pack,
    the_plan,
    with_content,
    with_header,
    with_status,
)

Change = Callable[[dict[str, Any]], Any]


def _data(**members: Any) -> After:
    return on_success(lambda asked, body: body["data"].update(members))


def _without(*names: str) -> After:
    def change(asked: Asked, body: dict[str, Any]) -> None:
        for name in names:
            body["data"].pop(name, None)

    return on_success(change)


def _strangers(asked: Asked, body: dict[str, Any]) -> None:
    body["messages"] = []
    data = body["data"]
    data["x_region"] = "weur"
    data["start_reason"]["x_by"] = None
    data["start_reason"]["caller"]["x_role"] = {"name": "owner"}
    if "storage_config" in data and data["storage_config"] is not None:
        data["storage_config"]["x_class"] = "cold"


def _times(form: Callable[[str], str]) -> After:
    def change(asked: Asked, body: dict[str, Any]) -> None:
        body["data"]["invoked_time"] = form("2026-03-01T12:00:00")
        body["data"]["started_time"] = form("2026-03-01T12:00:05")

    return on_success(change)


def _upper(asked: Asked, body: dict[str, Any]) -> None:
    data = body["data"]
    data["id"] = data["id"].upper()
    data["session_id"] = data["session_id"] and data["session_id"].upper()
    data["start_reason"]["caller"]["user_Id"] = "5F0C7B1E-94D3-4C7A-8A55-2F6BE1D0C9A4"


def _version_7(asked: Asked, body: dict[str, Any]) -> None:
    given = body["data"]["id"]
    body["data"]["id"] = f"{given[:14]}7{given[15:]}"


def _recording(asked: Asked, body: dict[str, Any]) -> None:
    body["data"] |= {"status": "RECORDING", "started_time": body["data"]["invoked_time"]}


def _links(asked: Asked, body: dict[str, Any]) -> None:
    if look(asked.body, "/realtimekit_bucket_config/enabled") is not False:
        body["data"]["download_url"] = "https://files.example.net/%E4%BC%9A.mp4?sig=a%2Bb"
        body["data"]["download_url_expiry"] = "2026-03-08T12:00:00Z"


def _reply(change: Callable[[Response], Response]) -> After:
    return lambda asked, response: change(response)


def _refused(status: int) -> After:
    def after(asked: Asked, response: Response) -> Response:
        return with_status(response, status) if 400 <= response.status < 500 else response

    return after


def _pretty(response: Response) -> Response:
    text = json.dumps(response.json, indent=2, sort_keys=True, ensure_ascii=True)
    return with_content(response, f"\n{text}\n".encode())


def _shuffled(response: Response) -> Response:
    body = dict(reversed(response.json.items()))
    return with_content(response, json.dumps(body).encode())


def _other_type(value: str) -> After:
    return _reply(lambda response: with_header(response, "content-type", value))


def _forbidden(asked: Asked, response: Response) -> Response:
    return with_status(response, 403) if response.status == 401 else response


VARIANTS = (
    Fault("rich replies", after=RICH.after),
    Fault("rich successes", after=on_success(lawfully_enriched)),
    Fault("undocumented members", after=on_success(_strangers)),
    Fault("undocumented members of refusals", after=on_refusal(lambda _, body: {**body, "id": 7})),
    Fault("times in seconds", after=_times(lambda time: f"{time}Z")),
    Fault("times in microseconds", after=_times(lambda time: f"{time}.123456Z")),
    Fault("times in nanoseconds", after=_times(lambda time: f"{time}.123456789Z")),
    Fault("times with an offset of zero", after=_times(lambda time: f"{time}.5+00:00")),
    Fault("times of India", after=_times(lambda time: f"{time}+05:30")),
    Fault("times in lower case", after=_times(lambda time: f"{time}z".lower())),
    Fault("ids in upper case", after=on_success(_upper)),
    Fault("ids of version 7", after=on_success(_version_7)),
    Fault("no session", after=_data(session_id=None)),
    Fault("Application/JSON;Charset=UTF-8", after=_other_type("Application/JSON;Charset=UTF-8")),
    Fault("application/json ; charset", after=_other_type("application/json ; charset=utf-8")),
    Fault("every refusal a 400", after=_refused(400)),
    Fault("every refusal a 422", after=_refused(422)),
    Fault("every refusal a 404", after=_refused(404)),
    Fault("a wrong token is a 403", after=_forbidden),
    Fault("the gateway's envelope", after=on_refusal(lambda _, body: dict(GATEWAY))),
    Fault(
        "the least of that envelope",
        after=on_refusal(
            lambda _, body: {
                "success": False,
                "errors": [{"code": 1000, "message": ""}],
                "messages": [],
                "result": None,
            }
        ),
    ),
    Fault(
        "no errors in that envelope", after=on_refusal(lambda _, body: {**GATEWAY, "errors": []})
    ),
    Fault("both envelopes in one", after=on_refusal(lambda _, body: {**GATEWAY, **body})),
    Fault(
        "an error code that says .0",
        after=on_refusal(lambda _, body: body["error"].update(code=float(body["error"]["code"]))),
    ),
    Fault("no optional members", after=_without("start_reason", "recording_duration")),
    Fault("no storage in the reply", after=_without("storage_config")),
    Fault("storage is null", after=_data(storage_config=None)),
    Fault("an empty start reason", after=_data(start_reason={})),
    Fault("nobody started it", after=_data(start_reason={"reason": "RECORD_ON_START"})),
    Fault(
        "a user started it",
        after=_data(start_reason={"reason": "API_CALL", "caller": {"type": "USER", "name": ""}}),
    ),
    Fault("it records at once", after=on_success(_recording)),
    Fault("links at once", after=on_success(_links)),
    Fault("a size of 0", after=_data(file_size=0)),
    Fault("a size with a fraction", after=_data(file_size=1024.5)),
    Fault("a large size", after=_data(file_size=2**60)),
    Fault("a duration that says .0", after=_data(recording_duration=600.0)),
    Fault("a negative duration, for no minimum is stated", after=_data(recording_duration=-1)),
    Fault("an empty name for no prefix", after=on_success(lambda *sent: _unnamed(*sent))),
    Fault("members in another order", after=_reply(_shuffled)),
    Fault("indented and escaped", after=_reply(_pretty)),
    Fault("no length", after=_reply(lambda r: with_header(r, "content-length", None))),
    Fault("other headers", after=_reply(lambda r: with_header(r, "cf-ray", "8c1f-FRA"))),
)


def _unnamed(asked: Asked, body: dict[str, Any]) -> None:
    if not asked.body.get("file_name_prefix"):
        body["data"]["output_file_name"] = ""


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda fault: fault.name)
def test_a_lawful_variant(variant: Fault) -> None:
    """A reply that the documents allow is no finding, however unusual."""
    assert run(variant).findings == {}


@pytest.mark.parametrize("seed", range(10))
def test_the_conforming_mock_under_many_searches(seed: int) -> None:
    """Whatever the random search comes up with, a conforming endpoint has no findings."""
    found = run(plan=the_plan(25, seed))
    assert found.findings == {}
    assert not found.verdicts("inconclusive")


def test_a_conforming_mock_is_judged_in_full() -> None:
    """Every clause of requests, transport and rules that the mock can show is upheld."""
    found = run(RICH)
    assert found.verdicts("inconclusive", "lenient", "strict") == {}
    # What nobody can observe, and what takes other operations, is told by their own tests.
    left = {name.partition(":")[2] for name in found.verdicts("unexercised")}
    assert all(name.startswith("rule:") for name in left)
    observable = {"R1", "R3", "R7", "R12", "R13", "R14", "R15", "R17", "R24", "R36", "R37", "R43"}
    assert not {f"rule:{name}" for name in observable} & left
    violated = found.verdicts("violated")
    assert {name.rpartition(":")[2] for name in violated} == {"R12", "R14", "R15", "R17", "R18"} - {
        name.rpartition(":")[2] for name in found.verdicts("upheld")
    }
    assert all(found.rulings[name].clause.soft for name in violated)


@pytest.mark.parametrize("status", [429, 503])
def test_patience_is_not_a_finding(status: int) -> None:
    """A target that asks to wait every now and then is waited for, and asked again."""
    waits: list[int] = []

    def before(asked: Asked) -> Response | None:
        if asked.number % 25:
            return None
        waits.append(asked.number)
        return reply(status, {"success": False}, ("Retry-After", "0"))

    found = run(Fault("patience", before=before))
    assert found.findings == {}
    assert not found.verdicts("inconclusive")
    assert found.requests == run().requests + len(waits)
    assert len(waits) >= 6


def _disputed(asked: Asked) -> bool:
    plan = the_operation_plan()
    if plan.model is None or not isinstance(asked.body, dict):
        return False
    value = {"path": dict(the_pack().path_values), "body": asked.body}
    return plan.disputed(plan.model.classify(value)) is not None


@pytest.mark.parametrize("status", [400, 422])
def test_a_disputed_value_may_be_refused(status: int) -> None:
    """Where the documents disagree about a value, taking and refusing it are both lawful."""
    refused: list[int] = []

    def before(asked: Asked) -> Response | None:
        if not proper(asked) or not _disputed(asked):
            return None
        refused.append(asked.number)
        return refusal(status)

    found = run(Fault("disputed", before=before), plan=the_plan(25))
    assert found.findings == {}
    assert refused
