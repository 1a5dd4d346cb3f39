"""A lawful assignment where the least one is not lawful: a bounded search over a model's choices.

First the documented example, then which members are there, those first where something is wrong;
then values that branches of a choice do not share: with a text where the other branch wants a
number, only one branch is left. Where several places are wrong, they are mended one by one. Last,
whole values of the place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, islice
from typing import TYPE_CHECKING, Any

from clausewise.contract.compiled import compiled
from clausewise.pointer import escape
from clausewise.values.bounds import TooLarge
from clausewise.values.finding import LARGE, mined, values_found
from clausewise.values.values import LEFT_OUT, Level

if TYPE_CHECKING:
    from clausewise.values.bodies import BodyModel

Trial = dict[str, Level]
# Assignments that are tried, and members that are added to one.
MOST_SOUGHT = 600
MOST_ADDED = 120
# Places of a body that are mended one by one, and assignments that are tried for each.
_MOST_MENDED = 20
_MOST_FOR_ONE = 60
_ODD: tuple[Any, ...] = ("x", 1, True, None, [], {}, 1.5, "", 0)


def sought(model: BodyModel, lawful: Callable[[Any], bool], held: Trial) -> Trial | None:
    """The first lawful assignment of a search that always goes the same way, or None.

    The levels that are `held` are in it.
    """
    try:
        for trial in islice(_trials(model, held), MOST_SOUGHT):
            full = model.assigned({**trial, **held})
            if lawful(model.view(full)):
                return _smaller(model, full, lawful)
        return _mended(model, lawful, held) or _of_whole_values(model, lawful, held)
    except TooLarge:
        return None


def _smaller(model: BodyModel, found: Trial, lawful: Callable[[Any], bool]) -> Trial:
    """The same without what says that a member is left out, where that goes without saying."""
    short = {at: level for at, level in found.items() if level is not LEFT_OUT}
    return short if lawful(model.view(short)) else found


def _trials(model: BodyModel, held: Trial) -> Iterator[Trial]:
    """Members first: none of the optional ones, one, two, three; then values that are odd."""
    if isinstance(model.example, dict):
        yield {at: lv for at, lv in model.classify(model.example).items() if at}
    wrong = _wrong_at(model, held)

    def far(at: str) -> tuple[bool, int]:
        return not any(f"{at}/".startswith(f"{place}/") for place in wrong), at.count("/")

    inner = sorted((at for at in model.factors if at and at not in held), key=far)
    optional = [at for at in inner if model.factors[at].optional]
    shallow = optional[:MOST_ADDED]
    bare = dict.fromkeys(optional, LEFT_OUT)
    yield bare

    def there(*chosen: str) -> Trial:
        # What stands in a member is left to itself: a branch there may ask for it.
        kept = {
            at: lv for at, lv in bare.items() if not any(at.startswith(f"{c}/") for c in chosen)
        }
        return {**kept, **{at: model.factors[at].plain for at in chosen}}

    for size in (1, 2):
        yield from (there(*chosen) for chosen in islice(combinations(shallow, size), 120))
    for at in inner[:40]:
        for level in model.factors[at].levels[1:6]:
            yield {at: level}
    odd = _odd_values(model)
    for start in ({}, bare):
        for at in inner[:40]:
            yield from ({**start, at: Level("its own value", v, "type")} for v in odd)
    yield from (there(*chosen) for chosen in islice(combinations(shallow[:12], 3), 60))
    for one, other in islice(combinations(inner[:12], 2), 66):
        for value in odd[:4]:
            strange = Level("its own value", value, "type")
            yield {one: strange, other: strange}
            yield {one: strange, other: model.factors[other].plain}


def _wrong_at(model: BodyModel, trial: Trial, most: int = 20) -> list[str]:
    """Where in a body something is wrong: what has to change is there."""
    body = model.view(trial)
    errors = islice(compiled(model.root.schema).iter_errors(body), most)
    return ["".join(f"/{escape(str(step))}" for step in error.instance_path) for error in errors]


def _mended(model: BodyModel, lawful: Callable[[Any], bool], held: Trial) -> Trial | None:
    """A lawful assignment by steps, each of which leaves fewer places wrong; None where one fails.

    Two choices that no least value keeps are found by none of the trials, which change one thing.
    """
    optional = {at: LEFT_OUT for at, factor in model.factors.items() if at and factor.optional}
    for start in ({}, optional):
        trial: Trial = {**start, **held}
        wrong = {*_wrong_at(model, trial, _MOST_MENDED)}
        while wrong and len(wrong) < _MOST_MENDED:
            trial, fewer = _less_wrong(model, trial, wrong)
            if fewer == wrong:
                break
            wrong = fewer
        full = model.assigned(trial)
        if not wrong and lawful(model.view(full)):
            return _smaller(model, full, lawful)
    return None


def _less_wrong(model: BodyModel, trial: Trial, wrong: set[str]) -> tuple[Trial, set[str]]:
    """An assignment with fewer places that are wrong, and these; the same where there is none."""
    for at in sorted(wrong):
        for change in islice(_changes_at(model, at), _MOST_FOR_ONE):
            kept = {key: lv for key, lv in trial.items() if not key.startswith(f"{at}/")}
            changed = model.assigned({**kept, **change})
            left = {*_wrong_at(model, changed, _MOST_MENDED)}
            if len(left) < len(wrong):
                return changed, left
    return trial, wrong


def _changes_at(model: BodyModel, at: str) -> Iterator[Trial]:
    """What may be another way at a place, or at the next one around it that is known by itself."""
    while at and at not in model.factors:
        at = at.rpartition("/")[0]
    if not at:
        return
    yield from ({at: level} for level in model.factors[at].levels)
    inner = [one for one in model.factors if one.startswith(f"{at}/")]
    yield from ({one: model.factors[one].plain} for one in inner[:20])
    values = (*values_found(model.factors[at].place, 3), *_ODD)
    yield from ({at: Level("its own value", value, "type")} for value in values)


def _odd_values(model: BodyModel) -> list[Any]:
    schema = model.root.schema
    return [*_ODD[:6], *(mined(schema)[:12] if len(str(schema)) < LARGE else []), *_ODD[6:]]


def _of_whole_values(model: BodyModel, lawful: Callable[[Any], bool], held: Trial) -> Trial | None:
    """Levels of a value that was found for the whole place, if they build a lawful one."""
    if model.root.memo.get("sought"):
        return None  # the search for whole values has come back to where it began
    model.root.memo["sought"] = True
    try:
        values = values_found(model.root, 3)
    finally:
        model.root.memo["sought"] = False
    for value in values:
        levels = {at: lv for at, lv in model.classify(value).items() if lv is not LEFT_OUT}
        if held.keys() <= levels.keys() and lawful(model.view(levels)):
            return levels
    return None
