"""A FastAPI application and the document that it makes of itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clausewise.mock import running

from .bookshop import BREACHES, KEY, bookshop
from .conftest import Judged, unsaid

# By breach, the clauses that it breaks.
BROKEN = {
    "takes long names": {"login_login_post:request#/user:maxLength"},
    "takes page 0": {"add_scan_scans_post:request#/page:minimum"},
    "loses the genre": {"add_book_books_post:201#/genre:required"},
    "takes any number of genres": {"add_album_albums_post:request#/genres:maxItems"},
}
AUTH = ("--auth", "APIKeyHeader=env:BOOKSHOP_KEY")


@pytest.fixture(scope="module")
def honest() -> Iterator[str]:
    """The URL of a bookshop that keeps its document."""
    with running(bookshop()) as url:
        yield url


def test_a_conforming_application_has_no_findings(judged: Judged, honest: str) -> None:
    """Forms, an upload, a key, cookies and JSON: every promise of a request is put to the test."""
    result = judged(bookshop().openapi(), honest, *AUTH, BOOKSHOP_KEY=KEY)
    assert result.findings == set(), result.output
    assert result.code == 0, result.output + result.errors
    assert unsaid(result) == set()


def test_breaches_are_found_and_nothing_else(judged: Judged) -> None:
    """A form field, a field beside a file, and a member of a reply: each by its own clause."""
    with running(bookshop(*BREACHES)) as url:
        result = judged(bookshop().openapi(), url, *AUTH, BOOKSHOP_KEY=KEY)
    assert result.findings == set().union(*BROKEN.values()), result.output
    assert result.code == 1
