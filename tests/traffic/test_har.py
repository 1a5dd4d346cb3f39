"""HAR files: a run's own, a browser's, and one that breaks off."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clausewise
from clausewise.traffic.exchange import Poisoned, TrafficExchange
from clausewise.traffic.readers import har, values

from ..conftest import REPOSITORY
from .lamps import LAMP, URL, findings, judge

_REPLY = {"status": 200, "headers": [{"name": "Content-Type", "value": "application/json"}]}


def _entry(number: int, content: dict[str, Any], **request: Any) -> dict[str, Any]:
    return {
        "startedDateTime": f"2026-03-01T00:00:{number:02}.5Z",
        "time": 12.5,
        "request": {"method": "GET", "url": f"{URL}{number}", "headers": [], **request},
        "response": {**_REPLY, "content": content},
    }


def _archive(*entries: Any) -> bytes:
    log = {"version": "1.2", "pages": [{"title": '"entries": ['}], "entries": list(entries)}
    return json.dumps({"log": log}, indent=1).encode()


def test_a_runs_own_archive_gives_the_verdicts_of_the_run(tmp_path: Path) -> None:
    """Of every clause of replies whose evidence is neither masked nor cut it is the same."""
    run = clausewise.run(REPOSITORY, examples=0)
    run.write(tmp_path, ["har"])
    content = (tmp_path / "conformance.har").read_bytes()
    from clausewise.judging import judge_files
    from clausewise.pack import find_pack

    judged = judge_files(find_pack(str(REPOSITORY)), [tmp_path / "conformance.har"])
    assert judged.traffic["exchanges"] == run.run.requests
    cut = set(judged.traffic["census"]["reply without its whole body"]["counts"])
    assert cut == {"get_all_recordings"}, "the run's longest lists are cut in its reports"
    assert b'"cut":' in content
    different = {
        name: (verdict, judged.verdicts[name])
        for name, verdict in run.verdicts.items()
        if _is_of_replies(name) and judged.verdicts[name] != verdict
    }
    # What only the cut replies showed is not judged; nothing else differs.
    assert all(pair == ("upheld", "unexercised") for pair in different.values()), different
    assert all(name.startswith("get_all_recordings:200#/data/*/") for name in different)
    assert findings(judged) == findings(run) == {}


def _is_of_replies(clause: str) -> bool:
    part = clause.partition(":")[2]
    return part == "status" or part[:1].isdigit() or part.startswith("default")


@settings(max_examples=40)
@given(
    st.lists(st.integers(0, 5), max_size=12),
    st.sampled_from([None, 0, 2]),
    st.integers(1, 3_000),
    st.integers(0, 400),
)
def test_entries_at_once_are_those_one_by_one(
    kinds: list[int], indent: int | None, chunk: int, lost: int
) -> None:
    """However an archive is laid out, broken off or wrong inside, it is read as entry by entry."""
    text = json.dumps({**LAMP, "note": '},{"startedDateTime":1},\n{"', "nan": kinds}, indent=indent)
    entries: list[Any] = []
    for number, kind in enumerate(kinds):
        entry = _entry(number, {"mimeType": "application/json", "text": text, "size": len(text)})
        odd: dict[int, dict[str, Any]] = {
            1: {"request": {**entry["request"], "headers": [{"startedDateTime": 1, "name": "a"}]}},
            2: {"time": float("nan")},
            3: {"_initiator": {"stack": [{"startedDateTime": "x"}, {"startedDateTime": "y"}]}},
            4: {"comment": "\ud800 half a pair"},
        }
        entries.append("no entry" if kind == 5 else {**entry, **odd.get(kind, {})})
    written = json.dumps({"log": {"entries": entries}}, indent=indent).encode()
    written = written[: len(written) - lost] if lost > 40 else written
    if b'"entries"' not in written or b"[" not in written:
        return
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(values, "_CHUNK", chunk)
        quick = _outcome(written)
        patched.setattr(values, "_at_once", lambda _: iter(()))
        assert quick == _outcome(written)


def _outcome(written: bytes) -> list[Any]:
    return [(one.number, _named(one.read)) for one in har.read_har(io.BytesIO(written))]


def _named(read: Any) -> Any:
    return "poisoned" if isinstance(read, Poisoned) else read


@pytest.mark.parametrize("chunk", [1, 7, 64, 1 << 20])
def test_an_archive_is_read_an_entry_at_a_time(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few bytes come at once, every entry is read, in order; what is no entry is named."""
    monkeypatch.setattr(values, "_CHUNK", chunk)
    bodies = [
        {"mimeType": "application/json", "text": json.dumps({**LAMP, "id": n, "ü": "🦆"})}
        for n in range(5)
    ]
    entries: list[Any] = [_entry(n, body) for n, body in enumerate(bodies)]
    entries.insert(2, "no entry")
    entries.insert(3, {"request": {}})
    items = list(har.read_har(io.BytesIO(_archive(*entries))))
    assert [item.number for item in items] == list(range(1, 8))
    assert [n for n, one in enumerate(items) if isinstance(one.read, Poisoned)] == [2, 3]
    read = [one.read for one in items if isinstance(one.read, TrafficExchange)]
    assert [one.url for one in read] == [f"{URL}{n}" for n in range(5)]
    first = read[0]
    assert first.response is not None
    assert (first.started, first.seconds) == ("2026-03-01T00:00:00.5Z", 0.0125)
    assert json.loads(first.response.body.content)["ü"] == "🦆"


def test_an_archive_that_breaks_off_is_judged_as_far_as_it_goes(tmp_path: Path) -> None:
    """What a recorder that was killed left: the entries before the end count, the end is named."""
    broken = {"mimeType": "application/json", "text": json.dumps({**LAMP, "state": "dim"})}
    whole = _archive(_entry(1, broken), _entry(2, broken))
    report = judge(tmp_path, whole[: whole.rindex(b'"url"')], "cut.har")
    assert findings(report) == {"show_lamp:200#/state:enum": "violated"}
    assert report.traffic["census"]["poisoned"]["total"] == 1
    assert report.traffic["exchanges"] == 1


def test_what_browsers_leave_out_breaks_nothing(tmp_path: Path) -> None:
    """Bodies that were not saved, blocked requests and encoded bodies are no findings."""
    encoded = {
        "encoding": "base64",
        "mimeType": "application/json",
        "text": "eyJpZCI6IDcsICJzdGF0ZSI6ICJvbiJ9",
    }
    blocked = {**_entry(3, {}), "response": {"status": 0, "headers": [], "content": {"size": 0}}}
    entries = [_entry(1, {"size": 99, "mimeType": "application/json"}), _entry(2, encoded), blocked]
    report = judge(tmp_path, _archive(*entries, _entry(4, {"size": 17})), "browser.har")
    assert findings(report) == {}
    assert report.verdicts["show_lamp:200#/id:type"] == "upheld"
    assert report.traffic["census"]["no reply recorded"]["counts"] == {"show_lamp": 1}


def test_a_request_of_an_archive_has_the_type_that_stands_beside_its_body(tmp_path: Path) -> None:
    """A body whose type is not among the headers is read by the type of the archive."""
    posted = {"mimeType": "application/json", "text": '{"brightness": 101}'}
    text = {"mimeType": "application/json", "text": json.dumps(LAMP)}
    entries = [{**_entry(n, text, method="PATCH", postData=posted)} for n in (1, 2)]
    report = judge(tmp_path, _archive(*entries), "form.har")
    assert findings(report) == {"dim_lamp:request#/brightness:maximum": "lenient"}
