"""One broken promise at a time: a run finds it, names it, and finds nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from clausewise.errors import TargetError
from clausewise.exchange import Response
from clausewise.pointer import ABSENT, look

from .catalogue import RICH, lenient_faults, of, reply_faults, strict_faults
from .faults import (
    STATUS,
    After,
    Asked,
    Fault,
    crash,
    has,
    on_refusal,
    on_success,
    proper,
    refusal,
    run,
    the_operation_plan,
    with_content,
    with_header,
    with_status,
)

# Twenty of the faults that the catalogue has: `clausewise selftest` tries one for every clause and
# value class by faults that it derives itself, and this is the check of it by other means.
REPLIES = (
    "200#:type",
    "200#/data/id:format",
    "200#/data/stopped_time:required",
    "200#/data/storage_config/auth_method:enum",
    "200#/data/storage_config/region:minLength",
    "200#/data/start_reason/caller/type:type",
    "4XX#/error/message:type",
    "4XX#/errors/*/documentation_url:type",
)
LENIENT = (
    "request#:type",
    "request#/meeting_id:format",
    "request#/audio_config/codec:enum",
    "request#/storage_config/username:required",
    "request#/storage_config/private_key:required",
    "request#/video_config/watermark/size/width:type",
)
STRICT = (
    "/allow_multiple_recordings true",
    "/max_seconds 5400",
    "/storage_config left out",
    "/storage_config/secret 256 characters, non-ASCII",
    "/storage_config/region an empty string",
    "/video_config/width 1, the least",
)


@pytest.mark.parametrize("name", REPLIES)
def test_a_broken_reply(name: str) -> None:
    """Each clause about a reply's body is broken by itself, and named by itself."""
    fault = reply_faults()[name]
    found = run(RICH, fault)
    assert {**found.findings, **found.refusals} == fault.expected


@pytest.mark.parametrize("name", LENIENT)
def test_a_lenient_endpoint(name: str) -> None:
    """Each clause about the request is the only one that an endpoint does not check."""
    fault = lenient_faults()[name]
    assert run(fault).findings == fault.expected


@pytest.mark.parametrize("name", STRICT)
def test_a_strict_endpoint(name: str) -> None:
    """Each value class is the only one that an endpoint does not take."""
    fault = strict_faults()[name]
    found = run(fault)
    assert found.findings == fault.expected
    clause = next(iter(fault.expected))
    assert name.split()[0] in found.rulings[clause].message
    assert "together" not in found.rulings[clause].message


def test_an_endpoint_that_refuses_every_meeting() -> None:
    """What every request has cannot be refused by itself: then nothing is judged."""
    with pytest.raises(TargetError, match=r"accepted none of the \d+ documented requests"):
        run(Fault("every meeting", before=lambda asked: refusal() if proper(asked) else None))


# The reply as a whole.


def _on_success(change: After) -> After:
    return lambda asked, response: (
        change(asked, response) if 200 <= response.status < 300 else response
    )


def _on_refusal(change: After) -> After:
    return lambda asked, response: (
        change(asked, response) if 400 <= response.status < 500 else response
    )


def _data(change: Any) -> After:
    return on_success(lambda asked, body: change(asked, body["data"]))


def _bytes(old: bytes, new: bytes) -> After:
    def change(asked: Asked, response: Response) -> Response:
        assert old in response.content
        return with_content(response, response.content.replace(old, new, 1))

    return _on_success(change)


def _echoed(asked: Asked) -> dict[str, str]:
    """The secrets that came with a request, by member."""
    storage = asked.body.get("storage_config") if isinstance(asked.body, dict) else None
    if not isinstance(storage, dict):
        return {}
    names = ("access_key", "secret", "password", "private_key")
    return {name: storage[name] for name in names if isinstance(storage.get(name), str)}


def _echo_as_member(asked: Asked, data: dict[str, Any]) -> None:
    secret = look(asked.body, "/storage_config/secret")
    if isinstance(secret, str):
        data["storage_config"]["secret"] = secret


def _echo_in_name(asked: Asked, data: dict[str, Any]) -> None:
    # Behind the prefix, or else R24 would be broken as well.
    data["output_file_name"] += "".join(_echoed(asked).values())


def _escaped_echo(asked: Asked, response: Response) -> Response:
    body = response.json
    body["data"]["x_debug"] = list(_echoed(asked).values())
    return with_content(response, json.dumps(body, ensure_ascii=True).encode())


def _echo_in_refusal(asked: Asked, body: dict[str, Any]) -> None:
    body["error"]["message"] += f": {_echoed(asked)}"


def _urls(asked: Asked, data: dict[str, Any]) -> None:
    data["download_url"] = "https://files.example.net/a.mp4"
    data["download_url_expiry"] = "2026-03-08T12:00:00Z"


def _times(*times: str | None) -> After:
    names = ("invoked_time", "started_time", "stopped_time")
    return _data(lambda asked, data: data.update(zip(names, times, strict=True)))


def _unprefixed(asked: Asked, data: dict[str, Any]) -> None:
    prefix = asked.body.get("file_name_prefix") or ""
    data["output_file_name"] = data["output_file_name"].removeprefix(prefix)


def _prefix_behind(asked: Asked, data: dict[str, Any]) -> None:
    prefix = asked.body.get("file_name_prefix") or ""
    data["output_file_name"] = f"recording_{prefix}.mp4"


def _member(name: str, value: Any) -> After:
    return _data(lambda asked, data: data.update({name: value}))


def violated(name: str, short_id: str, after: After) -> Fault:
    """A fault behind the mock."""
    return Fault(name, {of(short_id): "violated"}, after=after)


BROKEN_REPLIES = (
    violated("201", "status", _on_success(lambda _, reply: with_status(reply, 201))),
    violated(
        "204", "status", _on_success(lambda _, reply: with_content(with_status(reply, 204), b""))
    ),
    violated(
        "HTML",
        "200:media-type",
        _on_success(lambda _, reply: with_header(reply, "content-type", "text/html")),
    ),
    violated(
        "no media type",
        "200:media-type",
        _on_success(lambda _, reply: with_header(reply, "content-type", None)),
    ),
    violated(
        "HTML refusal",
        "4XX:media-type",
        _on_refusal(lambda _, reply: with_header(reply, "content-type", "text/html")),
    ),
    violated("not JSON", "200:json", _on_success(lambda _, reply: with_content(reply, b"OK"))),
    violated("no body", "200:json", _on_success(lambda _, reply: with_content(reply, b""))),
    violated(
        "a body cut short",
        "200:json",
        _on_success(lambda _, reply: with_content(reply, reply.content[:-2])),
    ),
    violated("NaN", "200:json", _bytes(b'"file_size":null', b'"file_size":NaN')),
    violated("a member twice", "200:json", _bytes(b'{"success"', b'{"success":true,"success"')),
    violated("not UTF-8", "200:json", _bytes(b"Stand-in organization", b"Caf\xe9")),
    violated("half a surrogate pair", "200:json", _bytes(b"Stand-in organization", b"\\ud83c")),
    violated(
        "a refusal that is not JSON",
        "4XX:json",
        _on_refusal(lambda _, reply: with_content(reply, b"Bad Request")),
    ),
    violated("an array", "200#:type", on_success(lambda asked, body: [body])),
    violated("data is null", "200#/data:type", on_success(lambda _, body: {**body, "data": None})),
    violated("id is null", "200#/data/id:type", _member("id", None)),
    violated(
        "id has braces",
        "200#/data/id:format",
        _member("id", "{5f0c7b1e-94d3-4c7a-8a55-2f6be1d0c9a4}"),
    ),
    violated("status is null", "200#/data/status:type", _member("status", None)),
    violated("status in lower case", "200#/data/status:enum", _member("status", "invoked")),
    violated(
        "a name is null", "200#/data/output_file_name:type", _member("output_file_name", None)
    ),
    violated(
        "a duration is null",
        "200#/data/recording_duration:type",
        _member("recording_duration", None),
    ),
    violated(
        "a duration has a fraction",
        "200#/data/recording_duration:type",
        _member("recording_duration", 1.5),
    ),
    violated(
        "a time without a zone",
        "200#/data/invoked_time:format",
        _member("invoked_time", "2026-03-01T12:00:00"),
    ),
    violated(
        "a time in seconds", "200#/data/invoked_time:type", _member("invoked_time", 1772366400)
    ),
    violated("a storage secret", "rule:R7", _data(_echo_as_member)),
    violated("a secret in the file name", "rule:R7", _data(_echo_in_name)),
    violated("a secret in a refusal", "rule:R7", on_refusal(_echo_in_refusal)),
    violated("a secret with escapes", "rule:R7", _on_success(_escaped_echo)),
    violated("a link in spite of no bucket", "rule:R3", _data(_urls)),
    violated(
        "stopped before started",
        "rule:R13",
        _times("2026-03-01T12:00:00Z", "2026-03-01T12:00:05Z", "2026-03-01T12:00:04Z"),
    ),
    violated(
        "started before invoked, in another zone",
        "rule:R13",
        _times("2026-03-01T12:00:00Z", "2026-03-01T12:30:00+01:00", None),
    ),
    violated(
        "an automatic start by someone",
        "rule:R19",
        _data(lambda asked, data: data["start_reason"].update(reason="RECORD_ON_START")),
    ),
    violated("the prefix is ignored", "rule:R24", _data(_unprefixed)),
    violated("the prefix comes later", "rule:R24", _data(_prefix_behind)),
    violated(
        "success is false", "rule:R36", on_success(lambda _, body: {**body, "success": False})
    ),
    violated(
        "a refusal is a success", "rule:R36", on_refusal(lambda _, body: {**body, "success": True})
    ),
)


@pytest.mark.parametrize("fault", BROKEN_REPLIES, ids=lambda fault: fault.name)
def test_a_reply_that_breaks_a_promise(fault: Fault) -> None:
    """Status, media type, JSON, rules and the odd values of careless servers are told apart."""
    found = run(fault)
    assert {**found.findings, **found.refusals} == fault.expected


def test_a_refusal_in_neither_envelope() -> None:
    """Both envelopes share `success`; of the two, RealtimeKit's own lacks the least."""
    # Two clauses are broken of necessity: `success` and what tells the envelopes apart.
    fault = Fault("neither", after=on_refusal(lambda asked, body: {"detail": "no"}))
    found = run(fault)
    assert found.findings == {}
    assert found.refusals == {
        of("4XX#/success:required"): "violated",
        of("4XX#/error:required"): "violated",
    }


def test_a_success_without_data_is_a_warning() -> None:
    """That data is there is only a soft rule, since the documents let it be absent."""
    found = run(Fault("no data", after=on_success(lambda asked, body: {"success": True})))
    assert found.findings == {}
    assert found.verdict("rule:X10") == "violated"


# Requests that should have been refused.


def _accept(when: Any) -> Any:
    return lambda asked: asked.accepted() if when(asked) else None


def _without_its_token(asked: Asked) -> bool:
    return not asked.authorized


def _with_another_token(asked: Asked) -> bool:
    return not asked.authorized and asked.header("authorization") is not None


def _for_another_account(asked: Asked) -> bool:
    return len(asked.request.path["account_id"]) > 32


def _without_a_body(asked: Asked) -> bool:
    return asked.authorized and not asked.request.content


def _with_a_cut_body(asked: Asked) -> bool:
    return asked.authorized and bool(asked.request.content) and asked.body is ABSENT


def _of_another_media_type(asked: Asked) -> bool:
    return asked.header("content-type") == "text/plain"


def _against_r1(asked: Asked) -> bool:
    isolation = the_operation_plan().isolation
    assert isolation is not None
    if asked.body is ABSENT or not proper(asked):
        return False
    asked_for = {**the_operation_plan().cases[0].value, "body": asked.body}
    return isolation.message.accepts(asked_for) and not isolation.keeps_rules(asked_for)


def accepted(name: str, short_id: str, when: Any) -> Fault:
    """A fault before the mock: something unlawful is taken."""
    return Fault(name, {of(short_id): "lenient"}, before=_accept(when))


TAKEN = (
    accepted("any token or none", "auth", _without_its_token),
    accepted("any token", "auth", _with_another_token),
    accepted("any account", "path#/account_id:maxLength", _for_another_account),
    accepted("no body", "request:required", _without_a_body),
    accepted("no JSON", "request:json", _with_a_cut_body),
    accepted("any media type", "request:media-type", _of_another_media_type),
    accepted("sound beside VP8", "rule:R1", _against_r1),
)


@pytest.mark.parametrize("fault", TAKEN, ids=lambda fault: fault.name)
def test_a_request_that_should_be_refused(fault: Fault) -> None:
    """Credential, path, body, media type and rules on bodies are each found to be unchecked."""
    assert run(fault).findings == fault.expected


# Crashes.


def test_a_crash_on_one_value() -> None:
    """A 500 on one value is a broken status, and the value is named."""
    fault = crash("a whole day", lambda body: body.get("max_seconds") == 86400)
    found = run(fault)
    assert found.findings == fault.expected
    assert found.message("status") == (
        "it crashed with 500: /max_seconds = 86400, which the contract allows"
    )
    entry = found.campaign.ledger.entries[found.rulings[STATUS].evidence[0].exchange - 1]
    assert set(entry.case.body) == {"meeting_id", "max_seconds"}


PAIRS = (
    ("/video_config/codec", "VP9", "/video_config/height", 1920),
    ("/video_config/codec", "H264", "/audio_config/codec", "MP3"),
    ("/video_config/height", 1, "/video_config/width", 1),
    ("/max_seconds", 60, "/allow_multiple_recordings", True),
    ("/max_seconds", 86400, "/video_config/watermark/position", "left top"),
    ("/storage_config/type", "gcs", "/realtimekit_bucket_config/enabled", False),
    ("/storage_config/type", "sftp", "/url", "https://recorder.example.net/layouts/portrait"),
    ("/storage_config/type", "azure", "/storage_config/path", ""),
    ("/storage_config/auth_method", "KEY", "/storage_config/username", ""),
    ("/storage_config/path", "reviews/weekly", "/storage_config/bucket", "acme-meetings"),
    ("/interactive_config/type", "ID3", "/video_config/export_file", False),
    ("/audio_config/channel", "mono", "/video_config/watermark/size/height", 1),
    (
        "/rtmp_out_config/rtmp_url",
        "rtmp://live.example.net/app/weekly-review",
        "/storage_config",
        None,
    ),
)


@pytest.mark.parametrize(("one", "value", "other", "beside"), PAIRS)
def test_a_crash_on_two_values_together(one: str, value: Any, other: str, beside: Any) -> None:
    """A crash on a pair of values of different members is found, and both are named."""
    model = the_operation_plan().model
    assert model is not None
    levels = [
        next(level for level in model.factors[f"/body{at}"].levels if level.value == wanted)
        for at, wanted in ((one, value), (other, beside))
    ]
    there = [has(at, level) for at, level in zip((one, other), levels, strict=True)]
    fault = crash("a pair", *there, status=502)
    found = run(fault)
    assert found.findings == fault.expected
    message = found.message("status")
    assert "it crashed with 502: " in message
    assert "together with" in message
    for at, wanted in ((one, value), (other, beside)):
        assert f"{at} = {json.dumps(wanted)}" in message


# Faults that show only now and then.


def _is_tall_vp9(asked: Asked) -> bool:
    body = asked.body
    return (look(body, "/video_config/codec"), look(body, "/video_config/height")) == ("VP9", 1920)


def test_a_reply_that_is_broken_for_two_values_together() -> None:
    """Any reply may break a clause: also one that comes of a certain pair of values only."""

    def change(asked: Asked, body: dict[str, Any]) -> None:
        if _is_tall_vp9(asked):
            body["data"]["file_size"] = "12"

    found = run(violated("seldom", "200#/data/file_size:type", on_success(change)))
    assert found.findings == {of("200#/data/file_size:type"): "violated"}
    ruling = found.rulings[of("200#/data/file_size:type")]
    entry = found.campaign.ledger.entries[ruling.evidence[0].exchange - 1]
    assert set(entry.case.body) == {"meeting_id", "video_config"}
    assert entry.case.body["video_config"] == {"codec": "VP9", "height": 1920}


def test_a_single_refusal_that_is_broken() -> None:
    """Refusals of broken requests are judged as well, each of them."""

    def change(asked: Asked, body: dict[str, Any]) -> None:
        if look(asked.body, "/max_seconds") == 59:
            del body["error"]["message"]

    found = run(violated("one", "4XX#/error/message:required", on_refusal(change)))
    assert found.refusals == {of("4XX#/error/message:required"): "violated"}


@pytest.mark.parametrize("name", ["audio_config", "interactive_config", "rtmp_out_config"])
def test_an_empty_object_that_is_refused(name: str) -> None:
    """An object of which no member is required may be empty."""

    def before(asked: Asked) -> Response | None:
        return refusal() if proper(asked) and look(asked.body, f"/{name}") == {} else None

    found = run(Fault("empty", before=before))
    (clause,) = found.findings
    assert clause.startswith(of(f"request#/{name}"))
    assert found.findings[clause] == "strict"


def test_a_cause_of_three_values() -> None:
    """Three values that are refused only together are all named."""
    row = next(case for case in the_operation_plan().cases if case.kind == "pairs")
    names = ("/max_seconds", "/url", "/video_config/width")
    there = [has(at, row.levels[f"/body{at}"]) for at in names]

    def before(asked: Asked) -> Response | None:
        return refusal() if proper(asked) and all(each(asked.body) for each in there) else None

    found = run(Fault("three", before=before))
    clause = the_operation_plan().clause_of(f"/body{names[0]}", row.levels[f"/body{names[0]}"])
    assert found.findings == {clause: "strict"}
    assert clause is not None
    for at in names:
        assert f"{at} = {json.dumps(look(row.body, at))}" in found.rulings[clause].message


LIMITS: tuple[tuple[str, Callable[[Asked], bool]], ...] = (
    ("bytes", lambda asked: len(asked.request.content or b"") > 1000),
    ("members", lambda asked: isinstance(asked.body, dict) and len(asked.body) > 5),
)


@pytest.mark.parametrize("too_much", [limit for _, limit in LIMITS], ids=[n for n, _ in LIMITS])
def test_a_limit_that_no_few_values_reach(too_much: Callable[[Asked], bool]) -> None:
    """What is refused again and again is a finding, about the body as a whole."""

    def before(asked: Asked) -> Response | None:
        return refusal(413) if proper(asked) and too_much(asked) else None

    found = run(Fault("a limit", before=before))
    assert found.findings == {of("served"): "strict"}
    assert "refused with 413 whenever it was sent, a lawful body of" in (found.message("served"))


def test_an_endpoint_that_accepts_everything() -> None:
    """An endpoint without any validation is lenient about each clause that could be probed."""
    found = run(Fault("all", before=lambda asked: asked.accepted()))
    probed = {name for case in the_operation_plan().cases for name in case.probes}
    assert found.findings == dict.fromkeys(probed, "lenient")
    assert len(probed) == 79


def test_an_endpoint_that_takes_nothing_optional() -> None:
    """Each optional member of the root is named; what is inside of them is not judged."""

    def before(asked: Asked) -> Response | None:
        optional = isinstance(asked.body, dict) and asked.body.keys() - {"meeting_id"}
        return refusal() if proper(asked) and optional else None

    found = run(Fault("bare", before=before))
    named = {name.partition("#")[2].rpartition(":")[0] for name in found.findings}
    model = the_operation_plan().model
    assert model is not None
    members = {at for at, factor in model.factors.items() if factor.parent == "/body"}
    assert named == {at.removeprefix("/body") for at in members} - {"/meeting_id"}
    assert set(found.findings.values()) == {"strict"}


def test_two_faults_in_the_envelope_of_the_gateway() -> None:
    """A refusal that has `errors` and `result` is meant to be the gateway's."""
    names = ("4XX#/messages:type", "4XX#/errors:type")
    found = run(RICH, *(reply_faults()[name] for name in names))
    assert found.refusals == dict.fromkeys(map(of, names), "violated")


def test_refusals_with_status_200() -> None:
    """A refusal that comes with 200 breaks R36; it is no acceptance of what was sent."""
    found = run(violated("200", "rule:R36", _on_refusal(lambda _, reply: with_status(reply, 200))))
    assert found.verdicts("lenient") == {}


def test_a_secret_in_a_header() -> None:
    """A secret that was sent must not come back anywhere, headers included."""

    def after(asked: Asked, response: Response) -> Response:
        secrets = [value for value in _echoed(asked).values() if value.isascii()]
        return with_header(response, "x-debug", ",".join(secrets))

    assert run(Fault("header", after=after)).findings == {of("rule:R7"): "violated"}
