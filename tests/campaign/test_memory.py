"""What a run keeps of replies: enough to tell, and never more than a bound."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clausewise.campaign import memory
from clausewise.campaign.memory import KEPT_BEYOND, KEPT_OF_UNREAD, Memory
from clausewise.exchange import Response
from clausewise.pack import find_pack
from clausewise.record.bodies import LONGEST_BODY, Cut, recorded_body
from clausewise.secrets.masking import Mask
from clausewise.strict_json import MOST_SIGNS, MOST_VALUES

PACK = find_pack(str(Path(__file__).parents[2]))


def _reply(value: object) -> Response:
    return Response(200, (), json.dumps(value).encode(), 0.1)


def test_what_nobody_could_read_is_cut() -> None:
    """Its beginning stays, with how much there was; it is too much before and after."""
    reply = _reply({f"k{number}": 0 for number in range(MOST_VALUES + 1)})
    size = len(reply.content)
    before = reply.not_json
    Memory().settle(reply)

    assert reply.too_much
    assert before is not None
    assert len(reply.content) == KEPT_OF_UNREAD
    assert reply.size == size


def test_what_can_be_read_stays_until_there_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest make room for new ones, whose JSON can still be asked for."""
    monkeypatch.setattr(memory, "MOST_KEPT", 200_000)
    known = Memory()
    replies = [_reply({"text": f"{number}" * 50_000}) for number in range(10)]
    for reply in replies:
        known.settle(reply)
        assert reply.json["text"]
    assert sum(len(reply.content) for reply in replies) <= 200_000
    assert [len(reply.content) == KEPT_BEYOND for reply in replies] == [True] * 7 + [False] * 3
    assert replies[0].too_much
    assert replies[0].size == len(replies[-1].content)


def test_small_replies_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of them are no reason to forget one."""
    monkeypatch.setattr(memory, "MOST_KEPT", 1000)
    known = Memory()
    replies = [_reply({"number": number}) for number in range(200)]
    for reply in replies:
        known.settle(reply)
    assert [reply.json["number"] for reply in replies] == list(range(200))


def test_a_report_says_how_much_there_was() -> None:
    """A body that was let go of is told as cut, with the bytes that it had."""
    reply = _reply(["x" * 50] * (MOST_VALUES + 1))
    size = len(reply.content)
    Memory().settle(reply)
    body = recorded_body(reply.content, Mask(PACK.contract, ()), LONGEST_BODY, reply.size)

    assert body.cut == Cut(LONGEST_BODY, size)


def test_a_text_of_millions_of_values_is_not_even_read() -> None:
    """It is too much all the same where it is closed, and no JSON where it is not."""
    many = b"[" + b"[]," * MOST_SIGNS + b"[]]"
    assert Response(200, (), many, 0.1).too_much
    broken = Response(200, (), many[:-1], 0.1)
    assert not broken.too_much
    assert broken.not_json is not None
