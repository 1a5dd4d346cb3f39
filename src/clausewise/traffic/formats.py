"""Which form a recording has, told by its beginning and, where that leaves it open, its name."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from clausewise.errors import UsageError
from clausewise.traffic.exchange import Item
from clausewise.traffic.readers.fiddler import read_saz
from clausewise.traffic.readers.goreplay import read_gor
from clausewise.traffic.readers.har import read_har, read_har_zip
from clausewise.traffic.readers.lines import read_lines
from clausewise.traffic.readers.mitmproxy import read_mitmproxy
from clausewise.traffic.readers.mockoon import read_mockoon
from clausewise.traffic.readers.pact import read_pact
from clausewise.traffic.readers.postman import read_postman
from clausewise.traffic.readers.text_logs import is_text_log, is_w3c, read_text_log, read_w3c
from clausewise.traffic.readers.values import read_values
from clausewise.traffic.readers.wiremock import read_wiremock

FORMATS: dict[str, Callable[..., Iterator[Item]]] = {
    "har": read_har,
    "har.zip": read_har_zip,
    "lines": read_lines,
    "values": read_values,
    "gor": read_gor,
    "mitmproxy": read_mitmproxy,
    "saz": read_saz,
    "postman": read_postman,
    "wiremock": read_wiremock,
    "mockoon": read_mockoon,
    "pact": read_pact,
    "text": read_text_log,
    "w3c": read_w3c,
}
# What a document of JSON is about, by a member that stands in no other one.
_DOCUMENTS = (
    ("postman", re.compile(r'"_postman_id"|schema\.(?:get)?postman\.com')),
    ("mockoon", re.compile(r'"lastMigration"|"endpointPrefix"')),
    ("pact", re.compile(r'"interactions"\s*:')),
    ("wiremock", re.compile(r'"mappings"\s*:')),
)
# Members of a line that has both sides of an exchange, as a stub has them.
_OF_LINES = {"method", "url", "startedDateTime", "latencies"}
# An object that goes on in the next line.
_LAID_OUT = re.compile(r'\{[^\n]*\n(?:[ \t]*["}\]]|[ \t]+[{\[])')
_GOR = re.compile(rb"[123] [0-9a-f]{16,} \d+")
_FLOW = re.compile(rb"\d{1,9}:")
# What nothing in Python's own library unpacks, or what may hold several files.
_ZIP = b"PK\x03\x04"
# Where a zip file has the name of its first member.
_NAME = 30
_PACKED = {b"\x28\xb5\x2f\xfd": "`zstd -d`", _ZIP: "`unzip`"}
# Lines before the first one that is of a log.
_GREETING = 20
# Bytes of a beginning, by which a form is told.
HEAD = 1 << 16


def format_of(path: Path, head: bytes) -> str:
    """The form of a recording, by its beginning. Raises UsageError for one that is not known."""
    text = head.decode("utf-8-sig", "replace").lstrip()
    if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise UsageError(f"{path} is written in UTF-16; write it in UTF-8")
    zipped = _of_zip(path, head)
    if zipped is not None:
        return zipped
    for magic, tool in _PACKED.items():
        if head.startswith(magic):
            raise UsageError(f"{path} is packed; unpack it first, with {tool}")
    if ".har" in path.suffixes or _is_archive(text):
        return "har"
    if _GOR.match(head):
        return "gor"
    if _FLOW.match(head):
        return "mitmproxy"
    if not text:
        return "lines"  # nobody has asked anything yet
    if text.startswith("{"):
        return _of_json(text)
    if text.startswith("["):
        return "values"
    if is_w3c(text):
        return "w3c"
    # A log that was rotated may begin in the middle of a line, a program's with its greeting.
    beginning = text.splitlines()[:_GREETING]
    if any(map(is_text_log, beginning)):
        return "text"
    if any(map(_is_object, beginning)):
        return "lines"
    raise UsageError(f"{path} is no traffic of a known form; known are {', '.join(FORMATS)}")


def _of_zip(path: Path, head: bytes) -> str | None:
    """What a zip file holds, which its first member tells, or its name; None for anything else."""
    if not head.startswith(_ZIP):
        return None
    if head[_NAME:].startswith(b"har.har") or ".har" in path.suffixes:
        return "har.zip"
    return "saz" if b"raw/" in head or path.suffix.lower() == ".saz" else None


def _is_object(line: str) -> bool:
    try:
        return line.startswith("{") and isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _is_archive(text: str) -> bool:
    return text.startswith("{") and text[1:].lstrip().startswith('"log"')


def _of_json(text: str) -> str:
    """Lines hold an object each; a document goes on after its first line, or is of stubs."""
    named = next((name for name, pattern in _DOCUMENTS if pattern.search(text)), None)
    if named is not None:
        return named
    try:
        first, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        # It is longer than what was read, or it is cut, as the first line of a log may be.
        return "values" if _LAID_OUT.match(text) else "lines"
    if _is_mapping(first):
        return "wiremock"
    return "values" if "\n" in text[:end].rstrip() else "lines"


def _is_mapping(node: Any) -> bool:
    """Whether an object is a stub of WireMock, and no line of a log with both sides in it."""
    if not isinstance(node, dict) or node.keys() & _OF_LINES:
        return False
    request, response = node.get("request"), node.get("response")
    if not isinstance(request, dict) or not isinstance(response, dict):
        return False
    return any(name.startswith("url") for name in request) and "content" not in response
