"""What takes back what a request made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clausewise.campaign.undoing import undoing
from clausewise.record.made import ToUndo

from .odd import operation
from .services import OK, TEXT, Answer, Asked, campaign_of, lawful_body, placed, showing
from .small import pack_of

ORIGIN = "https://things.example"


def _undoing(root: Path, reply: Any, operation: str = "make") -> ToUndo | str | None:
    return undoing(pack_of(root), ORIGIN, {}, operation, reply)


@pytest.mark.parametrize(
    ("identity", "segment"),
    [
        ("a-1", "a-1"),
        (7, "7"),
        ("../../users/1?force=1", "..%2F..%2Fusers%2F1%3Fforce%3D1"),
        ("x#y", "x%23y"),
    ],
)
def test_an_id_is_one_segment(tmp_path: Path, identity: Any, segment: str) -> None:
    """Whatever a server says, nothing but the thing it names is asked for."""
    found = _undoing(tmp_path, {"id": identity})

    assert found == ToUndo("PUT", f"{ORIGIN}/things/{segment}", '{"action":"stop"}')


@pytest.mark.parametrize(
    "reply", [{}, None, [], {"id": None}, {"id": ""}, {"id": ".."}, {"id": True}, {"id": {}}]
)
def test_a_reply_without_an_id(tmp_path: Path, reply: Any) -> None:
    """It is said why nothing can be taken back."""
    assert _undoing(tmp_path, reply) == "the reply has no /id"


def test_an_operation_that_makes_nothing(tmp_path: Path) -> None:
    """There is nothing to take back."""
    assert _undoing(tmp_path, {"id": "a"}, "look") is None


def test_what_an_action_says_that_it_makes_is_told(tmp_path: Path) -> None:
    """`create-report` makes one, which nothing takes back; to get a batch or a text makes none."""
    plain = {"type": "object"}
    paths = {
        "/tools/create-report": {"post": showing(operation("create", plain), id=TEXT)},
        "/tools/render": {"post": showing(operation("render", plain), id=TEXT)},
        "/reports/batch": {"post": operation("get_several_reports", plain)},
        "/texts": {"post": operation("getText", plain, "201")},
        "/reports/{id}": {"parameters": [placed("id", TEXT)], "get": operation("read")},
    }
    made = 0

    def service(asked: Asked) -> Answer:
        nonlocal made
        if asked.method == "POST" and lawful_body(asked, plain) is None:
            return 422, {"error": "no"}
        made += asked.path == "/tools/create-report"
        return (201, OK) if asked.path == "/texts" else (200, {**OK, "id": f"r{made}"})

    left = campaign_of(tmp_path, paths, service).sender.created.left_over
    assert len(left) == made > 0
    assert all("POST /tools/create-report: the contract has no DELETE" in one for one in left)
