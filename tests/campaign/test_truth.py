"""When a verdict may be said: each false red as a lawful odd endpoint, beside its broken twin."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clausewise.errors import ContractError
from clausewise.transport.target import Failed

from .odd import Answer, Call, Handler, Run, carried_out, operation, pack_of

FINE: Answer = (200, {"ok": True})
NO: Answer = (422, {"error": "no"})
SIZE = {
    "type": "object",
    "required": ["size"],
    "properties": {
        "size": {"type": "integer", "minimum": 1, "maximum": 9},
        "note": {"type": "string", "maxLength": 20},
    },
}
MINIMUM = "resize:request#/size:minimum"
MAXIMUM = "resize:request#/size:maximum"
GONE = Failed("the connection was reset")


def keeps(call: Call) -> bool:
    """Whether a body keeps SIZE, as a careful endpoint reads it."""
    body = call.body
    if not isinstance(body, dict) or type(body.get("size")) is not int:
        return False
    note = body.get("note", "")
    return 1 <= body["size"] <= 9 and isinstance(note, str) and len(note) <= 20


def careful(call: Call) -> Answer:
    """Keep the whole contract."""
    if call.path == "/ping":
        return FINE
    if call.path != "/size":
        return 404, {"error": "there is no such path"}
    return FINE if keeps(call) else NO


def sizes(root: Path, handler: Handler, **settings: Any) -> Run:
    """A run of the two operations that most of these tests are about."""
    paths = {"/size": {"put": operation("resize", SIZE)}, "/ping": {"get": operation("ping")}}
    pack = pack_of(root, paths, **settings.pop("pack", {}))
    return carried_out(pack, handler, **settings)


def asked(found: Run, what: str) -> int:
    """How many cases have this in their name."""
    return sum(what in entry.case.id for entry in found.campaign.ledger.entries)


def test_a_careful_endpoint_is_asked_nothing_again(tmp_path: Path) -> None:
    """Where nothing looks like a finding nothing is confirmed."""
    found = sizes(tmp_path, careful)
    assert found.findings == found.warnings == {}
    assert found.rulings[MINIMUM].verdict == found.rulings["resize:served"].verdict == "upheld"
    assert asked(found, "again") == asked(found, "once-more") == 0


# Asked twice before red.


def test_a_lenient_endpoint_is_so_twice(tmp_path: Path) -> None:
    """What is accepted whenever it is sent is lenient, and both exchanges show it."""

    def handler(call: Call) -> Answer:
        small = isinstance(call.body, dict) and call.body.get("size") == 0
        return FINE if small else careful(call)

    found = sizes(tmp_path, handler)
    assert found.findings == {MINIMUM: "lenient"}
    assert len(found.rulings[MINIMUM].evidence) == 2
    assert asked(found, "again") == 2  # a control, and the request itself


@pytest.mark.parametrize("turn", [0, 1])
def test_an_endpoint_that_is_lenient_by_chance(tmp_path: Path, turn: int) -> None:
    """What is accepted once and refused the next time is no finding: replies vary."""
    seen: Counter[str] = Counter()

    def handler(call: Call) -> Answer:
        if isinstance(call.body, dict) and call.body.get("size") == 0:
            seen[call.text] += 1
            return FINE if seen[call.text] % 2 == turn else NO
        return careful(call)

    found = sizes(tmp_path, handler)
    assert found.findings == {}
    if turn == 1:
        assert found.rulings[MINIMUM].verdict == "inconclusive"
        assert "replies vary" in found.rulings[MINIMUM].message
        assert {note.kind for note in found.campaign.ledger.notes} == {"replies vary"}


def test_an_endpoint_that_takes_nothing_again(tmp_path: Path) -> None:
    """A soft limiter answers 200 with another body: nothing that it took for that is lenient."""
    limited = 12

    def handler(call: Call) -> Answer:
        return (200, {"message": "slow down"}) if call.number > limited else careful(call)

    found = sizes(tmp_path, handler)
    assert "lenient" not in found.findings.values()
    assert found.findings["resize:200#/ok:required"] == "violated"


def test_of_many_findings_of_one_root_some_are_asked_again(tmp_path: Path) -> None:
    """Where nothing is validated three and every tenth are confirmed, and all are findings."""
    members = {f"m{n}": {"type": "integer", "minimum": 1, "maximum": 9} for n in range(12)}
    body = {"type": "object", "required": [*members], "properties": members}
    pack = pack_of(tmp_path, {"/all": {"put": operation("all", body)}})
    found = carried_out(pack, lambda call: FINE)
    lenient = [name for name in found.rulings if found.rulings[name].verdict == "lenient"]
    assert len(lenient) > 40
    assert asked(found, "again") < len(lenient) / 2


def test_where_one_of_a_root_differs_all_are_asked(tmp_path: Path) -> None:
    """One that is accepted by chance among many does not take the others along, nor they it."""
    members = {f"m{n}": {"type": "integer", "minimum": 1} for n in range(12)}
    body = {"type": "object", "required": [*members], "properties": members}
    pack = pack_of(tmp_path, {"/all": {"put": operation("all", body)}})
    seen: Counter[str] = Counter()

    def handler(call: Call) -> Answer:
        if isinstance(call.body, dict) and "m0" not in call.body:
            seen[call.text] += 1
            return FINE if seen[call.text] == 1 else NO
        return FINE

    found = carried_out(pack, handler)
    assert found.rulings["all:request#/m0:required"].verdict == "inconclusive"
    others = [r for r in found.rulings.values() if r.verdict == "lenient"]
    assert len(others) > 30
    assert asked(found, "again") > 2 * len(others) - 10


@pytest.mark.parametrize("most", [20, 22, 24])
def test_what_the_budget_does_not_reach(tmp_path: Path, most: int) -> None:
    """A finding that was seen and not asked again says so; some of a budget is kept for that."""
    found = sizes(tmp_path, lambda call: FINE, max_requests=most)
    assert len(found.endpoint.log) <= most
    unclear = [r for r in found.rulings.values() if "not asked again" in r.message]
    assert all(ruling.verdict == "inconclusive" for ruling in unclear)
    assert "lenient" in found.findings.values()


# Hiccups and silence.


@pytest.mark.parametrize("number", range(1, 20, 3))
@pytest.mark.parametrize("answer", [(502, {}), (503, {}), (504, {}), GONE], ids=str)
def test_one_hiccup_is_no_finding(tmp_path: Path, answer: Answer, number: int) -> None:
    """A failure on the way, once, whose repetition comes out right, breaks nothing."""
    found = sizes(tmp_path, lambda call: answer if call.number == number else careful(call))
    assert found.findings == {}
    assert found.campaign.complete
    assert found.rulings["resize:served"].verdict == "upheld"
    assert found.rulings[MINIMUM].verdict == "upheld"


@pytest.mark.parametrize("status", [500, 501])
def test_a_crash_stands_by_itself(tmp_path: Path, status: int) -> None:
    """A 500 and a 501 are the server's own, once is enough."""
    found = sizes(tmp_path, lambda call: (status, {}) if call.number == 9 else careful(call))
    assert found.findings == {"resize:status": "violated"}


@pytest.mark.parametrize("answer", [(502, {}), GONE], ids=str)
def test_what_fails_whenever_it_is_sent(tmp_path: Path, answer: Answer) -> None:
    """A request that fails twice while others are answered breaks the promise of a status."""

    def handler(call: Call) -> Answer:
        high = isinstance(call.body, dict) and call.body.get("size") == 10
        return answer if high else careful(call)

    found = sizes(tmp_path, handler)
    assert found.findings == {"resize:status": "violated"}
    assert found.rulings[MAXIMUM].verdict == "inconclusive"


@pytest.mark.parametrize("path", ["/size", "/ping"])
def test_an_operation_that_never_answers(tmp_path: Path, path: str) -> None:
    """The first one or the last: the target is there, for the other one is answered."""
    found = sizes(tmp_path, lambda call: GONE if call.path == path else careful(call))
    name = "resize" if path == "/size" else "ping"
    assert found.findings == {f"{name}:status": "violated"}
    assert "while others were answered" in found.rulings[f"{name}:status"].message


# Whether it serves.


def things(root: Path, handler: Handler, schema: Any, name: str = "thing_id", **more: Any) -> Run:
    """A run of an operation that asks for one thing, beside one that needs nothing."""
    parameter = {"name": name, "in": "path", "required": True, "schema": schema, **more}
    paths = {
        f"/things/{{{name}}}": {"get": operation("look", parameters=[parameter])},
        "/ping": {"get": operation("ping")},
    }
    return carried_out(pack_of(root, paths), handler)


def test_a_thing_that_may_not_be_there(tmp_path: Path) -> None:
    """A 404 for the example of an id says nothing, and the line that would help is told."""
    found = things(
        tmp_path,
        lambda call: FINE if call.path == "/ping" else (404, {}),
        {"type": "string"},
        example="abc",
    )
    assert found.findings == {}
    ruling = found.rulings["look:served"]
    assert ruling.verdict == "inconclusive"
    assert "--set look:path#/thing_id=VALUE" in ruling.message


def test_a_path_that_is_not_served(tmp_path: Path) -> None:
    """Where the request carries nothing that could be wrong, a 404 is strict."""
    found = sizes(tmp_path, lambda call: (404, {}) if call.path == "/ping" else careful(call))
    assert found.findings == {"ping:served": "strict"}


ACCOUNT = {
    "type": "object",
    "required": ["mail"],
    "properties": {"mail": {"type": "string", "format": "email"}},
}


def accounts(root: Path, answer: Answer, body: Any = ACCOUNT) -> Run:
    """A run of a sign-up that answers everything alike, beside an operation that is fine."""
    paths = {
        "/accounts": {"post": operation("sign_up", body, "201")},
        "/ping": {"get": operation("ping")},
    }
    pack = pack_of(root, paths)
    return carried_out(pack, lambda call: FINE if call.path == "/ping" else answer)


@pytest.mark.parametrize(
    "answer",
    [
        (409, {}),
        (422, {"error": "that address is already registered"}),
        (400, {"mail": ["must be unique"]}),
        (422, {"error": "the referenced account was not found"}),
        (400, {"detail": "Incorrect username or password"}),
        (422, {"error": "Invalid e-mail address or password."}),
        (423, {}),
        (410, {}),
    ],
    ids=str,
)
def test_values_that_may_be_taken(tmp_path: Path, answer: Answer) -> None:
    """What speaks of what is there already, or is not, refuses no promise of the contract."""
    found = accounts(tmp_path, answer)
    assert found.findings == {}
    assert found.rulings["sign_up:served"].verdict == "inconclusive"


def test_a_sign_up_that_takes_nobody(tmp_path: Path) -> None:
    """Well-known values that differ and are refused alike, in other words, are strict."""
    found = accounts(tmp_path, (422, {"error": "bad address"}))
    assert found.findings == {"sign_up:served": "strict"}


def test_a_format_that_nobody_knows(tmp_path: Path) -> None:
    """A value made up for it proves nothing when it is refused."""
    body = {**ACCOUNT, "properties": {"mail": {"type": "string", "format": "iban"}}}
    found = accounts(tmp_path, (422, {"error": "bad"}), body)
    assert found.findings == {}
    assert "nobody can tell what keeps its format iban" in found.rulings["sign_up:served"].message


def test_a_thing_that_a_body_names(tmp_path: Path) -> None:
    """A member that is named like an id may name nothing that is there."""
    body = {
        "type": "object",
        "required": ["owner_id"],
        "properties": {"owner_id": {"type": "string"}},
    }
    found = accounts(tmp_path, (422, {"error": "bad"}), body)
    assert found.findings == {}
    assert "--set sign_up:request#/owner_id=VALUE" in found.rulings["sign_up:served"].message


# Acceptance needs no base.


def test_a_broken_request_is_accepted_where_no_lawful_one_is(tmp_path: Path) -> None:
    """It is lenient where the reply is the documented one, and not what any path gets."""

    def handler(call: Call) -> Answer:
        if call.path != "/size":
            return careful(call)
        return FINE if call.body in (None, {}) else NO

    found = sizes(tmp_path, handler)
    assert found.findings["resize:request:required"] == "lenient"
    assert found.findings["resize:request#/size:required"] == "lenient"


def test_an_endpoint_that_answers_anything(tmp_path: Path) -> None:
    """Where a path of no contract gets the same answer, an acceptance says nothing."""

    def handler(call: Call) -> Answer:
        lawful = isinstance(call.body, dict) and isinstance(call.body.get("size"), int | float)
        return NO if call.path == "/size" and lawful else FINE

    found = sizes(tmp_path, handler)
    assert "lenient" not in found.findings.values()
    ruling = found.rulings["resize:request:required"]
    assert ruling.verdict == "inconclusive"
    assert "2xx to anything" in ruling.message


def test_what_is_wrong_with_a_base_hides_no_acceptance(tmp_path: Path) -> None:
    """A member that is refused whenever it is right is lenient all the same when it is broken."""

    def handler(call: Call) -> Answer:
        if call.path != "/size" or not isinstance(call.body, dict) or "note" not in call.body:
            return careful(call)
        return NO if isinstance(call.body["note"], str) and keeps(call) else FINE

    found = sizes(tmp_path, handler)
    assert found.findings["resize:request#/note:maxLength"] == "lenient"
    assert found.rulings[MINIMUM].verdict == "upheld"


# Soft and hard.


TYPE = "resize:request#/size:type"


def taking(*sizes_taken: Any) -> Handler:
    """An endpoint that takes these as a size as well, by their JSON."""
    known = {json.dumps(size) for size in sizes_taken}

    def handler(call: Call) -> Answer:
        size = call.body.get("size") if isinstance(call.body, dict) else None
        missing = not isinstance(call.body, dict) or "size" not in call.body
        return FINE if not missing and json.dumps(size) in known else careful(call)

    return handler


def test_a_number_as_text_is_a_coercion(tmp_path: Path) -> None:
    """That "1" is taken for 1 warns, and the ruling says why."""
    found = sizes(tmp_path, taking("1"))
    assert found.findings == {}
    assert found.warnings == {TYPE: "lenient"}
    assert "a string was taken for the integer" in str(found.rulings[TYPE].soft_because)


def test_a_pack_may_take_coercions_seriously(tmp_path: Path) -> None:
    """With `coercions: hard` the same is a finding."""
    found = sizes(tmp_path, taking("1"), pack={"coercions": "hard"})
    assert found.findings == {TYPE: "lenient"}


def test_coercions_are_soft_or_hard(tmp_path: Path) -> None:
    """Another word is told with file and line."""
    with pytest.raises(ContractError, match="`coercions` is soft or hard, not 'off'"):
        pack_of(tmp_path, {"/ping": {"get": operation("ping")}}, coercions="off")


@pytest.mark.parametrize("size", [None, True, 1.5])
def test_other_kinds_for_a_number_are_hard(tmp_path: Path, size: Any) -> None:
    """Null, a boolean and a fraction for an integer are no coercions."""
    found = sizes(tmp_path, taking(size))
    assert found.findings == {TYPE: "lenient"}
    assert found.warnings == {}


@pytest.mark.parametrize("kept", ["shorn", "as it came", "unseen"])
def test_blanks_that_are_taken_off(tmp_path: Path, kept: str) -> None:
    """That they are taken off a text warns where its reply shows so; that they are kept is hard."""
    body = {"type": "object", "properties": {"slug": {"type": "string", "pattern": "^[a-z]+$"}}}

    def handler(call: Call) -> Answer:
        slug = call.body.get("slug", "a") if isinstance(call.body, dict) else None
        if not isinstance(slug, str) or not re.fullmatch("[a-z]+", slug.strip()):
            return NO
        shown = {"shorn": {"slug": slug.strip()}, "as it came": {"slug": slug}, "unseen": {}}
        return 200, {"ok": True, **shown[kept]}

    pack = pack_of(tmp_path, {"/pages": {"post": operation("add", body)}})
    found = carried_out(pack, handler)
    name = {"add:request#/slug:pattern": "lenient"}
    assert (found.findings, found.warnings) == (({}, name) if kept == "shorn" else (name, {}))


def test_soft_evidence_hides_no_hard_one(tmp_path: Path) -> None:
    """Where both are accepted the finding is hard, and its first evidence is what is hard."""
    found = sizes(tmp_path, taking("1", None))
    assert found.findings == {TYPE: "lenient"}
    assert "null" in found.rulings[TYPE].message


def test_a_text_may_be_given_as_a_number(tmp_path: Path) -> None:
    """A number for a text warns as well."""

    def handler(call: Call) -> Answer:
        body = call.body
        if isinstance(body, dict) and type(body.get("note")) is int:
            return FINE if keeps(replace(call, body={"size": body.get("size")})) else NO
        return careful(call)

    found = sizes(tmp_path, handler)
    assert found.findings == {}
    assert found.warnings == {"resize:request#/note:type": "lenient"}


def test_a_long_text_may_be_refused(tmp_path: Path) -> None:
    """Where no limit is documented the refusal of a long text warns; a documented one is hard."""
    for limit, soft in ((None, True), (300, False)):
        note: dict[str, Any] = {"type": "string", **({"maxLength": limit} if limit else {})}
        body = {"type": "object", "properties": {"note": note}}
        paths = {"/notes": {"post": operation("write", body)}}

        def handler(call: Call) -> Answer:
            long = isinstance(call.body, dict) and len(str(call.body.get("note", ""))) > 100
            lawful = isinstance(call.body, dict) and isinstance(call.body.get("note", ""), str)
            return FINE if lawful and not long else NO

        found = carried_out(pack_of(tmp_path / str(limit), paths), handler)
        told = found.warnings if soft else found.findings
        assert [v for n, v in told.items() if n.startswith("write:request#/note")] == ["strict"]
        assert bool(found.findings) is not soft


@pytest.mark.parametrize("strict", [True, False])
def test_members_that_nobody_documented(tmp_path: Path, strict: bool) -> None:
    """Where none are forbidden they are sent, and their refusal warns, once and in words."""
    body = {"type": "object", "properties": {"size": {"type": "integer"}}}

    def handler(call: Call) -> Answer:
        if not isinstance(call.body, dict) or type(call.body.get("size", 1)) is not int:
            return NO
        return NO if strict and call.body.keys() - {"size"} else FINE

    paths = {"/sizes": {"post": operation("write", body)}}
    found = carried_out(pack_of(tmp_path, paths), handler)
    assert found.findings == {}
    assert found.warnings == ({"write:served": "strict"} if strict else {})
    if strict:
        assert "a member that the contract does not name" in found.rulings["write:served"].message
        assert "documents rarely say" in str(found.rulings["write:served"].soft_because)


@pytest.mark.parametrize("most", [500, 5000])
def test_a_text_of_a_thousand_characters(tmp_path: Path, most: int) -> None:
    """A limit that is written nowhere, above what pairs are made of, warns and is named."""
    body = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}

    def handler(call: Call) -> Answer:
        values = call.body.values() if isinstance(call.body, dict) else [None]
        if not all(isinstance(value, str | int) for value in values):
            return NO
        texts = [call.body.get(name, "") for name in ("a", "b")]
        if not all(isinstance(text, str) for text in texts):
            return NO
        return NO if len(texts[1]) > most else FINE

    paths = {"/texts": {"post": operation("write", body)}}
    found = carried_out(pack_of(tmp_path, paths), handler)
    assert found.findings == {}
    strict = {name for name, verdict in found.warnings.items() if verdict == "strict"}
    assert strict == ({"write:request#/b:type"} if most == 500 else set())


@pytest.mark.parametrize("given", [True, False])
def test_a_header_that_is_never_left_out(tmp_path: Path, given: bool) -> None:
    """What the user's own header is in every request shows nothing of leaving it out."""
    parameter = {"name": "X-Tenant", "in": "header", "schema": {"type": "string"}}
    paths = {"/things": {"get": operation("list", parameters=[parameter])}}
    headers = ("X-Tenant: acme",) if given else ()
    found = carried_out(pack_of(tmp_path, paths), lambda call: FINE, headers=headers)
    left_out = found.rulings["list:header#/X-Tenant:optional"]
    assert left_out.verdict == ("unexercised" if given else "upheld")


@pytest.mark.parametrize("most", [1, 1000])
def test_one_lawful_request_of_eight_is_refused(tmp_path: Path, most: int) -> None:
    """Refused once it is no finding: replies vary. Refused again, and accepted after, it is one."""
    body = {"type": "object", "properties": {name: {"type": "integer"} for name in "abcd"}}
    lawful = 0

    def handler(call: Call) -> Answer:
        nonlocal lawful
        values = call.body.values() if isinstance(call.body, dict) else [None]
        if not all(type(value) is int or isinstance(value, str) for value in values):
            return NO
        if any(isinstance(call.body.get(name, 0), str) for name in "abcd"):
            return NO
        lawful += 1
        return NO if lawful % 8 == 3 and lawful <= 8 * most else FINE

    found = carried_out(pack_of(tmp_path, {"/a": {"post": operation("write", body)}}), handler)
    assert found.findings == ({} if most == 1 else {"write:served": "strict"})
    assert "replies vary" in {note.kind for note in found.campaign.ledger.notes}
    served = found.rulings["write:served"]
    told = "replies vary" if most == 1 else "accepted in between"
    assert told in served.message


@pytest.mark.parametrize(
    "said", ["ThrottlingException", "quota exceeded", "an import is in progress"]
)
def test_who_is_asked_too_often_refuses_by_turns(tmp_path: Path, said: str) -> None:
    """An answer that speaks of the moment, by whatever status, makes no finding of that."""
    asked = 0

    def handler(call: Call) -> Answer:
        nonlocal asked
        asked += 1
        return (400, {"error": said}) if asked % 3 == 2 else FINE

    found = carried_out(pack_of(tmp_path, {"/a": {"get": operation("read")}}), handler)
    assert "replies vary" in {note.kind for note in found.campaign.ledger.notes}
    assert found.findings == {}


@pytest.mark.parametrize("most", [None, 150])
def test_what_varies_is_asked_last(tmp_path: Path, most: int | None) -> None:
    """What looks like a finding elsewhere is asked again before, also where a budget ends."""
    body = {"type": "object", "properties": {name: {"type": "integer"} for name in "abcd"}}
    asked = 0

    def handler(call: Call) -> Answer:
        nonlocal asked
        if call.path == "/loose":
            return FINE
        values = call.body.values() if isinstance(call.body, dict) else [None]
        if not all(type(value) is int for value in values):
            return NO
        asked += 1
        return NO if asked % 8 == 3 else FINE

    paths = {
        "/varying": {"post": operation("vary", body)},
        "/loose": {"post": operation("take", body)},
    }
    found = carried_out(pack_of(tmp_path, paths), handler, max_requests=most)
    names = [entry.case.id for entry in found.campaign.ledger.entries]
    turns = [number for number, name in enumerate(names) if "by-turns" in name]
    others = [n for n, name in enumerate(names) if "again-" in name and n not in turns]
    assert turns
    assert any(names[number].startswith("take/") for number in others)
    assert max(others) < min(turns)


@pytest.mark.parametrize("status", [404, 409])
def test_what_comes_and_goes_is_refused_now_and_then(tmp_path: Path, status: int) -> None:
    """An answer about what is there, or about the state of things, makes no finding of that."""
    asked = 0

    def handler(call: Call) -> Answer:
        nonlocal asked
        asked += 1
        return (status, {"error": "no"}) if asked % 3 == 2 else FINE

    found = carried_out(pack_of(tmp_path, {"/a": {"get": operation("read")}}), handler)
    assert found.findings == {}
