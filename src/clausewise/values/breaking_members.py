"""How objects and conditions are broken: by names, by numbers of members, by what goes together.

`breaking` lists these generators with the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, combinations, islice
from typing import Any

from clausewise.contract import Place
from clausewise.contract.place import Choice
from clausewise.contract.places import read_places
from clausewise.contract.schemas import Schema
from clausewise.pointer import ABSENT
from clausewise.values.arrays import array_items
from clausewise.values.bodies import BodyModel
from clausewise.values.bounds import MOST_ITEMS
from clausewise.values.finding import from_pattern, place_of, targets, values_found
from clausewise.values.halves import MOST_HALVES, halves_of, things_said
from clausewise.values.keys import (
    SHORT_NAMES,
    conditional,
    names_for,
    place_of_key,
    told_aside,
)
from clausewise.values.members import members_of
from clausewise.values.spots import Spot
from clausewise.values.stated import bound, listed_values, stated_numbers
from clausewise.values.values import label_of

# Values that a `not` bars, of which one is sent.
MOST_UNWANTED = 4
# How many combinations of members are tried against a condition.
MOST_COMBINED = 200
# Values that are wrong within what a `$ref` leads to: so many are looked at, and so many of them
# tried for each thing that it says.
MOST_WITHIN = 300
MOST_OF_HALF = 3
# So many names are tried against what is said of names.
MOST_NAMES = 40

Candidates = Iterator[tuple[str, Any]]


def unknown_member(spot: Spot) -> Candidates:
    """A member of a name that is none of those documented, nor of their patterns."""
    if isinstance(spot.value, dict):
        # A text where the wire has nothing else; another name where names have a form as well.
        for name in ("x_undocumented", *islice(_names(spot.place), MOST_NAMES)):
            for value in (1, "x"):
                yield "has an undocumented member", {**spot.value, name: value}


def misnamed_member(spot: Spot) -> Candidates:
    """A member whose name alone is wrong: it has a value that is right for it."""
    if isinstance(spot.value, dict):
        for name in islice(_names(spot.place), MOST_NAMES):
            free = place_of_key(spot.place, name)
            value = some(free) if free is not None else 1
            yield f"has a member {label_of(name)}", {**spot.value, name: value}
    yield from anything(spot)


def _names(place: Place) -> Iterator[str]:
    """Names for members: of each pattern, as they come, longer, and with something behind."""
    told = bound(place, "propertyNames")
    names = told.value if told is not None and isinstance(told.value, dict) else {}
    most = names.get("maxLength")
    patterns = [extra.only for extra in place.extras if extra.only is not None]
    if isinstance(names.get("pattern"), str):
        patterns.append(names["pattern"])
    for pattern in patterns:
        for name in from_pattern(pattern, 3):
            if isinstance(most, int) and name:
                yield name[0] * max(most + 1 - len(name), 0) + name
            yield from (f"{name}!", name, name.swapcase(), name[:-1])
    yield from SHORT_NAMES
    yield from ("", "a b", "é", "x" * 70, "_1")


def fewer_members(spot: Spot) -> Candidates:
    """Fewer members than there have to be."""
    if isinstance(spot.value, dict):
        names = list(spot.value)
        for count in range(len(names)):
            yield f"has {count} members", {name: spot.value[name] for name in names[:count]}


def more_members(spot: Spot) -> Candidates:
    """More members than there may be."""
    if isinstance(spot.value, dict):
        most = max(stated_numbers(spot.place, "maxProperties"))
        if most > MOST_ITEMS:
            return
        free = [some(extra.place) for extra in spot.place.extras if extra.only is None]
        for value in (1, *free):
            extra = {f"x_{index}": value for index in range(most + 1)}
            yield "has too many members", dict(list({**spot.value, **extra}.items())[: most + 1])
        # Where not all names may be there: those that are documented, and free ones that may.
        places = members_of(spot.place)
        names = [*places, *names_for(spot.place, most + 1)]
        for name in names:
            if name not in places:
                places[name] = place_of_key(spot.place, name) or spot.place
        extra = {name: some(places[name]) for name in names if name not in spot.value}
        yield "has too many members", dict(list({**spot.value, **extra}.items())[: most + 1])


def without_dependents(spot: Spot) -> Candidates:
    """A member without one that goes with it."""
    promise = bound(spot.place, "dependentRequired")
    if promise is None or not isinstance(spot.value, dict):
        return
    for name, needed in promise.value.items():
        members = members_of(spot.place)
        for left_out in needed:
            body = {key: value for key, value in spot.value.items() if key != left_out}
            for key in (name, *needed):
                if key != left_out and key not in body and key in members:
                    body[key] = some(members[key])
            if name not in members:
                body[name] = "x"
            yield f"has {name} without {left_out}", body


def overlapping(spot: Spot) -> Candidates:
    """Values that are in two branches of a `oneOf` at once."""
    yield from anything(spot)
    for choice in spot.place.choices:
        if choice.keyword == "oneOf":
            for value in _in_two(choice, spot.place):
                yield said(value), value


def _in_two(choice: Choice, around: Place) -> Iterator[Any]:
    """Values that two branches of a choice accept; each pair of branches is laid out once."""
    known = around.memo.setdefault("in two", {})
    for pair in islice(combinations(choice.branches, 2), MOST_UNWANTED):
        if _exclude_each_other(*pair):
            continue
        key = tuple(map(id, pair))
        if key not in known:
            known[key] = place_of({"allOf": [branch.schema for branch in pair]}, around)
        yield from values_found(known[key], 2)


def _exclude_each_other(one: Place, other: Place) -> bool:
    """Whether two places plainly have no value in common: looking for one would take long."""
    kinds = one.allowed_types & other.allowed_types
    listed = listed_values(one), listed_values(other)
    if listed[0] is not None and listed[1] is not None:
        return not any(value in listed[1] for value in listed[0])
    if kinds != {"object"}:
        return not kinds
    needed = one.required.keys() & other.required.keys() & one.members.keys() & other.members.keys()
    return any(_exclude_each_other(one.members[name], other.members[name]) for name in needed)


def unmet(spot: Spot) -> Candidates:
    """Objects of which a condition holds, without what is asked for then, or with a wrong one."""
    if isinstance(spot.value, dict):
        asked = list(conditional(spot.place))
        names = [name for part in asked for name in part.get("properties") or ()]
        wrong = [
            {name: value} for name in dict.fromkeys(names) for value in _misfits(spot.place, name)
        ]
        needed = {name for part in asked for name in part.get("required") or ()}
        bare = {key: value for key, value in spot.value.items() if key not in needed}
        holds = [p.value for p in spot.place.assertions if p.keyword == "dependentSchemas"]
        starts = [{**bare, name: "x"} for schemas in holds for name in schemas]
        objects = chain(starts, (one for one in _combined(spot.place) if isinstance(one, dict)))
        for start in islice(objects, MOST_COMBINED):
            for value in (start, *({**start, **member} for member in wrong[:MOST_HALVES])):
                yield said(value), value
    yield from anything(spot)
    beside = {key: it for key, it in spot.place.schema.items() if key not in _CONDITIONAL}
    for held, asked in _conditions(spot.place):
        unmet_alone = place_of({"allOf": [beside, held, {"not": asked}]}, spot.place)
        for value in values_found(unmet_alone, MOST_UNWANTED):
            yield said(value), value


# The keywords that ask something of some values.
_CONDITIONAL = ("if", "then", "else", "dependentSchemas")


def _conditions(place: Place) -> Iterator[tuple[Any, Any]]:
    """Schemas of which one asks that another be kept as well, in pairs."""
    for promise in place.assertions:
        rule = promise.rule or {}
        if promise.keyword == "if":
            pairs = [(rule["if"], rule.get("then")), ({"not": rule["if"]}, rule.get("else"))]
            yield from (pair for pair in pairs if pair[1] is not None)
        elif promise.keyword == "dependentSchemas":
            for name, asked in promise.value.items():
                yield {"type": "object", "required": [name]}, asked


def _misfits(around: Place, name: str) -> Iterator[Any]:
    """For each thing that conditions say of a member, a value that is wrong for it alone."""
    member = members_of(around).get(name)
    for told in told_aside(around, name):
        yield from _wrong(told, member)


def _wrong(told: Place, member: Place | None = None) -> Iterator[Any]:
    """For each thing that is told of a value, one that is wrong for it, and right for a member."""
    values: list[Any] = [0, -1, 10**9, "x", "", "x" * 300, True, None, [], {}, [1] * 20]
    values += values_found(member, 8) if member is not None else []
    for one in things_said(told.schema):
        thing = place_of(one, told)
        wrong = [value for value in values if not thing.fits(value)]
        kept = (value for value in wrong if member is not None and member.fits(value))
        yield from islice(chain(kept, wrong), 1)


def some(place: Place) -> Any:
    """The plainest value of a place."""
    model = BodyModel(place, ABSENT)
    return model.build({})


def anything(spot: Spot) -> Candidates:
    """Values of all kinds, and objects with a member less, one more, or other ones."""
    values: list[Any] = ["x", "", 0, -1, 1.5, True, None, [], {}, [1, 1], {"x_undocumented": 1}]
    if isinstance(spot.value, dict):
        for name in spot.value:
            values.append({key: value for key, value in spot.value.items() if key != name})
        values.append({**spot.value, "x_undocumented": 1})
        values += _combined(spot.place)
    for value in values:
        yield said(value), value


def broken_within(spot: Spot) -> Candidates:
    """What is of another kind than a `$ref` leads to, and what has something wrong within it."""
    yield from anything(spot)
    references = [one for one in spot.place.assertions if one.keyword == "$ref"]
    for reference, target in zip(references, targets(spot.place), strict=False):
        if "broken" not in target.memo:
            halves = halves_of([reference])
            values = [(value, [h.is_valid(value) for h in halves]) for value in _broken(target)]
            values.sort(key=lambda one: -sum(one[1]))
            chosen = [
                [value for value, kept in values if not kept[at]][:MOST_OF_HALF]
                for at in range(len(halves))
            ]
            target.memo["broken"] = [(said(one), one) for wrong in chosen for one in wrong]
        yield from target.memo["broken"]


def _broken(target: Place) -> Iterator[Any]:
    broken = [*islice(_with_a_wrong_member(target), MOST_COMBINED), True, None]
    yield from broken
    holders = [*_holders(target)]
    yield from islice((hold(one) for hold in holders for one in broken), MOST_WITHIN)
    yield from (hold(hold(one)) for hold in holders for one in broken[-2:])


def _with_a_wrong_member(target: Place) -> Iterator[Any]:
    """Objects of a place with a member less, and with a wrong one."""
    for lawful in values_found(target, 3):
        if isinstance(lawful, dict):
            for name in lawful:
                yield {key: value for key, value in lawful.items() if key != name}
            for name, inner in members_of(target).items():
                yield from ({**lawful, name: value} for value in _wrong(inner))


def _holders(target: Place) -> Iterator[Callable[[Any], Any]]:
    """What makes of a value of a place another one that has it within: a list, an object, both."""
    forms: list[Callable[[Any], Any]] = [lambda v: [v], lambda v: {"key": v}]
    lawful = values_found(target, 3)
    for value in lawful[:1]:
        yield from (form for form in forms if target.fits(form(value)))
        for around in ({}, *(one for one in lawful if isinstance(one, dict))):
            for name, member in members_of(target).items():
                for form in (lambda v: v, *forms):
                    if member.fits(form(value)):
                        yield partial(_with_member, around, name, form)


def _with_member(around: Any, name: str, form: Callable[[Any], Any], value: Any) -> Any:
    return {**around, name: form(value)}


def unseen_item(spot: Spot) -> Candidates:
    """An item more, of a kind that nothing else speaks of."""
    if isinstance(spot.value, list):
        # No item in a place of which something is said.
        size = max(len(spot.value), len(spot.place.prefix))
        items = array_items(spot.place, size, spot.place.is_unique) or spot.value
        extras: list[Any] = [True, "x", 1.5, None, {}, []]
        yield from (("has one item more", [*items, extra]) for extra in extras)
    yield from anything(spot)


def unwanted(spot: Spot) -> Candidates:
    """What the schema within a `not` accepts, as a whole and laid over what is there."""
    promise = bound(spot.place, "not")
    if promise is not None and promise.rule is not None:
        beside = {key: value for key, value in promise.rule.items() if key == "$defs"}
        inner = Schema({**promise.rule["not"], **beside})
        for value in values_found(read_places(inner, "request"), MOST_UNWANTED):
            yield said(value), value
            if isinstance(value, dict) and isinstance(spot.value, dict):
                yield said(value), {**spot.value, **value}
    yield from anything(spot)


def _combined(place: Place) -> list[Any]:
    """Objects with one or two members, in all their values: what conditions are made of."""
    if "combined" not in place.memo:
        place.memo["combined"] = _combined_anew(place)
    combined: list[Any] = place.memo["combined"]
    return combined


def _combined_anew(place: Place) -> list[Any]:
    model = BodyModel(place, ABSENT)
    singles = [(at, level) for at, factor in model.factors.items() for level in factor.levels if at]
    pairs = (dict(pair) for pair in combinations(singles, 2) if pair[0][0] != pair[1][0])
    chosen = islice(chain((dict([single]) for single in singles), pairs), MOST_COMBINED)
    return [model.view(model.assigned(levels)) for levels in chosen]


def wrong_number_contained(spot: Spot) -> Candidates:
    """Arrays in which one item less, or one more, is what `contains` asks for."""
    promise = bound(spot.place, "contains")
    if promise is not None and isinstance(spot.value, list):
        wanted = place_of(promise.value, spot.place)
        least = (promise.rule or {}).get("minContains", 1)
        most = (promise.rule or {}).get("maxContains")
        held = [item for item in spot.value if wanted.fits(item)]
        others = [item for item in spot.value if not wanted.fits(item)]
        if spot.place.items is not None:
            others += [v for v in values_found(spot.place.items, 8) if not wanted.fits(v)]
        few = held[: max(least - 1, 0)]
        for length in range(len(others) + 1):
            yield f"has {len(few)} of what it has to contain", [*few, *others[:length]]
        if most is not None and most < MOST_ITEMS:
            inner = [promise.value]
            if spot.place.items is not None:
                inner.append(spot.place.items.schema)
            more = held + values_found(place_of({"allOf": inner}, spot.place), len(held) + most + 1)
            distinct = [v for at, v in enumerate(more) if v not in more[:at]]
            for items in (distinct, more):
                repeated = (items * (most + 1))[: most + 1]
                yield f"has {most + 1} of what it may contain", repeated
    yield from anything(spot)


def said(value: Any) -> str:
    """What a value is, as the label of a case."""
    return f"is {label_of(value)}"
