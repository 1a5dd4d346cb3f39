"""The closing words in the terminal."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from clausewise.record.record import FELL_SILENT
from clausewise.report import print_report

from .sample import as_report, clause, sample

STATUS = "start_recording:200#/data/status:enum"


def _printed(model: dict[str, Any], *reports: Path, width: int = 80, colour: bool = False) -> str:
    file = io.StringIO()
    console = Console(
        file=file,
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        legacy_windows=False,
    )
    print_report(as_report(model), console, reports)
    return file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """No line but ids and commands, which are to be copied, is wider than the terminal."""
    text = _printed(sample(), width=width)

    wide = [line for line in text.splitlines() if len(line) > width]
    assert all(re.match("curl |violated  |lenient  |strict  ", line) for line in wide)


def test_each_finding_is_told_whole() -> None:
    """Each finding tells the promise, its source, what was seen and how to repeat it."""
    lines = _printed(sample(), width=200).splitlines()

    start = lines.index(f"violated  {STATUS}")
    assert lines[start + 1 : start + 5] == [
        "  promised: data.status is one of INVOKED, RECORDING, UPLOADING, UPLOADED, ERRORED,"
        " PAUSED. (schemas/recording.yaml:41; O, G:monitor)",
        '  seen: "STARTED" is not one of the six documented statuses (122 of 122 replies)',
        "  repeat (with $API_TOKEN set):",
        sample()["exchanges"][1]["curl"],
    ]


def test_many_reasons_why_things_are_left() -> None:
    """The first are told, and how many more there are."""
    model = sample()
    model["created"]["left_over"] = [f"thing {n}: DELETE answered {500 + n}" for n in range(7)]
    lines = _printed(model, width=100).splitlines()
    at = lines.index("Left behind at the target: thing 4: DELETE answered 504")
    assert lines[at + 1] == "… and 2 more such reasons in the report files"


def test_what_is_copied_is_not_broken() -> None:
    """An option with a long name stays whole on a narrow terminal; a long value does not."""
    option = "--set make_thing_api_v1_things_of_somebody_create_post:path#/thing_name=VALUE"
    model = sample()
    said = f"there may be no thing_name x; give one that is there: {option}; {'ab cd, ' * 9}"
    model["run"].update(complete=False, stopped_because=f"{said}{'+' * 150} 会議{'議' * 50}")
    lines = _printed(model, width=60).splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("The run is incomplete"))
    assert any(line.strip().startswith(option.split()[1]) for line in lines[at:])
    told = lines[at : at + 12]
    assert all(cell_len(line) <= 60 or option.split()[1] in line for line in told)
    assert "".join(told).count("+") == 150


def test_what_ended_the_target() -> None:
    """The request after which nothing was answered can be copied."""
    model = sample()
    model["run"].update(complete=False, stopped_because="the target has gone")
    told = _printed(model, width=200)
    assert told.count(model["exchanges"][0]["curl"]) == 0
    number = model["exchanges"][0]["id"]
    model["notes"] = [{"kind": FELL_SILENT, "operations": ["a"], "count": 1, "exchange": number}]
    lines = _printed(model, width=200).splitlines()
    at = lines.index("  the request with which it began:")
    assert lines[at - 1 : at + 2 : 2] == [
        "The run is incomplete: the target has gone",
        model["exchanges"][0]["curl"],
    ]


def test_the_table_has_a_row_per_group() -> None:
    """The table has a row per group and a column per verdict."""
    lines = [line.split() for line in _printed(sample()).splitlines()[:7]]

    assert lines[0] == ["upheld", "violated", "lenient", "strict", "inconclusive", "unexercised"]
    assert lines[1] == ["request", "1", "0", "2", "1", "1", "0"]
    assert lines[-1] == ["all", "6", "3", "2", "1", "1", "1"]


def test_the_last_lines_say_how_it_went() -> None:
    """The last lines say how it went and where the reports are."""
    text = _printed(sample(), Path("reports/conformance.json"), Path("reports/conformance.html"))

    assert "3 findings in 12 judged clauses" in text
    assert text.endswith("Reports in reports: conformance.json, conformance.html\n")


@pytest.mark.parametrize("colour", [True, False])
def test_no_escape_sequence_gets_through(colour: bool) -> None:
    """Colours are ours alone: the server's escape sequences are spelt out."""
    model = sample()
    hostile = "\x1b]0;owned\x07\x1b[2J\x9b31m\x08\r\nx\u202e"
    clause(model, STATUS).update(message=hostile, promise=hostile, id=f"a:b{hostile}")
    clause(model, "start_recording:rule:R12")["message"] = hostile
    model["exchanges"][1]["curl"] = f"curl {hostile}"
    model["run"].update(complete=False, stopped_because=hostile)
    model["created"]["left_over"] = [hostile]

    text = re.sub(r"\x1b\[[0-9;]*m", "", _printed(model, colour=colour))

    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
    assert text.count(r"\u001b]0;owned\u0007\u001b[2J\u009b31m\u0008\r\nx\u202e") >= 6


def test_no_markup_is_read() -> None:
    """What looks like markup or an emoji name to the terminal library is shown as it is."""
    model = sample()
    clause(model, STATUS)["message"] = "[bold]x[/bold] [/nope] :smile: [link=http://evil.test]y"

    assert "[bold]x[/bold] [/nope] :smile: [link=http://evil.test]y" in _printed(model, width=200)


def test_other_encodings() -> None:
    """A console that cannot encode a character spells it out and does not fail."""
    buffer = io.BytesIO()
    with io.TextIOWrapper(buffer, encoding="ascii") as file:
        model = sample()
        clause(model, STATUS)["message"] = "ü 😀"
        print_report(as_report(model), Console(file=file, width=80))
        file.flush()

        assert rb"seen: \xfc \U0001f600" in buffer.getvalue()


def test_many_findings_are_counted_only() -> None:
    """Beyond what anyone reads in a terminal, findings are counted only."""
    model = sample()
    status = clause(model, STATUS)
    model["clauses"] = [
        {**status, "id": f"{STATUS}{number}", "pointer": f"/data/x{number}"} for number in range(70)
    ]
    for number, item in enumerate(model["clauses"]):
        item.update(keyword=f"k{number}", promise=f"promise {number}")  # a cause of its own each

    assert "… and 20 more findings in the report files" in _printed(model)


def test_nothing_to_tell() -> None:
    """A run that judged nothing prints its reason and no table."""
    model = sample()
    del model["created"]
    model["clauses"] = []
    model["selftest"] = None
    model["run"].update(complete=False, stopped_because="the target is unreachable", requests=1)

    assert _printed(model).splitlines() == [
        "The run is incomplete: the target is unreachable",
        "Nothing was judged.",
        "How much a run notices is not known: clausewise selftest finds out.",
        "1 request in 3.2 s, seed 0",
    ]


def _with_a_root(model: dict[str, Any]) -> dict[str, Any]:
    """The model with its findings of two causes, one of them over two operations."""
    other = {**clause(model, STATUS), "id": "get_one_recording:200#/data/status:enum"}
    other["operation"] = "get_one_recording"
    model["clauses"].append(other)
    return model


def test_findings_of_one_cause_are_told_once() -> None:
    """A cause is one heading with its clauses behind it, its root, and one line to repeat it."""
    text = _printed(_with_a_root(sample()), width=120)

    assert [line[:9] for line in text.splitlines()].count("violated ") == 1
    assert "violated in 2 places of one schema" in " ".join(text.split())
    (behind,) = [line for line in text.splitlines() if "2 clauses, root " in line]
    assert STATUS in behind
    assert text.count("repeat") == 3
    assert "4 findings in 13 judged clauses" in text
    assert "3 causes" not in text  # of a report that nobody has looked through for causes


def test_the_servers_own_words() -> None:
    """What a server says of its refusal stands below what was seen."""
    lines = _printed(sample(), width=200).splitlines()

    at = lines.index("strict  start_recording:request#/audio_config/codec:enum")
    assert "  said: codec MP3 is not enabled" in lines[at : at + 6]


def test_several_requests_are_replayed() -> None:
    """Where a finding takes several requests, the line is one of clausewise replay."""
    model = sample()
    model["exchanges"][1]["after"] = [3]
    lines = _printed(model, Path("out/conformance.json"), width=200).splitlines()

    again = f"clausewise replay out/conformance.json '{STATUS}' --pack {model['contract']['pack']}"
    assert again in lines


def test_fidelity_comes_first() -> None:
    """The kind, the grade and the levels stand above the table."""
    model = sample()
    facts = dict.fromkeys(("ids", "bodies", "refused", "tokens", "state", "echoed"))
    facts |= {"starts": 0, "reads": 0, "broken": 0, "sent": 0}
    levels = [
        {"level": "reach", "kept": 6, "judged": 6, "all": 6},
        {"level": "shape", "kept": 1, "judged": 3, "all": 30},
    ]
    model["fidelity"] = {
        "kind": "Asks for no token.", "facts": facts, "levels": levels, "grade": "E",
        "capped_by": "shape",
    }  # fmt: skip
    head = [
        "Kind: Asks for no token.",
        "Fidelity: grade E, it answers; of shape too little is known",
    ]
    lines = [line.rstrip() for line in _printed(model, width=80).splitlines()]
    assert lines[:4] == [
        *head,
        "  reach  100 %  6 of 6",
        "  shape   33 %  1 of 3, of 30 in all",
    ]
    beside = " ".join(_printed(model, width=120).splitlines()[2].split())
    assert beside == "reach 100 % 6 of 6 shape 33 % 1 of 3, of 30 in all"


@pytest.mark.parametrize("width", [60, 80, 120])
def test_blanks_of_other_alphabets_are_spelt_out(width: int) -> None:
    """A blank that looks like the usual one is shown as what it is."""
    model = sample()
    clause(model, STATUS)["message"] = "J\u2007d\u00a0x\u3000"

    text = _printed(model, width=width)
    assert r"J\u2007d\u00a0x\u3000" in text


def test_operations_that_nothing_is_known_of() -> None:
    """Those with the same reason stand on one line, each other one on its own."""
    model = sample()
    known = next(one for one in model["clauses"] if one["verdict"] == "unexercised")
    for operation, reason in [*((f"drop_{n}", "destroys") for n in range(5)), ("reset", "resets")]:
        for keyword in ("type", "required"):
            said = {"id": f"{operation}:200#/a:{keyword}", "operation": operation}
            model["clauses"].append({**known, **said, "message": reason})

    lines = [line for line in _printed(model, width=200).splitlines() if "is known of" in line]
    assert lines == [
        "Nothing is known of drop_0, drop_1, drop_2 and 2 more: destroys",
        "Nothing is known of reset: resets",
    ]
