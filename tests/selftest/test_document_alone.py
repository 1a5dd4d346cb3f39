"""The self-test of a document without a pack: an echo of the contract is what is broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from clausewise.exchange import RawResponse
from clausewise.pack import Pack, find_pack
from clausewise.plan.paths import values_of_nobody
from clausewise.plan.plan import make_plan
from clausewise.selftest.deriving import derive
from clausewise.selftest.echo import Echo
from clausewise.selftest.running import Trial, selftest
from clausewise.selftest.stand_ins import stand_ins

PARTS = Path(__file__).with_name("parts.yaml")


@pytest.fixture(scope="module")
def pack() -> Pack:
    """A document with every part that a request and a reply can have."""
    return find_pack(str(PARTS))


@pytest.fixture(scope="module")
def trial(pack: Pack) -> Trial:
    """Its plan without a search, and the endpoint."""
    return Trial(pack, make_plan(pack, examples=0))


def test_a_conforming_echo_has_no_findings(trial: Trial) -> None:
    """Of the plan, and of a random search."""
    _, found, requests = trial.run([])
    assert found == {}
    assert requests > 100
    assert trial.alarms(1) == ()


@pytest.mark.parametrize("kind", ["lenient", "strict", "crash", "reply", "transport"])
def test_faults_are_named(trial: Trial, kind: str) -> None:
    """Of each kind some faults of every part: their own clauses are findings."""
    faults = [fault for fault in trial.faults if fault.kind == kind]
    parts = {part_of(fault.name): fault for fault in faults}
    chosen = list({fault.name: fault for fault in [*parts.values(), *faults[::12]]}.values())
    unnamed = [one for one in map(trial.outcome, chosen) if one.state != "named"]
    # What may be refused for a thing that is not there is told with the line that says which is.
    assert all("--set" in (one.reason or "") for one in unnamed), unnamed
    assert len(unnamed) <= (kind == "strict")


def part_of(name: str) -> str:
    """What of a request or a reply a fault is about, whatever the operation."""
    for part in ("/query", "/header", "/cookie", "/path", "/body", "text/plain", ":header", "auth"):
        if part in name:
            return part
    for part in ("query#", "header#", "cookie#", "path#", "request#"):
        if part in name:
            return f"/{part}"
    return name.partition(" ")[0] if ":" in name else ""


def test_every_part_has_faults_of_its_own(pack: Pack) -> None:
    """Every clause of a request or of a reply's body and headers is what some fault breaks."""
    faults = derive(pack, make_plan(pack, examples=0))
    broken = {clause for fault in faults for clause in fault.clauses}
    unbroken = pack.contract.clauses.keys() - broken
    assert {name for name in unbroken if not name.endswith(":optional")} == set()


def _asked(pack: Pack, method: str, path: str, query: str = "", **more: Any) -> RawResponse:
    headers = {"x-level": "5", "x-key": stand_ins(pack)["key"], **more.pop("headers", {})}
    content = more.pop("content", b'{"name": "a"}')
    if content and "content-type" not in headers:
        headers["content-type"] = "application/json"
    return Echo(pack.contract, stand_ins(pack)).answer(method, path, query, headers, content)


THING = "/shops/books/things/momo"


def test_what_is_lawful_is_taken(pack: Pack) -> None:
    """The reply has the documented example, every documented header, and its media type."""
    sent = _asked(
        pack, "PUT", THING, "tags=ab&filter%5Bcolor%5D=red", headers={"cookie": "mode=dark"}
    )
    assert sent.status == 200
    headers = dict(sent.headers)
    assert headers[b"content-type"] == b"application/json"
    assert int(headers[b"x-left"]) >= 0
    assert headers[b"etag"].startswith(b'"')
    assert json.loads(sent.content) == {"name": "Momo", "price": 12.5}


@pytest.mark.parametrize(
    ("path", "query", "headers", "content", "status"),
    [
        ("/shops/food/things/momo", "", {}, b'{"name": "a"}', 400),
        ("/shops/books/things/M", "", {}, b'{"name": "a"}', 400),
        (THING, "tags=a", {}, b'{"name": "a"}', 400),
        (THING, "filter%5Bsize%5D=0", {}, b'{"name": "a"}', 400),
        (THING, "", {"x-level": "10"}, b'{"name": "a"}', 400),
        (THING, "", {"cookie": "mode=grey"}, b'{"name": "a"}', 400),
        (THING, "", {"x-key": "another"}, b'{"name": "a"}', 401),
        (THING, "", {"content-type": "application/xml"}, b"<a/>", 415),
        (THING, "", {"content-type": "text/plain"}, b"x" * 31, 400),
        (THING, "", {}, b'{"name": ""}', 400),
        (THING, "", {}, b"", 400),
    ],
)
def test_what_is_not_lawful_is_refused(
    pack: Pack, path: str, query: str, headers: dict[str, str], content: bytes, status: int
) -> None:
    """With a documented status and body, whichever part is wrong."""
    sent = _asked(pack, "PUT", path, query, headers=headers, content=content)
    assert sent.status == status
    assert json.loads(sent.content)["title"]


def test_an_id_is_taken_unless_the_plan_made_it_up(tmp_path: Path) -> None:
    """It keeps no state: every id was given to somebody, but those that nobody was given."""
    path = tmp_path / "openapi.json"
    number = {"name": "pet", "in": "path", "required": True, "schema": {"type": "integer"}}
    operation: dict[str, Any] = {"operationId": "get", "parameters": [number]}
    operation["responses"] = {"200": {"description": "."}, "404": {"description": "."}}
    about = {"openapi": "3.1.0", "info": {"title": "x", "version": "1"}}
    path.write_text(json.dumps({**about, "paths": {"/pets/{pet}": {"get": operation}}}), "utf-8")
    contract = find_pack(str(path)).contract
    echo = Echo(contract, {})
    (parameter,) = contract.operations["get"].located("path")
    nobody = values_of_nobody(parameter)[1]
    told = [echo.answer("GET", f"/pets/{text}", "", {}, b"").status for text in ("7", nobody)]
    assert told == [200, 404]


def test_a_form_of_a_client_is_read(pack: Pack) -> None:
    """What httpx writes for a multipart form is taken: our own writer had no part in it."""
    for size, status in (("3", 201), ("9", 400)):
        request = httpx.Request(
            "POST", "http://x.invalid/upload", files={"file": b"abc"}, data={"size": size}
        )
        sent = _asked(
            pack, "POST", "/upload", headers=dict(request.headers), content=request.read()
        )
        assert sent.status == status


def test_a_sample_in_two_processes(pack: Pack) -> None:
    """A document is found by its own name in every process."""
    score = selftest(pack, sample=8, jobs=2, operations=["note"], seeds=1)
    assert {outcome.state for outcome in score.outcomes} == {"named"}
    assert score.alarms == {0: ()}


def test_documented_refusals_take_turns(tmp_path: Path) -> None:
    """So that what each of them promises can be shown: of a request, and of its credential."""
    path = tmp_path / "openapi.json"
    query = [{"name": name, "in": "query", "schema": {"type": "integer"}} for name in "abcdef"]
    operation = {
        "operationId": "get",
        "security": [{"token": []}],
        "parameters": query,
        "responses": {str(s): {"description": "."} for s in (200, 400, 401, 403, 404, 422, 429)},
    }
    document = {
        "openapi": "3.1.0",
        "info": {"title": "x", "version": "1"},
        "paths": {"/things": {"get": operation}},
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }
    path.write_text(json.dumps(document), "utf-8")
    pack = find_pack(str(path))
    echo = Echo(pack.contract, stand_ins(pack))
    ours = {"authorization": f"Bearer {stand_ins(pack)['token']}"}

    def status(query: str, headers: dict[str, str]) -> int:
        return echo.answer("GET", "/things", query, headers, b"").status

    assert status("a=1", ours) == 200
    assert {status(f"{name}=x", ours) for name in "abcdef"} == {400, 404, 422}
    assert [status("", {}), status("", {"authorization": "Bearer x"})] == [401, 403]


def test_types_that_only_branches_state(tmp_path: Path) -> None:
    """A type that stands in branches of a choice alone has faults too, and they are named."""
    a = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
    b = {"type": "object", "required": ["b"], "properties": {"b": {"type": "boolean"}}}
    content = {"application/json": {"schema": {"oneOf": [a, b]}}}
    node = {
        "operationId": "send",
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "Done."}, "422": {"description": "No."}},
    }
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"post": node}},
    }
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(document), "utf-8")
    pack = find_pack(str(path))
    trial = Trial(pack, make_plan(pack, examples=0))
    faults = [one for one in derive(pack, make_plan(pack, examples=0)) if "#/a:type" in one.name]
    assert [trial.outcome(fault).state for fault in faults] == ["named"]


@pytest.mark.parametrize("count", [2, 5, 10])
def test_faults_of_several_promises_at_once(trial: Trial, count: int) -> None:
    """Of different clauses, each one is named beside the others; nothing else is found."""
    apart = {fault.clauses[0]: fault for fault in trial.faults if fault.kind == "lenient"}
    chosen = list(apart.values())[:: len(apart) // count][:count]
    assert len(chosen) == count
    _, found, _ = trial.run(chosen)
    assert {clause for fault in chosen for clause in fault.clauses} == set(found)


def test_faults_of_several_kinds_at_once(trial: Trial) -> None:
    """A leniency, a refusal, a crash and a broken reply of one operation do not hide each other."""
    of_one = [fault for fault in trial.faults if fault.operation == trial.faults[0].operation]
    words = ("header#/X-Level:maximum", "/query/tags ", "/cookie/mode ", "200#/price:type is of")
    kinds = ("lenient", "strict", "crash", "reply")
    chosen = [
        next(f for f in of_one if f.kind == kind and word in f.name)
        for kind, word in zip(kinds, words, strict=True)
    ]
    _, found, _ = trial.run(chosen)
    assert all(found.keys() & set(fault.clauses) for fault in chosen), sorted(found)
