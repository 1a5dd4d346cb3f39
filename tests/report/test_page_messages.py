"""How the HTML report shows a request and its reply: marked, bounded, and to be repeated."""

from __future__ import annotations

from typing import Any

import pytest

from .pages import STATUS, UPHELD, Opened, marked, only
from .sample import text_body


@pytest.mark.parametrize(
    ("identifier", "changes", "wanted"),
    [
        (STATUS, {}, '"status": "STARTED",'),
        ("start_recording:200#/data/session_id:required", {}, '"session_id" is missing here'),
        ("get_all_recordings:query#/page_no:minimum", {}, "page_no=-1"),
        ("get_all_recordings:query#/page_no:minimum", {"pointer": "/cursor", "keyword": "required"},
         "cursor is not here"),
        (UPHELD, {"verdict": "violated", "part": "200:header", "pointer": "/CF-Ray",
                  "evidence": [{"exchange": 17}]}, "cf-ray: 8c9f2a7d0b1e2f3a-AMS"),
        (UPHELD, {"verdict": "violated", "part": "200:header", "pointer": "/Location",
                  "evidence": [{"exchange": 17}]}, "location is not here"),
        ("start_recording:200:media-type", {"verdict": "violated", "evidence": [{"exchange": 17}]},
         "content-type: application/json; charset=utf-8"),
        ("start_recording:auth", {"verdict": "lenient", "evidence": [{"exchange": 17}]},
         "Authorization: Bearer [masked]"),
        (UPHELD, {"verdict": "lenient", "part": "path", "pointer": "/account_id",
                  "evidence": [{"exchange": 17, "value": "8a1f0c"}]}, "8a1f0c"),
        (UPHELD, {"verdict": "violated", "part": "status", "pointer": None,
                  "evidence": [{"exchange": 17}]}, "200 OK"),
    ],
)  # fmt: skip
def test_the_deciding_place_is_marked(
    opened: Opened, identifier: str, changes: dict[str, Any], wanted: str
) -> None:
    """What a clause speaks of is marked in body, URL, header or status; what is missing, too."""
    page = opened(only(identifier, **changes))

    assert any(wanted in text for text in marked(page))


def test_huge_replies_stay_readable(opened: Opened) -> None:
    """Of a huge reply the page shows a bounded part, which has the place that was judged."""
    items = ",".join(f'{{"id":{number},"status":"INVOKED"}}' for number in range(2_000))
    model = only(STATUS, pointer="/data/*/status")
    body = f'{{"data":[{items},{{"id":2000,"status":"STARTED"}}]}}'
    model["exchanges"][1]["response"].update(body=text_body(body))

    page = opened(model)

    assert '"status": "STARTED"' in marked(page)
    text = page.ask("document.querySelector('.told[open]').textContent")
    assert "lines left out" in text
    assert len(text) < 10_000


def test_cut_and_masked_bodies(opened: Opened) -> None:
    """What is cut, masked or no text is said beside a body, in words."""
    model = only(STATUS)
    exchange = model["exchanges"][1]
    exchange["request"]["body"].update(masked=["/a~1b", "/c"])
    cut = {"kept": 3, "bytes": 70_000}
    exchange["response"]["body"] = {"base64": "/9j/", "cut": cut, "masked": []}

    text = opened(model).ask("document.querySelector('.told[open]').innerText")

    assert "masked: /a~1b, /c" in text
    assert "cut: 3 of 70000 bytes are here" in text
    assert r"\xff\xd8\xff" in text
    assert "no UTF-8: other bytes are spelt out" in text


def test_what_takes_several_requests_is_replayed(opened: Opened) -> None:
    """Where a `curl` line alone does not show it, the command that does stands before it."""
    model = only(STATUS)
    model["exchanges"][1]["after"] = [3]

    lines = opened(model).ask(
        "[...document.querySelectorAll('.curl pre')].map((line) => line.textContent)"
    )

    assert lines[0].startswith("clausewise replay")
    assert STATUS in lines[0]
    assert lines[1].startswith("curl")
