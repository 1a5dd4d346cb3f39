"""The members of an object, those of its branches included, and the value classes of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from clausewise.contract import Place
from clausewise.contract.place import Choice
from clausewise.pointer import escape
from clausewise.values.classes import classes, levels
from clausewise.values.keys import free_keys, may_be_called, named_aside, place_of_key
from clausewise.values.stated import listed_values
from clausewise.values.values import Level, key_of, written_alike


def members_of(place: Place) -> dict[str, Place]:
    """The members of an object place, those of its branches and some free keys included."""
    if "members" not in place.memo:
        place.memo["members"] = _members_of(place) if "object" in place.allowed_types else {}
    found: dict[str, Place] = place.memo["members"]
    return found


def needed_members(place: Place) -> dict[str, Place]:
    """Those of them that every such object has."""
    return {name: inner for name, inner in members_of(place).items() if name in place.required}


def _members_of(place: Place) -> dict[str, Place]:
    members = dict(place.members)
    branches = branches_of(place)
    for branch in branches:
        for name, member in branch.members.items():
            members.setdefault(name, member)
    for inner in (place, *branches):
        for name in inner.required:
            if name not in members:  # required, and only free keys say what it is, if any
                members[name] = place_of_key(place, name) or _anything_at(place, name)
    for name, member in named_aside(place).items():
        members.setdefault(name, member)
    # Of what may be null as well, a branch alone says what its free keys are.
    for inner in sorted((place, *branches), key=lambda one: not one.extras):
        if inner is place or inner.extras:
            for name in free_keys(inner, len(members)):
                free = place_of_key(inner, name)
                if free is not None:
                    members.setdefault(name, free)
    # One part of an `allOf` may forbid what another one speaks of.
    return {name: member for name, member in members.items() if may_be_called(place, name)}


def branches_of(place: Place) -> list[Place]:
    """Every branch of every choice of a place, those within branches included."""
    branches = [branch for choice in place.choices for branch in choice.branches]
    for branch in branches:
        branches += [inner for choice in branch.choices for inner in choice.branches]
    return branches


def _anything_at(place: Place, name: str) -> Place:
    return Place(f"{place.pointer}/{escape(name)}", "", {})


def is_in_branches(place: Place, name: str) -> bool:
    """Whether a branch of a place speaks of a member."""
    return any(name in branch.members for branch in branches_of(place))


def constants_of(branch: Place, choice: Choice) -> dict[str, Any]:
    """The values of the discriminators that mean this branch."""
    told = {}
    for name in choice.discriminators:
        for promise in branch.members[name].assertions if name in branch.members else []:
            if promise.site.endswith("/const"):
                told[name] = promise.value
            elif promise.site.endswith("/enum"):
                told[name] = promise.value[0]
    return told


def member_levels(
    place: Place, variants: list[Place], documented: list[Any], stated: bool
) -> list[Level]:
    """The value classes of a member; those of all branches where nobody else speaks of it."""
    own = levels(place, variants, documented)
    inner = [level for variant in variants for level in levels(variant, [], documented)]
    if stated:
        # Branches that list values, of which nothing else is said, tell each other apart.
        if listed_values(place) is not None or any(
            listed_values(variant) is None for variant in variants
        ):
            return own
        own, inner = [], [level for level in inner if place.fits(level.value)] or own
    distinct: dict[Any, Level] = {}
    for level in [*own, *inner]:
        distinct.setdefault(key_of(level.value), level)
    return list(distinct.values())


def levels_aside(place: Place, aside: Sequence[Place], known: list[Level]) -> list[Level]:
    """A value for each condition that asks more of a member than all its known ones keep."""
    found: list[Level] = []
    for told in aside:
        if not any(told.fits(level.value) for level in (*known, *found)):
            found += [level for level in levels(told, [], []) if place.fits(level.value)][:1]
    return found


def other_than_objects(place: Place) -> Iterator[Level]:
    """What may stand in the place of an object, where it is said: null, or a branch's string."""
    stated = [place] if place.types else []
    stated += [branch for choice in place.choices for branch in choice.branches if branch.types]
    # A schema of members that says no type means an object, whatever else it would let through.
    if any("null" in inner.allowed_types for inner in stated) and place.fits(None):
        yield Level("null", None, "type")
    seen: list[Any] = [None]
    for inner in stated:
        for level in classes(inner, [], []):
            new = not isinstance(level.value, dict) and not any(
                written_alike(level.value, v) for v in seen
            )
            if new and place.fits(level.value):
                seen.append(level.value)
                yield level


def told_apart(found: list[Level]) -> list[Level]:
    """The same levels, each with a label of its own: two branches may both have `1 items`."""
    labels: dict[str, int] = {}
    apart = []
    for level in found:
        count = labels[level.label] = labels.get(level.label, 0) + 1
        apart.append(level if count == 1 else replace(level, label=f"{level.label} ({count})"))
    return apart
