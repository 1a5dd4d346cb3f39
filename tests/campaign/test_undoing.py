"""What takes back what a request made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clausewise.campaign.undoing import undoing
from clausewise.record.made import ToUndo

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
