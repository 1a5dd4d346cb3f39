"""Samples of replies: values with everything in them that they may have."""

from __future__ import annotations

from typing import Any

from clausewise.contract import Place
from clausewise.values.classes import levels
from clausewise.values.finding import values_found
from clausewise.values.members import members_of

# So deep a schema that has itself within it is followed.
_DEEPEST = 8


def complete(place: Place, depth: int = 0) -> Any:
    """A value with everything in it that a place may have; it need not be lawful as a whole."""
    members = {name: member for name, member in members_of(place).items() if member.hidden is None}
    if members and depth < _DEEPEST:
        whole = {name: complete(member, depth + 1) for name, member in members.items()}
        if depth and place.choices and not place.fits(whole):
            whole = next(iter(values_found(place)), whole)
        named = next((choice.names for choice in place.choices if choice.names), None)
        if named is not None and isinstance(whole, dict):
            # Where forms are alike, a discriminator says which one is meant.
            member, values = named
            whole[member] = next((name for names in values for name in names), whole.get(member))
        return whole
    if place.items is not None and depth < _DEEPEST:
        return [complete(place.items, depth + 1)]
    found = levels(place, [], [])
    return found[0].value if found else None
