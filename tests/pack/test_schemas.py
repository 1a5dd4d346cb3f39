"""The contract files of the pack: well-formed, complete, and saying what the documents say."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin

import jsonschema
import jsonschema_rs
import openapi_spec_validator
import pytest
import yaml
from referencing import Registry
from referencing.jsonschema import DRAFT202012

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
SHAPES = sorted(path.name for path in SCHEMAS.glob("*.yaml") if path.name != "openapi.yaml")
SEED = json.loads((Path(__file__).parent / "seed_example.json").read_text("utf-8"))
BASE = "https://pack.invalid/schemas/"

REQUEST_POINTERS = {
    "/meeting_id",
    "/allow_multiple_recordings",
    "/audio_config",
    "/audio_config/channel",
    "/audio_config/codec",
    "/audio_config/export_file",
    "/file_name_prefix",
    "/interactive_config",
    "/interactive_config/type",
    "/max_seconds",
    "/realtimekit_bucket_config",
    "/realtimekit_bucket_config/enabled",
    "/rtmp_out_config",
    "/rtmp_out_config/rtmp_url",
    "/storage_config",
    "/storage_config/type",
    "/storage_config/bucket",
    "/storage_config/path",
    "/storage_config/region",
    "/storage_config/access_key",
    "/storage_config/secret",
    "/storage_config/auth_method",
    "/storage_config/username",
    "/storage_config/password",
    "/storage_config/host",
    "/storage_config/port",
    "/storage_config/private_key",
    "/url",
    "/video_config",
    "/video_config/codec",
    "/video_config/export_file",
    "/video_config/height",
    "/video_config/width",
    "/video_config/watermark",
    "/video_config/watermark/position",
    "/video_config/watermark/size",
    "/video_config/watermark/size/height",
    "/video_config/watermark/size/width",
    "/video_config/watermark/url",
}
REQUEST_ENUMS = {
    "/audio_config/channel": {"mono", "stereo"},
    "/audio_config/codec": {"MP3", "AAC"},
    "/interactive_config/type": {"ID3"},
    "/storage_config/auth_method": {"KEY", "PASSWORD"},
    "/storage_config/type": {"aws", "azure", "digitalocean", "gcs", "sftp"},
    "/video_config/codec": {"H264", "VP8", "VP9"},
    "/video_config/watermark/position": {
        "left top",
        "right top",
        "left bottom",
        "right bottom",
    },
}

REPLY_POINTERS = {
    "/success",
    "/data",
    "/data/id",
    "/data/status",
    "/data/invoked_time",
    "/data/started_time",
    "/data/stopped_time",
    "/data/output_file_name",
    "/data/session_id",
    "/data/download_url",
    "/data/download_url_expiry",
    "/data/audio_download_url",
    "/data/file_size",
    "/data/recording_duration",
    "/data/start_reason",
    "/data/start_reason/reason",
    "/data/start_reason/caller",
    "/data/start_reason/caller/name",
    "/data/start_reason/caller/type",
    "/data/start_reason/caller/user_Id",
    "/data/stop_reason",
    "/data/stop_reason/reason",
    "/data/stop_reason/caller",
    "/data/stop_reason/caller/name",
    "/data/stop_reason/caller/type",
    "/data/stop_reason/caller/user_Id",
    "/data/storage_config",
    "/data/storage_config/type",
    "/data/storage_config/bucket",
    "/data/storage_config/path",
    "/data/storage_config/region",
    "/data/storage_config/access_key",
    "/data/storage_config/secret",
    "/data/storage_config/auth_method",
    "/data/storage_config/username",
    "/data/storage_config/password",
    "/data/storage_config/host",
    "/data/storage_config/port",
    "/data/storage_config/private_key",
}
REPLY_ENUMS = {
    "/data/status": {"INVOKED", "RECORDING", "UPLOADING", "UPLOADED", "ERRORED", "PAUSED"},
    "/data/start_reason/reason": {"API_CALL", "RECORD_ON_START"},
    "/data/start_reason/caller/type": {"ORGANIZATION", "USER"},
    "/data/stop_reason/reason": {"API_CALL", "INTERNAL_ERROR", "ALL_PEERS_LEFT"},
    "/data/stop_reason/caller/type": {"ORGANIZATION", "USER"},
    "/data/storage_config/type": {"aws", "azure", "digitalocean", "gcs", "sftp"},
    "/data/storage_config/auth_method": {"KEY", "PASSWORD"},
}

AWS = {"type": "aws", "bucket": "b", "access_key": "k", "region": "eu-west-1"}
SFTP = {
    "type": "sftp",
    "bucket": "b",
    "access_key": "k",
    "region": "r",
    "username": "u",
    "host": "sftp.example.net",
    "port": 22,
}
SFTP_KEY = {**SFTP, "auth_method": "KEY", "private_key": "pem"}
SFTP_PASSWORD = {**SFTP, "auth_method": "PASSWORD", "password": "pw"}


def without(value: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return a copy that lacks the members of these names."""
    return {name: item for name, item in value.items() if name not in names}


STORAGE: list[tuple[str, Any, bool]] = [
    ("null", None, True),
    ("gcs", {"type": "gcs", "bucket": "b"}, True),
    ("gcs-and-path", {"type": "gcs", "bucket": "b", "path": "a/b"}, True),
    ("gcs-empty-region", {"type": "gcs", "bucket": "b", "region": ""}, True),
    ("gcs-no-bucket", {"type": "gcs"}, False),
    ("aws-no-secret", AWS, True),
    ("aws-secret", {**AWS, "secret": "s"}, True),
    ("aws-no-bucket", without(AWS, "bucket"), False),
    ("aws-no-region", without(AWS, "region"), False),
    ("aws-no-access-key", without(AWS, "access_key"), False),
    ("aws-empty-access-key", {**AWS, "access_key": ""}, False),
    ("aws-with-sftp-members", {**AWS, "host": "h", "port": 0, "auth_method": "KEY"}, True),
    ("azure", {**AWS, "type": "azure"}, True),
    ("azure-empty-region", {**AWS, "type": "azure", "region": ""}, False),
    ("digitalocean", {**AWS, "type": "digitalocean"}, True),
    ("digitalocean-no-region", without({**AWS, "type": "digitalocean"}, "region"), False),
    ("sftp-key", SFTP_KEY, True),
    ("sftp-password", SFTP_PASSWORD, True),
    ("sftp-key-and-passphrase", {**SFTP_KEY, "password": "pw"}, True),
    ("sftp-key-no-private-key", without(SFTP_KEY, "private_key"), False),
    ("sftp-key-password-instead", {**SFTP, "auth_method": "KEY", "password": "pw"}, False),
    ("sftp-password-no-password", without(SFTP_PASSWORD, "password"), False),
    ("sftp-no-auth-method", without(SFTP_KEY, "auth_method"), False),
    ("sftp-unknown-auth-method", {**SFTP_KEY, "auth_method": "NONE"}, False),
    ("sftp-no-access-key", without(SFTP_KEY, "access_key"), False),
    ("sftp-empty-access-key", {**SFTP_KEY, "access_key": ""}, False),
    ("sftp-no-region", without(SFTP_KEY, "region"), False),
    ("sftp-empty-region", {**SFTP_PASSWORD, "region": ""}, False),
    ("sftp-no-username", without(SFTP_KEY, "username"), False),
    ("sftp-no-host", without(SFTP_PASSWORD, "host"), False),
    ("sftp-no-port", without(SFTP_KEY, "port"), False),
    ("sftp-port-zero", {**SFTP_KEY, "port": 0}, True),
    ("sftp-port-70000.5", {**SFTP_KEY, "port": 70000.5}, True),
    ("sftp-port-text", {**SFTP_KEY, "port": "22"}, False),
    ("cloudflare", {**AWS, "type": "cloudflare"}, False),
    ("no-type", {"bucket": "b"}, False),
    ("empty", {}, False),
    ("text", "gcs", False),
    ("list", [], False),
    ("unknown-member", {"type": "gcs", "bucket": "b", "x_note": 1}, True),
]

RECORDING: dict[str, Any] = {
    "id": "0d9c5c1e-52f6-4f7e-8f0d-6f3e4c1b2a90",
    "status": "INVOKED",
    "invoked_time": "2026-10-03T08:00:00Z",
    "started_time": None,
    "stopped_time": None,
    "output_file_name": "weekly_review_room_1.mp4",
    "session_id": None,
    "download_url": None,
    "download_url_expiry": None,
    "audio_download_url": None,
    "file_size": None,
}
REPLIES: list[tuple[str, Any, bool]] = [
    ("fresh", {"success": True, "data": RECORDING}, True),
    ("storage-null", {"success": True, "data": {**RECORDING, "storage_config": None}}, True),
    ("no-data", {"success": True}, True),
    ("success-false", {"success": False}, True),
    ("no-success", {"data": RECORDING}, False),
    ("data-null", {"success": True, "data": None}, False),
    ("duration-null", {"success": True, "data": {**RECORDING, "recording_duration": None}}, False),
    ("status-lower", {"success": True, "data": {**RECORDING, "status": "invoked"}}, False),
    ("id-no-uuid", {"success": True, "data": {**RECORDING, "id": "42"}}, False),
    ("invoked-null", {"success": True, "data": {**RECORDING, "invoked_time": None}}, False),
    *(
        (f"no-{name}", {"success": True, "data": without(RECORDING, name)}, False)
        for name in RECORDING
    ),
]

GATEWAY: dict[str, Any] = {
    "success": False,
    "errors": [{"code": 7003, "message": "no route"}],
    "messages": [],
    "result": None,
}
REFUSALS: list[tuple[str, Any, bool]] = [
    ("realtimekit", {"success": False, "error": {"code": 409, "message": "busy"}}, True),
    ("realtimekit-no-code", {"success": False, "error": {"message": "busy"}}, False),
    ("realtimekit-no-message", {"success": False, "error": {"code": 409}}, False),
    ("realtimekit-no-success", {"error": {"code": 409, "message": "busy"}}, False),
    ("gateway", GATEWAY, True),
    ("gateway-low-code", {**GATEWAY, "errors": [{"code": 999, "message": "m"}]}, False),
    ("gateway-result", {**GATEWAY, "result": {}}, False),
    *((f"gateway-no-{name}", without(GATEWAY, name), False) for name in GATEWAY),
    ("null", None, False),
]

# Contradictions between the documents that touch this operation; the others do not show in it.
DECIDED = "1 2 3 4 5 6 7 8 9 10 11 13 14 15 16 17 19 20 22 23 24 25 26 27"
TAG = re.compile(r"[SOJPNDEF]|G:[a-z ]+")


@cache
def load(name: str) -> Any:
    """Read one file of the contract."""
    return yaml.safe_load((SCHEMAS / name).read_text("utf-8"))


def read(uri: str) -> Any:
    """Read the file that a reference of the contract leads to."""
    if not uri.startswith(BASE):
        raise ValueError(f"{uri} leads out of the contract")
    return load(uri.removeprefix(BASE))


@cache
def registry() -> Registry[Any]:
    """Hold every shape under the address that the references lead to."""
    shapes = [(BASE + name, DRAFT202012.create_resource(load(name))) for name in SHAPES]
    return Registry[Any]().with_resources(shapes)


def python_accepts(name: str, value: Any) -> bool:
    """Say whether jsonschema finds the value valid."""
    validator = jsonschema.Draft202012Validator(
        {"$ref": BASE + name},
        registry=registry(),
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )
    return validator.is_valid(value)


def rust_accepts(name: str, value: Any) -> bool:
    """Say whether jsonschema-rs finds the value valid."""
    validator = jsonschema_rs.Draft202012Validator(
        {"$ref": BASE + name}, validate_formats=True, retriever=read
    )
    return validator.is_valid(value)


def verdicts(name: str, value: Any) -> set[bool]:
    """Collect what the two validators say, one element when they agree."""
    return {python_accepts(name, value), rust_accepts(name, value)}


def references(node: Any) -> Iterator[str]:
    """Yield every $ref at or below a node."""
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for item in node.values():
            yield from references(item)
    elif isinstance(node, list):
        for item in node:
            yield from references(item)


def follow(base: str, reference: str) -> tuple[str, Any]:
    """Return the file and the node that a reference leads to."""
    file, fragment = urldefrag(urljoin(base, reference))
    node = read(file)
    for token in fragment.split("/")[1:]:
        node = node[token.replace("~1", "/").replace("~0", "~")]
    return file, node


def members(base: str, schema: Any, pointer: str = "") -> Iterator[tuple[str, str, Any]]:
    """Yield pointer, file and schema of every member below a schema; branches only repeat them."""
    if "$ref" in schema:
        yield from members(*follow(base, schema["$ref"]), pointer)
    for part in schema.get("allOf", ()):
        yield from members(base, part, pointer)
    for name, member in schema.get("properties", {}).items():
        yield f"{pointer}/{name}", base, member
        yield from members(base, member, f"{pointer}/{name}")


def nodes(value: Any) -> Iterator[Any]:
    """Yield every key and value at or below a node."""
    yield value
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from nodes(item)
    elif isinstance(value, list):
        for item in value:
            yield from nodes(item)


def pointers(name: str) -> list[str]:
    """List the pointer of every member that a shape documents."""
    return [pointer for pointer, _, _ in members(BASE, {"$ref": name})]


def leaves(found: list[str]) -> set[str]:
    """Keep the pointers that no other one goes below."""
    return {one for one in found if not any(other.startswith(one + "/") for other in found)}


def enums(name: str) -> dict[str, set[str]]:
    """Map the pointers of a shape that list their values to these values."""
    return {
        pointer: set(schema["enum"])
        for pointer, _, schema in members(BASE, {"$ref": name})
        if "enum" in schema
    }


def reachable() -> set[str]:
    """Collect the files that can be reached from the entry of the contract."""
    seen: set[str] = set()
    waiting = [BASE + "openapi.yaml"]
    while waiting:
        file = waiting.pop()
        if file not in seen:
            seen.add(file)
            waiting += [follow(file, reference)[0] for reference in references(read(file))]
    return {file.removeprefix(BASE) for file in seen}


def operation() -> Any:
    """Return the start operation of the contract."""
    path = "/accounts/{account_id}/realtime/kit/{app_id}/recordings"
    return load("openapi.yaml")["paths"][path]["post"]


def test_openapi_document_is_valid() -> None:
    """The entry passes the OpenAPI 3.1 validator, its relative references included."""
    openapi_spec_validator.validate(
        load("openapi.yaml"), base_uri=(SCHEMAS / "openapi.yaml").as_uri()
    )


@pytest.mark.parametrize("name", SHAPES)
def test_shape_is_a_json_schema(name: str) -> None:
    """Each shape passes the 2020-12 meta-schema by both validators."""
    jsonschema.Draft202012Validator.check_schema(load(name))

    assert jsonschema_rs.meta.is_valid(load(name))


@pytest.mark.parametrize("name", SHAPES)
def test_shape_introduces_itself(name: str) -> None:
    """Each shape names its dialect, title, description and sources, and stays relocatable."""
    schema = load(name)

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert {"title", "description", "x-source"} <= schema.keys()
    assert "$id" not in list(nodes(schema))


@pytest.mark.parametrize("name", ["openapi.yaml", *SHAPES])
def test_yaml_means_what_it_looks_like(name: str) -> None:
    """No key turned into a boolean or number, and no value into a date, when YAML was read."""
    for node in nodes(load(name)):
        assert not isinstance(node, datetime.date)
        if isinstance(node, dict):
            assert all(isinstance(key, str) for key in node)


@pytest.mark.parametrize("name", ["openapi.yaml", *SHAPES])
def test_references_are_relative_and_resolve(name: str) -> None:
    """Every reference leads to an object inside the contract."""
    for reference in references(load(name)):
        assert ":" not in reference
        assert isinstance(follow(BASE + name, reference)[1], dict)


def test_no_file_is_orphaned() -> None:
    """Every file of the contract is reached from its entry."""
    assert reachable() == {"openapi.yaml", *SHAPES}


@pytest.mark.parametrize("name", ["openapi.yaml", *SHAPES])
def test_sources_use_known_tags(name: str) -> None:
    """Every x-source is a comma-separated list of documented tags without repetition."""
    found = [
        node["x-source"]
        for node in nodes(load(name))
        if isinstance(node, dict) and "x-source" in node
    ]

    assert found
    for source in found:
        tags = source.split(", ")
        assert len(tags) == len(set(tags))
        assert all(TAG.fullmatch(tag) for tag in tags), source


@pytest.mark.parametrize("shape", ["start_recording_request.yaml", "start_recording_reply.yaml"])
def test_members_are_described(shape: str) -> None:
    """Every member has a description, of its own or of the shape that it refers to."""
    for pointer, base, schema in members(BASE, {"$ref": shape}):
        target = follow(base, schema["$ref"])[1] if "$ref" in schema else schema
        assert target.get("description"), pointer


def test_contradictions_are_decided_in_the_files() -> None:
    """Each contradiction of the documents that touches this operation is named in a comment."""
    comments = "\n".join(
        line
        for path in SCHEMAS.glob("*.yaml")
        for line in path.read_text("utf-8").splitlines()
        if line.lstrip().startswith("#")
    )
    missing = [
        f"X{number}" for number in DECIDED.split() if not re.search(rf"\bX{number}\b", comments)
    ]

    assert missing == []


@pytest.mark.parametrize(
    ("shape", "expected", "leaf_count"),
    [
        ("start_recording_request.yaml", REQUEST_POINTERS, 31),
        ("start_recording_reply.yaml", REPLY_POINTERS, 33),
    ],
)
def test_pointers_are_exactly_the_documented_ones(
    shape: str, expected: set[str], leaf_count: int
) -> None:
    """A message has the documented members, each once, and no other."""
    found = pointers(shape)

    assert len(found) == len(set(found)) == len(expected) == 39
    assert set(found) == expected
    assert len(leaves(found)) == leaf_count


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("start_recording_request.yaml", REQUEST_ENUMS),
        ("start_recording_reply.yaml", REPLY_ENUMS),
    ],
)
def test_enums_are_exactly_the_documented_ones(shape: str, expected: dict[str, set[str]]) -> None:
    """The seven listed value sets of a message are the documented ones."""
    assert enums(shape) == expected
    assert len(expected) == 7


def test_request_has_eleven_top_level_members() -> None:
    """A start request has eleven members of which only the meeting is required."""
    request = load("start_recording_request.yaml")

    assert len(request["properties"]) == 11
    assert request["required"] == ["meeting_id"]


def test_recording_requires_all_but_its_duration() -> None:
    """Eleven of the twelve members of a recording are required."""
    recording = load("recording.yaml")

    assert len(recording["properties"]) == 12
    assert set(recording["properties"]) - set(recording["required"]) == {"recording_duration"}


@pytest.mark.parametrize(
    ("file", "keyword", "names"),
    [
        ("storage_config.yaml", "writeOnly", {"access_key", "secret", "password", "private_key"}),
        ("storage_config.yaml", "x-sensitive", {"access_key", "secret", "password", "private_key"}),
        (
            "recording.yaml",
            "readOnly",
            {
                "id",
                "session_id",
                "download_url",
                "download_url_expiry",
                "audio_download_url",
                "file_size",
            },
        ),
    ],
)
def test_marks_are_the_documented_ones(file: str, keyword: str, names: set[str]) -> None:
    """Exactly the documented members are marked write-only, sensitive or read-only."""
    marked = {name for name, schema in load(file)["properties"].items() if schema.get(keyword)}

    assert marked == names


def test_defaults_are_the_documented_ones() -> None:
    """The request has the eleven documented defaults; they and the examples keep their schema."""
    found = {
        pointer: schema["default"]
        for pointer, _, schema in members(BASE, {"$ref": "start_recording_request.yaml"})
        if "default" in schema
    }

    assert found == {
        "/allow_multiple_recordings": False,
        "/audio_config/channel": "stereo",
        "/audio_config/codec": "AAC",
        "/audio_config/export_file": True,
        "/max_seconds": 86400,
        "/realtimekit_bucket_config/enabled": True,
        "/video_config/codec": "H264",
        "/video_config/export_file": True,
        "/video_config/height": 720,
        "/video_config/width": 1280,
        "/video_config/watermark/position": "left top",
    }
    for pointer, _, schema in members(BASE, {"$ref": "start_recording_request.yaml"}):
        for value in [*schema.get("examples", ()), found.get(pointer, ...)]:
            if value is not ...:
                jsonschema.validate(value, schema)


@pytest.mark.parametrize(
    ("pointer", "agreed", "contested"),
    [
        ("/file_name_prefix", ["weekly_review", "A1"], ["", "a b", "a-b", "é"]),
        ("/storage_config/port", [1, 22, 22.0, 65535], [0, -1, 65536, 70000.5]),
    ],
)
def test_contested_values_are_valid_but_set_apart(
    pointer: str, agreed: list[Any], contested: list[Any]
) -> None:
    """What the sources disagree about keeps the schema and breaks its x-contested."""
    schema = {p: s for p, _, s in members(BASE, {"$ref": "start_recording_request.yaml"})}[pointer]
    jsonschema.Draft202012Validator.check_schema(schema["x-contested"])
    doubt = jsonschema.Draft202012Validator(schema["x-contested"])
    doubt_rs = jsonschema_rs.Draft202012Validator(schema["x-contested"])

    assert all(jsonschema.Draft202012Validator(schema).is_valid(v) for v in agreed + contested)
    assert [v for v in agreed + contested if doubt.is_valid(v)] == agreed
    assert [v for v in agreed + contested if doubt_rs.is_valid(v)] == agreed


def test_seed_request_is_valid() -> None:
    """The request example of the reference page keeps the contract."""
    assert verdicts("start_recording_request.yaml", SEED["request"]) == {True}


def test_seed_reply_taken_literally_is_invalid() -> None:
    """The reply example lacks a write-only required member, which makes it literally invalid."""
    body = SEED["response"]["body"]
    reply = {**body, "data": without(body["data"], "storage_config")}

    assert verdicts("start_recording_reply.yaml", body) == {False}
    assert verdicts("start_recording_reply.yaml", reply) == {True}


@pytest.mark.parametrize("name", ["minimal", "full"])
def test_request_examples_are_valid(name: str) -> None:
    """The named examples of the operation keep the contract, also where it is contested."""
    content = operation()["requestBody"]["content"]["application/json"]
    value = content["examples"][name]["value"]

    assert value != SEED["request"]
    assert verdicts("start_recording_request.yaml", value) == {True}
    assert set(value) == (
        {"meeting_id"}
        if name == "minimal"
        else set(load("start_recording_request.yaml")["properties"])
    )


@pytest.mark.parametrize(
    ("change", "valid"),
    [
        ({}, True),
        ({"x_unknown": 1}, True),
        ({"meeting_id": "not-a-uuid"}, False),
        ({"meeting_id": None}, False),
        ({"max_seconds": 60}, True),
        ({"max_seconds": 60.0}, True),
        ({"max_seconds": 60.5}, False),
        ({"max_seconds": 59}, False),
        ({"max_seconds": 86400}, True),
        ({"max_seconds": 86401}, False),
        ({"file_name_prefix": ""}, True),
        ({"audio_config": {"codec": "VORBIS"}}, False),
        ({"audio_config": None}, False),
        ({"interactive_config": {}}, True),
        ({"interactive_config": {"type": "id3"}}, False),
        ({"realtimekit_bucket_config": {}}, False),
        ({"realtimekit_bucket_config": False}, False),
        ({"rtmp_out_config": {}}, True),
        ({"rtmp_out_config": {"rtmp_url": "rtmp://live.example.net/app"}}, True),
        ({"rtmp_out_config": {"rtmp_url": "no address"}}, False),
        ({"url": "no address"}, False),
        ({"storage_config": None}, True),
        ({"video_config": {"codec": "VP9"}}, True),
        ({"video_config": {"height": 1920, "width": 1920}}, True),
        ({"video_config": {"height": 1921}}, False),
        ({"video_config": {"width": 0}}, False),
        ({"video_config": {"watermark": {"size": {"height": 0}}}}, False),
        ({"video_config": {"watermark": {"size": {"height": 5000}}}}, True),
        ({"video_config": {"watermark": {"position": "center"}}}, False),
        ({"video_config": {"watermark": {"url": "no address"}}}, False),
    ],
    ids=str,
)
def test_request_variants(change: dict[str, Any], valid: bool) -> None:
    """A request is valid exactly when the documents say so, by both validators."""
    request = {"meeting_id": "5f0c7b1e-94d3-4c7a-8a55-2f6be1d0c9a4", **change}

    assert verdicts("start_recording_request.yaml", request) == {valid}


@pytest.mark.parametrize(("value", "valid"), [v[1:] for v in STORAGE], ids=[v[0] for v in STORAGE])
def test_storage_variants(value: Any, valid: bool) -> None:
    """A storage configuration is valid exactly when the documents say so, by both validators."""
    assert verdicts("storage_config.yaml", value) == {valid}


@pytest.mark.parametrize(("value", "valid"), [v[1:] for v in REPLIES], ids=[v[0] for v in REPLIES])
def test_reply_variants(value: Any, valid: bool) -> None:
    """A reply is valid exactly when the documents say so, by both validators."""
    assert verdicts("start_recording_reply.yaml", value) == {valid}


@pytest.mark.parametrize(
    ("value", "valid"), [v[1:] for v in REFUSALS], ids=[v[0] for v in REFUSALS]
)
def test_refusal_variants(value: Any, valid: bool) -> None:
    """A refusal is valid in either of the two envelopes and in no other form."""
    assert verdicts("refusal.yaml", value) == {valid}


def test_operation_is_laid_out_as_documented() -> None:
    """The start operation has its id, parameters, required body, statuses and bearer token."""
    document = load("openapi.yaml")
    parameters = document["components"]["parameters"]

    assert operation()["operationId"] == "start_recording"
    assert operation()["requestBody"]["required"] is True
    assert set(operation()["responses"]) == {"200", "4XX"}
    assert parameters["account_id"]["schema"]["maxLength"] == 32
    assert parameters["app_id"]["schema"].keys() == {"type", "examples"}
    assert document["components"]["securitySchemes"]["api_token"]["scheme"] == "bearer"
