"""Where a clause stands: the places that state it, and its spots in a lawful body."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from clausewise.contract import Clause, Place
from clausewise.contract.place import Promise
from clausewise.pointer import escape, look, unescape
from clausewise.values.bodies import BodyModel


class Spot(Struct):
    """Where a clause stands in a lawful body: its place, the pointer there, and the value."""

    place: Place
    at: str
    value: Any
    # Whether a number is told from its text there; in a URL it is not.
    has_types: bool = True


def spots_of(model: BodyModel, clause: Clause, body: Any) -> list[Spot]:
    """Where the clause stands in a body; once a branch where only branches state it."""
    steps = (clause.pointer or "").removeprefix(model.root.pointer).split("/")[1:]
    stating = {id(place) for place, _ in stated_by(model.root, clause)}
    place, at = _find(model, model.root, steps, "", body, stating)
    if place is None or not _fits(body, at):
        return []
    places = [place]
    if clause.keyword not in _OF_WHOLES and not _states(place, clause):
        stated = [
            inner for inner, promise in stated_by(model.root, clause) if is_asserted(inner, promise)
        ]
        places = list({id(inner): inner for inner in stated}.values()) or places
    return [Spot(inner, at, look(body, at)) for inner in places]


def _fits(body: Any, at: str) -> bool:
    """Whether there is an object or array around a pointer to put a value into."""
    around, _, last = at.rpartition("/")
    inside = look(body, around) if at else {}
    if isinstance(inside, list):  # another form of the place may be an object with this member
        return last.isdigit() and int(last) <= len(inside)
    return isinstance(inside, dict)


# To break these, all that is said of a value counts, whichever branch says it.
_OF_WHOLES = frozenset({"type", "required"})


def stated_by(root: Place, clause: Clause) -> list[tuple[Place, Promise]]:
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


def holders_of(root: Place, place: Place, stating: set[int]) -> list[Place]:
    """The places that say what is in an array, those first whose items state a clause.

    Of one that may be null a branch says it, and the branches around it may each have their own.
    `stating` are the places that say the clause, by identity.
    """
    if "holders" not in root.memo:
        found: dict[str, list[Place]] = {}
        for one in root.walk():
            if one.items is not None:
                found.setdefault(one.pointer, []).append(one)
        root.memo["holders"] = found
    holders: list[Place] = root.memo["holders"].get(place.pointer) or [place]
    if len(holders) < 2:
        return holders
    return sorted(holders, key=lambda one: stating.isdisjoint(_within(one)))


def _within(holder: Place) -> frozenset[int]:
    """The places of an array's items, by identity."""
    if "within items" not in holder.memo:
        walked = holder.items.walk() if holder.items is not None else ()
        holder.memo["within items"] = frozenset(map(id, walked))
    found: frozenset[int] = holder.memo["within items"]
    return found


def says_type(root: Place, pointer: str | None) -> bool:
    """Whether anything says of which type a value at a clause's pointer is."""
    if "typed" not in root.memo:
        root.memo["typed"] = {place.pointer for place in root.walk() if place.types}
    return pointer in root.memo["typed"]


def is_asserted(place: Place, promise: Promise) -> bool:
    """Whether a promise is what a place itself says, and no branch of it."""
    return any(promise is asserted for asserted in place.assertions)


def _states(place: Place, clause: Clause) -> bool:
    return any(promise.site in clause.sites for promise in place.assertions)


def _find(
    model: BodyModel, place: Place, steps: list[str], at: str, body: Any, stating: set[int]
) -> tuple[Place | None, str]:
    """The place of a clause's pointer, and a real pointer to it in a body.

    `stating` are the places that say the clause, by identity: of free keys, one of them is meant.
    """
    if not steps:
        return place, at
    step, *rest = steps
    inside = look(body, at)
    if step.isdigit() and isinstance(inside, list) and int(step) < len(place.prefix):
        return _find(model, place.prefix[int(step)], rest, f"{at}/{step}", body, stating)
    if step != "*":
        member = model.members(place).get(unescape(step))
        if member is not None:
            return _find(model, member, rest, f"{at}/{step}", body, stating)
        return None, at
    for holder in holders_of(model.root, place, stating) if isinstance(inside, list) else ():
        if holder.items is not None:
            index = max(len(holder.prefix), len(inside) - 1)
            return _find(model, holder.items, rest, f"{at}/{index}", body, stating)
    free = [(n, one) for n, one in model.members(place).items() if n not in place.members]
    said = (pair for pair in free if any(id(one) in stating for one in pair[1].walk()))
    for name, member in (next(said, free[0]),) if free else ():
        return _find(model, member, rest, f"{at}/{escape(name)}", body, stating)
    return None, at
