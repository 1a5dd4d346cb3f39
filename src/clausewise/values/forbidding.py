"""Objects that nobody can make: one part of a schema needs what another part forbids."""

from __future__ import annotations

from typing import Any

from clausewise.contract import Place
from clausewise.contract.expanding_keywords import is_named
from clausewise.pointer import escape, look


def forbidden_in(place: Place, document: Any, at: str = "") -> str | None:
    """The pointer of a member that an object needs and may not have; None where none is known.

    That is so where several closed objects are one in an `allOf`. `document` is the schema whose
    sites the place names.
    """
    closed = [
        look(document, promise.site.rpartition("/")[0])
        for promise in place.assertions
        if promise.keyword == "additionalProperties" and promise.value is False
    ]
    for name in place.required:
        inner = f"{at}/{escape(name)}"
        if not all(is_named(schema, name) for schema in closed):
            return inner
        member = place.members.get(name)
        found = forbidden_in(member, document, inner) if member is not None else None
        if found is not None:
            return found
    return None
