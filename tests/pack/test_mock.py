"""The pack's stand-in: what it refuses, what it remembers, what it never gives back."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from uuid import NAMESPACE_OID, uuid4, uuid5

import httpx
import pytest

from clausewise.checks import Broken, Message
from clausewise.contract import Operation, ask
from clausewise.contract.compiled import compiled
from clausewise.errors import UsageError
from clausewise.judge.history import History, occurrences
from clausewise.mock import Application, Refused, Reply, running
from clausewise.pack import Credential, Pack, load_pack
from clausewise.pack.python import module_of

from ..conftest import REPOSITORY


@pytest.fixture
def pack() -> Pack:
    """Load this repository's pack."""
    return load_pack(REPOSITORY)


@pytest.fixture
def start(pack: Pack) -> Operation:
    """Give the operation that starts a recording."""
    return pack.contract.operations["start_recording"]


@pytest.fixture
def path(pack: Pack, start: Operation) -> str:
    """Give the path of all recordings."""
    sent = start.codec.written({"path": pack.path_values})
    assert sent is not None
    return sent.path


@pytest.fixture
def send(pack: Pack, path: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., httpx.Response]:
    """Give a sender to one new instance of the mock, with the stand-in token unless told else."""
    credential = pack.credential
    assert credential is not None
    monkeypatch.delenv(credential.environment, raising=False)
    app = pack.mock()

    def send(
        method: str = "POST",
        below: str = "",
        body: Any = None,
        token: str | None = credential.stand_in,
        at: str = path,
        **options: Any,
    ) -> httpx.Response:
        async def sent() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://mock") as client:
                return await client.request(method, at + below, **options)

        if body is not None:
            options["json"] = body
        if token is not None:
            options["headers"] = {"Authorization": f"Bearer {token}", **options.get("headers", {})}
        return asyncio.run(sent())

    return send


Send = Callable[..., httpx.Response]
Starter = Callable[[Send, dict[str, Any]], dict[str, Any]]


def meeting(**more: Any) -> dict[str, Any]:
    """Make a request for a meeting of its own."""
    return {"meeting_id": str(uuid4()), **more}


def started(send: Send, body: dict[str, Any]) -> dict[str, Any]:
    """Start a recording and give its `data`."""
    reply = send(body=body)
    assert reply.status_code == 200, reply.text
    data: dict[str, Any] = reply.json()["data"]
    return data


def tracked(send: Send, body: dict[str, Any]) -> dict[str, Any]:
    """Start to record tracks and give `data.recording`."""
    reply = send(below="/track", body=body)
    assert reply.status_code == 200, reply.text
    data: dict[str, Any] = reply.json()["data"]["recording"]
    return data


def acted(send: Send, recording_id: str, action: str) -> dict[str, Any]:
    """Pause, resume or stop a recording and give its `data`."""
    reply = send("PUT", f"/{recording_id}", {"action": action})
    assert reply.status_code == 200, reply.text
    data: dict[str, Any] = reply.json()["data"]
    return data


def looked_up(send: Send, recording_id: str) -> dict[str, Any]:
    """Look a recording up and give its `data`."""
    reply = send("GET", f"/{recording_id}")
    assert reply.status_code == 200, reply.text
    data: dict[str, Any] = reply.json()["data"]
    return data


def listed(send: Send, query: str = "") -> list[dict[str, Any]]:
    """List recordings and give the items."""
    reply = send("GET", f"?{query}")
    assert reply.status_code == 200, reply.text
    data: list[dict[str, Any]] = reply.json()["data"]
    return data


def ids(items: list[dict[str, Any]]) -> list[str]:
    """Give the ids of what was listed."""
    return [item["id"] for item in items]


def refused(reply: httpx.Response, status: int) -> str:
    """Hold a reply against the envelope of a refusal (2.4, R36, R37); give its message."""
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/json"
    body = reply.json()
    assert body.keys() == {"success", "error"}
    assert body["success"] is False
    assert body["error"].keys() == {"code", "message"}
    assert body["error"]["code"] == status
    return str(body["error"]["message"])


@pytest.mark.parametrize("example", ["minimal", "full"])
@pytest.mark.parametrize("prefix", ["", "/client/v4"])
def test_both_documented_requests_are_answered(
    send: Send, path: str, start: Operation, example: str, prefix: str
) -> None:
    """Both documented requests are answered with a fresh recording, under either path."""
    reply = send(body=start.examples[example], at=prefix + path)

    assert reply.status_code == 200
    body = reply.json()
    data = body["data"]
    assert start.replies["200"].contents[0].message.accepts(body)
    assert body["success"] is True
    assert data["status"] == "INVOKED"
    assert data["start_reason"]["reason"] == "API_CALL"
    assert data["start_reason"]["caller"]["type"] == "ORGANIZATION"
    assert "stop_reason" not in data
    nothing_yet = {
        "started_time", "stopped_time", "download_url", "download_url_expiry",
        "audio_download_url", "file_size",
    }  # fmt: skip
    assert {data[name] for name in nothing_yet} == {None}


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"at": "/recordings"}, 404),
        ({"method": "PATCH"}, 405),
        ({"token": None}, 401),
        ({"token": "cfat_some-other-token"}, 401),
        ({"token": None, "headers": {"Authorization": "Basic dXNlcjpwYXNz"}}, 401),
        ({"at": f"/accounts/{'0' * 33}/realtime/kit/app/recordings", "body": meeting()}, 400),
        ({"content": b"{}", "headers": {"Content-Type": "text/plain"}}, 415),
        ({"headers": {"Content-Type": "application/json"}}, 400),
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ({"body": {}}, 400),
        ({"body": {"meeting_id": "not-a-uuid"}}, 400),
        ({"body": meeting(max_seconds=59)}, 400),
        ({"body": meeting(max_seconds=60.5)}, 400),
        ({"body": meeting(storage_config={"type": "cloudflare", "bucket": "b"})}, 400),
        ({"body": meeting(video_config={"codec": "VP8"}, audio_config={"codec": "MP3"})}, 400),
        ({"body": meeting(video_config={"codec": "VP9"}, audio_config={})}, 400),
    ],
)
def test_what_breaks_the_contract_is_refused(
    send: Send, start: Operation, options: dict[str, Any], status: int
) -> None:
    """Whatever breaks the contract is refused, in RealtimeKit's own envelope."""
    reply = send(**options)

    assert refused(reply, status)
    assert start.replies["4XX"].contents[0].message.accepts(reply.json())


def test_a_token_that_is_set_is_taken_as_well(
    pack: Pack, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the variable of the token is set, the mock takes that token as well."""
    credential = pack.credential
    assert credential is not None
    monkeypatch.setenv(credential.environment, "cfut_a-token-of-somebody")
    app = pack.mock()

    def status(token: str | None) -> int:
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        body = b'{"meeting_id": "%s"}' % str(uuid4()).encode()
        return int(app.answer("POST", path, "", headers, body).status)

    assert [status("cfut_a-token-of-somebody"), status(credential.stand_in)] == [200, 200]
    assert [status(""), status("cfut_a-token")] == [401, 401]


@pytest.mark.parametrize("credential", [None, Credential("NO_SUCH_VARIABLE_IS_SET")])
def test_a_pack_without_a_token_has_no_mock(credential: Credential | None) -> None:
    """A pack that names no token has no mock that could ask for one."""
    found = load_pack(REPOSITORY)
    pack = Pack(found.root, found.origin, found.settings, found.document)
    pack.__dict__["credential"] = credential

    with pytest.raises(UsageError, match="token"):
        pack.mock()


def test_a_meeting_has_one_running_recording(send: Send) -> None:
    """A meeting has one running recording, unless several are allowed (R5, R41)."""
    body = meeting()
    first = started(send, body)

    assert "recorded already" in refused(send(body=body), 409)
    assert refused(send(body={**body, "allow_multiple_recordings": False}), 409)
    second = started(send, {**body, "allow_multiple_recordings": True})
    assert second["id"] != first["id"]


def test_the_case_of_a_meeting_id_says_nothing(send: Send) -> None:
    """A meeting id is a UUID: its letters' case does not make it another one."""
    body = {"meeting_id": "5f0c7b1e-94d3-4c7a-8a55-2f6be1d0c9a4"}
    started(send, body)

    refused(send(body={"meeting_id": body["meeting_id"].upper()}), 409)


def test_another_app_stands_in_nobodys_way(send: Send) -> None:
    """What one app records does not stand in another one's way."""
    body = meeting()
    started(send, body)

    assert send(body=body, at="/accounts/a/realtime/kit/b/recordings").status_code == 200


def test_stop_frees_the_meeting(send: Send, start: Operation) -> None:
    """A stopped recording has its stop reason and times in order, and its meeting is free."""
    body = meeting()
    first = started(send, body)
    reply = send("PUT", f"/{first['id']}", {"action": "stop"})
    data = reply.json()["data"]

    assert reply.status_code == 200
    assert start.replies["200"].contents[0].message.accepts(reply.json())
    assert (data["id"], data["status"]) == (first["id"], "UPLOADING")
    assert data["stop_reason"]["reason"] == "API_CALL"
    assert data["invoked_time"] == first["invoked_time"] <= data["stopped_time"]
    assert started(send, body)["id"] != first["id"]


def test_of_two_recordings_both_have_to_be_stopped(send: Send) -> None:
    """A meeting with two recordings is free only when both have been stopped."""
    body = meeting(allow_multiple_recordings=True)
    first, second = started(send, body), started(send, body)
    alone = {"meeting_id": body["meeting_id"]}

    send("PUT", f"/{first['id']}", {"action": "stop"})
    refused(send(body=alone), 409)
    send("PUT", f"/{second['id']}", {"action": "stop"})
    started(send, alone)


def test_a_recording_is_paused_and_resumed_in_turns(send: Send) -> None:
    """A recording is paused and resumed in turns; what its status forbids is refused (R28)."""
    below = f"/{started(send, meeting())['id']}"

    def status(action: str) -> str:
        reply = send("PUT", below, {"action": action})
        return str(reply.json()["data"]["status"]) if reply.status_code == 200 else "refused"

    actions = ["resume", "pause", "pause", "resume", "resume", "pause", "stop", "stop", "resume"]
    assert [status(action) for action in actions] == [
        "refused", "PAUSED", "refused", "RECORDING", "refused", "PAUSED", "UPLOADING", "refused",
        "refused",
    ]  # fmt: skip


@pytest.mark.parametrize("known", [started, tracked])
def test_owners_are_apart(send: Send, path: str, known: Starter) -> None:
    """What another account or app has can neither be seen nor stopped; nor what nobody has."""
    body = meeting()
    mine = known(send, body)["id"]
    account, app = path.split("/")[2], path.split("/")[5]
    for elsewhere in (path.replace(account, "a"), path.replace(app, "b")):
        refused(send("GET", f"/{mine}", at=elsewhere), 404)
        refused(send("PUT", f"/{mine}", {"action": "stop"}, at=elsewhere), 404)
        refused(send("GET", f"/active-recording/{body['meeting_id']}", at=elsewhere), 404)
        assert send("GET", at=elsewhere).json()["data"] == []
    refused(send("GET", f"/{uuid4()}"), 404)
    refused(send("PUT", f"/{uuid4()}", {"action": "stop"}), 404)

    assert looked_up(send, mine)["status"] == "INVOKED"


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"token": None}, 401),
        ({"body": {}}, 400),
        ({"body": {"action": "end"}}, 400),
        ({"below": "/not-a-uuid"}, 400),
    ],
)
def test_what_breaks_the_contract_of_the_put_is_refused(
    send: Send, options: dict[str, Any], status: int
) -> None:
    """Whatever breaks the contract of the PUT is refused as well."""
    wanted = {"method": "PUT", "below": f"/{uuid4()}", "body": {"action": "stop"}, **options}

    refused(send(**wanted), status)


SECRETS = {
    "access_key": "access-key-of-mine",
    "secret": "secret-of-mine",
    "password": "password-of-mine",
    "private_key": "private-key-of-mine",
}
STORAGE: list[dict[str, Any]] = [
    {"type": "gcs", "bucket": "b"},
    {"type": "aws", "bucket": "b", "region": "r", "path": "p"},
    {"type": "sftp", "bucket": "b", "region": "r", "auth_method": "KEY", "username": "u",
     "host": "h", "port": 22},
    {"type": "sftp", "bucket": "b", "region": "r", "auth_method": "PASSWORD", "username": "u",
     "host": "h", "port": 22.5},
]  # fmt: skip


@pytest.mark.parametrize("storage", STORAGE, ids=lambda storage: storage["type"])
def test_a_storage_comes_back_without_its_secrets(
    pack: Pack, send: Send, storage: dict[str, Any]
) -> None:
    """The storage comes back as it was sent, without its secrets and without unknown members."""
    extra = {"secret_key": "secret-of-mine"}
    reply = send(body=meeting(storage_config={**storage, **SECRETS, **extra}))

    assert reply.json()["data"]["storage_config"] == storage
    assert not [secret for secret in SECRETS.values() if secret in reply.text]


def test_a_refusal_repeats_no_secret(send: Send) -> None:
    """A refusal repeats no secret either, wherever in the request it stood."""
    wrong = {"type": "aws", "bucket": "b", **SECRETS, "port": "password-of-mine"}
    message = refused(send(body=meeting(storage_config=wrong)), 400)

    assert "/storage_config" in message
    assert not [secret for secret in SECRETS.values() if secret in message]


def test_a_storage_that_is_null_is_not_one_that_is_absent(send: Send) -> None:
    """A storage that is null comes back as null, one that was not sent does not come back."""
    assert started(send, meeting(storage_config=None))["storage_config"] is None
    assert "storage_config" not in started(send, meeting())


@pytest.mark.parametrize(
    ("config", "ending"),
    [
        ({}, ".mp4"),
        ({"video_config": {}}, ".mp4"),
        ({"video_config": {"codec": "H264"}}, ".mp4"),
        ({"video_config": {"codec": "VP8"}}, ".webm"),
        ({"video_config": {"codec": "VP9"}}, ".webm"),
        ({"interactive_config": {}}, ".tar"),
    ],
)
@pytest.mark.parametrize("prefix", [None, "", "weekly_review", "ü\U0001f34e\n/.."])
def test_a_file_name_starts_with_the_prefix(
    send: Send, config: dict[str, Any], ending: str, prefix: str | None
) -> None:
    """The file's name starts with the prefix (R24) and ends as the codec has it (R2, R25)."""
    named = {} if prefix is None else {"file_name_prefix": prefix}
    name = started(send, meeting(**config, **named))["output_file_name"]

    assert name.startswith(f"{prefix}_" if prefix else "")
    assert not name.startswith("_")
    assert name.endswith(ending)


def test_every_lawful_form_is_shown(send: Send) -> None:
    """Over several requests each optional member is there and away, each nullable one both."""
    shown = [started(send, meeting()) for _ in range(40)]
    shown.append(started(send, meeting(max_seconds=60)))

    assert {type(data["session_id"]) for data in shown} == {str, type(None)}
    assert {data.get("recording_duration") for data in shown} == {0, None}


LIFE = [
    ("start_recording", "", None),
    ("get_all_recordings", "?status=INVOKED,PAUSED&sort_by=invokedTime&sort_order=DESC", None),
    ("get_active_recording", "/active-recording/{meeting}", None),
    ("startTrackRecordingForAMeeting", "/track", None),
    ("get_one_recording", "/{id}", None),
    ("pause_resume_stop_recording", "/{id}", {"action": "pause"}),
    ("get_active_recording", "/active-recording/{meeting}", None),
    ("pause_resume_stop_recording", "/{id}", {"action": "resume"}),
    ("get_all_recordings", "?meeting_id={meeting}&page_no=1&per_page=2.5", None),
    ("pause_resume_stop_recording", "/{id}", {"action": "stop"}),
    ("get_all_recordings", "?search={meeting}&start_time=2026-01-01T00:00:00Z", None),
    ("get_one_recording", "/{id}", None),
    ("get_all_recordings", "?meeting_id={meeting}&expired=false&sort_by=invokedTime", None),
    ("get_active_recording", "/active-recording/{meeting}", None),
    ("pause_resume_stop_recording", "/{id}", {"action": "stop"}),
    ("get_one_recording", "/{id}", None),
    ("get_all_recordings", "?per_page=100&page_no=", None),
    ("get_all_recordings", "?page_no=first", None),
]


def test_every_rule_is_kept(pack: Pack, send: Send, start: Operation) -> None:
    """What the mock replies keeps every clause of the reply and every rule of the pack."""
    bodies = [
        *start.examples.values(),
        meeting(realtimekit_bucket_config={"enabled": False}, file_name_prefix="p"),
        meeting(storage_config={**STORAGE[1], **SECRETS}, **NO_BUCKET),
        meeting(audio_config={}, video_config={}, realtimekit_bucket_config={"enabled": True}),
    ]
    history = History()
    replies: list[Message] = []
    for body in bodies:
        body = {**body, "meeting_id": str(uuid4())}
        names = {"meeting": body["meeting_id"], "id": ""}
        for name, below, sent in LIFE:
            if name == "start_recording":
                sent = body
            elif below == "/track":
                sent = {"meeting_id": body["meeting_id"]}
            operation = pack.contract.operations[name]
            reply = send(operation.method, below.format(**names), sent)
            if name == "start_recording":
                names["id"] = reply.json()["data"]["id"]
            replies.append(hold(pack, operation, reply, sent, names, history))
    assert {message.status for message in replies} == {200, 400, 404, 409}
    told = [message.response_body.get("data") for message in replies]
    assert {data.get("status") for data in told if isinstance(data, dict)} >= {
        "INVOKED", "RECORDING", "PAUSED", "UPLOADING", "UPLOADED", "ERRORED",
    }  # fmt: skip


def hold(
    pack: Pack,
    operation: Operation,
    reply: httpx.Response,
    sent: Any,
    names: dict[str, str],
    history: History,
) -> Message:
    """Hold a reply against every clause and rule that can speak to it; give it as a message."""
    documented = operation.reply_for(reply.status_code)
    assert documented is not None
    assert all(answer.kept for answer in ask(documented.contents[0].message.place, reply.json()))
    values = {**pack.path_values, "recording_id": names["id"], "meeting_id": names["meeting"]}
    path = {one.name: values[one.name] for one in operation.parameters if one.location == "path"}
    message = Message(
        operation.id,
        sent,
        reply.status_code,
        reply.json(),
        reply.text,
        tuple(SECRETS.values()),
        path=path,
        query=dict(reply.request.url.params),
    )
    both = message.parts
    folds = {
        rule.id: (pack.checks[rule.fold], occurrences(both, rule.by))
        for rule in pack.contract.rules.values()
        if rule.fold
    }
    for rule_id, verdict in history.add(message, folds).items():
        assert not isinstance(verdict, Broken), rule_id
    for rule in pack.contract.rules_of(operation.id):
        if rule.check:
            said = pack.checks[rule.check](message)
            assert not isinstance(said, Broken), rule.id
        if rule.then is not None and compiled(rule.when).is_valid(both):
            assert compiled(rule.then).is_valid(both), rule.id
    return message


def test_each_look_lets_a_recording_go_on(send: Send) -> None:
    """Every look at a recording shows it, and lets it go on; what a client has to do waits (R29).

    Its name and the times that it has stay the same (R42).
    """
    first = started(send, meeting())
    below = first["id"]
    told = [looked_up(send, below) for _ in range(3)]
    told += [acted(send, below, "pause"), *(looked_up(send, below) for _ in range(2))]
    told += [acted(send, below, "resume"), *(looked_up(send, below) for _ in range(2))]
    told += [acted(send, below, "stop"), *(looked_up(send, below) for _ in range(3))]

    assert [data["status"] for data in told] == [
        "INVOKED", *["RECORDING"] * 2, *["PAUSED"] * 3, *["RECORDING"] * 3, *["UPLOADING"] * 2,
        *["UPLOADED"] * 2,
    ]  # fmt: skip
    assert told[-1] == told[-2]
    for name in ("id", "invoked_time", "output_file_name", "session_id", "start_reason"):
        assert {str(data[name]) for data in told} == {str(first[name])}
    assert told[0] == first
    assert told[1]["invoked_time"] <= told[1]["started_time"] <= told[-1]["stopped_time"]
    assert {data["started_time"] for data in told[1:]} == {told[1]["started_time"]}
    assert {data["stopped_time"] for data in told[:-4]} == {None}
    assert {data["stopped_time"] for data in told[-4:]} == {told[-1]["stopped_time"]}
    assert ["stop_reason" in data for data in told] == [False] * 9 + [True] * 4


STORED = {"storage_config": {"type": "gcs", "bucket": "b"}}
NO_BUCKET = {"realtimekit_bucket_config": {"enabled": False}}


@pytest.mark.parametrize(
    ("config", "status", "kinds"),
    [
        ({}, "UPLOADED", {"": True, "audio_": False}),
        ({"audio_config": {}}, "UPLOADED", {"": True, "audio_": True}),
        ({"file_name_prefix": "ü\U0001f34e\n/.."}, "UPLOADED", {"": True, "audio_": False}),
        ({"audio_config": {}, **NO_BUCKET, **STORED}, "UPLOADED", {"": False, "audio_": False}),
        ({"audio_config": {}, **NO_BUCKET}, "ERRORED", {"": False, "audio_": False}),
        ({**NO_BUCKET, "storage_config": None}, "ERRORED", {"": False, "audio_": False}),
    ],
)
def test_what_was_uploaded_can_be_fetched_for_a_while(
    send: Send, config: dict[str, Any], status: str, kinds: dict[str, bool]
) -> None:
    """What was uploaded to the bucket can be fetched for 7 days (R16, R17, R18).

    What goes elsewhere has no link (R3), and what goes nowhere is lost (R4).
    """
    recording_id = started(send, meeting(**config))["id"]
    told = [acted(send, recording_id, "stop"), looked_up(send, recording_id)]
    names = ["download_url", "audio_download_url", "download_url_expiry", "file_size"]
    assert {data[name] for data in told for name in names} == {None}

    data = looked_up(send, recording_id)
    assert data["status"] == status
    assert {kind: data[f"{kind}download_url"] is not None for kind in kinds} == kinds
    assert (data["file_size"] is not None) is kinds[""]
    assert (data["download_url_expiry"] is not None) is kinds[""]
    if kinds[""]:
        stopped, expiry = (
            datetime.fromisoformat(data[name]) for name in ("stopped_time", "download_url_expiry")
        )
        assert timedelta(days=7) <= expiry - stopped < timedelta(days=7, minutes=1)
        assert data["download_url"] != data["audio_download_url"]
        assert data["file_size"] > 0
    assert looked_up(send, recording_id) == data


def test_the_active_recording_is_one_that_runs(send: Send) -> None:
    """The running recording is that of a meeting which runs: INVOKED, RECORDING or PAUSED (R31)."""
    body = meeting()
    below = f"/active-recording/{body['meeting_id']}"
    assert refused(send("GET", below), 404)
    first = started(send, body)

    def running(below: str = below) -> str:
        reply = send("GET", below)
        assert reply.status_code == 200
        data = reply.json()["data"]
        assert not {"start_reason", "stop_reason", "storage_config", "meeting"} & data.keys()
        for name in ("id", "invoked_time", "output_file_name"):
            assert data[name] == first[name]
        return str(data["status"])

    assert [running(), running()] == ["INVOKED", "RECORDING"]
    assert running(f"/active-recording/{body['meeting_id'].upper()}") == "RECORDING"
    acted(send, first["id"], "pause")
    assert [running(), running()] == ["PAUSED", "PAUSED"]
    assert looked_up(send, first["id"])["status"] == "PAUSED"
    acted(send, first["id"], "stop")
    assert refused(send("GET", below), 404)


@pytest.mark.parametrize(
    "name", ["no-uuid", "%7B5f0c7b1e-94d3-4c7a-8a55-2f6be1d0c9a4%7D", "%C3%BC"]
)
def test_what_names_no_recorded_meeting_is_not_found(send: Send, name: str) -> None:
    """Whatever names no meeting that is recorded is refused with 404 alike (R30)."""
    started(send, {"meeting_id": "5f0c7b1e-94d3-4c7a-8a55-2f6be1d0c9a4"})

    assert refused(send("GET", f"/active-recording/{name}"), 404)


def test_of_several_the_newest_is_active(send: Send) -> None:
    """Of several recordings the newest one that runs is the active one (R41)."""
    body = meeting(allow_multiple_recordings=True)
    made = [started(send, body)["id"] for _ in range(3)]

    def active() -> str:
        data = send("GET", f"/active-recording/{body['meeting_id']}").json()["data"]
        return str(data["id"])

    assert active() == made[2]
    acted(send, made[0], "stop")
    assert active() == made[2]
    acted(send, made[2], "stop")
    assert active() == made[1]


def test_a_recording_of_tracks_is_not_the_running_one(send: Send) -> None:
    """A recording of tracks is known everywhere, but it is not the meeting's running one."""
    body = meeting()
    track = tracked(send, body)
    assert not {"start_reason", "stop_reason", "storage_config"} & track.keys()
    assert track["status"] == "INVOKED"
    assert refused(send("GET", f"/active-recording/{body['meeting_id']}"), 404)
    other = started(send, body)
    again = tracked(send, body)

    assert ids(listed(send, f"meeting_id={body['meeting_id']}")) == [
        again["id"], other["id"], track["id"],
    ]  # fmt: skip
    assert looked_up(send, track["id"])["status"] == "RECORDING"
    assert acted(send, track["id"], "stop")["stop_reason"]["reason"] == "API_CALL"
    assert looked_up(send, track["id"])["status"] == "UPLOADING"
    data = looked_up(send, track["id"])
    assert (data["status"], data["audio_download_url"]) == ("UPLOADED", None)
    assert data["download_url"].endswith(".webm")
    refused(send(body=body), 409)


@pytest.mark.parametrize(
    ("layers", "prefix"),
    [
        ({}, "default_"),
        ({"layers": {}}, "default_"),
        ({"layers": {"default": {}}}, "default_"),
        ({"layers": {"default": {"file_name_prefix": "weekly review-1"}}}, "weekly review-1_"),
        ({"layers": {"other": {"file_name_prefix": "other"}}}, "default_"),
    ],
)
def test_a_file_of_tracks_has_the_prefix_of_its_layer(
    send: Send, layers: dict[str, Any], prefix: str
) -> None:
    """A file of tracks has the prefix of its one layer, and is WebM (R38, R39)."""
    name = tracked(send, meeting(**layers))["output_file_name"]

    assert name.startswith(prefix)
    assert name.endswith(".webm")


def test_what_a_list_shows_goes_on_afterwards(send: Send) -> None:
    """What a list shows goes on afterwards, and nothing else does."""
    made = [started(send, meeting())["id"] for _ in range(3)]

    assert ids(listed(send, "per_page=1")) == made[2:]
    assert ids(listed(send, "status=INVOKED")) == [made[1], made[0]]
    assert ids(listed(send, "status=INVOKED")) == []
    assert [item["status"] for item in listed(send)] == ["RECORDING"] * 3
    acted(send, made[0], "stop")
    assert [listed(send)[2]["status"] for _ in range(3)] == ["UPLOADING", "UPLOADED", "UPLOADED"]
    assert not [item for item in listed(send) if {"start_reason", "stop_reason"} & item.keys()]


def test_a_list_can_be_of_one_meeting(send: Send) -> None:
    """A list can be that of one meeting; letters of its id may be of either case (R32)."""
    body = meeting(allow_multiple_recordings=True)
    made = [started(send, body)["id"], started(send, meeting())["id"], started(send, body)["id"]]

    for name in (body["meeting_id"], body["meeting_id"].upper()):
        items = listed(send, f"meeting_id={name}")
        assert ids(items) == [made[2], made[0]]
        assert {item["meeting"]["id"] for item in items} == {body["meeting_id"]}
    assert listed(send, f"meeting_id={uuid4()}") == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=INVOKED", "I"),
        ("status=PAUSED,UPLOADING", "PU"),
        ("status=PAUSED&status=UPLOADING", "PU"),
        ("status=PAUSED,UPLOADING&status=RECORDING", "RPU"),
        ("status=PAUSED%2CUPLOADING", "PU"),
        ("status=PAUSED,PAUSED", "P"),
        ("status=ERRORED", ""),
    ],
)
def test_a_list_can_be_of_some_statuses(send: Send, query: str, found: str) -> None:
    """A list can be of some statuses, joined by commas or each by itself (R32, X12)."""
    made = {name: started(send, meeting())["id"] for name in "UPRI"}
    looked_up(send, made["R"])
    acted(send, made["P"], "pause")
    acted(send, made["U"], "stop")

    items = listed(send, query)
    assert sorted(ids(items)) == sorted(made[name] for name in found)
    assert {item["status"][0] for item in items} == set(found)


def test_a_list_tells_links_that_live_from_expired_ones(
    send: Send, pack: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link lives or has expired; a recording without one is in neither list (R32)."""
    listing = module_of(pack.root, Path("mock/_listing.py"))
    made = [started(send, meeting(**more))["id"] for more in ({}, {}, {**NO_BUCKET, **STORED})]
    for name in made[1:]:
        acted(send, name, "stop")
        assert [looked_up(send, name)["status"] for _ in range(2)] == ["UPLOADING", "UPLOADED"]

    assert (ids(listed(send, "expired=false")), listed(send, "expired=true")) == ([made[1]], [])
    later = listing.now() + timedelta(days=7, minutes=1)
    monkeypatch.setattr(listing, "now", lambda: later)
    assert (listed(send, "expired=false"), ids(listed(send, "expired=true"))) == ([], [made[1]])
    assert len(listed(send)) == 3


def test_a_search_is_about_id_and_title(send: Send) -> None:
    """A search is about a meeting's id and its title, in letters of either case (R32)."""
    for _ in range(60):
        started(send, meeting())
    every = listed(send, "per_page=100")
    titles = {item["meeting"].get("title") for item in every}
    assert {None, "Weekly review", "Rückblick"} <= titles

    for text in ("WEEKLY", "weekly review", "%20REVIEW", "R%C3%9CCKBLICK", "r%C3%BCck"):
        plain = unquote(text).casefold()
        assert ids(listed(send, f"search={text}&per_page=100")) == [
            item["id"] for item in every if plain in item["meeting"].get("title", "").casefold()
        ]
    wanted = every[7]
    for text in (wanted["meeting"]["id"], wanted["meeting"]["id"].upper()[3:-3]):
        assert ids(listed(send, f"search={text}")) == [wanted["id"]]
    assert len(listed(send, "search=&per_page=100")) == 60
    assert listed(send, "search=nothing%20of%20the%20kind") == []


def test_a_list_can_begin_and_end_at_a_time(send: Send) -> None:
    """A list can begin and end at a time of invocation, both included (R32)."""
    made = []
    for _ in range(3):
        made.append(started(send, meeting()))
        time.sleep(0.003)
    early, middle, late = (data["invoked_time"] for data in made)
    assert early < middle < late
    names = ids(made)

    def found(query: str) -> list[str]:
        return ids(listed(send, f"{query}&sort_order=ASC"))

    assert found(f"start_time={middle}") == names[1:]
    assert found(f"end_time={middle}") == names[:2]
    assert found(f"start_time={middle}&end_time={middle}") == names[1:2]
    assert found(f"start_time={late}&end_time={early}") == []
    assert found(f"start_time={middle.replace('Z', '%2B00:00')}") == names[1:]
    assert found(f"start_time={middle.lower()}") == names[1:]
    for lawful in ("0000-01-01T00:00:00Z", "0001-01-01T00:00:00%2B23:59", "2016-12-31T23:59:60.5Z"):
        assert found(f"start_time={lawful}") == names
        assert found(f"end_time={lawful}") == []
    assert found("end_time=9999-12-31T23:59:59-23:59") == names


def test_the_newest_come_first(send: Send) -> None:
    """The newest come first, unless the oldest are to (R33)."""
    made = [started(send, meeting())["id"] for _ in range(12)]

    assert ids(listed(send, "sort_by=invokedTime&sort_order=ASC")) == made
    assert ids(listed(send, "sort_order=ASC")) == made
    for query in ("", "sort_by=invokedTime", "sort_by=invokedTime&sort_order=DESC"):
        items = listed(send, query)
        assert ids(items) == made[::-1]
        times = [item["invoked_time"] for item in items]
        assert times == sorted(times, reverse=True)


def test_pages_are_all_of_the_list_together(send: Send) -> None:
    """Pages do not overlap, are all of the list together, and `paging` counts (R34, R35)."""
    made = [started(send, meeting())["id"] for _ in range(23)]

    def page(query: str) -> tuple[list[str], tuple[int, ...]]:
        body = send("GET", f"?sort_order=ASC&{query}").json()
        counts = (body["paging"][name] for name in ("total_count", "start_offset", "end_offset"))
        return ids(body["data"]), tuple(counts)

    assert page("page_no=1&per_page=10") == (made[:10], (23, 1, 10))
    assert page("page_no=2&per_page=10") == (made[10:20], (23, 11, 20))
    assert page("page_no=3&per_page=10") == (made[20:], (23, 21, 23))
    assert page("page_no=4&per_page=10") == ([], (23, 24, 23))
    assert page(f"page_no=1{'0' * 300}&per_page=1e300") == ([], (23, 24, 23))
    for first in ("page_no=0", "page_no=", "page_no", "", "page_no=0.5", "page_no=1.9"):
        assert page(first) == (made[:20], (23, 1, 20))
        assert page(f"{first}&per_page=") == (made[:20], (23, 1, 20))
    assert page("page_no=2") == (made[20:], (23, 21, 23))
    assert page("page_no=2.5&per_page=7.9") == (made[7:14], (23, 8, 14))
    assert page("per_page=1e3") == (made, (23, 1, 23))
    for none in ("per_page=0", "per_page=0.5", "per_page=0&page_no=3"):
        assert page(none) == ([], (23, 1, 0))
    assert page(f"meeting_id={uuid4()}") == ([], (0, 1, 0))


@pytest.mark.parametrize(
    "query",
    [
        "meeting_id=x", "page_no=x", "page_no=-1", "page_no=1&page_no=2", "per_page=-0.5",
        "per_page=true", "expired=yes", "expired=1", "expired=", "sort_by=invoked_time",
        "sort_order=asc", "start_time=2026-01-01", "end_time=yesterday", "status=STARTED",
        "status=INVOKED,", "status=",
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_refused_by_its_name(send: Send, query: str) -> None:
    """A parameter that breaks the contract is refused by its name."""
    assert query.partition("=")[0] in refused(send("GET", f"?{query}"), 400)


def test_no_secret_in_later_replies(send: Send) -> None:
    """A list or any later reply has the storage, and no secret of it (R7)."""
    sent = [None, *STORAGE]
    made = [
        started(send, meeting(storage_config=storage and {**storage, **SECRETS}))["id"]
        for storage in sent
    ]
    plain = started(send, meeting())["id"]
    told = [send("GET")]
    for name in made:
        told += [send("GET", f"/{name}"), send("PUT", f"/{name}", {"action": "stop"})]

    items = {item["id"]: item for item in told[0].json()["data"]}
    assert [items[name]["storage_config"] for name in made] == sent
    assert "storage_config" not in items[plain]
    single = [reply.json()["data"]["storage_config"] for reply in told[1:]]
    assert single == [storage for storage in sent for _ in range(2)]
    assert not [secret for reply in told for secret in SECRETS.values() if secret in reply.text]


def test_each_optional_member_of_a_meeting_is_there_and_away(send: Send) -> None:
    """Over several meetings each optional member is there and away; one meeting stays the same."""
    bodies = [{"meeting_id": str(uuid5(NAMESPACE_OID, str(number)))} for number in range(80)]
    first = [send(body=body).is_success for body in bodies]
    shown = [item["meeting"] for item in listed(send, "per_page=80&sort_order=ASC")]
    assert all(first)
    assert [each["id"] for each in shown] == [body["meeting_id"] for body in bodies]
    assert [item["meeting"] for item in listed(send, "per_page=80&sort_order=ASC")] == shown

    configs = [each["recording_config"] for each in shown if "recording_config" in each]
    stored = [each["storage_config"] for each in configs if "storage_config" in each]
    for many, names in (
        (shown, OPTIONAL_OF_MEETING),
        (configs, OPTIONAL_OF_CONFIG),
        ([each for each in stored if each], ("region", "host")),
    ):
        for name in names:
            assert {name in each for each in many} == {True, False}, name
    assert {type(each) for each in stored} == {dict, type(None)}
    assert {each["type"] for each in stored if each} == {
        "aws",
        "azure",
        "digitalocean",
        "gcs",
        "sftp",
    }
    assert not [name for each in stored for name in SECRETS if name in (each or {})]
    assert all(each["created_at"] <= each["updated_at"] for each in shown)


OPTIONAL_OF_MEETING = (
    "title", "status", "record_on_start", "live_stream_on_start", "persist_chat",
    "summarize_on_end", "transcribe_on_end", "session_keep_alive_time_in_secs", "recording_config",
)  # fmt: skip
OPTIONAL_OF_CONFIG = (
    "audio_config", "video_config", "storage_config", "realtimekit_bucket_config",
    "file_name_prefix", "live_streaming_config", "max_seconds",
)  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "clause"),
    [
        ({"status": "STARTED"}, "start_recording:200#/data/status:enum"),
        ({"file_size": "1"}, "start_recording:200#/data/file_size:type"),
        (
            {"storage_config": {"type": "gcs", "bucket": "b", "secret": "secret-of-mine"}},
            "start_recording:rule:R7 (at /data/storage_config/secret",
        ),
    ],
)
def test_a_handler_that_breaks_the_contract_is_caught(
    pack: Pack, path: str, start: Operation, send: Send, changed: dict[str, Any], clause: str
) -> None:
    """A handler that breaks the pack's contract is caught before its reply is sent."""
    body = send(body=meeting()).json()
    body["data"].update(changed)
    app = Application(
        pack.contract,
        {start.id: lambda _: Reply(200, body)},
        refuse=lambda status, message: {},
        tokens=["a-token"],
    )
    headers = {"authorization": "Bearer a-token", "content-type": "application/json"}
    content = b'{"meeting_id": "5f0c7b1e-94d3-4c7a-8a55-2f6be1d0c9a4"}'
    reply = app.answer("POST", path, "", headers, content)

    assert reply.status == 500
    assert f"the mock broke {clause}" in reply.content.decode()
    assert b"secret-of-mine" not in reply.content


def test_memory_is_bounded(pack: Pack) -> None:
    """Of too many recordings the oldest ended one is forgotten first, else the oldest."""
    module = module_of(pack.root, Path("mock/_recordings.py"))
    recordings, owner = module.Recordings(most=2), module.Owner("account", "app")
    bodies = [meeting() for _ in range(4)]
    first = recordings.start(owner, bodies[0], {})["id"]
    second = recordings.start(owner, bodies[1], {})["id"]
    recordings.act(owner, second, "stop")

    recordings.start(owner, bodies[2], {})
    with pytest.raises(Refused, match="409"):
        recordings.start(owner, bodies[0], {})
    with pytest.raises(Refused, match="404"):
        recordings.act(owner, second, "stop")

    recordings.start(owner, bodies[3], {})
    with pytest.raises(Refused, match="404"):
        recordings.act(owner, first, "stop")
    recordings.start(owner, bodies[0], {})


def test_of_starts_at_once_one_gets_through(pack: Pack) -> None:
    """Of starts from several threads for one meeting, one alone gets through."""
    module = module_of(pack.root, Path("mock/_recordings.py"))
    recordings, body = module.Recordings(), meeting()
    barrier = threading.Barrier(8)
    outcomes: list[int] = []

    def start() -> None:
        barrier.wait()
        try:
            recordings.start(module.Owner("account", "app"), body, {})
        except Refused as refused:
            outcomes.append(refused.status_code)
        else:
            outcomes.append(200)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == [200] + [409] * 7


def test_whatever_is_asked_waits_for_a_list(pack: Pack) -> None:
    """While a list is made, whatever else is asked for waits."""
    module = module_of(pack.root, Path("mock/_recordings.py"))
    recordings, owner, body = module.Recordings(), module.Owner("account", "app"), meeting()
    recording_id = recordings.start(owner, body, {})["id"]
    with ThreadPoolExecutor() as pool:
        with recordings.of(owner) as owned:
            asked = [
                pool.submit(recordings.one, owner, recording_id),
                pool.submit(recordings.active, owner, body["meeting_id"]),
                pool.submit(recordings.act, owner, recording_id, "pause"),
                pool.submit(recordings.start, owner, meeting(), {}),
                pool.submit(recordings.start_track, owner, meeting()),
            ]
            assert not wait(asked, 0.1).done
            assert [(recording.id, recording.status) for recording in owned] == [
                (recording_id, "INVOKED")
            ]
        assert len(wait(asked, 10).done) == 5


def test_mocks_are_apart(pack: Pack, path: str) -> None:
    """Every instance of the mock has a memory of its own."""
    credential = pack.credential
    assert credential is not None
    headers = {
        "authorization": f"Bearer {credential.stand_in}",
        "content-type": "application/json",
    }
    content = b'{"meeting_id": "5f0c7b1e-94d3-4c7a-8a55-2f6be1d0c9a4"}'
    apps = [pack.mock(), pack.mock()]

    replies = [app.answer("POST", path, "", headers, content) for app in apps]

    assert [reply.status for reply in replies] == [200, 200]


def test_a_start_over_http_is_undone_by_the_pack(pack: Pack, path: str) -> None:
    """Over HTTP a start is answered, a second one refused, and the pack's own undo frees it."""
    credential = pack.credential
    assert credential is not None
    headers = {"Authorization": f"Bearer {credential.stand_in}"}
    undo = pack.resources["meeting"].undo["start_recording"]
    body = meeting()
    with (
        running(pack.mock()) as base_url,
        httpx.Client(base_url=f"{base_url}/client/v4", headers=headers, trust_env=False) as client,
    ):
        first = client.post(path, json=body)
        second = client.post(path, json=body)
        where = undo.path.format(**pack.path_values, id=first.json()["data"]["id"])
        stopped = client.request(undo.method, where, json=undo.body)
        third = client.post(path, json=body)

    replies = [first, second, stopped, third]
    assert [reply.status_code for reply in replies] == [200, 409, 200, 200]
