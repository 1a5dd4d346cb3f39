"""Lawful requests under which a clause is asked, so that it can be broken in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from clausewise.contract import Clause, MessagePart, Place, ask
from clausewise.contract.place import Choice
from clausewise.pointer import ABSENT, escape
from clausewise.values.arrays import array_items
from clausewise.values.bodies import BodyModel
from clausewise.values.factors import Factor
from clausewise.values.isolation import Isolation
from clausewise.values.overlapping import Overlapping
from clausewise.values.spots import holders_of, stated_by
from clausewise.values.values import Level, as_text

# So many values of a member are tried where others with it are not lawful.
MOST_TRIED = 8
# And so many items of an array, for one clause within them.
MOST_ITEMS_MADE = 4
# And so many items, of which the last is broken.
MOST_AROUND = 3


class Contexts:
    """The lawful levels of one message under which its clauses are asked.

    Clauses of one place have the same ones, which are found once, and so are their bodies.
    """

    def __init__(self, model: BodyModel, isolation: Isolation) -> None:
        self.model = model
        self.isolation = isolation
        self.overlapping = Overlapping(model.root)
        # By what is asked for: that, since its identity is the key, and what was found.
        self._completed: dict[tuple[Any, ...], tuple[dict[str, Level], dict[str, Level] | None]]
        self._completed = {}
        # By the identity of levels that were found: their body, and what is asked and kept in it.
        self._bodies: dict[int, Any] = {}
        self._asked: dict[int, set[tuple[str, str]]] = {}
        # By the identity of a place of items: theirs.
        self._items: dict[int, Contexts] = {}
        # By the identity of levels again: an array with their body as its item.
        self._arrays: dict[int, Level] = {}
        # By which, where clauses stand, and the schemas that state them: the first levels for them.
        self._first: dict[Any, list[dict[str, Level]]] = {}

    def of(self, clause: Clause) -> Iterator[dict[str, Level]]:
        """Lawful levels under which a clause is asked, those with the least around it first."""
        yield from self.least(clause)
        yield from self.wider(clause)

    def first_of(self, clause: Clause, *, wider: bool = False) -> list[dict[str, Level]]:
        """The first few of the least or wider ones: one schema says all of a place in the same."""
        key = (
            wider,
            clause.pointer,
            clause.keyword in ("type", "required"),
            frozenset(site.rpartition("/")[0] for site in clause.sites),
        )
        if key not in self._first:
            before = len(self.first_of(clause)) if wider else 0
            found = self.wider(clause) if wider else self.least(clause)
            self._first[key] = [*islice(found, MOST_ITEMS_MADE - before)]
        return self._first[key]

    def body(self, levels: dict[str, Level]) -> Any:
        """The body of levels that were found here; to be looked at and not to be changed."""
        if id(levels) not in self._bodies:
            self._bodies[id(levels)] = self.model.view(levels)
        return self._bodies[id(levels)]

    def _complete(self, changes: dict[str, Level]) -> dict[str, Level] | None:
        """Lawful levels with these among them."""
        key = tuple([(at, id(level)) for at, level in changes.items()])
        if key not in self._completed:
            found = self.model.completed(changes, self.isolation.lawful)
            self._completed[key] = changes, found
        return self._completed[key][1]

    def least(self, clause: Clause) -> Iterator[dict[str, Level]]:
        """Lawful levels under which the clause is asked, one for each branch that states it."""
        model = self.model
        pointer = clause.pointer or ""
        # What is required or left out is broken at the object around; all else at the value itself.
        factor = _factor_of(model, clause)
        if factor is None:
            yield from self._without_factor(clause, pointer)
            return
        # Where the plain value needs others beside it, another one may do; of several shapes, one
        # of those that state the clause.
        stated = [p for p, _ in stated_by(model.root, clause) if p.pointer == factor.pointer]
        fitting = [lv for lv in factor.levels if any(place.fits(lv.value) for place in stated)]
        tried = (fitting or factor.levels)[:MOST_TRIED]
        tellers = _tellers(model, factor, clause)
        seen: set[str] = set()
        for told in tellers or [{}]:
            options = [told] if factor.at in told else [{**told, factor.at: lv} for lv in tried]
            levels = next(filter(None, map(self._complete, options)), None)
            text = as_text(self.body(levels)) if tellers and levels is not None else ""
            if levels is not None and text not in seen:
                seen.add(text)
                yield levels

    def _without_factor(self, clause: Clause, pointer: str) -> Iterator[dict[str, Level]]:
        """The same of a place within an array, or of what may never be there."""
        inner = _inside_array(self.model, pointer)
        # What may never be there is broken at the object around it.
        around = pointer.rpartition("/")[0]
        outer = self.model.factor_of(around)
        if inner is not None:
            levels = self._filled(clause, inner)
            if levels is not None:
                yield levels
            if levels is None or not self._is_asked(levels, clause):
                yield from self._with_items(clause, inner)
        elif not around or (outer is not None and outer.container):
            levels = self._complete({outer.at: outer.plain} if outer and outer.at else {})
            if levels is not None:
                yield levels

    def _filled(self, clause: Clause, around: Factor) -> dict[str, Level] | None:
        """Levels whose array has usual items."""
        level = _filled(around, clause.pointer or "", clause.keyword)
        return self._complete({**_first_told(self.model, around, clause), around.at: level})

    def _is_asked(self, levels: dict[str, Level], clause: Clause) -> bool:
        """Whether a clause is asked, and kept, in the body of levels that were found here."""
        if id(levels) not in self._asked:
            answers = ask(self.model.root, self.body(levels))
            self._asked[id(levels)] = {a.promise.key for a in answers if a.kept}
        return (clause.pointer, clause.keyword) in self._asked[id(levels)]

    def _with_items(
        self, clause: Clause, around: Factor, *, wider: bool = False
    ) -> Iterator[dict[str, Level]]:
        """Levels whose array has one item, made for a clause that the usual items do not reach.

        Its levels are the least or the wider ones of an item.
        """
        stating = {id(place) for place, _ in stated_by(self.model.root, clause)}
        for holder in holders_of(self.model.root, around.place, stating):
            place = holder.items
            if place is None or holder.prefix:
                continue
            if "as items" not in place.memo:
                inner = Isolation(MessagePart.laid_out("request", place), [])
                place.memo["as items"] = BodyModel(place, ABSENT), inner
            if id(place) not in self._items:
                self._items[id(place)] = Contexts(*place.memo["as items"])
            items = self._items[id(place)]
            told = _first_told(self.model, around, clause)
            for beside in (told, {}) if wider and told else (told,):
                for chosen in items.first_of(clause, wider=wider):
                    levels = self._complete({**beside, around.at: items.whole_array(chosen)})
                    if levels is not None:
                        yield levels

    def whole_array(self, chosen: dict[str, Level]) -> Level:
        """A level of one item of these levels that were found here, the same for the same ones."""
        if id(chosen) not in self._arrays:
            made = Level("its own value", [self.body(chosen)], "type")
            self._arrays[id(chosen)] = made
        return self._arrays[id(chosen)]

    def wider(self, clause: Clause) -> Iterator[dict[str, Level]]:
        """More lawful levels with the clause's place: each branch around it, and every member."""
        model = self.model
        factor = _factor_of(model, clause)
        if factor is None:
            yield from self._beyond_least(clause)
            return
        options: list[dict[str, Level]] = []
        around: str | None = factor.at
        while around is not None:
            place = model.factors[around].place if around else model.root
            options += _branches(model, around, place)
            around = model.factors[around].parent if around else None
        options.append({at: other.plain for at, other in model.factors.items()})
        options += _beside_conditions(model, factor)
        for option in options:
            levels = self._complete({factor.at: factor.plain, **option})
            if levels is not None:
                yield levels
        # Where none of its own values is lawful, another one may have been found.
        outer = model.factors.get(factor.parent or "")
        levels = self._complete({outer.at: outer.plain}) if outer is not None else None
        if levels is not None and self._is_asked(levels, clause):
            yield levels

    def _beyond_least(self, clause: Clause) -> Iterator[dict[str, Level]]:
        """More levels of a place within an array: with more in an item, and with an item more."""
        around = _inside_array(self.model, clause.pointer or "")
        if around is None:
            return
        levels = self._filled(clause, around)
        if levels is None or not self._is_asked(levels, clause):
            yield from self._with_items(clause, around, wider=True)
        yield from self._with_one_more(around)

    def _with_one_more(self, around: Factor) -> Iterator[dict[str, Level]]:
        """Levels whose array has an item more than it needs: the last may be what is broken."""
        held = [level for level in around.levels if isinstance(level.value, list) and level.value]
        for level in held[:MOST_TRIED]:
            items = array_items(around.place, len(level.value) + 1, around.place.is_unique)
            if items is not None:
                made = Level("one item more", [*level.value, items[-1]], "type")
                levels = self._complete({around.at: made})
                if levels is not None:
                    yield levels


def _factor_of(model: BodyModel, clause: Clause) -> Factor | None:
    """The factor that a clause is about; of several free keys, one of which it is said."""
    pointer = clause.pointer or ""
    first = model.factor_of(pointer)
    if first is None or "*" not in pointer:
        return first
    stated = {id(place) for place, _ in stated_by(model.root, clause)}
    found = (one for one in model.factors.values() if one.pointer == pointer)
    said = (one for one in found if any(id(inner) in stated for inner in one.place.readings()))
    return next(said, first)


def _beside_conditions(model: BodyModel, factor: Factor) -> Iterator[dict[str, Level]]:
    """Each other member, where a condition of the object may want it as soon as one is broken.

    Before that the member's own other values: of some, a condition may want nothing at all.
    """
    around = model.factors[factor.parent].place if factor.parent else model.root
    if factor.parent is not None and any(p.keyword in _CONDITIONS for p in around.assertions):
        yield from ({factor.at: level} for level in factor.levels[1:MOST_TRIED])
        others = (one for one in model.factors.values() if one.parent == factor.parent)
        for other in islice((one for one in others if one is not factor), MOST_TRIED):
            yield from ({other.at: level} for level in other.levels[:MOST_TRIED])


_CONDITIONS = ("if", "dependentSchemas", "dependentRequired")


def _tellers(model: BodyModel, factor: Factor, clause: Clause) -> list[dict[str, Level]]:
    """Levels of the discriminators for each kind of branch that states the clause.

    Those of the objects around say that it comes to that branch. A kind is a value of the first
    discriminator nearby: sftp by key and by password are one. None where the clause is stated
    outside of branches as well.
    """
    told: dict[str, dict[str, Level]] = {}
    # Of items, what other branches around the array say of theirs is not said here.
    within = [site for site in clause.sites if site.startswith(f"{model.root.site}/")]
    for site in within or clause.sites:
        levels: dict[str, Level] = {}
        kind, is_in_branch = "", False
        for at, place in _objects_around(model, factor):
            for choice, branch in _branches_at(place, site):
                is_in_branch = True
                found = _told(model, at, choice, branch)
                if found:
                    kind = json.dumps([level.value for level in found.values()][:1])
                    levels |= found
        if not is_in_branch:
            return []
        if levels:
            told.setdefault(kind, levels)
    return list(told.values())


def _first_told(model: BodyModel, around: Factor, clause: Clause) -> dict[str, Level]:
    """The first of these, for a clause within an array or an open object."""
    return next(iter(_tellers(model, around, clause)), {})


def _objects_around(model: BodyModel, factor: Factor) -> list[tuple[str, Place]]:
    """The objects that a factor stands in, the outermost first, each with its pointer."""
    found: list[tuple[str, Place]] = []
    at = factor.parent
    while at is not None:
        found.append((at, model.factors[at].place if at else model.root))
        at = model.factors[at].parent if at else None
    return found[::-1]


def _branches_at(place: Place, site: str) -> Iterator[tuple[Choice, Place]]:
    """The branches of a place that a keyword stands in, those within branches included."""
    for choice in place.choices:
        for branch in choice.branches:
            if site.startswith(f"{branch.site}/"):
                yield choice, branch
                yield from _branches_at(branch, site)


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


def _inside_array(model: BodyModel, pointer: str) -> Factor | None:
    """The factor of the array or open object that a pointer with `*` lies in."""
    candidates = [
        factor
        for factor in model.factors.values()
        if pointer.startswith(f"{factor.pointer}/") and _holds_items(factor)
    ]
    return max(candidates, key=lambda factor: len(factor.pointer), default=None)


def _holds_items(factor: Factor) -> bool:
    """Whether what stands in a member is no factor of its own: an array, or free keys."""
    return not factor.container or any(isinstance(lv.value, list) for lv in factor.levels)


def _filled(factor: Factor, pointer: str, keyword: str) -> Level:
    """A level with something in it; for an item by position one that is long enough.

    A type is broken in the last of several items: a server may look at the first alone.
    """
    position = pointer.removeprefix(f"{factor.pointer}/").partition("/")[0]
    least = int(position) if position.isdigit() else 1
    held = [lv for lv in factor.levels if isinstance(lv.value, dict | list) and lv.value]
    long = [level for level in held if len(level.value) >= least]
    if keyword == "type" and not position.isdigit():
        long.sort(key=lambda level: not 1 < len(level.value) <= MOST_AROUND)
    return next(iter(long), factor.plain)
