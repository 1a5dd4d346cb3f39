"""Findings fold by their cause, and no cause hides what has another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from msgspec.structs import replace

from clausewise.record.record import JudgedClause, Proof, RecordedExchange, WrittenAt
from clausewise.report import Report
from clausewise.report.evidence import RunEvidence
from clausewise.report.folding import Kind
from clausewise.report.roots import Root, roots_of
from clausewise.report.validation import read_schema

from .tasks import Answer, Service, judged


def _root_of(report: Report, clause: str) -> Root:
    assert isinstance(report.roots, tuple)
    (root,) = [root for root in report.roots if clause in root.clauses]
    return root


def _kinds(report: Report) -> list[str]:
    assert isinstance(report.roots, tuple)
    return [root.kind for root in report.roots]


def _broken(report: Report) -> set[str]:
    names = ("violated", "lenient", "strict")
    return {clause.id for clause in report.clauses if clause.verdict in names}


@pytest.mark.parametrize(
    "faults", [(), ("body",), ("canned",), ("no auth", "title"), ("any token", "unknown")]
)
def test_every_finding_has_one_root(tmp_path: Path, faults: tuple[str, ...]) -> None:
    """Each deviation belongs to exactly one root, and nothing else does."""
    report = judged(tmp_path, Service(*faults))

    assert isinstance(report.roots, tuple)
    told = [clause for root in report.roots for clause in root.clauses]
    assert sorted(told) == sorted(_broken(report))
    assert bool(told) == bool(faults)


def test_nothing_of_the_body_is_validated(tmp_path: Path) -> None:
    """One root for all that a body may break, and for what replies hold since."""
    report = judged(tmp_path, Service("body"))

    root = _root_of(report, "add_task:request#/points:maximum")
    assert root.kind == "unvalidated"
    assert root.title == "nothing of the body of add_task is validated"
    assert "add_task:201#/title:maxLength" in root.clauses
    assert _kinds(report) == ["unvalidated"]


def test_one_that_is_validated_ends_the_claim(tmp_path: Path) -> None:
    """Where some value is refused, nobody says that nothing is validated."""
    report = judged(tmp_path, Service("points", "priority"))

    assert "unvalidated" not in _kinds(report)
    points = _root_of(report, "add_task:request#/points:maximum")
    assert points.id != _root_of(report, "add_task:request#/priority:enum").id


def test_a_stub_for_everything(tmp_path: Path) -> None:
    """Of a service that answers everything alike: requests, and credentials."""
    report = judged(tmp_path, Service("canned"))

    assert len(_broken(report)) > 15
    assert _kinds(report) == ["unvalidated", "auth"]


def test_what_is_asked_of_credentials(tmp_path: Path) -> None:
    """No credential, and any credential, are causes of different names."""
    none = _root_of(judged(tmp_path, Service("no auth")), "get_task:auth")
    made_up = _root_of(judged(tmp_path, Service("any token")), "get_task:auth")

    assert none.title.startswith("no credential is asked for: ")
    assert made_up.title.startswith("a credential is asked for, any will do: ")
    assert none.id != made_up.id


def test_a_stored_value_is_behind_what_comes_back(tmp_path: Path) -> None:
    """The replies that show an unlawful value stand behind the clause that let it in."""
    report = judged(tmp_path, Service("title"))

    root = _root_of(report, "list_tasks:200#/items/*/title:maxLength")
    assert root.kind == "stored"
    assert root.clauses[0] == "add_task:request#/title:maxLength"


def _short_titles(operation: str, answer: Answer, sent: Any) -> Answer:
    """The list has titles of its own that are too long, whoever stored what."""
    status, body = answer
    if operation == "list_tasks" and status == 200:
        items = [item | {"title": "x" * 30} for item in body["items"]]
        return status, body | {"items": items}
    return answer


def test_a_stored_value_hides_no_other(tmp_path: Path) -> None:
    """A reply that breaks the same promise with a value of its own is another root."""
    report = judged(tmp_path, Service("title", after=_short_titles))

    stored = _root_of(report, "add_task:request#/title:maxLength")
    other = _root_of(report, "list_tasks:200#/items/*/title:maxLength")
    assert stored.id != other.id


def _loud_titles(operation: str, answer: Answer, sent: Any) -> Answer:
    """Titles come back in capitals, whoever asks."""
    status, body = answer
    things = body.get("items", [body]) if isinstance(body, dict) else []
    loud = [one | {"title": one["title"].upper()} if "title" in one else one for one in things]
    return status, body | {"items": loud} if "items" in body else loud[0]


def test_a_stored_value_may_come_back_in_another_form(tmp_path: Path) -> None:
    """What a server made of an unlawful value, and goes on to show, stands behind it as well."""
    report = judged(tmp_path, Service("title", after=_loud_titles))
    root = _root_of(report, "add_task:request#/title:maxLength")
    assert root is _root_of(report, "add_task:201#/title:maxLength")
    assert root is _root_of(report, "list_tasks:200#/items/*/title:maxLength")


def _page(operation: str, answer: Answer, sent: Any) -> Answer:
    """Refusals come as pages of HTML, and one reply has a wrong member besides."""
    status, body = answer
    if status >= 400:
        return status, b"<h1>no</h1>"
    return (status, body | {"made": "yesterday"}) if operation == "get_task" else answer


def test_refusals_of_another_form(tmp_path: Path) -> None:
    """One formatter is one root over all operations; what it does not write is another."""
    report = judged(tmp_path, Service(after=_page))

    root = _root_of(report, "add_task:400:media-type")
    assert root.kind == "format"
    assert {"get_task:404:media-type", "list_tasks:400:media-type"} <= set(root.clauses)
    assert _root_of(report, "get_task:200#/made:format").clauses == ("get_task:200#/made:format",)


def _no_code(operation: str, answer: Answer, sent: Any) -> Answer:
    status, body = answer
    if status >= 400:
        return status, {"message": body["message"], "code": str(body["code"])}
    return answer


def test_one_schema_in_several_replies(tmp_path: Path) -> None:
    """The same member of one schema is wrong wherever it comes: one root."""
    report = judged(tmp_path, Service(after=_no_code))

    root = _root_of(report, "add_task:400#/code:type")
    assert root.kind == "schema"
    assert set(root.clauses) >= {f"{name}:401#/code:type" for name in ("add_task", "get_task")}
    assert _kinds(report) == ["schema"]


def _crash(operation: str, answer: Answer, sent: Any) -> Answer:
    if operation == "add_task" and isinstance(sent, dict) and sent.get("points") == 9:
        return 500, {"message": "division by zero"}
    return answer


def test_a_crash_comes_first(tmp_path: Path) -> None:
    """A crash leads, in the server's own words; a leniency beside it is another root."""
    report = judged(tmp_path, Service("any token", after=_crash))

    assert isinstance(report.roots, tuple)
    assert _kinds(report) == ["crash", "auth"]
    assert report.roots[0].title == "add_task answers 500"
    assert report.roots[0].said == "division by zero"


def test_ids_are_the_same_from_run_to_run(tmp_path: Path) -> None:
    """Two runs give the roots the same ids."""
    first, second = (judged(tmp_path, Service("title", "no auth")) for _ in range(2))

    assert isinstance(first.roots, tuple)
    assert isinstance(second.roots, tuple)
    assert [root.id for root in first.roots] == [root.id for root in second.roots]
    assert len({root.id for root in first.roots}) == len(first.roots) == 2


def _of_one_answer(reply: dict[str, Any]) -> RunEvidence:
    """An operation that answers three requests alike, and takes an id that nobody was given."""
    body: dict[str, Any] = {"text": json.dumps(reply), "cut": None, "masked": []}
    exchanges: list[dict[str, Any]] = [
        {
            "id": number, "operation": "drop", "case": "x", "expect": "accepted", "after": [],
            "outcome": "accepted", "failure": None, "curl": "curl",
            "request": {
                "method": "POST", "url": f"http://x/things/{number}", "headers": [], "body": None
            },
            "response": {
                "status": 200, "reason": "OK", "headers": [], "body": body, "bytes": 9,
                "truncated": False, "seconds": 0.1,
            },
        }
        for number in (1, 2, 3)
    ]  # fmt: skip
    clause: dict[str, Any] = {
        "id": "drop:path#/id:unknown", "operation": "drop", "part": "path", "group": "transport",
        "pointer": "/id", "keyword": "unknown", "promise": "an id that nobody was given is refused",
        "documented": None, "verdict": "lenient", "message": "accepted", "soft": False,
        "soft_because": None, "source": None, "exercised": 1, "waived": None,
        "evidence": [{"exchange": 3}], "level": "identity",
    }  # fmt: skip
    return RunEvidence(
        (msgspec.convert(clause, JudgedClause),),
        [msgspec.convert(exchange, RecordedExchange) for exchange in exchanges],
    )


@pytest.mark.parametrize(
    ("reply", "kind"),
    [({"data": {"id": "7"}}, "canned"), ({"ok": True}, "clause"), ({"status": "gone"}, "clause")],
)
def test_an_answer_about_nothing_is_no_can(reply: dict[str, Any], kind: str) -> None:
    """The same words for each request are a can only where they say which thing they are about."""
    (root,) = roots_of(_of_one_answer(reply))
    assert root.kind == kind


def _judged(identifier: str, verdict: str, promise: str) -> JudgedClause:
    operation, part, keyword = identifier.split(":")
    name, _, pointer = part.partition("#")
    clause: dict[str, Any] = {
        "id": identifier, "operation": operation, "part": name, "group": "reply",
        "pointer": pointer, "keyword": keyword, "promise": promise, "documented": None,
        "verdict": verdict, "message": "seen", "soft": False, "soft_because": None,
        "source": None, "exercised": 1, "waived": None, "evidence": [],
    }  # fmt: skip
    return msgspec.convert(clause, JudgedClause)


@pytest.mark.parametrize(
    ("octets", "titles"),
    [
        ("lenient", ["nothing of any request is validated"]),
        ("upheld", ["nothing of any request is validated"]),
        ("strict", ["nothing of any request is validated", "is refused"]),
    ],
)
def test_a_body_without_values_is_no_cause_of_its_own(octets: str, titles: list[str]) -> None:
    """Where nothing of any request is looked at, the type of a body of octets is not either."""
    clauses = [
        *(_judged(f"{o}:query#/{n}:type", "lenient", "is one") for o in "ab" for n in "xy"),
        _judged("c:request#:media-type", octets, "is refused"),
    ]
    clauses[-1] = replace(clauses[-1], pointer=None)
    assert [root.title for root in roots_of(RunEvidence(clauses, []))] == titles


@pytest.mark.parametrize(
    ("third", "titles"),
    [
        ("lenient", ["no id is looked up, any will do: get, put, drop"]),
        ("upheld", ["an id that nobody was given is refused"] * 2),
    ],
)
def test_ids_that_nobody_looks_up(third: str, titles: list[str]) -> None:
    """Where any id will do, that is one cause; where one refuses some, each has its own."""
    promise = "an id that nobody was given is refused"
    clauses = [
        _judged(f"{operation}:path#/{name}:unknown", verdict, promise)
        for operation, name, verdict in (
            ("get", "id", "lenient"), ("put", "other_id", "lenient"), ("drop", "id", third)
        )
    ]  # fmt: skip
    assert [root.title for root in roots_of(RunEvidence(clauses, []))] == titles


def test_a_form_that_no_reply_keeps() -> None:
    """One formatter behind all replies is one cause, in words that say how far it goes."""
    clauses = [
        _judged(f"get:200#/{name}:format", "violated", f"/{name} is a valid date-time")
        for name in ("made", "changed", "gone")
    ]
    (root,) = roots_of(RunEvidence(clauses, []))
    assert root.title == "broken wherever it is promised: is a valid date-time"


@pytest.mark.parametrize("third", ["null", "7"])
def test_nulls_are_one_habit(third: str) -> None:
    """Null in three members or more is one cause; another value beside two nulls is not."""
    shown = {"/name": "null", "/data/email": "null", "/data/age": third}
    clauses = [
        replace(
            _judged(f"{operation}:200#{pointer}:type", "violated", f"{pointer} is a string"),
            message=f'{value} is not of type "string" (and in 2 more exchanges)',
        )
        for operation in ("get", "list")
        for pointer, value in shown.items()
    ]
    titles = [root.title for root in roots_of(RunEvidence(clauses, []))]
    if third == "null":
        assert titles == ["null where the document allows none: /name, /data/email, /data/age"]
    else:
        assert len(titles) == 6


@pytest.mark.parametrize("third", ["null", "7"])
def test_nulls_that_are_taken_are_one_habit(third: str) -> None:
    """Null taken for three members or more is one cause, beside another member that is refused."""
    taken = {"/name": "null", "/data/email": "null", "/age": third}
    clauses = [
        replace(
            _judged(f"make:request#{pointer}:type", "lenient", f"{pointer} is a string"),
            message=f"a request that breaks this only was accepted with 201: {pointer} is {value}",
        )
        for pointer, value in taken.items()
    ]
    refused = _judged("make:request#/kind:type", "upheld", "/kind is a string")
    clauses.append(replace(refused, evidence=(Proof(1),)))
    titles = [root.title for root in roots_of(RunEvidence(clauses, []))]
    whole = "null is taken where the document allows none: /name, /data/email, /age"
    if third == "null":
        assert titles == [whole]
    else:
        assert len(titles) == 3


@pytest.mark.parametrize(
    ("said", "titles"),
    [
        (["the archive is off"] * 3, ["3 operations answer 501 alike: get, put, drop"]),
        (["Not Implemented"] * 3, [f"{name} answers 501" for name in ("get", "put", "drop")]),
        (["a", "b", "c"], [f"{name} answers 501" for name in ("get", "put", "drop")]),
    ],
)
def test_what_is_switched_off_is_one_cause(said: list[str], titles: list[str]) -> None:
    """Operations that fail with the same words are one cause, else one each; each is told once."""
    clauses, exchanges = [], []
    for number, (name, words) in enumerate(zip(("get", "put", "drop"), said, strict=True), 1):
        shown = _of_one_answer({"message": words}).exchanges[1]
        assert shown.response is not None
        response = replace(shown.response, status=501)
        exchanges.append(replace(shown, id=number, operation=name, response=response))
        proof = (Proof(number),)
        for part, verdict in (("status", "violated"), ("served", "strict")):
            one = _judged(f"{name}:{part}#:{part}", verdict, "it serves")
            clauses.append(replace(one, pointer=None, keyword=None, evidence=proof))
    assert [root.title for root in roots_of(RunEvidence(clauses, exchanges))] == titles


@pytest.mark.parametrize(
    ("said", "count"), [("At most one filter. Got {}", 1), ("{} is unknown", 3)]
)
def test_members_that_exclude_each_other(said: str, count: int) -> None:
    """Pairs that one sentence refuses are one cause; pairs that others refuse have their own."""
    clauses, exchanges = [], []
    for number, name in enumerate(("owner", "team", "state"), 1):
        shown = _of_one_answer({"message": said.format(name)}).exchanges[1]
        assert shown.response is not None
        response = replace(shown.response, status=422)
        exchanges.append(replace(shown, id=number, response=response))
        clause = _judged(f"find:request#/{name}:type", "strict", f"/{name} is a string")
        pair = f'refused with 422: /{name} = "x" together with /other = "y"'
        clauses.append(replace(clause, message=pair, evidence=(Proof(number),)))
    assert len(roots_of(RunEvidence(clauses, exchanges))) == count


def test_the_schema_of_reports_lists_all_kinds() -> None:
    """A report whose causes are of any kind conforms to the published schema."""
    listed = read_schema()["properties"]["roots"]["items"]["properties"]["kind"]["enum"]
    assert listed == list(get_args(Kind))


@pytest.mark.parametrize(
    ("missing", "titles"),
    [
        (
            {"get": ("region", "host", "port"), "put": ("host", "port", "username")},
            ["/store lacks members that it must have: region, host, port and 1 more"],
        ),
        ({"get": ("region", "host")}, ["/region is required", "/host is required"]),
    ],
)
def test_objects_that_lack_members(missing: dict[str, tuple[str, ...]], titles: list[str]) -> None:
    """Three missing members of one object are one cause, wherever its schema is; two are two."""
    clauses = [
        replace(
            _judged(f"{operation}:200#/store/{name}:required", "violated", f"/{name} is required"),
            source=WrittenAt("store.yaml", line),
        )
        for operation, names in missing.items()
        for line, name in enumerate(names, start=1)
    ]
    kept = [_judged(f"{one}:200#/store/type:required", "upheld", "") for one in missing]
    assert [root.title for root in roots_of(RunEvidence([*clauses, *kept], []))] == titles
