"""What a run has said and heard so far: its order, its secrets, and what a check sees of it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from clausewise.checks import Broken, Kept, Message
from clausewise.contract import Contract, load_contract
from clausewise.exchange import Exchange, Request, Response
from clausewise.judge.history import History
from clausewise.judge.replies import Judgement, ReplyJudge

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
            }
        }
    },
}
RULES = "R: {statement: Nothing comes back., operations: [put], check: watched}\n"


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """One operation with secrets in its body, and one rule with a check."""
    root = tmp_path_factory.mktemp("pack")
    (root / "openapi.json").write_text(json.dumps(DOCUMENT), "utf-8")
    (root / "rules.yaml").write_text(RULES, "utf-8")
    return load_contract(root, root / "openapi.json", root / "rules.yaml")


class Run:
    """Exchanges judged one after the other, and the messages that the check saw."""

    def __init__(self, contract: Contract) -> None:
        self.seen: list[Message] = []
        self.history = History()
        self.judge = ReplyJudge(contract, contract.operations["put"], {"watched": self._watched})

    def _watched(self, message: Message) -> Kept | Broken | None:
        self.seen.append(message)
        return None

    def exchange(self, body: Any, status: int = 200, **parts: Any) -> Judgement:
        """Judge one exchange."""
        path = parts.get("path", {"id": "thing-0001"})
        content = json.dumps(body).encode()
        request = Request("PUT", "http://x/", (), content, path, parts.get("query", {}))
        response = Response(status, (), b"", 0.0) if status else None
        before = self.history.now()
        return self.judge.judge(Exchange("put", request, response), self.history, before)

    def secrets(self) -> tuple[str, ...]:
        """The secrets that the last message knew of."""
        return self.seen[-1].sent_secrets


def _message(number: int) -> Message:
    return Message("put", number, 200, None, None)


def test_what_was_before_does_not_grow() -> None:
    """Who looks at what is over keeps seeing the same, whatever comes after."""
    history = History()
    assert list(history.now()) == []
    for number in range(3):
        history.add(_message(number))
    before = history.now()
    for number in range(3, 6):
        history.add(_message(number))
    assert [message.request_body for message in before] == [0, 1, 2]
    assert len(before) == 3
    assert len(history.now()) == 6


def test_what_was_before_is_a_sequence() -> None:
    """It is indexed, sliced, searched and turned round like any other."""
    history = History()
    for number in range(4):
        history.add(_message(number))
    before = history.now()
    history.add(_message(9))
    told = [message.request_body for message in before]
    assert told == [0, 1, 2, 3]
    assert [before[index].request_body for index in (0, 3, -1, -4)] == [0, 3, 3, 0]
    for index in (4, -5):
        with pytest.raises(IndexError):
            before[index]
    assert [message.request_body for message in before[1:]] == [1, 2, 3]
    assert [message.request_body for message in before[-2:9]] == [2, 3]
    assert [message.request_body for message in reversed(before)] == told[::-1]
    assert _message(2) in before
    assert _message(9) not in before
    assert bool(History().now()) is False


def test_secrets_add_up_in_their_order() -> None:
    """Each once, those of earlier requests first."""
    history = History()
    assert history.tell(["one"], []) == ("one",)
    assert history.tell([], ["something"]) == ("one",)
    assert history.tell(["two", "one"], []) == ("one", "two")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((["secret"], ["a secret text"]), ([], [])),
        ((["secret"], []), ([], ["secret"])),
        ((["secret"], []), ([], ["https://x/secret?y"])),
        (([], ["secrets"]), (["secret"], [])),
        ((["secret"], []), (["secret"], ["secret"])),
        (([""], []), ([""], [])),
    ],
)
def test_what_is_said_openly_is_no_secret(
    first: tuple[list[str], list[str]], second: tuple[list[str], list[str]]
) -> None:
    """Whichever came first: it may come back as what it was said as. Nor is nothing a secret."""
    history = History()
    history.tell(*first)
    assert history.tell(*second) == ()
    assert history.tell(["another"], []) == ("another",)


def test_threads_lose_nothing() -> None:
    """Notes from several threads are all there, and a look at them never sees half of one."""
    history = History()

    def note(thread: int) -> bool:
        for number in range(200):
            history.tell([f"<{thread}-{number}>"], [f"name {thread}"])
            before = history.now()
            history.add(_message(thread * 1000 + number))
            if any(message is None for message in before) or len(before) != len(list(before)):
                return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(note, range(4)))
    assert len(history.now()) == 800
    assert len(set(history.tell([], []))) == 800
    for thread in range(4):
        own = [m.request_body for m in history.now() if m.request_body // 1000 == thread]
        assert own == sorted(own)


def test_a_check_sees_the_exchanges_before_its_own(contract: Contract) -> None:
    """Those whose replies were there when the request was sent, without the exchange itself."""
    run = Run(contract)
    for number in range(3):
        run.exchange({"name": f"n{number}"})
    assert [len(message.before) for message in run.seen] == [0, 1, 2]
    assert [m.request_body["name"] for m in run.seen[2].before] == ["n0", "n1"]
    assert run.seen[1].before[0] is run.seen[0]


def test_what_says_nothing_is_not_remembered(contract: Contract) -> None:
    """No reply, and a call for patience, are no exchanges that a rule could be about."""
    run = Run(contract)
    for status in (0, 429, 503):
        assert run.exchange({"key": "canary-key-1"}, status) == Judgement()
    run.exchange({"name": "x"})
    assert len(run.seen) == len(run.history.now()) == 1
    assert list(run.seen[0].before) == []


def test_refusals_are_remembered(contract: Contract) -> None:
    """What was refused may still be repeated: its secrets count."""
    run = Run(contract)
    run.exchange({"key": "canary-key-1"}, 422)
    run.exchange({"name": "x"})
    assert run.secrets() == ("canary-key-1",)
    assert run.seen[1].before[0].status == 422


def test_secrets_are_the_write_only_members(contract: Contract) -> None:
    """At any depth; what is beside them, their names and the parameters are said openly."""
    run = Run(contract)
    run.exchange({"name": "open", "key": "canary-key-1", "inner": {"key": "canary-key-2"}})
    assert run.secrets() == ("canary-key-1", "canary-key-2")
    run.exchange({"name": "canary-key-1"})
    assert run.secrets() == ("canary-key-2",)
    run.exchange({}, path={"id": "canary-key-2"})
    assert not run.secrets()


def test_what_is_in_a_query_is_said_openly(contract: Contract) -> None:
    """Texts, and texts in lists; numbers and flags are none."""
    run = Run(contract)
    run.exchange({"key": "canary-key-1", "inner": {"key": "canary-key-2"}})
    run.exchange({}, query={"tags": ["a", "x canary-key-2"], "n": 7, "f": True})
    assert run.secrets() == ("canary-key-1",)
    run.exchange({}, query={"q": "canary-key-1"})
    assert not run.secrets()


def test_what_is_no_text_is_no_secret(contract: Contract) -> None:
    """A broken request may have anything there."""
    run = Run(contract)
    for value in (7, None, ["canary-key-1"], {"a": 1}, ""):
        run.exchange({"key": value})
        assert not run.secrets()
    run.exchange(["key"])
    run.exchange("canary-key-1")
    assert not run.secrets()


def test_without_a_history_each_exchange_stands_for_itself(contract: Contract) -> None:
    """As when a single request is judged again."""
    run = Run(contract)
    request = Request("PUT", "http://x/", (), b'{"key": "canary-key-1"}')
    for _ in range(2):
        run.judge.judge(Exchange("put", request, Response(200, (), b"", 0.0)))
    assert [message.sent_secrets for message in run.seen] == [("canary-key-1",)] * 2
    assert [len(message.before) for message in run.seen] == [0, 0]
    assert list(run.history.now()) == []
