"""What share of what was asked was judged."""

from __future__ import annotations

from typing import Any

import pytest

from clausewise.contract import Contract
from clausewise.record.doubts import ONCE
from clausewise.record.record import JudgedClause
from clausewise.record.share import (
    Share,
    grouped,
    nothing_read,
    seen_once,
    share_of,
    sorted_out,
)
from clausewise.record.verdicts import NO_REPLY, NOT_SELECTED

NO_RULES = Contract("x", "1", {})


def _clause(identifier: str, verdict: str, message: str = "why", **rest: Any) -> JudgedClause:
    operation, _, tail = identifier.partition(":")
    place, _, keyword = tail.rpartition(":")
    part, sharp, pointer = place.partition("#")
    return JudgedClause(
        **{
            "id": identifier,
            "operation": operation,
            "part": part or keyword,
            "group": "reply",
            "pointer": pointer if sharp else None,
            "keyword": keyword,
            "promise": "It is so.",
            "documented": None,
            "verdict": verdict,
            "message": message,
            "soft": False,
            "soft_because": None,
            "source": None,
            "exercised": int(verdict not in ("unexercised",)),
            "waived": None,
            "evidence": (),
            **rest,
        }
    )


def _share(*clauses: JudgedClause) -> Share:
    return share_of(sorted_out(clauses, NO_RULES), clauses)


def test_asked_and_judged() -> None:
    """Definite verdicts count as judged; doubts and what nothing was sent for do not."""
    share = _share(
        _clause("a:request#/x:type", "upheld"),
        _clause("a:request#/y:type", "lenient"),
        _clause("a:request#/z:type", "inconclusive", "401 (exchange 7)"),
        _clause("b:query#/q:type", "unexercised", "401 (exchange 9)"),
    )

    assert (share.asked, share.judged, share.part) == (4, 2, 0.5)
    assert share.by_operation == {"a": {"request": (2, 3)}, "b": {"query": (0, 1)}}
    assert [(why.reason, why.clauses) for why in share.why] == [("401", 2)]


@pytest.mark.parametrize(
    "clause",
    [
        _clause("a:rule:R1", "unexercised", soft=True),
        _clause("a:request#/x:type", "unexercised", NOT_SELECTED),
        # No case aims at what is about the state of things, or about time.
        _clause("a:409#/error:type", "unexercised"),
        _clause("a:429:media-type", "unexercised"),
        _clause("a:503#/error:type", "unexercised"),
    ],
)
def test_what_is_not_asked(clause: JudgedClause) -> None:
    """Soft clauses, unselected ones, and replies that nothing brings about are left out."""
    share = _share(_clause("a:200:media-type", "upheld"), clause)

    assert (share.asked, share.judged, share.never_shown) == (1, 1, 0)


def test_a_member_that_no_reply_had() -> None:
    """It is counted apart where there were such replies, and asked where there were none."""
    member = _clause("a:200#/x:type", "unexercised")

    assert _share(_clause("a:200:media-type", "upheld"), member).never_shown == 1
    share = _share(_clause("a:200:media-type", "unexercised"), member)
    assert (share.asked, share.judged, share.never_shown) == (2, 0, 0)


def test_of_several_refusals_one_is_enough() -> None:
    """A server that answers 422 need not show 400 as well; but no refusal at all counts."""
    request = _clause("a:request#/x:type", "upheld")
    other = _clause("a:400:media-type", "unexercised")

    assert _share(request, other, _clause("a:422:media-type", "upheld")).asked == 2
    assert _share(request, other, _clause("a:422:media-type", "unexercised")).asked == 2
    assert _share(other).asked == 0


def test_credentials_have_refusals_of_their_own() -> None:
    """401 is aimed at where the operation asks for a credential, and nowhere else."""
    refusal = _clause("a:401:media-type", "unexercised")

    assert _share(refusal).asked == 0
    assert _share(refusal, _clause("a:auth", "upheld")).asked == 2


def test_other_contents_are_of_the_same_status() -> None:
    """A reply's headers and further contents are asked with its status."""
    share = _share(
        _clause("a:200(text/csv)#:pattern", "unexercised"),
        _clause("a:200:header#/X-Count:type", "upheld"),
    )

    assert (share.asked, share.never_shown) == (1, 1)


def test_what_was_seen_once_comes_first() -> None:
    """It may be a finding: it is told before more frequent reasons, and noticed by itself."""
    clauses = (
        _clause("a:request#/x:type", "inconclusive", "401"),
        _clause("a:request#/y:type", "inconclusive", "401"),
        _clause("a:request#/z:type", "inconclusive", ONCE),
    )

    assert [why.reason for why in _share(*clauses).why] == [ONCE, "401"]
    assert seen_once(clauses)
    assert not seen_once(clauses[:2])


@pytest.mark.parametrize(
    ("operations", "reason"),
    [("a", "401 (a)"), ("ab", "401 (a, b)"), ("abc", "401"), ("abcd", "401")],
)
def test_a_reason_names_its_operations(operations: str, reason: str) -> None:
    """One or two of several are named; of more, and of all, it says nothing."""
    share = _share(
        *(_clause(f"{name}:request#/x:type", "inconclusive", "401") for name in operations),
        *(_clause(f"{name}:request#/y:type", "upheld") for name in "abcd"),
    )

    assert [why.reason for why in share.why] == [reason]


def test_nothing_asked_has_no_share() -> None:
    """Where nothing was asked, no part of it can be named."""
    assert _share().part is None


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("the answer was 500 (exchange 12)", "the answer was 500"),
        ("exchange 3: it answered 409", "it answered 409"),
        ("it rests on exchange 3, which was lost", "it rests on an exchange, which was lost"),
        ("not sent: /x is null, since its body has y", "not sent, since its body has y"),
        (NO_REPLY, NO_REPLY),
    ],
)  # fmt: skip
def test_reasons_are_grouped(message: str, reason: str) -> None:
    """Numbers of exchanges and labels of cases do not tell reasons apart."""
    assert grouped(message) == reason


def test_a_run_of_which_no_reply_could_be_read() -> None:
    """Statuses were right, bodies were too much to be judged: that is not enough to be content."""
    too_much = _clause("a:200:json", "inconclusive", "more than 100000 values")
    others = (
        _clause("a:status", "upheld"),
        _clause("a:request:json", "upheld"),
        _clause("a:404:json", "unexercised"),
    )

    assert nothing_read((*others, too_much))
    assert not nothing_read(others)
    assert not nothing_read((*others, too_much, _clause("b:default:json", "upheld")))
    assert not nothing_read((*others, too_much, _clause("b:200:well-formed", "violated")))


def test_a_reply_that_never_came_is_none_that_could_not_be_read() -> None:
    """An operation that always leads elsewhere shows no body, and takes nothing from the others."""
    elsewhere = _clause("a:200:json", "inconclusive", "a lawful request was answered with 302")
    others = (_clause("b:status", "upheld"), _clause("b:served", "upheld"))
    assert not nothing_read((*others, elsewhere, _clause("a:served", "inconclusive")))
    assert nothing_read((*others, elsewhere, _clause("a:served", "upheld")))
