"""What the HTML report tells, as a reader sees it in a browser."""

from __future__ import annotations

from .pages import (
    CODEC,
    ENUM,
    FOCUSED,
    HEIGHT,
    STATUS,
    UNFOLD,
    VISIBLE,
    Opened,
    only,
    place,
    shown,
    with_causes,
)
from .sample import clause, sample


def test_what_can_be_read_at_a_glance(opened: Opened) -> None:
    """Whether it can be trusted, how much is broken, where; and one finding is there to repeat."""
    page = opened(sample())

    text = page.ask("document.body.innerText")
    assert "This target breaks its contract" in text
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


def test_what_is_broken_stands_at_the_top(opened: Opened) -> None:
    """The causes are listed below the headline; each leads to its first finding."""
    page = opened(with_causes(sample()))

    told = page.ask("[...document.querySelectorAll('.causes li')].map((one) => one.textContent)")
    assert told == [
        "one schema says so start_recording, 2 clauses",
        "data.status is one of INVOKED start_recording",
    ]
    page.ask("document.querySelectorAll('.causes a')[1].click()")
    page.ask("new Promise((done) => setTimeout(done))")
    assert page.ask(FOCUSED) == STATUS


def test_fidelity_comes_first(opened: Opened) -> None:
    """The grade, what kind of endpoint it is and the levels stand at the top, in words too."""
    page = opened(with_causes(sample()))

    lines = page.ask("document.querySelector('.fidelity').innerText").split("\n")
    assert lines[0] == "Fidelity D"
    assert "The same id for all 9 things made." in lines
    assert "It answers as documented; of errors too little is known." in lines
    rows = page.ask("[...document.querySelectorAll('.levels tr')].map((row) => row.textContent)")
    assert rows == ["shape95 %41 of 43 (60)", "errorsnot judged"]
    assert page.ask("document.querySelector('.fidelity').getBoundingClientRect().top") < 100


def test_findings_are_folded_by_cause(opened: Opened) -> None:
    """One cause is one line, with the server's words and its findings behind it; in their order."""
    page = opened(with_causes(sample()))

    groups = page.ask(
        "[...document.querySelector('[aria-labelledby=findings] .groups').children]"
        ".map((group) => group.innerText)"
    )
    assert "one schema says so 2 clauses" in groups[0]
    assert "codec <b>MP3</b> is not enabled" in groups[0]
    assert STATUS in groups[1]
    assert shown(page) == [HEIGHT, CODEC, STATUS]
    assert place(page) == "1 of 3"


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


def test_what_was_accepted(opened: Opened) -> None:
    """Waived and known deviations are no findings, and stand in a section of their own."""
    model = sample()
    clause(model, CODEC)["known"] = True
    model["run"]["baseline"] = {"started": "2026-10-01T08:00:00Z", "known": 1}
    model["run"]["min"] = [{"level": "shape", "wanted": "95", "reached": "41", "holds": False}]
    written = {"clause": "x:auth", "written": "waivers.yaml:3", "why": "upheld"}
    model["stale_waivers"] = [written]

    page = opened(model)

    assert shown(page) == [STATUS, HEIGHT]
    section = page.ask("document.querySelector('[aria-labelledby=accepted]').innerText")
    assert CODEC in section
    assert "get_all_recordings:query#/page_no:minimum" in section
    text = page.ask("document.body.innerText")
    assert "shape is 41 %; 95 % was wanted (--min)" in text
    assert "a waiver excuses nothing: waivers.yaml:3: x:auth: upheld" in text
    assert "the run of 2026-10-01T08:00:00Z" in text


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


def test_a_clean_run_is_told_as_one(opened: Opened) -> None:
    """A clean run is told as one, without sections that would be empty."""
    model = sample()
    model["created"]["left_over"] = []
    model["undocumented"] = []
    for item in model["clauses"]:
        item.update(verdict="upheld", waived=None, message="")

    page = opened(model)

    text = page.ask("document.body.innerText")
    assert "This target keeps its contract, as far as it was judged" in text
    assert "All 14 judged clauses are upheld." in text
    assert page.ask("[...document.querySelectorAll('h2')].map((one) => one.id)") == [
        "map",
        "findings",
        "clauses",
        "source",
        "exchanges",
        "run",
    ]


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
    model = only(STATUS)
    parts = [[1, 1, '{"a"'], [1, 500, '"enum":["INVOKED"]'], [1, 700, '"type"']]
    model["sources"][0].update(lines=1, pieces=parts)
    clause(model, STATUS)["source"].update(line=1, column=500)

    page = opened(model)
    assert "schemas/recording.yaml:1:500" in page.ask("document.querySelector('.told').innerText")
    page.ask("document.querySelector('.told[open] .source a').click()")
    page.ask("new Promise((done) => setTimeout(done))")

    lines = page.ask("document.activeElement.innerText").split("\n")
    assert lines == ["1", "1:500", '"enum":["INVOKED"]']
