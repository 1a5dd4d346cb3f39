"""Drawn schemas and values, for the properties that hold of every contract."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

NAMES = ("a", "b", "c", "x/y~")
TEXTS = (
    "", "a", "ab", "abc", "B", "BCD", "x", "x1", "7", "é🎥", " ", "aaaaaaa",
    "2026-03-01", "2026-03-01T12:00:00Z", "https://example.net/a", "qa@example.net", "192.0.2.1",
    "97440c6a-140b-40a9-9499-b23fd7a3868f",
)  # fmt: skip
PATTERNS = ("^[a-z]+$", "^[A-Z]{2,4}$", "^x", "[0-9]$", "a|b")
FORMATS = ("uuid", "date-time", "date", "uri", "email", "ipv4")

Schema = dict[str, Any]


def _some(needed: Schema, **optional: SearchStrategy[Any]) -> SearchStrategy[Schema]:
    made = {key: st.just(value) for key, value in needed.items()}
    return st.fixed_dictionaries(made, optional=optional)


def _ordered(schema: Schema, low: str, high: str) -> Schema:
    """The schema with its lower bound below its upper one."""
    if low in schema and high in schema and schema[low] > schema[high]:
        schema[low], schema[high] = schema[high], schema[low]
    return schema


def texts() -> SearchStrategy[Schema]:
    """Schemas of strings."""
    few = st.integers(0, 4)
    return st.one_of(
        _some({"type": "string"}, minLength=few, maxLength=few).map(
            lambda made: _ordered(made, "minLength", "maxLength")
        ),
        _some({"type": "string"}, pattern=st.sampled_from(PATTERNS)),
        _some({"type": "string"}, format=st.sampled_from(FORMATS)),
        st.lists(st.sampled_from(TEXTS[:8]), min_size=1, max_size=3, unique=True).map(
            lambda listed: {"type": "string", "enum": listed}
        ),
    )


def numbers() -> SearchStrategy[Schema]:
    """Schemas of numbers."""
    bound = st.one_of(st.integers(-6, 12), st.sampled_from([0, 0.5, 1, 2.25]))

    def tidy(made: Schema) -> Schema:
        made = _ordered(made, "minimum", "maximum")
        if made.get("exclusiveMinimum", -99) >= made.get("maximum", 99) - 2:
            del made["exclusiveMinimum"]
        return made

    return st.builds(
        lambda kind, made: tidy({"type": kind, **made}),
        st.sampled_from(["integer", "number"]),
        _some(
            {},
            minimum=bound,
            maximum=bound,
            exclusiveMinimum=bound,
            multipleOf=st.sampled_from([1, 2, 5, 0.5]),
        ),
    )


def plain() -> SearchStrategy[Schema]:
    """Schemas of values without members."""
    return st.one_of(
        texts(),
        numbers(),
        st.just({"type": "boolean"}),
        st.just({"type": "null"}),
        st.sampled_from([{"const": "a"}, {"const": 7}, {"enum": ["a", 7, None, True]}]),
        st.sampled_from([{"type": ["string", "null"]}, {"type": ["number", "null"], "minimum": 2}]),
    )


def arrays(inner: SearchStrategy[Schema]) -> SearchStrategy[Schema]:
    """Schemas of arrays."""
    few = st.integers(0, 3)
    return _some(
        {"type": "array"},
        items=inner,
        minItems=few,
        maxItems=few,
        uniqueItems=st.booleans(),
    ).map(lambda made: _ordered(made, "minItems", "maxItems"))


def objects(inner: SearchStrategy[Schema]) -> SearchStrategy[Schema]:
    """Schemas of objects."""

    def made(members: Schema, required: list[str], closed: bool, extra: str) -> Schema:
        schema: Schema = {"type": "object", "properties": members}
        needed = [name for name in required if name in members]
        first, *_, last = *members, *members
        if needed:
            schema["required"] = needed
        if closed:
            schema["additionalProperties"] = False
        if extra == "dependentRequired" and first != last:
            schema[extra] = {first: [last]}
        elif extra == "minProperties":
            schema[extra] = 1
        elif extra == "maxProperties":
            schema[extra] = len(members) + 1
        return schema

    return st.builds(
        made,
        st.dictionaries(st.sampled_from(NAMES), inner, min_size=1, max_size=3),
        st.lists(st.sampled_from(NAMES), unique=True, max_size=3),
        st.booleans(),
        st.sampled_from(["", "", "dependentRequired", "minProperties", "maxProperties"]),
    )


def unions(inner: SearchStrategy[Schema]) -> SearchStrategy[Schema]:
    """Schemas that offer a choice, some with a member that tells the branches apart."""

    def told(first: Schema, second: Schema) -> Schema:
        return {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"type": "string", "enum": ["one", "two"]}},
            "oneOf": [
                {"properties": {"kind": {"const": "one"}, "a": first}, "required": ["a"]},
                {"properties": {"kind": {"const": "two"}, "b": second}, "required": ["b"]},
            ],
        }

    return st.one_of(
        st.builds(told, inner, inner),
        st.builds(lambda one: {"oneOf": [{"type": "null"}, one]}, inner),
        st.builds(lambda one, two: {"anyOf": [one, two]}, inner, inner),
    )


def requests() -> SearchStrategy[Schema]:
    """Schemas as request bodies have them: an object of members, arrays and choices."""
    member = st.one_of(plain(), plain(), arrays(plain()), objects(plain()), unions(plain()))
    return objects(st.one_of(member, st.builds(lambda one: {"allOf": [one]}, member)))


def anything() -> SearchStrategy[Schema]:
    """Schemas with every keyword that the contract room knows, sensible or not."""
    leaf: SearchStrategy[Schema] = st.one_of(plain(), st.just({}))

    def wider(inner: SearchStrategy[Schema]) -> SearchStrategy[Schema]:
        more = _some(
            {},
            allOf=st.lists(inner, min_size=1, max_size=2),
            anyOf=st.lists(inner, min_size=1, max_size=2),
            oneOf=st.lists(inner, min_size=1, max_size=2),
            **{
                "not": inner,
                "if": inner,
                "then": inner,
                "else": inner,
                "properties": st.dictionaries(st.sampled_from(NAMES), inner, max_size=2),
                "patternProperties": st.dictionaries(st.sampled_from(PATTERNS), inner, max_size=1),
                "additionalProperties": st.one_of(st.booleans(), inner),
                "propertyNames": st.one_of(texts(), st.just({"not": {"const": "a"}})),
                "required": st.lists(st.sampled_from(NAMES), unique=True, max_size=2),
                "dependentSchemas": st.dictionaries(st.sampled_from(NAMES), inner, max_size=1),
                "unevaluatedProperties": st.booleans(),
                "prefixItems": st.lists(inner, min_size=1, max_size=2),
                "items": st.one_of(st.booleans(), inner),
                "contains": inner,
                "maxContains": st.integers(1, 2),
                "unevaluatedItems": st.booleans(),
                "maxProperties": st.integers(0, 2),
            },
        )
        return st.one_of(arrays(inner), objects(inner), unions(inner), more, more)

    return st.recursive(leaf, wider, max_leaves=6)


def values() -> SearchStrategy[Any]:
    """JSON values that have something to do with the drawn schemas."""
    leaf: SearchStrategy[Any] = st.one_of(
        st.sampled_from([*TEXTS, "one", "two"]),
        st.integers(-7, 13),
        st.sampled_from([0.5, 2.5, 7.0, True, False, None]),
    )
    names = st.sampled_from([*NAMES, "kind", "other", "x1"])
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)
        ),
        max_leaves=8,
    )
