"""A place of a message: where a value may stand, and what is promised there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct, field

from clausewise.contract.compiled import compiled, with_what_is_meant
from clausewise.contract.formats import kinds
from clausewise.contract.keywords import IN_PLACE, IN_PLACE_LISTS, KEYWORDS, TYPES, UNKNOWN
from clausewise.contract.unknown import reason
from clausewise.pointer import escape


class Promise:
    """One keyword at one place.

    `site` is the JSON Pointer of the keyword in the message's schema, `rule` the smallest
    schema that says this keyword and nothing else. `untestable` says why nobody can tell whether
    it is kept, as the end of a sentence about the keyword, and is None for all others.
    """

    __slots__ = (
        "_doubt",
        "_validator",
        "keyword",
        "pointer",
        "rule",
        "site",
        "untestable",
        "value",
    )

    def __init__(
        self,
        pointer: str,
        keyword: str,
        value: Any,
        site: str,
        rule: dict[str, Any] | None = None,
        untestable: str | None = None,
    ) -> None:
        self.pointer = pointer
        self.keyword = keyword
        self.value = value
        self.site = site
        self.rule = rule
        self.untestable = untestable
        self._validator: Any = None
        self._doubt: tuple[str | None] | None = None

    def __repr__(self) -> str:
        return f"<Promise {self.pointer}:{self.keyword}>"

    @property
    def key(self) -> tuple[str, str]:
        """What tells clauses of one message apart: pointer and keyword."""
        return self.pointer, self.keyword

    def speaks_of(self, value: Any) -> bool:
        """Whether the keyword asks anything of a value of this kind."""
        asked = KEYWORDS[self.keyword].kinds if self.keyword in KEYWORDS else None
        if asked is None:
            return True
        if self.keyword == "format":
            asked = kinds(self.value)
        return isinstance(value, asked) and not (isinstance(value, bool) and int in asked)

    @property
    def doubt(self) -> str | None:
        """Why nobody can tell of some values whether they keep it; None where all can be told."""
        if self._doubt is None:
            schema, text = with_what_is_meant(self.rule)
            self._doubt = (reason(schema) if UNKNOWN in text else None,)
        return self._doubt[0]

    def kept_by(self, value: Any) -> bool:
        """Whether this value keeps the promise, as far as anybody can tell."""
        return bool(self._compiled().is_valid(value))

    def surely_kept_by(self, value: Any) -> bool:
        """Whether it keeps the promise whatever is said by what nobody can check."""
        return bool(compiled(self.rule or {}, strict=True).is_valid(value))

    def can_be_told(self, value: Any) -> bool:
        """Whether a breach would be this keyword's: what it counts by may be broken itself.

        What is broken has seen nothing (2020-12 core, section 7.7.1), so all is left unevaluated.
        """
        if not self.keyword.startswith("unevaluated"):
            return True
        beside = {key: inner for key, inner in (self.rule or {}).items() if key != self.keyword}
        return bool(compiled(beside).is_valid(value))

    def complaint(self, value: Any) -> str:
        """What is wrong with a value that breaks the promise, in the validator's words."""
        for error in self._compiled().iter_errors(value):
            if error.kind.name == "const":
                # Of an enum the validator tells the value, of a constant what it should be alone.
                alone = compiled({"enum": [error.kind.expected_value]})
                return str(next(alone.iter_errors(error.instance)).message)
            said = str(error.message)
            if self.keyword == "pattern":
                # The validator's is translated for its engine; the promise has it as it is written.
                return said.replace(f'"{error.kind.pattern}"', "this pattern")
            if self.keyword == "$ref":
                # What is wrong may be anywhere within it.
                steps = "".join(f"/{escape(str(step))}" for step in error.instance_path)
                return f"{self.pointer}{steps}: {said}"
            return said
        return "keeps the promise"

    def _compiled(self) -> Any:
        if self._validator is None:
            self._validator = compiled(self.rule or {})
        return self._validator


class Choice(Struct):
    """A `oneOf` or `anyOf`.

    `discriminators` are the members whose `const` or `enum` tells the branches apart; `promise`
    is the choice itself, which alone can be broken only where branches may overlap. Of a reply,
    `names` is the member of OpenAPI's discriminator, and the values of it that name each branch.
    """

    keyword: str
    promise: Promise
    branches: list[Place]
    discriminators: tuple[str, ...]
    names: tuple[str, list[list[str]]] | None = None

    def named(self, value: Any) -> set[int]:
        """The branches that a value's discriminator names."""
        if self.names is None or not isinstance(value, dict):
            return set()
        member, values = self.names
        return {index for index, some in enumerate(values) if value.get(member) in some}


class Extra(Struct):
    """Free keys of an object: the names that are not free, and the place of all others."""

    named: frozenset[str]
    patterns: tuple[str, ...]
    only: str | None
    place: Place

    def speaks_of(self, name: str) -> bool:
        """Whether a member of this name is one of them."""
        if self.only is not None:
            return _has(name, self.only)
        return name not in self.named and not any(_has(name, one) for one in self.patterns)


def _has(name: str, pattern: str) -> bool:
    """Whether a name has a pattern, in the regular expressions of JSON Schema."""
    return bool(compiled({"pattern": pattern}).is_valid(name))


def _of_what_is_empty(schema: Any) -> Any:
    """What a schema asks of a value that has no members and no items."""
    if not isinstance(schema, dict):
        return schema
    result = {}
    for key, value in schema.items():
        if key in IN_PLACE_LISTS:
            result[key] = [_of_what_is_empty(branch) for branch in value]
        elif key in IN_PLACE:
            result[key] = _of_what_is_empty(value)
        elif key not in _OF_WHAT_IS_WITHIN:
            result[key] = value
    return result


# They say nothing of what has no members and no items.
_OF_WHAT_IS_WITHIN = frozenset(
    {"properties", "patternProperties", "additionalProperties", "propertyNames"}
    | {"items", "prefixItems"}
)


class Place(Struct, eq=False):
    """Everything a message's schema says at one pointer."""

    pointer: str
    site: str
    schema: dict[str, Any]
    types: tuple[Promise, ...] = ()
    assertions: tuple[Promise, ...] = ()
    required: dict[str, list[Promise]] = field(default_factory=dict)
    members: dict[str, Place] = field(default_factory=dict)
    extras: tuple[Extra, ...] = ()
    items: Place | None = None
    prefix: tuple[Place, ...] = ()
    choices: tuple[Choice, ...] = ()
    hidden: Promise | None = None
    # What is promised here as well, and nobody can tell whether it is kept.
    untestable: tuple[Promise, ...] = ()
    notes: dict[str, Any] = field(default_factory=dict)
    # What was found out about the place once and is asked often, by whoever found it out.
    memo: dict[str, Any] = field(default_factory=dict)

    @property
    def allowed_types(self) -> frozenset[str]:
        """The JSON types that every `type` here allows; all seven where none is stated."""
        allowed = set(TYPES)
        for promise in self.types:
            value = promise.value
            named = {value} if isinstance(value, str) else set(value)
            if "number" in named:
                named.add("integer")
            allowed &= named
        return frozenset(allowed)

    @property
    def lengths(self) -> tuple[int, int | None]:
        """The least and the most characters of a text; None where nothing says how many."""
        least = [promise.value for promise in self.assertions if promise.keyword == "minLength"]
        most = [promise.value for promise in self.assertions if promise.keyword == "maxLength"]
        return max(least, default=0), min(most, default=None)

    @property
    def is_unique(self) -> bool:
        """Whether an array must not repeat an item."""
        return any(one.keyword == "uniqueItems" and one.value for one in self.assertions)

    def readings(self) -> Iterator[Place]:
        """The place and the branches of its choices, those within branches included."""
        yield self
        for choice in self.choices:
            for branch in choice.branches:
                yield from branch.readings()

    @property
    def is_secret(self) -> bool:
        """Whether nobody should see its value: it never comes back, or is marked as a secret."""
        marked = self.notes.get("writeOnly") or self.notes.get("x-sensitive")
        return bool(marked) or self.notes.get("format") == "password"

    def fits(self, value: Any) -> bool:
        """Whether a value keeps all that is said of the place."""
        # What has nothing in it needs no validator of what may be in it, which is large to make.
        key = "validator" if value and isinstance(value, dict | list) else "of what is empty"
        if key not in self.memo:
            whole = key == "validator"
            self.memo[key] = compiled(self.schema if whole else _of_what_is_empty(self.schema))
        return bool(self.memo[key].is_valid(value))

    def surely_fits(self, value: Any) -> bool:
        """Whether it does whatever is said by what nobody can check."""
        return bool(compiled(self.schema, strict=True).is_valid(value))

    def walk(self) -> Iterator[Place]:
        """The place and all below it, branches included, in document order."""
        yield self
        for inner in self.within():
            yield from inner.walk()

    def within(self) -> Iterator[Place]:
        """The places directly below it, branches included, in document order."""
        yield from self.members.values()
        for extra in self.extras:
            yield extra.place
        yield from self.prefix
        if self.items is not None:
            yield self.items
        for choice in self.choices:
            yield from choice.branches

    def promises(self) -> Iterator[Promise]:
        """Every promise made at this very place, choices included, members' places not."""
        yield from self.types
        yield from self.assertions
        for named in self.required.values():
            yield from named
        for choice in self.choices:
            if not choice.discriminators and choice.keyword == "oneOf":
                yield choice.promise
        if self.hidden is not None:
            yield self.hidden
        yield from self.untestable
