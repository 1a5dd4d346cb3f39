"""A run against Stoplight Prism: every finding is true, by checks that share no code with it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from .serving import CLAUSEWISE, PACK

ID = "start_recording"
DOCUMENT = json.loads((Path(__file__).parent / "public.openapi.json").read_text("utf-8"))
Exchange = dict[str, Any]

# The findings of a run, and why each of them is one.
FINDINGS = {
    # Prism makes a reply of the properties it has examples for, and leaves a required one out.
    f"{ID}:200#/data/storage_config/bucket:required": "violated",
    # Its errors are RFC 9457 problems.
    f"{ID}:4XX:media-type": "violated",
    # Problems have other members than Cloudflare's envelope.
    f"{ID}:4XX#/success:required": "violated",
    f"{ID}:4XX#/error:required": "violated",
    # A body that is no JSON is answered with {"error": {"code": "invalid_json", …}}.
    f"{ID}:4XX#/error/code:type": "violated",
    # The same reply comes whatever was asked: download addresses although the bucket is off,
    f"{ID}:rule:R3": "violated",
    # and a file name that does not begin with the prefix.
    f"{ID}:rule:R24": "violated",
    # A credential has to be there; which one it is, Prism does not ask.
    f"{ID}:auth": "lenient",
    # Rules between members stand in no schema: audio settings together with VP8,
    f"{ID}:rule:R1": "lenient",
    # and a second recording of a meeting that is being recorded.
    f"{ID}:rule:R5": "lenient",
    # `nullable` stands beside a `oneOf` that null fits twice; Prism takes the latter at its word.
    f"{ID}:request#/storage_config:type": "strict",
}
# Soft clauses: they are told, and fail nothing. The one reply says "stopped" of a new recording.
WARNINGS = {f"{ID}:rule:R14": "violated", f"{ID}:rule:R15": "violated"}


class Report:
    """What a run left behind."""

    def __init__(self, code: int, model: dict[str, Any]) -> None:
        self.code = code
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


@pytest.fixture(scope="module")
def report(prism: str, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """One run against Prism."""
    folder = tmp_path_factory.mktemp("run")
    environment = {k: v for k, v in os.environ.items() if k != "CLOUDFLARE_API_TOKEN"}
    done = subprocess.run(  # noqa: S603  # our own command
        [*CLAUSEWISE, "run", "--pack", PACK, "--base-url", prism],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout, done.stderr)
    model = json.loads((folder / "reports" / "conformance.json").read_text("utf-8"))
    return Report(done.returncode, model)


def test_findings(report: Report) -> None:
    """The run ends with exit code 1 and exactly the findings that are explained above."""
    assert report.code == 1
    assert report.deviations(soft=False) == FINDINGS
    assert report.deviations(soft=True) == WARNINGS


def sent(exchange: Exchange) -> Any:
    """The body of a request."""
    return json.loads(exchange["request"]["body"])


def body(exchange: Exchange) -> Any:
    """The body of a reply."""
    return json.loads(exchange["response"]["body"])


def header(exchange: Exchange, name: str) -> str | None:
    """A header of a reply."""
    pairs: list[list[str]] = exchange["response"]["headers"]
    return next((value for key, value in pairs if key.lower() == name), None)


def recording(exchange: Exchange) -> Any:
    """The recording in a reply."""
    assert exchange["response"]["status"] == 200

    return body(exchange)["data"]


def lacks_bucket(exchange: Exchange) -> bool:
    """Whether the public schema misses `bucket`; Prism's own validator says it of itself too."""
    schema = plain("realtimekit_StorageConfig")
    errors = jsonschema.Draft202012Validator(schema).iter_errors(
        recording(exchange)["storage_config"]
    )
    missing = {error.message for error in errors if error.validator == "required"}
    own = header(exchange, "sl-violations") or ""
    return "'bucket' is a required property" in missing and "'bucket'" in own


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


def refused(exchange: Exchange) -> bool:
    """Whether the reply is a refusal."""
    status: int = exchange["response"]["status"]
    return 400 <= status < 500


BREACHES: dict[str, Callable[[Exchange], bool]] = {
    f"{ID}:200#/data/storage_config/bucket:required": lacks_bucket,
    f"{ID}:4XX:media-type": lambda e: (
        refused(e) and header(e, "content-type") == "application/problem+json"
    ),
    f"{ID}:4XX#/success:required": lambda e: refused(e) and "success" not in body(e),
    f"{ID}:4XX#/error:required": lambda e: refused(e) and "error" not in body(e),
    f"{ID}:4XX#/error/code:type": lambda e: (
        refused(e) and not isinstance(body(e)["error"]["code"], int | float)
    ),
    f"{ID}:rule:R3": downloads,
    f"{ID}:rule:R24": forgot_prefix,
    f"{ID}:rule:R14": lambda e: recording(e)["started_time"] is not None,
    f"{ID}:rule:R15": lambda e: "stop_reason" in recording(e),
}


@pytest.mark.parametrize(
    "clause", [name for name, verdict in (FINDINGS | WARNINGS).items() if verdict == "violated"]
)
def test_violated(report: Report, clause: str) -> None:
    """Every reply that is named as proof breaks the promise, by a check written for it alone."""
    proof = report.evidence(clause)

    assert proof
    assert all(BREACHES[clause](exchange) for exchange in proof)


def again(exchange: Exchange, token: str = "another-made-up-token") -> httpx.Response:  # noqa: S107
    """The reply when a request is sent once more, with nothing of ours between."""
    request = exchange["request"]
    headers = {name: value for name, value in request["headers"] if name != "Authorization"}
    return httpx.request(
        request["method"],
        request["url"],
        headers={**headers, "Authorization": f"Bearer {token}"},
        content=request["body"],
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
    (vp8,) = report.evidence(f"{ID}:rule:R1")
    (second,) = report.evidence(f"{ID}:rule:R5")
    first = [
        exchange
        for exchange in report.exchanges.values()
        if exchange["id"] < second["id"]
        and exchange["outcome"] == "accepted"
        and sent(exchange)["meeting_id"] == sent(second)["meeting_id"]
    ]

    assert sent(vp8)["video_config"]["codec"] in ("VP8", "VP9")
    assert sent(vp8)["audio_config"]
    assert first
    assert "allow_multiple_recordings" not in sent(second)


def test_strict(report: Report) -> None:
    """`null` is documented for the storage, and refused each time it is sent."""
    (proof,) = report.evidence(f"{ID}:request#/storage_config:type")

    assert DOCUMENT["components"]["schemas"]["realtimekit_StorageConfig"]["nullable"] is True
    assert sent(proof)["storage_config"] is None
    assert again(proof).status_code == 422


def test_kept_clauses_are_kept(report: Report, prism: str) -> None:
    """What the run calls upheld of documented bounds and types, Prism does refuse when broken."""
    url = next(iter(report.exchanges.values()))["request"]["url"]
    meeting = "5f0c7b1e-94d3-4c7a-8a55-2f6be1d0c9a4"
    broken: dict[str, dict[str, Any]] = {
        f"{ID}:request#/max_seconds:maximum": {"max_seconds": 86_401},
        f"{ID}:request#/max_seconds:minimum": {"max_seconds": 59},
        f"{ID}:request#/allow_multiple_recordings:type": {"allow_multiple_recordings": "no"},
        f"{ID}:request#/audio_config/codec:enum": {"audio_config": {"codec": "FLAC"}},
    }
    for clause, members in broken.items():
        reply = httpx.post(
            url,
            json={"meeting_id": meeting, **members},
            headers={"Authorization": "Bearer a-token"},
            trust_env=False,
        )

        assert url.startswith(prism)
        assert report.clauses[clause]["verdict"] == "upheld"
        assert reply.status_code == 422
