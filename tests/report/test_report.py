"""A report as a value: read, written, and asked."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from clausewise import UsageError
from clausewise.record.bodies import Cut
from clausewise.report import (
    Report,
    har_of,
    print_report,
    render_html,
    render_junit,
    render_markdown,
    validate_model,
)
from clausewise.report.findings import unread

from .sample import as_report, clause, sample

STATUS = "start_recording:200#/data/status:enum"


def _full() -> dict[str, Any]:
    """A model with every member that a report may have."""
    return sample() | {
        "judged": {
            "asked": 20,
            "judged": 12,
            "never_shown": 3,
            "by_operation": {"start_recording": {"request": [10, 12], "200": [2, 8]}},
            "why": [
                {"reason": "the answer was 401: about the credential", "clauses": 6},
                {"reason": "no request of this run was about it", "clauses": 2},
            ],
        },
        "cases": [
            ["start_recording/000", "accepted", "accepted", 200, 2, True],
            ["start_recording/001", "refused", "no reply", None, 1, None],
        ],
        "notes": [
            {
                "kind": "undocumented 418",
                "operations": ["start_recording"],
                "count": 3,
                "exchange": 3,
            }
        ],
        "not_judged": [
            {
                "operation": "upload",
                "reason": "its body is XML",
                "file": "api.yaml",
                "line": 9,
                "column": None,
            }
        ],
        "links": [
            {
                "name": "thing",
                "from": {"operation": "make", "expression": "$response.body#/id"},
                "to": [{"operation": "look", "part": "path", "pointer": "/id"}],
                "state": "proved",
                "exchanges": [3],
            }
        ],
        "roots": [
            {
                "id": "r1",
                "kind": "schema",
                "title": "One shared schema",
                "clauses": [STATUS],
                "hard": True,
                "exchange": 17,
                "said": None,
            }
        ],
        "fidelity": {
            "kind": "The same id for all 4 things made.",
            "facts": {
                "ids": 1,
                "starts": 4,
                "bodies": None,
                "reads": 0,
                "refused": 3,
                "broken": 9,
                "tokens": "presence",
                "state": None,
                "echoed": None,
                "sent": 0,
            },
            "levels": [{"level": "shape", "kept": 3, "judged": 4, "all": 9}],
            "grade": "E",
            "capped_by": "shape",
        },
    }


def _written(model: Any, path: Path) -> Path:
    path.write_text(json.dumps(model), "utf-8")
    return path


def test_a_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Every member comes back, from the rooms that this one does not know as well."""
    report = Report.load(_written(_full(), tmp_path / "in.json"))

    path, *_ = report.write(tmp_path / "out", ["json"])
    assert json.loads(path.read_text("utf-8")) == _full()
    assert Report.load(path) == report
    assert validate_model(_full()) == []


def test_some_formats_alone(tmp_path: Path) -> None:
    """Only the formats that are named are written; one that there is not is told."""
    report = as_report(sample())

    names = [path.name for path in report.write(tmp_path, ["md", "json"])]
    assert names == ["conformance.json", "conformance.md"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    with pytest.raises(ValueError, match="no format 'pdf'"):
        report.write(tmp_path, ["pdf"])


def test_what_a_report_is_asked() -> None:
    """Findings are clauses, the gravest first; verdicts are found by id."""
    report = as_report(sample())

    assert [found.verdict for found in report.findings] == ["violated", "lenient", "strict"]
    assert report.findings[0].id == STATUS
    assert report.verdicts[STATUS] == "violated"
    assert len(report.verdicts) == len(report.clauses)


def test_what_was_waived_stays_waived() -> None:
    """A report that is read after its waivers expired says what it said when it was made."""
    model = sample()
    waived = next(c for c in model["clauses"] if c["waived"])
    waived["waived"]["expires"] = "2001-01-01"

    assert waived["id"] not in {found.id for found in as_report(model).findings}


def test_a_report_of_version_1(tmp_path: Path) -> None:
    """Its bodies are read as bodies; what was cut or masked in them is said where it is now."""
    model = sample() | {"schema_version": 1}
    for item in model["clauses"]:
        del item["soft_because"]
    for exchange in model["exchanges"]:
        for message in (exchange["request"], exchange["response"]):
            if message and message["body"] is not None:
                message["body"] = message["body"]["text"]
    first = model["exchanges"][0]
    first["request"]["body"] = '{"secret": "•••"}'
    first["response"].update(body="äb\n… 39 more characters", bytes=42)

    report = Report.load(_written(model, tmp_path / "old.json"))

    request, response = report.exchanges[0].request, report.exchanges[0].response
    assert request.body is not None
    assert request.body.masked == ("",)
    assert response is not None
    assert response.body is not None
    assert (response.body.text, response.body.cut) == ("äb", Cut(3, 42))
    assert report.exchanges[1].request.body is not None
    assert report.exchanges[1].request.body.masked == ()
    soft = next(one for one in report.clauses if one.soft)
    assert soft.soft_because
    assert report.schema_version == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no JSON"),
        ("[]", "has no schema_version"),
        ("{}", "has no schema_version"),
        ('{"schema_version": 3}', "has schema_version 3; this version of clausewise reads 1 and 2"),
        ('{"schema_version": 2}', '$: "tool" is a required property'),
        (json.dumps(sample() | {"clauses": [1]}), "$.clauses[0]: 1 is not of type"),
        (json.dumps(sample() | {"exchanges": []}), "is not on record"),
    ],
)
def test_what_is_no_report(tmp_path: Path, text: str, said: str) -> None:
    """A file that is no report is a user's mistake: the message names it, and the place in it."""
    path = tmp_path / "odd.json"
    path.write_text(text, "utf-8")

    with pytest.raises(UsageError) as problem:
        Report.load(path)

    assert str(path) in str(problem.value)
    assert said in str(problem.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """So is one that cannot be read."""
    with pytest.raises(UsageError, match=r"none\.json cannot be read: No such file"):
        Report.load(tmp_path / "none.json")


def _shown(model: dict[str, Any]) -> dict[str, str]:
    report, file = as_report(model), io.StringIO()
    print_report(report, Console(file=file, width=200))
    return {
        "terminal": file.getvalue(),
        "markdown": render_markdown(report).replace("\\", ""),
        "html": render_html(report),
    }


@pytest.mark.parametrize("form", ["terminal", "markdown", "html"])
def test_why_the_rest_was_not_judged(form: str) -> None:
    """The share, the reasons with their counts, and what cannot be judged stand in each format."""
    text = _shown(_full())[form]

    assert "60 % of what was asked was judged (12 of 20 clauses)" in text
    assert "of 3 more no reply had the member" in text
    assert "the answer was 401: about the credential" in text
    assert "no request of this run was about it" in text
    assert "upload: its body is XML (api.yaml:9)" in text


def test_what_one_document_elsewhere_would_say_is_one_reason() -> None:
    """References into one remote document are a line together, those into another one are not."""
    model = _full()
    for number in range(30):
        file = "a.yaml" if number else "b.yaml"
        reason = f"$ref 'https://example.org/{file}#/x/{number}' leads nowhere"
        model["not_judged"].append(model["not_judged"][0] | {"reason": reason, "line": number + 20})

    lines = unread(as_report(model))

    assert lines == [
        "upload: its body is XML (api.yaml:9)",
        "upload: $ref 'https://example.org/b.yaml#/x/0' leads nowhere (api.yaml:20)",
        "upload: $ref 'https://example.org/a.yaml#…' leads nowhere (api.yaml:21 and 28 more)",
    ]


def test_many_reasons_are_summed_up() -> None:
    """A terminal shows the most frequent reasons a line each, and one line for all others."""
    model = _full()
    model["judged"]["why"] = [{"reason": f"reason {n:02}", "clauses": 100 - n} for n in range(40)]

    text = _shown(model)["terminal"]

    lines = [line for line in text.splitlines() if "reason " in line or "other reasons" in line]
    assert len(lines) == 12
    assert lines[0].split() == ["100", "reason", "00"]
    assert lines[-1].split() == [
        str(sum(100 - n for n in range(11, 40))),
        "for",
        "29",
        "other",
        "reasons",
    ]


def test_much_that_is_left_behind_is_summed_up() -> None:
    """What is there for one reason is one line: the first things are named, the others counted."""
    model = _full()
    model["created"]["left_over"] = [
        *(f"thing {number}: DELETE answered 423" for number in range(40)), "other: no DELETE"
    ]  # fmt: skip

    lines = [line for line in _shown(model)["terminal"].splitlines() if "Left behind" in line]

    assert lines == [
        "Left behind at the target: thing 0, thing 1, thing 2 and 37 more: DELETE answered 423",
        "Left behind at the target: other: no DELETE",
    ]


@pytest.mark.parametrize(("judged", "said"), [(1, "1 %"), (999, "99 %"), (1000, "100 %")])
def test_a_share_is_not_rounded_to_all(judged: int, said: str) -> None:
    """100 percent means all of it, and something is never told as nothing."""
    model = _full()
    model["judged"].update(asked=1000, judged=judged)

    assert f"\n{said} of what was asked" in _shown(model)["terminal"]


def test_too_little_is_not_green() -> None:
    """Where less was judged than was wanted, the summary says so, and what was wanted."""
    model = _full()
    for item in model["clauses"]:
        item.update(verdict="upheld", waived=None)
    model["run"].update(min_judged=70, exit_code=5)

    shown = _shown(model)
    assert "at least 70 % was wanted (--min-judged)" in shown["terminal"]
    assert 'class="top unclear"' in shown["html"]
    model["run"]["min_judged"] = 60
    assert "was wanted" not in _shown(model)["terminal"]


def test_softness_comes_with_a_reason() -> None:
    """A verdict that only warns says why: a clause that is not soft may have soft evidence."""
    model = sample()
    clause(model, STATUS).update(soft=True, soft_because="a coercion: 7 for the text 7")
    report = as_report(model)

    assert STATUS not in {found.id for found in report.findings}
    assert "a coercion: 7 for the text 7" in render_junit(report)


def test_cut_and_masked_bodies() -> None:
    """What is cut or masked is said beside the text: in the archive in members, else in words."""
    model = sample()
    exchange = next(e for e in model["exchanges"] if e["id"] == 17)
    exchange["request"]["body"].update(masked=["/a~1b", "/c"])
    exchange["response"]["body"] = {
        "base64": "/9j/",
        "cut": {"kept": 3, "bytes": 70_000},
        "masked": [],
    }
    report = as_report(model)

    entries = {e["_clausewise"]["exchange"]: e for e in har_of(report)["log"]["entries"]}
    assert entries[17]["request"]["postData"]["_clausewise"] == {
        "masked": ["/a~1b", "/c"],
        "cut": None,
    }
    content = entries[17]["response"]["content"]
    assert (content["text"], content["encoding"]) == ("/9j/", "base64")
    assert content["_clausewise"] == {"masked": [], "cut": {"kept": 3, "bytes": 70_000}}
