"""Rules of several exchanges: what their folds know of a key, and what a message tells."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from clausewise import fold as marked
from clausewise.checks import Broken, Kept, Message
from clausewise.contract import Contract, load_contract
from clausewise.exchange import Exchange, Request, Response
from clausewise.judge.history import MOST_STATES, History, Occurrence, Verdict
from clausewise.judge.replies import ReplyJudge, ReplyJudgement
from clausewise.secrets.secret_set import SecretSet

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Small", "version": "1"},
    "paths": {
        "/things/{id}": {
            "put": {
                "operationId": "put",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "tags", "in": "query", "schema": {"type": "array"}},
                ],
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "properties": {
                                    "name": {"type": "string"},
                                    "key": {"type": "string", "writeOnly": True},
                                    "inner": {
                                        "type": "object",
                                        "properties": {
                                            "key": {"type": "string", "writeOnly": True}
                                        },
                                    },
                                },
                            }
                        }
                    }
                },
                "responses": {"200": {"description": "Done."}, "4XX": {"description": "No."}},
            },
            "get": {
                "operationId": "look",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
                ],
                "responses": {"200": {"description": "Done."}},
            },
        }
    },
}
RULES = """
R: {statement: Nothing comes back., operations: [put], check: watched}
K:
  statement: All of a thing are counted.
  operations: [put]
  fold: counted
  by: [/request/path/id, /response/body/id, /response/body/*/id]
N:
  statement: A name is told once.
  operations: [put]
  when:
    properties:
      request: {required: [body], properties: {body: {type: object, required: [name]}}}
  fold: named
  by: /request/path/id
S: {statement: No secret comes back., operations: [put], fold: secret, by: null}
"""


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """One operation with secrets in its body, and one rule with a check."""
    root = tmp_path_factory.mktemp("pack")
    (root / "openapi.json").write_text(json.dumps(DOCUMENT), "utf-8")
    (root / "rules.yaml").write_text(RULES, "utf-8")
    return load_contract(root, root / "openapi.json", root / "rules.yaml")


def _message(number: int) -> Message:
    return Message("put", number, 200, None, None)


class Run:
    """Exchanges judged one after the other, and what the rules' functions saw of them."""

    def __init__(self, contract: Contract) -> None:
        self.seen: list[Message] = []
        self.history = History()
        self.checks: dict[str, Callable[..., Any]] = {
            "watched": self._watched,
            "counted": self._counted,
            "named": self._named,
            "secret": self._secret,
        }
        self.judge = ReplyJudge(contract, contract.operations["put"], self.checks)
        self.look = ReplyJudge(contract, contract.operations["look"], self.checks)

    def _watched(self, message: Message) -> Verdict:
        self.seen.append(message)
        return None

    def _counted(self, names: tuple[str, ...] | None, message: Message, at: str) -> Any:
        name = message.request_body.get("name") if isinstance(message.request_body, dict) else None
        return (*(names or ()), name), Broken(f"{at} after {list(names or ())}")

    def _named(self, names: tuple[str, ...] | None, message: Message, _: str) -> Any:
        return (*(names or ()), message.request_body["name"]), Broken(f"after {list(names or ())}")

    def _secret(self, sent: SecretSet | None, message: Message, at: str) -> Any:
        sent = (sent or SecretSet()).after(message.secrets, message.openly)
        found = sent.first_in(message.reply_texts())
        return sent, Broken(f"{at}{found}") if found else Kept() if sent else None

    def exchange(
        self, body: Any, status: int = 200, sent: int | None = None, reply: Any = None, **parts: Any
    ) -> ReplyJudgement:
        """Judge one exchange."""
        path = parts.get("path", {"id": "thing-0001"})
        content = json.dumps(body).encode()
        request = Request("PUT", "http://x/", (), content, path, parts.get("query", {}))
        answer = json.dumps(reply).encode() if reply is not None else b""
        response = Response(status, (), answer, 0.0) if status else None
        judge = self.look if parts.get("look") else self.judge
        return judge.judge(Exchange("put", request, response), self.history, sent)

    def earlier(self, body: Any, **parts: Any) -> str:
        """What the rule of several exchanges knew when it was asked about one."""
        return said(self.exchange(body, **parts), "K")


def said(judgement: ReplyJudgement, rule: str) -> str:
    """What a rule says: where it is broken, kept, or nothing."""
    told = [one.message for one in judgement.broken if one.clause == f"put:rule:{rule}"]
    return told[0] if told else "kept" if f"put:rule:{rule}" in judgement.kept else ""


def test_a_fold_knows_what_was_before(contract: Contract) -> None:
    """It is given what it gave for the same key the last time, and nothing at first."""
    run = Run(contract)
    told = [run.earlier({"name": f"n{number}"}) for number in range(3)]
    at = "/request/path/id after"
    assert told == [f"{at} []", f"{at} ['n0']", f"{at} ['n0', 'n1']"]


def test_each_key_has_a_state_of_its_own(contract: Contract) -> None:
    """What happened to one thing says nothing of another."""
    run = Run(contract)
    run.exchange({"name": "a"})
    assert run.earlier({"name": "b"}, path={"id": "thing-0002"}).endswith("after []")
    assert run.earlier({"name": "c"}).endswith("after ['a']")


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ("0d9c5c1e-52f6-4f7e-8f0d-6f3e4c1b2a90", "0D9C5C1E-52F6-4F7E-8F0D-6F3E4C1B2A90", True),
        ("thing-a", "THING-A", False),
        ("7", 7, True),
        ("x" * 36, "X" * 36, False),
    ],
)
def test_one_thing_has_one_key(contract: Contract, first: Any, second: Any, alike: bool) -> None:
    """A UUID in either case, and a number in a path or a body; other texts as they are."""
    run = Run(contract)
    run.exchange({"name": "a"}, path={}, reply={"id": first})
    told = run.earlier({"name": "b"}, path={}, reply={"id": second})
    assert told == f"/response/body/id after {['a'] if alike else []}"


@pytest.mark.parametrize("reply", [{}, {"id": None}, {"id": ["thing-0001"]}, {"id": ""}])
def test_what_has_no_key_stands_for_itself(contract: Contract, reply: Any) -> None:
    """It is asked about, but neither knows anything nor leaves anything behind."""
    run = Run(contract)
    for _ in range(2):
        told = run.earlier({"name": "a"}, path={}, reply=reply)
        assert told == "/response/body/id after []"


def test_a_list_is_about_each_of_its_items(contract: Contract) -> None:
    """Every item has the state of its own key; the first breach is told."""
    run = Run(contract)
    run.exchange({"name": "a"}, path={"id": "two"})
    told = run.earlier({"name": "b"}, path={}, reply=[{"id": "one"}, {"id": "two"}])
    assert told == "/response/body/0/id after []"
    assert run.earlier({"name": "c"}, path={"id": "two"}).endswith("after ['a', 'b']")


def test_a_key_that_stands_twice_is_not_before_itself(contract: Contract) -> None:
    """Neither place of one exchange is the earlier one; later ones know of both."""
    history = History()
    seen: list[Any] = []

    def fold(known: Any, message: Message, at: str) -> Any:
        seen.append(known)
        return (*(known or ()), at), None

    twice = (Occurrence("k", "/1"), Occurrence("k", "/2"))
    for _ in range(2):
        history.add(_message(0), {"R": (fold, twice)})
    assert seen[0] is None
    assert None in seen[1:3]
    history.add(_message(1), {"R": (fold, (Occurrence("k", "/3"),))})
    assert seen[-1] == ("/1", "/2") * 2


def test_what_was_under_way_at_the_same_time_is_not_before(contract: Contract) -> None:
    """A reply that came while a request was under way may be about a later state than its own."""
    run = Run(contract)
    run.exchange({"name": "a"})
    sent = run.history.now()
    run.exchange({"name": "b"})
    assert run.earlier({"name": "c"}, sent=sent).endswith("after ['a']")
    assert run.earlier({"name": "d"}, sent=run.history.now()).endswith("after ['a', 'b', 'c']")


def test_a_fold_that_minds_no_order_is_told_of_what_was_under_way() -> None:
    """It is asked once, with all that is over; where nothing was known at sending nothing is kept.

    What is broken is broken all the same.
    """
    history, asked = History(), 0

    @marked(in_any_order=True)
    def seen(known: frozenset[int] | None, message: Message, at: str) -> Any:
        nonlocal asked
        asked += 1
        number = message.request_body
        after = (known or frozenset()) | ({abs(number)} if number else frozenset())
        if number < 0 and -number in (known or ()):
            return after, Broken(f"{-number} came back")
        return after, Kept() if after else None

    def add(number: int, sent: int) -> Any:
        folds = {"R": (seen, (Occurrence("", ""),))}
        return history.add(_message(number), folds, sent)["R"]

    assert add(7, sent=0) == Kept()
    assert add(0, sent=0) is None
    assert add(-7, sent=0) == Broken("7 came back")
    later = history.now()
    asked = 0
    for number in range(1, MOST_STATES + 2):
        assert add(number, sent=later) == Kept()
    assert add(-9, sent=later) == Broken("9 came back")
    assert asked == MOST_STATES + 2


def test_what_took_too_long_is_not_judged(contract: Contract) -> None:
    """Where a key has changed more often than is remembered, nothing is said of it."""
    run = Run(contract)
    sent = run.history.now()
    for number in range(MOST_STATES + 1):
        run.exchange({"name": f"n{number}"})
    assert run.earlier({"name": "late"}, sent=sent) == ""
    assert "late" in run.earlier({"name": "next"})


def test_an_exchange_of_any_operation_is_remembered(contract: Contract) -> None:
    """Also of one that the rule is not about: there it says nothing."""
    run = Run(contract)
    judgement = run.exchange({"name": "a"}, look=True)
    assert (judgement.broken, judgement.kept) == ((), ("look:status",))
    assert run.earlier({"name": "b"}).endswith("after ['a']")


def test_what_does_not_concern_a_fold_is_not_shown_to_it(contract: Contract) -> None:
    """Where its `when` does not hold it is not asked, and remembers nothing; later it is."""
    run = Run(contract)
    told = [said(run.exchange(body), "N") for body in ({"name": "a"}, {}, {"name": "b"})]
    assert told == ["after []", "", "after ['a']"]


def test_what_says_nothing_is_not_remembered(contract: Contract) -> None:
    """No reply, and a call for patience, are no exchanges that a rule could be about."""
    run = Run(contract)
    for status in (0, 429, 503):
        assert run.exchange({"key": "canary-key-1"}, status) == ReplyJudgement()
    assert run.earlier({"name": "x"}).endswith("after []")
    assert len(run.seen) == run.history.now() == 1


def test_refusals_are_remembered(contract: Contract) -> None:
    """What was refused may still be repeated: its secrets count."""
    run = Run(contract)
    run.exchange({"key": "canary-key-1"}, 422)
    assert said(run.exchange({"name": "x"}, reply="canary-key-1"), "S") == "canary-key-1"


def test_the_cost_of_an_exchange_does_not_grow(contract: Contract) -> None:
    """A fold is asked once for each exchange, however many there were before."""
    history, calls = History(), 0

    def fold(known: Any, message: Message, at: str) -> Any:
        nonlocal calls
        calls += 1
        return known or "seen", None

    for number in range(1, 500):
        sent = history.now()
        history.add(_message(number), {"R": (fold, (Occurrence("k", "/"),))}, sent)
        assert calls == number


def test_the_oldest_keys_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream of any length holds a bounded number of states; what was seen last stays."""
    monkeypatch.setattr("clausewise.judge.history.MOST_KEYS", 2)
    history = History()

    def fold(known: Any, message: Message, at: str) -> Any:
        return (known or 0) + 1, Broken(str(known))

    def look(key: str) -> Any:
        verdict = history.add(_message(0), {"R": (fold, (Occurrence(key, "/"),))})["R"]
        assert isinstance(verdict, Broken)
        return verdict.message

    assert [look(key) for key in ("a", "b", "a", "c", "a", "b")] == [
        "None", "None", "1", "None", "2", "None",
    ]  # fmt: skip


def test_threads_lose_nothing() -> None:
    """Exchanges from several threads are all folded in."""
    history = History()

    def fold(known: Any, message: Message, at: str) -> Any:
        return (known or 0) + 1, Broken(str(known))

    def note(thread: int) -> None:
        for number in range(200):
            sent = history.now()
            keys = (Occurrence("all", ""), Occurrence(f"{thread}", ""))
            history.add(_message(number), {"R": (fold, keys)}, sent)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(note, range(4)))
    assert history.now() == 800
    for key, count in (("all", 800), ("0", 200), ("3", 200)):
        verdict = history.add(_message(0), {"R": (fold, (Occurrence(key, ""),))})["R"]
        assert verdict == Broken(str(count))


def test_secrets_are_the_write_only_members(contract: Contract) -> None:
    """At any depth; what is beside them, their names and the parameters are said openly."""
    run = Run(contract)
    run.exchange(
        {"name": "open", "key": "canary-key-1", "inner": {"key": "canary-key-2"}},
        query={"tags": ["a", "x"], "n": 7, "f": True},
    )
    assert run.seen[-1].secrets == ("canary-key-1", "canary-key-2")
    assert set(run.seen[-1].openly) == {"name", "open", "inner", "thing-0001", "a", "x"}


def test_what_is_no_text_is_no_secret(contract: Contract) -> None:
    """A broken request may have anything there."""
    run = Run(contract)
    for value in (7, None, ["canary-key-1"], {"a": 1}):
        run.exchange({"key": value})
        assert not run.seen[-1].secrets
    for body in (["key"], "canary-key-1"):
        run.exchange(body)
        assert not run.seen[-1].secrets


def test_without_a_history_each_exchange_stands_for_itself(contract: Contract) -> None:
    """As when a single request is judged again."""
    run = Run(contract)
    request = Request("PUT", "http://x/", (), b'{"name": "a"}', {"id": "thing-0001"})
    for _ in range(2):
        judgement = run.judge.judge(Exchange("put", request, Response(200, (), b"", 0.0)))
        assert said(judgement, "K").endswith("after []")
    assert run.history.now() == 0
