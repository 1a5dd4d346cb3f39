"""A hand-written report of a run against a misbehaving endpoint, for the tests of all formats."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import msgspec

from clausewise.report import Report

ROOT = "https://staging.example.test/client/v4/accounts/8a1f0c/realtime/kit/app-1/recordings"
MEETING = "9f1d4a52-1c7e-4f0a-9d27-0c4f6f2b7a31"
RECORDING = {
    "id": "6d0c1d0e-58a1-4c09-9b1c-7f2f6a1f0e11",
    "status": "STARTED",
    "invoked_time": "2026-10-03T08:12:03Z",
    "started_time": None,
    "stopped_time": None,
    "output_file_name": "standup_room_1759479123.mp4",
    "download_url": None,
    "download_url_expiry": None,
    "audio_download_url": None,
    "file_size": None,
    "recording_duration": 0,
    "x_region": "weur",
}


def sample() -> dict[str, Any]:
    """Return a fresh, valid model: three findings, a warning, a waiver and every verdict."""
    clauses = _clauses()
    verdicts = Counter(clause["verdict"] for clause in clauses)
    names = ("upheld", "violated", "lenient", "strict", "inconclusive", "unexercised")
    return {
        "schema_version": 2,
        "tool": {"name": "clausewise", "version": "0.1.0"},
        "contract": {
            "name": "Cloudflare RealtimeKit Recordings",
            "version": "2026-10-03",
            "clauses": len(clauses),
            "pack": "bundled:realtimekit_recordings",
        },
        "target": {"base_url": "https://staging.example.test/client/v4", "kind": "http"},
        "run": {
            "started": "2026-10-03T08:12:01Z",
            "seconds": 3.214,
            "seed": 0,
            "requests": 187,
            "put_off": {"times": 0, "seconds": 0},
            "planned": 187,
            "complete": True,
            "stopped_because": None,
            "fail_on": ["violated", "lenient", "strict"],
            "exit_code": 1,
        },
        "selftest": {
            "date": "2026-10-01",
            "faults": 1490,
            "noticed": 1480,
            "named": 1478,
            "equivalent": 8,
            "current": True,
        },
        "summary": {name: verdicts[name] for name in names},
        "clauses": clauses,
        "undocumented": [
            {
                "operation": "start_recording",
                "part": "200",
                "pointer": "/data/x_region",
                "seen": 122,
            }
        ],
        "created": {
            "started": 31,
            "undone": 30,
            "left_over": [f"recording {RECORDING['id']}"],
            "to_undo": [],
        },
        "exchanges": _exchanges(),
        "sources": [
            {
                "file": "schemas/recording.yaml",
                "lines": 85,
                "pieces": [
                    [17, 1, "required:"],
                    [18, 1, "  - session_id"],
                    [40, 1, "  status:"],
                    [41, 1, "    enum: [INVOKED, RECORDING, UPLOADING, UPLOADED, ERRORED, PAUSED]"],
                ],
            }
        ],
    }


def as_report(model: dict[str, Any]) -> Report:
    """Return a model as the report that it is; it need not keep the published schema."""
    return msgspec.convert(model, Report)


def text_body(text: str) -> dict[str, Any]:
    """Return a body as a model has it, whole and without a mask."""
    return {"text": text, "cut": None, "masked": []}


def clause(model: dict[str, Any], identifier: str) -> dict[str, Any]:
    """Return the clause of that id, to be changed in place."""
    found: dict[str, Any] = next(c for c in model["clauses"] if c["id"] == identifier)
    return found


def hostile(payload: str) -> dict[str, Any]:
    """Return a model in which a text stands wherever a server or a document may have put it."""
    model = sample()
    model["target"]["base_url"] += payload
    model["run"].update(complete=False, stopped_because=payload)
    model["created"]["left_over"] = [payload]
    model["undocumented"][0]["pointer"] = f"/{payload}"
    model["sources"][0].update(file=payload, pieces=[[40, 1, payload], [41, 1, payload]])
    for item in model["clauses"]:
        item["id"] += payload
        item["operation"] = item["message"] = payload
        item["promise"] = payload
        item["source"] = {"file": payload, "line": 41}
        item["evidence"] = [{"exchange": 17, "value": payload, "note": payload}]
    for exchange in model["exchanges"]:
        exchange["case"] = exchange["outcome"] = exchange["failure"] = payload
        exchange["request"].update(
            url=payload, body=text_body(payload), headers=[[payload, payload]]
        )
        exchange["curl"] = f"curl {payload}"
        if exchange["response"]:
            exchange["response"].update(
                reason=payload, body=text_body(payload), headers=[[payload, payload]]
            )
    return model


def many(count: int) -> dict[str, Any]:
    """Return a model with so many more findings, each on an exchange of its own."""
    model = sample()
    first = clause(model, "start_recording:request#/video_config/height:maximum")
    exchange = next(e for e in model["exchanges"] if e["id"] == 18)
    for number in range(1_000, 1_000 + count):
        operation = f"operation_{number % 40}"
        identifier = f"{operation}:request#/video_config/member_{number}:maximum"
        evidence = [{"exchange": number, "value": 1921}]
        model["clauses"].append(
            {**first, "id": identifier, "operation": operation, "evidence": evidence}
        )
        model["exchanges"].append({**exchange, "id": number, "operation": operation})
    model["summary"]["lenient"] += count
    return model


def _clause(identifier: str, group: str, promise: str, verdict: str, **rest: Any) -> dict[str, Any]:
    place, _, pointer_and_keyword = identifier.partition("#")
    operation, part, *tail = place.split(":")
    pointer, _, keyword = pointer_and_keyword.rpartition(":")
    return {
        "id": identifier,
        "operation": operation,
        "part": part,
        "group": group,
        "pointer": pointer or None,
        "keyword": keyword or (tail[0] if tail else None),
        "promise": promise,
        "documented": "O",
        "verdict": verdict,
        "message": "",
        "soft": False,
        "soft_because": None,
        "source": {"file": "schemas/recording.yaml", "line": 41},
        "exercised": 0 if verdict == "unexercised" else 122,
        "waived": None,
        "evidence": [],
    } | rest


def _clauses() -> list[dict[str, Any]]:
    return [
        _clause(
            "start_recording:request#/meeting_id:required",
            "request",
            "A request without meeting_id is refused.",
            "upheld",
            documented="O, P, N",
            source={"file": "schemas/start_recording.yaml", "line": 9},
            exercised=1,
            evidence=[{"exchange": 3}],
        ),
        _clause(
            "start_recording:request#/video_config/height:maximum",
            "request",
            "video_config.height is at most 1920.",
            "lenient",
            message="1921 was accepted with 200 OK; only this clause speaks against it",
            source={"file": "schemas/video_config.yaml", "line": 27},
            exercised=1,
            evidence=[{"exchange": 18, "value": 1921, "note": "smallest request that shows it"}],
        ),
        _clause(
            "start_recording:request#/audio_config/codec:enum",
            "request",
            "audio_config.codec is MP3 or AAC.",
            "strict",
            message='"MP3" was refused with 422, though it is documented',
            documented="O, G:audio",
            source={"file": "schemas/audio_config.yaml", "line": 12},
            exercised=2,
            evidence=[{"exchange": 21, "value": "MP3"}, {"exchange": 22, "value": "MP3"}],
        ),
        _clause(
            "start_recording:request#/max_seconds:minimum",
            "request",
            "max_seconds is at least 60.",
            "inconclusive",
            message="the only probe was answered with 429, which says nothing of the request",
            source={"file": "schemas/start_recording.yaml", "line": 31},
            exercised=1,
            evidence=[{"exchange": 40}],
        ),
        _clause(
            "get_all_recordings:query#/page_no:minimum",
            "request",
            "page_no is at least 0.",
            "lenient",
            message="-1 was accepted with 200 OK",
            source={"file": "schemas/openapi.yaml", "line": 88},
            exercised=1,
            waived={
                "reason": "Known at the gateway, ticket RTK-412",
                "owner": "qa@example.test",
                "expires": "2026-12-31",
            },
            evidence=[{"exchange": 51, "value": -1}],
        ),
        _clause(
            "start_recording:200#/data/id:format",
            "reply",
            "data.id is a UUID.",
            "upheld",
        ),
        _clause(
            "start_recording:200#/data/status:enum",
            "reply",
            "data.status is one of INVOKED, RECORDING, UPLOADING, UPLOADED, ERRORED, PAUSED.",
            "violated",
            message='"STARTED" is not one of the six documented statuses (122 of 122 replies)',
            documented="O, G:monitor",
            evidence=[
                {"exchange": 17, "value": "STARTED"},
                {"exchange": 18, "value": "STARTED"},
            ],
        ),
        _clause(
            "start_recording:200#/data/session_id:required",
            "reply",
            "data.session_id is always there.",
            "violated",
            message="session_id is missing (122 of 122 replies)",
            source={"file": "schemas/recording.yaml", "line": 18},
            waived={
                "reason": "Ships with the next release",
                "owner": "backend",
                "expires": "2026-11-15",
            },
            evidence=[{"exchange": 17}],
        ),
        _clause(
            "get_one_recording:200#/data/recording_duration:type",
            "reply",
            "data.recording_duration is an integer.",
            "unexercised",
            message="no recording could be fetched: the budget of requests was spent",
        ),
        _clause(
            "start_recording:200#/success:required",
            "envelope",
            "The reply says whether it succeeded.",
            "upheld",
            source={"file": "schemas/envelope.yaml", "line": 6},
        ),
        _clause(
            "start_recording:200:media-type",
            "transport",
            "The reply is application/json.",
            "upheld",
            source={"file": "schemas/openapi.yaml", "line": 60},
        ),
        _clause(
            "start_recording:auth",
            "transport",
            "A request without credentials is refused with 401 or 403.",
            "upheld",
            source=None,
            documented="F",
            exercised=1,
        ),
        _clause(
            "start_recording:rule:R12",
            "rules",
            "A start answers with status INVOKED.",
            "violated",
            message='the status is "STARTED"',
            soft=True,
            soft_because="the contract marks the clause as soft",
            documented="G:monitor, C, S",
            source={"file": "clausewise.yaml", "line": 74},
            evidence=[{"exchange": 17, "value": "STARTED"}],
        ),
        _clause(
            "start_recording:rule:R24",
            "rules",
            "The file name starts with file_name_prefix.",
            "upheld",
            documented="G:storage, O",
            source={"file": "clausewise.yaml", "line": 96},
            exercised=7,
        ),
    ]


def _exchanges() -> list[dict[str, Any]]:
    started = {"success": True, "data": RECORDING}
    missing = {"success": False, "error": {"code": 400, "message": "meeting_id is required"}}
    refused = {"success": False, "error": {"code": 422, "message": "codec MP3 is not enabled"}}
    tall = {"meeting_id": MEETING, "video_config": {"codec": "H264", "height": 1921}}
    audio = {"meeting_id": MEETING, "audio_config": {"codec": "MP3"}}
    return [
        _exchange(3, "without meeting_id", "refused", "refused", {}, 400, missing),
        _exchange(17, "minimal", "accepted", "accepted", {"meeting_id": MEETING}, 200, started),
        _exchange(18, "height above its maximum", "refused", "accepted", tall, 200, started),
        _exchange(21, "every value of codec", "accepted", "refused", audio, 422, refused),
        _exchange(22, "codec, reduced", "accepted", "refused", audio, 422, refused),
        _exchange(40, "max_seconds 59", "refused", "throttled", {"max_seconds": 59}, 429, None),
        _exchange(51, "page_no -1", "refused", "accepted", None, 200, {"success": True}),
        _exchange(52, "list", "accepted", "error", None, None, None),
    ]


def _exchange(
    number: int, case: str, expect: str, outcome: str, sent: Any, status: int | None, reply: Any
) -> dict[str, Any]:
    method, url = ("POST", ROOT) if sent is not None else ("GET", f"{ROOT}?page_no=-1&per_page=5")
    body = json.dumps(sent) if sent is not None else None
    received = json.dumps(reply) if reply is not None else ""
    reasons = {200: "OK", 400: "Bad Request", 422: "Unprocessable Content", 429: "Slow Down"}
    data = f" --json '{body}'" if body else ""
    return {
        "id": number,
        "operation": "start_recording" if sent is not None else "get_all_recordings",
        "case": case,
        "expect": expect,
        "after": [],
        "outcome": outcome,
        "request": {
            "method": method,
            "url": url,
            "headers": [
                ["Authorization", "Bearer [masked]"],
                ["Content-Type", "application/json"],
            ],
            "body": text_body(body) if body is not None else None,
        },
        "response": {
            "status": status,
            "reason": reasons[status],
            "headers": [
                ["content-type", "application/json; charset=utf-8"],
                ["cf-ray", "8c9f2a7d0b1e2f3a-AMS"],
            ],
            "body": text_body(received),
            "bytes": len(received),
            "truncated": False,
            "seconds": 0.0412,
        }
        if status
        else None,
        "started": None,
        "failure": None if status else "no reply within 10 s",
        "curl": f"curl -X {method} '{url}' -H \"Authorization: Bearer $API_TOKEN\"{data}",
    }
