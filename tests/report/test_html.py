"""The HTML report as text: its shell, and that nothing a server sent gets to be markup."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import pytest

from clausewise.report import render_html
from clausewise.report.bundle import bundle

from .sample import as_report, clause, hostile, sample

STATUS = "start_recording:200#/data/status:enum"
HOSTILE = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "' autofocus onfocus='alert(1)",
    "</style></code></pre><iframe src=//evil.test>",
    "{{ 7 * 7 }}{% raw %}",
    "$title ${script}",
    "<!-- <![CDATA[",
    "<!--<script>",
    "&lt;b&gt;",
]


class _Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self._open = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = dict(attrs).get("type") or tag

    def handle_data(self, data: str) -> None:
        self.texts[self._open] = self.texts.get(self._open, "") + data

    @property
    def data(self) -> Any:
        """What the page's script is given."""
        return json.loads(self.texts["application/json"])


@pytest.mark.parametrize("payload", HOSTILE)
def test_server_text_stays_text(payload: str) -> None:
    """Hostile text adds no element and no attribute, and reaches the script as it is."""
    harmless = _Page(render_html(as_report(hostile("harmless"))))

    page = _Page(render_html(as_report(hostile(payload))))

    assert [(tag, set(attrs)) for tag, attrs in page.tags] == [
        (tag, set(attrs)) for tag, attrs in harmless.tags
    ]
    assert payload in {exchange["case"] for exchange in page.data["exchanges"]}
    assert payload in page.texts["p"]


@pytest.mark.parametrize("sent", ["\x1b[31m", "\x9b2J", "\u202egnp.exe", "\x00", "\x7f", "\ud800"])
def test_control_characters_are_not_in_the_file(sent: str) -> None:
    """Escape sequences, direction marks and half characters stand nowhere as they are."""
    html = render_html(as_report(hostile(sent)))

    assert sent[0] not in html
    assert html.encode()


def test_nothing_is_fetched() -> None:
    """The page refers to nothing outside itself, and forbids itself to."""
    page = _Page(render_html(as_report(sample())))

    links = [a.get(name) or "" for _, a in page.tags for name in ("src", "href") if name in a]
    policy = next(a["content"] or "" for _, a in page.tags if "http-equiv" in a)
    assert {link for link in links if not link.startswith("#")} == {"data:,"}
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_where_scripts_may_not_run() -> None:
    """The headline, what is left behind and the findings are there without a script too."""
    page = _Page(render_html(as_report(sample())))

    assert "This target breaks its contract" in page.texts["h1"]
    assert "3 findings in 12 judged clauses" in page.texts["p"]
    assert "Left behind at the target: recording" in page.texts["p"]
    assert STATUS in page.texts["code"]


def test_numbers_that_json_does_not_have() -> None:
    """A value that is no number of JSON does not keep the page from being read."""
    model = sample()
    clause(model, STATUS)["evidence"][0]["value"] = float("nan")
    model["selftest"] = None

    shown = _Page(render_html(as_report(model))).data

    values = [row[shown["columns"].index("values")] for row in shown["clauses"]]
    assert ["NaN"] in values


def test_same_model_same_page() -> None:
    """Two renderings of one model are identical, byte for byte."""
    assert render_html(as_report(sample())) == render_html(as_report(sample()))


def test_a_page_is_bounded() -> None:
    """However much servers sent, the page stays small: some exchanges are told without messages."""
    model = sample()
    body: dict[str, Any] = {"text": "x" * 20_000, "cut": None, "masked": []}
    first = model["exchanges"][1]
    for number in range(1_000, 2_000):
        reply = {**first["response"], "body": body}
        model["exchanges"].append({**first, "id": number, "response": reply})

    html = render_html(as_report(model))

    exchanges = _Page(html).data["exchanges"]
    assert len(html) < 10_000_000
    assert len(exchanges) == len(model["exchanges"])
    assert "sent" in next(one for one in exchanges if one["id"] == first["id"])
    assert "sent" not in exchanges[-1]


def test_modules_that_do_not_fit() -> None:
    """A module that imports what is not there is noticed when the page is put together."""
    one = 'import { two } from "./other.js";\nexport const one = two;\n'

    assert "modules.other = { two };" in bundle(
        {"one": one, "other": "export const two = 2;\n"}, "one"
    )
    with pytest.raises(ValueError, match="does not export"):
        bundle({"one": one, "other": "export const three = 3;\n"}, "one")
    with pytest.raises(ValueError, match="no other"):
        bundle({"one": one}, "one")
    with pytest.raises(ValueError, match="circle"):
        bundle(
            {"one": one, "other": 'import { one } from "./one.js";\nexport const two = 2;\n'}, "one"
        )
