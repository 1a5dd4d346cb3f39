"""Rules that are asked of many exchanges in one call: what they say is what they say of each."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from clausewise.checks import AT_ONCE
from clausewise.pack import find_pack
from clausewise.record.tally import Tally
from clausewise.traffic.exchange import Item
from clausewise.traffic.work import Segment, Worker

from ..conftest import REPOSITORY
from . import made_up
from .lamps import lines

_OURS = find_pack(str(REPOSITORY))
_FOLD = _OURS.checks["no_secret_comes_back"]
_SECRET = "geheim-0123-geheim"  # noqa: S105  # of nobody
_Exchanges = list[dict[str, Any]]


def _tally(exchanges: _Exchanges) -> Tally:
    worker, segments = Worker(_OURS), list[Segment]()
    items = [Item(number, one) for number, one in enumerate(lines(exchanges).splitlines(), 1)]
    tally = worker.judge_items(items, "x", segments.append)
    tally.merge(worker.fold(segments))
    return tally


def _sent(exchanges: _Exchanges, at: int, **members: Any) -> None:
    """Let the next start from a place on say more."""
    one = next(one for one in exchanges[at:] if one["method"] == "POST")
    said = json.loads(one["request"]["body"]["text"]) | members
    one["request"]["body"]["text"] = json.dumps(said)


def _storage(secret: str) -> dict[str, str]:
    keys = {"access_key": "AKIAFIXEDFIXED01", "secret": secret, "region": "eu-west-1"}
    return {"type": "aws", "bucket": "recordings", "path": "/x", **keys}


def _leak(exchanges: _Exchanges, at: int) -> None:
    """Let the next reply from a place on that shows a recording say the secret."""
    body = next(
        one["response"]["body"]
        for one in exchanges[at:]
        if "room_" in one["response"]["body"]["text"]
    )
    body["text"] = body["text"].replace("room_", f"room_{_SECRET}_", 1)


def _say_openly(exchanges: _Exchanges) -> None:
    _leak(exchanges, 150)
    _sent(exchanges, 200, file_name_prefix=f"room_{_SECRET}")


def _all_at_once(exchanges: _Exchanges) -> None:
    _leak(exchanges, 150)
    for one in exchanges[100:260]:
        one["seconds"] = 30


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        (lambda exchanges: None, 0),
        (lambda exchanges: _leak(exchanges, 0), 0),  # nobody had sent it
        (lambda exchanges: _leak(exchanges, 250), 1),
        (_say_openly, 1),
        (_all_at_once, 1),
        (lambda exchanges: [one.pop("started") for one in exchanges], 0),
    ],
)
def test_what_is_said_of_many_is_what_is_said_of_each(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[_Exchanges], object], broken: int
) -> None:
    """With a secret from the 60th on, one that is said openly, or all under way at once."""
    exchanges = list(made_up.Maker(3).exchanges(320))
    _sent(exchanges, 60, storage_config=_storage(_SECRET))
    change(exchanges)
    together = _tally(exchanges)
    monkeypatch.setattr(_FOLD, AT_ONCE, None)
    assert together.to_bytes() == _tally(exchanges).to_bytes()
    told = [one for name, one in together.clauses.items() if name.endswith(":rule:R7")]
    assert sum(one.broken.count for one in told) == broken


def test_many_are_asked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one exchange follows the other, hardly any goes through the fold by itself."""
    exchanges = list(made_up.Maker(3).exchanges(320))
    _sent(exchanges, 60, storage_config=_storage(_SECRET))
    at_once, asked = getattr(_FOLD, AT_ONCE), list[int]()

    def counted(known: Any, messages: list[Any]) -> Any:
        told = at_once(known, messages)
        asked.append(len(messages) if told is not None else 0)
        return told

    monkeypatch.setattr(_FOLD, AT_ONCE, counted)
    _tally(exchanges)
    assert sum(asked) >= 320 - 64
    assert len(asked) == 5


def test_no_rule_changes_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recorded exchange is as frozen as one of a run, to checks and to folds."""

    def writes(known: Any, message: Any, at: str) -> Any:
        with pytest.raises(FrozenInstanceError):
            message.status = 200
        with pytest.raises(FrozenInstanceError):
            del message.path
        asked.append(message)
        return None, None

    asked: list[Any] = []
    monkeypatch.setitem(_OURS.checks, "no_secret_comes_back", writes)
    monkeypatch.setitem(_OURS.checks, "error_code_is_the_status", lambda one: writes(0, one, "")[1])
    _tally(list(made_up.Maker(3).exchanges(10)))
    assert len(asked) == 11
