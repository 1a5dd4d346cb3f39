"""A second opinion, by a validator that shares no code with the first.

Two validators are of one mind about a whole value where they are of one mind about each keyword at
each value in it: `required`, `type`, `enum`, bounds and how choices are put together are plain
enough (a property test holds that the two agree about them). So `jsonschema`, which is slow, is
asked of what engines do differ about: formats, patterns, steps of numbers, equal items, numbers
that a double does not hold, and schemas that are not laid out as places.
"""

from __future__ import annotations

import re
import sys
from collections import OrderedDict
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any
from urllib.parse import quote

from clausewise.contract import Place
from clausewise.contract.compiled import compiled, with_what_is_meant
from clausewise.contract.formats import with_formats
from clausewise.contract.keywords import CONSTANTS, DATA, DISPUTED, KEYWORDS, OF_NUMBERS
from clausewise.contract.place import Promise
from clausewise.contract.unknown import reading
from clausewise.patterns.cost import is_affordable
from clausewise.patterns.translating import for_python
from clausewise.values.values import fingerprint, key_of

# Promises with schemas of their own, which are asked about as a whole if a disputed one is there.
_WHOLE = frozenset(k.name for k in KEYWORDS.values() if k.inner and (k.asserts or k.kinds))
_WITHIN = DISPUTED | {"contains"}
# Keywords that compare numbers, of which the validators may hold other values than are written.
_COMPARE = (OF_NUMBERS | {*CONSTANTS}) - DISPUTED
# Every whole number up to here is a double.
_EXACT = 2**53
# Names of members that are longer are no keys of YAML.
_LONG_NAME = 1024


class SecondOpinion:
    """What a second validator says of values of one place, where it may differ from the first."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._validators: dict[Any, Any] = {}
        self._known: dict[tuple[Any, Any], bool] = {}
        # By the identity of a place, and the fingerprint of an object or array there.
        self._at_places: dict[tuple[int, bytes], bool] = {}

    def differs(self, value: Any, place: Place | None = None) -> bool:
        """Whether the two validators differ about a keyword at some value in this one.

        `place` is where the value stands, if not at the whole.
        """
        return self._differs(place or self.place, value, _is_inexact(value))

    def _differs(self, place: Place, value: Any, may_be_inexact: bool) -> bool:
        inexact = may_be_inexact and _is_inexact(value)
        if not inexact and not _may_differ(place):
            return False
        # Without choices around them, values are looked at once for each place.
        if not place.choices or not isinstance(value, dict | list):
            return self._differs_at(place, value, inexact)
        # Requests have most of their values in common.
        key = (id(place), fingerprint(value))
        if key not in self._at_places:
            self._at_places[key] = self._differs_at(place, value, inexact)
        return self._at_places[key]

    def _differs_at(self, place: Place, value: Any, inexact: bool) -> bool:
        """The same of a value that nothing is known of."""
        # Loops, as it is asked of every value of every request.
        for promise in _inexactly_asked_at(place) if inexact else _asked_at(place):
            if promise.speaks_of(value) and self._split(promise, value):
                return True
        if place.choices and self._differs_in_branches(place, value, inexact):
            return True
        if isinstance(value, dict):
            return self._differs_in_members(place, value, inexact)
        if isinstance(value, list):
            for index, inner in enumerate(value):
                of = place.prefix[index] if index < len(place.prefix) else place.items
                if of is not None and self._differs(of, inner, inexact):
                    return True
        return False

    def _differs_in_branches(self, place: Place, value: Any, inexact: bool) -> bool:
        """The same of the branches of a place."""
        branches = (branch for choice in place.choices for branch in choice.branches)
        return any(self._differs(one, value, inexact) for one in branches)

    def _differs_in_members(self, place: Place, value: dict[str, Any], inexact: bool) -> bool:
        """The same of the names of an object's members, and of their values."""
        for extra in place.extras:
            if extra.only is not None and self._split(_names_of(place, extra.only), value):
                return True
        members = place.members if inexact else _members_asked(place)
        for name, inner in value.items():
            member = members.get(name)
            if member is not None and self._differs(member, inner, inexact):
                return True
            for extra in place.extras:
                if name not in extra.named and self._differs(extra.place, inner, inexact):
                    return True
        return False

    def _split(self, promise: Promise, value: Any) -> bool:
        key = (_question(promise), key_of(value))
        if key not in self._known:
            self._known[key] = promise.kept_by(value) is not self._second(promise, value)
        return self._known[key]

    def _second(self, promise: Promise, value: Any) -> bool | None:
        """What the second validator says; what the first does, where it takes too long."""
        question = _question(promise)
        if question not in self._validators:
            rule, text = with_what_is_meant(promise.rule or {})
            names = _patterns_of_names(rule) if "patternProperties" in text else ()
            slow = not all(is_affordable(name, _LONG_NAME) for name in names)
            self._validators[question] = None if slow else in_python(rule)
        validator = self._validators[question]
        if validator is None:
            return promise.kept_by(value)
        try:
            return bool(validator.is_valid(value))
        except re.error:  # the name of a `patternProperties`, see `_pattern`
            return None


def _asked_at(place: Place) -> list[Promise]:
    """The promises of a place that the two are asked about, whatever the value."""
    if "asked" not in place.memo:
        place.memo["asked"] = [promise for promise in _said_at(place) if _is_asked(promise)]
    asked: list[Promise] = place.memo["asked"]
    return asked


def _inexactly_asked_at(place: Place) -> list[Promise]:
    """The same of a value with a number that a double may not hold."""
    return [one for one in _said_at(place) if one.keyword in _COMPARE or _is_asked(one)]


def _members_asked(place: Place) -> dict[str, Place]:
    """The members at which, or below which, the two may differ."""
    if "members asked" not in place.memo:
        place.memo["members asked"] = {
            name: member for name, member in place.members.items() if _may_differ(member)
        }
    members: dict[str, Place] = place.memo["members asked"]
    return members


def _may_differ(place: Place) -> bool:
    """Whether anything that the two are asked about stands at a place or below it."""
    if "may differ" not in place.memo:
        place.memo["may differ"] = (
            any(_is_asked(promise) for promise in place.promises())
            or any(extra.only for extra in place.extras)
            or any(map(_may_differ, place.within()))
        )
    return bool(place.memo["may differ"])


def _question(promise: Promise) -> Any:
    """What tells a promise from others: a `$ref` says the same wherever it stands."""
    if promise.keyword == "$ref":
        return promise.value, id((promise.rule or {}).get("$defs"))
    return id(promise)


def _said_at(place: Place) -> Iterator[Promise]:
    yield from place.types
    yield from place.assertions


def _names_of(place: Place, pattern: str) -> Promise:
    """Which names of members a `patternProperties` means, as a promise of its own."""
    key = f"names {pattern}"
    if key not in place.memo:
        rule = {"patternProperties": {pattern: False}}
        place.memo[key] = Promise(place.pointer, "patternProperties", pattern, "", rule)
    promise: Promise = place.memo[key]
    return promise


def _is_asked(promise: Promise) -> bool:
    keyword = promise.keyword
    if keyword in _COMPARE:
        return _is_inexact(promise.value)
    return keyword in DISPUTED or (keyword in _WHOLE and _holds(promise.rule))


def _holds(node: Any) -> bool:
    """Whether a schema has a keyword that the two are asked about, or what looks like one."""
    if isinstance(node, dict):
        return any(key in _WITHIN or _holds(inner) for key, inner in node.items())
    return isinstance(node, list) and any(map(_holds, node))


def _is_inexact(value: Any) -> bool:
    """Whether there is a number in a value that a double may not hold as it is written."""
    open_ = [value]
    while open_:
        inner = open_.pop()
        if isinstance(inner, str):
            continue
        if isinstance(inner, dict):
            open_ += inner.values()
        elif isinstance(inner, list):
            open_ += inner
        elif isinstance(inner, int | float) and not -_EXACT < inner < _EXACT:
            return True
    return False


def _patterns_of_names(node: Any) -> Iterator[str]:
    """The keys of every `patternProperties` of a schema, and of what only looks like one."""
    for key, value in node.items() if isinstance(node, dict) else ():
        if key == "patternProperties" and isinstance(value, dict):
            yield from value
    for inner in node.values() if isinstance(node, dict) else node:
        if isinstance(inner, dict | list):
            yield from _patterns_of_names(inner)


# Validators of short schemas by their text: operations ask for the same formats and patterns.
_made: OrderedDict[str, Any] = OrderedDict()
_MOST_MADE, _SHORT = 500, 1_000


def in_python(document: dict[str, Any]) -> Any:
    """The validator of pure Python for a schema, formats asserted; equal short ones share one."""
    schema, text = with_what_is_meant(document)
    if text not in _made:
        kind = _validator_class()
        schema = with_python_names(with_formats(reading(schema)))
        validator = kind(schema, format_checker=kind.FORMAT_CHECKER)
        if len(text) > _SHORT:
            return validator
        _made[text] = validator
        if len(_made) > _MOST_MADE:
            _made.popitem(last=False)
    return _made[text]


def with_python_names(schema: Any) -> Any:
    """A schema whose `patternProperties` have the expressions that Python's `re` is to read.

    `jsonschema` asks `re` for them in several of its keywords, so that nothing else would do.
    """
    if isinstance(schema, list):
        return [with_python_names(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    result = {}
    for key, value in schema.items():
        if key in DATA:
            result[key] = value
        elif key == "patternProperties" and isinstance(value, dict):
            names = {for_python(name): part for name, part in value.items()}
            result[key] = {name: with_python_names(part) for name, part in names.items()}
        else:
            result[key] = with_python_names(value)
    return result


@cache
def _validator_class() -> Any:
    # Importing jsonschema with its format extra builds a grammar for IRIs, 0.7 s of start-up
    # that nothing here needs: an IRI is a URI once it is encoded (RFC 3987, section 3.1). What
    # reads durations wants `arrow` for those that look like dates, and the expressions for URIs
    # are long: together a third of the rest.
    hidden: dict[str, Any] = {
        "rfc3987_syntax": None,  # means: not importable
        "arrow": _stand_in("arrow"),
        "rfc3986_validator": _stand_in("rfc3986_validator", "validate_rfc3986"),
    }
    hidden = {name: module for name, module in hidden.items() if name not in sys.modules}
    if "jsonschema" in sys.modules:
        hidden = {}
    sys.modules.update(hidden)
    try:
        from jsonschema import Draft202012Validator
        from jsonschema.validators import extend
    finally:
        for name in hidden:
            del sys.modules[name]
    kind = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]  # jsonschema has no types here
    kind.FORMAT_CHECKER = _with_more(kind.FORMAT_CHECKER)
    return kind


def _stand_in(name: str, function: str | None = None) -> ModuleType:
    """A module that imports the one of this name as soon as it is needed.

    That is when anything is asked of it, or when its function that others take from it is called.
    """
    module = ModuleType(name)

    def asked(attribute: str) -> Any:
        if attribute.startswith("__"):  # whoever imports it looks for these
            raise AttributeError(attribute)
        return getattr(import_module(name), attribute)

    module.__getattr__ = asked  # type: ignore[method-assign]  # PEP 562
    if function is not None:
        setattr(module, function, lambda *given, **told: asked(function)(*given, **told))
    return module


def _with_more(known: Any) -> Any:
    """Checks of formats with those of IRIs, each by that of the URI that it becomes.

    Of an address `jsonschema` asks for an `@` alone; here it has something on both sides of it,
    and no blank outside quotes (RFC 5321, section 4.1.2).
    """
    checker = type(known)(formats=())
    checker.checkers = dict(known.checkers)
    for name, of in {"iri": "uri", "iri-reference": "uri-reference"}.items():

        def is_one(value: object, of: str = of) -> bool:
            encoded = quote(value, safe=_ASCII) if isinstance(value, str) else value
            return bool(known.conforms(encoded, of))

        checker.checks(name)(is_one)
    for name in ("email", "idn-email"):
        checker.checks(name)(_is_address)
    return checker


def _is_address(value: object) -> bool:
    if not isinstance(value, str):
        return True
    local, _, domain = value.rpartition("@")
    return bool(local and domain) and (local.startswith('"') or not _BLANK.search(value))


_BLANK = re.compile(r"\s")


_ASCII = "".join(map(chr, range(128)))


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[Exception]:
    """A `pattern` in Python's regular expressions, as far as it reads ECMA's.

    What they cannot read, a class of letters for one, or would take too long for has only the
    other validator's opinion.
    """
    from jsonschema import ValidationError

    if not isinstance(instance, str):
        return
    expression = for_python(pattern)
    try:
        if not is_affordable(pattern, len(instance)):
            raise re.error("it may take for ever")
        found = re.search(expression, instance) is not None
    except (re.error, OverflowError, RecursionError):
        found = compiled({"pattern": pattern}).is_valid(instance)
    if not found:
        yield ValidationError(f"{instance!r} does not match {pattern!r}")
