"""Members of a request body: the choices that each has, and those of one object."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from msgspec import Struct

from clausewise.contract import Place
from clausewise.pointer import ABSENT, escape, unescape
from clausewise.values.values import LEFT_OUT, Level, key_of

Assignment = Mapping[str, Level]


class Factor(Struct):
    """One member of a body: its levels, and whether it may be left out.

    `pointer` is the clause's pointer, `at` the same with real keys. An object with members is a
    container: its own levels say only whether it is there (or null).
    """

    pointer: str
    at: str
    parent: str | None
    levels: tuple[Level, ...]
    optional: bool
    container: bool
    place: Place
    # Its levels, and the same by value and by the identity of what is no scalar.
    _known: tuple[tuple[Level, ...], dict[Any, Level], dict[int, Level]] | None = None

    # The member's name in the object around it.
    name: str = ""

    def __post_init__(self) -> None:
        self.name = unescape(self.at.rpartition("/")[2])

    @property
    def own_keyword(self) -> str:
        """What a value of no class stands on: its form, where that is promised, else its type."""
        promised = {promise.keyword for promise in self.place.assertions}
        return next((one for one in ("format", "pattern") if one in promised), "type")

    def level_of(self, value: Any) -> Level | None:
        """The level of a value, if it has one."""
        if self._known is None or self._known[0] is not self.levels:
            by_value: dict[Any, Level] = {}
            for level in self.levels:
                by_value.setdefault(key_of(level.value), level)
            held = {
                id(lv.value): lv for lv in by_value.values() if isinstance(lv.value, dict | list)
            }
            self._known = self.levels, by_value, held
        _, by_value, held = self._known
        return held.get(id(value)) or by_value.get(key_of(value))

    def classified(self, value: Any) -> Level:
        """The level of a value or of ABSENT; one of its own for a value of no class."""
        if value is ABSENT:
            return LEFT_OUT
        if self.container and isinstance(value, dict):
            return self.plain
        return self.level_of(value) or Level("its own value", value, self.own_keyword)

    @property
    def plain(self) -> Level:
        """The level used where nothing else is asked for."""
        return self.levels[0]


# A member of an object: its number, its name, its pointer where the object stands, its place.
Member = tuple[int, str, str, Place]


class Members(Struct):
    """The members of an object place by pointer, and the names of those of several shapes.

    Of those of `simple` no shape is an object's.
    """

    by_pointer: dict[str, Member]
    differ: set[str]
    simple: set[str]

    def among(self, at: str, assignment: Assignment, required: Collection[str]) -> Iterable[Member]:
        """The members that may be there: most assignments name few of many."""
        if 2 * len(assignment) > len(self.by_pointer):
            return self.by_pointer.values()
        there = self.by_pointer.keys() & assignment.keys()
        there |= self.by_pointer.keys() & {f"{at}/{escape(name)}" for name in required}
        return sorted([self.by_pointer[inner] for inner in there])
