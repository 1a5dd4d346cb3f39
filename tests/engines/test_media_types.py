"""A server that answers 415 and 406, with two media types in requests and in replies."""

from __future__ import annotations

from clausewise.mock import running

from .conftest import Judged, unsaid
from .notes import DOCUMENT, notes

# By breach, the clauses that it breaks.
BROKEN = {
    "reads all types": {"keep:request:media-type"},
    "long texts": {"keep:request(text/plain)#:maxLength"},
    "answers HTML": {"list:200:media-type"},
}


def test_a_conforming_server_has_no_findings(judged: Judged) -> None:
    """Both bodies are sent and broken, and replies are judged by the type that they have."""
    with running(notes()) as url:
        result = judged(DOCUMENT, url)
    assert result.findings == set(), result.output
    assert result.code == 0, result.output + result.errors
    assert unsaid(result) == set()
    assert result.verdicts["list:200(text/csv)#:pattern"] == "upheld"
    headers = [tuple(h) for e in result.model["exchanges"] for h in e["request"]["headers"]]
    types = {value for name, value in headers if name.lower() == "content-type"}
    assert {"application/json", "text/plain"} <= types


def test_breaches_are_found_and_nothing_else(judged: Judged) -> None:
    """A type too many, a bound of the second body, a reply of another type: each by its clause."""
    with running(notes(*BROKEN)) as url:
        result = judged(DOCUMENT, url)
    assert result.findings == set().union(*BROKEN.values()), result.output
    assert result.code == 1
