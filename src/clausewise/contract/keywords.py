"""What JSON Schema 2020-12 knows of each keyword: its form, what it asks, what it goes with.

A keyword that stands here is read; all others, `x-` and those of older drafts, say nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

from msgspec import Struct

from clausewise.cutting import quoted
from clausewise.strict_json import is_number

TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
# What a message is: a lawful one is made of a request, and a reply is held to it.
Direction = Literal["request", "reply"]
# Where schemas stand inside of a keyword's value.
Inner = Literal["one", "list", "map"]
# The side from which a keyword bounds a number, a length or a count.
Limit = Literal["least", "most"]
# What is wrong with a keyword's value, as the end of a sentence; None for nothing.
Form = Callable[[Any], str | None]

_NUMBERS: tuple[type, ...] = (int, float)


class Keyword(Struct, frozen=True):
    """One keyword. `form` tells what is wrong with a value of it.

    `kinds` are the kinds of values that it asks something of (2020-12 validation, section 6), None
    for all; `asserts` says that it is a promise of its own. `companions` are the keywords without
    which it says something else. `inner` tells where schemas stand in it, and `in_place` that they
    speak of the same value. `phrase` is the promise in words, with the value for its `{}`.
    `demands` says that it may ask for a member because of others, or of how many there are;
    `limit`, that it bounds a number, a length or a count from below or from above; `of_shape`, that
    it asks for names, types and numbers of members alone; `of_whole`, that it looks at all of an
    object or an array, and not only at what it has and how many; `disputed`, that two validators
    may read it differently.
    """

    name: str
    form: Form
    kinds: tuple[type, ...] | None = None
    asserts: bool = False
    companions: tuple[str, ...] = ()
    inner: Inner | None = None
    in_place: bool = False
    note: bool = False
    phrase: str | None = None
    demands: bool = False
    limit: Limit | None = None
    of_shape: bool = False
    of_whole: bool = False
    disputed: bool = False


# Keywords that have values, not schemas: nothing in them is a keyword.
CONSTANTS = ("const", "enum")
DATA = (*CONSTANTS, "default", "examples")
# Other names of a reference. Only the way through documents tells `$dynamicRef` from `$ref`, and
# only where two schemas have one anchor.
REFERENCES = ("$ref", "$recursiveRef", "$dynamicRef")
# Marks of our own in a finished schema: no value is ever sent here; no clause comes of it; which
# values of a discriminator name which branch; of values of which types nobody can tell, and why.
UNSENDABLE = "x-unsendable"
SHAPE = "x-shape"
NAMES = "x-names"
UNKNOWN = "x-unknown"


def _number(value: Any) -> str | None:
    if is_number(value):
        return None
    return f"is a number, not {quoted(value)}"


def _step(value: Any) -> str | None:
    return _number(value) or (None if value > 0 else f"is more than 0, not {quoted(value)}")


def is_count(value: Any) -> bool:
    """Whether a value counts something; `5.0` is 5 there (2020-12 core, section 4.2.2)."""
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return whole and not isinstance(value, bool) and value >= 0


def _count(value: Any) -> str | None:
    return None if is_count(value) else f"is a whole number from 0, not {quoted(value)}"


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) else f"is a text, not {quoted(value)}"


def _boolean(value: Any) -> str | None:
    return None if isinstance(value, bool) else f"is true or false, not {quoted(value)}"


def _list(value: Any) -> str | None:
    return None if isinstance(value, list) else f"is a list, not {quoted(value)}"


def _values(value: Any) -> str | None:
    return _list(value) or (None if value else "lists no value at all")


def _anything(_: Any) -> str | None:
    return None


def _type(value: Any) -> str | None:
    for name in value if isinstance(value, list) else [value]:
        if name not in TYPES:
            return f"names {quoted(name)}, which is no type of JSON Schema"
    return None if value else "names no type"


def _names(value: Any) -> str | None:
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return None
    return f"is a list of names, not {quoted(value)}"


def _dependents(value: Any) -> str | None:
    if not isinstance(value, dict):
        return f"is an object, not {quoted(value)}"
    return next(filter(None, map(_names, value.values())), None)


def _schema(value: Any) -> str | None:
    return None if isinstance(value, dict | bool) else f"is a schema, not {quoted(value)}"


def _schemas(value: Any) -> str | None:
    return _list(value) or (None if value else "lists no schema at all")


def _map(value: Any) -> str | None:
    return None if isinstance(value, dict) else f"is an object of schemas, not {quoted(value)}"


_AROUND = ("allOf", "anyOf", "oneOf", "if", "then", "else", "not")
_KEYWORDS = (
    Keyword("type", _type, phrase="is {}", of_shape=True),
    Keyword("minimum", _number, _NUMBERS, True, phrase="is at least {}", limit="least"),
    Keyword("maximum", _number, _NUMBERS, True, phrase="is at most {}", limit="most"),
    Keyword("exclusiveMinimum", _number, _NUMBERS, True, phrase="is more than {}", limit="least"),
    Keyword("exclusiveMaximum", _number, _NUMBERS, True, phrase="is less than {}", limit="most"),
    Keyword("multipleOf", _step, _NUMBERS, True, phrase="is a multiple of {}", disputed=True),
    Keyword("minLength", _count, (str,), True, phrase="has at least {} character", limit="least"),
    Keyword("maxLength", _count, (str,), True, phrase="has at most {} character", limit="most"),
    Keyword("pattern", _text, (str,), True, phrase="matches the pattern {}", disputed=True),
    Keyword("format", _text, (str,), True, note=True, phrase="is a valid {}", disputed=True),
    Keyword("minItems", _count, (list,), True, phrase="has at least {} item", limit="least"),
    Keyword("maxItems", _count, (list,), True, phrase="has at most {} item", limit="most"),
    Keyword(
        "uniqueItems", _boolean, (list,), True, phrase="is free of repeated items",
        of_whole=True, disputed=True,
    ),
    Keyword(
        "contains", _schema, (list,), True, ("minContains", "maxContains"), "one",
        of_whole=True,
    ),
    Keyword(
        "unevaluatedItems", _schema, (list,), True,
        ("prefixItems", "items", "contains", "minContains", "maxContains", *_AROUND, UNKNOWN),
        "one", of_whole=True, disputed=True,
    ),
    Keyword(
        "minProperties", _count, (dict,), True, phrase="has at least {} member", demands=True,
        limit="least", of_shape=True,
    ),
    Keyword(
        "maxProperties", _count, (dict,), True, phrase="has at most {} member", limit="most",
        of_shape=True,
    ),
    Keyword("dependentRequired", _dependents, (dict,), True, demands=True, of_shape=True),
    Keyword(
        "dependentSchemas", _map, (dict,), True, inner="map", in_place=True, demands=True,
        of_whole=True,
    ),
    Keyword("propertyNames", _schema, (dict,), True, inner="one", of_shape=True),
    Keyword(
        "unevaluatedProperties", _schema, (dict,), True,
        ("properties", "patternProperties", "additionalProperties", "dependentSchemas", *_AROUND,
         UNKNOWN),
        "one", demands=True, of_whole=True, disputed=True,
    ),
    Keyword("enum", _values, None, True, phrase="is {}", of_whole=True),
    Keyword("const", _anything, None, True, phrase="is always {}", of_whole=True),
    Keyword("not", _schema, None, True, inner="one", in_place=True, demands=True, of_whole=True),
    Keyword("if", _schema, None, True, ("then", "else"), "one", True, demands=True, of_whole=True),
    # Every other `$ref` was put in place; one that is left leads back to a schema around it.
    Keyword(
        "$ref", _text, None, True, phrase="is of the schema that it stands in",
        of_whole=True, disputed=True,
    ),
    Keyword("then", _schema, inner="one", in_place=True),
    Keyword("else", _schema, inner="one", in_place=True),
    Keyword("minContains", _count, of_whole=True),
    Keyword("maxContains", _count, of_whole=True),
    Keyword("required", _names, of_shape=True),
    Keyword("properties", _map, inner="map"),
    Keyword("patternProperties", _map, inner="map", disputed=True),
    Keyword("additionalProperties", _schema, (dict,), inner="one",
            phrase="has no undocumented members"),
    Keyword("items", _schema, (list,), inner="one"),
    Keyword("prefixItems", _schemas, inner="list"),
    Keyword("allOf", _schemas, inner="list", in_place=True),
    Keyword("anyOf", _schemas, inner="list", in_place=True, of_whole=True),
    Keyword("oneOf", _schemas, inner="list", in_place=True, of_whole=True),
    Keyword("title", _text, note=True),
    Keyword("description", _text, note=True),
    Keyword("default", _anything, note=True),
    Keyword("examples", _list, note=True),
    # What says that a field of a form is a file (OpenAPI 3.1, section 4.8.14.3); it asserts nothing
    # (2020-12 validation, section 8.1).
    Keyword("contentMediaType", _text, note=True),
    Keyword("contentEncoding", _text, note=True),
    Keyword("contentSchema", _schema, inner="one", note=True),
    Keyword("readOnly", _boolean, note=True),
    Keyword("writeOnly", _boolean, note=True),
    # Keywords of our own that more than a note is made of; `read_schema` holds their form.
    Keyword("x-contested", _anything, inner="one", note=True),
    Keyword("x-sensitive", _anything, note=True),
    Keyword("x-key", _anything, note=True),
)  # fmt: skip
KEYWORDS = {keyword.name: keyword for keyword in _KEYWORDS}
ASSERTIONS = tuple(keyword.name for keyword in _KEYWORDS if keyword.asserts)
NOTES = tuple(keyword.name for keyword in _KEYWORDS if keyword.note)
# What says something of the very value that the schema around it speaks of.
IN_PLACE_LISTS = tuple(k.name for k in _KEYWORDS if k.in_place and k.inner == "list")
IN_PLACE = tuple(k.name for k in _KEYWORDS if k.in_place and k.inner == "one")
MAPS = tuple(k.name for k in _KEYWORDS if k.inner == "map")
# Keywords with numbers that count something.
COUNTS = tuple(k.name for k in _KEYWORDS if k.form is _count)
LIMITS = frozenset(k.name for k in _KEYWORDS if k.limit)
OF_SHAPE = frozenset(k.name for k in _KEYWORDS if k.of_shape)
OF_WHOLE = frozenset(k.name for k in _KEYWORDS if k.of_whole)
DISPUTED = frozenset(k.name for k in _KEYWORDS if k.disputed)
# OpenAPI 3.0 has a boolean in these, which says what the bound beside it means.
EXCLUSIVE = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
# Keywords that ask something of numbers, or of texts, alone.
OF_NUMBERS = frozenset(k.name for k in _KEYWORDS if k.kinds == _NUMBERS)
OF_TEXTS = frozenset(k.name for k in _KEYWORDS if k.kinds == (str,))
DEMANDS = frozenset(k.name for k in _KEYWORDS if k.demands)


def distinct(names: Iterable[Any]) -> list[Any]:
    """The same names, each once."""
    return list(dict.fromkeys(names))
