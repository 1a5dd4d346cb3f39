"""What holds of causes whatever a run found: each deviation has exactly one, and nothing breaks."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from clausewise.record.record import JudgedClause, RecordedExchange
from clausewise.report.evidence import RunEvidence
from clausewise.report.measuring import facts_of, kind_of
from clausewise.report.roots import roots_of

_OPERATIONS = ("add", "list", "get")
_PARTS = (
    "served", "auth", "status", "request", "query", "path", "200", "201", "404", "4XX", "default",
    "201:header", "200(text/csv)", "request(text/csv)", "rule",
)  # fmt: skip
_POINTERS = ("", "/a", "/a/b", "/a/c", "/items/*/a", "/d")
_KEYWORDS = (
    "required", "type", "format", "maxLength", "enum", "media-type", "json", "optional", "unknown",
)  # fmt: skip
_LEVELS = ("identity", "state", "leniency", "shape", "errors")
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["x", "\ud800", ""]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["a", "b", "id", "data", "message"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def _exchange(draw: st.DrawFn, number: int) -> RecordedExchange:
    status = draw(st.sampled_from([200, 201, 204, 400, 404, 500, None]))
    body = json.dumps(draw(_JSON))
    shown: dict[str, Any] = {
        "text": draw(st.sampled_from([body, "<p>", ""])),
        "cut": None,
        "masked": [],
    }
    kind = draw(st.sampled_from(["application/json", "text/html", "application/problem+json"]))
    response = {
        "status": status, "reason": "", "headers": [["Content-Type", kind]], "body": shown,
        "bytes": 0, "truncated": False, "seconds": 0.0,
    }  # fmt: skip
    return msgspec.convert(
        {
            "id": number,
            "operation": draw(st.sampled_from(_OPERATIONS)),
            "case": "a case",
            "expect": draw(st.sampled_from(["accepted", "refused", "either"])),
            "after": [],
            "outcome": draw(st.sampled_from(["accepted", "refused", "no reply"])),
            "request": {
                "method": draw(st.sampled_from(["GET", "POST"])),
                "url": draw(st.sampled_from(["http://x/a", "http://x/a/1"])),
                "headers": [],
                "body": draw(st.sampled_from([shown, None])),
            },
            "response": response if status is not None else None,
            "failure": None,
            "curl": "curl",
            **draw(st.sampled_from([{}, {"credential": "none"}, {"credential": "wrong"}])),
        },
        RecordedExchange,
    )


@st.composite
def _clauses(draw: st.DrawFn, exchanges: int) -> list[JudgedClause]:
    found: dict[str, JudgedClause] = {}
    for _ in range(draw(st.integers(0, 12))):
        operation, part = draw(st.sampled_from(_OPERATIONS)), draw(st.sampled_from(_PARTS))
        pointer = draw(st.sampled_from((None, *_POINTERS)))
        keyword = draw(st.sampled_from(_KEYWORDS))
        name = f"{operation}:{part}#{pointer}:{keyword}"
        proofs = draw(st.lists(st.integers(1, exchanges + 1), max_size=3))
        source = draw(st.sampled_from([None, {"file": "a.yaml", "line": 3}]))
        found[name] = msgspec.convert(
            {
                "id": name, "operation": operation, "part": part, "group": "reply",
                "pointer": pointer, "keyword": keyword, "promise": f"{pointer} is \ud800 so",
                "documented": None,
                "verdict": draw(
                    st.sampled_from(["upheld", "violated", "lenient", "strict", "unexercised"])
                ),
                "message": "why", "soft": draw(st.booleans()), "soft_because": None,
                "source": source, "exercised": 1, "waived": None,
                "evidence": [
                    {"exchange": n, **draw(st.sampled_from([{}, {"value": "x"}]))} for n in proofs
                ],
                "level": draw(st.sampled_from(_LEVELS)),
            },
            JudgedClause,
        )  # fmt: skip
    return list(found.values())


@st.composite
def _runs(draw: st.DrawFn) -> RunEvidence:
    exchanges = [draw(_exchange(number)) for number in range(1, draw(st.integers(1, 5)))]
    return RunEvidence(draw(_clauses(len(exchanges))), exchanges)


@given(_runs())
def test_each_deviation_has_one_cause(run: RunEvidence) -> None:
    """Whatever a run found, each deviation stands in exactly one root, and roots have ids apart."""
    roots = roots_of(run)

    told = [clause for root in roots for clause in root.clauses]
    assert sorted(told) == sorted(clause.id for clause in run.deviations)
    assert len({root.id for root in roots}) == len(roots)
    assert [root.hard for root in roots] == sorted((root.hard for root in roots), reverse=True)
    by_id = {clause.id: clause for clause in run.clauses}
    for root in roots:
        assert root.hard is any(not by_id[name].soft for name in root.clauses)


@given(_runs())
def test_facts_never_contradict_themselves(run: RunEvidence) -> None:
    """No more ids than things made, no more bodies than reads; the sentence is none, or ends."""
    facts = facts_of(run)

    assert (facts.ids or 0) <= facts.starts
    assert (facts.bodies or 0) <= facts.reads
    assert (facts.echoed or 0) <= facts.sent
    kind = kind_of(facts)
    assert kind is None or kind.endswith(".")
