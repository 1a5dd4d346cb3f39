"""Classes of values: those of one class are answered alike by every schema it was made for.

Of a value that keeps its schema, the names and the types of all that is in it say which promises it
was asked (its shape). What else a rule looks at (a status, whether a text has a pattern) stands in
the class too, as far as the rule tells it apart. So what one value of a class was found to keep,
all of them keep, and need not be asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

from clausewise.contract import Content, Contract, Operation, Place
from clausewise.contract.compiled import compiled
from clausewise.contract.keywords import CONSTANTS, KEYWORDS, NOTES, OF_NUMBERS, OF_SHAPE, OF_TEXTS
from clausewise.contract.replies import has_body
from clausewise.pointer import unescape

# Keywords that a shape answers: by names, types and numbers of members, or since they ask nothing.
_OF_SHAPE = OF_SHAPE | {name for name in NOTES if not KEYWORDS[name].asserts}
_OF_SHAPE |= {"$comment", "$defs", "deprecated"}  # what schemas of rules may have beside
_OF_VALUE = OF_NUMBERS | OF_TEXTS
_DEEPEST = 40
# So many classes are remembered of one operation; what a server may answer has no bound.
MOST_CLASSES = 10_000
# About so many bytes of names are remembered at a place, each with what Python adds to it.
MOST_OF_NAMES = 1 << 20
_NAME = 64
_CONTAINERS = frozenset({dict, list})


class Unclear(Exception):  # noqa: N818  # an outcome: such a schema is asked of every value
    """A schema asks for more than classes tell apart."""


# The names of an object's members, then their types.
_Outline = tuple[Any, ...]


class _OutlineWay(NamedTuple):
    """How an object of one outline is gone through: its `number` stands for names and types.

    `constants` has the members of which some values stand for themselves, `told` those that more
    is asked of, and `inside` the members that have a class of their own.
    """

    number: int
    constants: tuple[tuple[str, Callable[[Any], Any]], ...]
    told: tuple[tuple[str, Look], ...]
    inside: tuple[tuple[str, Look | None], ...]


class _Ways(dict[_Outline, _OutlineWay]):
    """How objects are gone through, by their outline. A server may name whatever it likes."""

    held = 0

    def remember(self, outline: _Outline, way: _OutlineWay) -> None:
        """Know a way from here on, if it is no long one; the others are forgotten for room."""
        names = outline[: len(outline) // 2]
        size = sum(map(len, names)) + _NAME * len(names)
        if size > MOST_OF_NAMES:
            return
        if self.held + size > MOST_OF_NAMES:
            self.clear()
            self.held = 0
        self[outline] = way
        self.held += size


@dataclass(slots=True)
class Look:
    """What is told apart at one place, beside names and types.

    `constants` are values that stand for themselves, `exact` says that all do; `checks` are
    validators, of which the answers are told apart. `all_names` says that also the names count that
    no `members` look at.
    """

    members: dict[str, Look] = field(default_factory=dict)
    items: Look | None = None
    counts: bool = False
    all_names: bool = False
    constants: set[Any] = field(default_factory=set)
    exact: bool = False
    checks: dict[str, Any] = field(default_factory=dict)
    # The members whose values are told apart, and those within which something is; made by `done`.
    scalars: tuple[tuple[str, Look], ...] = field(default=(), compare=False)
    deeper: dict[str, Look] = field(default_factory=dict, compare=False)
    known: dict[Any, Any] = field(default_factory=dict, compare=False)  # constants, by themselves
    # How an object is gone through, by its outline.
    ways: _Ways = field(default_factory=_Ways, compare=False, repr=False)

    @property
    def tells(self) -> bool:
        """Whether a scalar here is told by more than its type."""
        return self.exact or bool(self.constants or self.checks)

    def done(self) -> Look:
        """The same, made ready to be asked often; to be called once all is added."""
        self.scalars = tuple((name, one) for name, one in self.members.items() if one.tells)
        self.deeper = {name: one.done() for name, one in self.members.items()}
        self.known = {one: one for one in self.constants}
        if self.items is not None:
            self.items.done()
        return self

    def member(self, name: str) -> Look:
        """What is told apart at a member."""
        return self.members.setdefault(name, Look())

    def add(self, schema: Any) -> None:
        """Tell apart what a schema asks for. Raises Unclear where classes cannot."""
        _add(self, schema, schema, 0)

    def join(self, other: Look) -> None:
        """Tell apart what another one does as well."""
        for name, inner in other.members.items():
            self.member(name).join(inner)
        if other.items is not None:
            self.items = self.items or Look()
            self.items.join(other.items)
        self.counts |= other.counts
        self.all_names |= other.all_names
        self.constants |= other.constants
        self.exact |= other.exact
        self.checks |= other.checks


def _add(look: Look, schema: Any, root: Any, depth: int) -> None:
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict) or depth > _DEEPEST:
        raise Unclear("it is no schema, or too deep")
    for keyword, value in schema.items():
        if keyword in _OF_SHAPE:
            look.all_names |= keyword in ("minProperties", "maxProperties", "propertyNames")
            for name in _names(keyword, value):
                look.member(name)
        elif keyword in _OF_VALUE:
            key = f"{keyword} {value!r}"
            look.checks[key] = compiled({keyword: value})
        else:
            _add_keyword(look, keyword, value, root, depth + 1)


def _names(keyword: str, value: Any) -> Iterable[str]:
    if keyword == "required":
        return list(value)
    if keyword == "dependentRequired":
        return [*value, *(name for names in value.values() for name in names)]
    return ()


def _add_keyword(look: Look, keyword: str, value: Any, root: Any, depth: int) -> None:
    if keyword in CONSTANTS:
        for one in [value] if keyword == "const" else value:
            if type(one) in _CONTAINERS:
                raise Unclear("a constant that is no scalar")
            look.constants.add(one)
    elif keyword == "properties":
        for name, inner in value.items():
            _add(look.member(name), inner, root, depth)
    elif keyword in ("allOf", "anyOf", "oneOf"):
        for inner in value:
            _add(look, inner, root, depth)
    elif keyword in ("not", "if", "then", "else"):
        _add(look, value, root, depth)
    elif keyword in ("items", "contains"):
        look.items = look.items or Look()
        _add(look.items, value, root, depth)
    elif keyword in ("minItems", "maxItems"):
        look.counts = True
    elif keyword == "$ref" and isinstance(value, str) and value.startswith("#/"):
        _add(look, _resolved(root, value), root, depth)
    else:
        raise Unclear(f"the keyword {keyword}")


def _resolved(root: Any, reference: str) -> Any:
    node = root
    for step in reference.removeprefix("#/").split("/"):
        if not isinstance(node, dict) or unescape(step) not in node:
            raise Unclear("a reference to nothing")
        node = node[unescape(step)]
    return node


def class_of(value: Any, look: Look | None) -> Any:
    """The class of a value by its whole shape and what is told apart: hashable."""
    if value.__class__ is not dict:
        return _class_of_other(value, look)
    found: list[Any] = []
    _add_object(value, look, found)
    return tuple(found)


def _add_object(value: dict[str, Any], look: Look | None, found: list[Any]) -> None:
    """Add what tells an object apart. How much that is follows from the number at its beginning."""
    outline = (*value, *map(type, value.values()))
    ways = look.ways if look is not None else _WAYS
    way = ways.get(outline)
    if way is None:
        way = _way_of(outline, look)
        ways.remember(outline, way)
    number, constants, told, inside = way
    found.append(number)
    for name, known in constants:
        found.append(known(value[name]))
    for name, inner in told:
        found.append(_told_apart(value[name], inner))
    for name, deeper in inside:
        one = value[name]
        if one.__class__ is dict:
            _add_object(one, deeper, found)
        else:
            found.append(_class_of_other(one, deeper))


def _class_of_other(value: Any, look: Look | None) -> Any:
    kind = value.__class__
    if kind is list:
        items = look.items if look is not None else None
        counts = len(value) if look is not None and look.counts else None
        # What each item was asked counts, not how often.
        return list, counts, not value, frozenset([class_of(inner, items) for inner in value])
    # 60.0 is an integer, 60.5 is not.
    spelt = (kind, value.is_integer()) if kind is float else kind
    return (spelt, _told_apart(value, look)) if look is not None and look.tells else spelt


def _way_of(outline: _Outline, look: Look | None) -> _OutlineWay:
    half = len(outline) // 2
    members = list(zip(outline[:half], outline[half:], strict=True))
    deeper = look.deeper if look is not None else {}
    plain = {name for name, kind in members if kind not in _CONTAINERS}
    told = [(name, inner) for name, inner in (look.scalars if look else ()) if name in plain]
    return _OutlineWay(
        next(_numbers),
        tuple([(name, one.known.get) for name, one in told if not (one.exact or one.checks)]),
        tuple([(name, one) for name, one in told if one.exact or one.checks]),
        tuple([(name, deeper.get(name)) for name, kind in members if kind in _TO_BE_ENTERED]),
    )


def exactly(value: Any, look: Look | None) -> dict[str, Any] | None:
    """A schema that takes what is of a value's class alone; None where none does, as with lists.

    Of numbers it takes 60.0 for 60, as all schemas do.
    """
    kind = value.__class__
    if kind is dict:
        deeper = look.deeper if look is not None else {}
        inside = {name: exactly(inner, deeper.get(name)) for name, inner in value.items()}
        if None in inside.values():
            return None
        names = {"required": list(value), "maxProperties": len(value)}
        return {"type": "object", **names, "properties": inside}
    if kind not in _NAMES_OF_KINDS:
        return None
    exact: dict[str, Any] = {"type": _NAMES_OF_KINDS[kind]}
    if look is None or not look.tells:
        return exact
    if look.checks or kind is int:
        return None
    if look.exact or value in look.constants:
        return {**exact, "const": value}
    others = [one for one in look.constants if one.__class__ is kind]
    return {**exact, "not": {"enum": others}} if others else exact


_NAMES_OF_KINDS = {str: "string", bool: "boolean", int: "integer", type(None): "null"}


def projected(value: Any, look: Look) -> Any:
    """The class of a value by what is told apart alone: other members do not count."""
    if not isinstance(value, dict) or look.all_names:
        return class_of(value, look)
    return tuple(
        [
            (name, projected(value[name], inner))
            for name, inner in look.members.items()
            if name in value
        ]
    )


def _told_apart(value: Any, look: Look) -> Any:
    told = value if look.exact or value in look.constants else None
    if look.checks:
        return (told, *[check.is_valid(value) for check in look.checks.values()])
    return told


# Stands for a message of which nothing is promised.
NOTHING: Any = object()
# Where nothing is told apart.
_WAYS = _Ways()
# None is ever used again.
_numbers = count()
_TO_BE_ENTERED = frozenset({dict, list, float})


def look_for(place: Place) -> Look | None:
    """What tells lawful values of a place apart that were asked different promises.

    These are the discriminators of its choices; None where more than they tell branches apart.
    """
    found = Look()
    try:
        _find(place, found)
    except Unclear:
        return None
    return found.done()


def _find(place: Place, look: Look) -> None:
    if any(promise.doubt for promise in (*place.assertions, *(c.promise for c in place.choices))):
        raise Unclear("what nobody can check may tell values apart")
    for choice in place.choices:
        needs = {tuple(sorted(branch.required)) for branch in choice.branches}
        if not choice.discriminators and len(needs) != len(choice.branches):
            raise Unclear("more than discriminators tell branches apart")
        for name in choice.discriminators:
            look.member(name).exact = True
        for branch in choice.branches:
            _find(branch, look)
    for name, member in place.members.items():
        inner = Look()
        _find(member, inner)
        if inner != Look():
            look.member(name).join(inner)
    for item in (*place.prefix, *([place.items] if place.items is not None else [])):
        inner = Look()
        _find(item, inner)
        if inner != Look():
            look.items = look.items or Look()
            look.items.join(inner)
    for extra in place.extras:
        inner = Look()
        _find(extra.place, inner)
        if inner != Look():
            raise Unclear("a choice below names that nobody knows")


def look_at(contract: Contract, operation: Operation, refusal: Any = None) -> Look | None:
    """What classes of an operation's exchanges have to tell apart; None where they cannot."""
    look = Look()
    body = look.member("response").member("body")
    try:
        for rule in contract.rules.values():
            # An exchange of any operation may concern a fold.
            if rule.fold is not None and rule.when is not None:
                look.add(rule.when)
        for rule in contract.rules_of(operation.id):
            for schema in (rule.when, rule.then):
                if schema is not None and (rule.then is not None or rule.check is not None):
                    look.add(schema)
        if refusal is not None:
            body.add(refusal)
    except Unclear:
        return None
    for reply in operation.replies.values():
        for content in reply.contents:
            found = look_for(content.message.place) if content.is_json else None
            if found is not None:
                body.join(found)
    return look.done()


def promised(
    operation: Operation, status: int, sent: str | None, headers_known: bool = True
) -> Any:
    """The message that the body of a reply has to keep, by what its Content-Type says.

    None for what has no class, and `NOTHING` where nothing is promised.
    """
    reply = operation.reply_for(status)
    if reply is None or not reply.contents or not has_body(operation.method, status):
        return NOTHING
    content: Content | None
    if sent is None and not headers_known:
        content = reply.json_content if len(reply.contents) == 1 else None
    else:
        content = reply.content_for(sent)
    if content is None or not content.is_json or content.item is not None:
        return None
    return content.message if look_for(content.message.place) is not None else None
