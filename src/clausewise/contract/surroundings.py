"""What a schema has from around it, while it is laid out."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from clausewise.contract.keywords import KEYWORDS


class Surroundings(Struct, frozen=True):
    """What a schema has from around it.

    `component` is what the last reference led to. `foreign` are the names of members that are only
    for the other direction. `descents` counts the steps into values on the way here, and
    `references` how many more references within references are laid out, None for all. `in_place`
    tells that it speaks of the very value that the schema around it speaks of, `needed` that every
    value has something here, and `is_shaped` that the schema around it says what a discriminator
    names it. `scope` are the schemas with an `$id` that the way here came through, outermost first
    (2020-12 core, section 7.1).
    """

    resolver: Any
    component: Any
    foreign: frozenset[str] = frozenset()
    tag: str | None = None
    descents: int = 0
    references: int | None = None
    in_place: bool = False
    needed: bool = True
    is_shaped: bool = False
    scope: tuple[Any, ...] = ()

    def entering(self, resource: Any) -> Surroundings:
        """The same within a schema that has an `$id`; only where it was first entered counts."""
        if any(resource is one for one in self.scope):
            return self
        return replace(self, scope=(*self.scope, resource))

    def within(self, keyword: str, *, needed: bool) -> Surroundings:
        """The same for a schema inside of a keyword."""
        known = KEYWORDS[keyword]
        return Surroundings(
            self.resolver,
            self.component,
            self.foreign if known.in_place else frozenset(),
            self.tag,
            self.descents + (not known.in_place),
            self.references,
            known.in_place,
            self.needed and needed,
            self.is_shaped and keyword == "allOf",
            self.scope,
        )
