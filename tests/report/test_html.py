"""The HTML report as text: what is in it, and that nothing a server sent gets to be markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from clausewise.report import render_html

from .sample import as_report, clause, sample, text_body

STATUS = "start_recording:200#/data/status:enum"
HOSTILE = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "' autofocus onfocus='alert(1)",
    "</style></code></pre><iframe src=//evil.test>",
    "{{ 7 * 7 }}{% raw %}",
    "<!-- <![CDATA[",
    "&lt;b&gt;",
]


class _Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.marked: list[str] = []
        self._depth = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "mark":
            self._depth += 1
            self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == "mark"

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._depth:
            self.marked[-1] += data


def _hostile_model(payload: str) -> dict[str, Any]:
    model = sample()
    model["target"]["base_url"] += payload
    model["run"].update(complete=False, stopped_because=payload)
    model["created"]["left_over"] = [payload]
    model["undocumented"][0]["pointer"] = f"/{payload}"
    for item in model["clauses"]:
        item["id"] += payload
        item["message"] = payload
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


@pytest.mark.parametrize("payload", HOSTILE)
def test_server_text_stays_text(payload: str) -> None:
    """Hostile text adds no element and no attribute, and is shown as it is."""
    harmless = _Page(render_html(as_report(_hostile_model("harmless"))))

    page = _Page(render_html(as_report(_hostile_model(payload))))

    unbroken = [(tag, set(attrs)) for tag, attrs in page.tags if tag != "wbr"]
    assert unbroken == [(tag, set(attrs)) for tag, attrs in harmless.tags if tag != "wbr"]
    assert payload in page.text


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("\x1b[31m", r"\u001b"),
        ("\x9b2J", r"\u009b"),
        ("\u202egnp.exe", r"\u202e"),
        ("\x00", r"\u0000"),
    ],
)
def test_control_characters_are_visible(sent: str, shown: str) -> None:
    """Escape sequences and direction marks are spelt out wherever they were sent."""
    html = render_html(as_report(_hostile_model(sent)))

    assert sent[0] not in html
    assert shown in html


def test_lone_surrogates_are_visible() -> None:
    """Text that UTF-8 does not have is spelt out, so that the page can be written."""
    html = render_html(as_report(_hostile_model("\ud800")))

    assert r"\ud800" in html
    assert html.encode()


def test_nothing_is_fetched() -> None:
    """The page refers to nothing outside itself, and forbids itself to."""
    page = _Page(render_html(as_report(sample())))

    links = [a.get(name) or "" for _, a in page.tags for name in ("src", "href") if name in a]
    policy = next(a["content"] or "" for _, a in page.tags if "http-equiv" in a)
    assert {link for link in links if not link.startswith("#")} == {"data:,"}
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_every_clause_is_there_once() -> None:
    """Every clause can be linked to by its id, and no id is there twice."""
    page = _Page(render_html(as_report(sample())))

    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {clause["id"] for clause in sample()["clauses"]} <= set(ids)


def test_inner_links_lead_somewhere() -> None:
    """Every link within the page has its target."""
    from urllib.parse import unquote

    page = _Page(render_html(as_report(sample())))

    links = {unquote(attrs["href"] or "")[1:] for tag, attrs in page.tags if tag == "a"}
    assert links <= {attrs.get("id") for _, attrs in page.tags}


def test_findings_are_open_and_tell_all() -> None:
    """A finding shows promise, source, what was seen and how to repeat it, without a click."""
    html = render_html(as_report(sample()))
    article = re.search(rf'<article id="{STATUS}".*?</article>', html, re.DOTALL)
    assert article is not None

    page = _Page(article[0])

    assert page.tags[1] == ("details", {"open": None})
    for text in (
        "data.status is one of INVOKED",
        "schemas/recording.yaml:41; O, G:monitor",
        "not one of the six documented statuses",
        "curl -X POST",
        "200",
    ):
        assert text in page.text


def test_the_deciding_place_is_marked() -> None:
    """The value a clause speaks of is marked, in the message and the place it stands in."""
    assert '"status": "STARTED",' in [text.strip() for text in _page_of(STATUS).marked]


def test_a_missing_member_is_marked() -> None:
    """Where a required member is missing, the object that lacks it says so."""
    identifier = "start_recording:200#/data/session_id:required"

    assert any('"session_id" is missing here' in text for text in _page_of(identifier).marked)


def test_a_query_parameter_is_marked() -> None:
    """The parameter a clause speaks of is marked in the URL."""
    assert "page_no=-1" in _page_of("get_all_recordings:query#/page_no:minimum").marked


def _page_of(identifier: str) -> _Page:
    """Return the report in which that clause is the only finding."""
    model = sample()
    for item in model["clauses"]:
        item["soft"] = False
        if item["id"] == identifier:
            item["waived"] = None
        else:
            item["verdict"] = "upheld"
    return _Page(render_html(as_report(model)))


def test_reasons_are_shown() -> None:
    """Clauses without a verdict say why."""
    text = _Page(render_html(as_report(sample()))).text

    assert "says nothing of the request" in text
    assert "the budget of requests was spent" in text


def test_waivers_are_shown() -> None:
    """A waived clause says until when, by whom and why."""
    text = _Page(render_html(as_report(sample()))).text

    assert "Waived until 2026-12-31 by qa@example.test: Known at the gateway" in text


def test_evidence_that_was_not_recorded() -> None:
    """A finding whose exchange is not on record is told all the same."""
    model = sample()
    model["exchanges"] = []

    text = _Page(render_html(as_report(model))).text

    assert "not one of the six documented statuses" in text


def test_no_findings() -> None:
    """A clean run renders, without the sections that would be empty."""
    model = sample()
    del model["created"]
    model["undocumented"] = []
    for item in model["clauses"]:
        item.update(verdict="upheld", waived=None, message="")

    page = _Page(render_html(as_report(model)))

    ids = [attrs.get("id") for _, attrs in page.tags]
    assert "All 14 judged clauses are upheld." in page.text
    assert "warnings" not in ids
    assert "undocumented" not in ids


def test_same_model_same_page() -> None:
    """Two renderings of one model are identical, byte for byte."""
    assert render_html(as_report(sample())) == render_html(as_report(sample()))


def test_huge_replies_stay_readable() -> None:
    """Of a huge reply the page shows a bounded part, which has the place that was judged."""
    model = sample()
    items = ",".join(f'{{"id":{number},"status":"INVOKED"}}' for number in range(2_000))
    body = f'{{"data":[{items},{{"id":2000,"status":"STARTED"}}]}}'
    clause(model, STATUS)["pointer"] = "/data/*/status"
    model["exchanges"][1]["response"].update(body=text_body(body))

    page = _Page(render_html(as_report(model)))

    assert '"status": "STARTED"' in [text.strip() for text in page.marked]
    assert "lines left out" in page.text
    assert len(page.text) < 60_000
