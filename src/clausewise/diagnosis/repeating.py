"""The words of refusals: whether two of them say the same."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from msgspec.structs import replace

from clausewise.contract.codecs import encode_json
from clausewise.contract.ids import read_id, without_keyword
from clausewise.contract.keywords import LIMITS
from clausewise.diagnosis.probing import Cause
from clausewise.diagnosis.words import texts_in
from clausewise.record.ledger import Blame, Entry

# What servers say where one of several members is to be there.
_ONE_OF = re.compile(r"\b(?:at least|only|exactly|any) one\b|\bone of\b|\beither\b")


def says_the_same(cause: Cause, entry: Entry) -> bool:
    """Whether a refusal has the very words of one that is explained, and they name the cause."""
    first, second = cause.entry.exchange.response, entry.exchange.response
    if first is None or second is None or first.status != second.status:
        return False
    words = own_words(cause.entry)
    steps = {step.lower() for at in cause.levels for step in at.split("/")[2:]}
    told = any(len(step) > 2 and step in words.lower() for step in steps)
    return told and words == own_words(entry)


def own_words(entry: Entry) -> str:
    """What a reply says, without the texts of the request that it repeats."""
    response = entry.exchange.response
    text = response.text() if response is not None else ""
    for value in sorted({*texts_in(entry.case.value)}, key=len, reverse=True):
        for form in (encode_json(value).decode()[1:-1], json.dumps(value)[1:-1], value):
            text = text.replace(form, "") if len(value) > 2 else text
    return text


def demand_told_before(blame: Blame, told: Sequence[Blame], entries: Sequence[Entry]) -> int | None:
    """The exchange that an earlier blame rests on, where both are one demand of the server.

    It has the same words for both, and names the one place that they are about; or it demands one
    of several members, and names each that is to blame: the other is beside it, or around it.
    """
    entry = entries[blame.entry - 1]
    words, place = own_words(entry).lower(), _place(blame.clause)
    for first in () if blame.crashed else told:
        before, other = entries[first.entry - 1], _place(first.clause)
        same = before.exchange.status == entry.exchange.status
        if first.crashed or not same or own_words(before).lower() != words:
            continue
        if place == other and _last(place) in words:
            return first.entry
        if not _ONE_OF.search(words):
            continue
        beside = _around(place) == _around(other)
        inner = (
            (place, other)
            if beside
            else tuple(
                one for one, whole in ((place, other), (other, place)) if _around(one) == whole
            )
        )
        if inner and all(_last(one) in words for one in inner):
            return first.entry
    return None


def _place(clause: str) -> str:
    """The id of a clause without its keyword, in small letters."""
    return without_keyword(clause).lower()


def _around(place: str) -> str:
    return place.rpartition("/")[0]


def _last(place: str) -> str:
    """The last name of a place; what is in no reply, where it is a whole part."""
    return place.rpartition("/")[2] if "/" in place else place


def for_what_it_says(blame: Blame, blames: Sequence[Blame], entries: Sequence[Entry]) -> Blame:
    """A blame on a limit, put down to the place as another one is that has the same words.

    What is refused for what it says is not refused for its size; the words have to quote the value
    or to name the place, since many servers say the same of everything.
    """
    if not _is_on_a_limit(blame) or len(blame.levels) != 1 or blame.crashed:
        return blame
    at, entry = blame.levels[0][0], entries[blame.entry - 1]
    words, response = own_words(entry), entry.exchange.response
    raw = response.text() if response is not None else ""
    if words == raw and at.rpartition("/")[2].lower() not in raw.lower():
        return blame
    alike = (
        other.clause
        for other in blames
        if len(other.levels) == 1 and other.levels[0][0] == at and not other.crashed
        if not _is_on_a_limit(other) and own_words(entries[other.entry - 1]) == words
    )
    return replace(blame, clause=next(alike, blame.clause))


def _is_on_a_limit(blame: Blame) -> bool:
    """Whether a blame is on how much there may be of a value."""
    return read_id(blame.clause).keyword in LIMITS
