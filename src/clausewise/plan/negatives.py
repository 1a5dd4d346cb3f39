"""Isolated negatives: for each clause of a request, bodies that break it and nothing else.

Each keyword has a generator of candidates, likeliest first; what counts is not the candidate but
its proof (`isolation`). `contexts` says in which requests a clause is broken, `spots` where, and
`breaking` how.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from clausewise.contract import Clause, Place
from clausewise.contract.keywords import CONSTANTS, COUNTS, KEYWORDS
from clausewise.contract.place import Promise
from clausewise.plan.cases import Change
from clausewise.pointer import ABSENT, look, put
from clausewise.values.bodies import BodyModel
from clausewise.values.bounds import MOST_ITEMS, most_length
from clausewise.values.breaking import (
    GENERATORS,
    MOST_OF_TYPE,
    of_another_type,
    takes_null_by_type,
)
from clausewise.values.contexts import Contexts
from clausewise.values.formats import FORMATS, UNKNOWN
from clausewise.values.halves import halves_of
from clausewise.values.isolation import Isolation
from clausewise.values.spots import Spot, is_asserted, says_type, spots_of, stated_by
from clausewise.values.values import Level, as_text, digest, key_of

# What the schemas of a message promise for one clause.
_Stated = list[tuple[Place, Promise]]


class Negative(Struct, frozen=True):
    """A lawful body's levels, what is done to it, and the broken body that comes out.

    What the body has in it may be that of levels: nobody changes it.
    """

    label: str
    levels: dict[str, Level]
    change: Change
    body: Any


# How many negatives a clause gets at most; some promises are half kept in more ways than one.
MOST = {"type": 2, "pattern": 4}
# What in a pattern repeats without end; without it, texts have lengths that may be wrong as well.
_REPEATS = re.compile(r"[*+]|,\}")
# Of a whole message: another container, null and a text.
MOST_OF_WHOLE = 3
# Why a clause can't be broken by itself, whatever is sent.
BREAKS_MORE = "every body that breaks it breaks something else too"
KEEPS_ANOTHER = "every body that breaks it keeps another of the documented forms"
OVERLAPS = "every body that has its place keeps another of the documented forms as well"
OF_OTHERS = "it speaks of values of another type than may stand there"
# Those that no client can do anything about.
NOT_ALONE = (BREAKS_MORE, KEEPS_ANOTHER, OVERLAPS, OF_OTHERS)
NO_PLACE = "no lawful request has the place where it could be broken"
# Those that depend on what stands beside the place.
OF_FORMS = (KEEPS_ANOTHER, OVERLAPS, NO_PLACE)
# Lawful messages that are looked at for that, those of them that are tried, and values in each.
MOST_ROWS, MOST_TRIED, MOST_VALUES = 60, 8, 6


def negatives(
    around: Contexts, clause: Clause, most: int | None = None
) -> tuple[list[Negative], str | None]:
    """The isolated negatives of a clause of a message, or none and the reason why."""
    stated = stated_by(around.model.root, clause)
    if stated and not any(_speaks_of_some(place, promise) for place, promise in stated):
        return [], OF_OTHERS
    found: list[Negative] = []
    reasons: list[str] = []
    for one in by_names(clause):
        more, why = _negatives_of(around, one, most)
        found += more
        reasons += [why] if why is not None else []
    return (found, None) if found else ([], reasons[0])


def negatives_in(
    around: Contexts, clause: Clause, rows: Iterable[dict[str, Level]]
) -> list[Negative]:
    """An isolated negative of a clause in one of some lawful messages, by their levels, or none.

    What breaks one form of a message keeps another one, unless a value beside it forbids that.
    """
    isolation, seen = around.isolation, set[str]()
    for levels in islice(rows, MOST_ROWS):
        body = around.body(levels)
        spots = [s for s in spots_of(around.model, clause, body) if s.value is not ABSENT]
        beside = _beside(body, spots[0].at) if spots else None
        if beside is None or beside in seen:
            continue
        seen.add(beside)
        has_types = isolation.form.has_types(clause.at or "")
        typed = [replace(spot, has_types=has_types) for spot in spots]
        for spot, (label, value) in islice(_candidates(clause, typed), MOST_VALUES):
            broken, content = _written(isolation, body, spot.at, value, False)
            if content is None:
                continue
            proof = isolation.proves(clause, isolation.form.read(content))
            if proof == "isolated":
                return [Negative(label, levels, Change(spot.at, value), broken)]
            if proof == "keeps it" and _is_broken(around.model, clause, value):
                break  # whatever is put there, it is another form
        if len(seen) == MOST_TRIED:
            break
    return []


def _beside(body: Any, at: str) -> str:
    """The member of a message that has a place within it, or the whole one, as a text."""
    steps = at.split("/")
    return as_text(look(body, "/".join(steps[: max(min(3, len(steps) - 1), 1)])))


# Keywords whose spots are values that the keyword itself looks at.
_OF_VALUES = frozenset((*CONSTANTS, "oneOf", "anyOf"))
# Where a site leads into members that are told by their names alone.
_OF_NAMES = re.compile(r"^(.*)/(patternProperties/[^/]+|additionalProperties)/")


def by_names(clause: Clause) -> list[Clause]:
    """A clause of free keys for each kind of name: a server may look at one of them alone."""
    if len(clause.sites) < 2 or "*" not in (clause.pointer or ""):
        return [clause]
    kinds: dict[tuple[str, str], list[str]] = {}
    for site in clause.sites:
        told = _OF_NAMES.match(site)
        kinds.setdefault((told[1], told[2]) if told else ("", ""), []).append(site)
    objects = {around for around, _ in kinds}
    if len(kinds) < 2 or len(objects) > 1:
        return [clause]  # several schemas of one name, or several objects, say it together
    return [
        replace(clause, id=f"{clause.id} {names}", sites=tuple(sites))
        for (_, names), sites in kinds.items()
    ]


def _negatives_of(
    around: Contexts, clause: Clause, most: int | None
) -> tuple[list[Negative], str | None]:
    model, isolation = around.model, around.isolation
    stated = stated_by(model.root, clause)
    halves = halves_of(promise for _, promise in stated)
    told = halves
    limit = most if most is not None else _most_with_halves(model.root, stated, clause, len(halves))
    has_types = isolation.form.has_types(clause.at or "")
    contexts = list(around.least(clause)) or list(around.wider(clause))
    if not contexts:
        return [], OVERLAPS if around.overlapping.hides(clause) else NO_PLACE
    found: list[Negative] = []
    reasons: list[str] = []
    tried: set[Any] = set()
    put_in = _PutIn(clause, isolation, has_types)
    wider = False
    # What several kinds of branches require is broken once in each of them. Other promises take
    # turns among the kinds: a server rarely has the bound in one and not in the other.
    if clause.keyword != "required":
        # By no name of the operation: another that asks for the same has the same plan.
        turn = int(digest(clause.short_id), 16) % len(contexts)
        contexts = [*contexts[turn:], *contexts[:turn]]
    for levels in contexts:
        body = around.body(levels)
        text = digest(as_text(body))
        spots = [replace(s, has_types=has_types) for s in spots_of(model, clause, body)]
        wanted = limit
        candidates = _one_half_first(_candidates(clause, spots), told)
        # What a pattern says behind its look-aheads is half checked in several ways, as others are.
        rounds = [candidates, candidates] if told and clause.keyword == "pattern" else [candidates]
        for number, (spot, (label, value)) in _in_rounds(rounds):
            half = next((one for one in halves if not one.is_valid(value)), None)
            if half is None and (halves or len(rounds) > 1) and number == 0:
                continue
            if not put_in.is_worth_a_try(text, body, spot.at, value):
                continue
            broken, content = _written(isolation, body, spot.at, value, wider and not found)
            if content is None:
                continue
            put_in.add(text, spot.at, value)
            if content in tried:
                continue
            tried.add(content)
            proof = isolation.proves(clause, isolation.form.read(content))
            if proof != "isolated":
                reasons.append(_reason(model, clause, value, proof))
                continue
            found.append(Negative(label, levels, Change(spot.at, value), broken))
            halves = [one for one in halves if one is not half]
            wanted -= 1
            if wanted == 0:
                break
        if found and clause.keyword != "required":
            break
        if not found and not wider and levels is contexts[-1]:
            # Under another choice, or with more around it, it may yet be broken alone.
            wider = True
            contexts += [more for more in around.wider(clause) if more not in contexts]
            contexts += [levels]  # at last with a member of no name in its stead
    if not found and "breaks more" not in reasons:
        reasons += _reasons_of(around, clause, put_in.in_vain)
    return (found, None) if found else ([], _why_none(model, clause, reasons))


# A value of each type of JSON.
_OF_TYPES: dict[str, Any] = {
    "null": None, "boolean": True, "integer": 1, "number": 0.5, "string": "", "array": [],
    "object": {},
}  # fmt: skip


def _speaks_of_some(place: Place, promise: Promise) -> bool:
    """Whether a promise of a place asks something of any value of the types that it allows."""
    return any(promise.speaks_of(_OF_TYPES[kind]) for kind in place.allowed_types)


class _PutIn:
    """What was put into which bodies to break a clause: asked before anything is written."""

    def __init__(self, clause: Clause, isolation: Isolation, has_types: bool) -> None:
        self._clause, self._isolation = clause, isolation
        self._tells = clause.keyword in _OF_VALUES and has_types
        self._known: set[tuple[str, str, Any]] = set()
        # Each once: of objects they are large.
        self._keys: dict[Any, Any] = {}
        # Bodies, and what would break the clause there in vain: one look at the value tells.
        self.in_vain: list[tuple[Any, str, Any]] = []

    def is_worth_a_try(self, text: str, body: Any, at: str, value: Any) -> bool:
        """Whether a value was never put there, and may break the clause alone."""
        if (text, at, key_of(value)) in self._known:
            return False
        if not (self._tells and self._isolation.breaks_in_vain(self._clause, value)):
            return True
        self.add(text, at, value)
        self.in_vain.append((body, at, value))
        return False

    def add(self, text: str, at: str, value: Any) -> None:
        """Know that a value was put into the body of a text."""
        key = key_of(value)
        self._known.add((text, at, self._keys.setdefault(key, key)))


def _reasons_of(
    around: Contexts, clause: Clause, in_vain: Iterable[tuple[Any, str, Any]]
) -> Iterator[str]:
    """What comes of bodies whose values break a clause in vain, up to one that breaks more."""
    isolation = around.isolation
    for body, at, value in in_vain:
        content = isolation.form.written(put(body, at, value))
        if content is None:
            continue
        proof = isolation.proves(clause, isolation.form.read(content))
        yield _reason(around.model, clause, value, proof)
        if proof == "breaks more":
            return


def _written(
    isolation: Isolation, body: Any, at: str, value: Any, is_last: bool
) -> tuple[Any, Any]:
    """A body with a value put into it, and as it is written, None where it cannot be.

    At last a member of no name takes the place of one that is left out.
    """
    broken = put(body, at, value)
    content = isolation.form.written(broken)
    if content is None and value is ABSENT and is_last:
        broken = _not_empty(broken, at)
        content = isolation.form.written(broken)
    return broken, content


def _not_empty(body: Any, at: str) -> Any:
    """A body without a member, whose object has another one now: in forms, {} is nothing at all."""
    around = at.rpartition("/")[0]
    return put(body, around, {"x_undocumented": "x"}) if look(body, around) == {} else body


def _reason(model: BodyModel, clause: Clause, value: Any, proof: str) -> str:
    """Why a body is no negative of a clause, by what its proof came to."""
    is_other = proof == "keeps it" and _is_broken(model, clause, value)
    return "another form" if is_other else proof


def _why_none(model: BodyModel, clause: Clause, reasons: list[str]) -> str:
    """Why no body breaks a clause alone, by what came of those that were tried."""
    if "validators disagree" in reasons:
        return "the two validators disagree about every body that would break it"
    if "breaks more" in reasons:
        return BREAKS_MORE
    if "another form" in reasons:
        return KEEPS_ANOTHER
    if _is_beyond(model, clause):
        return "its limit lies beyond the largest request that is ever sent"
    return f"nothing is known that breaks `{clause.keyword}`"


def most_of(root: Place, clause: Clause) -> int:
    """How many negatives a clause of a message gets at most."""
    stated = stated_by(root, clause)
    halves = halves_of(promise for _, promise in stated)
    return _most_with_halves(root, stated, clause, len(halves))


def _most_with_halves(root: Place, stated: _Stated, clause: Clause, halves: int) -> int:
    """The same, where a promise says several things; what a pattern says last is half checked."""
    most = _most(root, stated, clause)
    return most + halves if clause.keyword == "pattern" else max(most, halves)


def _most(root: Place, stated: _Stated, clause: Clause) -> int:
    """How many negatives tell the usual half checks of a clause apart."""
    told = [promise.value for _, promise in stated]
    if clause.keyword in CONSTANTS and clause.part == "request":
        places = [place for place, _ in stated]
        untyped = not says_type(root, clause.pointer) and any(
            of_another_type(place) is not ABSENT for place in places
        )
        return 1 + (untyped or any(map(takes_null_by_type, places)))
    if clause.keyword == "type" and clause.part == "request":
        kinds = [kind for value in told for kind in ([value] if isinstance(value, str) else value)]
        named = next((kind for kind in kinds if kind in MOST_OF_TYPE), None)
        if named is not None:
            return MOST_OF_TYPE[named]
        return MOST["type"] if clause.pointer else MOST_OF_WHOLE
    if clause.keyword == "pattern":
        return MOST["pattern"] + (not any(_REPEATS.search(pattern) for pattern in told))
    if clause.keyword == "format":
        return min((FORMATS.get(name, UNKNOWN).most for name in told), default=1)
    return MOST.get(clause.keyword, 1)


# Of arrays and objects, how much there is in them.
_OF_CONTENT = frozenset(name for name in COUNTS if KEYWORDS[name].kinds in ((list,), (dict,)))


def _is_beyond(model: BodyModel, clause: Clause) -> bool:
    """Whether a clause asks for more characters, items or members than a plan has."""
    most = MOST_ITEMS if clause.keyword in _OF_CONTENT else None
    if clause.keyword in ("minLength", "maxLength"):
        most = most_length(clause.pointer or "")
    return most is not None and any(
        promise.value >= most
        for place, promise in stated_by(model.root, clause)
        if is_asserted(place, promise)
    )


def _is_broken(model: BodyModel, clause: Clause, value: Any) -> bool:
    """Whether a value breaks a promise by itself: in a lawful body, that of one form alone."""
    if value is ABSENT:
        return clause.keyword == "required"
    if clause.keyword.startswith(("$", "unevaluated")):
        return False  # what they say is nothing without what stands around them
    stated = [promise for _, promise in stated_by(model.root, clause) if promise.rule]
    return not all(promise.kept_by(value) for promise in stated)


Candidate = tuple[Spot, tuple[str, Any]]
Candidates = Iterator[Candidate]


def _candidates(clause: Clause, spots: list[Spot]) -> Candidates:
    for spot in spots:
        for candidate in GENERATORS.get(clause.keyword, _nothing)(spot):
            yield spot, candidate


def _one_half_first(candidates: Candidates, halves: list[Any]) -> Iterable[Candidate]:
    """What breaks one half of a promise alone comes first: a server may look at all others."""
    if not halves:
        return candidates
    found = list(candidates)
    return sorted(found, key=lambda one: sum(not h.is_valid(one[1][1]) for h in halves))


def _in_rounds(rounds: list[Iterable[Candidate]]) -> Iterator[tuple[int, Candidate]]:
    for number, candidates in enumerate(rounds):
        yield from ((number, one) for one in candidates)


def _nothing(_: Spot) -> Iterator[tuple[str, Any]]:
    yield from ()
