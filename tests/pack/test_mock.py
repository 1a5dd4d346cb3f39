"""The pack's stand-in: what it refuses, what it remembers, what it never gives back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from clausewise.checks import Broken, Message
from clausewise.contract import Operation, ask
from clausewise.contract.compiled import compiled
from clausewise.errors import UsageError
from clausewise.mock import Application, Refused, Reply, running
from clausewise.pack import Credential, Pack, load_pack

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def pack() -> Pack:
    """Load this repository's pack."""
    return load_pack(ROOT)


@pytest.fixture
def start(pack: Pack) -> Operation:
    """Give the operation that starts a recording."""
    return pack.contract.operations["start_recording"]


@pytest.fixture
def path(pack: Pack, start: Operation) -> str:
    """Give the path of all recordings."""
    return start.fill(pack.path_values)


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


def meeting(**more: Any) -> dict[str, Any]:
    """Make a request for a meeting of its own."""
    return {"meeting_id": str(uuid4()), **more}


def started(send: Send, body: dict[str, Any]) -> dict[str, Any]:
    """Start a recording and give its `data`."""
    reply = send(body=body)
    assert reply.status_code == 200, reply.text
    data: dict[str, Any] = reply.json()["data"]
    return data


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
def test_documented_examples(
    send: Send, path: str, start: Operation, example: str, prefix: str
) -> None:
    """Both documented requests are answered with a fresh recording, under either path."""
    reply = send(body=start.examples[example], at=prefix + path)

    assert reply.status_code == 200
    body = reply.json()
    data = body["data"]
    assert start.replies["200"].accepts(body)
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
def test_refusals(send: Send, start: Operation, options: dict[str, Any], status: int) -> None:
    """Whatever breaks the contract is refused, in RealtimeKit's own envelope."""
    reply = send(**options)

    assert refused(reply, status)
    assert start.replies["4XX"].accepts(reply.json())


def test_real_token(pack: Pack, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_no_token(credential: Credential | None) -> None:
    """A pack that names no token has no mock that could ask for one."""
    found = load_pack(ROOT)
    pack = Pack(found.root, found.origin, found.settings, found.document)
    pack.__dict__["credential"] = credential

    with pytest.raises(UsageError, match="token"):
        pack.mock()


def test_second_start(send: Send) -> None:
    """A meeting has one running recording, unless several are allowed (R5, R41)."""
    body = meeting()
    first = started(send, body)

    assert "recorded already" in refused(send(body=body), 409)
    assert refused(send(body={**body, "allow_multiple_recordings": False}), 409)
    second = started(send, {**body, "allow_multiple_recordings": True})
    assert second["id"] != first["id"]


def test_same_meeting_in_capitals(send: Send) -> None:
    """A meeting id is a UUID: its letters' case does not make it another one."""
    body = {"meeting_id": "5f0c7b1e-94d3-4c7a-8a55-2f6be1d0c9a4"}
    started(send, body)

    refused(send(body={"meeting_id": body["meeting_id"].upper()}), 409)


def test_same_meeting_of_another_app(send: Send) -> None:
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
    assert start.replies["200"].accepts(reply.json())
    assert (data["id"], data["status"]) == (first["id"], "UPLOADING")
    assert data["stop_reason"]["reason"] == "API_CALL"
    assert data["invoked_time"] == first["invoked_time"] <= data["stopped_time"]
    assert started(send, body)["id"] != first["id"]


def test_stop_of_one_of_two(send: Send) -> None:
    """A meeting with two recordings is free only when both have been stopped."""
    body = meeting(allow_multiple_recordings=True)
    first, second = started(send, body), started(send, body)
    alone = {"meeting_id": body["meeting_id"]}

    send("PUT", f"/{first['id']}", {"action": "stop"})
    refused(send(body=alone), 409)
    send("PUT", f"/{second['id']}", {"action": "stop"})
    started(send, alone)


def test_pause_and_resume(send: Send) -> None:
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


def test_recording_of_somebody_else(send: Send, path: str) -> None:
    """A recording that is unknown, or another app's, cannot be stopped."""
    mine = started(send, meeting())["id"]
    elsewhere = path.replace("/kit/", "/kit/x")

    refused(send("PUT", f"/{uuid4()}", {"action": "stop"}), 404)
    refused(send("PUT", f"/{mine}", {"action": "stop"}, at=elsewhere), 404)


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"token": None}, 401),
        ({"body": {}}, 400),
        ({"body": {"action": "end"}}, 400),
        ({"below": "/not-a-uuid"}, 400),
    ],
)
def test_refusals_of_put(send: Send, options: dict[str, Any], status: int) -> None:
    """The PUT is held to its shape and credential although the contract does not have it yet."""
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
def test_storage_without_secrets(pack: Pack, send: Send, storage: dict[str, Any]) -> None:
    """The storage comes back as it was sent, without its secrets and without unknown members."""
    extra = {"secret_key": "secret-of-mine"}
    reply = send(body=meeting(storage_config={**storage, **SECRETS, **extra}))

    assert reply.json()["data"]["storage_config"] == storage
    assert not [secret for secret in SECRETS.values() if secret in reply.text]


def test_secrets_of_a_refused_request(send: Send) -> None:
    """A refusal repeats no secret either, wherever in the request it stood."""
    wrong = {"type": "aws", "bucket": "b", **SECRETS, "port": "password-of-mine"}
    message = refused(send(body=meeting(storage_config=wrong)), 400)

    assert "/storage_config" in message
    assert not [secret for secret in SECRETS.values() if secret in message]


def test_storage_null_and_absent(send: Send) -> None:
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
def test_file_name(send: Send, config: dict[str, Any], ending: str, prefix: str | None) -> None:
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


def test_every_rule_is_kept(pack: Pack, send: Send, start: Operation) -> None:
    """What the mock replies keeps every clause of the reply and every rule of the pack."""
    examples = [
        *start.examples.values(),
        meeting(realtimekit_bucket_config={"enabled": False}, file_name_prefix="p"),
        meeting(storage_config={**STORAGE[1], **SECRETS}),
        {},
    ]
    for number, body in enumerate(examples):
        if "meeting_id" in body:
            body = {**body, "meeting_id": str(uuid4())}
        reply = send(body=body)
        documented = start.reply_for(reply.status_code)
        assert documented is not None
        assert all(answer.kept for answer in ask(documented.place, reply.json())), number
        message = Message(
            start.id,
            body,
            reply.status_code,
            reply.json(),
            reply.text,
            tuple(SECRETS.values()) if "storage_config" in body else (),
        )
        both = {"request": {"body": body}}
        both["response"] = {"status": reply.status_code, "body": reply.json()}
        for rule in pack.contract.rules.values():
            if rule.check:
                assert not isinstance(pack.checks[rule.check](message), Broken), rule.id
            if rule.then is not None and compiled(rule.when).is_valid(both):
                assert compiled(rule.then).is_valid(both), rule.id


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
def test_self_check(
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
    module = pack._module(Path("mock/_recordings.py"))
    recordings, owner = module.Recordings(most=2), module.Owner("account", "app")
    bodies = [meeting() for _ in range(4)]
    first = recordings.start(owner, bodies[0])["id"]
    second = recordings.start(owner, bodies[1])["id"]
    recordings.act(owner, second, "stop")

    recordings.start(owner, bodies[2])
    with pytest.raises(Refused, match="409"):
        recordings.start(owner, bodies[0])
    with pytest.raises(Refused, match="404"):
        recordings.act(owner, second, "stop")

    recordings.start(owner, bodies[3])
    with pytest.raises(Refused, match="404"):
        recordings.act(owner, first, "stop")
    recordings.start(owner, bodies[0])


def test_threads(pack: Pack) -> None:
    """Of starts from several threads for one meeting, one alone gets through."""
    module = pack._module(Path("mock/_recordings.py"))
    recordings, body = module.Recordings(), meeting()
    barrier = threading.Barrier(8)
    outcomes: list[int] = []

    def start() -> None:
        barrier.wait()
        try:
            recordings.start(module.Owner("account", "app"), body)
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


def test_served_over_http(pack: Pack, path: str) -> None:
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
