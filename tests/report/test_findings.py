"""What counts as a finding, a warning, a waiver."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from rich.console import Console

from clausewise.record.record import JudgedClause
from clausewise.report import print_report, render_html, render_markdown
from clausewise.report.findings import conclusion, headline, left_over, outcome, warnings

from .sample import as_report, clause, sample

STATUS = "start_recording:200#/data/status:enum"
HEIGHT = "start_recording:request#/video_config/height:maximum"
CODEC = "start_recording:request#/audio_config/codec:enum"
R12 = "start_recording:rule:R12"


def _ids(clauses: Iterable[JudgedClause]) -> list[str]:
    return [clause.id for clause in clauses]


def test_the_gravest_findings_come_first() -> None:
    """Findings come violated, lenient, strict, whatever their place in the document."""
    assert _ids(as_report(sample()).findings) == [STATUS, HEIGHT, CODEC]


def test_document_order_within_a_verdict() -> None:
    """Findings of one verdict keep the order of the document."""
    model = sample()
    model["run"]["fail_on"] = ["violated"]
    for item in model["clauses"]:
        item.update(verdict="violated", soft=False, waived=None)

    assert _ids(as_report(model).findings) == _ids(as_report(model).clauses)


def test_waived_is_no_finding() -> None:
    """A waived clause is neither a finding nor a warning."""
    model = sample()
    clause(model, STATUS)["waived"] = {"reason": "r", "owner": "o", "expires": "2030-01-01"}

    assert STATUS not in _ids([*as_report(model).findings, *warnings(as_report(model))])


def test_soft_is_a_warning() -> None:
    """A soft clause that deviates warns and does not fail."""
    assert _ids(warnings(as_report(sample()))) == [R12]


def test_not_failed_on_is_a_warning() -> None:
    """A deviation that the run was told not to fail on still shows, as a warning."""
    model = sample()
    model["run"]["fail_on"] = ["violated"]

    assert _ids(as_report(model).findings) == [STATUS]
    assert _ids(warnings(as_report(model))) == [R12, HEIGHT, CODEC]


def test_failing_on_inconclusive() -> None:
    """With inconclusive among the verdicts to fail on, such a clause is a finding, the last."""
    model = sample()
    model["run"]["fail_on"].append("inconclusive")

    assert _ids(as_report(model).findings)[-1] == "start_recording:request#/max_seconds:minimum"


def test_headline_with_findings() -> None:
    """The headline counts findings by verdict and names what was set aside."""
    assert headline(as_report(sample())) == (
        "3 findings in 12 judged clauses — 1 violated, 1 lenient, 1 strict; 2 waived, 1 warning."
    )
    assert outcome(as_report(sample())) == "failed"


def test_headline_without_findings() -> None:
    """Without findings, the headline says whether every judged clause is upheld."""
    model = sample()
    for item in model["clauses"]:
        item.update(verdict="upheld", waived=None)

    assert headline(as_report(model)) == "All 14 judged clauses are upheld."
    assert outcome(as_report(model)) == "passed"


def test_headline_with_waivers_only() -> None:
    """Waived deviations are not passed off as upheld clauses."""
    model = sample()
    for item in model["clauses"]:
        item["waived"] = item["waived"] and dict(item["waived"])
        if not item["waived"]:
            item["verdict"] = "upheld"

    assert headline(as_report(model)) == "No findings in 14 judged clauses — 2 waived."
    said = "This target breaks its contract only where that is accepted"
    assert conclusion(as_report(model)) == said


def test_what_fails_no_run_is_not_passed_off_as_kept() -> None:
    """A breach that the run was told not to fail on is still said to be one."""
    model = sample()
    model["run"]["fail_on"] = ["violated"]
    for item in model["clauses"]:
        item["waived"] = None
        if item["verdict"] not in ("lenient", "strict"):
            item["verdict"] = "upheld"

    said = "This target breaks its contract only where that is not to fail the run"
    assert conclusion(as_report(model)) == said


def test_a_run_that_judged_nothing_is_no_success() -> None:
    """A run that judged nothing is not a success."""
    model = sample()
    for item in model["clauses"]:
        item.update(verdict="unexercised", waived=None)

    assert headline(as_report(model)) == "Nothing was judged."
    assert outcome(as_report(model)) == "unclear"


def test_incomplete_is_unclear() -> None:
    """A run without findings that stopped early is not a success either."""
    model = sample()
    for item in model["clauses"]:
        item.update(verdict="upheld", waived=None)
    model["run"].update(complete=False, stopped_because="interrupted")

    assert outcome(as_report(model)) == "unclear"


def test_a_command_may_need_what_another_made() -> None:
    """A run takes back what it made: who repeats a request about it is told, in each format."""
    model = sample()
    decisive, maker = model["exchanges"][1], model["exchanges"][0]
    decisive["after"] = [maker["id"]]
    maker["operation"] = "make_meeting"
    told = "it needs what make_meeting made; clausewise replay makes it anew"
    assert told in render_html(as_report(model))
    again = "clausewise replay reports/conformance.json 'start_recording:200#/data/status:enum'"
    assert again in _terminal(model)
    assert again in render_markdown(as_report(model))

    # A line of several requests asks for what is gone as well.
    decisive["curl"] = f"{maker['curl']}; {decisive['curl']}"
    assert again in _terminal(model)


def _terminal(model: dict[str, Any]) -> str:
    file = io.StringIO()
    print_report(as_report(model), Console(file=file, width=200))
    return file.getvalue()


def test_names_of_what_is_left() -> None:
    """What is left behind is told by the name it was given, decoded, cut and on one line."""
    model = sample()
    long = "%20".join(["Zo%C3%AB"] * 50)
    model["created"]["left_over"] = ["a%2Fb%0Ac: DELETE answered 400", f"{long}: DELETE failed"]

    [first, second] = left_over(as_report(model))
    assert first == r"a/b\nc: DELETE answered 400"
    assert second == f"{('Zoë ' * 50)[:59]}…: DELETE failed"
