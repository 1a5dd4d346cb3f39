"""Guesses: values that nobody can tell to be lawful, so that their refusal proves little."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from clausewise.contract.keywords import CONSTANTS
from clausewise.contract.place import Place
from clausewise.contract.requests import BODY
from clausewise.diagnosis.serving import OF_NO_VALUE, place_in_words
from clausewise.pointer import ABSENT
from clausewise.record.ledger import Entry
from clausewise.values.bodies import BodyModel
from clausewise.values.factors import Factor
from clausewise.values.stated import content_texts
from clausewise.values.values import as_text

_LISTED = frozenset(CONSTANTS)
# What says which values are meant to people alone.
_PROSE = frozenset({"title", "description"})
# Requests of an operation that have to be refused before it is said that it serves nothing.
_ENOUGH = 3


def why_made_up(place: Place) -> str | None:
    """Why values of a place are made up, so that their refusal proves nothing; None where not."""
    stated = {promise.keyword for promise in place.assertions}
    for promise in place.untestable:
        if promise.keyword in ("format", "pattern", "type") and not stated & _LISTED:
            return f"nobody can tell what keeps its {promise.keyword} {promise.value}"
    # A member that is described alone is one that may be left out; a whole body of prose is prose.
    noted = place.notes.keys() - (_PROSE if place.pointer == f"/{BODY}" else ())
    if not (place.types or place.assertions or place.untestable or place.choices or noted):
        return "the document says nothing of it"
    if (doubt := doubt_at(place)) is not None:
        return doubt
    kind, encoding = place.notes.get("contentMediaType"), place.notes.get("contentEncoding")
    if kind is None or stated & _LISTED or (encoding is None and content_texts(place) is not None):
        return None
    return f"nobody can tell what is {kind}"


def doubt_at(place: Place) -> str | None:
    """Which promise at a place nobody can tell the keeping of; None where all can be told."""
    if any(promise.keyword in _LISTED for promise in place.assertions):
        return None
    for promise in (*place.assertions, *(choice.promise for choice in place.choices)):
        if promise.doubt:
            return f"nobody can tell what keeps its {promise.keyword}: {promise.doubt}"
    return None


def doubt_in(model: BodyModel | None, entry: Entry) -> str | None:
    """Why nobody can tell whether the values of a request keep what is promised of them."""
    factors = model.factors if model is not None else {}
    for at, level in entry.case.levels.items():
        if level.value is ABSENT or at not in factors:
            continue
        why = doubt_at(factors[at].place)
        if why is not None:
            return f"its {place_in_words(at)} is a guess: {why}"
    return None


def made_up_within(place: Place, value: Any) -> str | None:
    """Why a value is made up, or the first one within it that is; None where none is."""
    inner: Iterable[tuple[Place | None, Any]] = ()
    if isinstance(value, list):
        inner = zip((*place.prefix, *[place.items] * len(value)), value, strict=False)
    elif isinstance(value, dict):
        inner = ((place.members.get(name), held) for name, held in value.items())
    below = (made_up_within(of, held) for of, held in inner if of is not None)
    return why_made_up(place) or next((why for why in below if why is not None), None)


def made_up_in(model: BodyModel | None, entries: Sequence[Entry]) -> str | None:
    """Why the first value that each request has and that is made up is; None where none is.

    A list is where one of its items is. One that has no body, where all others have one that is
    made up, is no trial of it.
    """
    with_body = [entry for entry in entries if entry.case.value.get(BODY, ABSENT) is not ABSENT]
    bodies = (one for one in _in_each(model, with_body) if one[0] == f"/{BODY}")
    for at, factor, values in chain(_in_each(model, entries), bodies):
        reasons = [made_up_within(factor.place, value) for value in values]
        if all(why is not None for why in reasons):
            why = reasons[0]
            return f"its {place_in_words(at)} is made up: {why}"
    return None


def unvaried(model: BodyModel | None, entries: Sequence[Entry]) -> str | None:
    """The first place whose value was not varied enough for a refusal to be about the contract.

    None where each place that every request has was sent in three values, or in all that there are;
    of an enum two will do, since others may need another state.
    """
    for at, factor, values in _in_each(model, entries):
        known = {as_text(level.value) for level in factor.levels if level.value is not ABSENT}
        closed = any(promise.keyword == "enum" for promise in factor.place.assertions)
        needed = min(2 if closed else _ENOUGH, len(known))
        if len({as_text(value) for value in values}) < needed:
            return f"every one of them had the same {place_in_words(at)}"
    return None


def _in_each(
    model: BodyModel | None, entries: Sequence[Entry]
) -> Iterator[tuple[str, Factor, list[Any]]]:
    """The places that every request has, with their values; none for answers about the path."""
    entries = [entry for entry in entries if entry.case.levels]
    sent = [entry.case.levels for entry in entries]
    if model is None or not sent or all(e.exchange.status in OF_NO_VALUE for e in entries):
        return
    supplied = any(entry.case.needs is not None for entry in entries)
    for at in sent[0]:
        values = [levels[at].value for levels in sent if at in levels]
        if len(values) < len(sent) or any(value is ABSENT for value in values):
            continue
        factor = model.factors.get(at)
        if factor is not None and not factor.container and not (supplied and at[:6] == "/path/"):
            yield at, factor, values
