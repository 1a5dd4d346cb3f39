"""The SARIF log, as code scanning reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from clausewise.report import sarif, sarif_of, write_reports

from .sample import as_report, clause, sample

SCHEMA = json.loads(Path(__file__).with_name("sarif.schema.json").read_text("utf-8"))
STATUS = "start_recording:200#/data/status:enum"
HEIGHT = "start_recording:request#/video_config/height:maximum"
SOFT = "start_recording:rule:R12"
WAIVED = "start_recording:200#/data/session_id:required"


def _run(model: dict[str, Any]) -> dict[str, Any]:
    """The one run of a valid log."""
    log = sarif_of(as_report(model))
    Draft202012Validator.check_schema(SCHEMA)
    assert [e.message for e in Draft202012Validator(SCHEMA).iter_errors(log)] == []
    (run,) = log["runs"]
    return dict(run)


def _results(model: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {result["ruleId"]: result for result in _run(model)["results"]}


def _artifact(result: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = result["locations"][0]["physicalLocation"]["artifactLocation"]
    return found


def test_clauses_are_rules() -> None:
    """Every clause is a rule with its promise and its documents; results name theirs twice."""
    model = sample()
    run = _run(model)
    rules = run["tool"]["driver"]["rules"]

    assert [rule["id"] for rule in rules] == [clause["id"] for clause in model["clauses"]]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    height = next(rule for rule in rules if rule["id"] == HEIGHT)
    assert height["shortDescription"]["text"] == "video_config.height is at most 1920."
    assert height["help"]["text"] == (
        f"Documented: schemas/video_config.yaml:27; O. More: clausewise explain {HEIGHT}"
    )


def test_deviations_are_results() -> None:
    """Findings are errors, what only warns a warning, what was waived a suppressed note."""
    results = _results(sample())

    assert [result["level"] for result in results.values()] == [
        "error", "error", "error", "warning", "note", "note",
    ]  # fmt: skip
    assert results[SOFT]["level"] == "warning"
    assert results[WAIVED]["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "Ships with the next release (backend, until 2026-11-15)",
        }
    ]
    assert [name for name, result in results.items() if "suppressions" in result] == [
        WAIVED,
        "get_all_recordings:query#/page_no:minimum",
    ]


def test_a_result_says_what_was_seen_and_where() -> None:
    """A result says what was seen, where the promise stands, and how to see it again."""
    result = _results(sample())[HEIGHT]

    assert result["message"]["text"] == (
        "1921 was accepted with 200 OK; only this clause speaks against it "
        "(promised: video_config.height is at most 1920.)"
    )
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "schemas/video_config.yaml"
    assert place["region"]["startLine"] == 27
    assert result["partialFingerprints"] == {"clause/v1": HEIGHT}
    assert result["properties"]["verdict"] == "lenient"
    assert result["properties"]["exercised"] == 1
    assert result["properties"]["repeat"].startswith("curl -X POST")


@pytest.mark.parametrize(
    ("pack", "uri"),
    [
        ("bundled:realtimekit_recordings", "schemas/a%20b%23.yaml"),
        (".", "schemas/a%20b%23.yaml"),
        ("api/contract", "api/contract/schemas/a%20b%23.yaml"),
        ("./api/clausewise.yaml", "api/schemas/a%20b%23.yaml"),
        ("../other", "schemas/a%20b%23.yaml"),
        (str(Path("/srv/contract").absolute()), "schemas/a%20b%23.yaml"),
        ("api/openapi.yaml", "api/schemas/a%20b%23.yaml"),
        ("openapi.json", "schemas/a%20b%23.yaml"),
    ],
)
def test_a_pack_is_found_from_the_current_folder(pack: str, uri: str) -> None:
    """A pack named by its folder, or a document, within the current one is found from there."""
    model = sample()
    model["contract"]["pack"] = pack
    clause(model, STATUS)["source"]["file"] = "schemas/a b#.yaml"

    artifact = _artifact(_results(model)[STATUS])

    assert artifact == {"uri": uri, "uriBaseId": "%SRCROOT%"}


@pytest.mark.parametrize(
    ("pack", "file"), [(".", "clausewise.yaml"), ("api/shop.yml", "api/shop.yml")]
)
def test_a_result_without_a_place_stands_in_the_pack_file(pack: str, file: str) -> None:
    """Without a place in a schema a result stands in the pack's own file: no place, no alert."""
    model = sample()
    model["contract"]["pack"] = pack
    clause(model, STATUS).update(source=None, documented=None)
    run = _run(model)
    result = next(result for result in run["results"] if result["ruleId"] == STATUS)

    assert _artifact(result)["uri"] == file
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert rule["help"]["text"].startswith("No document is named for it.")


def test_of_too_many_results_the_gravest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more results than are shown the gravest are kept, and the log says that there are more.

    With more rules than may be, those without a result are left out.
    """
    assert (sarif._MOST_RESULTS, sarif._MOST_RULES) == (5000, 25_000)
    monkeypatch.setattr(sarif, "_MOST_RESULTS", 5)
    monkeypatch.setattr(sarif, "_MOST_RULES", 8)
    model = sample()
    prototype = clause(model, STATUS)
    soft = [{**prototype, "id": f"a:rule:S{n}", "soft": True} for n in range(4)]
    hard = [{**prototype, "id": f"a:rule:H{n}"} for n in range(3)]
    more = [{**prototype, "id": f"a:rule:M{n}", "verdict": "upheld"} for n in range(2)]

    run = _run({**model, "clauses": [*soft, *hard]})

    assert [result["level"] for result in run["results"]] == ["error"] * 3 + ["warning"] * 2
    assert [result["ruleIndex"] for result in run["results"]] == [4, 5, 6, 0, 1]
    assert len(run["tool"]["driver"]["rules"]) == 7
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "2 results more in conformance.json"

    run = _run({**model, "clauses": [*soft, *hard, *more]})

    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert ids == [result["ruleId"] for result in run["results"]]
    assert [result["ruleIndex"] for result in run["results"]] == list(range(5))


def test_a_run_that_ended_early_is_no_success() -> None:
    """A run that ended early is no success, and says why; its start is told in UTC."""
    model = sample()
    model["run"].update(
        complete=False, stopped_because="interrupted", started="2026-10-03T01:12:01+02:00"
    )

    (invocation,) = _run(model)["invocations"]

    assert invocation["executionSuccessful"] is False
    assert invocation["startTimeUtc"] == "2026-10-02T23:12:01Z"
    (note,) = invocation["toolExecutionNotifications"]
    assert note["message"]["text"] == "The run is incomplete: interrupted"


def test_text_of_the_target_is_spelt_out(tmp_path: Path) -> None:
    """Text of the target is spelt out, holds no link and no placeholder, and is never too long."""
    model = sample()
    hostile = '[run this](https://evil.test) {0} {"a": [1]} \x1b[31m\x9b\ud800\u202e\r\n<b>'
    for item in model["clauses"]:
        item.update(message=hostile + "x" * 100_000, promise=hostile + "y" * 100_000)
    for exchange in model["exchanges"]:
        exchange["curl"] = hostile

    text = _results(model)[STATUS]["message"]["text"]
    write_reports(as_report(model), tmp_path)

    spelt = r'\[run this](https://evil.test) {{0}} {"a": [1]} \u001b[31m\u009b\ud800\u202e\r\n<b>'
    assert text.startswith(f"{spelt}xxx")
    assert len(text) < 2200
    raw = (tmp_path / "conformance.sarif").read_bytes()
    assert {byte for byte in raw if not 0x20 <= byte < 0x7F} == {0x0A}
    json.dumps(json.loads(raw), ensure_ascii=False).encode("utf-8")


def test_results_name_their_cause() -> None:
    """A result has the id and the title of its root among its properties."""
    properties = _results(sample())[HEIGHT]["properties"]

    assert len(properties["root"]) == 10
    assert properties["cause"] == "video_config.height is at most 1920."
