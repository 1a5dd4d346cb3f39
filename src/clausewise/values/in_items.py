"""The value classes of what stands within arrays, which are one class each in a whole body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from clausewise.contract import Place
from clausewise.pointer import ABSENT
from clausewise.values.bodies import BodyModel
from clausewise.values.bounds import MOST_ITEMS, TooLarge
from clausewise.values.members import branches_of
from clausewise.values.values import Level, as_text


def levels_in_items(place: Place, value: Any) -> list[tuple[str, Level]]:
    """The level of each member of each item of an array, with the pointer of its clauses.

    What is left out of an item that is there has a level too; what stands in an array within an
    item has its own. Nothing of an array that is too large to be looked at.
    """
    if not isinstance(value, list) or not 0 < len(value) <= MOST_ITEMS:
        return []
    known = place.memo.setdefault("levels in items", {})
    key = as_text(value)
    if key not in known:
        known[key] = list(
            {(at, one.label): (at, one) for at, one in _within(place, value)}.values()
        )
    found: list[tuple[str, Level]] = known[key]
    return found


def _within(place: Place, value: list[Any]) -> Iterator[tuple[str, Level]]:
    model = _model_of(place)
    if model is None:
        return
    for item in value:
        levels = model.classify(item)
        for at, level in levels.items():
            factor = model.factors[at]
            if level.value is ABSENT and not _is_there(factor.parent, levels):
                continue
            yield factor.pointer, level
            yield from levels_in_items(factor.place, level.value)


def _model_of(place: Place) -> BodyModel | None:
    """The choices that the items of an array are made of; None where it says nothing of them."""
    if "model of items" not in place.memo:
        items = next((one.items for one in (place, *branches_of(place)) if one.items), None)
        try:
            place.memo["model of items"] = BodyModel(items, ABSENT) if items is not None else None
        except TooLarge:
            place.memo["model of items"] = None
    model: BodyModel | None = place.memo["model of items"]
    return model


def _is_there(parent: str | None, levels: Mapping[str, Level]) -> bool:
    return not parent or (parent in levels and isinstance(levels[parent].value, dict))
