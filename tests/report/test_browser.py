"""The HTML report in a browser: what a reader sees, clicks, presses and prints."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from clausewise.report import write_reports
from clausewise.report.html import script
from clausewise.report.showing import visible

from .browser import Page
from .sample import as_report, clause, hostile, many, sample, text_body
from .test_html import HOSTILE

STATUS = "start_recording:200#/data/status:enum"
HEIGHT = "start_recording:request#/video_config/height:maximum"
CODEC = "start_recording:request#/audio_config/codec:enum"
UPHELD = "start_recording:200#/data/id:format"
ENUM = "    enum: [INVOKED, RECORDING, UPLOADING, UPLOADED, ERRORED, PAUSED]"
# Unfolds whatever is folded, again and again, until nothing is.
UNFOLD = """(() => {
  for (let folded; (folded = document.querySelectorAll("details:not([open])")).length; ) {
    for (const details of folded) {
      details.open = true;
      details.dispatchEvent(new Event("toggle"));
    }
  }
})()"""
VISIBLE = """(element) => Boolean(element?.checkVisibility()) && (() => {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
})()"""
# The clause that has the focus.
FOCUSED = "document.activeElement.querySelector('.what code').textContent"

Opened = Callable[..., Page]


@pytest.fixture
def opened(page: Page, tmp_path: Path) -> Opened:
    """A function that shows a model's report in the browser."""

    def show(model: dict[str, Any], fragment: str = "", **window: Any) -> Page:
        path = tmp_path / "conformance.html"
        write_reports(as_report(model), tmp_path, ["html"])
        page.errors.clear()
        page.requested.clear()
        page.open(path, fragment, **window)
        assert page.errors == []
        return page

    return show


def _only(identifier: str, **changes: Any) -> dict[str, Any]:
    """A model in which that clause, so changed, is the only finding."""
    model = sample()
    for item in model["clauses"]:
        item["soft"] = False
        if item["id"] == identifier:
            item["waived"] = None
            item.update(changes)
        else:
            item["verdict"] = "upheld"
    return model


def _with_causes(model: dict[str, Any]) -> dict[str, Any]:
    """The model with causes behind its findings, and a fidelity."""
    ids = [item["id"] for item in model["clauses"]]
    said = "codec <b>MP3</b> is not enabled"
    model["roots"] = [
        _root("a", "one schema says so", [HEIGHT, CODEC, *ids[-2:]], said=said),
        _root("b", "data.status is one of INVOKED", [STATUS]),
    ]
    level = {"level": "shape", "kept": 41, "judged": 43, "all": 60}
    facts = {"ids": 1, "starts": 9, "bodies": 1, "reads": 4, "refused": 3, "broken": 9}
    model["fidelity"] = {
        "kind": "The same id for all 9 things made.",
        "facts": {**facts, "echoed": None, "sent": 0, "tokens": "none", "state": None},
        "levels": [level, {"level": "errors", "kept": 0, "judged": 0, "all": 7}],
        "grade": "D",
        "capped_by": "errors",
    }
    return model


def _root(digest: str, title: str, names: list[str], **more: Any) -> dict[str, Any]:
    named = {"id": digest, "kind": "schema", "title": title, "clauses": names}
    return {**named, "hard": True, "exchange": None, "said": None, **more}


def _marked(page: Page) -> list[str]:
    texts: list[str] = page.ask(
        "[...document.querySelectorAll('.told[open] mark')].map((mark) => mark.textContent.trim())"
    )
    return texts


def _shown(page: Page) -> list[str]:
    """The ids of the findings that are listed, in groups that are unfolded for that."""
    page.ask("document.querySelectorAll('.groups > details').forEach((one) => (one.open = true))")
    page.ask("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    ids: list[str] = page.ask(
        "[...document.querySelectorAll('[aria-labelledby=findings] .told .what code')]"
        ".map((code) => code.textContent)"
    )
    return ids


def _follow(page: Page, identifier: str) -> None:
    """Follow a link within the page."""
    page.ask(f"location.hash = {json.dumps('#' + quote(identifier, safe=''))}")
    page.ask("new Promise((done) => setTimeout(done))")


def _place(page: Page) -> str:
    return str(page.ask("document.getElementById('place').textContent"))


def test_what_can_be_read_at_a_glance(opened: Opened) -> None:
    """Whether it can be trusted, how much is broken, where; and one finding is there to repeat."""
    page = opened(sample())

    text = page.ask("document.body.innerText")
    assert "This endpoint breaks its contract" in text
    assert "3 findings in 12 judged clauses — 1 violated, 1 lenient, 1 strict" in text
    assert page.ask("document.querySelector('.told[open] .what code').textContent") == STATUS
    for told in (
        "data.status is one of INVOKED",
        "schemas/recording.yaml:41; O, G:monitor",
        "not one of the six documented statuses",
        "Code that relies on it will fail",
        "curl -X POST",
        "minimal",
    ):
        assert told in text


@pytest.mark.parametrize(
    ("identifier", "changes", "marked"),
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
    opened: Opened, identifier: str, changes: dict[str, Any], marked: str
) -> None:
    """What a clause speaks of is marked in body, URL, header or status; what is missing, too."""
    page = opened(_only(identifier, **changes))

    assert any(marked in text for text in _marked(page))


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_text_does_nothing(opened: Opened, payload: str) -> None:
    """What servers and documents say is shown as it is: it adds no element, loads nothing."""
    harmless = opened(hostile("harmless"))
    harmless.ask(UNFOLD)
    elements = "[...document.querySelectorAll(':not(wbr)')].map((one) => one.localName)"
    expected = sorted(harmless.ask(elements))

    page = opened(hostile(payload))
    page.ask(UNFOLD)

    assert sorted(page.ask(elements)) == expected
    assert payload in page.ask("document.body.textContent")
    assert payload in page.ask("document.querySelector('.told[open] .message').textContent")
    assert [
        url for url in page.requested if not url.startswith(("file:", "about:", "data:,"))
    ] == []
    assert page.errors == []


def test_what_cannot_be_seen_is_spelt_out(opened: Opened) -> None:
    """Every character that hides is spelt as other formats spell it, and nothing else is."""
    page = opened(sample())
    code = f"(() => {{ {script('elements')}; return modules.elements.visible; }})()"
    characters = [
        chr(number)
        for number in (*range(0x3000), *range(0xD7F0, 0x10000), *range(0xE0000, 0xE0100))
    ]

    spelt = page.ask(f"{json.dumps(characters)}.map({code})")

    assert [one for one in zip(characters, spelt, strict=True) if visible(one[0]) != one[1]] == []


def test_spelt_out_characters_are_set_apart(opened: Opened) -> None:
    """A reader can tell an escape that was sent from one that this page made."""
    page = opened(hostile("a\u202eb"))

    assert page.ask("document.querySelector('.told .unseen').textContent") == r"\u202e"


@pytest.mark.parametrize("width", [360, 390, 700, 1280])
def test_nothing_scrolls_sideways(opened: Opened, width: int) -> None:
    """At any width, with everything unfolded and long words in it, the page fits the window."""
    model = sample()
    clause(model, STATUS)["message"] = "x" * 3_000
    model["exchanges"][1]["response"]["headers"].append(["x-long", "y" * 3_000])
    page = opened(model, width=width)
    page.ask(UNFOLD)

    assert page.ask("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("dark", [False, True])
def test_text_can_be_read(opened: Opened, dark: bool) -> None:
    """All text stands out from what is behind it as WCAG asks (4.5 to 1), in light and dark."""
    page = opened(sample(), dark=dark)
    page.ask(UNFOLD)

    too_faint = page.ask("""(() => {
      const luminance = (color) => {
        const [r, g, b] = color.match(/[\\d.]+/g).map((part) => part / 255)
          .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const behind = (element) => {
        for (let one = element; one; one = one.parentElement) {
          const color = getComputedStyle(one).backgroundColor;
          if (!/, 0\\)$/.test(color)) return color;
        }
        return "rgb(255, 255, 255)";
      };
      return [...document.querySelectorAll("body *")]
        .filter((one) => [...one.childNodes].some((node) => node.data?.trim()))
        .filter((one) => one.checkVisibility() && !one.closest("script, style"))
        .filter((one) => {
          const both = [getComputedStyle(one).color, behind(one)].map(luminance);
          return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05) < 4.5;
        })
        .map((one) => one.outerHTML.slice(0, 80));
    })()""")

    assert too_faint == []


def test_filter(opened: Opened) -> None:
    """Verdicts and words filter findings and clauses; counts follow; the address remembers."""
    page = opened(sample())
    chip = "document.querySelector('.chip.{}').innerText"

    page.ask("document.querySelector('.chip.lenient').click()")
    assert _shown(page) == [HEIGHT]
    assert page.ask("location.hash") == "#verdict=lenient"
    assert page.ask(chip.format("violated")) == "3 violated"
    page.ask("document.getElementById('text').focus()")
    page.press(*"Status:ENUM")
    assert _shown(page) == []
    assert page.ask("location.hash") == "#verdict=lenient&text=Status%3AENUM"
    assert page.ask(chip.format("violated")) == "1 violated"
    page.press("Escape")
    assert len(_shown(page)) == 3
    assert page.ask("location.hash") == ""


def test_filter_from_the_address(opened: Opened) -> None:
    """A page opened with a filter in its address shows just that."""
    page = opened(sample(), "#verdict=lenient,strict&operation=start_recording&part=body")

    assert _shown(page) == [HEIGHT, CODEC]
    assert page.ask("document.querySelector('.search output').textContent") == "2 of 14 clauses"


@pytest.mark.parametrize(
    "identifier", [STATUS, UPHELD, "exchange-40"], ids=["finding", "clause", "exchange"]
)
def test_deep_links(opened: Opened, identifier: str) -> None:
    """A link to a clause or an exchange shows it, unfolded, whatever was filtered."""
    page = opened(sample(), "#verdict=strict")
    _follow(page, identifier)

    assert page.ask("document.activeElement.closest('details').open") is True
    assert page.ask(f"({VISIBLE})(document.activeElement)") is True


def test_every_clause_can_be_linked_to(opened: Opened) -> None:
    """The link to each clause leads to that clause."""
    page = opened(sample())
    for item in sample()["clauses"]:
        _follow(page, item["id"])
        assert page.ask(FOCUSED) == item["id"]


def test_findings_are_folded_by_cause(opened: Opened) -> None:
    """One cause is one line, with the server's words and its findings behind it; in their order."""
    page = opened(_with_causes(sample()))

    groups = page.ask(
        "[...document.querySelector('[aria-labelledby=findings] .groups').children]"
        ".map((group) => group.innerText)"
    )
    assert "one schema says so 2 clauses" in groups[0]
    assert "codec <b>MP3</b> is not enabled" in groups[0]
    assert STATUS in groups[1]
    assert _shown(page) == [HEIGHT, CODEC, STATUS]
    assert _place(page) == "1 of 3"


def test_a_level_of_fidelity_shows_its_clauses(opened: Opened) -> None:
    """A level is a button: what it was counted from is shown alone, and all again."""
    page = opened(_with_causes(sample()))
    level = "document.querySelector('.levels button')"

    page.ask(f"{level}.click()")
    assert _shown(page) == [STATUS]
    assert page.ask("location.hash") == "#level=shape"
    assert page.ask("document.querySelector('.chosen').textContent") == "shape ✕"
    page.ask(f"{level}.click()")
    assert len(_shown(page)) == 3


def test_what_is_broken_stands_at_the_top(opened: Opened) -> None:
    """The causes are listed below the headline; each leads to its first finding."""
    page = opened(_with_causes(sample()))

    told = page.ask("[...document.querySelectorAll('.causes li')].map((one) => one.textContent)")
    assert told == [
        "one schema says so start_recording, 2 clauses",
        "data.status is one of INVOKED start_recording",
    ]
    page.ask("document.querySelectorAll('.causes a')[1].click()")
    page.ask("new Promise((done) => setTimeout(done))")
    assert page.ask(FOCUSED) == STATUS


def test_what_tests_get_wrong(opened: Opened) -> None:
    """Each consequence for tests has a sentence, and leads to its clause and to a request."""
    page = opened(sample())

    section = "document.querySelector('[aria-labelledby=consequences]')"
    told = page.ask(f"[...{section}.querySelectorAll('th')].map((one) => one.textContent)")
    assert told[:3] == ["pass wrongly", "fail wrongly", "built on what never comes"]
    assert "a request that the contract refuses is accepted" in page.ask(f"{section}.innerText")
    page.ask(f"{section}.querySelector('a').click()")
    page.ask("new Promise((done) => setTimeout(done))")
    assert page.ask(FOCUSED) == HEIGHT


def test_what_takes_several_requests_is_replayed(opened: Opened) -> None:
    """Where a `curl` line alone does not show it, the command that does stands before it."""
    model = _only(STATUS)
    model["exchanges"][1]["after"] = [3]

    lines = opened(model).ask(
        "[...document.querySelectorAll('.curl pre')].map((line) => line.textContent)"
    )

    assert lines[0].startswith("clausewise replay")
    assert STATUS in lines[0]
    assert lines[1].startswith("curl")


def test_what_was_accepted(opened: Opened) -> None:
    """Waived and known deviations are no findings, and stand in a section of their own."""
    model = sample()
    clause(model, CODEC)["known"] = True
    model["run"]["baseline"] = {"started": "2026-10-01T08:00:00Z", "known": 1}
    model["run"]["min"] = [{"level": "shape", "wanted": "95", "reached": "41", "holds": False}]
    written = {"clause": "x:auth", "written": "waivers.yaml:3", "why": "upheld"}
    model["stale_waivers"] = [written]

    page = opened(model)

    assert _shown(page) == [STATUS, HEIGHT]
    section = page.ask("document.querySelector('[aria-labelledby=accepted]').innerText")
    assert CODEC in section
    assert "get_all_recordings:query#/page_no:minimum" in section
    text = page.ask("document.body.innerText")
    assert "shape is 41 %; 95 % was wanted (--min)" in text
    assert "a waiver excuses nothing: waivers.yaml:3: x:auth: upheld" in text
    assert "the run of 2026-10-01T08:00:00Z" in text


def test_fidelity_comes_first(opened: Opened) -> None:
    """The grade, what kind of endpoint it is and the levels stand at the top, in words too."""
    page = opened(_with_causes(sample()))

    lines = page.ask("document.querySelector('.fidelity').innerText").split("\n")
    assert lines[0] == "Fidelity D"
    assert "The same id for all 9 things made." in lines
    assert "It answers as documented; of errors too little is known." in lines
    rows = page.ask("[...document.querySelectorAll('.levels tr')].map((row) => row.textContent)")
    assert rows == ["shape95 %41 of 43 (60)", "errorsnot judged"]
    assert page.ask("document.querySelector('.fidelity').getBoundingClientRect().top") < 100


def test_the_contract_line_by_line(opened: Opened) -> None:
    """Each line of the contract shows what became of its promises, and unfolds to them."""
    page = opened(sample())

    page.ask("document.querySelector('.told[open] .source a').click()")
    page.ask("new Promise((done) => setTimeout(done))")
    assert page.ask("document.activeElement.innerText").split("\n") == ["1", "41", ENUM]
    rows = page.ask("[...document.querySelectorAll('.text > li')].map((row) => row.innerText)")
    assert rows[0] == "⋯ 16 lines\n17\nrequired:"
    label = "document.activeElement.querySelector('[role=img]').getAttribute('aria-label')"
    assert page.ask(label) == "1 violated, 1 unexercised, 1 upheld"
    assert page.ask("document.activeElement.parentElement.querySelectorAll('.told').length") == 3
    assert page.ask(f"({VISIBLE})(document.activeElement)") is True


def test_parts_of_a_long_line(opened: Opened) -> None:
    """In a document of one line, a clause is found at the part that begins with its keyword."""
    model = _only(STATUS)
    parts = [[1, 1, '{"a"'], [1, 500, '"enum":["INVOKED"]'], [1, 700, '"type"']]
    model["sources"][0].update(lines=1, pieces=parts)
    clause(model, STATUS)["source"].update(line=1, column=500)

    page = opened(model)
    assert "schemas/recording.yaml:1:500" in page.ask("document.querySelector('.told').innerText")
    page.ask("document.querySelector('.told[open] .source a').click()")
    page.ask("new Promise((done) => setTimeout(done))")

    lines = page.ask("document.activeElement.innerText").split("\n")
    assert lines == ["1", "1:500", '"enum":["INVOKED"]']


def test_one_finding_after_the_other(opened: Opened) -> None:
    """The keys j and k go through the findings, one at a time; in a field they are letters."""
    page = opened(sample())
    seen = []
    for key in "jjjk":
        page.press(key)
        seen.append((_place(page), page.ask(FOCUSED)))
        assert page.ask("document.querySelectorAll('.told[open]').length") == 1

    assert [place for place, _ in seen] == ["2 of 3", "3 of 3", "1 of 3", "3 of 3"]
    assert [name for _, name in seen] == [HEIGHT, CODEC, STATUS, CODEC]
    page.press("/", "j")
    assert page.ask("document.getElementById('text').value") == "j"
    assert _place(page) == "0"


def test_the_map_by_keyboard(opened: Opened) -> None:
    """The map is one stop of the Tab key; arrows move in it, Enter chooses what is shown below."""
    page = opened(sample())
    page.ask("document.querySelector('.map [tabindex=\"0\"]').focus()")
    here = "document.activeElement.getAttribute('aria-label')"
    assert page.ask(here).startswith("start_recording: ")

    page.press("ArrowRight")
    assert page.ask(here) == (
        "start_recording, request body: 1 lenient, 1 strict, 1 inconclusive, 1 upheld"
    )
    assert page.ask("document.querySelectorAll('.map [tabindex=\"0\"]').length") == 1
    page.press("Enter")
    assert _shown(page) == [HEIGHT, CODEC]
    assert page.ask("location.hash") == "#operation=start_recording&part=body"
    assert page.ask("document.activeElement.getAttribute('aria-pressed')") == "true"
    page.press("Tab")
    assert page.ask("document.activeElement.closest('.map')") is None


def test_the_map_for_screen_readers(opened: Opened) -> None:
    """Rows and columns of the map have headers, and each cell says in words what its colours do."""
    page = opened(sample())

    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    names = {
        (node["role"]["value"], node.get("name", {}).get("value"))
        for node in nodes
        if not node.get("ignored")
    }
    assert ("columnheader", "body") in names
    assert ("button", "get_all_recordings, request query: 1 lenient") in names
    assert any(role == "rowheader" and "get_one_recording" in (name or "") for role, name in names)


def test_the_map_has_forms_beside_colours(opened: Opened) -> None:
    """Verdicts differ in form, so that the map can be read without colours."""
    page = opened(sample())

    forms = page.ask(
        "[...document.querySelectorAll('.chip svg path')].map((path) => path.getAttribute('d'))"
    )
    assert len(set(forms)) == len(forms) == 6
    squares = page.ask("document.querySelectorAll('.map path.violated').length")
    assert squares > 0


def test_thousands_of_findings(opened: Opened) -> None:
    """Of 5,000 findings few elements are there at once, and each can be reached."""
    model = many(5_000)
    page = opened(model)
    at_first = page.ask("document.querySelectorAll('*').length")

    assert at_first < 1_200
    assert _place(page) == "1 of 5003"
    last = model["clauses"][-1]["id"]
    _follow(page, last)
    assert page.ask(FOCUSED) == last
    page.press("/", *"member_1234:")
    assert page.ask("document.querySelector('.search output').textContent") == "1 of 5,014 clauses"
    assert page.ask("document.querySelectorAll('*').length") < 4_000


def test_long_lists_come_in_portions(opened: Opened) -> None:
    """Of many causes, operations and rows some are there, and a button brings more of them."""
    page = opened(many(400))
    for section, there, then in (("findings", 20, 40), ("clauses", 10, 20), ("map", 15, 43)):
        rows = f"document.querySelectorAll('[aria-labelledby={section}] :is(.group, .single, tr)')"
        headings = int(section == "map")
        assert page.ask(f"{rows}.length") == there + headings
        page.ask(
            f"document.querySelector('[aria-labelledby={section}] > div > .more,"
            f" [aria-labelledby={section}] > .more').click()"
        )
        assert page.ask(f"{rows}.length") == then + headings


@pytest.mark.parametrize(("findings", "most"), [(0, 3), (5_000, 4)])
def test_print(opened: Opened, findings: int, most: int) -> None:
    """On paper it is a few pages, however much was found, with the first finding in full."""
    model = many(findings)
    names = [item["id"] for item in model["clauses"] if not item["waived"]]
    model["roots"] = [_root("a", "one schema says so", [STATUS, *names])]

    page = opened(model)

    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", page.pdf())) <= most


def test_without_a_script(opened: Opened) -> None:
    """Where scripts may not run, the headline and the findings' names are there."""
    page = opened(sample())
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        page.go(page.requested[0])
        told = page.call("Accessibility.getFullAXTree")["nodes"]
    finally:
        page.call("Emulation.setScriptExecutionDisabled", value=False)

    texts = {node.get("name", {}).get("value") for node in told}
    assert {"This endpoint breaks its contract", STATUS} <= texts


def test_huge_replies_stay_readable(opened: Opened) -> None:
    """Of a huge reply the page shows a bounded part, which has the place that was judged."""
    items = ",".join(f'{{"id":{number},"status":"INVOKED"}}' for number in range(2_000))
    model = _only(STATUS, pointer="/data/*/status")
    body = f'{{"data":[{items},{{"id":2000,"status":"STARTED"}}]}}'
    model["exchanges"][1]["response"].update(body=text_body(body))

    page = opened(model)

    assert '"status": "STARTED"' in _marked(page)
    text = page.ask("document.querySelector('.told[open]').textContent")
    assert "lines left out" in text
    assert len(text) < 10_000


def test_no_findings(opened: Opened) -> None:
    """A clean run is told as one, without sections that would be empty."""
    model = sample()
    model["created"]["left_over"] = []
    model["undocumented"] = []
    for item in model["clauses"]:
        item.update(verdict="upheld", waived=None, message="")

    page = opened(model)

    text = page.ask("document.body.innerText")
    assert "This endpoint keeps its contract, as far as it was judged" in text
    assert "All 14 judged clauses are upheld." in text
    assert page.ask("[...document.querySelectorAll('h2')].map((one) => one.id)") == [
        "map",
        "findings",
        "clauses",
        "source",
        "exchanges",
        "run",
    ]


def test_reasons_and_waivers(opened: Opened) -> None:
    """Clauses without a verdict say why; a waived one until when, by whom and why."""
    page = opened(sample())
    page.ask(UNFOLD)
    text = page.ask("document.body.textContent")

    assert "says nothing of the request" in text
    assert "the budget of requests was spent" in text
    assert "until 2026-12-31 by qa@example.test: Known at the gateway" in text


def test_evidence_that_was_not_recorded(opened: Opened) -> None:
    """A finding whose exchange is not on record is told all the same."""
    model = sample()
    model["exchanges"] = []

    page = opened(model)

    assert "not one of the six documented statuses" in page.ask("document.body.innerText")


def test_cut_and_masked_bodies(opened: Opened) -> None:
    """What is cut, masked or no text is said beside a body, in words."""
    model = _only(STATUS)
    exchange = model["exchanges"][1]
    exchange["request"]["body"].update(masked=["/a~1b", "/c"])
    cut = {"kept": 3, "bytes": 70_000}
    exchange["response"]["body"] = {"base64": "/9j/", "cut": cut, "masked": []}

    text = opened(model).ask("document.querySelector('.told[open]').innerText")

    assert "masked: /a~1b, /c" in text
    assert "cut: 3 of 70000 bytes are here" in text
    assert r"\xff\xd8\xff" in text
    assert "no UTF-8: other bytes are spelt out" in text
