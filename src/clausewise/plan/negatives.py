"""Isolated negatives: for each clause of a request, bodies that break it and nothing else.

Each keyword has a generator of candidates, likeliest first; what counts is not the candidate but
its proof (`isolation`). Adding a keyword means adding a generator to GENERATORS.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, combinations, islice
from typing import Any

from clausewise.contract import Clause, Place
from clausewise.contract.formats import limits
from clausewise.contract.parameters import kinds_of
from clausewise.contract.place import Choice, Promise
from clausewise.plan.bodies import BodyModel, Factor, branches_of, members_of
from clausewise.plan.bounds import MOST_ITEMS, most_length
from clausewise.plan.cases import Change
from clausewise.plan.isolation import Isolation
from clausewise.plan.values import (
    FORMATS,
    Level,
    array_items,
    bound,
    digest,
    edges,
    exactly,
    is_carried,
    label_of,
)
from clausewise.pointer import ABSENT, escape, look, put, unescape


@dataclass(frozen=True, slots=True)
class Negative:
    """A lawful body's levels, what is done to it, and the broken body that comes out."""

    label: str
    levels: dict[str, Level]
    change: Change
    body: Any


@dataclass(slots=True)
class Spot:
    """A clause in a lawful body: the place it is about, where that stands, and its value there."""

    clause: Clause
    place: Place
    at: str
    value: Any


Generator = Callable[[Spot], Iterator[tuple[str, Any]]]
# How many negatives a clause gets at most; some promises are half kept in more ways than one.
MOST = {"type": 2, "format": 3, "pattern": 3}
# Of numbers, a fraction, a text, null and a boolean; of booleans, a number, a text and null.
MOST_OF_TYPE = {"integer": 4, "number": 3, "boolean": 3}
MOST_OF_FORMAT = {"uri": 2}
# Of a whole message: another container, null and a text.
MOST_OF_WHOLE = 3
# Every whole number up to here is a double.
_EXACT = 2**53
# How many combinations of members are tried against a condition.
MOST_COMBINED = 200


def negatives(
    model: BodyModel, isolation: Isolation, clause: Clause, most: int | None = None
) -> tuple[list[Negative], str | None]:
    """The isolated negatives of a clause, or none and the reason why."""
    limit = most if most is not None else _most(model, clause)
    contexts = list(_contexts(model, isolation, clause)) or list(_wider(model, isolation, clause))
    if not contexts:
        return [], "no lawful body has the place where it could be broken"
    found: list[Negative] = []
    reasons: list[str] = []
    tried: set[bytes] = set()
    wider = False
    # What several kinds of branches require is broken once in each of them. Other promises take
    # turns among the kinds: a server rarely has the bound in one and not in the other.
    if clause.keyword != "required":
        # By no name of the operation: another that asks for the same has the same plan.
        turn = int(digest(clause.short_id), 16) % len(contexts)
        contexts = [*contexts[turn:], *contexts[:turn]]
    for levels in contexts:
        body = model.build(levels)
        spots = _spots(model, clause, body)
        wanted = limit
        for spot, (label, value) in _candidates(clause, spots):
            broken = put(body, spot.at, value)
            content = isolation.form.written(broken)
            if content is None or content in tried:
                continue
            tried.add(content)
            proof = isolation.proves(clause, isolation.form.read(content))
            if proof != "isolated":
                reasons.append(proof)
                continue
            found.append(Negative(label, levels, Change(spot.at, value), broken))
            wanted -= 1
            if wanted == 0:
                break
        if found and clause.keyword != "required":
            break
        if not found and not wider and levels is contexts[-1]:
            # Under another choice, or with more around it, it may yet be broken alone.
            wider = True
            contexts += [more for more in _wider(model, isolation, clause) if more not in contexts]
    if found:
        return found, None
    if "validators disagree" in reasons:
        return [], "the two validators disagree about every body that would break it"
    if "breaks more" in reasons:
        return [], "every body that breaks it breaks something else too"
    if _is_beyond(model, clause):
        return [], "its limit lies beyond the largest request that is ever sent"
    return [], f"nothing is known that breaks `{clause.keyword}`"


def _most(model: BodyModel, clause: Clause) -> int:
    """How many negatives tell the usual half checks of a clause apart."""
    told = [promise.value for _, promise in _stated(model.root, clause)]
    if clause.keyword == "type" and clause.part == "request":
        kinds = [kind for value in told for kind in ([value] if isinstance(value, str) else value)]
        named = next((kind for kind in kinds if kind in MOST_OF_TYPE), None)
        if named is not None:
            return MOST_OF_TYPE[named]
        return MOST["type"] if clause.pointer else MOST_OF_WHOLE
    if clause.keyword == "format":
        return min((MOST_OF_FORMAT.get(name, MOST["format"]) for name in told), default=1)
    return MOST.get(clause.keyword, 1)


_OF_ITEMS = frozenset({"minItems", "maxItems", "minProperties", "maxProperties"})


def _is_beyond(model: BodyModel, clause: Clause) -> bool:
    """Whether a clause asks for more characters, items or members than a plan has."""
    most = MOST_ITEMS if clause.keyword in _OF_ITEMS else None
    if clause.keyword in ("minLength", "maxLength"):
        most = most_length(clause.pointer or "")
    return most is not None and any(
        promise.value >= most
        for place, promise in _stated(model.root, clause)
        if _is_asserted(place, promise)
    )


def _stated(root: Place, clause: Clause) -> list[tuple[Place, Promise]]:
    """The promises that make a clause, each with its place, in document order."""
    if "sites" not in root.memo:
        by_site: dict[str, list[tuple[int, Place, Promise]]] = {}
        root.memo["sites"] = by_site
        promises = ((place, promise) for place in root.walk() for promise in place.promises())
        for order, (place, promise) in enumerate(promises):
            by_site.setdefault(promise.site, []).append((order, place, promise))
    sites: dict[str, list[tuple[int, Place, Promise]]] = root.memo["sites"]
    found = [stated for site in set(clause.sites) for stated in sites.get(site, ())]
    return [(place, promise) for _, place, promise in sorted(found, key=lambda one: one[0])]


def contexts_of(
    model: BodyModel, isolation: Isolation, clause: Clause
) -> Iterator[dict[str, Level]]:
    """Lawful levels under which a clause is asked, those with the least around it first."""
    yield from _contexts(model, isolation, clause)
    yield from _wider(model, isolation, clause)


def _contexts(model: BodyModel, isolation: Isolation, clause: Clause) -> Iterator[dict[str, Level]]:
    """Lawful levels under which the clause is asked, one for each branch that states it."""
    pointer = clause.pointer or ""
    # What is required or left out is broken at the object around; all else at the value itself.
    factor = next((f for f in model.factors.values() if f.pointer == pointer), None)
    if factor is None:
        inner = _inside_array(model, pointer)
        if not pointer or inner is not None:
            filled = {inner.at: _filled(inner, pointer)} if inner else {}
            levels = model.completed(filled, isolation.lawful)
            if levels is not None:
                yield levels
        return
    options: list[dict[str, Level]] = [{factor.at: factor.plain}]
    tellers = _tellers(model, factor, clause)
    if tellers:
        options = [{**told, factor.at: told.get(factor.at, factor.plain)} for told in tellers]
    seen: set[str] = set()
    for option in options:
        levels = model.completed(option, isolation.lawful)
        if levels is None:
            continue
        text = json.dumps(model.view(levels), sort_keys=True)
        if text not in seen:
            seen.add(text)
            yield levels


def _tellers(model: BodyModel, factor: Factor, clause: Clause) -> list[dict[str, Level]]:
    """Levels of the discriminators for each kind of branch that states the clause.

    A kind is a value of the first discriminator: sftp by key and by password are one. None where
    the clause is stated outside of branches as well.
    """
    parent = factor.parent
    if parent is None:
        return []
    around = model.factors[parent].place if parent else model.root
    branches = [branch for choice in around.choices for branch in choice.branches]
    if not all(any(site.startswith(f"{b.site}/") for b in branches) for site in clause.sites):
        return []
    told: dict[str, dict[str, Level]] = {}
    for choice in around.choices:
        for branch in choice.branches:
            if not any(site.startswith(f"{branch.site}/") for site in clause.sites):
                continue
            levels = _told(model, parent, choice, branch)
            kind = json.dumps([level.value for level in levels.values()][:1])
            if levels:
                told.setdefault(kind, levels)
    return list(told.values())


def _told(model: BodyModel, at: str, choice: Choice, branch: Place) -> dict[str, Level]:
    """The levels of the discriminators that mean this branch of a choice at `at`."""
    levels: dict[str, Level] = {}
    for name in choice.discriminators:
        inner = model.factors.get(f"{at}/{escape(name)}")
        member = branch.members.get(name)
        if inner is None or member is None:
            continue
        fits = [lv for lv in inner.levels if member.fits(lv.value)]
        if fits:
            levels[inner.at] = fits[0]
    return levels


def _branches(model: BodyModel, at: str, place: Place) -> Iterator[dict[str, Level]]:
    """The levels that mean each branch of a place, and each branch within a branch."""
    for choice in place.choices:
        for branch in choice.branches:
            told = _told(model, at, choice, branch)
            yield told
            for inner in _branches(model, at, branch):
                yield {**told, **inner}


def _wider(model: BodyModel, isolation: Isolation, clause: Clause) -> Iterator[dict[str, Level]]:
    """More lawful levels with the clause's place: each branch around it, and every member."""
    factor = next((f for f in model.factors.values() if f.pointer == clause.pointer), None)
    if factor is None:
        return
    options: list[dict[str, Level]] = []
    around: str | None = factor.at
    while around is not None:
        place = model.factors[around].place if around else model.root
        options += _branches(model, around, place)
        around = model.factors[around].parent if around else None
    options.append({at: other.plain for at, other in model.factors.items()})
    for option in options:
        levels = model.completed({factor.at: factor.plain, **option}, isolation.lawful)
        if levels is not None:
            yield levels


def _inside_array(model: BodyModel, pointer: str) -> Factor | None:
    """The factor of the array or open object that a pointer with `*` lies in."""
    candidates = [
        factor
        for factor in model.factors.values()
        if pointer.startswith(f"{factor.pointer}/") and not factor.container
    ]
    return max(candidates, key=lambda factor: len(factor.pointer), default=None)


def _filled(factor: Factor, pointer: str) -> Level:
    """A level with something in it; for an item by position one that is long enough."""
    position = pointer.removeprefix(f"{factor.pointer}/").partition("/")[0]
    least = int(position) if position.isdigit() else 1
    held = [lv for lv in factor.levels if isinstance(lv.value, dict | list) and lv.value]
    long = [level for level in held if len(level.value) >= least]
    return next(iter(long), factor.plain)


def _candidates(clause: Clause, spots: list[Spot]) -> Iterator[tuple[Spot, tuple[str, Any]]]:
    for spot in spots:
        for candidate in GENERATORS.get(clause.keyword, _nothing)(spot):
            yield spot, candidate


def _spots(model: BodyModel, clause: Clause, body: Any) -> list[Spot]:
    """Where the clause stands in a body; once a branch where only branches state it."""
    place, at = _find(model.root, (clause.pointer or "").split("/")[1:], "", body)
    if place is None or not _fits(body, at):
        return []
    places = [place]
    if clause.keyword in _OF_BRANCHES and not _states(place, clause):
        stated = [
            inner for inner, promise in _stated(model.root, clause) if _is_asserted(inner, promise)
        ]
        places = list({id(inner): inner for inner in stated}.values()) or places
    return [Spot(clause, inner, at, look(body, at)) for inner in places]


def _fits(body: Any, at: str) -> bool:
    """Whether there is an object or array around a pointer to put a value into."""
    around, _, last = at.rpartition("/")
    inside = look(body, around) if at else {}
    return isinstance(inside, dict) or (isinstance(inside, list) and int(last) <= len(inside))


# What other keywords of the same place say does not matter to how these are broken.
_OF_BRANCHES = {
    "const", "enum", "exclusiveMaximum", "exclusiveMinimum", "format", "maxItems", "maxLength",
    "maximum", "minItems", "minLength", "minimum", "multipleOf", "pattern",
}  # fmt: skip


def _is_asserted(place: Place, promise: Promise) -> bool:
    return any(promise is asserted for asserted in place.assertions)


def _states(place: Place, clause: Clause) -> bool:
    return any(promise.site in clause.sites for promise in place.assertions)


def _find(place: Place, steps: list[str], at: str, body: Any) -> tuple[Place | None, str]:
    """The place of a clause's pointer, and a real pointer to it in a body."""
    if not steps:
        return place, at
    step, *rest = steps
    if step.isdigit() and isinstance(look(body, at), list) and int(step) < len(place.prefix):
        return _find(place.prefix[int(step)], rest, f"{at}/{step}", body)
    if step != "*":
        member = members_of(place).get(unescape(step))
        if member is not None:
            return _find(member, rest, f"{at}/{step}", body)
        return None, at
    inside = look(body, at)
    for holder in (place, *branches_of(place)) if isinstance(inside, list) else ():
        if holder.items is not None:  # of an array that may be null, a branch says it
            return _find(holder.items, rest, f"{at}/{len(holder.prefix)}", body)
    for name, member in members_of(place).items():
        if name not in place.members:
            return _find(member, rest, f"{at}/{escape(name)}", body)
    return None, at


def _nothing(_: Spot) -> Iterator[tuple[str, Any]]:
    yield from ()


def _near(spot: Spot) -> dict[str, tuple[Any, ...]]:
    """By lawful type, what a careless server coerces to it."""
    value = spot.value
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else 60
    return {
        "integer": (number + 0.5, str(number), None, True),
        "number": (str(number), None, True),
        "boolean": (0, "true", None),
        "string": (12345, True),
        "object": ([], "{}"),
        "array": ({}, "x"),
        "null": ("",),
    }


def _type(spot: Spot) -> Iterator[tuple[str, Any]]:
    allowed = _kinds(spot.place)
    if not spot.clause.part.startswith("request"):
        # In a URL all is text: what servers make numbers and booleans of differs too much.
        yield _said("text"), "text"
        if "integer" in allowed and "number" not in allowed:
            yield _said(7.5), 7.5
        return
    kinds = [kind for kind in _near(spot) if kind in allowed]
    if "number" in kinds and "integer" in kinds:
        kinds.remove("integer")
    if len(kinds) == 1 and kinds[0] in MOST_OF_TYPE:
        for value in _near(spot)[kinds[0]]:
            yield _said(value), value
    main = next((kind for kind in kinds if kind != "null"), "null")
    near = list(_near(spot)[main])
    far: list[Any] = [None, [], {}, "text", 12345]
    for value in (near[0], *far, *near[1:]):
        if not _kinds_of_value(value) & allowed:
            yield _said(value), value


def _kinds(place: Place) -> frozenset[str]:
    """The JSON types that a place allows, those that only its branches name included."""
    kinds = kinds_of(place)
    branches = [branch for choice in place.choices for branch in choice.branches]
    may_be_null = "null" in place.allowed_types and (
        not branches or any("null" in _kinds(branch) for branch in branches)
    )
    return kinds | {"null"} if may_be_null else kinds


def _kinds_of_value(value: Any) -> set[str]:
    """The JSON types that a value is of; a number without a fraction is an integer as well."""
    if value is None:
        return {"null"}
    if isinstance(value, bool):
        return {"boolean"}
    if isinstance(value, int | float):
        return {"integer", "number"} if float(value).is_integer() else {"number"}
    if isinstance(value, str):
        return {"string"}
    return {"array"} if isinstance(value, list) else {"object"}


def _said(value: Any) -> str:
    return f"is {label_of(value)}"


def _required(_: Spot) -> Iterator[tuple[str, Any]]:
    yield "is missing", ABSENT


def _enum(spot: Spot) -> Iterator[tuple[str, Any]]:
    values: list[Any] = [value for p in spot.place.assertions for value in _listed(p.site, p.value)]
    for value in values:
        if isinstance(value, str):
            for other in (value.lower(), value.upper(), value.title()):
                if other not in values:
                    yield f"{_said(other)}, in the wrong case", other
    yield _said("no-such-value"), "no-such-value"
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if numbers:
        yield _said(max(numbers) + 1), max(numbers) + 1
    others: list[Any] = [True, False, None, 0, "", [], {}]
    yield from ((_said(other), other) for other in others)


def _listed(site: str, value: Any) -> list[Any]:
    if site.endswith("/enum"):
        return list(value)
    return [value] if site.endswith("/const") else []


def _below(spot: Spot) -> Iterator[tuple[str, Any]]:
    yield from _beyond(spot, ("minimum", "exclusiveMinimum"), -1)


def _above(spot: Spot) -> Iterator[tuple[str, Any]]:
    yield from _beyond(spot, ("maximum", "exclusiveMaximum"), 1)


def _beyond(spot: Spot, keywords: tuple[str, ...], sign: int) -> Iterator[tuple[str, Any]]:
    multiple = bound(spot.place, "multipleOf")
    step = multiple.value if multiple else 1
    low, high = edges(spot.place, "integer")
    edge = low if sign < 0 else high
    values = [edge + sign * step] if edge is not None else []
    for keyword in keywords:
        promise = bound(spot.place, keyword)
        if promise is not None:
            limit = promise.value
            values += [limit, limit + sign * step, limit + sign * 0.5, limit + sign * 1000 * step]
    stated = [p.value for p in spot.place.assertions if p.keyword in keywords]
    values = [_next(x, sign) for x in stated if is_carried(x) and _is_large(x)] + values
    for value in values:
        if is_carried(value) and not any(_is_one_double(value, limit) for limit in stated):
            yield _said(value), value


def _is_large(number: Any) -> bool:
    return not -_EXACT <= number <= _EXACT


def _next(limit: Any, sign: int) -> Any:
    """The next number beyond a limit, which a server that reads doubles tells from it."""
    if not _is_large(limit):
        return limit + sign
    beyond = math.nextafter(float(limit), math.inf * sign)
    return int(beyond) if isinstance(limit, int) and math.isfinite(beyond) else beyond


def _is_one_double(value: Any, limit: Any) -> bool:
    """Whether a value is not told from a large limit by who reads numbers as doubles."""
    large = _is_large(limit) and is_carried(limit)
    return large and value != limit and float(value) == float(limit)


def _multiple(spot: Spot) -> Iterator[tuple[str, Any]]:
    promise = bound(spot.place, "multipleOf")
    base = spot.value if isinstance(spot.value, int | float) else 0
    for part in (1, promise.value / 2 if promise else 0.5, 0.5, 0.1):
        for value in (base + part, base - part):
            if is_carried(value):
                yield _said(value), value


def _too_short(spot: Spot) -> Iterator[tuple[str, Any]]:
    for length in _limits(spot, "minLength"):
        if 0 < length <= most_length(spot.at):
            text = spot.value if isinstance(spot.value, str) else "x" * length
            shorter = exactly(text, length - 1) if text else ""
            yield f"has {length - 1} characters", shorter
            yield f"has {length - 1} characters", "a" * (length - 1)


def _too_long(spot: Spot) -> Iterator[tuple[str, Any]]:
    for length in _limits(spot, "maxLength"):
        if length >= most_length(spot.at):
            continue
        text = spot.value if isinstance(spot.value, str) and spot.value else "x"
        yield f"has {length + 1} characters", exactly(text, length + 1)
        yield f"has {length + 1} characters", "a" * (length + 1)
        yield f"has {length + 1} characters", "0" * (length + 1)


def _limits(spot: Spot, keyword: str) -> list[int]:
    """The limits that the clause's keyword states, in branches too."""
    own = [p.value for p in spot.place.assertions if p.keyword == keyword]
    return own or [1]


_ODD = (
    "", " ", "!", "#", "a", "A", "0", "é", "a b", "a/b", "a\nb", "ABC", "abc", "x" * 40, "会議",
    "00000000", "-", "_", "a!b", "(a)", "a.b",
)  # fmt: skip


def _unmatched(spot: Spot) -> Iterator[tuple[str, Any]]:
    value = spot.value if isinstance(spot.value, str) else ""
    # Behind, before, and a newline behind: what a match without its anchors lets through.
    for odd in (f"{value}!", f"!{value}", f"{value}\n", f"{value}/{value}", *_ODD):
        yield _said(odd), odd


# What careless parsers take for each format: the shape kept and the meaning broken, the half of
# it, something else.
MALFORMED: dict[str, tuple[str, ...]] = {
    "uuid": (
        "97440c6a-140b-40a9-9499-b23fd7a3868g",
        "97440c6a140b40a99499b23fd7a3868f",
        "97440c6a-140b-40a9-9499-b23fd7a3868",
        "not-a-uuid",
    ),
    "uri": ("media.example.net/a.png", "http://media example.net/", "not a uri", "//example.net"),
    "date-time": (
        "2026-13-01T12:00:00Z", "2026-03-01", "2026-03-01 12:00", "2026-03-01T12:00:00",
        "yesterday",
    ),
    "date": ("2026-02-30", "01.03.2026", "2026-03-01T12:00:00Z", "yesterday"),
    "time": ("25:00:00Z", "12:00", "noon"),
    "email": ("a b@example.net", "not-an-address", "@example.net"),
    "hostname": ("-bad-.example", "a b", "exa_mple..net"),
    "ipv4": ("256.1.1.1", "1.2.3", "localhost"),
    "ipv6": ("12345::", "1.2.3.4", "::g"),
    "uri-reference": ("http://a b", "\\\\server\\share", "%zz"),
    "json-pointer": ("a/b", "~2"),
    "regex": ("(", "[a"),
    "duration": ("PT", "1h", "P"),
    "byte": ("qQ", "qq=", "_-_-", "no base64"),
    "base64url": ("q", "+/+/", "no base64"),
}  # fmt: skip


def _malformed(spot: Spot) -> Iterator[tuple[str, Any]]:
    promise = bound(spot.place, "format")
    name = promise.value if promise else ""
    of_numbers = limits(name)
    for limit, sign in zip(of_numbers or (), (-1, 1), strict=False):
        # A number a little beyond the greatest float32 is read as that one.
        beyond = limit * 2 if isinstance(limit, float) else _next(limit, sign)
        if is_carried(beyond):
            yield _said(beyond), beyond
    if of_numbers is not None:
        return
    lawful = FORMATS.get(name, ())
    for text in MALFORMED.get(name, ("not such a format", "", "?")):
        if text not in lawful:
            yield _said(text), text


def _too_few_items(spot: Spot) -> Iterator[tuple[str, Any]]:
    for least in _limits(spot, "minItems"):
        items = array_items(spot.place, least - 1, spot.place.is_unique) if least > 0 else None
        if items is not None:
            yield f"has {least - 1} items", items


def _too_many_items(spot: Spot) -> Iterator[tuple[str, Any]]:
    for most in _limits(spot, "maxItems"):
        items = array_items(spot.place, most + 1, spot.place.is_unique)
        if items is not None:
            yield f"has {most + 1} items", items


def _repeated(spot: Spot) -> Iterator[tuple[str, Any]]:
    items = spot.value if isinstance(spot.value, list) and spot.value else None
    items = items or array_items(spot.place, 1, True) or [1]
    yield "repeats an item", [items[0], *items]
    yield "repeats an item", [items[0], *items[:-1]]


def _one_more_item(spot: Spot) -> Iterator[tuple[str, Any]]:
    items = array_items(spot.place, len(spot.place.prefix), spot.place.is_unique)
    for extra in ("x", 1) if items is not None else ():
        yield "has one item more", [*(items or []), extra]


def _unknown_member(spot: Spot) -> Iterator[tuple[str, Any]]:
    if isinstance(spot.value, dict):
        # A text where the wire has nothing else.
        for value in (1, "x"):
            yield "has an undocumented member", {**spot.value, "x_undocumented": value}


def _fewer_members(spot: Spot) -> Iterator[tuple[str, Any]]:
    if isinstance(spot.value, dict):
        names = list(spot.value)
        for count in range(len(names)):
            yield f"has {count} members", {name: spot.value[name] for name in names[:count]}


def _more_members(spot: Spot) -> Iterator[tuple[str, Any]]:
    if isinstance(spot.value, dict):
        most = max(_limits(spot, "maxProperties"))
        if most > MOST_ITEMS:
            return
        extra = {f"x_{index}": 1 for index in range(most + 1)}
        yield "has too many members", dict(list({**spot.value, **extra}.items())[: most + 1])


def _without_dependents(spot: Spot) -> Iterator[tuple[str, Any]]:
    promise = bound(spot.place, "dependentRequired")
    if promise is None or not isinstance(spot.value, dict):
        return
    for name, needed in promise.value.items():
        members = members_of(spot.place)
        for left_out in needed:
            body = {key: value for key, value in spot.value.items() if key != left_out}
            for key in (name, *needed):
                if key != left_out and key not in body and key in members:
                    body[key] = _some(members[key])
            if name not in members:
                body[name] = "x"
            yield f"has {name} without {left_out}", body


def _some(place: Place) -> Any:
    model = BodyModel(place, ABSENT)
    return model.build({})


def _anything(spot: Spot) -> Iterator[tuple[str, Any]]:
    values: list[Any] = ["x", "", 0, -1, 1.5, True, None, [], {}, [1, 1], {"x_undocumented": 1}]
    if isinstance(spot.value, dict):
        for name in spot.value:
            values.append({key: value for key, value in spot.value.items() if key != name})
        values.append({**spot.value, "x_undocumented": 1})
        values += _combined(spot.place)
    for value in values:
        yield _said(value), value


def _combined(place: Place) -> list[Any]:
    """Objects with one or two members, in all their values: what conditions are made of."""
    model = BodyModel(place, ABSENT)
    singles = [(at, level) for at, factor in model.factors.items() for level in factor.levels if at]
    pairs = (dict(pair) for pair in combinations(singles, 2) if pair[0][0] != pair[1][0])
    chosen = islice(chain((dict([single]) for single in singles), pairs), MOST_COMBINED)
    return [model.build(model.assigned(levels)) for levels in chosen]


GENERATORS: dict[str, Generator] = {
    "type": _type,
    "required": _required,
    "enum": _enum,
    "const": _enum,
    "minimum": _below,
    "exclusiveMinimum": _below,
    "maximum": _above,
    "exclusiveMaximum": _above,
    "multipleOf": _multiple,
    "minLength": _too_short,
    "maxLength": _too_long,
    "pattern": _unmatched,
    "format": _malformed,
    "minItems": _too_few_items,
    "maxItems": _too_many_items,
    "uniqueItems": _repeated,
    "additionalProperties": _unknown_member,
    "minProperties": _fewer_members,
    "maxProperties": _more_members,
    "dependentRequired": _without_dependents,
    "oneOf": _anything,
    "not": _anything,
    "$ref": _anything,
    "if": _anything,
    "contains": _anything,
    "items": _one_more_item,
    "propertyNames": _anything,
    "dependentSchemas": _anything,
    "unevaluatedProperties": _unknown_member,
    "unevaluatedItems": _anything,
}
