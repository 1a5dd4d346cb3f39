"""Waivers: accepted deviations, until their day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from clausewise import ContractError
from clausewise.contract.documents import Documents
from clausewise.pack.waivers import Waiver, read_waivers, waiver_for

KNOWN = ["a:status", "a:auth"]
GOOD = """\
waivers:
- clause: a:status
  verdict: violated
  reason: We know.
  owner: Ada
  expires: 2026-12-31
"""


def _read(root: Path, text: str) -> list[Waiver]:
    (root / "clausewise.yaml").write_text(text, "utf-8")
    document = Documents(root).read(root / "clausewise.yaml")
    return list(read_waivers(document, (document.data or {}).get("waivers"), KNOWN))


def test_a_waiver_is_read(tmp_path: Path) -> None:
    """All five members of a waiver are read, the day as a day."""
    (waiver,) = _read(tmp_path, GOOD)
    assert waiver == Waiver("a:status", "violated", "We know.", "Ada", date(2026, 12, 31))


@pytest.mark.parametrize("text", ["name: x\n", "waivers:\n", "waivers: []\n"])
def test_no_waivers(tmp_path: Path, text: str) -> None:
    """A pack need not have any."""
    assert _read(tmp_path, text) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        (GOOD, "name: x\nwaivers: none\n", 2, "`waivers` is a list"),
        (GOOD, "waivers:\n- a:status\n", 1, "a waiver has clause, verdict, reason, owner, expires"),
        ("  owner: Ada\n", "", 2, "a waiver has clause, verdict, reason, owner, expires"),
        ("We know.", "''", 2, "a waiver has clause, verdict, reason, owner, expires"),
        ("clause: a:status", "clause: b:status", 2, "'b:status', which is no clause"),
        ("clause: a:status", "clause: [a]", 2, "which is no clause"),
        ("violated", "violate", 2, "one of violated, lenient, strict, inconclusive, unexercised"),
        ("violated", "upheld", 2, "one of violated, lenient, strict"),
        ("2026-12-31", "next year", 2, "a date such as 2026-12-31, not 'next year'"),
        ("2026-12-31", "2026-02-30", 2, "a date such as 2026-12-31, not '2026-02-30'"),
        ("2026-12-31", "2026", 2, "a date such as 2026-12-31, not 2026"),
    ],
)
def test_what_is_wrong_with_a_waiver(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    """A waiver that could never apply, or says too little, is refused with its line."""
    with pytest.raises(ContractError) as caught:
        _read(tmp_path, GOOD.replace(old, new))
    assert str(caught.value).startswith(f"clausewise.yaml:{line}: ")
    assert said in str(caught.value)


WAIVER = Waiver("a:status", "violated", "We know.", "Ada", date(2026, 12, 31))


@pytest.mark.parametrize(
    ("clause", "verdict", "today", "applies"),
    [
        ("a:status", "violated", date(2026, 1, 1), True),
        ("a:status", "violated", date(2026, 12, 31), True),
        ("a:status", "violated", date(2027, 1, 1), False),
        ("a:status", "lenient", date(2026, 1, 1), False),
        ("a:auth", "violated", date(2026, 1, 1), False),
    ],
)
def test_when_a_waiver_applies(clause: str, verdict: str, today: date, applies: bool) -> None:
    """A waiver excuses its verdict on its clause, up to and including its last day."""
    assert WAIVER.applies(clause, verdict, today) is applies


def test_which_waiver_applies() -> None:
    """Of several the first that still counts applies; a lapsed one is told of only without it."""
    lapsed = Waiver("a:status", "violated", "We knew.", "Bob", date(2026, 1, 1))
    today = date(2026, 6, 1)
    assert waiver_for([lapsed, WAIVER], "a:status", "violated", today) == (WAIVER, None)
    assert waiver_for([lapsed], "a:status", "violated", today) == (None, lapsed)
    assert waiver_for([lapsed, WAIVER], "a:auth", "violated", today) == (None, None)
    assert waiver_for([], "a:status", "violated", today) == (None, None)
