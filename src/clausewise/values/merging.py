"""Members that several branches of a choice have, each of another shape, as one place.

Of `{kind: a, data: {x}}` or `{kind: b, data: {y}}`, `data` is an object with `x` and `y`, of which
no lawful value has both: its own choice among the branches says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from clausewise.contract import Place
from clausewise.contract.place import Choice, Promise
from clausewise.pointer import ABSENT, steps_of
from clausewise.values.members import branches_of, members_of
from clausewise.values.values import PRESENT, Level


def merged_members(place: Place) -> dict[str, Place]:
    """The members of an object place; one whose shape depends on the branch has all shapes."""
    if "merged" not in place.memo:
        shapes = {name: list(_shapes(place, name)) for name in members_of(place)}
        several = {name for name, some in shapes.items() if _has_members(some)}
        place.memo["several"] = several
        place.memo["simple"] = {name for name, some in shapes.items() if len(some) > 1} - several
        place.memo["merged"] = {
            name: _merged(place.members.get(name), shapes[name]) if name in several else member
            for name, member in members_of(place).items()
        }
    found: dict[str, Place] = place.memo["merged"]
    return found


def shapes_differ(place: Place) -> set[str]:
    """The names of the members whose shape depends on the branch."""
    merged_members(place)
    names: set[str] = place.memo["several"]
    return names


def simple_that_differ(place: Place) -> set[str]:
    """The names of those of which branches say different things, none of them an object's."""
    merged_members(place)
    names: set[str] = place.memo["simple"]
    return names


def _has_members(shapes: list[Place]) -> bool:
    """Whether these are several shapes, at least one of them an object's."""
    return len(shapes) > 1 and any(members_of(one) for one in shapes)


def _shapes(place: Place, name: str) -> Iterator[Place]:
    """What branches say of a member, each shape once."""
    told = [branch.members[name] for branch in branches_of(place) if name in branch.members]
    distinct: list[Place] = []
    for one in told:
        if not any(one is other or one.schema == other.schema for other in distinct):
            distinct.append(one)
    yield from distinct


def _merged(base: Place | None, shapes: list[Place]) -> Place:
    """A place that takes each of these shapes, and keeps what is said of it besides."""
    first = shapes[0]
    rule = {"anyOf": [one.schema for one in shapes]}
    if "$defs" in first.schema:
        rule["$defs"] = first.schema["$defs"]
    promise = Promise(first.pointer, "anyOf", rule["anyOf"], "", rule)
    choice = Choice("anyOf", promise, shapes, ())
    if base is not None:
        schema = {**rule, "allOf": [base.schema]}
        return replace(base, schema=schema, choices=(*base.choices, choice), memo={})
    alike = all(one.allowed_types == first.allowed_types for one in shapes)
    types = first.types if alike else ()
    return Place(first.pointer, "", rule, types=types, choices=(choice,), notes=first.notes)


def assigned_below(
    at: str, names: set[str], assignment: Mapping[str, Level]
) -> dict[str, list[tuple[list[str], Level]]]:
    """The values that are assigned at these members of an object at `at`, and below them.

    By the name of the member, each with the steps that lead on from there.
    """
    told: dict[str, list[tuple[list[str], Level]]] = {}
    if names:
        start = f"{at}/"
        for key, level in assignment.items():
            if key.startswith(start) and level is not PRESENT and level.value is not ABSENT:
                name, *rest = steps_of(key[len(at) :])
                if name in names:
                    told.setdefault(name, []).append((rest, level))
    return told


def suits(branch: Place, told: Mapping[str, list[tuple[list[str], Level]]]) -> int:
    """How well a branch takes what is assigned below its members, see `assigned_below`."""
    return sum(
        1 if (inner := _inside(branch.members[name], rest)) and inner.fits(level.value) else -1
        for name, assigned in told.items()
        if name in branch.members
        for rest, level in assigned
    )


def _inside(member: Place, steps: list[str]) -> Place | None:
    """The member of a member that these steps lead to."""
    inner: Place | None = member
    for step in steps:
        inner = members_of(inner).get(step) if inner is not None else None
    return inner
