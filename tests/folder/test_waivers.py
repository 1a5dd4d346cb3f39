"""Waivers: accepted deviations, until their day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from clausewise import ContractError
from clausewise.contract.documents import Documents
from clausewise.pack.waivers import (
    Waiver,
    read_waivers,
    read_waivers_file,
    stale,
    waiver_for,
    within_bounds,
)

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
    return list(read_waivers(document, (document.data or {}).get("waivers")))


def test_a_waiver_is_read(tmp_path: Path) -> None:
    """All members of a waiver are read, the day as a day, with the place where it stands."""
    more = GOOD.replace("verdict: violated", "verdicts: [lenient, strict]") + "  profile: staging\n"
    first, second = (_read(tmp_path, text)[0] for text in (GOOD, more))
    known = ("We know.", "Ada", date(2026, 12, 31))
    assert first == Waiver("a:status", ("violated",), *known, written="clausewise.yaml:2")
    assert second == Waiver(
        "a:status", ("lenient", "strict"), *known, "staging", written="clausewise.yaml:2"
    )


def test_a_file_of_waivers(tmp_path: Path) -> None:
    """In a file of their own waivers are the list; an empty file has none."""
    path = tmp_path / "waivers.yaml"
    path.write_text(GOOD.removeprefix("waivers:\n"), "utf-8")
    (waiver,) = read_waivers_file(path)
    assert (waiver.clause, waiver.written) == ("a:status", "waivers.yaml:1")
    path.write_text("", "utf-8")
    assert read_waivers_file(path) == ()
    path.write_text("waivers: []\n", "utf-8")
    with pytest.raises(ContractError, match=r"^waivers\.yaml:1: waivers are a list"):
        read_waivers_file(path)


@pytest.mark.parametrize("text", ["name: x\n", "waivers:\n", "waivers: []\n"])
def test_no_waivers(tmp_path: Path, text: str) -> None:
    """A pack need not have any."""
    assert _read(tmp_path, text) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        (GOOD, "name: x\nwaivers: none\n", 2, "waivers are a list"),
        (
            GOOD,
            "waivers:\n- a:status\n",
            1,
            "a waiver has clause, verdicts, reason, owner, expires",
        ),
        ("  owner: Ada\n", "", 2, "a waiver has clause, verdicts, reason, owner, expires"),
        ("We know.", "''", 2, "a waiver has clause, verdicts, reason, owner, expires"),
        ("clause: a:status", "clause: [a]", 2, "is about a clause, not about ['a']"),
        ("clause: a:status", "clause: a:sta*", 2, "is a pattern: say how many findings"),
        ("owner: Ada", "owner: Ada\n  most: 0", 2, "`most` is how many findings"),
        ("owner: Ada", "owner: Ada\n  profil: x", 2, "has no 'profil'; known are clause, expires"),
        ("owner: Ada", "owner: Ada\n  profile: [x]", 2, "`profile` is a profile's name"),
        ("violated", "violate", 2, "some of violated, lenient, strict, inconclusive, unexercised"),
        ("violated", "upheld", 2, "some of violated, lenient, strict"),
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


WAIVER = Waiver("a:status", ("violated",), "We know.", "Ada", date(2026, 12, 31))


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
    lapsed = Waiver("a:status", ("violated",), "We knew.", "Bob", date(2026, 1, 1))
    today = date(2026, 6, 1)
    assert waiver_for([lapsed, WAIVER], "a:status", "violated", today) == (WAIVER, None)
    assert waiver_for([lapsed], "a:status", "violated", today) == (None, lapsed)
    assert waiver_for([lapsed, WAIVER], "a:auth", "violated", today) == (None, None)
    assert waiver_for([], "a:status", "violated", today) == (None, None)


def _pattern(text: str, most: int) -> Waiver:
    day = date(2026, 12, 31)
    return Waiver(text, ("lenient",), "We know.", "Ada", day, most=most, written="w.yaml:1")


def test_a_pattern_excuses_so_many_and_no_more() -> None:
    """With more findings than `most` a pattern excuses none, and says so."""
    found = [("a:request#/x:type", "lenient"), ("a:request#/y:type", "lenient")]
    enough, too_narrow = _pattern("a:request#*", 2), _pattern("a:request#*", 1)

    assert within_bounds([enough], found) == ((enough,), ())
    kept, (beyond,) = within_bounds([too_narrow], found)
    assert kept == ()
    assert (beyond.written, beyond.why) == (
        "w.yaml:1",
        "it fits 2 findings and may excuse 1: it excuses none",
    )
    assert enough.fits("a:request#/x:type", "lenient")
    assert not enough.fits("a:request#/x:type", "strict")
    assert not enough.fits("b:request#/x:type", "lenient")


def test_an_item_of_an_array_is_no_pattern() -> None:
    """The * that ids have for any item stands for itself in a waiver without `most`."""
    items = Waiver("a:200#/items/*/id:type", ("violated",), "r", "o", date(2026, 12, 31))

    assert items.fits("a:200#/items/*/id:type", "violated")
    assert not items.fits("a:200#/items/x/id:type", "violated")


@pytest.mark.parametrize(
    ("verdict", "why"),
    [
        ("violated", None),
        ("inconclusive", None),
        ("unexercised", None),
        ("upheld", "what it is about is upheld now"),
        ("strict", "what it is about is strict now"),
    ],
)
def test_a_stale_waiver(verdict: str, why: str | None) -> None:
    """A waiver is stale where its clause has another verdict; what was not judged may need it."""
    told = [one.why for one in stale([WAIVER], [("a:status", verdict)], {"a:status"})]
    assert told == ([why] if why else [])


def test_a_waiver_for_what_is_not_there() -> None:
    """A waiver for a clause that the contract has not is told, and so is a pattern for none."""
    verdicts = [("b:status", "upheld")]
    told = stale([WAIVER, _pattern("a:*", 3)], verdicts, {"b:status"})
    assert [one.why for one in told] == ["the contract has no such clause", "no clause fits it"]
