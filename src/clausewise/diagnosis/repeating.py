"""The words of refusals: whether two of them say the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from clausewise.contract.codecs import encode_json
from clausewise.contract.keywords import LIMITS
from clausewise.diagnosis.probing import Cause
from clausewise.diagnosis.words import texts_in
from clausewise.record.ledger import Blame, Entry


def says_the_same(cause: Cause, entry: Entry) -> bool:
    """Whether a refusal has the very words of one that is explained, and they name the cause."""
    first, second = cause.entry.exchange.response, entry.exchange.response
    if first is None or second is None or first.status != second.status:
        return False
    words = _own_words(cause.entry)
    steps = {step.lower() for at in cause.levels for step in at.split("/")[2:]}
    told = any(len(step) > 2 and step in words.lower() for step in steps)
    return told and words == _own_words(entry)


def _own_words(entry: Entry) -> str:
    """What a reply says, without the texts of the request that it repeats."""
    response = entry.exchange.response
    text = response.content.decode("utf-8", "replace") if response is not None else ""
    for value in sorted({*texts_in(entry.case.value)}, key=len, reverse=True):
        for form in (encode_json(value).decode()[1:-1], json.dumps(value)[1:-1], value):
            text = text.replace(form, "") if len(value) > 2 else text
    return text


def for_what_it_says(blame: Blame, blames: Sequence[Blame], entries: Sequence[Entry]) -> Blame:
    """A blame on a limit, put down to the place as another one is that has the same words.

    What is refused for what it says is not refused for its size; the words have to quote the value
    or to name the place, since many servers say the same of everything.
    """
    if not _is_on_a_limit(blame) or len(blame.levels) != 1 or blame.crashed:
        return blame
    at, entry = blame.levels[0][0], entries[blame.entry - 1]
    words, response = _own_words(entry), entry.exchange.response
    raw = response.content.decode("utf-8", "replace") if response is not None else ""
    if words == raw and at.rpartition("/")[2].lower() not in raw.lower():
        return blame
    alike = (
        other.clause
        for other in blames
        if len(other.levels) == 1 and other.levels[0][0] == at and not other.crashed
        if not _is_on_a_limit(other) and _own_words(entries[other.entry - 1]) == words
    )
    return replace(blame, clause=next(alike, blame.clause))


def _is_on_a_limit(blame: Blame) -> bool:
    """Whether a blame is on how much there may be of a value."""
    return blame.clause.rpartition(":")[2] in LIMITS
