"""Which form a recording has, told by its beginning and, where that leaves it open, its name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from clausewise.errors import UsageError
from clausewise.traffic.exchange import Item
from clausewise.traffic.readers.goreplay import read_gor
from clausewise.traffic.readers.har import read_har
from clausewise.traffic.readers.lines import read_lines
from clausewise.traffic.readers.mitmproxy import read_mitmproxy
from clausewise.traffic.readers.mockoon import read_mockoon
from clausewise.traffic.readers.pact import read_pact
from clausewise.traffic.readers.postman import read_postman
from clausewise.traffic.readers.wiremock import read_wiremock

FORMATS: dict[str, Callable[..., Iterator[Item]]] = {
    "har": read_har,
    "lines": read_lines,
    "gor": read_gor,
    "mitmproxy": read_mitmproxy,
    "postman": read_postman,
    "wiremock": read_wiremock,
    "mockoon": read_mockoon,
    "pact": read_pact,
}
# What a document of JSON is about, by a member that stands in no other one.
_DOCUMENTS = (
    ("postman", re.compile(r'"_postman_id"|schema\.(?:get)?postman\.com')),
    ("mockoon", re.compile(r'"lastMigration"|"endpointPrefix"')),
    ("pact", re.compile(r'"interactions"\s*:')),
    ("wiremock", re.compile(r'"mappings"\s*:|"request"\s*:\s*\{')),
)
_GOR = re.compile(rb"[123] [0-9a-f]{16,} \d+")
_FLOW = re.compile(rb"\d{1,9}:")
_HEAD = 1 << 16


def format_of(path: Path, stream: BinaryIO) -> str:
    """The form of a recording. Raises UsageError for one that is not known."""
    head = stream.read(_HEAD)
    text = head.decode("utf-8-sig", "replace").lstrip()
    if path.name.removesuffix(".gz").endswith(".har") or _is_archive(text):
        return "har"
    if _GOR.match(head):
        return "gor"
    if _FLOW.match(head):
        return "mitmproxy"
    if text.startswith("{"):
        return _of_json(text)
    raise UsageError(f"{path} is no traffic of a known form; known are {', '.join(FORMATS)}")


def _is_archive(text: str) -> bool:
    return text.startswith("{") and text[1:].lstrip().startswith('"log"')


def _of_json(text: str) -> str:
    """Lines hold an object each; a document goes on after its first line, or is of stubs."""
    named = next((name for name, pattern in _DOCUMENTS if pattern.search(text)), None)
    if named != "wiremock":
        return named or "lines"
    try:
        first = json.loads(text.partition("\n")[0])
    except (ValueError, RecursionError):
        return named
    if not isinstance(first, dict) or "mappings" in first:
        return named
    # A mapping has its method in its request, and so have a gateway's lines, with a status.
    response = first.get("response")
    told = isinstance(response, dict) and response.keys() & {
        "jsonBody", "base64Body", "bodyFileName", "transformers", "fault", "proxyBaseUrl",
    }  # fmt: skip
    return named if told and "method" not in first else "lines"
