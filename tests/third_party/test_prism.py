"""A run against Stoplight Prism: every finding is true, by checks that share no code with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jsonschema
import pytest

from clausewise.comparing import Comparison
from clausewise.report.validation import validate_model

from .serving import PACK

START, LIST, ONE = "start_recording", "get_all_recordings", "get_one_recording"
ACT, ACTIVE = "pause_resume_stop_recording", "get_active_recording"
TRACK = "startTrackRecordingForAMeeting"
DOCUMENT = json.loads((Path(__file__).parent / "public.openapi.json").read_text("utf-8"))
Exchange = dict[str, Any]


def of(operations: Iterable[str], verdict: str, *clauses: str) -> dict[str, str]:
    """The same findings in several operations."""
    return {f"{operation}:{clause}": verdict for operation in operations for clause in clauses}


# The findings of a run, and why each of them is one.
BUCKET = "storage_config/bucket:required"
FINDINGS = {
    # Prism makes a reply of the properties it has examples for, and leaves a required one out.
    **of([START, ONE, ACT], "violated", f"200#/data/{BUCKET}"),
    **of([LIST], "violated", f"200#/data/*/{BUCKET}"),
    **of([LIST], "violated", f"200#/data/*/meeting/recording_config/{BUCKET}"),
    # The same reply comes whatever was asked: download addresses although the bucket is off,
    **of([START], "violated", "rule:R3"),
    # a file name that does not begin with the prefix,
    **of([START], "violated", "rule:R24"),
    # a recording with another id,
    **of([ONE, ACT], "violated", "rule:R27"),
    # a list of what the filters leave out, and the same page for each number.
    **of([LIST], "violated", "rule:R32", "rule:R35"),
    # Every start gets the same id, so that one recording is of several meetings,
    **of([START, TRACK], "violated", "rule:R43"),
    **of([LIST, ACTIVE], "violated", "rule:R42"),
    # and two recordings at once are one.
    **of([START], "violated", "rule:R41"),
    # Nothing is remembered: an id is as good as any other.
    **of([ONE, ACT], "lenient", "path#/recording_id:unknown"),
    **of([ACTIVE], "lenient", "path#/meeting_id:unknown"),
    # A credential has to be there; which one it is, Prism does not ask.
    **of([START, LIST, ONE, ACT, ACTIVE, TRACK], "lenient", "auth"),
    # Rules between members stand in no schema: audio settings together with VP8.
    **of([START], "lenient", "rule:R1"),
    # `nullable` stands beside a `oneOf` that null fits twice; Prism takes the latter at its word.
    **of([START], "strict", "request#/storage_config:type"),
}
# Soft clauses: they are told, and fail nothing.
WARNINGS = {
    # Its errors are RFC 9457 problems, and these have other members than Cloudflare's envelope,
    # which is documented for hardly any refusal.
    **of([START, LIST, ONE, ACT, ACTIVE, TRACK], "violated", "4XX:media-type"),
    **of([START, LIST, ONE, ACT, ACTIVE, TRACK], "violated", "4XX#/success:required"),
    **of([START, LIST, ONE, ACT, ACTIVE, TRACK], "violated", "4XX#/error:required"),
    # A body that is no JSON is answered with {"error": {"code": "invalid_json", …}}.
    **of([START, ACT, TRACK], "violated", "4XX#/error/code:type"),
    # The one recording is INVOKED, and has begun and was stopped all the same.
    **of([START, LIST, ONE, ACT, ACTIVE, TRACK], "violated", "rule:R14"),
    **of([START, ONE, ACT], "violated", "rule:R15"),
    # It has a file with the sound alone, for which nobody asked.
    **of([START], "violated", "rule:R18"),
    # The one item of a list is said to be thirty.
    **of([LIST], "violated", "rule:R34"),
}


class Report:
    """What a run left behind."""

    def __init__(self, code: int, model: dict[str, Any]) -> None:
        self.code = code
        self.model = model
        self.clauses: dict[str, dict[str, Any]] = {c["id"]: c for c in model["clauses"]}
        self.exchanges: dict[int, Exchange] = {e["id"]: e for e in model["exchanges"]}

    def deviations(self, *, soft: bool) -> dict[str, str]:
        """Verdicts other than upheld, by clause."""
        told = ("violated", "lenient", "strict")
        return {
            name: clause["verdict"]
            for name, clause in self.clauses.items()
            if clause["verdict"] in told and clause["soft"] is soft
        }

    def evidence(self, clause: str) -> list[Exchange]:
        """The exchanges that are named as proof."""
        return [self.exchanges[item["exchange"]] for item in self.clauses[clause]["evidence"]]

    def starts_before(self, exchange: Exchange) -> list[Exchange]:
        """The recordings that were started by then."""
        return [
            earlier
            for earlier in self.exchanges.values()
            if earlier["id"] < exchange["id"]
            and earlier["operation"] == START
            and earlier["outcome"] == "accepted"
        ]


@pytest.fixture(scope="module")
def report(prism: str, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """One run against Prism."""
    folder = tmp_path_factory.mktemp("run")
    environment = {k: v for k, v in os.environ.items() if k != "CLOUDFLARE_API_TOKEN"}
    command = [sys.executable, "-m", "clausewise", "run", "--pack", PACK, "--base-url", prism]
    # A recording of Prism's is never more than INVOKED: waiting would change nothing.
    command += ["--settle", "0"]
    done = subprocess.run(  # noqa: S603  # our own command
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    print(done.stdout, done.stderr)
    model = json.loads((folder / "reports" / "conformance.json").read_text("utf-8"))
    return Report(done.returncode, model)


def test_findings(report: Report) -> None:
    """The run ends with exit code 1 and exactly the findings that are explained above."""
    assert report.code == 1
    assert report.deviations(soft=False) == FINDINGS
    assert report.deviations(soft=True) == WARNINGS


def test_kind(report: Report) -> None:
    """What Prism is, in one sentence of counted facts: each can be seen in the exchanges."""
    known = report.model["fidelity"]
    facts = known["facts"]
    ids = {e["response"]["body"]["text"] for e in report.starts_before({"id": 10**9})}
    assert (facts["ids"], len(ids)) == (1, 1)
    assert facts["starts"] > 100
    assert (facts["bodies"], facts["tokens"], facts["state"]) == (1, "presence", "none")
    # It validates all that a schema says; rules between members and ids it does not know.
    assert 0.9 < facts["refused"] / facts["broken"] < 1
    assert known["kind"].startswith(f"The same id for all {facts['starts']} things made; ")
    assert known["kind"].endswith("asks for a token, takes any; keeps no state.")


def test_levels(report: Report) -> None:
    """It answers all, in the right shape, and validates; it knows neither who asks nor state."""
    known = report.model["fidelity"]
    levels = {one["level"]: one for one in known["levels"]}
    print({name: (one["kept"], one["judged"], one["all"]) for name, one in levels.items()})
    share = {name: 100 * one["kept"] / (one["judged"] or 1) for name, one in levels.items()}
    assert share["reach"] == 100
    assert min(share[name] for name in ("shape", "leniency", "strictness")) > 95
    assert share["auth"] == 0
    assert max(share[name] for name in ("identity", "state")) <= 50
    # Members of its refusals are there, and of another type.
    assert 50 <= share["errors"] < 55
    # Its refusals are not those of the document, which ends the ladder early.
    assert known["grade"] == "E"


# Why each cause is one, and true, stands beside the findings above.
ROOTS = {
    "canned": {
        *of([START], "", "rule:R3", "rule:R24", "rule:R41", "rule:R43"),
        *of([LIST], "", "rule:R32", "rule:R35", "rule:R42"),
        *of([ONE, ACT], "", "rule:R27", "path#/recording_id:unknown"),
        *of([ACTIVE], "", "rule:R42", "path#/meeting_id:unknown"),
        *of([TRACK], "", "rule:R43"),
    },
    "schema": {name for name in FINDINGS if name.endswith(BUCKET)},
    "auth": {name for name in FINDINGS if name.endswith(":auth")},
    "rule": {f"{START}:rule:R1"},
    "clause": {f"{START}:request#/storage_config:type"},
}


def test_roots(report: Report) -> None:
    """Five causes are behind the findings: one can, one schema, one check, and two of their own."""
    found = {
        root["kind"]: {name for name in root["clauses"] if name in FINDINGS}
        for root in report.model["roots"]
        if root["hard"]
    }
    assert found == ROOTS
    assert sum(map(len, found.values())) == len(FINDINGS)


def test_report(report: Report) -> None:
    """The run came to its end, and its report is as the published schema has it."""
    assert validate_model(report.model) == []
    assert report.model["run"]["complete"] is True
    asked = {exchange["operation"] for exchange in report.exchanges.values()}
    assert asked == {START, LIST, ONE, ACT, ACTIVE, TRACK}


def test_what_takes_memory_is_not_judged(report: Report) -> None:
    """No recording of Prism ever runs: what takes one says so, and all else is judged."""
    judged = FINDINGS | WARNINGS
    rest = [c for c in report.model["clauses"] if c["operation"] == ACT and c["id"] not in judged]
    said = report.clauses[f"{ACT}:rule:R28"]["message"]

    verdicts = {clause["verdict"] for clause in rest}
    assert "inconclusive" in verdicts
    # What does not depend on a running one is judged all the same.
    assert verdicts <= {"inconclusive", "upheld", "unexercised"}
    assert "the recording did not come to be RECORDING" in said
    assert report.clauses[f"{ACT}:served"]["verdict"] == "upheld"


def sent(exchange: Exchange) -> Any:
    """The body of a request."""
    return json.loads(exchange["request"]["body"]["text"])


def last_segment(exchange: Exchange) -> str:
    """What a request is about, where the path ends with an id."""
    url: str = exchange["request"]["url"]
    return urlsplit(url).path.rpartition("/")[2]


def body(exchange: Exchange) -> Any:
    """The body of a reply."""
    return json.loads(exchange["response"]["body"]["text"])


def header(exchange: Exchange, name: str) -> str | None:
    """A header of a reply."""
    pairs: list[list[str]] = exchange["response"]["headers"]
    return next((value for key, value in pairs if key.lower() == name), None)


def recording(exchange: Exchange) -> Any:
    """The one recording in a reply."""
    assert exchange["response"]["status"] == 200

    data = body(exchange)["data"]
    if isinstance(data, list):
        (data,) = data
    return data.get("recording", data)


def lacks_bucket(exchange: Exchange, place: str) -> bool:
    """Whether the public schema misses `bucket`; Prism's own validator says it of itself too."""
    storage, path = body(exchange), place.split("/")
    for name in path:
        storage = storage[int(name) if isinstance(storage, list) else name]
    schema = plain("realtimekit_StorageConfig")
    errors = jsonschema.Draft202012Validator(schema).iter_errors(storage)
    missing = {error.message for error in errors if error.validator == "required"}
    own = json.loads(header(exchange, "sl-violations") or "[]")
    return "'bucket' is a required property" in missing and any(
        told["location"] == ["response", "body", *path] and "'bucket'" in told["message"]
        for told in own
    )


def plain(name: str) -> Any:
    """A component of the public document as JSON Schema 2020-12 (it holds no references)."""
    schema = dict(DOCUMENT["components"]["schemas"][name])
    if schema.pop("nullable", False):
        schema["type"] = [schema["type"], "null"]
    return schema


def downloads(exchange: Exchange) -> bool:
    """Whether a reply has something to download although the bucket was turned off."""
    names = ("download_url", "audio_download_url", "download_url_expiry")
    off: bool = sent(exchange)["realtimekit_bucket_config"]["enabled"] is False
    return off and any(recording(exchange)[name] is not None for name in names)


def forgot_prefix(exchange: Exchange) -> bool:
    """Whether the file's name does not begin as was asked."""
    prefix = sent(exchange)["file_name_prefix"]
    return not str(recording(exchange)["output_file_name"]).startswith(prefix)


def is_outside(exchange: Exchange) -> bool:
    """Whether the item of a list is what a filter should have left out."""
    item = recording(exchange)
    filters = parse_qs(urlsplit(exchange["request"]["url"]).query)
    invoked = datetime.fromisoformat(item["invoked_time"])
    # The link has expired long since.
    fits: dict[str, Callable[[str], bool]] = {
        "meeting_id": lambda value: item["meeting"]["id"] == value,
        "status": lambda value: item["status"] in value.split(","),
        "expired": lambda value: value == "true",
        "start_time": lambda value: invoked >= datetime.fromisoformat(value),
        "end_time": lambda value: invoked <= datetime.fromisoformat(value),
        "search": lambda value: value in item["meeting"]["title"] or value in item["meeting"]["id"],
    }
    return any(name in filters and not fit(filters[name][0]) for name, fit in fits.items())


def miscounts(exchange: Exchange) -> bool:
    """Whether the offsets of a page stand for another number of items than it has."""
    paging = body(exchange)["paging"]
    told: int = paging["end_offset"] - paging["start_offset"] + 1
    return told != len(body(exchange)["data"])


def refused(exchange: Exchange) -> bool:
    """Whether the reply is a refusal."""
    status: int = exchange["response"]["status"]
    return 400 <= status < 500


# By what a clause is called behind its operation.
BREACHES: dict[str, Callable[[Exchange], bool]] = {
    f"200#/data/{BUCKET}": lambda e: lacks_bucket(e, "data/storage_config"),
    f"200#/data/*/{BUCKET}": lambda e: lacks_bucket(e, "data/0/storage_config"),
    f"200#/data/*/meeting/recording_config/{BUCKET}": lambda e: lacks_bucket(
        e, "data/0/meeting/recording_config/storage_config"
    ),
    "4XX:media-type": lambda e: (
        refused(e) and header(e, "content-type") == "application/problem+json"
    ),
    "4XX#/success:required": lambda e: refused(e) and "success" not in body(e),
    "4XX#/error:required": lambda e: refused(e) and "error" not in body(e),
    "4XX#/error/code:type": lambda e: (
        refused(e) and not isinstance(body(e)["error"]["code"], int | float)
    ),
    "rule:R3": downloads,
    "rule:R24": forgot_prefix,
    "rule:R27": lambda e: recording(e)["id"] != last_segment(e),
    "rule:R32": is_outside,
    "rule:R14": lambda e: (
        recording(e)["status"] == "INVOKED" and recording(e)["started_time"] is not None
    ),
    "rule:R15": lambda e: recording(e)["status"] == "INVOKED" and "stop_reason" in recording(e),
    "rule:R18": lambda e: (
        "audio_config" not in sent(e) and recording(e)["audio_download_url"] is not None
    ),
    "rule:R34": miscounts,
    "rule:R35": lambda e: "page_no=2" in e["request"]["url"],
}


def is_second(exchange: Exchange, starts: list[Exchange]) -> bool:
    """Whether a start is answered with the recording that the meeting has already."""
    return any(
        sent(start)["meeting_id"] == sent(exchange)["meeting_id"]
        and recording(start)["id"] == recording(exchange)["id"]
        for start in starts
    )


def is_known_elsewhere(exchange: Exchange, starts: list[Exchange]) -> bool:
    """Whether a start is answered with the recording of another meeting."""
    return any(
        sent(start)["meeting_id"] != sent(exchange)["meeting_id"]
        and recording(start)["id"] == recording(exchange)["id"]
        for start in starts
    )


def is_of_another_meeting(exchange: Exchange, starts: list[Exchange]) -> bool:
    """Whether a recording was started in another meeting than it is told to be of."""
    told = recording(exchange)
    meeting = told["meeting"]["id"] if "meeting" in told else last_segment(exchange)
    return any(
        recording(start)["id"] == told["id"] and sent(start)["meeting_id"] != meeting
        for start in starts
    )


# The same, where it takes more than one exchange: what was started earlier.
BREACHES_OF_ORDER: dict[str, Callable[[Exchange, list[Exchange]], bool]] = {
    "rule:R41": is_second,
    "rule:R42": is_of_another_meeting,
    "rule:R43": is_known_elsewhere,
}


@pytest.mark.parametrize(
    "clause", [name for name, verdict in (FINDINGS | WARNINGS).items() if verdict == "violated"]
)
def test_violated(report: Report, clause: str) -> None:
    """Every reply that is named as proof breaks the promise, by a check written for it alone."""
    proof = report.evidence(clause)
    breach = clause.partition(":")[2]

    assert proof
    if breach in BREACHES:
        assert all(BREACHES[breach](exchange) for exchange in proof)
    else:
        breaks = BREACHES_OF_ORDER[breach]
        assert all(breaks(exchange, report.starts_before(exchange)) for exchange in proof)


def again(exchange: Exchange, token: str = "another-made-up-token") -> httpx.Response:  # noqa: S107  # made up for the tests
    """The reply when a request is sent once more, with nothing of ours between."""
    request = exchange["request"]
    headers = {name: value for name, value in request["headers"] if name != "Authorization"}
    return httpx.request(
        request["method"],
        request["url"],
        headers={**headers, "Authorization": f"Bearer {token}"},
        content=request["body"]["text"] if request["body"] is not None else None,
        trust_env=False,
    )


@pytest.mark.parametrize(
    "clause", [name for name, verdict in FINDINGS.items() if verdict == "lenient"]
)
def test_lenient(report: Report, clause: str) -> None:
    """A request that should be refused is accepted each time it is sent."""
    proof = report.evidence(clause)

    assert proof
    assert all(again(exchange).status_code == 200 for exchange in proof)


def test_lenient_requests_break_their_rules(report: Report) -> None:
    """What was accepted does break what the documents say in words."""
    codecs = report.evidence(f"{START}:rule:R1")
    unknown = report.evidence(f"{ONE}:path#/recording_id:unknown")[0]
    starts = report.starts_before(unknown)

    assert {sent(one)["video_config"]["codec"] for one in codecs} == {"VP8", "VP9"}
    assert all(sent(one)["audio_config"] for one in codecs)
    assert last_segment(unknown) not in {recording(start)["id"] for start in starts}


def test_strict(report: Report) -> None:
    """`null` is documented for the storage, and refused each time it is sent."""
    (proof,) = report.evidence(f"{START}:request#/storage_config:type")

    assert DOCUMENT["components"]["schemas"]["realtimekit_StorageConfig"]["nullable"] is True
    assert sent(proof)["storage_config"] is None
    assert again(proof).status_code == 422


MEETING = "5f0c7b1e-94d3-4c7a-8a55-2f6be1d0c9a4"


@pytest.mark.parametrize(
    ("operation", "clause", "broken"),
    [
        (START, "request#/max_seconds:maximum", {"max_seconds": 86_401}),
        (START, "request#/max_seconds:minimum", {"max_seconds": 59}),
        (START, "request#/allow_multiple_recordings:type", {"allow_multiple_recordings": "no"}),
        (START, "request#/audio_config/codec:enum", {"audio_config": {"codec": "FLAC"}}),
        (TRACK, "request#/user_ids:maxItems", {"user_ids": ["guest"] * 101}),
        (TRACK, "request#/layers/*/media_kind:enum", {"layers": {"default": {"media_kind": "x"}}}),
        (LIST, "query#/per_page:minimum", {"per_page": -1}),
        (LIST, "query#/status/*:enum", {"status": "STOPPED"}),
    ],
)
def test_kept_clauses_are_kept(
    report: Report, operation: str, clause: str, broken: dict[str, Any]
) -> None:
    """What the run calls upheld of documented bounds and types, Prism does refuse when broken."""
    plain_one = next(e for e in report.exchanges.values() if e["operation"] == operation)
    url = httpx.URL(plain_one["request"]["url"])
    reply = httpx.request(
        plain_one["request"]["method"],
        url.copy_with(query=None),
        params=broken if operation == LIST else None,
        json=None if operation == LIST else {"meeting_id": MEETING, **broken},
        headers={"Authorization": "Bearer a-token"},
        trust_env=False,
    )

    assert report.clauses[f"{operation}:{clause}"]["verdict"] == "upheld"
    assert reply.status_code == 422


def test_compared_with_the_conforming_mock(prism: str, tmp_path: Path) -> None:
    """What tests on Prism get wrong, beside a mock that keeps the contract: nothing false in it."""
    environment = {k: v for k, v in os.environ.items() if k != "CLOUDFLARE_API_TOKEN"}
    command = [sys.executable, "-m", "clausewise", "compare", prism, "mock", "--pack", PACK]
    done = subprocess.run(  # noqa: S603  # our own command
        [*command, "--settle", "0", "--examples", "0"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    print(done.stdout, done.stderr)
    comparison = Comparison.load(tmp_path / "reports" / "comparison.json")
    matters = {one.id: one.effect for one in comparison.differences if one.matters}

    assert done.returncode == comparison.exit_code == 1
    # The reference keeps all of it, so whatever differs is what a run finds on Prism …
    assert matters.keys() <= FINDINGS.keys()
    assert {one.reference.verdict for one in comparison.differences if one.reference} <= {
        "upheld",
        "unexercised",
    }
    # … and what it accepts though it should not is what breaks in production.
    lenient = {name for name, verdict in FINDINGS.items() if verdict == "lenient"}
    assert {name for name, effect in matters.items() if effect == "pass wrongly"} == lenient
    assert comparison.level("auth").same == 0
    assert comparison.level("reach").percent == 100
    assert comparison.level("shape").percent in range(95, 100)
